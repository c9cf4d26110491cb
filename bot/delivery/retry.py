"""What follows from an outcome: the row is done, tried later, or changed and sent at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.delivery.lanes import Pending
from bot.delivery.sender import Kind, Mend, SendOutcome
from bot.engine.effect import SendMessage, To
from bot.store.protocol import RowStatus

UNKNOWN_REPEATS = 2  # of a new message: a third copy annoys more than a lost line of chat hurts
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0
LONGEST_ALERT_WAIT_SECONDS = 15.0
STAFF_REFUSED_WAIT_SECONDS = 60.0  # somebody has to add the bot to the group again
SHORTEST_PIECE = 256  # a text that is still too long in such pieces is not refused for its length
CHAT_MOVES = 3


@dataclass(frozen=True, slots=True)
class Close:
    """The row leaves the outbox."""

    status: RowStatus
    reason: str = ""
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The row waits until `due_at`; with `holds_chat` everything else for that chat does too."""

    due_at: datetime
    reason: str
    is_unknown: bool = False
    holds_chat: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Rework:
    """The row is sent again at once, in another form."""

    mend: Mend
    moved_to: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """No row can be sent: the token is refused."""

    reason: str


Step: TypeAlias = "Close | Later | Rework | Stop"


def back_off(attempts: int, jitter: float, longest: float = LONGEST_WAIT_SECONDS) -> float:
    """Seconds until the next try: doubled each time, up to `longest`, and spread by a half.

    Args:
        attempts: Tries so far, at least one.
        jitter: A random number of [0, 1).
        longest: Seconds.
    """
    wait = min(longest, FIRST_WAIT_SECONDS * 2.0 ** min(attempts - 1, 16))
    return wait * (0.5 + jitter / 2)


def next_step(item: Pending, outcome: SendOutcome, now: datetime, jitter: float) -> Step:
    """What to do with a row after a call.

    Args:
        item: The row; its `attempts` already counts this call.
        outcome: What became of the call.
        now: Aware UTC.
        jitter: A random number of [0, 1).
    """
    match outcome.kind:
        case Kind.SENT:
            return Close(RowStatus.SENT, outcome.reason, outcome.message_id)
        case Kind.STOPPED:
            return Stop(outcome.reason)
        case Kind.GIVEN_UP:
            return Close(RowStatus.GIVEN_UP, outcome.reason)
        case Kind.MEND:
            return _mend(item, outcome)
        case Kind.REFUSED:
            return _refused(item, outcome, now, jitter)
        case Kind.AGAIN | Kind.UNKNOWN:
            return _later(item, outcome, now, jitter)


def _mend(item: Pending, outcome: SendOutcome) -> Step:
    given_up = Close(RowStatus.GIVEN_UP, outcome.reason)
    match outcome.mend:
        case Mend.PLAIN_TEXT if not item.plain:
            return Rework(Mend.PLAIN_TEXT)
        case Mend.SPLIT if isinstance(item.row.effect, SendMessage) and item.piece_limit > SHORTEST_PIECE:
            return Rework(Mend.SPLIT)
        case Mend.NEW_MESSAGE if item.edits is not None:
            if item.is_only_buttons or item.is_droppable:
                return Close(RowStatus.SENT, outcome.reason)
            return Rework(Mend.NEW_MESSAGE)
        case Mend.MOVED if outcome.moved_to is not None and item.moves < CHAT_MOVES:
            return Rework(Mend.MOVED, outcome.moved_to)
        case _:
            return given_up


def _refused(item: Pending, outcome: SendOutcome, now: datetime, jitter: float) -> Step:
    if item.to is not To.STAFF:
        return Close(RowStatus.REFUSED, outcome.reason)
    wait = max(STAFF_REFUSED_WAIT_SECONDS, back_off(item.attempts, jitter, STAFF_REFUSED_WAIT_SECONDS * 5))
    return _until(item, now + timedelta(seconds=wait), outcome, holds_chat=True)


def _later(item: Pending, outcome: SendOutcome, now: datetime, jitter: float) -> Step:
    is_unknown = outcome.kind is Kind.UNKNOWN and item.edits is None
    if is_unknown and not item.is_alert and item.unknown >= UNKNOWN_REPEATS:
        return Close(RowStatus.GIVEN_UP, f"unanswered {item.unknown + 1} times: {outcome.reason}")
    longest = LONGEST_ALERT_WAIT_SECONDS if item.is_alert else LONGEST_WAIT_SECONDS
    wait = back_off(item.attempts, jitter, longest) if outcome.again_after is None else outcome.again_after
    if outcome.retry_after is not None:
        # A little more than Telegram asks: its clock and ours differ, and a call too early prolongs the hold.
        wait = max(outcome.retry_after + 0.1, wait)
    due_at = now + timedelta(seconds=wait)
    return _until(item, due_at, outcome, is_unknown=is_unknown, holds_chat=outcome.retry_after is not None)


def _until(
    item: Pending, due_at: datetime, outcome: SendOutcome, *, holds_chat: bool, is_unknown: bool = False
) -> Step:
    ends_at = item.window_ends_at
    if ends_at is not None and due_at > ends_at:
        return Close(RowStatus.GIVEN_UP, f"its time has passed: {outcome.reason}")
    return Later(due_at, outcome.reason, is_unknown, holds_chat, outcome.retry_after)
