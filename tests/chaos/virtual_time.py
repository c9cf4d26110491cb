"""An event loop whose clock stands while anything can run, and jumps to the next timer when nothing can.

What waits for a minute or a day waits for no time at all, and two runs with the same chance are the same run.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.explore.seams import Killed

LONGEST_REAL_SECONDS = 5.0
Result = TypeVar("Result")


class Stuck(AssertionError):
    """Nothing can run and nothing is waited for: whatever was to happen never will."""


class _Jumping(selectors.DefaultSelector):
    """Where a real loop would sleep, the clock moves."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.loop.stands:
            return super().select(LONGEST_REAL_SECONDS if timeout is None else min(timeout, LONGEST_REAL_SECONDS))
        if timeout == 0:
            return []
        if timeout is None:
            raise Stuck("every task waits for another")
        self.loop.seconds += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs as ever, by a clock of its own that begins at 0."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.stands = False
        """A thread is at work: the clock waits for it."""
        selector = _Jumping()
        selector.loop = self
        super().__init__(selector)
        # After half a year a float is coarser than a nanosecond, and what is due now would never be run.
        self._clock_resolution = 1e-8

    def time(self) -> float:
        return self.seconds

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """As ever; that a task died with its process is no news."""
        if not isinstance(context.get("exception"), Killed):
            super().call_exception_handler(context)


def run_virtual(main: Coroutine[Any, Any, Result]) -> Result:
    """`asyncio.run` in virtual time; what a failed test has left is dropped."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(main)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
