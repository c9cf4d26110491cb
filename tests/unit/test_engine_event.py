"""What a button carries, and reading it back."""

from __future__ import annotations

import pytest

from bot.engine.event import Button, Verb, button_data, read_button
from bot.ids import SessionId


@pytest.mark.parametrize("verb", list(Verb))
def test_a_button_is_read_as_it_was_written(verb: Verb) -> None:
    data = button_data(SessionId("12-3"), 7, verb, "acne_scars")
    assert read_button(data) == Button(SessionId("12-3"), 7, verb, "acne_scars")


def test_an_option_may_hold_any_letters() -> None:
    assert read_button("1-1:0=a:b=c-1") == Button(SessionId("1-1"), 0, Verb.CHOOSE, "a:b=c-1")


@pytest.mark.parametrize(
    "data",
    [
        "",
        ":",
        "x",
        "1-1",
        "1-1:",
        "1-1:0",
        "1-1:=a",
        "1-1:0?a",
        "1-1:٣=a",
        "1-1:1234567890=a",
        "11:0=a",
        "a-1:0=a",
        "1-b:0=a",
        "1-:0=a",
        "-1:0=a",
        "1-1-1:0=a",
        "٣-1:0=a",
        f"{'1' * 16}-1:0=a",
        "s:have_it:L1-1",
        "1-1:0²=a",
        "\x00",
    ],
)
def test_what_no_button_of_ours_can_have_carried(data: str) -> None:
    assert read_button(data) is None
