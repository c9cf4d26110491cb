"""How far a long command is: a line on stderr every few seconds, none for what is quick."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY_SECONDS = 2.0


class ProgressLines:
    """Called with what, how much of it is done, and how much there is."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._last = clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say it, if nothing was said lately."""
        if self._clock() - self._last < EVERY_SECONDS:
            return
        self._last = self._clock()
        share = f"{100 * min(done, total) // total} %" if total else f"{done:,}"
        self._stream.write(f"{what}: {share}\n")
        self._stream.flush()
