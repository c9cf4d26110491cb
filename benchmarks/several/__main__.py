"""`python -m benchmarks.several [--json] [--small]`: one table, one run.

What a tap costs each part, by the processor's time: on a machine on which all of them run, the server that stands
in for Telegram too, the taps a second say little of what they could on machines of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine, progress
from benchmarks.several.clinic import LAYOUTS, Clinic, Layout, running
from benchmarks.several.server import DURABLE, Spent, spent
from tests.postgres.cluster import Cluster, installed, make_cluster, run_as_postgres

COLUMNS = ("processes", "taps/s", "µs a tap: web", "run", "PostgreSQL", "its log", "p50", "p99")


@dataclass(frozen=True, slots=True)
class Effort:
    """Of what; how many patients; windows; seconds of each; taps a second where they are paced."""

    layouts: Sequence[Layout] = LAYOUTS
    patients: int = 50
    rounds: int = 5
    seconds: float = 4.0
    paced_seconds: float = 8.0
    per_second: float = 60.0


SMALL = Effort(LAYOUTS[2:3], patients=5, rounds=1, seconds=0.5, paced_seconds=0.5, per_second=20)


@dataclass(slots=True)
class Found:
    """What was seen of one layout: a figure for each window. Microseconds and bytes are a tap's."""

    name: str
    taps_per_second: list[float] = field(default_factory=list)
    web: list[float] = field(default_factory=list)
    run: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    log_bytes: list[float] = field(default_factory=list)
    p50: float = 0.0
    p99: float = 0.0


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several", description="Several processes.")
    parser.add_argument("--json", action="store_true", help="one JSON object, for other programs")
    parser.add_argument("--small", action="store_true", help="proves that it runs, no more")
    chosen = parser.parse_args()
    if (binaries := installed()) is None:
        parser.error("no PostgreSQL is installed here (Debian: apt-get install postgresql)")
    effort, where = SMALL if chosen.small else Effort(), machine()
    cluster = make_cluster(binaries, os.getpid(), DURABLE)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_measured(cluster, effort))
    finally:
        cluster.stop("immediate")
    if chosen.json:
        rows = [asdict(each) for each in found]
        sys.stdout.write(json.dumps({"machine": where, "effort": asdict(effort), "found": rows}, indent=1) + "\n")
    else:
        Console(width=None if sys.stdout.isatty() else 130).print(table(found, effort, where))


async def _measured(cluster: Cluster, effort: Effort) -> list[Found]:
    with tempfile.TemporaryDirectory() as folder:
        async with contextlib.AsyncExitStack() as opened:
            clinics = []
            for place, layout in enumerate(effort.layouts):
                progress(f"starting {layout.name}")
                here = Path(tempfile.mkdtemp(dir=folder))
                url = _database(cluster, layout, place, here)
                clinics.append(await opened.enter_async_context(running(layout, here, url, effort.patients)))
            found = [Found(clinic.layout.name) for clinic in clinics]
            for number in range(effort.rounds + 1):
                progress(f"round {number} of {effort.rounds}")
                for clinic, into in zip(clinics, found, strict=True):
                    # The first warms up: what is loaded on first use is loaded then.
                    await _window(clinic, into if number else Found(""), cluster, effort.seconds)
            for clinic, into in zip(clinics, found, strict=True):
                progress(f"{effort.per_second:g} taps a second: {clinic.layout.name}")
                await _paced(clinic, into, effort)
    return found


def _database(cluster: Cluster, layout: Layout, place: int, folder: Path) -> str:
    if not layout.is_postgres:
        return f"sqlite:///{folder / 'clinic.db'}"
    name = f"clinic_{place}"
    run_as_postgres([f"{cluster.binaries}/createdb", "-h", "127.0.0.1", "-p", str(cluster.port), name])
    return cluster.url(name)


async def _window(clinic: Clinic, into: Found, cluster: Cluster, seconds: float) -> None:
    world = clinic.world
    world.all_tap()
    taken, web, run, server, begun = (
        world.taken,
        *clinic.seconds,
        await _spent(clinic, cluster),
        time.perf_counter(),
    )
    await asyncio.sleep(seconds)
    taps = max(1, world.taken - taken)
    into.taps_per_second.append((world.taken - taken) / (time.perf_counter() - begun))
    web_now, run_now = clinic.seconds
    server_now = await _spent(clinic, cluster)
    into.web.append((web_now - web) / taps * 1e6)
    into.run.append((run_now - run) / taps * 1e6)
    into.server.append((server_now.seconds - server.seconds) / taps * 1e6)
    into.log_bytes.append((server_now.log_bytes - server.log_bytes) / taps)
    await world.quiet()


async def _spent(clinic: Clinic, cluster: Cluster) -> Spent:
    return await spent(cluster, clinic.url) if clinic.layout.is_postgres else Spent(0.0, 0)


async def _paced(clinic: Clinic, into: Found, effort: Effort) -> None:
    world = clinic.world
    world.seconds.clear()
    await world.tap_at(effort.per_second, effort.paced_seconds)
    await world.quiet()
    taken = sorted(world.seconds)
    into.p50, into.p99 = (taken[int(len(taken) * share)] * 1e3 for share in (0.5, 0.99))


def table(found: Sequence[Found], effort: Effort, where: dict[str, str]) -> Table:
    """The rows, and what they were measured on."""
    words = (
        f"{effort.patients} patients, {effort.rounds} windows of {effort.seconds:g} s in turn; then"
        f" {effort.per_second:g} taps a second for {effort.paced_seconds:g} s"
    )
    made = Table(title=words, title_justify="left", caption=", ".join(where.values()))
    for name in COLUMNS:
        made.add_column(name, justify="left" if name == "processes" else "right")
    for each in found:
        made.add_row(*cells(each))
    return made


def cells(each: Found) -> tuple[str, ...]:
    """A row in words."""
    cost = [median(each.web), median(each.run), median(each.server)]
    log_bytes = median(each.log_bytes)
    return (
        each.name,
        f"{median(each.taps_per_second):,.0f}",
        *(f"{value:,.0f}" if value else "" for value in cost),
        f"{log_bytes / 1e3:.1f} KB" if log_bytes else "",
        f"{each.p50:,.1f} ms",
        f"{each.p99:,.1f} ms",
    )


if __name__ == "__main__":
    main()
