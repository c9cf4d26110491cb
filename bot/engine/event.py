"""What happened, in the past tense. Channels make these; `advance` takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from bot.ids import SessionId


class Verb(StrEnum):
    """What a button does. CHOOSE answers; SET and CLEAR mark an option of a choose-many; DONE submits the marks.

    PINNED works on any day, whatever is open and whoever presses it: it names no session.
    CHOSE (terminal and tests only) answers a choose-many with exactly `options`.
    """

    CHOOSE = "="
    SET = "+"
    CLEAR = "-"
    DONE = "!"
    EXTRA = "*"
    PINNED = "@"
    CHOSE = "#"


@dataclass(frozen=True, slots=True)
class Started:
    """/start, with a deep link's payload or bare."""

    payload: str | None = None


@dataclass(frozen=True, slots=True)
class TicketScanned:
    """/start with the code that staff showed after a treatment.

    `state`: good, used, expired, unknown, or again (by the person who has used it). `visit` is what staff entered,
    by name: treatment, treated_at (ISO, aware), device, note, practitioner, location.
    """

    state: str
    visit: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Said:
    """Typed text, a command included."""

    text: str


@dataclass(frozen=True, slots=True)
class TextEdited:
    """An earlier message was changed: never a turn, but heard for emergencies."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. `data` is what came back, whatever it is; `press_id` is what the channel answers it by."""

    data: str
    press_id: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoSent:
    """`album` is the same for photos that were sent together."""

    file_id: str
    caption: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class ContactShared:
    """`own` is False for somebody else's card."""

    phone: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class OtherSent:
    """Anything that is no text: sticker, voice, video, location… `caption` is heard like typed text."""

    kind: str
    caption: str = ""
    album: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of this key was due. `late_seconds` is how much later it fires than it was due."""

    key: str
    late_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A question that came unasked was not delivered in its time. `occasion`: its timer's key."""

    occasion: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The person blocked the bot (or Telegram said so when something was sent)."""


@dataclass(frozen=True, slots=True)
class Unblocked:
    pass


@dataclass(frozen=True, slots=True)
class StaffPressed:
    """A button on a staff card; `staff` is the member's Telegram id, `name` how colleagues see them."""

    verb: str
    target: str
    staff: int
    name: str
    press_id: str = ""


Event: TypeAlias = (
    "Started | TicketScanned | Said | TextEdited | Pressed | PhotoSent | ContactShared | OtherSent"
    " | TimerFired | Undelivered | Blocked | Unblocked"
)


def button_data(session: SessionId, turn: int, verb: Verb, option: str) -> str:
    """What a button carries: `12-3:7=agree`; at most 64 bytes, held by `check`."""
    return f"{session}:{turn}{verb}{option}"


def pinned_data(option: str) -> str:
    """What a button of a pinned message carries; the same for everybody."""
    return button_data(SessionId("0-0"), 0, Verb.PINNED, option)


@dataclass(frozen=True, slots=True)
class Button:
    """A press, read. `session` may be anybody's: the caller compares."""

    session: SessionId
    turn: int
    verb: Verb
    option: str


def read_button(data: str) -> Button | None:
    """The press behind `data`, or None when no button of ours can have carried it."""
    found = _BUTTON.fullmatch(data)
    return None if found is None else Button(SessionId(found[1]), int(found[2]), Verb(found[3]), found[4])


_BUTTON = re.compile(r"([0-9]{1,15}-[0-9]{1,15}):([0-9]{1,9})([=+\-!*@#])(.*)", re.DOTALL)
