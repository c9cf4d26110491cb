"""One practice: a clinic in memory whose every message goes to one chat, marked, and whose clock can be moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.app import ClinicApp, assemble
from bot.conversation.incoming import Incoming
from bot.databases import IN_MEMORY
from bot.delivery.limits import Limits
from bot.delivery.sender import Kind, Sender, SendOutcome
from bot.desk import practice
from bot.desk.roles import Role
from bot.engine.effect import PinMessage, SendCard, SendMessage, Turn
from bot.engine.session import Person
from bot.quiet_hours import after_quiet_hours
from bot.store.encryption import new_key
from bot.store.opening import open_sqlite
from bot.store.protocol import OutboxRow

MOST_STEPS = 100
"""So many timers may fire without a word before /next gives up; a whole plan has fewer."""
STOP_SECONDS = 1.0


class OneChat:
    """A sender that sends everything to one chat, marked. Pins are left out: they would stay.

    Args:
        sender: The channel's sending side.
        chat: Whoever practises.
        zone: The clinic's.
        now: Of the practice.
    """

    def __init__(self, sender: Sender, chat: int, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self._sender = sender
        self._chat = chat
        self._zone = zone
        self._now = now

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Send one row. Implements `Sender`."""
        if isinstance(row.effect, PinMessage):
            return SendOutcome(Kind.SENT)
        shown = practice.marked(row.effect, self._zone, self._now())
        return await self._sender.send(replace(row, chat=self._chat, effect=shown), target=target, plain=plain)

    async def answer_press(self, press_id: str, note: str) -> None:
        """Stop a button's spinner. Implements `Sender`."""
        await self._sender.answer_press(press_id, note)


@dataclass(slots=True)
class Run:
    """One practice. Its clock is the real one and what /next has added."""

    user: int
    now: Callable[[], datetime]
    ahead: timedelta = timedelta()
    touched_at: datetime = field(init=False)
    app: ClinicApp = field(init=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    said: int = 0
    morning: datetime | None = None
    """For which something waits that was said in the night of the practice."""

    def __post_init__(self) -> None:
        self.touched_at = self.now()

    def time(self) -> datetime:
        """The practice's own; aware UTC."""
        return self.now() + self.ahead

    def saw(self, turn: Turn) -> None:
        """Count what says something new, now or in the morning."""
        for each in turn.effects:
            if not isinstance(each, SendMessage | SendCard) or each.edits is not None:
                continue
            zone = each.quiet_in if isinstance(each, SendMessage) else ""
            at = after_quiet_hours(self.time(), ZoneInfo(zone)) if zone else self.time()
            if at > self.time():
                self.morning = at
            else:
                self.said += 1

    async def say(self, make: Callable[[int], SendMessage]) -> None:
        """A message of the practice itself; `make` gets its number."""

        def turn(person: Person) -> Turn:
            contact = replace(person.contact, messages=person.contact.messages + 1)
            return Turn(replace(person, contact=contact), (make(contact.messages),))

        async with self.lock:
            await self.app.loop.begin(self.user, turn)

    async def take(self, item: Incoming) -> None:
        """Do what one item causes."""
        self.touched_at = self.now()
        async with self.lock:
            self.app.loop.put(item)
            await self.app.loop.settle()

    async def go_on(self) -> None:
        """Move the clock to what comes next by itself, until something is said."""
        self.touched_at = self.now()
        async with self.lock:
            before = self.said
            for _ in range(MOST_STEPS):
                dues = [at for at in (await self.app.store.next_timer_at(), self.morning) if at is not None]
                if not dues:
                    break
                self.ahead += max(timedelta(), min(dues) - self.time())
                self._see_morning()
                await self.app.loop.settle()
                if self.said > before:
                    return
        await self.say(practice.nothing)

    def _see_morning(self) -> None:
        """What has waited for it goes out."""
        if self.morning is not None and self.morning <= self.time():
            self.morning = None
            self.said += 1
            self.app.dispatcher.add(())  # which looks again, by the clock as it stands now

    async def stop(self) -> None:
        """Send no more of it, and forget it."""
        await self.app.dispatcher.stop(STOP_SECONDS)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        async with self.lock:
            await self.app.close()


async def open_run(real: ClinicApp, sender: Sender, limits: Limits, user: int, role: Role) -> Run:
    """A practice of somebody in their role, beside the real clinic; it sends, and nothing has been said yet."""
    run = Run(user, real.now)
    book = practice.book_for(real.loop.book, user, role)
    one = OneChat(sender, user, ZoneInfo(book.time_zone), run.time)
    key, first = new_key(), practice.FIRST_CONTACT
    store = await open_sqlite(IN_MEMORY, data_key=key, synchronous="OFF", now=run.time(), first_contact=first)

    def turned(_contact: object, turn: Turn) -> None:
        run.saw(turn)

    run.app = assemble(book, real.catalogue, store, one, run.time, practice.GROUP, None, turned, limits)
    run.tasks = [asyncio.create_task(run.app.dispatcher.run(), name="practice")]
    return run
