"""From turns to one batch: effects become rows, timers, counts and reports. No I/O but the person's export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversation.export import export_documents
from bot.conversation.gather import DESK_CHAT
from bot.desk.cards import group_card
from bot.engine.effect import (
    AnswerPress,
    CancelTimer,
    Count,
    Effect,
    ErasePerson,
    ExportPerson,
    Hush,
    Lane,
    MissTimer,
    PausePerson,
    PinMessage,
    SendCard,
    SendCode,
    SendDocument,
    SendMessage,
    SendPicture,
    SetTimer,
    To,
    Turn,
)
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import ContactId
from bot.quiet_hours import after_quiet_hours
from bot.store.protocol import Batch, Counted, NewRow, Store, Timer, TimerEnd

Sendable = SendMessage | SendPicture | PinMessage | SendDocument | SendCode


@dataclass(slots=True)
class Plan:
    """A round's batch under construction, and what is done only once it is on disk."""

    batch: Batch
    presses: list[AnswerPress] = field(default_factory=list)
    reports: list[tuple[ContactId, Effect]] = field(default_factory=list)
    turns: list[tuple[ContactId, Turn]] = field(default_factory=list)
    changed: dict[ContactId, Person] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    erased: set[ContactId] = field(default_factory=set)
    staff_chat: tuple[int, bool] | None = None
    """Its id, and whether it takes messages from now on."""

    def finish(self, book: Book) -> Batch:
        """The batch, complete."""
        day = self.batch.now.astimezone(ZoneInfo(book.time_zone)).date()
        self.batch.counts = [Counted(day, name, campaign, n) for (name, campaign), n in self.counts.items()]
        self.batch.persons = list(self.changed.values())
        self.batch.rows = _without_repeats(self.batch.rows)
        return self.batch


class Planner:
    """Puts turns into plans.

    Args:
        book: For the cards' words.
        store: For exports.
        staff_chat: Where cards go; None: there is no staff chat, and cards are not made.
    """

    def __init__(self, book: Book, store: Store, staff_chat: Callable[[], int | None]) -> None:
        self._book = book
        self._store = store
        self._staff_chat = staff_chat

    async def add(self, plan: Plan, turn: Turn, now: datetime) -> None:
        """Put everything that `turn` wants into `plan`."""
        person = turn.person
        contact = person.contact.id
        plan.turns.append((contact, turn))
        farewell = next((effect for effect in turn.effects if isinstance(effect, ErasePerson)), None)
        if farewell is not None:
            self._erase(plan, contact, farewell, turn)
            return
        plan.changed[contact] = person
        for effect in turn.effects:
            match effect:
                case SendMessage() | SendPicture() | PinMessage() | SendDocument() | SendCode():
                    self._row(plan, person, effect, now)
                case SendCard():
                    args = (effect.about, effect.number, effect.lane, effect.edits)
                    card = group_card(self._book, person, *args)
                    if card is not None:
                        self._row(plan, person, card, now)
                case ExportPerson():
                    held = await self._store.export(contact)
                    for document in export_documents(held, effect, person, self._book):
                        self._row(plan, person, document, now)
                case AnswerPress():
                    plan.presses.append(effect)
                case SetTimer(key, fire_at, kind, catch_up):
                    plan.batch.timers_set.append(Timer(contact, key, kind, fire_at, catch_up))
                case CancelTimer(key):
                    plan.batch.timers_ended.append((contact, key, TimerEnd.CANCELLED))
                case MissTimer(key):
                    plan.batch.timers_ended.append((contact, key, TimerEnd.MISSED))
                case Hush():
                    plan.batch.cancel_unasked.append(contact)
                case Count(name, campaign):
                    plan.counts[name, campaign] += 1
                case PausePerson():
                    plan.batch.cancel_all_rows.append(contact)
                    own = person.contact.chat  # what this very round has written to it is as unsent as the rest
                    rows = plan.batch.rows
                    plan.batch.rows = [row for row in rows if (row.contact, row.chat) != (contact, own)]
                case _:
                    plan.reports.append((contact, effect))

    def _erase(self, plan: Plan, contact: ContactId, farewell: ErasePerson, turn: Turn) -> None:
        batch = plan.batch
        plan.changed.pop(contact, None)
        plan.erased.add(contact)
        batch.rows = [row for row in batch.rows if row.contact != contact]
        batch.timers_set = [timer for timer in batch.timers_set if timer.contact != contact]
        batch.timers_ended = [ended for ended in batch.timers_ended if ended[0] != contact]
        batch.erase.append((contact, farewell.farewell))
        plan.presses.extend(effect for effect in turn.effects if isinstance(effect, AnswerPress))

    def _row(self, plan: Plan, person: Person, effect: Sendable, now: datetime) -> None:
        chat: int | None = person.contact.chat
        if effect.to is To.STAFF:
            chat = self._staff_chat()
        elif isinstance(effect, SendMessage | SendPicture | SendCode) and effect.to is To.STAFF_MEMBER:
            chat = effect.staff_chat
        elif person.contact.blocked_at is not None or chat == DESK_CHAT:
            return
        if chat is not None:
            row = NewRow(person.contact.id, effect.number, chat, effect.lane, effect, now, _due_at(effect, now))
            plan.batch.rows.append(row)


def _due_at(effect: Sendable, now: datetime) -> datetime:
    """At once, or in the morning where it keeps quiet at night."""
    zone = effect.quiet_in if isinstance(effect, SendMessage | SendPicture) else ""
    return after_quiet_hours(now, ZoneInfo(zone)) if zone else now


def _without_repeats(rows: list[NewRow]) -> list[NewRow]:
    """Of one question asked twice within a batch, nothing sent in between, only the last is sent.

    After an outage people have often pressed or typed several times; each press would show the question again.
    """
    last: dict[tuple[ContactId, str, str], int] = {}
    for place, row in enumerate(rows):
        key = _asked(row)
        if key is not None:
            last[key] = place
    dropped = {
        (row.contact, row.number)
        for place, row in enumerate(rows)
        if (key := _asked(row)) is not None and last[key] > place
    }
    return [
        row
        for row in rows
        if (row.contact, row.number) not in dropped
        and (row.contact, getattr(row.effect, "edits", None)) not in dropped
    ]


def _asked(row: NewRow) -> tuple[ContactId, str, str] | None:
    effect = row.effect
    if (
        isinstance(effect, SendMessage)
        and effect.is_question
        and effect.edits is None
        and effect.lane is Lane.REPLY
    ):
        return row.contact, effect.flow, effect.state
    return None
