"""Sending rates: off until a test turns them on."""

from __future__ import annotations

import math
from collections import defaultdict, deque

from .clock import Clock
from .errors import Json, too_many

# Messages per seconds; the exact ones are unpublished (FAQ "My bot is hitting limits").
DEFAULTS: dict[str, tuple[int, float]] = {"chat": (1, 1.0), "group": (20, 60.0), "overall": (30, 1.0)}


class Rates:
    """Sliding windows per chat, per group and over all."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.limits: dict[str, tuple[int, float]] = {}
        self.refused = 0
        self._times: dict[tuple[str, int], deque[float]] = defaultdict(deque)

    def set(self, limits: Json | str | None) -> None:
        """Switch on: ``{"chat": [1, 1.0], ...}``, "default" for FAQ's; None or {} switches off."""
        chosen = DEFAULTS if isinstance(limits, str) else (limits or {})
        self.limits = {name: (int(count), float(seconds)) for name, (count, seconds) in chosen.items()}
        self._times.clear()

    def take(self, chat_id: int) -> None:
        """Count one message.

        Raises:
            ApiError: 429 with the whole seconds after which there is room again; nothing is counted.
        """
        if not self.limits:
            return
        now = self.clock.now()
        wait = 0.0
        windows = []
        for name, key in (("chat", chat_id), ("group", chat_id), ("overall", 0)):
            if name not in self.limits or (name == "group" and chat_id > 0):
                continue
            count, seconds = self.limits[name]
            times = self._times[name, key]
            while times and times[0] <= now - seconds:
                times.popleft()
            windows.append(times)
            if len(times) >= count:
                wait = max(wait, times[-count] + seconds - now)
        if wait > 0:
            self.refused += 1
            raise too_many(max(1, math.ceil(wait)))
        for times in windows:
            times.append(now)
