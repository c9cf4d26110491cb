"""What a round does with one item, timer or outcome: the persons it concerns are advanced, into the plan."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.conversation.apology import apology, place_of
from bot.conversation.gather import DESK_CHAT, Item, People, introduced
from bot.conversation.groups import Groups, lost_and_found
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
from bot.conversation.touched import hold_book
from bot.desk import follow, lists
from bot.desk.roles import Membership
from bot.engine.advance import advance
from bot.engine.effect import SendMessage, SendPicture, To, Turn
from bot.engine.event import Blocked, Event, StaffPressed, TimerFired, Undelivered
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import ContactId
from bot.store.protocol import DeadLetter, OutboxRow, Store, Timer, TimerEnd

log = logging.getLogger(__name__)

DESK_TIMERS = tuple(f"{kind}/" for kind in follow.KINDS)


class Advancing:
    """Writes nothing but into the plan that it is given.

    Args:
        store: Read only.
        book: Flows and data.
        staff_chat: The staff chat's id, if there is one.
        is_shared: Other processes write as well: what is kept in memory is only good for one round.
    """

    def __init__(self, store: Store, book: Book, staff_chat: int | None, *, is_shared: bool = False) -> None:
        self.book = book
        self.staff_chat = staff_chat
        self.members = Members()
        self.groups = Groups(book, lambda: self.staff_chat, self.members)
        self.planner = Planner(book, store, lambda: self.staff_chat)
        self._private = PrivateDesk(book, store, self.members, self.groups, lambda: self.staff_chat)
        self._store = store
        self._is_shared = is_shared

    def begin(self) -> None:
        """A round begins, or is tried again."""
        if self._is_shared:
            self._private.forget_open()

    @property
    def can_practise(self) -> bool:
        """Whether `/practice` begins one."""
        return self._private.can_practise

    @can_practise.setter
    def can_practise(self, can: bool) -> None:
        self._private.can_practise = can

    def use(self, book: Book) -> None:
        """Go on with another book: the same flows, other closed days."""
        self.book = self._private.book = self.groups.book = book
        self.planner = Planner(book, self._store, lambda: self.staff_chat)

    async def plan_list(self, plan: Plan, people: People, now: datetime) -> None:
        """The day's list is due when a turn of the plan has put something on it."""
        if self.staff_chat is not None and any(lists.wants_list(turn) for _, turn in plan.turns):
            desk = people.of_chat(DESK_CHAT) or await self._desk(now)
            await self.add(plan, people, lists.plan_list(self.book, desk, now), now)

    async def take(self, plan: Plan, people: People, item: Item, now: datetime) -> None:
        """One item."""
        notes = Notes(self._store, plan.batch)
        match item:
            case Incoming(event=StaffPressed() as event):
                turns = await self._private.pressed(notes, people, item, now)
                for turn in turns or list(self.groups.pressed(people, item, event, now)):
                    await self.add(plan, people, turn, now)
            case Incoming(is_group=True):
                turns = await self._private.in_group(notes, people, item, now)
                for turn in turns or list(self.groups.said(people, item, now)):
                    await self.add(plan, people, turn, now)
            case Incoming():
                person = people.of_chat(item.chat)
                turns = await self._private.said(notes, people, item, now)
                for turn in turns or ():
                    await self.add(plan, people, turn, now)
                if person is not None and turns is None:
                    scan = await self._private.scanned(notes, person, item, now)
                    person = introduced(person, item)
                    await self._advance(plan, people, person, scan or item.event, now, item)
            case MemberChanged(user, membership):
                self.members.note(user, membership, now)
                for turn in self.groups.left(people, user, now) if membership is Membership.OUT else ():
                    await self.add(plan, people, turn, now)
            case HeldBack():
                for turn in held_back(self.book, people, item, now):
                    await self.add(plan, people, turn, now)
            case Unreadable():
                log.warning("an update could not be read (%s); kept as a dead letter", item.error)
                plan.batch.dead_letters.append(DeadLetter(None, now, item.error, item.raw))
            case ChatMoved():
                if item.old == self.staff_chat:
                    self.staff_chat = item.new
                plan.batch.chats_moved.append((item.old, item.new))
            case GroupRefused():
                for turn in await lost_and_found(notes, self.groups, self.groups.refused(people, item, now)):
                    await self.add(plan, people, turn, now)
            case GroupChanged(chat, can_write):
                for turn in await lost_and_found(notes, self.groups, self.groups.changed(people, item, now)):
                    await self.add(plan, people, turn, now)
                if chat == self.staff_chat:
                    plan.staff_chat = chat, can_write
            case PracticeOver():
                for turn in await self._private.practice_over(notes, people, item, now):
                    await self.add(plan, people, turn, now)
            case StaffLeft(staff):
                self.members.note(staff, Membership.OUT, now)
                for turn in self.groups.left(people, staff, now):
                    await self.add(plan, people, turn, now)
            case Unwanted():
                pass

    async def _advance(
        self,
        plan: Plan,
        people: People,
        person: Person,
        event: Event | StaffPressed,
        now: datetime,
        item: Incoming | None = None,
    ) -> None:
        assert not isinstance(event, StaffPressed)
        try:
            turn = advance(self.book, person, event, now)
        except Exception as error:
            log.error("a turn failed (%s); the person gets an apology", place_of(error))
            plan.batch.dead_letters.append(
                DeadLetter(person.contact.id, now, place_of(error), item.raw if item is not None else "")
            )
            turn = apology(self.book, person, event, now)
        await self.add(plan, people, self.followed(turn, now), now)

    def followed(self, turn: Turn, now: datetime) -> Turn:
        """The turn with the desk's timers; an alert goes out even where these fail."""
        try:
            return follow.follow(self.book, turn, now)
        except Exception as error:
            log.error("an alert has no timers (%s); it was sent once", place_of(error))
            return turn

    async def add(self, plan: Plan, people: People, turn: Turn, now: datetime) -> None:
        """A turn that is made already."""
        people.put(turn.person)
        await self.planner.add(plan, turn, now)

    async def fire(self, plan: Plan, people: People, timer: Timer, now: datetime) -> None:
        """A timer that is due."""
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
            await self.add(plan, people, lists.send_list(self.book, person, everybody, now), now)
        elif timer.key.startswith(DESK_TIMERS):
            await self.add(plan, people, follow.fire(self.book, person, timer.key, now), now)
        else:
            await self._advance(plan, people, person, TimerFired(timer.key, late), now)
        plan.batch.timers_ended.append((timer.contact, timer.key, end))  # where the turn has not said otherwise

    async def _desk(self, now: datetime) -> Person:
        """The desk's own contact."""
        held = (await self._store.persons_of_chats([DESK_CHAT])).get(DESK_CHAT)
        return held or Person(await self._store.new_contact(DESK_CHAT, now))

    async def _person(self, people: People, contact: ContactId) -> Person | None:
        """Somebody whom no item named."""
        person = people.by_contact.get(contact)
        if person is None and (person := (await self._store.persons([contact])).get(contact)) is not None:
            hold_book(self.book, [person])
        return person

    async def refused(self, plan: Plan, people: People, row: OutboxRow, now: datetime) -> None:
        """Telegram refuses a person's chat: they have blocked the bot, or are gone."""
        if isinstance(row.effect, SendMessage | SendPicture) and row.effect.to is not To.PATIENT:
            return
        person = await self._person(people, row.contact)
        if person is not None and person.contact.chat == row.chat and person.contact.blocked_at is None:
            await self._advance(plan, people, person, Blocked(), now)

    async def given_up(self, plan: Plan, people: People, row: OutboxRow, now: datetime) -> None:
        """A check-in did not reach the person in its time."""
        if not isinstance(row.effect, SendMessage) or not row.effect.occasion:
            return
        person = await self._person(people, row.contact)
        if person is not None:
            await self._advance(plan, people, person, Undelivered(row.effect.occasion), now)
