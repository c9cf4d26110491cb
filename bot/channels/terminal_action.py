"""What somebody in front of a simulated chat can do, and how each is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, cast

from bot.limits import TYPED_CHARACTERS

MOST_WAIT = timedelta(days=3660)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:[0-9]{1,6}[smhdw]\s*)+")
_PART = re.compile(r"([0-9]{1,6})([smhdw])")


@dataclass(frozen=True, slots=True)
class Talk:
    """Typed text."""

    text: str
    as_staff: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A button by its id.

    `exactly`: choose these options of a choose-many and confirm. `on`: the id of a message, else the newest that
    has the button. Staff press a verb on `target`, an alert's, lead's or visit's id.
    """

    ids: tuple[str, ...]
    exactly: bool = False
    on: int | None = None
    as_staff: bool = False
    target: str | None = None


@dataclass(frozen=True, slots=True)
class SendPhoto:
    """`album` is the same for photos that are sent together."""

    path: str
    caption: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class SendContact:
    phone: str


@dataclass(frozen=True, slots=True)
class Wait:
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Start:
    """/start, with a deep link's payload or bare."""

    payload: str | None = None


Action: TypeAlias = Talk | Press | SendPhoto | SendContact | Wait | Start


class Unreadable(Exception):
    """The input is none of the known forms; the message says which there are."""


def read_duration(text: str) -> timedelta:
    """`30m`, `4h`, `1d`, `2w`, also several (`1d 4h`).

    Raises:
        Unreadable: It is none, it is nothing, or it is longer than ten years.
    """
    written = text.strip().lower()
    if not _DURATION.fullmatch(written):
        raise Unreadable(f"{text[:40]!r} is no duration; write one like 30m, 4h, 1d or 2w.")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    if not 0 < seconds <= MOST_WAIT.total_seconds():
        raise Unreadable("A wait is longer than nothing and at most ten years.")
    return timedelta(seconds=seconds)


def read_line(line: str) -> Action:
    """One line of `--json` input: an object when it begins with `{`, else typed text.

    Raises:
        Unreadable: With what would be readable.
    """
    line = line.rstrip("\r\n")
    if not line.startswith("{"):
        return Talk(_text(line, "the line"))
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise Unreadable("This line begins with { but is no JSON object.") from None
    return read_object(cast("Mapping[str, object]", found))


FORMS = "say, press, photo, contact, wait or start"


def read_object(found: Mapping[str, object]) -> Action:
    """One action as a mapping: `{"press": "adult"}`, `{"as": "staff", "say": "/find"}`.

    Raises:
        Unreadable: With what would be readable.
    """
    kinds = [name for name in ("say", "press", "photo", "contact", "wait", "start") if name in found]
    if len(kinds) != 1:
        raise Unreadable(f"An object holds exactly one of {FORMS}.")
    kind = kinds[0]
    known = {"say": {"as"}, "press": {"as", "on"}, "photo": {"caption", "album"}}
    allowed = known.get(kind, set[str]())
    others = sorted(set(found) - {kind} - allowed)
    if others:
        raise Unreadable(f"{', '.join(other[:40] for other in others)}: not known beside {kind}.")
    as_staff = _is_staff(found)
    value = found[kind]
    match kind:
        case "say":
            return Talk(_text(value, "say"), as_staff)
        case "press":
            return _staff_press(value, found) if as_staff else _press(value, found)
        case "photo":
            more = {name: _text(found[name], name) for name in ("caption", "album") if name in found}
            return SendPhoto(_text(value, "photo"), **more)
        case "contact":
            return SendContact(_text(value, "contact"))
        case "wait":
            return Wait(read_duration(_text(value, "wait")))
        case _:
            return Start(_text(value, "start") if value is not None and value != "" else None)


def _is_staff(found: Mapping[str, object]) -> bool:
    who = found.get("as", "patient")
    if who not in ("staff", "patient"):
        raise Unreadable("as is staff or patient.")
    return who == "staff"


def _press(value: object, found: Mapping[str, object]) -> Press:
    on = found.get("on")
    if isinstance(on, str) and on.isascii() and on.isdigit() and len(on) < 10:
        on = int(on)
    if on is not None and (not isinstance(on, int) or isinstance(on, bool)):
        raise Unreadable("on is the id of a message.")
    if isinstance(value, list):
        return Press(tuple(dict.fromkeys(_text(part, "press") for part in value)), exactly=True, on=on)
    return Press((_text(value, "press"),), on=on)


def _staff_press(value: object, found: Mapping[str, object]) -> Press:
    target = found.get("on")
    if target is not None and not isinstance(target, str | int):
        raise Unreadable("on is the id of an alert, a lead or a visit.")
    return Press(
        (_text(value, "press"),), as_staff=True, target=None if target is None else _text(str(target), "on")
    )


def _text(value: object, name: str) -> str:
    """Text as a chat can carry it: no lone surrogates, and no more than one message holds."""
    if not isinstance(value, str):
        raise Unreadable(f"{name} must be text.")
    text = value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    if not text.strip():
        raise Unreadable(f"There is nothing in {name}.")
    return text[:TYPED_CHARACTERS]
