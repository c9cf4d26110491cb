"""The server's clock: real time plus what a test has added."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Seconds since the epoch, moved forward by hand; sleepers wake when it jumps."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._jumped = asyncio.Event()

    def now(self) -> float:
        """Seconds since the epoch, with fractions."""
        return time.time() + self.offset

    def date(self) -> int:
        """Whole seconds since the epoch, as in ``Message.date``."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds` (negative: a clock set back) and wake who sleeps on it."""
        self.offset += seconds
        jumped, self._jumped = self._jumped, asyncio.Event()
        jumped.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep by this clock: `advance` ends it early."""
        due = self.now() + seconds
        while (left := due - self.now()) > 0:
            try:
                await asyncio.wait_for(self._jumped.wait(), left)
            except TimeoutError:
                return
