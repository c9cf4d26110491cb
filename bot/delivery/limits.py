"""How fast may be sent.

Telegram publishes: one message a second in a chat with short bursts, 20 a minute in a group, about 30 a second
over all chats (core.telegram.org/bots/faq); ours stay a little under. 0 means no limit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

OVERALL_PER_SECOND = 30  # core.telegram.org/bots/faq, "My bot is hitting limits"
_MINUTE = timedelta(seconds=60)
_SECOND = timedelta(milliseconds=1020)
_LATE = timedelta(milliseconds=100)
_NONE = timedelta(0)
_DIFFER = _SECOND - timedelta(seconds=1)
_LATEST = timedelta(milliseconds=250)
"""So much later at most a call is thought to have come: a lost connection says nothing of when."""
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages per time; 0 = no limit. New messages and edits count; answers to presses have none.

    Source: tdlib/td#3034 and tdlib/telegram-bot-api#648 for edits and answers.
    """

    bulk_per_second: float = 29.0
    chat_per_second: float = 1.0
    group_per_minute: float = 18
    chat_burst: int = 3

    @property
    def most_in_a_second(self) -> int:
        """Of all lanes but alerts: what Telegram takes, more where the bulk may; 0 where that has no limit."""
        return max(OVERALL_PER_SECOND, floor(self.bulk_per_second) + 1) if self.bulk_per_second > 0 else 0


NO_LIMITS = Limits(bulk_per_second=0, chat_per_second=0, group_per_minute=0)


class Bucket:
    """`burst` calls at once, then `per_second`. A clock that jumps back only stops the refill."""

    __slots__ = ("_at", "_burst", "_per_second", "_tokens")

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at: datetime | None = None

    def _refill(self, now: datetime) -> None:
        if self._at is not None and now > self._at:
            gained = (now - self._at).total_seconds() * self._per_second
            self._tokens = min(self._burst, self._tokens + gained)
        self._at = now

    def ready_at(self, now: datetime, needed: float = 1.0) -> datetime:
        """When `needed` calls may be made; `now` when they may at once."""
        if self._per_second <= 0:
            return now
        self._refill(now)
        short = min(needed, self._burst) - self._tokens
        if short <= 1e-9:
            return now
        # Rounded up to a microsecond, so that at that instant there is indeed enough.
        return now + timedelta(seconds=short / self._per_second) + timedelta(microseconds=1)

    def take(self, now: datetime) -> None:
        """Count one call; one that was not to be held may leave a debt of at most one burst."""
        self._refill(now)
        self._tokens = max(-self._burst, self._tokens - 1)

    def is_full(self, now: datetime) -> bool:
        """Nothing is remembered in it."""
        self._refill(now)
        return self._tokens >= self._burst


class MinuteWindow:
    """At most `most` calls within any 60 seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: deque[datetime] = deque()

    def _forget(self, now: datetime) -> None:
        while self._calls and now - self._calls[0] >= _MINUTE:
            self._calls.popleft()

    def ready_at(self, now: datetime) -> datetime:
        """When the next call may be made; `now` when at once."""
        self._forget(now)
        if self._most <= 0 or len(self._calls) < self._most:
            return now
        return self._calls[len(self._calls) - self._most] + _MINUTE

    def take(self, now: datetime) -> None:
        """Count one call."""
        if self._most > 0:
            self._forget(now)
            self._calls.append(now)


@dataclass(slots=True, eq=False)
class Call:
    """One that counts against the limit over all chats.

    Args:
        began_at: When it went out.
        counts_at: When it may have come to Telegram, which counts it then.
    """

    began_at: datetime
    counts_at: datetime


class OverallWindow:
    """At most `most` calls within any second, over all chats: one more would be refused, and its chat held.

    Telegram counts a call when it comes. One that was answered later than others may have come as much later, so
    that its second begins later; the few milliseconds by which all differ are in the length of ours.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: deque[Call] = deque(maxlen=max(1, most))
        self._lasted: deque[timedelta] = deque(maxlen=_REMEMBERED)

    def ready_at(self, now: datetime) -> datetime:
        """When the next call may be made; `now` when at once."""
        if self._most <= 0 or len(self._calls) < self._most:
            return now
        return max(now, self._calls[0].counts_at + _SECOND)

    def take(self, now: datetime) -> Call:
        """Count one call."""
        call = Call(now, now)
        self._calls.append(call)
        return call

    def answered(self, call: Call, now: datetime) -> None:
        """The call has ended, in whichever way."""
        if self._most <= 0:
            return
        lasted = max(now - call.began_at, _NONE)
        self._lasted.append(lasted)
        late = lasted - min(self._lasted) - _DIFFER
        call.counts_at = call.began_at + min(max(late, _NONE), _LATEST)


class BulkPace:
    """Check-ins, broadcasts and marks evenly spaced; replies and alerts are counted, and not held by it."""

    def __init__(self, per_second: float) -> None:
        self._gap = timedelta(seconds=1 / per_second) if per_second > 0 else timedelta(0)
        self._next_at: datetime | None = None
        self._held_until: datetime | None = None
        self._floods: deque[tuple[datetime, int]] = deque()

    def ready_at(self, now: datetime) -> datetime:
        """When the next bulk message may be sent; `now` when at once."""
        return max(now, self._next_at or now, self._held_until or now)

    def take(self, now: datetime) -> None:
        """Count one call of any lane; what is counted holds the bulk for a second at most."""
        if self._gap:
            # Whoever wakes a little late is not late for ever: else the pace would be slower than it is set to.
            turn = max(self._next_at or now, now - _LATE)
            self._next_at = min(turn + self._gap, now + timedelta(seconds=1))

    def flooded(self, chat: int, now: datetime, seconds: float) -> None:
        """A 429 came for `chat`: the third chat within a minute says that it is not the chats.

        Args:
            chat: The chat whose call was refused.
            now: When.
            seconds: How long Telegram asks to wait.
        """
        while self._floods and now - self._floods[0][0] >= _MINUTE:
            self._floods.popleft()
        self._floods.append((now, chat))
        if len({held for _, held in self._floods}) >= 3:
            until = now + timedelta(seconds=seconds)
            self._held_until = max(until, self._held_until or until)

    def is_held(self, now: datetime) -> bool:
        """Telegram slows all chats."""
        return self._held_until is not None and self._held_until > now
