"""A clinic whose check-ins all fall due at once, and somebody whose answer is red in the midst of it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.app import assemble
from bot.conversation.incoming import Incoming
from bot.delivery.limits import Limits
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.effect import Lane, SendMessage, To
from bot.engine.event import Said
from bot.engine.session import Contact, Person, PlannedCheckIn, Visit
from bot.ids import VisitId
from bot.reading import book_of
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, OutboxRow, Store, Timer
from tests.explore.run import KEY, reading_in
from tests.explore.world import STAFF_CHAT

PLANS = int(os.environ.get("QUEUED", "1000"))
FIRST_CHAT = 10_000
TREATED = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 9, 14, 2, 0, tzinfo=UTC)
"""While the bot is down: it starts at eight in the morning, by London's clocks."""
START = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)
RED_AFTER = (0, 40, 400)
"""Check-ins sent when a red answer comes."""


@dataclass(slots=True)
class Rush:
    """What was seen. `places` counts the calls between a red answer on disk and its alert; `advice` likewise."""

    queued: int = 0
    places: list[int] = field(default_factory=list)
    advice: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    asked_at: list[datetime] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    most_in_a_second: int = 0
    today: date = date(2026, 9, 14)


@dataclass(slots=True)
class Phones:
    """Takes every row, and moves no clock."""

    now: datetime = START
    calls: list[tuple[datetime, OutboxRow]] = field(default_factory=list)

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        _ = plain
        self.calls.append((self.now, row))
        return SendOutcome(Kind.SENT, message_id=target or len(self.calls))

    async def answer_press(self, press_id: str, note: str) -> None:
        _ = press_id, note


async def fill(store: Store, plans: int, *, due: datetime = DUE) -> None:
    """So many people a week after their treatment, each with a check-in due at once."""
    for first in range(0, plans, 500):
        batch = Batch(TREATED)
        for chat in range(FIRST_CHAT + first, FIRST_CHAT + min(first + 500, plans)):
            contact = replace(await store.new_contact(chat, TREATED), first_name="Pat", standing=1)
            batch.persons.append(enrolled(contact, due))
            batch.timers_set.append(Timer(contact.id, f"checkin/V{contact.id}-1/day_7", "checkin", due, 259_200))
        await store.commit(batch)


def enrolled(contact: Contact, due: datetime) -> Person:
    """Somebody who agreed to be asked on day 7."""
    item = PlannedCheckIn("day_7", 7, due, essential=False, kind="full", catch_up_seconds=259_200)
    visit = Visit(VisitId(f"V{contact.id}-1"), "microneedling", TREATED, "self", "ours", TREATED, plan=(item,))
    return Person(contact, visits=(visit,))


async def rush(folder: Path, *, plans: int, reds: int, limits: Limits | None = None) -> Rush:
    """Start with everything due, send, and let red answers come in between.

    Args:
        folder: For the database.
        plans: How many check-ins.
        reds: How many red answers, at `RED_AFTER`.
        limits: Of sending; the usual ones when None.
    """
    store = await open_sqlite(folder / "clinic.db", data_key=KEY, synchronous="OFF", now=TREATED)
    phones, found = Phones(), Rush()
    try:
        await fill(store, plans)
        reading = reading_in("Europe/London")
        book = replace(
            book_of(reading, staff_chat=STAFF_CHAT), number=await store.book_number(reading.digest, START)
        )
        app = assemble(
            book, reading.catalogue, store, phones, lambda: phones.now, STAFF_CHAT, None, None, limits or Limits()
        )
        await app.load_waiting()
        await app.loop.settle()
        found.queued = int(str(app.dispatcher.health()["waiting"]))
        left = list(RED_AFTER[:reds])
        while (at := app.dispatcher.next_at()) is not None or left:
            if left and len(phones.calls) >= left[0]:
                left.pop(0)
                chat = FIRST_CHAT + plans - 1 - len(left)
                app.loop.put(Incoming(chat, Said("I can't breathe"), user=chat, first_name="Pat"))
                await app.loop.settle()
                before = len(phones.calls)
                await app.dispatcher.drain()
                _place(found, phones.calls[before:], chat)
                continue
            assert at is not None
            phones.now = max(phones.now, at)
            await app.dispatcher.drain()
            if len(phones.calls) % 500 == 0:
                await app.loop.settle()
    finally:
        await store.close()
    _asked(found, phones)
    return found


def _place(found: Rush, calls: list[tuple[datetime, OutboxRow]], chat: int) -> None:
    """Where the alert and the advice stand among the calls made since the red answer was on disk."""
    alert = (n for n, (_, row) in enumerate(calls) if row.chat == STAFF_CHAT and row.lane is Lane.ALERT)
    advice = (n for n, (_, row) in enumerate(calls) if row.chat == chat and row.lane is Lane.ALERT)
    both = [next(alert, -1), next(advice, -1)]
    found.places.append(min(both))
    found.advice.append(max(both))


def _asked(found: Rush, phones: Phones) -> None:
    seconds: Counter[datetime] = Counter()
    for at, row in phones.calls:
        seconds[at.replace(microsecond=0)] += 1
        effect = row.effect
        if row.lane is Lane.CHECK_IN and isinstance(effect, SendMessage) and effect.to is To.PATIENT:
            found.asked.append(row.chat)
            found.asked_at.append(at)
            found.words.append(effect.html)
    found.most_in_a_second = max(seconds.values())
