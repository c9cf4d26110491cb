"""What happened, numbered; waiters wake when the chat they look at changes."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque

from .errors import Json


class Events:
    """A bounded journal with long-poll waiters, one wake-up per change."""

    def __init__(self, kept: int = 20_000) -> None:
        self.seq = 0
        self.journal: deque[Json] = deque(maxlen=kept)
        self._last: dict[int | None, int] = defaultdict(int)
        self._waiters: dict[int | None, set[asyncio.Future[None]]] = defaultdict(set)

    def note(self, kind: str, chat_id: int | None = None, **data: object) -> None:
        """Record one event and wake who waits for it."""
        self.seq += 1
        self.journal.append({"seq": self.seq, "kind": kind, "chat_id": chat_id, **data})
        for key in (None,) if chat_id is None else (None, chat_id):
            self._last[key] = self.seq
            waiters = self._waiters.pop(key, ())
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def last(self, chat_id: int | None = None) -> int:
        """Number of the latest event (of one chat)."""
        return self._last[chat_id]

    async def wait(self, chat_id: int | None, since: int, seconds: float) -> bool:
        """Wait for an event later than `since`; False when `seconds` of real time ran out."""
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        while self._last[chat_id] <= since:
            left = due - loop.time()
            if left <= 0:
                return False
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters[chat_id].add(waiter)
            try:
                await asyncio.wait_for(waiter, left)
            except TimeoutError:
                return False
            finally:
                self._waiters[chat_id].discard(waiter)
        return True

    def after(self, since: int) -> list[Json]:
        """The events later than `since`, oldest first."""
        found: list[Json] = []
        for item in reversed(self.journal):
            if item["seq"] <= since:
                break
            found.append(item)
        return found[::-1]
