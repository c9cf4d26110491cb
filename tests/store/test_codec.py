from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import json_bytes
from bot.engine import effect as effects
from bot.engine import event as events
from bot.engine import session as sessions
from bot.engine.effect import Turn
from bot.engine.session import FORMAT, Contact, Person, Session, Shown, Visit
from bot.errors import DatabaseBroken
from bot.ids import ContactId
from bot.store import codec
from tests.store.people import a_message, a_person, a_session


def frozen_types(module: Any) -> list[type[Any]]:
    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__
    ]


TYPES = [
    kind
    for module in (sessions, effects, events)
    for kind in frozen_types(module)
    if kind is not Turn  # what `advance` gives back; its parts are written, itself never
]
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_frozen_type_survives_json(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    back = codec.load(kind, codec.dump(value))
    assert back == value
    assert type(back) is kind
    for part in fields(kind):
        assert type(getattr(back, part.name)) is not bool or getattr(value, part.name) in (True, False)


@settings(max_examples=20, deadline=None)
@given(session=st.from_type(Session))
def test_read_only_views_compare_equal_to_what_comes_back(session: Session) -> None:
    viewed = replace(
        session,
        format=FORMAT,
        context=MappingProxyType(dict(session.context)),
        answers=MappingProxyType(dict(session.answers)),
        done=MappingProxyType(dict(session.done)),
    )
    back = codec.load_session(codec.dump(viewed))
    assert back == viewed
    for name, value in viewed.context.items():
        assert type(back.context[name]) is type(value)  # 1 and True stay what they were


def test_every_effect_has_a_kind() -> None:
    for kind in frozen_types(effects):
        assert codec.KINDS[kind.__name__] is kind
    message = a_message(3)
    assert codec.load_effect(*codec.dump_effect(message)) == message
    with pytest.raises(DatabaseBroken, match="NoSuch"):
        codec.load_effect("NoSuch", b"{}")


def test_a_session_of_a_higher_format_is_refused() -> None:
    data = json.loads(codec.dump(a_session(ContactId(1))))
    with pytest.raises(DatabaseBroken, match="newer version"):
        codec.load_session(json.dumps({**data, "format": FORMAT + 1, "answers": "otherwise"}).encode())


def test_a_session_of_a_lower_format_is_converted_step_by_step() -> None:
    session = a_session(ContactId(1))
    old = json.loads(codec.dump(session))
    old["stream"] = old.pop("flow")

    def rename(values: dict[str, Any]) -> dict[str, Any]:
        values["flow"] = values.pop("stream")
        return values

    data = json.dumps({**old, "format": FORMAT - 1}).encode()
    assert codec.load_session(data, {FORMAT - 1: rename}) == session
    with pytest.raises(DatabaseBroken):
        codec.load_session(data, {})


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 1}', b'{"format": "x"}', b"\xff"])
def test_what_is_no_session_is_refused(data: bytes) -> None:
    with pytest.raises(DatabaseBroken):
        codec.load_session(data)
    with pytest.raises(DatabaseBroken):
        codec.load(Person, data)


def test_a_broken_emoji_is_kept_as_a_replacement_mark() -> None:
    assert codec.load(Shown, codec.dump(Shown(1, "a \ud83d b", "k"))).html == "a \ufffd b"
    session = replace(a_session(ContactId(1)), context={"a": "\udc00", "b": None}, heard=("x\ud83d",))
    back = codec.load_session(codec.dump(session))
    assert back.context == {"a": "\ufffd", "b": None}
    assert back.heard == ("x\ufffd",)


def test_plain_values_are_json() -> None:
    values = codec.plain(a_session(ContactId(1)))
    assert isinstance(values, dict)
    assert values["started_on"] == "2026-07-01"


def test_what_the_slow_writer_writes_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    person = a_person(Contact(ContactId(4), 1004, datetime(2026, 5, 4, 9, tzinfo=UTC)))
    viewed = replace(person, sessions=(replace(person.sessions[0], answers=MappingProxyType({})),))
    fast = [codec.dump(each) for each in (person, viewed, person.visits[0])]
    monkeypatch.setattr(json_bytes, "_fast_dataclass", None)
    slow = [codec.dump(each) for each in (person, viewed, person.visits[0])]
    for each, kind, one, other in zip(
        (person, viewed, person.visits[0]), (Person, Person, Visit), fast, slow, strict=True
    ):
        assert codec.load(kind, one) == codec.load(kind, other) == each
