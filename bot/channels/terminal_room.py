"""The simulated side of a conversation: one patient's chat and one staff chat, without network.

The terminal, `--json` and transcripts share it. It is the clinic's `Sender`, keeps what is on both screens, and
turns what somebody does there into the same items that Telegram's updates become.
"""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, Protocol

from bot.channels.terminal_action import Action, Press, SendContact, SendPhoto, Start, Talk, Wait
from bot.channels.terminal_pictures import PictureFiles
from bot.conversation.incoming import Incoming
from bot.delivery.sender import Kind, SendOutcome
from bot.desk.roles import BY_NAME
from bot.desk.work import read_command
from bot.drawing.drawer import NotDrawn
from bot.engine.effect import (
    ButtonSpec,
    Effect,
    PinMessage,
    ReportAlert,
    ReportLead,
    ReportResult,
    SendCode,
    SendDocument,
    SendMessage,
    SendPicture,
    To,
)
from bot.engine.event import (
    ContactShared,
    Event,
    PhotoSent,
    Pressed,
    Said,
    StaffPressed,
    Started,
    Verb,
    button_data,
    read_button,
)
from bot.engine.model import Book
from bot.engine.session import Person, Status
from bot.ids import ContactId
from bot.qr import deep_link
from bot.store.protocol import OutboxRow, Store

BOT_USERNAME = "your_clinic_bot"
PATIENT_CHAT = 1000
STAFF_CHAT = -1000
STAFF_MEMBER = 2000
STAFF_VERBS = ("have_it", "called", "no_answer", "closed", "ours", "not_ours")
_TAG = re.compile(r"<[^>]*>")
_NEVER = datetime.max.replace(tzinfo=UTC)


class Clinic(Protocol):
    """What the room needs of the assembled program."""

    @property
    def book(self) -> Book: ...

    @property
    def store(self) -> Store: ...

    async def take(self, incoming: Incoming) -> None:
        """Advance, commit and send until nothing is left to do now."""
        ...

    async def settle(self) -> None:
        """Fire what is due now and send what it says."""
        ...

    async def open_flow(self, chat: int, flow: str) -> None:
        """Begin `flow` for whoever writes from `chat`, as if they had come for it."""
        ...


class Clock:
    """The room's time. It stands still, or runs with the machine's; either way it can be moved forward.

    Args:
        start: Aware instant.
        is_running: Whether time passes by itself.
    """

    def __init__(self, start: datetime, *, is_running: bool = False) -> None:
        self._base = start.astimezone(UTC)
        self._is_running = is_running
        self._begun_seconds = time.monotonic()

    def now(self) -> datetime:
        """Aware UTC."""
        passed = time.monotonic() - self._begun_seconds if self._is_running else 0.0
        return self._base + timedelta(seconds=passed)

    def move_to(self, instant: datetime) -> None:
        """Forward only; an instant that has passed changes nothing."""
        ahead = instant - self.now()
        if ahead > timedelta(0):
            self._base += ahead


class NotPossible(Exception):
    """What was asked for can't be done here; the message says what can."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came. `effect.html` is whole even when only the keyboard was changed.

    An edit keeps the id of the message it replaces.
    """

    at: datetime
    id: int
    effect: SendMessage
    is_edit: bool = False

    @property
    def to_staff(self) -> bool:
        return self.effect.to is not To.PATIENT

    @property
    def is_mark(self) -> bool:
        """The chosen answer, written into its question: nothing is left to press."""
        return self.is_edit and not self.effect.rows and not self.effect.is_question

    @property
    def text(self) -> str:
        return plain_text(self.effect.html)

    @property
    def buttons(self) -> list[ButtonSpec]:
        return [button for row in self.effect.rows for button in row]


@dataclass(frozen=True, slots=True)
class Picture:
    """`path` is where it can be looked at."""

    at: datetime
    effect: SendPicture
    path: str


@dataclass(frozen=True, slots=True)
class Document:
    at: datetime
    id: int
    effect: SendDocument


@dataclass(frozen=True, slots=True)
class Report:
    """Something that no chat shows, but whoever watches wants to know."""

    at: datetime
    effect: ReportAlert | ReportLead | ReportResult


