"""Groups: the staff chat's buttons and commands; any other group gets one line to a command, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation.gather import DESK_CHAT, TODAY, People, target_contact
from bot.conversation.incoming import GroupChanged, GroupRefused, Incoming
from bot.conversation.members import Members
from bot.conversation.notes import Notes
from bot.desk import roles, who, work
from bot.desk.alerts import GONE, NOT_YOURS
from bot.desk.cards import buttons, escape
from bot.desk.course import COURSE
from bot.desk.drill import begin_drill
from bot.desk.gone import BACK, LOST, card_by_private_chats, open_by_private_chats, tell
from bot.desk.roles import Right, Role
from bot.desk.today import today_words
from bot.engine.effect import AnswerPress, SendMessage, To, Turn
from bot.engine.event import Pressed, Said, StaffPressed, Started
from bot.engine.model import Book
from bot.engine.session import Person
from bot.ids import code_contact
from bot.store.protocol import DeskNote

ELSEWHERE = "I look after patients in a private chat. Open it from my profile and press Start."
UNSET = " To make this group the clinic's staff chat, set STAFF_CHAT_ID={chat} and start me again."
"""While there is no staff chat: its id is what whoever sets the bot up is looking for."""
LOST_ONCE = timedelta(minutes=1)
"""Of a group that is gone we hear twice, by an update and by a refused call; it is told of once."""


LOST_GROUP = "lost_group"
"""Of the desk's notes: since when the staff group takes nothing."""


