"""How the process is, in one word and why; said in the log whenever that changes, and on `/healthz` when asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from bot.store.protocol import DatabaseAway, DeadLetter, Timer

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
ORDER = ("green", "yellow", "red")
LEVELS: Mapping[str, int] = {"green": logging.INFO, "yellow": logging.WARNING, "red": logging.CRITICAL}

STORE_LOOK_SECONDS = 15.0  # how often the database is looked at unasked
FRESH_SECONDS = 5.0  # what was seen of it so lately is not looked at again, however often somebody asks
STORE_ANSWER_SECONDS = 2.0  # a database that takes longer does not answer
ALERT_SECONDS = 60.0  # an alert unsent for so long: red
TIMER_SECONDS = 60.0  # a timer not fired for so long: yellow
TIMER_RED_SECONDS = 300.0
MOST_COUNTED = 100  # timers and dead letters; more than these say nothing more
LETTERS_OF = timedelta(days=1)

Report: TypeAlias = Mapping[str, object]
"""A part's own: `status`, and `reasons` in words that hold nothing personal."""


class Store(Protocol):
    """What is asked of the store."""

    async def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """See `bot.store.protocol.Store`."""
        ...

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """See `bot.store.protocol.Store`."""
        ...


def combined(reports: Iterable[Report]) -> tuple[str, tuple[str, ...]]:
    """The worst status of the parts, and the reasons of all, each once."""
    statuses, reasons = ["green"], list[str]()
    for report in reports:
        statuses.append(str(report["status"]))
        said = report.get("reasons")
        reasons += map(str, said) if isinstance(said, list) else []
    return max(statuses, key=ORDER.index), tuple(dict.fromkeys(reasons))


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


class Monitor:
    """Puts the whole picture together.

    Args:
        store: Looked at now and then; what it says is remembered in between.
        now: Aware UTC.
        parts: The parts' own reports, by the names under which they stand. One named `outbox` may hold `lanes`.
        answer_seconds: How long the store may take.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        parts: Mapping[str, Callable[[], Report]],
        *,
        answer_seconds: float = STORE_ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._now = now
        self._parts = parts
        self._answer_seconds = answer_seconds
        self._looked_at: datetime | None = None
        self._looking = asyncio.Lock()
        self._timers: Report = {"status": "green", "overdue": 0, "oldest_seconds": 0.0}
        self._letters: Report = {"status": "green", "last_day": 0}
        self._database: Report = {"status": "green", "reasons": []}

    async def keep_looking(self, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        """Look at the store now and then, for ever."""
        while True:
            await self.look()
            await sleep(STORE_LOOK_SECONDS)

    async def look(self) -> None:
        """See what the store says, unless that was seen a moment ago; never raises."""
        async with self._looking:
            now = self._now()
            seen = self._looked_at
            if seen is not None and timedelta(0) <= now - seen < timedelta(seconds=FRESH_SECONDS):
                return
            try:
                async with asyncio.timeout(self._answer_seconds):
                    timers = await self._store.due_timers(now, MOST_COUNTED)
                    letters = await self._store.dead_letters(MOST_COUNTED)
            except DatabaseAway:
                self._database = {"status": "red", "reasons": ["the database is away"]}
            except TimeoutError:
                self._database = {"status": "red", "reasons": ["the database does not answer"]}
            except Exception as error:
                # Its class alone: what could not be read may be somebody's words.
                log.error("the database can't be read (%s)", type(error).__name__)
                self._database = {"status": "red", "reasons": ["the database can't be read"]}
            else:
                self._database = {"status": "green", "reasons": []}
                self._timers = _timers(timers, now)
                recent = sum(letter.at > now - LETTERS_OF for letter in letters)
                self._letters = {"status": "green", "last_day": recent}
            self._looked_at = now

    def by_part(self) -> dict[str, Report]:
        """Every part's report at this moment."""
        found = {name: report() for name, report in self._parts.items()}
        if "outbox" in found:
            found["outbox"] = _judged(found["outbox"])
        return found | {"database": self._database, "timers": self._timers, "dead_letters": self._letters}

    def reports(self) -> Sequence[Report]:
        """For `watch`."""
        return list(self.by_part().values())

    async def report(self) -> dict[str, object]:
        """What `/healthz` shows: the worst status, all reasons, and each part's figures."""
        await self.look()
        parts = self.by_part()
        status, reasons = combined(parts.values())
        shown = {
            name: {key: value for key, value in part.items() if key != "reasons"} for name, part in parts.items()
        }
        return {"status": status, "reasons": list(reasons), "at": self._now().isoformat(), **shown}


def _timers(due: Sequence[Timer], now: datetime) -> Report:
    late = [seconds for timer in due if (seconds := (now - timer.fire_at).total_seconds()) >= TIMER_SECONDS]
    oldest = max(late, default=0.0)
    status = "green" if not late else "yellow" if oldest < TIMER_RED_SECONDS else "red"
    reasons = ["timers are overdue"] if late else []
    return {"status": status, "reasons": reasons, "overdue": len(late), "oldest_seconds": oldest}


def _judged(outbox: Report) -> Report:
    """The outbox's own report, red where an alert has waited too long: nobody may sleep through that."""
    lanes = outbox.get("lanes")
    alerts = lanes.get("alert") if isinstance(lanes, dict) else None
    oldest = alerts.get("oldest_seconds") if isinstance(alerts, dict) else None
    if not isinstance(oldest, int | float) or oldest < ALERT_SECONDS:
        return outbox
    reasons = outbox.get("reasons")
    return {
        **outbox,
        "status": "red",
        "reasons": ["an alert waits unsent", *(reasons if isinstance(reasons, list) else [])],
    }
