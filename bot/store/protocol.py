"""What the turn loop and the dispatcher ask of a store; SQLite and PostgreSQL implement it.

One *batch* is one transaction: either all of it is on disk when `commit` returns, or none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from bot.engine.effect import Effect, Lane
from bot.engine.session import Contact, Person
from bot.ids import ContactId


class RowStatus(StrEnum):
    """Of an outbox row."""

    WAITING = "waiting"  # → sent | refused | cancelled | given_up
    SENT = "sent"
    REFUSED = "refused"  # Telegram will not deliver to that chat
    CANCELLED = "cancelled"  # withdrawn before it was sent
    GIVEN_UP = "given_up"  # a bug, or its window has ended: reported


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message to be sent.

    `id` is given by the store, in the order of the commits. (`contact`, `number`) is the engine's own number of
    the message. `chat` is where it goes. `effect` is SendMessage, SendPicture or SendDocument. `message_id` is
    the channel's id once sent; an edit finds its target's through (`contact`, `effect.edits`).
    """

    id: int
    contact: ContactId
    number: int
    chat: int
    lane: Lane
    effect: Effect
    created_at: datetime
    due_at: datetime
    status: RowStatus = RowStatus.WAITING
    attempts: int = 0
    unknown: int = 0
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row as the turn loop hands it in."""

    contact: ContactId
    number: int
    chat: int
    lane: Lane
    effect: Effect
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a row: a final status, or WAITING again with a later `due_at`."""

    row: int
    status: RowStatus
    at: datetime
    due_at: datetime | None = None
    attempts: int = 0
    unknown: int = 0
    message_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    contact: ContactId
    key: str
    kind: str
    fire_at: datetime
    catch_up_seconds: int


class TimerEnd(StrEnum):
    FIRED = "fired"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An update that no turn could be made of: kept encrypted under its person's key where there is one."""

    contact: ContactId | None
    at: datetime
    error: str
    update: str


@dataclass(frozen=True, slots=True)
class Counted:
    on: date
    name: str
    campaign: str
    count: int


@dataclass(frozen=True, slots=True)
class DeskNote:
    """Something staff have set that belongs to no person: a ticket, closed days, a visit being entered.

    `kind` and `key` stand in clear in the database; `body` (any text) does not. After `until` it is forgotten.
    """

    kind: str
    key: str
    body: str
    until: datetime | None = None


@dataclass(slots=True)
class Batch:
    """Everything that one round writes, in this order: erase, persons, cancel_all_rows, rows, the rest.

    A person stands here once, with the version that was read. `cancel_all_rows` withdraws what was unsent *before*
    this batch, to the contact's own chat only: a card for staff, and an answer to whoever unblocked us in the same
    round, still go out. What the batch holds of somebody it erases is not written.
    """

    now: datetime
    update_ids: list[int] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    rows: list[NewRow] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    timers_set: list[Timer] = field(default_factory=list)
    timers_ended: list[tuple[ContactId, str, TimerEnd]] = field(default_factory=list)
    cancel_rows: list[tuple[ContactId, int]] = field(default_factory=list)
    cancel_all_rows: list[ContactId] = field(default_factory=list)
    cancel_unasked: list[ContactId] = field(default_factory=list)
    """As `cancel_all_rows`, but only check-ins and broadcasts."""
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counts: list[Counted] = field(default_factory=list)
    notes_put: list[DeskNote] = field(default_factory=list)
    notes_dropped: list[tuple[str, str]] = field(default_factory=list)
    """(kind, key); dropped before those of the same batch are put."""
    erase: list[tuple[ContactId, str]] = field(default_factory=list)
    """(contact, farewell): everything of the contact goes; a farewell that is not empty is the last row."""
    chats_moved: list[tuple[int, int]] = field(default_factory=list)
    """(old chat, new chat) of a group that became a supergroup."""
    notes_read: dict[tuple[str, str], DeskNote | None] = field(default_factory=dict)
    """By (kind, key): notes to be put or dropped, as they were read; None: there was none."""
    epoch: int | None = None
    """Of the keeper who alone may write this; None: anybody may."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody else has written first, and nothing of the batch was written: read again, and make it anew.

    `contacts`: not of the newest version any more, erased, or new in a chat that has a contact by now. `updates`:
    their turns are on disk already. `notes`: (kind, key) of those that have changed since they were read.
    `is_deposed`: the batch is of a keeper, and there is another by now.
    """

    contacts: frozenset[ContactId] = frozenset()
    updates: frozenset[int] = frozenset()
    notes: frozenset[tuple[str, str]] = frozenset()
    is_deposed: bool = False


