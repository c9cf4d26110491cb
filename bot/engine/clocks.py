"""When an alert rings, and for whom: the ladder, as the clinic's data have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

GROUP, ON_CALL, OWNER = "group", "on_call", "owner"
"""For whom: the staff chat, those on call, whoever answers for the clinic."""
AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Rung:
    """So long after the alert it rings for these, `only_closed`: while the clinic is closed."""

    after: timedelta
    to: frozenset[str]
    only_closed: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """Of a level. After the last rung each wait is twice the one before, `rings` in all.

    `uncalled` is how long an owner may take to call before the alert is given back.
    """

    rungs: tuple[Rung, ...]
    rings: int
    uncalled: timedelta

    def at_once(self, *, closed: bool) -> frozenset[str]:
        """For whom it rings with the answer itself."""
        first = (rung.to for rung in self.rungs if rung.after == AT_ONCE and (closed or not rung.only_closed))
        return frozenset[str]().union(*first)

    def ring(self, step: int, *, closed: bool) -> frozenset[str]:
        """For whom ring `step` (from 1) is."""
        later = self._later()
        at = later[min(step, len(later)) - 1]
        here = (rung.to for rung in self.rungs if rung.after == at and (closed or not rung.only_closed))
        return frozenset[str]().union(*here)

    def wait(self, step: int) -> timedelta | None:
        """From the ring before until ring `step`; None when it rings no more."""
        instants = (AT_ONCE, *self._later())
        if step > self.rings or len(instants) == 1:
            return None
        if step < len(instants):
            return instants[step] - instants[step - 1]
        last: timedelta = (instants[-1] - instants[-2]) * 2 ** (step - len(instants) + 1)
        return last

    def _later(self) -> tuple[timedelta, ...]:
        return tuple(sorted({rung.after for rung in self.rungs if rung.after > AT_ONCE}))


def _minutes(count: int, *to: str, only_closed: bool = False) -> Rung:
    return Rung(timedelta(minutes=count), frozenset(to), only_closed)


DEFAULT_CLOCKS: Mapping[str, Clock] = MappingProxyType(
    {
        "red": Clock(
            (
                _minutes(0, GROUP),
                _minutes(0, ON_CALL, only_closed=True),
                _minutes(3, GROUP, ON_CALL, OWNER),
            ),
            5,
            timedelta(minutes=15),
        ),
        "amber_today": Clock((_minutes(0, GROUP), _minutes(60, GROUP, ON_CALL)), 5, timedelta(minutes=60)),
    }
)
"""Levels that ring, where the clinic says nothing else. A judgement, tighter than the goals: red under 15 minutes,
amber_today under two hours."""
