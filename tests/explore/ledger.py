"""What a run did, as it happened: every batch that reached the disk, every message that was handed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.engine.effect import Lane, SendMessage, To
from bot.engine.event import read_button
from bot.engine.session import Person
from bot.ids import ContactId, contact_code
from bot.store.protocol import Batch, OutboxRow, RowStatus, TimerEnd

CHECK_IN = "checkin/"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row comes from. `asked`: the person did something in the same batch."""

    asked: bool
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """A row as it was handed over, with what the person was then."""

    at: datetime
    row: OutboxRow
    origin: Origin
    is_repeat: bool
    has_alert: bool
    essential: bool
    zone: str | None
    """The person's, where it isn't the clinic's."""


@dataclass(slots=True)
class Ledger:
    """Outlives every process.

    Args:
        chat_of: Whose update it was.
    """

    chat_of: Callable[[int], int]
    origins: dict[int, Origin] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)
    opened: defaultdict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    """Rows with the question that a check-in has opened, by chat and the timer's key."""
    excused: dict[tuple[int, str], str] = field(default_factory=dict)
    """Check-ins that fired into nothing, and why that was right."""
    ended: dict[tuple[int, str], tuple[TimerEnd, datetime]] = field(default_factory=dict)
    set_at: dict[tuple[int, str], tuple[datetime, int]] = field(default_factory=dict)
    handed: list[Handed] = field(default_factory=list)
    marked: set[int] = field(default_factory=set)
    delivered: set[int] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _sent: set[int] = field(default_factory=set)
    _contacts: dict[ContactId, int] = field(default_factory=dict)

    def codes(self) -> dict[str, int]:
        """The codes by which staff know people, and whose they are."""
        return {contact_code(contact): chat for contact, chat in self._contacts.items()}

    def committed(self, batch: Batch, rows: list[OutboxRow]) -> None:
        """A batch is on disk."""
        before = {person.contact.id: self.persons.get(person.contact.chat) for person in batch.persons}
        for person in batch.persons:
            self.persons[person.contact.chat] = person
            self._contacts[person.contact.id] = person.contact.chat
        self.letters += [letter.error for letter in batch.dead_letters]
        for mark in batch.marks:
            if mark.status is not RowStatus.WAITING:
                self.marked.add(mark.row)
            if mark.status is RowStatus.SENT:
                self.delivered.add(mark.row)
            if mark.status is RowStatus.GIVEN_UP:
                self.given_up.append(mark.reason)
        acted = {self.chat_of(update) for update in batch.update_ids}
        fired: defaultdict[ContactId, list[str]] = defaultdict(list)
        cancelled: set[tuple[int, str]] = set()
        for contact, key, end in batch.timers_ended:
            place = self._contacts.get(contact, 0), key
            is_first = place not in self.ended
            if is_first:
                self.ended[place] = end, batch.now
            if is_first and end is TimerEnd.CANCELLED:
                cancelled.add(place)
            # One that fires may end its own session, and so be cancelled in the same turn.
            if end is TimerEnd.FIRED and (is_first or place in cancelled):
                fired[contact].append(key)
        for timer in batch.timers_set:
            self.set_at.setdefault(
                (self._contacts[timer.contact], timer.key), (timer.fire_at, timer.catch_up_seconds)
            )
        for row in rows:
            chat = self._contacts.get(row.contact, row.chat)
            self.origins[row.id] = Origin(chat in acted, tuple(fired[row.contact]))
        for contact, keys in fired.items():
            for key in keys:
                place = self._contacts[contact], key
                if place in cancelled and place[0] in acted:
                    self.excused[place[0], base_of(key)] = "ended by what they did in the same round"
                elif key.startswith(CHECK_IN):
                    self._check_in(contact, key, batch, rows, before.get(contact))

    def _check_in(
        self, contact: ContactId, key: str, batch: Batch, rows: list[OutboxRow], before: Person | None
    ) -> None:
        """A check-in's timer has fired: exactly one session comes of it, or a later try, or there is a reason."""
        chat = self._contacts[contact]
        base = base_of(key)
        if any(timer.contact == contact and base_of(timer.key) == base for timer in batch.timers_set):
            return
        known = {session.id for session in before.sessions} if before else set()
        asked = [
            (row.id, read_button(button.data or ""))
            for row in rows
            if row.contact == contact and row.lane is Lane.CHECK_IN and isinstance(row.effect, SendMessage)
            for button in _buttons(row.effect)
        ]
        new = [row_id for row_id, found in asked if found is not None and found.session not in known]
        if new:
            self.opened[chat, base].append(new[0])
            return
        person = self.persons[chat]
        contact_now = person.contact
        if contact_now.stopped_at is not None or contact_now.blocked_at is not None:
            self.excused[chat, base] = "stopped or blocked"
        else:
            self.wrong.append(f"{chat}: {key} fired at {batch.now:%d %b %H:%M} and nothing came of it")

    def hands_over(self, row: OutboxRow, at: datetime, *, is_unsure: bool) -> bool:
        """A call begins. True when this row was handed over before."""
        is_repeat = row.id in self._sent
        if is_repeat and row.id in self.marked:
            self.wrong.append(f"{row.chat}: row {row.id} sent again after its mark was on disk")
        self._sent.add(row.id)
        person = self.persons.get(row.chat)
        open_alert = person is not None and any(
            alert.status not in {"closed", "withdrawn"} for alert in person.alerts
        )
        origin = self.origins.get(row.id, Origin(asked=True, fired=()))  # a farewell
        essential = person is not None and any(is_essential(person, key) for key in origin.fired)
        zone = person.contact.time_zone if person is not None else None
        self.handed.append(Handed(at, row, origin, is_repeat, open_alert, essential, zone))
        return is_repeat


def base_of(key: str) -> str:
    """A check-in's own key, without what a later try adds: `checkin/V1-2/day_3/held`."""
    return "/".join(key.split("/")[:3])


def is_essential(person: Person, key: str) -> bool:
    """2-4 h, the evening of day 0 and day 1 after an injection: these may come at night."""
    if not key.startswith(CHECK_IN):
        return False
    _, visit_id, occasion = base_of(key).split("/")
    visit = next((visit for visit in person.visits if visit.id == visit_id), None)
    injected = visit is not None and visit.treatment != "microneedling"
    return injected and (occasion.startswith("hours_") or occasion in {"day_0", "day_1"})


def to_patient(row: OutboxRow) -> bool:
    """Whether it goes to the person themselves."""
    effect: Any = row.effect
    return getattr(effect, "to", To.PATIENT) is To.PATIENT


def _buttons(effect: SendMessage) -> list[Any]:
    return [button for row in effect.rows for button in row if button.kind in {"option", "done"}]