@dataclass(frozen=True, slots=True)
class Note:
    """The short words that Telegram shows over the chat for a moment when a button is pressed."""

    at: datetime
    id: int
    text: str
    to: To = To.PATIENT


Entry = Message | Picture | Document | Report | Note


@dataclass
class Room:
    """Both chats. `entries` collects what happened since it was last emptied by `take_entries`.

    Args:
        clock: The room's time, also the clinic's.
        language: The patient's app language, an IETF tag.
        first_name: As the patient calls themselves.
        pictures: Draws what is to be drawn; None: nothing is, and a picture has its name only.
    """

    clock: Clock
    language: str | None = None
    first_name: str = ""
    pictures: PictureFiles | None = None
    pinned: int | None = None
    """The message on top of the patient's chat."""
    entries: list[Entry] = field(default_factory=list)
    messages: dict[int, list[Message]] = field(default_factory=dict)
    """By id, oldest first; each with all its versions, the present one last."""
    _numbers: int = 0
    _presses: int = 0
    _unanswered: set[str] = field(default_factory=set)
    _staff_presses: set[str] = field(default_factory=set)

    # What the clinic does

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Show a row. Implements `Sender`."""
        _ = plain
        effect, now = row.effect, self.clock.now()
        match effect:
            case SendMessage():
                return SendOutcome(Kind.SENT, message_id=self._show(effect, target, now))
            case SendPicture():
                return SendOutcome(Kind.SENT, message_id=await self._picture(effect, now))
            case PinMessage():
                self.pinned = None if effect.unpins else target
                return SendOutcome(Kind.SENT)
            case SendCode(number, payload, words):
                link = deep_link(BOT_USERNAME, payload)
                message = SendMessage(number, html.escape(f"{words}\n{link}", quote=False), to=effect.to)
                return SendOutcome(Kind.SENT, message_id=self._show(message, None, now))
            case SendDocument():
                self.entries.append(Document(now, self._next_id(), effect))
            case _:
                return SendOutcome(Kind.GIVEN_UP, reason="room:not_a_message")
        return SendOutcome(Kind.SENT, message_id=self._next_id())

    async def _picture(self, effect: SendPicture, now: datetime) -> int:
        try:
            path = effect.file_id or effect.path
            if self.pictures is not None and not effect.file_id:
                path = await self.pictures.path(effect)
        except NotDrawn:
            words = SendMessage(
                effect.number, html.escape(effect.alt, quote=False), to=effect.to, lane=effect.lane
            )
            return self._show(words, None, now)
        self.entries.append(Picture(now, effect, path))
        return self._next_id()

    async def answer_press(self, press_id: str, note: str) -> None:
        """Show a press's short note. Implements `Sender`."""
        self._unanswered.discard(press_id)
        if note:
            to = To.STAFF if press_id in self._staff_presses else To.PATIENT
            self.entries.append(Note(self.clock.now(), self._next_id(), note, to))

    def observe(self, contact: ContactId, effect: Effect) -> None:
        """Keep the effects that are no messages but matter to whoever watches."""
        _ = contact
        if isinstance(effect, ReportAlert | ReportLead | ReportResult):
            self.entries.append(Report(self.clock.now(), effect))

    def take_entries(self) -> list[Entry]:
        """What happened since the last time."""
        taken, self.entries = self.entries, []
        return taken

    # What people do

    async def act(self, clinic: Clinic, action: Action) -> None:
        """Do something in one of the chats, and wait until everything it causes has happened.

        Raises:
            NotPossible: There is no such button, message or verb.
        """
        match action:
            case Wait(duration):
                await self.wait(clinic, duration)
            case Press(as_staff=True):
                await self._give(clinic, self._staff_press(action), as_staff=True)
            case Press():
                await self._give(clinic, self._press(action))
            case Talk(text, as_staff):
                await self._give(clinic, Said(text), as_staff=as_staff)
            case SendPhoto(path, caption, album):
                await self._give(clinic, PhotoSent(path, caption, album))
            case SendContact(phone):
                await self._give(clinic, ContactShared(phone))
            case Start(payload):
                await self._give(clinic, Started(payload))

    async def wait(self, clinic: Clinic, duration: timedelta) -> None:
        """Move the clock; everything that falls due meanwhile happens in order, at its own instant."""
        until = self.clock.now() + duration
        last = None
        await clinic.settle()
        while (due := await _next_due(clinic.store)) <= until and due != last:
            last = due
            self.clock.move_to(due)
            await clinic.settle()
        self.clock.move_to(until)
        await clinic.settle()

    async def person(self, clinic: Clinic) -> Person | None:
        """The patient as they are on disk."""
        return (await clinic.store.persons_of_chats([PATIENT_CHAT])).get(PATIENT_CHAT)

    async def end_status(self, clinic: Clinic) -> str | None:
        """None while a question is open, else how the last conversation ended (`none`: there is none)."""
        person = await self.person(clinic)
        sessions = person.sessions if person else ()
        if any(session.status is Status.WAITING for session in sessions):
            return None
        if not sessions:
            return "none"
        return max(sessions, key=lambda session: session.touched_at).status.value

    def newest(self, *, to_staff: bool = False) -> list[Message]:
        """The messages of one chat as they stand, newest first."""
        present = [versions[-1] for versions in self.messages.values()]
        return [message for message in reversed(present) if message.to_staff is to_staff]

    def pressable(self) -> list[ButtonSpec]:
        """The patient's buttons on the screen, the newest message's first, each id once."""
        found: dict[str, ButtonSpec] = {}
        for message in self.newest():
            for button in message.buttons:
                found.setdefault(button.id, button)
        return list(found.values())

    def card_number(self, message: int) -> int:
        """How many messages of the staff's side came up to this one."""
        return [number for number in self.messages if self.messages[number][0].to_staff].index(message) + 1

    def card_target(self, number: int) -> str:
        """The alert or lead that staff card `number` is about.

        Raises:
            NotPossible: There is no such card, or it is a plain line.
        """
        cards = [versions for versions in self.messages.values() if versions[0].to_staff]
        if not 1 <= number <= len(cards):
            raise NotPossible(f"There is no staff card {number}; there are {len(cards)}.")
        target = _target(cards[number - 1])
        if target is None:
            raise NotPossible(f"Staff card {number} has no buttons.")
        return target

    # How it is done

    async def _give(self, clinic: Clinic, event: Event | StaffPressed, *, as_staff: bool = False) -> None:
        press_id = getattr(event, "press_id", "")
        if press_id:
            self._unanswered.add(press_id)
        user = STAFF_MEMBER if as_staff else PATIENT_CHAT
        is_group = as_staff and not self._is_private(event)
        incoming = Incoming(
            chat=STAFF_CHAT if is_group else user,
            event=event,
            user=user,
            first_name="Staff" if as_staff else self.first_name,
            language=None if as_staff else self.language,
            is_group=is_group,
            to_us=is_group,
        )
        await clinic.take(incoming)
        for _ in range(50):  # the answer to a press is a task of its own, so that it never waits for a queue
            if press_id not in self._unanswered:
                break
            await asyncio.sleep(0)
        self._unanswered.discard(press_id)

    def _is_private(self, event: Event | StaffPressed) -> bool:
        """Whether staff say it in their own chat: private commands, and what these ask to be typed."""
        if not isinstance(event, Said):
            return False
        command = BY_NAME.get(read_command(event.text)[0])
        asked = next((message for message in self.newest(to_staff=True)), None)
        asks = asked is not None and [button.id for button in asked.buttons] == ["v_cancel"]
        return command.is_private if command is not None else asks

    def _show(self, effect: SendMessage, target: int | None, now: datetime) -> int:
        before = self.messages.get(target) if target is not None and effect.edits is not None else None
        if before is None:
            number = self._next_id()
            self.messages[number] = [Message(now, number, effect)]
        else:
            last = before[-1].effect
            if effect.only_buttons:
                effect = replace(
                    effect,
                    html=last.html,
                    flow=effect.flow or last.flow,
                    state=effect.state or last.state,
                    choose=effect.choose or (last.choose if effect.rows else ""),
                    is_question=effect.is_question or (last.is_question and bool(effect.rows)),
                )
            else:
                effect = replace(effect, flow=effect.flow or last.flow, state=effect.state or last.state)
            number = before[-1].id
            before.append(Message(now, number, effect, is_edit=True))
            if effect.is_question and not effect.only_buttons:  # here it comes below what was said meanwhile
                self.messages[number] = self.messages.pop(number)
        self.entries.append(self.messages[number][-1])
        return number

    def _next_id(self) -> int:
        self._numbers += 1
        return self._numbers

    def _press(self, press: Press) -> Event:
        self._presses += 1
        press_id = f"press-{self._presses}"
        if press.exactly:
            return Pressed(self._exact_data(press), press_id, press.ids)
        wanted = press.ids[0]
        button = next(
            (b for message in self._candidates(press.on) for b in message.buttons if b.id == wanted), None
        )
        if button is None:
            raise NotPossible(self._no_button(wanted, press.on))
        if button.kind == "contact":
            raise NotPossible("This button shares a phone number: give the number itself, as a contact.")
        if button.data is None:
            raise NotPossible(f"This button opens {button.url}; nothing comes back from there.")
        return Pressed(button.data, press_id)

    def _exact_data(self, press: Press) -> str:
        for message in self._candidates(press.on):
            options = {button.id: button for button in message.buttons if button.kind == "option"}
            if message.effect.choose != "many" or not set(press.ids) <= set(options):
                if message.effect.choose == "one" and len(press.ids) == 1 and press.ids[0] in options:
                    return options[press.ids[0]].data or ""
                continue
            read = next((found for b in message.buttons if b.data and (found := read_button(b.data))), None)
            if read is not None:
                return button_data(read.session, read.turn, Verb.CHOSE, "")
        raise NotPossible(self._no_button(", ".join(press.ids) or "nothing", press.on))

    def _candidates(self, on: int | None) -> Sequence[Message]:
        """Where a button is looked for: the screen, or every form that one message ever had."""
        if on is None:
            return self.newest()
        if on not in self.messages or self.messages[on][-1].to_staff:
            raise NotPossible(f"There is no message {on} in the patient's chat.")
        return list(reversed(self.messages[on]))

    def _no_button(self, wanted: str, on: int | None) -> str:
        if on is None:
            known = [button.id for button in self.pressable() if button.data]
        else:
            known = [button.id for message in self.messages[on] for button in message.buttons if button.data]
        can = (
            f"These can be pressed: {', '.join(dict.fromkeys(known))}." if known else "Nothing can be pressed now."
        )
        return f"There is no button {wanted[:80]} here. {can}"

    def _staff_press(self, press: Press) -> StaffPressed:
        self._presses += 1
        verb, target = press.ids[0], press.target
        verbs = sorted({*STAFF_VERBS, *(button.id for m in self.newest(to_staff=True) for button in m.buttons)})
        if verb not in verbs:
            raise NotPossible(f"Staff can't press {verb[:80]}. These can be pressed: {', '.join(verbs)}.")
        if target is None:
            cards = reversed(self.messages.values())
            target = next((found for card in cards if card[0].to_staff and (found := _target(card))), None)
            if target is None:
                raise NotPossible("There is no card in the staff chat yet.")
        press_id = f"press-{self._presses}"
        self._staff_presses.add(press_id)
        return StaffPressed(verb, target, STAFF_MEMBER, "Staff", press_id)


def _target(card: Sequence[Message]) -> str | None:
    """What the buttons of a staff card are about, in any form it had."""
    data = [button.data for message in card for button in message.buttons if button.data]
    return data[0].split(":", 2)[-1] if data else None


def plain_text(text: str) -> str:
    """What a reader sees of the HTML that messages hold."""
    return html.unescape(_TAG.sub("", text))


async def _next_due(store: Store) -> datetime:
    """When the next timer fires or the next waiting message goes out."""
    timer = await store.next_timer_at()
    rows = await store.waiting_rows()
    return min([row.due_at for row in rows] + ([timer] if timer else []), default=_NEVER)


async def read_lines(stream: BinaryIO) -> AsyncIterator[str]:
    """The lines of a pipe or file as text, without their ends, until it ends.

    It reads in the foreground, on purpose: nothing else has to run between two lines. So the caller has to let
    Ctrl-C raise KeyboardInterrupt, where asyncio would only cancel a task that can't listen.
    """
    while line := stream.readline():
        yield line.decode("utf-8", "replace").rstrip("\r\n")