class DatabaseAway(Exception):
    """The store can't be reached or written just now; nothing of the batch was written."""


class Store(Protocol):
    """Every method may raise `DatabaseAway`; after it the same call may be made again."""

    async def seen(self, update_ids: Sequence[int]) -> set[int]:
        """Those of `update_ids` whose turn is already on disk."""
        ...

    async def persons_of_chats(self, chats: Sequence[int]) -> Mapping[int, Person]:
        """The persons who write from these chats; unknown chats are left out."""
        ...

    async def persons(self, contacts: Sequence[ContactId]) -> Mapping[ContactId, Person]:
        """The persons with these numbers; unknown or erased ones are left out."""
        ...

    async def new_contact(self, chat: int, now: datetime) -> Contact:
        """A new contact with a number and a key of its own (committed at once: an orphan key harms nobody)."""
        ...

    async def commit(self, batch: Batch) -> list[OutboxRow] | Lost:
        """Write the batch in one transaction, fsynced.

        Returns:
            The new rows that are to be sent, with their ids, in order; last the farewells of the erased, which
            belong to contact 0. Rows that the same batch cancels or erases are left out. `Lost` when another
            process was faster with something that the batch rests on; a batch that names neither persons, updates,
            notes read nor an epoch can't lose.

        Raises:
            DatabaseAway: Nothing of it was written, or (rarely, when disk or connection failed in the last step)
                all of it: `seen` tells. A person to be erased may be gone already.
        """
        ...

    async def waiting_rows(self, limit: int = 10_000, after: int = 0) -> list[OutboxRow]:
        """Unsent rows in order of id, from after `after`: what the dispatcher starts with."""
        ...

    async def sent_message(self, contact: ContactId, number: int) -> int | None:
        """The channel's id of a message that was sent, for edits."""
        ...

    async def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """Timers whose instant has come, earliest first."""
        ...

    async def next_timer_at(self) -> datetime | None:
        """When the next timer is due."""
        ...

    async def timers_between(self, kind: str, since: datetime, until: datetime, limit: int) -> list[Timer]:
        """Waiting timers of a kind from `since` to `until`, both included, earliest first."""
        ...

    async def open_alerts(self, limit: int) -> list[ContactId]:
        """Contacts with an alert that is neither closed nor withdrawn, the longest waiting first, each once.

        `limit` counts alerts.
        """
        ...

    async def desk_notes(self, kind: str, key: str | None = None) -> list[DeskNote]:
        """The desk's notes of a kind, or the one with that key, by their keys; also those past their `until`."""
        ...

    async def export(self, contact: ContactId) -> Mapping[str, object]:
        """Everything that is held on a person, readable, as plain JSON values."""
        ...

    async def book_number(self, digest: str, now: datetime) -> int:
        """The number of the present book: the newest one's when the digest is equal, else a new highest one."""
        ...

    async def number_of_book(self, digest: str) -> int | None:
        """The highest number that the book of this digest has; None when it was never given one."""
        ...

    async def newest_book(self) -> int:
        """The highest book number; a process with a lower one must not advance sessions."""
        ...

    async def untouched_since(self, before: datetime, limit: int) -> list[ContactId]:
        """Contacts for whom nothing has been written since before `before`, the oldest first."""
        ...

    async def purge(self, now: datetime) -> None:
        """Forget what has had its time: update ids, messages that ended long ago, farewells nobody took.

        The bodies of messages go as soon as these have ended. Ended timers stay: their keys never fire again.
        """
        ...

    async def present_chat(self, chat: int) -> int:
        """The chat's newest id (`Batch.chats_moved`), or `chat` itself."""
        ...

    async def counters(self, since: date, until: date) -> list[Counted]:
        """The counters of these days, both included."""
        ...

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        ...

    async def close(self) -> None: ...
