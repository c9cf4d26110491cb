"""How the process is, in one word and why; said in the log whenever that changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
ORDER = ("green", "yellow", "red")
LEVELS: Mapping[str, int] = {"green": logging.INFO, "yellow": logging.WARNING, "red": logging.CRITICAL}

Report: TypeAlias = Mapping[str, object]
"""A part's own: `status`, and `reasons` in words that hold nothing personal."""


def combined(reports: Iterable[Report]) -> tuple[str, tuple[str, ...]]:
    """The worst status of the parts, and the reasons of all."""
    statuses, reasons = ["green"], list[str]()
    for report in reports:
        statuses.append(str(report["status"]))
        said = report.get("reasons")
        reasons += map(str, said) if isinstance(said, list) else []
    return max(statuses, key=ORDER.index), tuple(reasons)


async def watch(
    reports: Callable[[], Iterable[Report]], sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    """Look every two seconds, for ever, and log each change; it begins green.

    Args:
        reports: The parts' own, at this moment.
        sleep: Waits so many seconds.
    """
    before: tuple[str, tuple[str, ...]] = ("green", ())
    while True:
        now = combined(reports())
        if now != before:
            status, reasons = before = now
            log.log(LEVELS[status], "health: %s%s", status, f" ({'; '.join(reasons)})" if reasons else "")
        await sleep(LOOK_SECONDS)
