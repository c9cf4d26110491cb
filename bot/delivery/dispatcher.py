"""Sends what stands in the outbox: decides nothing that `schedule` and `retry` don't, and makes the calls.

At least once for every row: no mark before the call, and the mark rides in the turn loop's next commit.
Only calls are concurrent, at most `AT_ONCE` of them, one in a chat.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.delivery.lanes import Pending
from bot.delivery.limits import Limits
from bot.delivery.outcome import outcome_of_exception
from bot.delivery.retry import FIRST_WAIT_SECONDS, Close, Later, Rework, Step, Stop, next_step
from bot.delivery.schedule import Schedule
from bot.delivery.sender import Kind, Mend, Sender
from bot.delivery.split import plain_text, size, split_html
from bot.delivery.staff_chat import StaffChat
from bot.engine.effect import Lane, PinMessage, SendMessage, To
from bot.ids import ContactId
from bot.limits import MESSAGE_CHARACTERS
from bot.store.protocol import Mark, OutboxRow, RowStatus

log = logging.getLogger(__name__)

AT_ONCE = 64
_REMEMBERED_MESSAGES = 4_000
_LATE_SECONDS = 300.0  # an oldest row of this age shows in `health`


def _fits(html: str) -> bool:
    """Whether a text is one message; a character counts as two at most, and markup as nothing."""
    return 2 * len(html) <= MESSAGE_CHARACTERS or size(plain_text(html)) <= MESSAGE_CHARACTERS


WaitUntil: TypeAlias = Callable[[datetime | None, asyncio.Event], Awaitable[None]]


class Dispatcher:
    """The outbox's way to a channel.

    Args:
        sender: The channel's sending side.
        now: Aware UTC.
        on_mark: Told what became of a row; called from the event loop, must not wait.
        find_target: The channel's id of a message, by contact and number, as the store knows it.
        limits: How fast may be sent.
        on_refused: A person's own chat takes nothing any more; told once for each refusal.
        on_moved: A group became a supergroup: old id, new id.
        on_staff_refused: The staff chat does not take a row (`StaffChat`); told once for each row and process.
        may_call: Whether a call may begin at this moment. After a time when none might: `forget`, and `add` anew.
        is_unsent: Asked before each call, where others may have withdrawn a row, or sent it in our place.
        wait_until: Returns at the instant (None: never) or when the event is set, whichever is first.
        jitter: A random number of [0, 1).
    """

    def __init__(
        self,
        sender: Sender,
        now: Callable[[], datetime],
        *,
        on_mark: Callable[[Mark, OutboxRow], None],
        find_target: Callable[[ContactId, int], Awaitable[int | None]],
        limits: Limits,
        on_refused: Callable[[ContactId], None] | None = None,
        on_moved: Callable[[int, int], None] | None = None,
        on_staff_refused: Callable[[OutboxRow, bool], None] | None = None,
        may_call: Callable[[], bool] = lambda: True,
        is_unsent: Callable[[OutboxRow], Awaitable[bool]] | None = None,
        wait_until: WaitUntil | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._sender = sender
        self._now = now
        self._on_mark = on_mark
        self._find_target = find_target
        self._on_refused = on_refused
        self._on_moved = on_moved
        self._staff_chat = StaffChat(on_staff_refused)
        self._wait_until = wait_until or self._wait
        self._jitter = jitter
        self._may_call = may_call
        self._is_unsent = is_unsent
        self._limits = limits
        self._schedule = Schedule(limits)
        self._sent: OrderedDict[tuple[ContactId, int], int] = OrderedDict()
        self._wake = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._answers: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._token_refused = ""
        self._last_sent_at: datetime | None = None

    def add(self, rows: Iterable[OutboxRow]) -> None:
        """Take rows that are on disk; a row that is here already is passed over."""
        now = self._now()
        for row in rows:
            if row.status is RowStatus.WAITING and (older := self._schedule.add(row, now)) is not None:
                self._mark(older, Close(RowStatus.CANCELLED, "a newer edit took its place"))
            self._staff_chat.added(row, now)
        self._wake.set()

    def forget(self) -> None:
        """All of it is another process's now: calls under way are cut, and nothing is marked."""
        for call in self._calls:
            call.cancel()
        self._schedule = Schedule(self._limits)
        self._sent.clear()
        self._wake.set()

    def cancel(
        self, contact: ContactId, number: int | None, *, everything: bool = False, only_unasked: bool = False
    ) -> None:
        """Withdraw what is unsent; the caller has written that down already.

        Args:
            contact: Whose.
            number: One message, or None for all that goes to their own chat.
            everything: With None: also what goes to staff about them (they asked to be forgotten).
            only_unasked: With None: only check-ins and broadcasts.
        """
        self._schedule.cancel(contact, number, self._now(), everything=everything, only_unasked=only_unasked)
        self._wake.set()

    def staff_chat_changed(self, chat: int, *, is_open: bool) -> None:
        """Telegram says that the bot was put out of the staff chat, or may write there again: what waits goes out.

        Args:
            chat: Its id.
            is_open: Whether it may write there.
        """
        if is_open:
            self._staff_chat.opened()
            self._schedule.free_chat(chat, self._now())
            self._wake.set()
        else:
            self._staff_chat.put_out(self._unsent())

    def answer(self, press_id: str, note: str) -> None:
        """Stop a button's spinner: at once, beside every queue."""
        task = asyncio.get_running_loop().create_task(self._answer(press_id, note))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def answered(self, timeout: float) -> None:  # noqa: ASYNC109  (a bound on the whole, not on one wait)
        """Wait until the presses taken so far have their answers: those stand in no outbox.

        Args:
            timeout: Seconds; then they go on by themselves.
        """
        if self._answers:
            await asyncio.wait(set(self._answers), timeout=timeout)

    async def drain(self) -> None:
        """Stop the spinners, then send what is due now, one after another; return when nothing due is left."""
        if self._answers:
            await asyncio.gather(*self._answers)
        while not self._token_refused and (item := self._schedule.take(self._now())) is not None:
            await self._deliver(item)

    def next_at(self) -> datetime | None:
        """When a row may be due that is not due now; None when none waits for its time."""
        return self._schedule.next_at(self._now())

    async def run(self) -> None:
        """Send until `stop`, or until the token is refused (`health` says so; all rows are kept)."""
        while not (self._is_stopping or self._token_refused):
            # Cleared before looking: what is added from here on wakes us again.
            self._wake.clear()
            now = self._now()
            may_call = self._may_call()
            while may_call and len(self._calls) < AT_ONCE and (item := self._schedule.take(now)) is not None:
                call = asyncio.get_running_loop().create_task(self._deliver(item))
                self._calls.add(call)
                call.add_done_callback(self._ended)
            is_full = len(self._calls) >= AT_ONCE
            await self._wait_until(None if is_full or not may_call else self._schedule.next_at(now), self._wake)

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109  (a bound on the whole, not on one wait)
        """Begin no further call, and wait for those under way.

        Args:
            timeout: Seconds; a call that lasts longer is cut, and its row stays waiting.
        """
        self._is_stopping = True
        self._wake.set()
        under_way = self._calls | self._answers
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def health(self) -> dict[str, object]:
        """How sending goes: `status` green, yellow or red, why, and counts; nothing personal."""
        now = self._now()
        lanes = self._lanes(now)
        late = max(lane["oldest_seconds"] for lane in lanes.values())
        reasons = []
        if self._token_refused:
            reasons.append("the token is refused")
        if trouble := self._staff_chat.trouble(now):
            reasons.append(trouble)
        status = "red" if reasons else "green"
        if self._schedule.is_held(now):
            reasons.append("Telegram slows all chats")
        if late > _LATE_SECONDS:
            reasons.append("rows wait")
        if reasons and status == "green":
            status = "yellow"
        return {
            "status": status,
            "reasons": reasons,
            "waiting": len(self._schedule),
            "oldest_waiting_seconds": late,
            "lanes": lanes,
            "under_way": len(self._calls),
            "last_sent_at": self._last_sent_at.isoformat() if self._last_sent_at else None,
        }

    def _lanes(self, now: datetime) -> dict[str, dict[str, float]]:
        """By lane: how many rows are unsent, and for how long the oldest has been due."""
        found = {lane.value: {"waiting": 0, "oldest_seconds": 0.0} for lane in Lane}
        for item in self._schedule:
            if not item.was_cancelled:
                lane = found[item.lane.value]
                lane["waiting"] += 1
                lane["oldest_seconds"] = max(lane["oldest_seconds"], item.late(now))
        return found

    # One row

    async def _deliver(self, item: Pending) -> None:
        target: int | None = None
        step: Step | None = None
        ends_at = item.window_ends_at
        try:
            if self._is_unsent is not None and not await self._is_unsent(item.row):
                item.was_cancelled = True
                step = Close(RowStatus.CANCELLED, "another process has seen to it")
            elif ends_at is not None and self._now() > ends_at:
                step = Close(RowStatus.GIVEN_UP, "its time has passed")
            elif item.target_names is not None:
                target = self._sent.get(item.target_names) or await self._find_target(*item.target_names)
                step = self._without_target(item) if target is None else None
        except Exception as error:
            step = Later(self._now() + timedelta(seconds=FIRST_WAIT_SECONDS), type(error).__name__)
        while step is None:
            if not self._may_call():
                self._schedule.later(item, item.due_at, self._now())
                return
            step = await self._call(item, target)
        self._settle(item, step, target)

    @staticmethod
    def _without_target(item: Pending) -> Step | None:
        """The message that this row changes was never sent, or long ago: there is nothing to change.

        A question that should have taken its place is still asked.
        """
        if (item.is_alert or item.is_question) and not item.is_only_buttons:
            item.as_new = True
            return None
        return Close(RowStatus.SENT, "what it changes was never sent")

    async def _call(self, item: Pending, target: int | None) -> Step | None:
        """One call. None: call again at once (the next piece, or in another form)."""
        row = self._form(item)
        effect = row.effect
        changes = isinstance(effect, PinMessage) or (isinstance(effect, SendMessage) and effect.edits is not None)
        aim = target if changes else None
        try:
            outcome = await self._sender.send(row, target=aim, plain=item.plain)
        except Exception as error:
            # A sender never raises; if one does, it is a mistake of ours and this row must not stop the others.
            log.exception("sending outbox row %d raised", row.id)
            outcome = outcome_of_exception(error)
        if outcome.kind is Kind.SENT and item.pieces is not None and len(item.pieces) > 1:
            self._next_piece(item)
            return None
        step = next_step(item, outcome, self._now(), self._jitter())
        if isinstance(step, Rework):
            self._rework(item, step, row)
            # In its new chat another row may be under way; there it waits its turn like any other.
            return Later(self._now(), outcome.reason) if step.mend is Mend.MOVED else None
        if item.to is To.STAFF:
            self._staff_chat.answered(item.row, outcome, self._now(), self._unsent())
        return step

    def _form(self, item: Pending) -> OutboxRow:
        """The row as it is sent now: whole, or its next piece; the keyboard hangs on the last one."""
        effect = item.row.effect
        if not isinstance(effect, SendMessage):
            return item.row
        if item.pieces is None:
            if effect.only_buttons or _fits(effect.html):
                item.piece_limit = item.piece_limit or MESSAGE_CHARACTERS
                return replace(item.row, effect=replace(effect, edits=None)) if item.as_new else item.row
            item.piece_limit = MESSAGE_CHARACTERS
            item.pieces = split_html(effect.html, item.piece_limit)
        is_last = len(item.pieces) == 1
        piece = replace(
            effect,
            html=item.pieces[0],
            rows=effect.rows if is_last else (),
            edits=None if item.as_new or item.sent_pieces else effect.edits,
        )
        return replace(item.row, effect=piece)

    def _next_piece(self, item: Pending) -> None:
        assert item.pieces is not None
        item.pieces = item.pieces[1:]
        item.sent_pieces += 1
        self._schedule.count(item.row.chat, self._now())

    def _rework(self, item: Pending, step: Rework, row: OutboxRow) -> None:
        log.warning("outbox row %d is sent in another form: %s", row.id, step.mend)
        match step.mend:
            case Mend.PLAIN_TEXT:
                item.plain = True
            case Mend.NEW_MESSAGE:
                item.as_new = True
            case Mend.SPLIT:
                assert isinstance(row.effect, SendMessage)
                item.piece_limit //= 2
                whole = (row.effect.html, *(item.pieces or ())[1:])
                item.pieces = [piece for each in whole for piece in split_html(each, item.piece_limit)]
            case Mend.MOVED:
                assert step.moved_to is not None
                old = item.row.chat
                item.moves += 1
                self._schedule.move_chat(old, step.moved_to, self._now())
                if self._on_moved is not None:
                    self._on_moved(old, step.moved_to)
            case Mend.NO_THREAD:  # never asked for: no row names a thread
                raise AssertionError(step.mend)

    def _settle(self, item: Pending, step: Step, target: int | None) -> None:
        now = self._now()
        if isinstance(step, Stop):
            self._token_refused = step.reason or "refused"
            log.critical("Telegram refuses the token: nothing is sent any more, all rows are kept")
            self._schedule.later(item, item.due_at, now)
        elif isinstance(step, Close):
            self._close(item, step, target, now)
        elif isinstance(step, Later):
            self._postpone(item, step, now)
        self._wake.set()

    def _close(self, item: Pending, step: Close, target: int | None, now: datetime) -> None:
        self._schedule.done(item, now)
        if step.status is RowStatus.SENT:
            found = step.message_id if step.message_id is not None else target
            step = replace(step, message_id=found)
            self._last_sent_at = now
            if found is not None:
                self._remember(item, found)
        elif step.status is RowStatus.GIVEN_UP:
            log.error("outbox row %d is given up: %s", item.row.id, step.reason, extra=_fields(item))
        if not (item.was_cancelled and step.status is not RowStatus.SENT):
            self._mark(item, step)
        if step.status is RowStatus.REFUSED:
            self._refused(item, now)

    def _refused(self, item: Pending, now: datetime) -> None:
        log.warning("outbox row %d is refused by its chat", item.row.id, extra=_fields(item))
        if item.to is not To.PATIENT:
            return  # a colleague's own chat says nothing about the person whom the row concerns
        contact = item.row.contact
        for other in self._schedule.cancel(contact, None, now):
            self._mark(other, Close(RowStatus.CANCELLED, "its chat refuses messages"))
        if self._on_refused is not None:
            self._on_refused(contact)

    def _postpone(self, item: Pending, step: Later, now: datetime) -> None:
        chat = item.row.chat
        item.unknown += step.is_unknown
        if step.holds_chat:
            left_out = self._schedule.hold_chat(chat, step.due_at, now, seconds=step.retry_after or 0.0)
            for other in left_out:
                self._mark(other, Close(RowStatus.CANCELLED, "left out: the chat is held"))
            if item.is_droppable:
                self._close(item, Close(RowStatus.CANCELLED, "left out: the chat is held"), None, now)
                return
        if item.was_cancelled:
            self._schedule.done(item, now)
            return
        self._schedule.later(item, step.due_at, now)
        self._on_mark(
            Mark(item.row.id, RowStatus.WAITING, now, step.due_at, item.attempts, item.unknown, None, step.reason),
            item.row,
        )

    def _mark(self, item: Pending, step: Close) -> None:
        mark = Mark(
            item.row.id,
            step.status,
            self._now(),
            None,
            item.attempts,
            item.unknown,
            step.message_id,
            step.reason,
        )
        self._on_mark(mark, item.row)

    def _remember(self, item: Pending, message_id: int) -> None:
        """For edits; one whose target was gone stands in that target's place from now on."""
        effect = item.row.effect
        self._sent[item.names] = message_id
        if isinstance(effect, SendMessage) and effect.edits is not None:
            self._sent[item.row.contact, effect.edits] = message_id
        while len(self._sent) > _REMEMBERED_MESSAGES:
            self._sent.popitem(last=False)

    def _unsent(self) -> Iterator[OutboxRow]:
        return (item.row for item in self._schedule)

    # Waiting

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._wake.set()
        if not call.cancelled() and (error := call.exception()) is not None:
            log.error("a delivery ended with an error of ours", exc_info=error)

    async def _answer(self, press_id: str, note: str) -> None:
        try:
            await self._sender.answer_press(press_id, note)
        except Exception as error:
            log.warning("a press was not answered: %s", type(error).__name__)

    async def _wait(self, until: datetime | None, event: asyncio.Event) -> None:
        if until is None:
            await event.wait()
            return
        seconds = (until - self._now()).total_seconds()
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        # At most a minute: the clock that `now` reads may be set, the one that waits can't.
        try:
            async with asyncio.timeout(min(seconds, 60.0)):
                await event.wait()
        except TimeoutError:
            return


def _fields(item: Pending) -> dict[str, object]:
    """What a line of the log may say of a row: our own numbers."""
    return {"contact": item.row.contact, "row": item.row.id, "lane": item.lane.value}
