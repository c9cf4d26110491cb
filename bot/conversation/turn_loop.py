"""The turn loop: the one task that advances people and writes to the store.

A round: take what is there → drop updates seen before → load the persons → advance, several items of one person
on top of each other → one commit → tell whoever waits that it is on disk, hand the rows to the dispatcher, answer
the presses. What makes `advance` raise becomes a dead letter with an apology in the same commit. When the commit
fails, the database is away (nothing is confirmed, the items stay) or an item is poison (each alone; the one that
fails is the dead letter).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.conversation.apology import apology, place_of
from bot.conversation.gather import DESK_CHAT, Item, People, gather
from bot.conversation.groups import Groups
from bot.conversation.hold_back import held_back
from bot.conversation.incoming import (
    ChatMoved,
    GroupChanged,
    GroupRefused,
    HeldBack,
    Incoming,
    MemberChanged,
    PracticeOver,
    StaffLeft,
    Unreadable,
    Unwanted,
)
from bot.conversation.members import Members
from bot.conversation.notes import Notes
from bot.conversation.plan import Plan, Planner
from bot.conversation.private_desk import PrivateDesk
from bot.desk import closed, follow, lists
from bot.desk.roles import Membership
from bot.engine.advance import advance
from bot.engine.effect import AnswerPress, Effect, SendMessage, SendPicture, To, Turn
from bot.engine.event import Blocked, Event, Pressed, StaffPressed, TimerFired, Undelivered
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import ContactId
from bot.limits import BATCH_ITEMS, BATCH_TIMERS
from bot.store.protocol import (
    Batch,
    DatabaseAway,
    DeadLetter,
    DeskNote,
    Mark,
    OutboxRow,
    RowStatus,
    Store,
    Timer,
    TimerEnd,
)

log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0
DESK_TIMERS = tuple(f"{kind}/" for kind in follow.KINDS)
PURGE_EVERY = timedelta(hours=1)
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Hooks:
    """What the loop tells others, always after the commit.

    `rows`: new rows to send. `answer`: stop a button's spinner. `cancelled`: what is unsent for a contact must not
    be sent any more (True: nor what goes to staff about them). `hushed`: of that only what comes unasked.
    `staff_chat`: the group of this id takes nothing any more, or (True) does again. `observe`: reports, for
    channels that show them. `turned`: every turn, for coverage.
    """

    rows: Callable[[Sequence[OutboxRow]], None]
    answer: Callable[[str, str], None]
    cancelled: Callable[[ContactId, bool], None]
    observe: Callable[[ContactId, Effect], None]
    turned: Callable[[ContactId, Turn], None]
    hushed: Callable[[ContactId], None] = lambda _contact: None
    staff_chat: Callable[[int, bool], None] = lambda _chat, _is_open: None


class TurnLoop:
    """Advances everybody, one batch after another.

    Args:
        store: Only this loop writes to it.
        book: Flows and data.
        now: Aware UTC clock.
        hooks: Where results go.
        staff_chat: The staff chat's id, if there is one.
    """

    def __init__(
        self, store: Store, book: Book, now: Callable[[], datetime], hooks: Hooks, *, staff_chat: int | None
    ) -> None:
        self.staff_chat = staff_chat
        self.committed_at: datetime | None = None
        self.is_away = False
        self.book_with: Callable[[Sequence[DeskNote]], Book] | None = None
        """The book with these closed days beside clinic.yaml's; whoever builds the loop gives it."""
        self._store = store
        self._book = book
        self._now = now
        self._hooks = hooks
        self.members = Members()
        self._groups = Groups(book, lambda: self.staff_chat, self.members)
        self._private = PrivateDesk(book, store, self.members, self._groups, lambda: self.staff_chat)
        self._planner = Planner(book, store, lambda: self.staff_chat)
        self._items: deque[tuple[Item, asyncio.Future[None]]] = deque()
        self._marks: deque[tuple[Mark, OutboxRow]] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._purged_at: datetime | None = None
        self._done_here: deque[int] = deque(maxlen=2 * BATCH_ITEMS)

    @property
    def book(self) -> Book:
        """What it goes by now."""
        return self._book

    def use(self, book: Book) -> None:
        """Go on with another book: the same flows, other closed days."""
        self._book = self._private.book = self._groups.book = book
        self._planner = Planner(book, self._store, lambda: self.staff_chat)

    def put(self, item: Item) -> asyncio.Future[None]:
        """Queue an item; the future is done when its turn is on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._items.append((item, done))
        self._wake.set()
        return done

    def put_mark(self, mark: Mark, row: OutboxRow) -> None:
        """Queue what became of a row; it is written with the next commit."""
        self._marks.append((mark, row))
        self._wake.set()

    async def begin(self, chat: int, make: Callable[[Person], Turn]) -> None:
        """Write a turn that no event caused (a flow opened by name), for whoever writes from `chat`."""
        now = self._now()
        plan = Plan(Batch(now))
        person = (await self._store.persons_of_chats([chat])).get(chat)
        person = person or Person(await self._store.new_contact(chat, now))
        await self._planner.add(plan, self._followed(make(person), now), now)
        await self._write(plan, now)

    def stop(self) -> None:
        """Let `run` end once the queue is empty."""
        self._stopping = True
        self._wake.set()

    async def settle(self) -> None:
        """Run rounds until nothing is queued and nothing is due."""
        while await self.round():
            pass

    async def run(self) -> None:
        """Run rounds for ever; while the database is away, try again with growing pauses."""
        failures = 0
        while True:
            self._wake.clear()
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
            if self._stopping:
                return
            await self._wait()

    async def _purge(self) -> None:
        now = self._now()
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            try:
                await self._store.purge(now)
                await self.forget_old(now)
            except DatabaseAway as error:
                log.error("old rows could not be purged (%s); trying again in an hour", error)

    async def forget_old(self, now: datetime) -> None:
        """Erase everybody who has not been heard of for the days that the clinic promises to keep."""
        days = self._book.clinic.get("clinic.keep_days")
        if not isinstance(days, int):
            return
        while old := await self._store.untouched_since(now - timedelta(days=days), BATCH_ITEMS):
            await self._store.commit(Batch(now, erase=[(contact, "") for contact in old]))
            for contact in old:
                self._hooks.cancelled(contact, True)

    async def _wait(self) -> None:
        try:
            due = await self._store.next_timer_at()
        except DatabaseAway as error:
            log.error("the next timer can't be read (%s); looking again", error)
            due = self._now() + timedelta(seconds=BACK_OFF_SECONDS[-1])
        seconds = IDLE_SECONDS
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self._now()).total_seconds()))
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return

    async def round(self) -> bool:
        """One batch; False when there was nothing to do.

        Raises:
            DatabaseAway: Nothing was written; the items are still queued.
        """
        now = self._now()
        taken = [self._items[place] for place in range(min(len(self._items), BATCH_ITEMS))]
        marks = list(self._marks)
        timers = await self._store.due_timers(now, BATCH_TIMERS)
        if not (taken or marks or timers):
            return False
        try:
            await self._commit([item for item, _ in taken], marks, timers, now)
        except DatabaseAway:
            raise
        except Exception as error:
            log.error("a batch failed as a whole (%s); taking its items one by one", place_of(error))
            await self._one_by_one([item for item, _ in taken], marks, timers, now)
        for _ in taken:
            _, done = self._items.popleft()
            if not done.done():
                done.set_result(None)
        for _ in marks:
            self._marks.popleft()
        return True

    async def _one_by_one(
        self, items: list[Item], marks: list[tuple[Mark, OutboxRow]], timers: list[Timer], now: datetime
    ) -> None:
        for mark in marks:
            try:
                await self._commit([], [mark], [], now)
            except DatabaseAway:
                raise
            except Exception as error:
                log.error("what became of row %d could not be written (%s)", mark[0].row, place_of(error))
        for item in items:
            try:
                await self._commit([item], [], [], now)
            except DatabaseAway:
                raise
            except Exception as error:
                await self._bury(item, error, now)
        for timer in timers:
            try:
                await self._commit([], [], [timer], now)
            except DatabaseAway:
                raise
            except Exception as error:
                log.error("timer of kind %s failed (%s); it is marked missed", timer.kind, place_of(error))
                await self._store.commit(Batch(now, timers_ended=[(timer.contact, timer.key, TimerEnd.MISSED)]))

    async def _bury(self, item: Item, error: Exception, now: datetime) -> None:
        """The item that fails alone is kept as a dead letter, confirmed, and never tried again."""
        log.error("an update could not be written (%s); kept as a dead letter", place_of(error))
        update_ids = [item.update_id] if item.update_id is not None else []
        raw = item.raw if isinstance(item, Incoming | Unreadable) else ""
        letter = DeadLetter(None, now, place_of(error), raw)
        await self._store.commit(Batch(now, update_ids=update_ids, dead_letters=[letter]))
        for press in _answer(item):
            self._hooks.answer(press.press_id, press.note)

    async def _commit(
        self, items: list[Item], marks: list[tuple[Mark, OutboxRow]], timers: list[Timer], now: datetime
    ) -> None:
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
                plan.presses.extend(_answer(item))
                repeated.append(item.update_id)
        people = await gather(self._store, fresh, timers, now)
        later: list[Incoming] = []
        erased_chats: set[int] = set()
        for item in fresh:
            if isinstance(item, Incoming) and item.chat in erased_chats:
                later.append(item)
                if item.update_id is not None:
                    plan.batch.update_ids.remove(item.update_id)
            else:
                await self._take(plan, people, item, now)
                if isinstance(item, Incoming) and people.by_chat.get(item.chat) in plan.erased:
                    erased_chats.add(item.chat)
        for mark, row in marks:
            plan.batch.marks.append(mark)
            if mark.status is RowStatus.REFUSED:
                await self._refused(plan, people, row, now)
            elif mark.status is RowStatus.GIVEN_UP:
                await self._given_up(plan, people, row, now)
        for timer in timers:
            await self._fire(plan, people, timer, now)
        if self.staff_chat is not None and any(lists.wants_list(turn) for _, turn in plan.turns):
            desk = people.of_chat(DESK_CHAT) or await self._desk(now)
            await self._add(plan, people, lists.plan_list(self._book, desk, now), now)
        await self._write(plan, now)
        self._done_here.extend((*plan.batch.update_ids, *repeated))
        if later:  # somebody who writes on after /delete begins anew, as a new contact
            await self._commit(list(later), [], [], now)

    async def _write(self, plan: Plan, now: datetime) -> None:
        rows = await self._store.commit(plan.finish(self._book))
        self.committed_at = now
        if self.book_with is not None and _closes(plan.batch):
            self.use(self.book_with(await self._store.desk_notes(closed.KIND)))
        for contact in plan.erased:
            self._hooks.cancelled(contact, True)
        for contact in plan.batch.cancel_all_rows:
            self._hooks.cancelled(contact, False)
        for contact in plan.batch.cancel_unasked:
            self._hooks.hushed(contact)
        if plan.staff_chat is not None:  # first: the new rows for it are told of, then
            self._hooks.staff_chat(*plan.staff_chat)
        self._hooks.rows(rows)
        for press in plan.presses:
            if press.press_id:
                self._hooks.answer(press.press_id, press.note)
        for contact, effect in plan.reports:
            self._hooks.observe(contact, effect)
        for contact, turn in plan.turns:
            self._hooks.turned(contact, turn)

    async def _take(self, plan: Plan, people: People, item: Item, now: datetime) -> None:
        notes = Notes(self._store, plan.batch)
        match item:
            case Incoming(event=StaffPressed() as event):
                turns = await self._private.pressed(notes, people, item, now)
                for turn in turns or list(self._groups.pressed(people, item, event, now)):
                    await self._add(plan, people, turn, now)
            case Incoming(is_group=True):
                turns = await self._private.in_group(notes, people, item, now)
                for turn in turns or list(self._groups.said(people, item, now)):
                    await self._add(plan, people, turn, now)
            case Incoming():
                person = people.of_chat(item.chat)
                turns = await self._private.said(notes, people, item, now)
                for turn in turns or ():
                    await self._add(plan, people, turn, now)
                if person is not None and turns is None:
                    scan = await self._private.scanned(notes, person, item, now)
                    person = _introduced(person, item)
                    await self._advance(plan, people, person, scan or item.event, now, raw=item.raw)
            case MemberChanged(user, membership):
                self.members.note(user, membership, now)
                for turn in self._groups.left(people, user, now) if membership is Membership.OUT else ():
                    await self._add(plan, people, turn, now)
            case HeldBack():
                for turn in held_back(self._book, people, item, now):
                    await self._add(plan, people, turn, now)
            case Unreadable():
                log.warning("an update could not be read (%s); kept as a dead letter", item.error)
                plan.batch.dead_letters.append(DeadLetter(None, now, item.error, item.raw))
            case ChatMoved():
                if item.old == self.staff_chat:
                    self.staff_chat = item.new
                plan.batch.chats_moved.append((item.old, item.new))
            case GroupRefused():
                for turn in self._groups.refused(people, item, now):
                    await self._add(plan, people, turn, now)
            case GroupChanged(chat, can_write):
                for turn in self._groups.changed(people, item, now):
                    await self._add(plan, people, turn, now)
                if chat == self.staff_chat:
                    plan.staff_chat = chat, can_write
            case PracticeOver():
                for turn in await self._private.practice_over(notes, people, item, now):
                    await self._add(plan, people, turn, now)
            case StaffLeft(staff):
                self.members.note(staff, Membership.OUT, now)
                for turn in self._groups.left(people, staff, now):
                    await self._add(plan, people, turn, now)
            case Unwanted():
                pass

    async def _advance(
        self,
        plan: Plan,
        people: People,
        person: Person,
        event: Event | StaffPressed,
        now: datetime,
        *,
        raw: str = "",
    ) -> None:
        assert not isinstance(event, StaffPressed)
        try:
            turn = advance(self._book, person, event, now)
        except Exception as error:
            log.error("a turn failed (%s); the person gets an apology", place_of(error))
            plan.batch.dead_letters.append(DeadLetter(person.contact.id, now, place_of(error), raw))
            turn = apology(self._book, person, event, now)
        await self._add(plan, people, self._followed(turn, now), now)

    def _followed(self, turn: Turn, now: datetime) -> Turn:
        """The turn with the desk's timers; an alert goes out even where these fail."""
        try:
            return follow.follow(self._book, turn, now)
        except Exception as error:
            log.error("an alert has no timers (%s); it was sent once", place_of(error))
            return turn

    async def _add(self, plan: Plan, people: People, turn: Turn, now: datetime) -> None:
        people.put(turn.person)
        await self._planner.add(plan, turn, now)

    async def _fire(self, plan: Plan, people: People, timer: Timer, now: datetime) -> None:
        late = (now - timer.fire_at).total_seconds()
        person = people.by_contact.get(timer.contact)
        is_missed = late > timer.catch_up_seconds or person is None
        end = TimerEnd.MISSED if is_missed else TimerEnd.FIRED
        if timer.contact in plan.erased:
            return
        if person is None or is_missed:
            plan.batch.timers_ended.append((timer.contact, timer.key, end))
            return
        if timer.kind == lists.KIND:
            everybody = [people.by_contact[one] for one in people.with_alerts if one in people.by_contact]
            await self._add(plan, people, lists.send_list(self._book, person, everybody, now), now)
        elif timer.key.startswith(DESK_TIMERS):
            await self._add(plan, people, follow.fire(self._book, person, timer.key, now), now)
        else:
            await self._advance(plan, people, person, TimerFired(timer.key, late), now)
        plan.batch.timers_ended.append((timer.contact, timer.key, end))  # where the turn has not said otherwise

    async def _desk(self, now: datetime) -> Person:
        """The desk's own contact."""
        held = (await self._store.persons_of_chats([DESK_CHAT])).get(DESK_CHAT)
        return held or Person(await self._store.new_contact(DESK_CHAT, now))

    async def _refused(self, plan: Plan, people: People, row: OutboxRow, now: datetime) -> None:
        """Telegram refuses a person's chat: they have blocked the bot, or are gone."""
        if isinstance(row.effect, SendMessage | SendPicture) and row.effect.to is not To.PATIENT:
            return
        person = people.by_contact.get(row.contact) or (await self._store.persons([row.contact])).get(row.contact)
        if person is not None and person.contact.chat == row.chat and person.contact.blocked_at is None:
            await self._advance(plan, people, person, Blocked(), now)

    async def _given_up(self, plan: Plan, people: People, row: OutboxRow, now: datetime) -> None:
        """A check-in did not reach the person in its time."""
        if not isinstance(row.effect, SendMessage) or not row.effect.occasion:
            return
        person = people.by_contact.get(row.contact) or (await self._store.persons([row.contact])).get(row.contact)
        if person is not None:
            await self._advance(plan, people, person, Undelivered(row.effect.occasion), now)


def _closes(batch: Batch) -> bool:
    """Whether the days on which the clinic is closed change with it."""
    kinds = (*(note.kind for note in batch.notes_put), *(kind for kind, _ in batch.notes_dropped))
    return closed.KIND in kinds


def _answer(item: Item) -> tuple[AnswerPress, ...]:
    """The answer without a note to a press, which is owed in any case; nothing for other items."""
    if isinstance(item, HeldBack) and item.press_id:
        return (AnswerPress(item.press_id),)
    if isinstance(item, Incoming) and isinstance(item.event, Pressed | StaffPressed):
        return (AnswerPress(item.event.press_id),)
    return ()


def _introduced(person: Person, item: Incoming) -> Person:
    """The person, with the name and language that their app gives now."""
    contact = person.contact
    name = item.first_name[:64] or contact.first_name
    language = contact.language or item.language
    if (name, language) == (contact.first_name, contact.language):
        return person
    return replace(person, contact=replace(contact, first_name=name, language=language))
