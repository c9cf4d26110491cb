"""What one round has to do: updates not seen before, the persons they concern, timers that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

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
from bot.desk import lists
from bot.desk.roles import BY_NAME, Membership
from bot.desk.work import read_command
from bot.engine.effect import AnswerPress
from bot.engine.event import Blocked, Pressed, StaffPressed
from bot.engine.session import Person
from bot.ids import ContactId, code_contact
from bot.store.protocol import Store, Timer

Item = (
    Incoming
    | HeldBack
    | Unreadable
    | Unwanted
    | ChatMoved
    | MemberChanged
    | StaffLeft
    | GroupRefused
    | GroupChanged
    | PracticeOver
)

DESK_CHAT = 0
"""The chat under which rows that belong to no person are kept; it is nobody's."""
TODAY = "today"
"""The staff command that needs everybody with an open alert, and the check-ins of a day."""
MOST_ALERTS = 200
MOST_CHECK_INS = 1000


@dataclass(slots=True)
class People:
    """The persons of a round, as the items of the round have left them so far.

    `check_ins` to come within a day, and `with_alerts` (everybody with an open one), are read only when somebody
    asks for the day's list, or leaves, or
    the group is gone.
    """

    by_contact: dict[ContactId, Person] = field(default_factory=dict)
    by_chat: dict[int, ContactId] = field(default_factory=dict)
    check_ins: list[Timer] = field(default_factory=list)
    with_alerts: list[ContactId] = field(default_factory=list)

    def of_chat(self, chat: int) -> Person | None:
        contact = self.by_chat.get(chat)
        return self.by_contact.get(contact) if contact is not None else None

    def put(self, person: Person) -> None:
        self.by_contact[person.contact.id] = person
        self.by_chat[person.contact.chat] = person.contact.id

    def drop(self, contact: ContactId) -> None:
        gone = self.by_contact.pop(contact, None)
        if gone is not None:
            self.by_chat.pop(gone.contact.chat, None)


def is_out(item: Item) -> bool:
    """Whether somebody is found to be no longer in the staff group."""
    return isinstance(item, MemberChanged) and item.membership is Membership.OUT


def is_shut(item: Item) -> bool:
    """Whether a group is found to take no messages any more."""
    match item:
        case GroupRefused():
            return item.is_first
        case GroupChanged():
            return not item.can_write
        case _:
            return False


def target_contact(target: str) -> ContactId | None:
    """The contact of a lead's, an alert's or a visit's id (`L12-1`, `A12-3`, `V12-2`), or None."""
    number = target[1:].partition("-")[0]
    return ContactId(int(number)) if number.isascii() and number.isdigit() and len(number) <= 15 else None


async def gather(store: Store, items: Iterable[Item], timers: Sequence[Timer], now: datetime) -> People:
    """Load everybody whom `items` and `timers` concern; who writes for the first time becomes a contact."""
    people = People()
    chats: dict[int, bool] = {}
    contacts: set[ContactId] = {timer.contact for timer in timers}
    asks_today = False
    wants_open = any(timer.kind == lists.KIND for timer in timers)
    for item in items:
        wants_open |= isinstance(item, StaffLeft) or is_out(item) or is_shut(item)
        if isinstance(item, GroupRefused | GroupChanged):
            chats[DESK_CHAT] = True
        if isinstance(item, GroupRefused):
            contacts.add(item.row.contact)
        if isinstance(item, PracticeOver):
            chats[item.user] = chats.get(item.user, False)
        if isinstance(item, HeldBack) and item.chat is not None:
            chats[item.chat] = chats.get(item.chat, False) or item.tells
        if not isinstance(item, Incoming):
            continue
        asks_today |= _command_of(item)[0] == TODAY
        if isinstance(item.event, StaffPressed):
            wanted = target_contact(item.event.target)
            chats[DESK_CHAT] = True
        elif item.is_group:
            wanted = _named_contact(item)
            chats[DESK_CHAT] = True
        else:
            wanted = _named_contact(item)
            chats[item.chat] = chats.get(item.chat, False) or not isinstance(item.event, Blocked)
        if wanted is not None:
            contacts.add(wanted)
    for person in (await store.persons_of_chats(list(chats))).values():
        people.put(person)
    for chat, is_welcome in chats.items():
        if is_welcome and chat not in people.by_chat:
            people.put(Person(await store.new_contact(chat, now)))
    if asks_today:
        people.check_ins = await store.timers_between("checkin", now, now + timedelta(days=1), MOST_CHECK_INS)
    if asks_today or wants_open:
        people.with_alerts = await store.open_alerts(MOST_ALERTS)
        contacts.update(people.with_alerts)
    missing = [contact for contact in contacts if contact not in people.by_contact]
    if missing:
        for person in (await store.persons(missing)).values():
            people.put(person)
    return people


def _named_contact(item: Incoming) -> ContactId | None:
    """The contact whose code a staff command names."""
    command, words = _command_of(item)
    if command not in BY_NAME:
        return None
    return code_contact(words[0]) if command and words else None


def _command_of(item: Incoming) -> tuple[str, Sequence[str]]:
    text = getattr(item.event, "text", "")
    return read_command(text) if isinstance(text, str) else ("", [])


def answer_owed(item: Item) -> tuple[AnswerPress, ...]:
    """The answer without a note to a press, which is owed in any case; nothing for other items."""
    if isinstance(item, HeldBack) and item.press_id:
        return (AnswerPress(item.press_id),)
    if isinstance(item, Incoming) and isinstance(item.event, Pressed | StaffPressed):
        return (AnswerPress(item.event.press_id),)
    return ()


def introduced(person: Person, item: Incoming) -> Person:
    """The person, with the name and language that their app gives now."""
    contact = person.contact
    name = item.first_name[:64] or contact.first_name
    language = contact.language or item.language
    if (name, language) == (contact.first_name, contact.language):
        return person
    return replace(person, contact=replace(contact, first_name=name, language=language))
