"""The turn loop: the one task that advances people and writes to the store.

A round: take what is there → drop updates seen before → load the persons → advance, several items of one person
on top of each other → one commit → tell whoever waits that it is on disk, hand the rows to the dispatcher, answer
the presses. What makes `advance` raise becomes a dead letter with an apology in the same commit. When the commit
fails, the database is away (nothing is confirmed, the items stay) or an item is poison (each alone; the one that
fails is the dead letter). Where another process was faster with a person, whatever touches them stays unconfirmed
for the next round, which reads them again.

Of several processes on one database the keeper alone fires timers and hands rows to its dispatcher: those of all
processes, in their order, as the store shows them after each commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.conversation.advancing import Advancing
from bot.conversation.apology import place_of
from bot.conversation.gather import Item, answer_owed, gather
from bot.conversation.hooks import Hooks
from bot.conversation.incoming import Incoming, Unreadable
from bot.conversation.members import Members
from bot.conversation.office import Office
from bot.conversation.plan import Plan
from bot.conversation.several import Several
from bot.conversation.touched import Touched, hold_book
from bot.desk import closed
from bot.engine.derive import forget_walks
from bot.engine.effect import Turn
from bot.engine.model import Book
from bot.engine.session import Person
from bot.errors import BookTooOld
from bot.limits import BATCH_ITEMS, BATCH_TIMERS
from bot.store.protocol import (
    Batch,
    DatabaseAway,
    DeadLetter,
    DeskNote,
    Lost,
    Mark,
    OutboxRow,
    RowStatus,
    Store,
    Timer,
    TimerEnd,
)

log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0
MARKS_SECONDS = 0.05
"""So long what became of rows waits for something else to be written with: a commit of its own would keep waiting
whatever comes meanwhile."""
PURGE_EVERY = timedelta(hours=1)
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
TRIES = 5
"""Of one round, while others are faster; what is left then waits for the next."""


class TurnLoop:
    """Advances everybody, one batch after another.

    Args:
        store: Only this loop writes to it.
        book: Flows and data.
        now: Aware UTC clock.
        hooks: Where results go.
        staff_chat: The staff chat's id, if there is one.
        office: Where several processes share the store; None: this is the only one.
    """

    def __init__(
        self,
        store: Store,
        book: Book,
        now: Callable[[], datetime],
        hooks: Hooks,
        *,
        staff_chat: int | None,
        office: Office | None = None,
    ) -> None:
        self.committed_at: datetime | None = None
        self.is_away = False
        self.book_with: Callable[[Sequence[DeskNote]], Book] | None = None
        """The book with these closed days beside clinic.yaml's; whoever builds the loop gives it."""
        self._store = store
        self._now = now
        self._hooks = hooks
        self._advancing = Advancing(store, book, staff_chat, is_shared=office is not None)
        self._items: deque[tuple[Item, asyncio.Future[None]]] = deque()
        self._marks: deque[tuple[Mark, OutboxRow]] = deque()
        self._wake = asyncio.Event()
        self._item_came = asyncio.Event()
        self._stopping = False
        self._purged_at: datetime | None = None
        self._is_unsure = False  # whether the last commit is on disk
        self._several = None if office is None else Several(office, hooks, self._marks, self._read_desk)
        self._done_here: deque[int] = deque(maxlen=2 * BATCH_ITEMS)

    @property
    def book(self) -> Book:
        """What it goes by now."""
        return self._advancing.book

    @property
    def staff_chat(self) -> int | None:
        """The staff chat's present id, if there is one."""
        return self._advancing.staff_chat

    @property
    def members(self) -> Members:
        """Who is in the staff group."""
        return self._advancing.members

    def forbid_practice(self) -> None:
        """What somebody does comes to whichever process there is, and a practice lives in one."""
        self._advancing.can_practise = False

    def use(self, book: Book) -> None:
        """Go on with another book: the same flows, other closed days."""
        self._advancing.use(book)

    def put(self, item: Item) -> asyncio.Future[None]:
        """Queue an item; the future is done when its turn is on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._items.append((item, done))
        self._wake.set()
        self._item_came.set()
        return done

    def put_mark(self, mark: Mark, row: OutboxRow) -> None:
        """Queue what became of a row; it is written with the next commit."""
        self._marks.append((mark, row))
        self._wake.set()

    def look(self) -> None:
        """Others may have written rows or timers."""
        if self._several is not None:
            self._several.has_news = True
        self._wake.set()

    def look_at_desk(self) -> None:
        """Others may have changed what is kept here of the desk."""
        if self._several is not None:
            self._several.has_changed_desk = True
        self._wake.set()

    async def begin(self, chat: int, make: Callable[[Person], Turn]) -> None:
        """Write a turn that no event caused (a flow opened by name), for whoever writes from `chat`."""
        is_written = False
        while not is_written:
            now = self._now()
            plan = Plan(Batch(now))
            person = (await self._store.persons_of_chats([chat])).get(chat)
            person = person or Person(await self._store.new_contact(chat, now))
            await self._advancing.planner.add(plan, self._advancing.followed(make(person), now), now)
            is_written = await self._write(plan, now) is None

    def stop(self) -> None:
        """Let `run` end once the queue is empty."""
        self._stopping = True
        self._wake.set()
        self._item_came.set()

    async def settle(self) -> None:
        """Run rounds until nothing is queued and nothing is due."""
        while await self.round():
            pass

    async def run(self) -> None:
        """Run rounds for ever; while the database is away, try again with growing pauses."""
        failures = 0
        while True:
            self._wake.clear()
            if self._marks and not self._items:
                await self._wait_for_company()
            try:
                worked = await self.round()
                failures = 0
            except DatabaseAway as error:
                self.is_away = True
                pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
                failures += 1
                log.error("database away (%s): nothing is confirmed; trying again in %.1f s", error, pause)
                if self._stopping:
                    return
                await asyncio.sleep(pause)
                continue
            self.is_away = False
            if worked:
                await asyncio.sleep(0)  # let channels put in what has come meanwhile
                continue
            await self._purge()
            if not self._stopping:
                await self._wait()
            elif not (self._items or self._marks):  # some may have come while the last round looked
                return

    async def _purge(self) -> None:
        now = self._now()
        if not self._is_keeper:
            return
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            try:
                await self._store.purge(now)
                await self.forget_old(now)
            except DatabaseAway as error:
                log.error("old rows could not be purged (%s); trying again in an hour", error)

    async def forget_old(self, now: datetime) -> None:
        """Erase everybody who has not been heard of for the days that the clinic promises to keep."""
        days = self.book.clinic.get("clinic.keep_days")
        if not isinstance(days, int):
            return
        while old := await self._store.untouched_since(now - timedelta(days=days), BATCH_ITEMS):
            batch = Batch(now, erase=[(contact, "") for contact in old], epoch=self._epoch)
            if isinstance(await self._store.commit(batch), Lost):
                return
            for contact in old:
                self._hooks.cancelled(contact, True)

    @property
    def _is_keeper(self) -> bool:
        return self._several is None or self._several.is_keeper

    @property
    def _epoch(self) -> int | None:
        return None if self._several is None else self._several.epoch

    async def _wait_for_company(self) -> None:
        self._item_came.clear()
        if not self._stopping:
            await _wait_for(self._item_came, MARKS_SECONDS)

    async def _wait(self) -> None:
        try:
            due = await self._store.next_timer_at() if self._is_keeper else None
        except DatabaseAway as error:
            log.error("the next timer can't be read (%s); looking again", error)
            due = self._now() + timedelta(seconds=BACK_OFF_SECONDS[-1])
        seconds = IDLE_SECONDS
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self._now()).total_seconds()))
        await _wait_for(self._wake, seconds)

    async def round(self) -> bool:
        """One batch; False when there was nothing to do.

        Raises:
            DatabaseAway: Nothing was written; the items are still queued.
            BookTooOld: Likewise; the program has to be started anew.
        """
        if self._several is not None:
            await self._several.follow(is_unsure=self._is_unsure)
            self._is_unsure = False
        elif self._is_unsure:
            await self._hand_over_again()
        now = self._now()
        taken = [self._items[place] for place in range(min(len(self._items), BATCH_ITEMS))]
        marks = list(self._marks)
        timers = await self._store.due_timers(now, BATCH_TIMERS) if self._is_keeper else []
        if not (taken or marks or timers):
            return False
        try:
            waits = await self._commit([item for item, _ in taken], marks, timers, now)
        except (DatabaseAway, BookTooOld):
            raise
        except Exception as error:
            log.error("a batch failed as a whole (%s); taking its items one by one", place_of(error))
            waits = await self._one_by_one([item for item, _ in taken], marks, timers, now)
        for _ in taken:
            item, done = self._items.popleft()
            if not done.done() and id(item) not in waits:
                done.set_result(None)
        for _ in marks:
            self._marks.popleft()
        self._items.extendleft(reversed([pair for pair in taken if id(pair[0]) in waits]))
        self._marks.extendleft(reversed([pair for pair in marks if id(pair) in waits]))
        return True

    async def _hand_over_again(self) -> None:
        """A commit whose answer got lost may be on disk: the dispatcher gets whatever is unsent there.

        It passes over what it has; what it has sent has a mark here, for only this task writes marks.
        """
        after = 0
        while rows := await self._store.waiting_rows(after=after):
            after = rows[-1].id
            ended = {mark.row for mark, _ in self._marks}
            self._hooks.rows([row for row in rows if row.id not in ended])
        self._is_unsure = False

    async def _read_desk(self) -> None:
        if self.book_with is not None:
            self.use(self.book_with(await self._store.desk_notes(closed.KIND)))
        if self.staff_chat is not None:
            self._advancing.staff_chat = await self._store.present_chat(self.staff_chat)

    async def _one_by_one(
        self, items: list[Item], marks: list[tuple[Mark, OutboxRow]], timers: list[Timer], now: datetime
    ) -> set[int]:
        waits: set[int] = set()
        for mark in marks:
            try:
                waits |= await self._commit([], [mark], [], now)
            except (DatabaseAway, BookTooOld):
                raise
            except Exception as error:
                log.error("what became of row %d could not be written (%s)", mark[0].row, place_of(error))
        for item in items:
            try:
                waits |= await self._commit([item], [], [], now)
            except (DatabaseAway, BookTooOld):
                raise
            except Exception as error:
                await self._bury(item, error, now)
        for timer in timers:
            try:
                await self._commit([], [], [timer], now)
            except (DatabaseAway, BookTooOld):
                raise
            except Exception as error:
                log.error("timer of kind %s failed (%s); it is marked missed", timer.kind, place_of(error))
                await self._store.commit(Batch(now, timers_ended=[(timer.contact, timer.key, TimerEnd.MISSED)]))
        return waits

    async def _bury(self, item: Item, error: Exception, now: datetime) -> None:
        """The item that fails alone is kept as a dead letter, confirmed, and never tried again."""
        log.error("an update could not be written (%s); kept as a dead letter", place_of(error))
        update_ids = [item.update_id] if item.update_id is not None else []
        raw = item.raw if isinstance(item, Incoming | Unreadable) else ""
        letter = DeadLetter(None, now, place_of(error), raw)
        await self._store.commit(Batch(now, update_ids=update_ids, dead_letters=[letter]))
        for press in answer_owed(item):
            self._hooks.answer(press.press_id, press.note)

    async def _commit(
        self, items: list[Item], marks: list[tuple[Mark, OutboxRow]], timers: list[Timer], now: datetime
    ) -> set[int]:
        """Write all that others have not been faster with; what has to wait for the next round, by `id`."""
        waits: set[int] = set()
        for _ in range(TRIES):
            touched = Touched()
            lost, later = await self._try(touched, items, marks, timers, now)
            if lost is None:
                return waits | (await self._commit(later, [], [], now) if later else set())
            if lost.is_deposed and self._several is not None:
                self._several.depose(len(marks))
                marks, timers = [], []
            waits |= touched.must_wait(lost)
            items = [item for item in items if id(item) not in waits]
            marks = [mark for mark in marks if id(mark) not in waits]
            timers = [timer for timer in timers if id(timer) not in waits]
            if not (items or marks or timers):
                return waits
        return waits | {id(part) for part in (*items, *marks)}

    async def _try(
        self,
        touched: Touched,
        items: list[Item],
        marks: list[tuple[Mark, OutboxRow]],
        timers: list[Timer],
        now: datetime,
    ) -> tuple[Lost | None, list[Item]]:
        plan = Plan(Batch(now))
        ids = [item.update_id for item in items if item.update_id is not None]
        seen = await self._store.seen(ids) if ids else set()
        fresh: list[Item] = []
        repeated: list[int] = []
        for item in items:
            if item.update_id is None or item.update_id not in seen:
                fresh.append(item)
                if item.update_id is not None:
                    seen.add(item.update_id)
                    plan.batch.update_ids.append(item.update_id)
            elif item.update_id not in plan.batch.update_ids and item.update_id not in self._done_here:
                # Its turn is on disk, but we may have been killed before the button's spinner was stopped.
                plan.presses.extend(answer_owed(item))
                repeated.append(item.update_id)
        self._advancing.begin()
        people = await gather(self._store, fresh, timers, now)
        hold_book(self.book, people.by_contact.values())
        for pair in marks:  # before the items: whoever writes after a refusal is there again
            mark, row = pair
            plan.batch.marks.append(mark)
            with touched.by(pair, plan):
                if mark.status is RowStatus.REFUSED:
                    await self._advancing.refused(plan, people, row, now)
                elif mark.status is RowStatus.GIVEN_UP:
                    await self._advancing.given_up(plan, people, row, now)
        later: list[Item] = []
        erased_chats: set[int] = set()
        for item in fresh:
            if isinstance(item, Incoming) and item.chat in erased_chats:
                later.append(item)
                if item.update_id is not None:
                    plan.batch.update_ids.remove(item.update_id)
            else:
                with touched.by(item, plan):
                    await self._advancing.take(plan, people, item, now)
                if isinstance(item, Incoming) and people.by_chat.get(item.chat) in plan.erased:
                    erased_chats.add(item.chat)
        for timer in timers:
            with touched.by(timer, plan):
                await self._advancing.fire(plan, people, timer, now)
        await self._advancing.plan_list(plan, people, now)
        plan.batch.epoch = self._epoch if marks or timers else None
        lost = await self._write(plan, now)
        if lost is None:
            if self._several is not None:
                self._several.tell_members(fresh)
            self._done_here.extend((*plan.batch.update_ids, *repeated))
        return lost, later  # somebody who writes on after /delete begins anew, as a new contact

    async def _write(self, plan: Plan, now: datetime) -> Lost | None:
        try:
            rows = await self._store.commit(plan.finish(self.book))
        except DatabaseAway:
            self._is_unsure = True
            if self._several is None:  # where it is not on disk, it is handed over again
                self._withdraw(plan)
            raise
        if isinstance(rows, Lost):
            return rows
        self.committed_at = now
        if self._several is not None:
            self._several.tell_desk(plan.batch, closes=_closes(plan.batch), staff_chat=plan.staff_chat)
        if self.book_with is not None and _closes(plan.batch):
            self.use(self.book_with(await self._store.desk_notes(closed.KIND)))
        if plan.erased:
            forget_walks()
        self._withdraw(plan)
        if plan.staff_chat is not None:  # first: the new rows for it are told of, then
            self._hooks.staff_chat(*plan.staff_chat)
        if self._several is not None:
            await self._several.pass_on(rows, plan.batch)
        else:
            self._hooks.rows(rows)
        for press in plan.presses:
            if press.press_id:
                self._hooks.answer(press.press_id, press.note)
        for contact, effect in plan.reports:
            self._hooks.observe(contact, effect)
        for contact, turn in plan.turns:
            self._hooks.turned(contact, turn)
        return None

    def _withdraw(self, plan: Plan) -> None:
        for contact in plan.erased:
            self._hooks.cancelled(contact, True)
        for contact in plan.batch.cancel_all_rows:
            self._hooks.cancelled(contact, False)
        for contact in plan.batch.cancel_unasked:
            self._hooks.hushed(contact)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    """Until the event, and no longer than that; `wait_for` would make a task, and may swallow a cancellation."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _closes(batch: Batch) -> bool:
    """Whether the days on which the clinic is closed change with it."""
    kinds = (*(note.kind for note in batch.notes_put), *(kind for kind, _ in batch.notes_dropped))
    return closed.KIND in kinds
