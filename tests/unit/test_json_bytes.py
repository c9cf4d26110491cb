"""Both readers and writers take the same, whatever comes."""

from __future__ import annotations

import json

import pytest

from bot import json_bytes
from bot.json_bytes import from_json, to_json


@pytest.fixture(params=["fast", "slow"], autouse=True)
def with_and_without_the_fast_one(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "slow":
        monkeypatch.setattr(json_bytes, "_fast_dump", None)
        monkeypatch.setattr(json_bytes, "_fast_load", None)


@pytest.mark.parametrize("value", [{"text": "Grüße 😀", "n": 1, "rows": [[True, None, 1.5]]}, {"id": 2**80}, []])
def test_what_is_written_is_read_again(value: object) -> None:
    assert from_json(to_json(value)) == value
    assert json.loads(to_json(value)) == value


def test_half_a_surrogate_pair_is_written_as_a_mark_and_read_as_it_is() -> None:
    assert from_json(to_json({"text": "a \ud83d b"})) == {"text": "a ? b"}
    assert from_json(rb'{"text": "a \ud83d b"}') == {"text": "a \ud83d b"}


@pytest.mark.parametrize("data", [b"", b"{", b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"ok":tru'])
def test_what_is_no_json_is_told_by_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_json(data)
