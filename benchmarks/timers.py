"""A million timers pending: what a start costs beside an empty one, and what claiming the next 1,000 due costs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.clinic import NOW
from benchmarks.measure import Effort, Figure, held_megabytes, progress
from benchmarks.other_timers import measure_others
from bot.engine.session import Person
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, Timer, TimerEnd
from bot.store.sqlite import SQLiteStore

KEY = bytes(range(32))
TIMERS_OF_ONE = 10
WEEKS = 12


def measure_timers(effort: Effort) -> list[Figure]:
    """Start and memory of a process of its own, and claims, with as many timers as `effort` allows."""
    number = effort.timers
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty.db", Path(folder) / "full.db"
        asyncio.run(fill(empty, 0))
        progress(f"{number:,} timers")
        asyncio.run(fill(full, number))
        starts = {path: [_start(path) for _ in range(effort.processes)] for path in (empty, full)}
        progress("the same with APScheduler")
        others = measure_others(Path(folder), effort)
        claims = asyncio.run(_claim(full, effort.claims, effort.claimed))
    found = []
    for unit, place, words in (
        ("s", 0, "from the start of Python to the first poll"),
        ("MB", 1, "of memory then"),
    ):
        name = "start" if unit == "s" else "memory"
        nothing = _row(f"{name}: no timers", unit, [start[place] for start in starts[empty]], words)
        many = _row(f"{name}: {number:,} timers", unit, [start[place] for start in starts[full]], words)
        found += [nothing, replace(many, beside=nothing.name, ratio=many.median / nothing.median)]
    words = f"read in order and marked in one commit with fsync, {number:,} pending"
    return [*found, _row(f"claim: the next {effort.claimed:,} due", "ms", claims, words), *others]


def _row(name: str, unit: str, values: Sequence[float], note: str) -> Figure:
    return Figure(name, unit, median(values), min(values), max(values), len(values), note)


async def fill(path: Path, timers: int) -> None:
    """A database with so many waiting timers, ten for each contact, evenly over twelve weeks."""
    store = await open_sqlite(path, data_key=KEY, synchronous="OFF", now=NOW)
    gap = timedelta(weeks=WEEKS) / max(1, timers)
    try:
        for first in range(0, timers, 10_000):
            batch = Batch(NOW)
            for place in range(first, min(first + 10_000, timers), TIMERS_OF_ONE):
                contact = await store.new_contact(place + 1, NOW)
                batch.persons.append(Person(contact))
                for number in range(TIMERS_OF_ONE):
                    at = NOW + gap * ((place + number) * 7919 % timers)
                    key = f"checkin/V{contact.id}-1/day_{number}"
                    batch.timers_set.append(Timer(contact.id, key, "checkin", at, 86_400))
            await store.commit(batch)
    finally:
        await store.close()


async def _claim(path: Path, times: int, timers: int) -> list[float]:
    """Milliseconds of each claim; the first does not count."""
    store = await open_sqlite(path, data_key=KEY, now=NOW)
    try:
        return [await _claim_once(store, timers) for _ in range(times + 1)][1:]
    finally:
        await store.close()


async def _claim_once(store: SQLiteStore, timers: int) -> float:
    now = NOW + timedelta(weeks=WEEKS)
    begun = time.perf_counter()
    due = await store.due_timers(now, timers)
    await store.commit(Batch(now, timers_ended=[(timer.contact, timer.key, TimerEnd.FIRED) for timer in due]))
    return (time.perf_counter() - begun) * 1_000


def _start(path: Path) -> tuple[float, float]:
    """Seconds and megabytes of a process that starts as the bot does, up to where it would poll."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.timers", str(path)], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - begun
    return seconds, float(json.loads(done.stdout)["megabytes"])


async def _up_to_the_first_poll(path: Path) -> None:
    from benchmarks.clinic import SETTINGS
    from benchmarks.turns import Patients
    from bot.app import assemble
    from bot.delivery.limits import NO_LIMITS
    from bot.reading import book_of, read_clinic

    reading = read_clinic(SETTINGS)
    store = await open_sqlite(path, data_key=KEY, now=NOW)
    book = replace(book_of(reading, staff_chat=-1), number=await store.book_number(reading.digest, NOW))
    app = assemble(book, reading.catalogue, store, Patients(1), lambda: NOW, -1, None, None, NO_LIMITS)
    await app.load_waiting()
    await app.store.next_timer_at()
    print(json.dumps({"megabytes": held_megabytes()}))
    await app.close()


if __name__ == "__main__":
    asyncio.run(_up_to_the_first_poll(Path(sys.argv[1])))
