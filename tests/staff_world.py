"""A clinic with its real flows, in memory or in a file, and what stands on everybody's screen."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import ClinicApp, open_clinic
from bot.conversation.gather import Item
from bot.conversation.incoming import Incoming, MemberChanged
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Kind, SendOutcome
from bot.desk.roles import Membership
from bot.engine.effect import Effect, ReportAlert, ReportLead, SendCode, SendMessage
from bot.engine.event import ContactShared, Event, Pressed, Said, StaffPressed, Started
from bot.engine.session import Person
from bot.ids import ContactId
from bot.settings import Settings
from bot.store.protocol import OutboxRow
from tests.committed import committed_reading

STAFF = -100
ROSA, TOM, ANN, BEA = 501, 502, 601, 602
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, open
SETTINGS = Settings(flows_dir=Path("flows"), data_dir=Path("data"))


class DeskWorld:
    """Implements `Sender`. Rosa is a member of the group and Tom its admin, as far as anybody has looked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.sent: dict[int, list[SendMessage | SendCode]] = defaultdict(list)
        self.notes: dict[str, str] = {}
        self.reports: list[ReportAlert | ReportLead] = []
        self.observe: Callable[[ContactId, Effect], None] = lambda _contact, _effect: None
        self.app: ClinicApp
        self._numbers = itertools.count(1)

    async def open(self) -> DeskWorld:
        """Start, or start again, as after a kill."""
        self.app = await open_clinic(
            SETTINGS,
            reading=committed_reading(),
            sender=self,
            now=lambda: self.now,
            database=self.folder / "clinic.db",
            staff_chat=STAFF,
            observe=self._observe,
            environ={"XDG_CONFIG_HOME": str(self.folder)},
            limits=NO_LIMITS,
        )
        self.app.loop.members.is_checked = True
        return self

    def _observe(self, contact: ContactId, effect: Effect) -> None:
        if isinstance(effect, ReportAlert | ReportLead):
            self.reports.append(effect)
        self.observe(contact, effect)

    async def restart(self) -> None:
        await self.app.close()
        await self.open()

    async def know(self, user: int, membership: Membership) -> None:
        """Somebody has been looked up, or Telegram has told."""
        await self.put(MemberChanged(user, membership))

    async def put(self, item: Item) -> None:
        self.app.loop.put(item)
        await self.app.settle()

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        assert isinstance(row.effect, SendMessage | SendCode)
        self.sent[row.chat].append(row.effect)
        return SendOutcome(Kind.SENT, target or row.id)

    async def answer_press(self, press_id: str, note: str) -> None:
        self.notes[press_id] = note

    async def does(self, user: int, event: Event | StaffPressed, chat: int | None = None) -> Sequence[str]:
        """Somebody does something; what stands on that chat's screen then and did not before."""
        chat = chat or user
        before = len(self.sent[chat])
        await self.put(
            Incoming(chat, event, next(self._numbers), user, f"Name{user}", is_group=chat < 0, to_us=chat < 0)
        )
        return [one.html if isinstance(one, SendMessage) else one.words for one in self.sent[chat][before:]]

    async def says(self, user: int, text: str, chat: int | None = None) -> str:
        return "\n".join(await self.does(user, Said(text), chat))

    async def starts(self, user: int, payload: str) -> str:
        return "\n".join(await self.does(user, Started(payload)))

    async def shares(self, user: int, phone: str) -> str:
        return "\n".join(await self.does(user, ContactShared(phone)))

    async def presses(self, user: int, button: str, *, screen: int | None = None, chat: int | None = None) -> str:
        """The newest button of that id on `screen` (their own by default); the note, or what came of it."""
        data = next(
            spec.data
            for message in reversed(self.sent[screen or chat or user])
            if isinstance(message, SendMessage)
            for row in message.rows
            for spec in row
            if spec.id == button and spec.data
        )
        press = f"p{next(self._numbers)}"
        verb, _, target = data.removeprefix("s:").partition(":")
        event: Event | StaffPressed = Pressed(data, press)
        if data.startswith("s:"):
            event = StaffPressed(verb, target, user, f"Name{user}", press)
        said = await self.does(user, event, chat)
        await self.app.dispatcher.answered(1.0)
        return self.notes.get(press) or "\n".join(said)

    async def person(self, user: int) -> Person:
        return (await self.app.store.persons_of_chats([user]))[user]

    def ticket(self, user: int) -> str:
        """The payload of the newest code on somebody's screen."""
        return next(one.payload for one in reversed(self.sent[user]) if isinstance(one, SendCode))

    async def wait(self, **duration: float) -> None:
        """Move the clock in steps of at most an hour."""
        until = self.now + timedelta(**duration)
        while self.now < until:
            self.now = min(until, self.now + timedelta(hours=1))
            await self.app.settle()

    async def enters_visit(self, user: int = ROSA, *choices: str) -> str:
        """A whole entry; the code's payload."""
        await self.says(user, "/visit")
        for choice in choices or ("microneedling", "needles", "just_now"):
            await self.presses(user, f"v_{choice}")
        await self.presses(user, "v_show")
        return self.ticket(user)
