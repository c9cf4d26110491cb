"""What channels put into the turn loop's queue."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from bot.desk.roles import Membership
from bot.engine.event import Event, StaffPressed
from bot.store.protocol import OutboxRow

_RAW_CHARACTERS = 100_000


def raw_json(update: object) -> str:
    """An update as JSON, cut to a length that a dead letter can hold; "" where it is none."""
    if update is None:
        return ""
    try:
        return json.dumps(update, separators=(",", ":"), default=str)[:_RAW_CHARACTERS]
    except (TypeError, ValueError, RecursionError):
        return ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something somebody did, as a channel saw it.

    Args:
        chat: The chat it came from (Telegram: the private chat's id, or a group's).
        event: What happened.
        update_id: Telegram's number of the update; None where nothing can come twice.
        user: Telegram's id of whoever did it; in a private chat equal to `chat`.
        first_name: As they call themselves; only for greeting.
        language: Their app's language (an IETF tag), if it said so.
        is_group: Not a private chat.
        to_us: In a group: a command to this bot, or a reply to it.
        sent_at: When it was sent, where the channel says so (Telegram: of messages, in whole seconds).
        update: As it came, for a dead letter; never logged.
    """

    chat: int
    event: Event | StaffPressed
    update_id: int | None = None
    user: int = 0
    first_name: str = ""
    language: str | None = None
    is_group: bool = False
    to_us: bool = False
    sent_at: datetime | None = None
    update: object = field(default=None, compare=False, repr=False)

    @property
    def raw(self) -> str:
        """The update as JSON: made only where somebody asks, for nearly all of them go well."""
        return raw_json(self.update)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Something done by somebody who does too much at once: it is confirmed and not looked at.

    `chat` is their own; None in groups. `tells`: the first of many, of which they are told.
    """

    chat: int | None
    press_id: str = ""
    tells: bool = False
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update that can't be read at all: it is confirmed, and kept as a dead letter."""

    update_id: int | None
    error: str
    raw: str


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An update of a kind that means nothing to us: it is confirmed, and that is all."""

    update_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """Somebody came into the staff group, left it, or became one of its admins; or was looked up there."""

    user: int
    membership: Membership
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """A group became a supergroup and has a new id."""

    old: int
    new: int
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """The bot itself was put out of a group or its rights there, or may write there (again)."""

    chat: int
    can_write: bool
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupRefused:
    """The staff chat has not taken a row, or holds it long; `is_first` since it last took one."""

    row: OutboxRow
    is_first: bool = False
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class StaffLeft:
    """Somebody is no longer in the staff chat."""

    staff: int
    update_id: int | None = None


@dataclass(frozen=True, slots=True)
class PracticeOver:
    """A practice has ended by itself, by its button, by a fault or by a restart (`why`: a key of `ENDED`)."""

    user: int
    why: str
    update_id: int | None = None