class Groups:
    """Decides who is staff, and what a group gets.

    Args:
        book: Flows and data.
        staff_chat: The staff chat's present id, None without one.
        members: Who is in it.
    """

    def __init__(self, book: Book, staff_chat: Callable[[], int | None], members: Members) -> None:
        self.book = book
        self._staff_chat = staff_chat
        self._members = members
        self.lost_at: datetime | None = None
        """When staff were told that the group is gone; as the store has it, see `lost_and_found`."""

    def pressed(self, people: People, item: Incoming, event: StaffPressed, now: datetime) -> Iterator[Turn]:
        """A staff button: from the staff chat, or by its owner or somebody on call in their private chat."""
        contact = target_contact(event.target)
        person = people.by_contact.get(contact) if contact is not None else None
        if person is None or not self._may_press(person, item, event):
            yield from self._refuse(people, person, item, event)
            return
        if who.is_for(self.book, person, event.target, event.staff):  # named in clinic.yaml, in the group or not
            yield work.staff_pressed(self.book, person, event, now)
            return
        counts_as_here = self._is_staff(item) or not self._members.is_checked  # they were sent the card
        membership = (self._members.in_group if counts_as_here else self._members.of)(event.staff, now)
        role = roles.role_of(self.book, event.staff, membership)
        why_not = roles.refusal(event.staff, membership) if role is None else _lacks(role, person, event)
        if why_not:
            yield Turn(person, (AnswerPress(event.press_id, why_not),))
        else:
            yield work.staff_pressed(self.book, person, event, now)

    def _may_press(self, person: Person, item: Incoming, event: StaffPressed) -> bool:
        """In the staff chat whoever is there, but for what is one person's alone; else who was sent the card."""
        alert = next((alert for alert in person.alerts if alert.id == event.target), None)
        if alert is not None and not who.may_see(self.book, alert, event.staff):
            return False
        is_private = not item.is_group
        return self._is_staff(item) or (is_private and who.may_press(self.book, person, event.target, event.staff))

    def left(self, people: People, staff: int, now: datetime) -> Iterator[Turn]:
        """Somebody left the staff chat: what they have is given back."""
        for contact in people.with_alerts:
            person = people.by_contact.get(contact)
            if person is not None:
                yield work.left(self.book, person, staff, now)

    def refused(self, people: People, item: GroupRefused, now: datetime) -> Iterator[Turn]:
        """The staff chat has not taken the card of an alert: it goes by private chats."""
        person, card = people.by_contact.get(item.row.contact), item.row.effect
        if item.is_first and self._is_news(now):
            yield from self._lost(people, now)
        elif person is not None and isinstance(card, SendMessage):
            yield card_by_private_chats(self.book, person, card, now)

    def changed(self, people: People, item: GroupChanged, now: datetime) -> Iterator[Turn]:
        """The bot was put out of the staff chat, or is back; another group is nobody's concern."""
        desk = people.of_chat(DESK_CHAT)
        if item.chat != self._staff_chat() or desk is None:
            return
        if item.can_write:
            if self.lost_at is not None:
                self.lost_at = None
                yield tell(self.book, desk, BACK, now)
        elif self._is_news(now):
            yield from self._lost(people, now)

    def _is_news(self, now: datetime) -> bool:
        return self.lost_at is None or now - self.lost_at >= LOST_ONCE

    def _lost(self, people: People, now: datetime) -> Iterator[Turn]:
        """The group is gone: those on call and the owner are told, and get the card of all that nobody has."""
        self.lost_at = now
        desk = people.of_chat(DESK_CHAT)
        if desk is not None:
            yield tell(self.book, desk, LOST, now)
        for contact in people.with_alerts:
            person = people.by_contact.get(contact)
            if person is not None:
                yield open_by_private_chats(self.book, person, now)

    def said(self, people: People, item: Incoming, now: datetime) -> Iterator[Turn]:
        """Something in a group."""
        desk = people.of_chat(DESK_CHAT)
        if desk is None:
            return
        if isinstance(item.event, Pressed):
            yield Turn(desk, (AnswerPress(item.event.press_id),))
        elif not item.to_us or not isinstance(item.event, Said | Started):
            return
        elif not self._is_staff(item):
            if isinstance(item.event, Started) or item.event.text.startswith("/"):
                hint = "" if self._staff_chat() is not None else UNSET.format(chat=item.chat)
                yield _line(desk, ELSEWHERE + hint, item.chat)
        else:
            membership = self._members.in_group(item.user, now)
            role = roles.role_of(self.book, item.user, membership)
            if role is None:
                if isinstance(item.event, Started) or item.event.text.startswith("/"):
                    yield work.reply(desk, roles.refusal(item.user, membership))
            else:
                yield from self.command(people, desk, item, role, now)

    def command(self, people: People, desk: Person, item: Incoming, role: Role, now: datetime) -> Iterator[Turn]:
        """A command of somebody with a role, answered as in the group."""
        text = item.event.text if isinstance(item.event, Said) else "/help"
        command, words = work.read_command(text)
        known = roles.BY_NAME.get(command)
        if known is not None and not roles.may(role, known.right):
            yield work.reply(desk, roles.lacks(role, known.right))
            return
        if known is not None and known.is_private:
            yield work.reply(desk, f"/{known.name} is for our private chat: write it to me there.")
            return
        contact = code_contact(words[0]) if words else None
        person = people.by_contact.get(contact) if contact is not None else None
        if command in {"find", "lift", "take", "reopen", "note", "course"} and person is None:
            yield work.reply(desk, f"I know nobody with that code. Write it like this: /{command} K7QX")
        elif command == "find" and person is not None:
            yield work.find(self.book, person, item.user, now, item.first_name)
            yield work.reply(
                desk, "Sent to you in private. Nothing there? Open a chat with me and press Start first."
            )
        elif command == "lift" and person is not None:
            yield work.lift(self.book, person, now)
            yield work.reply(desk, "Done. They can press /start again.")
        elif command == "take" and person is not None:
            yield from self._take(person, desk, item, now)
        elif command == "course" and person is not None:
            turn, note = work.course(self.book, person, item.user, now)
            yield turn
            yield work.reply(desk, escape(note))
        elif command == "reopen" and person is not None:
            turn, note = work.reopen(self.book, person, _by(item, ""), now)
            yield turn
            yield work.reply(desk, escape(note))
        elif command == "note" and person is not None:
            kept = work.remark(self.book, person, _by(item, ""), " ".join(words[1:]), now)
            if kept is not None:
                yield kept
            yield work.reply(desk, "Kept." if kept else "There is no alert for that code, or no words.")
        elif command == "drill":
            yield begin_drill(self.book, desk, item.user, item.first_name, now)
        elif command == TODAY:
            open_ones = [people.by_contact[one] for one in people.with_alerts if one in people.by_contact]
            due = [(timer.contact, timer.fire_at) for timer in people.check_ins]
            yield work.reply(desk, today_words(self.book, open_ones, due, now))
        elif command == "who":
            yield work.reply(desk, roles.who_am_i(role))
        elif command in {"help", "start"}:
            yield work.reply(desk, f"{work.HELP}\n{roles.help_lines(role)}")
        elif command:
            yield work.reply(desk, work.unknown(text))

    def _take(self, person: Person, desk: Person, item: Incoming, now: datetime) -> Iterator[Turn]:
        """`/take CODE`: the button of a card, for an alert that may have none."""
        alert = work.most_urgent(self.book, person, item.user)
        if alert is None:
            yield work.reply(desk, "Nothing is open for that code.")
            return
        if alert.taken_by not in {None, item.user}:
            name = alert.taken_name or "A colleague"
            rows = buttons(alert.id, ("take_over", f"Take over from {name}"))
            yield work.reply(desk, f"{escape(name)} has it.", rows)
            return
        turn = work.staff_pressed(self.book, person, _by(item, alert.id), now)
        notes = [effect.note for effect in turn.effects if isinstance(effect, AnswerPress)]
        rest = tuple(effect for effect in turn.effects if not isinstance(effect, AnswerPress))
        yield Turn(turn.person, rest)
        yield work.reply(desk, escape(notes[0]))

    def _is_staff(self, item: Incoming) -> bool:
        return self._staff_chat() is not None and item.chat == self._staff_chat()

    def _refuse(
        self, people: People, person: Person | None, item: Incoming, event: StaffPressed
    ) -> Iterator[Turn]:
        somebody = person or people.of_chat(DESK_CHAT)
        if somebody is not None:
            note = GONE if self._is_staff(item) else NOT_YOURS
            yield Turn(somebody, (AnswerPress(event.press_id, note),))


