"""Telegram, the patients' phones and the staff, in one process with the bot and in virtual time."""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import count

from bot.conversation.incoming import Incoming
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.effect import SendCode, SendMessage, To
from bot.engine.event import Event, PhotoSent, Said, StaffPressed
from bot.engine.session import Status
from bot.store.protocol import OutboxRow
from tests.explore.ledger import Ledger, to_patient
from tests.explore.patients import Patient
from tests.explore.seams import Seam
from tests.explore.staff import DESKS, MEMBER, Staff

STAFF_CHAT = -100


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in a chat."""

    at: datetime
    chat: int
    contact: int
    number: int
    html: str
    buttons: tuple[str, ...]
    edits: int | None
    is_repeat: bool


@dataclass(slots=True)
class World:
    """Everybody outside the bot. It lives on while processes die.

    Args:
        patients: By chat.
        start: The first instant.
        faults: How often a call fails, of 1: refused for a moment, or unknown.
        staff: Whether somebody takes alerts.
        seed: Of faults and staff.
        is_down_at_times: A reply may then come too late to be sent.
    """

    patients: dict[int, Patient]
    start: datetime
    faults: float = 0.0
    staff: bool = True
    seed: int = 0
    is_down_at_times: bool = False
    at: datetime = field(init=False)
    seam: Seam = field(default_factory=lambda: Seam(lambda _calls, _name: False))
    ledger: Ledger = field(init=False)
    chats: defaultdict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[Incoming] = field(default_factory=list)
    """Updates that the bot has not confirmed."""
    desks: dict[int, Patient] = field(default_factory=dict)
    """The chats in which visits are entered, and whose."""
    _staff: Staff = field(default_factory=Staff)
    _actions: list[tuple[datetime, int, int, tuple[Event | StaffPressed, ...]]] = field(default_factory=list)
    _chat_of: dict[int, int] = field(default_factory=dict)
    _orders: count[int] = field(default_factory=count)
    _updates: count[int] = field(default_factory=lambda: count(1))
    _messages: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.at = self.start
        self.ledger = Ledger(lambda update: self._chat_of[update])
        for patient in self.patients.values():
            self._plan(patient.chat, patient.begins())
            if patient.has_ticket:
                self.desks[patient.chat + DESKS] = patient
                self._plan(patient.chat + DESKS, [(patient.enrols_at, (Said("/visit"),))])

    def now(self) -> datetime:
        return self.at

    def digest(self) -> str:
        """A short hash of what stands in the chats and became of timers: equal runs have equal ones."""
        told = [repr(line) for _, lines in sorted(self.chats.items()) for line in lines]
        ended = sorted(f"{place} {end.value} {at}" for place, (end, at) in self.ledger.ended.items())
        return sha256("\n".join((*told, *ended)).encode()).hexdigest()[:16]

    # People

    def next_at(self) -> datetime | None:
        """When somebody does something next."""
        return self._actions[0][0] if self._actions else None

    def take_due(self) -> list[Incoming]:
        """What people have done by now; it stays in `waiting` until it is confirmed."""
        new = []
        while self._actions and self._actions[0][0] <= self.at:
            _, _, chat, events = heapq.heappop(self._actions)
            new += [self._incoming(chat, event) for event in events]
        self.waiting += new
        return new

    def confirm(self, item: Incoming) -> None:
        """Its turn is on disk."""
        self.waiting.remove(item)

    def arrives(self, item: Incoming) -> None:
        """A running bot takes it now."""
        patient = self.patients.get(item.chat)
        if patient is not None and not isinstance(item.event, StaffPressed):
            patient.does(self.at, item.event)
            if isinstance(item.event, PhotoSent) and self._is_asked(item.chat):
                patient.owed.add(item.event.file_id)

    def _is_asked(self, chat: int) -> bool:
        """Whether a check-in is open, as far as it is on disk."""
        person = self.ledger.persons.get(chat)
        if person is None:
            return False
        planned = {visit.id for visit in person.visits if visit.plan}
        waiting = (session for session in person.sessions if session.status is Status.WAITING)
        return any(each.flow == "recovery" and each.context["visit.id"] in planned for each in waiting)

    def _plan(self, chat: int, actions: Iterable[tuple[datetime, tuple[Event | StaffPressed, ...]]]) -> None:
        for at, events in actions:
            heapq.heappush(self._actions, (at, next(self._orders), chat, events))

    def _incoming(self, chat: int, event: Event | StaffPressed) -> Incoming:
        update = next(self._updates)
        self._chat_of[update] = chat
        is_staff = chat == STAFF_CHAT
        user, name = (MEMBER, "") if is_staff else (chat, f"Pat{chat}")
        return Incoming(
            chat, event, update_id=update, user=user, first_name=name, is_group=is_staff, to_us=is_staff, update={}
        )

    # The sending side

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """Take a row, or don't. Implements `Sender`."""
        _ = plain
        self.seam.at("send before")
        outcome = self._outcome(row, target)
        self.seam.at("send after")
        return outcome

    async def answer_press(self, press_id: str, note: str) -> None:
        """Implements `Sender`."""
        _ = press_id, note
        self.seam.at("answer before")
        self.seam.at("answer after")

    def _outcome(self, row: OutboxRow, target: int | None) -> SendOutcome:
        patient = self.patients.get(row.chat)
        if patient is not None and patient.refuses:
            return SendOutcome(Kind.REFUSED, reason="Forbidden: bot was blocked by the user")
        chance = random.Random(f"{self.seed}/{row.id}/{self.at}").random() if self.faults else 1.0
        if chance < self.faults / 3:
            return SendOutcome(Kind.AGAIN, reason="no connection")
        if chance < self.faults / 2:
            return SendOutcome(Kind.AGAIN, retry_after=35.0, reason="Too Many Requests")
        is_unsure = chance < self.faults
        if not is_unsure or chance < self.faults * 3 / 4:
            self._deliver(row, target, is_unsure=is_unsure)
        if is_unsure:
            return SendOutcome(Kind.UNKNOWN, reason="ServerDisconnectedError")
        return SendOutcome(Kind.SENT, message_id=target or next(self._messages))

    def _deliver(self, row: OutboxRow, target: int | None, *, is_unsure: bool) -> None:
        is_repeat = self.ledger.hands_over(row, self.at, is_unsure=is_unsure)
        effect = row.effect
        html = effect.html if isinstance(effect, SendMessage) else type(effect).__name__
        buttons: tuple[str, ...] = ()
        edits = None
        if isinstance(effect, SendMessage):
            edits = effect.edits if target is not None else None
            buttons = tuple(button.id for keys in effect.rows for button in keys)
        line = Line(self.at, row.chat, row.contact, row.number, html, buttons, edits, is_repeat)
        self.chats[row.chat].append(line)
        if is_repeat:
            return
        if isinstance(effect, SendCode):
            patient = self.desks[row.chat]
            self._plan(patient.chat, patient.scans(self.at, effect.payload))
        elif not isinstance(effect, SendMessage):
            return
        elif row.chat in self.desks:
            patient = self.desks[row.chat]
            entered = self._staff.enters(self.at, row.chat, effect, patient.treatment, patient.treated)
            self._plan(row.chat, entered)
        elif row.chat in self.patients and to_patient(row):
            self._plan(row.chat, self.patients[row.chat].reads(self.at, effect))
        elif self.staff and effect.to in {To.STAFF, To.STAFF_MEMBER}:
            self._plan(STAFF_CHAT, self._staff.reads(self.at, effect))
