from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.delivery.dispatcher import Dispatcher
from bot.delivery.limits import NO_LIMITS, Limits
from bot.delivery.sender import Kind, Mend, SendOutcome
from bot.engine.effect import Effect, Lane, SendMessage
from bot.ids import ContactId
from bot.store.protocol import Mark, OutboxRow, RowStatus

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
AGAIN = SendOutcome(Kind.AGAIN, reason="no connection")
UNKNOWN = SendOutcome(Kind.UNKNOWN, reason="ServerDisconnectedError")
BLOCKED = SendOutcome(Kind.REFUSED, reason="Forbidden: bot was blocked by the user")


def flood(seconds: float) -> SendOutcome:
    return SendOutcome(Kind.AGAIN, retry_after=seconds, reason="Too Many Requests")


def mend(what: Mend, moved_to: int | None = None) -> SendOutcome:
    return SendOutcome(Kind.MEND, mend=what, moved_to=moved_to, reason=f"mend {what}")


class Call:
    def __init__(self, row: OutboxRow, target: int | None, plain: bool, at: datetime) -> None:
        self.row, self.target, self.plain, self.at = row, target, plain, at
        self.html = row.effect.html if isinstance(row.effect, SendMessage) else ""


class World:
    """A clock, a channel that answers by script, and what the dispatcher reported."""

    def __init__(self, limits: Limits = NO_LIMITS) -> None:
        self.at = START
        self.calls: list[Call] = []
        self.script: dict[int, list[SendOutcome]] = {}
        self.marks: list[Mark] = []
        self.stored: dict[tuple[ContactId, int], int] = {}
        self.refused: list[ContactId] = []
        self.moved: list[tuple[int, int]] = []
        self.staff_refused: list[tuple[int, bool]] = []
        self.presses: list[tuple[str, str]] = []
        self.gate: Callable[[], Any] | None = None
        self._next_message = 1000
        self._next_row = 0
        self.limits = limits
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self, **more: Any) -> Dispatcher:
        return Dispatcher(
            self,
            lambda: self.at,
            on_mark=lambda mark, _: self.marks.append(mark),
            find_target=self.find_target,
            limits=self.limits,
            on_refused=self.refused.append,
            on_moved=lambda old, new: self.moved.append((old, new)),
            on_staff_refused=lambda row, is_first: self.staff_refused.append((row.id, is_first)),
            jitter=lambda: 1.0,
            **more,
        )

    async def find_target(self, contact: ContactId, number: int) -> int | None:
        return self.stored.get((contact, number))

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        self.calls.append(Call(row, target, plain, self.at))
        if self.gate is not None:
            await self.gate()
        waiting = self.script.get(row.id)
        if waiting:
            return waiting.pop(0)
        self._next_message += 1
        return SendOutcome(Kind.SENT, message_id=target or self._next_message)

    async def answer_press(self, press_id: str, note: str) -> None:
        self.presses.append((press_id, note))

    def row(
        self,
        chat: int = 1,
        *,
        lane: Lane = Lane.REPLY,
        html: str = "hello",
        contact: int | None = None,
        answers: list[SendOutcome] | None = None,
        effect: Effect | None = None,
        due_in: float = 0,
        number: int | None = None,
        **more: Any,
    ) -> OutboxRow:
        self._next_row += 1
        own = number or self._next_row
        if answers:
            self.script[self._next_row] = list(answers)
        return OutboxRow(
            id=self._next_row,
            contact=ContactId(contact or abs(chat)),
            number=own,
            chat=chat,
            lane=lane,
            effect=effect or SendMessage(number=own, html=html, lane=lane, **more),
            created_at=self.at,
            due_at=self.at + timedelta(seconds=due_in),
        )

    async def send_all(self, *rows: OutboxRow) -> None:
        self.dispatcher.add(rows)
        await self.dispatcher.drain()

    async def wait(self, seconds: float) -> None:
        """Move the clock in small steps, so that everything falls due at its time."""
        end = self.at + timedelta(seconds=seconds)
        while self.at < end:
            self.at = min(end, self.at + timedelta(milliseconds=100))
            await self.dispatcher.drain()

    @property
    def order(self) -> list[int]:
        return [call.row.id for call in self.calls]

    def status(self, row: OutboxRow) -> list[RowStatus]:
        return [mark.status for mark in self.marks if mark.row == row.id]

    def last(self, row: OutboxRow) -> Mark:
        return [mark for mark in self.marks if mark.row == row.id][-1]