async def lost_and_found(notes: Notes, groups: Groups, turns: Iterator[Turn]) -> list[Turn]:
    """The turns, made with what the store knows of a group that was lost: another process may have told of it."""
    note = await notes.get(LOST_GROUP, "")
    before = groups.lost_at = None if note is None else datetime.fromisoformat(note.body)
    made = list(turns)
    if groups.lost_at is not None and groups.lost_at != before:
        notes.put(DeskNote(LOST_GROUP, "", groups.lost_at.isoformat()))
    elif groups.lost_at is None and before is not None:
        notes.drop(LOST_GROUP, "")
    return made


def _by(item: Incoming, target: str) -> StaffPressed:
    """A command of somebody in the staff chat, as the button of a card."""
    return StaffPressed("have_it", target, item.user, item.first_name or "A colleague")


def _lacks(role: Role, person: Person, event: StaffPressed) -> str:
    """Why a role can't press this; empty when it can."""
    is_red = any(alert.id == event.target and alert.level == "red" for alert in person.alerts)
    is_visit = any(visit.id == event.target for visit in person.visits)
    closes = is_red and event.verb.startswith("close")
    right = Right.VISITS if is_visit else Right.CLOSE_RED if closes else Right.ALERTS
    right = Right.COURSES if event.verb == COURSE else right
    return "" if roles.may(role, right) else roles.lacks(role, right)


def _line(desk: Person, html: str, chat: int) -> Turn:
    contact = replace(desk.contact, messages=desk.contact.messages + 1)
    message = SendMessage(contact.messages, html, to=To.STAFF_MEMBER, staff_chat=chat)
    return Turn(replace(desk, contact=contact), (message,))
