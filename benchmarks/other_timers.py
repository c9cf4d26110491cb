"""The same counts with APScheduler, which python-telegram-bot's JobQueue uses: jobs in SQLite, and in memory."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.util import datetime_to_utc_timestamp

from benchmarks.clinic import NOW
from benchmarks.measure import Effort, Figure, figure, held_megabytes

WEEKS = 12
NAME = f"APScheduler {version('apscheduler')}"
SQLITE, MEMORY = "SQLite", "memory"


def ask(number: int) -> None:
    """What a job would do."""


def measure_others(folder: Path, effort: Effort) -> list[Figure]:
    """A start with so many jobs pending, its memory, and claiming the next due, for either kind of store.

    The store in memory starts once, for it holds nothing over a start. A tenth of the claims: each takes seconds.
    """
    number, claims = effort.timers, max(1, effort.claims // 10)
    database = folder / "jobs.db"
    _fill(database, number)
    found = []
    for kind, times in ((SQLITE, effort.processes), (MEMORY, 1)):
        # Only the last one claims: what one has removed the next would not find.
        seen = [
            _start(kind, database, number, claims if each == times - 1 else 0, effort.claimed)
            for each in range(times)
        ]
        words = "its scheduler started" if kind == SQLITE else "and all jobs added again, for they are lost"
        start = figure(f"{NAME}, {kind}: start", "s", [each["seconds"] * 1e9 for each in seen], words)
        held = [each["megabytes"] for each in seen]
        memory = Figure(
            f"{NAME}, {kind}: memory", "MB", sorted(held)[len(held) // 2], min(held), max(held), times, words
        )
        taken = [claim * 1e9 for each in seen for claim in each["claims"]]
        claim = figure(f"{NAME}, {kind}: claim", "ms", taken, f"{effort.claimed:,} due, read and removed")
        found += [replace(each, note=f"{number:,} jobs; {each.note}") for each in (start, memory, claim)]
    return found


def _due(number: int, count: int) -> datetime:
    return NOW + timedelta(weeks=WEEKS) / count * number


def _fill(database: Path, count: int) -> None:
    """Rows as the library writes them, but in bulk: one call of `add_job` for each takes a commit."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.start(paused=True)
    job = scheduler.add_job(ask, "date", run_date=NOW, args=[0], id="0", misfire_grace_time=None)
    state: dict[str, Any] = job.__getstate__()
    scheduler.remove_job("0")
    scheduler.shutdown()
    store = SQLAlchemyJobStore(url=f"sqlite:///{database}")
    store.jobs_t.create(store.engine, checkfirst=True)

    def rows(first: int) -> Iterator[dict[str, Any]]:
        for number in range(first, min(first + 10_000, count)):
            at = _due(number, count)
            own = {**state, "id": str(number), "args": (number,), "next_run_time": at}
            stamp = datetime_to_utc_timestamp(at)
            yield {"id": str(number), "next_run_time": stamp, "job_state": pickle.dumps(own)}

    with store.engine.begin() as connection:
        for first in range(0, count, 10_000):
            connection.execute(store.jobs_t.insert(), list(rows(first)))
    store.engine.dispose()


def _start(kind: str, database: Path, count: int, claims: int, claimed: int) -> dict[str, Any]:
    begun = time.perf_counter()
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.other_timers",
            kind,
            str(database),
            *map(str, (count, claims, claimed)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(process.stdout)
    return {**found, "seconds": time.perf_counter() - begun - found["after"]}


def _run(kind: str, database: Path, count: int, claims: int, claimed: int) -> None:
    scheduler = BackgroundScheduler(timezone="UTC")
    store = SQLAlchemyJobStore(url=f"sqlite:///{database}") if kind == SQLITE else MemoryJobStore()
    scheduler.add_jobstore(store)
    scheduler.start(paused=True)
    if kind == MEMORY:
        for number in range(count):
            scheduler.add_job(ask, "date", run_date=_due(number, count), args=[number], misfire_grace_time=None)
    held = held_megabytes()
    ready = time.perf_counter()
    taken = []
    for place in range(1, claims + 1):
        begun = time.perf_counter()
        for job in store.get_due_jobs(_due(claimed * place - 1, count)):
            store.remove_job(job.id)
        taken.append(time.perf_counter() - begun)
    print(json.dumps({"megabytes": held, "claims": taken, "after": time.perf_counter() - ready}))


if __name__ == "__main__":
    _run(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
