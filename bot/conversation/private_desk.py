"""Staff in their own private chats with the bot: commands, visits they enter, and the codes these end in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation.closed_desk import closed_pressed, closed_said
from bot.conversation.gather import DESK_CHAT, People, target_contact
from bot.conversation.groups import Groups
from bot.conversation.incoming import Incoming, PracticeOver
from bot.conversation.members import Members
from bot.conversation.notes import Notes
from bot.desk import closed, practice, roles, tickets, work
from bot.desk import entry as entering
from bot.desk.alerts import NOT_YOURS
from bot.desk.entry import Entry, entry_of
from bot.desk.roles import Right, Role
from bot.desk.work import read_command
from bot.engine.effect import AnswerPress, Practise, SendCode, SendMessage, To, Turn
from bot.engine.event import Said, StaffPressed, Started, TicketScanned
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import ContactId
from bot.store.protocol import DeskNote, Store

VISIT = "visit"
"""Of the desk's notes: a visit being entered, under the number of the contact who enters it."""
ENTRY_KEPT = timedelta(hours=2)
PRACTICE_KEPT = timedelta(days=2)
"""So long after a crash somebody is still told, at the next start, that their practice is over."""
SHOW = "Let your patient scan this with the phone's camera. It works once, within 24 hours."


class PrivateDesk:
    """What a private chat gets when it is a colleague's.

    Args:
        book: Flows and data.
        store: Read only; what changes goes through `Notes`.
        members: Who is in the staff group.
        groups: Does the commands that mean the same in the group.
        staff_chat: The staff chat's present id, None without one.
        new_token: 22 random url-safe characters.
    """

    def __init__(
        self,
        book: Book,
        store: Store,
        members: Members,
        groups: Groups,
        staff_chat: Callable[[], int | None],
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(tickets.TOKEN_BYTES),
    ) -> None:
        self.book = book
        self._store = store
        self._members = members
        self.groups = groups
        self._staff_chat = staff_chat
        self._new_token = new_token
        self._may_be_open: set[ContactId] | None = None
        self.can_practise = True

    def forget_open(self) -> None:
        """Others may have begun or ended an entry."""
        self._may_be_open = None

    async def scanned(self, notes: Notes, person: Person, item: Incoming, now: datetime) -> TicketScanned | None:
        """The scan of a ticket, which is used up by it; None when the item is something else."""
        payload = _payload(item)
        if payload is None or not tickets.is_ticket(payload) or payload in self.book.campaigns:
            return None
        key = tickets.key_of(payload)
        note = await notes.get(tickets.KIND, key)
        ticket = tickets.ticket_of(note.body) if note is not None else None
        state = tickets.state_of(ticket, person.contact.id, now)
        if state != "good" or ticket is None:
            return TicketScanned(state)
        used = replace(ticket, visit={}, used_by=int(person.contact.id))
        notes.put(DeskNote(tickets.KIND, key, used.as_json(), now + tickets.REMEMBERED_FOR))
        return TicketScanned("good", ticket.visit)

    async def said(self, notes: Notes, people: People, item: Incoming, now: datetime) -> list[Turn] | None:
        """A staff command or the text of an entry; None when it is something that a patient may say as well."""
        person, text = people.of_chat(item.chat), getattr(item.event, "text", "")
        if person is None or not isinstance(item.event, Said):
            return None
        heard = self.book.hear_emergency(text)
        if heard is not None and not heard.is_guess:
            return None
        command = roles.BY_NAME.get(read_command(text)[0])
        if command is None or command.name == "help":
            entry = None if text.startswith("/") else await self._open_entry(notes, person.contact.id)
            if entry is None or entry.step not in entering.TYPED:
                return None
            return await self._typed(notes, people, person, entry, item, now)
        desk = await self._desk(people, now)
        role, why_not = self._role(item.user, command.right, now)
        if role is None:
            contact = replace(person.contact, messages=person.contact.messages + 1)
            return [Turn(replace(person, contact=contact), (SendMessage(contact.messages, why_not),))]
        if command.name == VISIT:
            return [Turn(person), self._begin(notes, desk, person, item, now)]
        if command.name == closed.KIND:
            return [_privately(await closed_said(self.book, notes, desk, text, now), item.user)]
        if command.name == practice.KIND:
            return [Turn(person), await self._practise(notes, desk, person, item, role, now)]
        turns = self.groups.command(people, desk, item, role, now)
        return [_privately(turn, item.user) for turn in turns]

    async def in_group(self, notes: Notes, people: People, item: Incoming, now: datetime) -> list[Turn] | None:
        """`/closed` of somebody who may, in the staff group; None when it is anything else."""
        text = getattr(item.event, "text", "")
        if read_command(text)[0] != closed.KIND or item.chat != self._staff_chat() or not item.to_us:
            return None
        role = roles.role_of(self.book, item.user, self._members.in_group(item.user, now))
        if not roles.may(role, Right.OWN):
            return None  # which is answered like any command one may not use
        desk = await self._desk(people, now)
        return [await closed_said(self.book, notes, desk, text, now)]

    async def pressed(self, notes: Notes, people: People, item: Incoming, now: datetime) -> list[Turn] | None:
        """A button of an entry; None when the button is another one."""
        event = item.event
        if isinstance(event, StaffPressed) and event.verb == closed.OPEN_AGAIN:
            desk = await self._desk(people, now)
            if item.chat == self._staff_chat():
                self._members.in_group(event.staff, now)
            role, why_not = self._role(event.staff, Right.OWN, now)
            if role is None:
                return [Turn(desk, (AnswerPress(event.press_id, why_not),))]
            return [await closed_pressed(self.book, notes, desk, event, item.chat, now)]
        if not isinstance(event, StaffPressed) or not event.verb.startswith("v_"):
            return None
        contact = target_contact(event.target)
        person = people.by_contact.get(contact) if contact is not None else None
        desk = await self._desk(people, now)
        if person is None or person.contact.chat != event.staff:
            return [Turn(desk, (AnswerPress(event.press_id, NOT_YOURS),))]
        if item.is_group:
            self._members.in_group(event.staff, now)
        role, why_not = self._role(event.staff, Right.VISITS, now)
        if role is None:
            return [Turn(desk, (AnswerPress(event.press_id, why_not),))]
        entry = await self._open_entry(notes, person.contact.id)
        clinic = self._clinic()
        chosen = None
        if entry is not None and entering.target(entry, person.contact.id) == event.target:
            chosen = entering.pressed(entry, event.verb.removeprefix("v_"), clinic, now)
        if chosen is None:
            return [Turn(desk, (AnswerPress(event.press_id, entering.OLD if entry is None else ""),))]
        effects: list[AnswerPress | SendMessage | SendCode] = [AnswerPress(event.press_id)]
        desk, shown = self._show(desk, person, chosen, event.staff)
        effects.append(shown)
        if chosen.step == "done":
            desk, code = self._issue(notes, desk, chosen, event.staff, now)
            effects.append(code)
        self._keep(notes, person.contact.id, chosen, now)
        return [Turn(desk, tuple(effects))]

    async def practice_over(self, notes: Notes, people: People, item: PracticeOver, now: datetime) -> list[Turn]:
        """A practice has ended other than by its command: said once, however often it is told."""
        person = people.of_chat(item.user)
        if person is None or await notes.get(practice.KIND, str(person.contact.id)) is None:
            return []
        return [self._end_practice(notes, await self._desk(people, now), person, item.why)]

    async def _practise(
        self, notes: Notes, desk: Person, person: Person, item: Incoming, role: Role, now: datetime
    ) -> Turn:
        """`/practice` begins one, and ends one that is on. The note says so until its end has been told."""
        key = str(person.contact.id)
        if await notes.get(practice.KIND, key) is not None:
            turn = self._end_practice(notes, desk, person, "asked")
            return replace(turn, effects=(*turn.effects, Practise(item.user, role.value, is_on=False)))
        if not self.can_practise:
            return _privately(work.reply(desk, practice.NOT_HERE), item.user)
        notes.put(DeskNote(practice.KIND, key, str(item.user), now + PRACTICE_KEPT))
        return Turn(desk, (Practise(item.user, role.value, is_on=True),))

    def _end_practice(self, notes: Notes, desk: Person, person: Person, why: str) -> Turn:
        notes.drop(practice.KIND, str(person.contact.id))
        contact = replace(desk.contact, messages=desk.contact.messages + 1)
        chat = person.contact.chat
        words = SendMessage(contact.messages, practice.ENDED[why], to=To.STAFF_MEMBER, staff_chat=chat)
        return Turn(replace(desk, contact=contact), (words,))

    def _role(self, user: int, right: Right, now: datetime) -> tuple[Role | None, str]:
        """The role of somebody who has the right, or None and why not."""
        membership = self._members.of(user, now)
        role = roles.role_of(self.book, user, membership)
        if role is None:
            return None, roles.refusal(user, membership)
        return (role, "") if roles.may(role, right) else (None, roles.lacks(role, right))

    def _begin(self, notes: Notes, desk: Person, person: Person, item: Incoming, now: datetime) -> Turn:
        entry = Entry(desk.contact.messages + 1, "treatment", item.first_name, message=desk.contact.messages + 1)
        desk, shown = self._show(desk, person, entry, item.user)
        self._keep(notes, person.contact.id, entry, now)
        return Turn(desk, (replace(shown, edits=None),))

    async def _typed(
        self, notes: Notes, people: People, person: Person, entry: Entry, item: Incoming, now: datetime
    ) -> list[Turn] | None:
        role, _ = self._role(item.user, Right.VISITS, now)
        if role is None:
            return None
        desk = await self._desk(people, now)
        changed = entering.typed(entry, getattr(item.event, "text", ""))
        changed = replace(changed, message=desk.contact.messages + 1)
        desk, shown = self._show(desk, person, changed, item.user)
        self._keep(notes, person.contact.id, changed, now)
        return [Turn(desk, (replace(shown, edits=None),))]

    def _show(self, desk: Person, person: Person, entry: Entry, user: int) -> tuple[Person, SendMessage]:
        number = desk.contact.messages + 1
        words, rows = entering.screen(entry, self._clinic(), person.contact.id)
        shown = SendMessage(number, words, rows, To.STAFF_MEMBER, staff_chat=user, edits=entry.message)
        return replace(desk, contact=replace(desk.contact, messages=number)), shown

    def _issue(
        self, notes: Notes, desk: Person, entry: Entry, user: int, now: datetime
    ) -> tuple[Person, SendCode]:
        payload = tickets.payload_of(self._new_token())
        ticket = tickets.Ticket(now + tickets.GOOD_FOR, entering.visit_of(entry))
        until = now + tickets.REMEMBERED_FOR
        notes.put(DeskNote(tickets.KIND, tickets.key_of(payload), ticket.as_json(), until))
        number = desk.contact.messages + 1
        return replace(desk, contact=replace(desk.contact, messages=number)), SendCode(number, payload, SHOW, user)

    def _keep(self, notes: Notes, contact: ContactId, entry: Entry, now: datetime) -> None:
        if entry.step in {"done", "cancelled", "heat"}:
            notes.drop(VISIT, str(contact))
        else:
            notes.put(DeskNote(VISIT, str(contact), entry.as_json(), now + ENTRY_KEPT))
            if self._may_be_open is not None:
                self._may_be_open.add(contact)

    async def _open_entry(self, notes: Notes, contact: ContactId) -> Entry | None:
        """What somebody is entering. Whoever has never entered anything costs no look into the store."""
        if self._may_be_open is None:
            held = await self._store.desk_notes(VISIT)
            self._may_be_open = {ContactId(int(note.key)) for note in held}
        if contact not in self._may_be_open:
            return None
        note = await notes.get(VISIT, str(contact))
        return entry_of(note.body) if note is not None else None

    async def _desk(self, people: People, now: datetime) -> Person:
        """The contact of rows that belong to no person."""
        if people.of_chat(DESK_CHAT) is None:
            found = (await self._store.persons_of_chats([DESK_CHAT])).get(DESK_CHAT)
            people.put(found or Person(await self._store.new_contact(DESK_CHAT, now)))
        desk = people.of_chat(DESK_CHAT)
        assert desk is not None
        return desk

    def _clinic(self) -> entering.Clinic:
        return entering.clinic_of(self.book.clinic.get("clinic.locations"), self.book.time_zone)


def _payload(item: Incoming) -> str | None:
    """Of a /start, also of one that was typed."""
    match item.event:
        case Started(payload):
            return payload
        case Said(text) if read_command(text)[0] == "start":
            return next(iter(read_command(text)[1]), None)
        case _:
            return None


def _privately(turn: Turn, user: int) -> Turn:
    """What the desk would answer in the group goes to whoever asked in private."""
    if turn.person.contact.chat != DESK_CHAT:
        return turn
    effects = tuple(
        replace(effect, to=To.STAFF_MEMBER, staff_chat=user)
        if isinstance(effect, SendMessage) and effect.to is To.STAFF
        else effect
        for effect in turn.effects
    )
    return replace(turn, effects=effects)


def is_for_staff(item: Incoming) -> bool:
    """Whether what somebody did takes more than being in the group, as far as its form tells."""
    if isinstance(item.event, StaffPressed):
        return not item.is_group or item.event.verb == closed.OPEN_AGAIN
    name = read_command(item.event.text)[0] if isinstance(item.event, Said) else ""
    command = roles.BY_NAME.get(name)
    if command is None or name == "help":
        return False
    return not item.is_group or name == "who" or command.right is Right.OWN
