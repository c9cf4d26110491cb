"""Frozen dataclasses as JSON and back. The types themselves are the declaration; nothing is listed twice.

A loaded value equals the one that was written. Mappings come back as plain dicts, which compare equal to the
read-only views that the engine makes; lone surrogates, which no JSON can hold, come back as U+FFFD.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from bot.engine import effect as effects
from bot.engine.effect import Effect
from bot.engine.event import TicketScanned
from bot.engine.session import FORMAT, CheckedIn, Contact, Person, Session, Visit
from bot.errors import DatabaseBroken
from bot.ids import SessionId
from bot.json_bytes import dataclass_to_json

T = TypeVar("T")
Converter = Callable[[dict[str, Any]], dict[str, Any]]

CONVERTERS: Final[Mapping[int, Converter]] = {}
"""By format number: turns a session of that format, as JSON values, into one of the next higher format."""

KINDS: Final[Mapping[str, type[Any]]] = {
    name: kind for name, kind in vars(effects).items() if is_dataclass(kind) and isinstance(kind, type)
}
"""Of effects: the name of the type, which may stand in clear."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a person stands in the contact's own row. The tuples hold ids, in the person's order."""

    contact: Contact
    front: SessionId | None
    sessions: tuple[str, ...]
    leads: tuple[str, ...]
    alerts: tuple[str, ...]
    visits: tuple[str, ...] = ()  # rows of before there were visits have none


@dataclass(frozen=True, slots=True)
class LetterBody:
    """The encrypted part of a dead letter."""

    error: str
    update: str


_SESSION_VALUES: Final = attrgetter(*(part.name for part in fields(Session)))
_SESSION_MAPPINGS: Final = tuple(
    place for place, part in enumerate(fields(Session)) if str(part.type).startswith("Mapping")
)
_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)  # takes milliseconds: once
    return found


def dump(value: object) -> bytes:
    """`value`, a frozen dataclass, as JSON."""
    found = dataclass_to_json(value, _plain)
    return _dump_slowly(value) if found is None else found


def _plain(value: object) -> object:
    """What stands in our dataclasses and has no form in JSON, as pydantic reads it."""
    if type(value) is MappingProxyType or isinstance(value, Mapping):  # the first is quicker, and the rule
        return dict(value)
    if isinstance(value, timedelta):
        size = abs(value)
        sign = "-" if value < timedelta(0) else ""
        return f"{sign}P{size.days}DT{size.seconds}.{size.microseconds:06d}S"
    raise TypeError(type(value).__name__)


def _dump_slowly(value: object) -> bytes:
    if isinstance(value, Session):
        value = _with_dicts(value)
    elif isinstance(value, CheckedIn):
        value = _with_dict(value)
    elif isinstance(value, Visit):
        value = _of_dicts(value)
    elif isinstance(value, TicketScanned):
        value = replace(value, visit=dict(value.visit))
    elif isinstance(value, Person):
        value = replace(
            value,
            sessions=tuple(_with_dicts(session) for session in value.sessions),
            visits=tuple(_of_dicts(visit) for visit in value.visits),
        )
    kind = _adapter(type(value))
    try:
        return kind.dump_json(value)
    except PydanticSerializationError:  # lone surrogates: a broken emoji in somebody's name or text
        return json.dumps(_mended(kind.dump_python(value, mode="json")), separators=(",", ":")).encode()


def load(kind: type[T], data: bytes) -> T:
    """A value of `kind` from its JSON.

    Raises:
        DatabaseBroken: It is no JSON of that type.
    """
    try:
        value: T = _adapter(kind).validate_json(data)
    except ValidationError as error:
        raise _unreadable(kind.__name__) from error
    return value


def load_session(data: bytes, converters: Mapping[int, Converter] = CONVERTERS) -> Session:
    """A session from its JSON, converted step by step when it is of a lower format than the present one.

    Raises:
        DatabaseBroken: Its format is higher than this program's, or it is no session.
    """
    try:
        session: Session = _adapter(Session).validate_json(data)
        if session.format == FORMAT:
            return session
    except ValidationError:
        pass  # another format may have other fields: look at its number first
    return _converted(data, converters)


def dump_effect(effect: Effect) -> tuple[str, bytes]:
    """The effect's kind and its JSON."""
    return type(effect).__name__, dump(effect)


def load_effect(kind: str, data: bytes) -> Effect:
    """The effect of that kind.

    Raises:
        DatabaseBroken: There is no such kind, or the JSON is not of it.
    """
    if kind not in KINDS:
        raise _unreadable(f"message of kind {kind!r}")
    effect: Effect = load(KINDS[kind], data)
    return effect


def plain(value: object) -> object:
    """`value`, a frozen dataclass, as plain JSON values (dict, list, str, numbers, None)."""
    values: object = json.loads(dump(value))
    return values


def _with_dicts(session: Session) -> Session:
    values: list[Any] = list(_SESSION_VALUES(session))
    if all(type(values[place]) is dict for place in _SESSION_MAPPINGS):
        return session
    for place in _SESSION_MAPPINGS:
        values[place] = dict(values[place])
    return Session(*values)


def _of_dicts(visit: Visit) -> Visit:
    return replace(visit, course=tuple(_with_dict(checked) for checked in visit.course))


def _with_dict(checked: CheckedIn) -> CheckedIn:
    return checked if type(checked.answers) is dict else replace(checked, answers=dict(checked.answers))


def _mended(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value


def _converted(data: bytes, converters: Mapping[int, Converter]) -> Session:
    try:
        values = json.loads(data)
        number = int(values["format"])
        if number > FORMAT:
            raise DatabaseBroken(
                f"A session in the database has format {number}, and this program reads up to {FORMAT}."
                " Start the newer version of the program."
            )
        while number < FORMAT:
            values = converters[number](values)
            number += 1
        session: Session = _adapter(Session).validate_json(json.dumps({**values, "format": FORMAT}))
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable("session") from error
    return session


def _unreadable(what: str) -> DatabaseBroken:
    return DatabaseBroken(f"A {what} in the database can't be read. Restore the newest backup.")
