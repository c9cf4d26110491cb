"""Windows of time, in turn over the bots, so that a busy machine hits all alike."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import uvloop

from benchmarks.measure import progress
from benchmarks.rivals.bot import Bot, Kind, open_bot


@dataclass(frozen=True, slots=True)
class Effort:
    """How many patients; rounds; seconds of a window; taps a second where they are paced."""

    patients: int = 50
    rounds: int = 5
    seconds: float = 4.0
    paced_seconds: float = 10.0
    per_second: float = 80.0


SMALL = Effort(patients=5, rounds=1, seconds=0.3, paced_seconds=0.3, per_second=20)


@dataclass(slots=True)
class Found:
    """What was seen of one bot: a figure for each window, or for the whole run."""

    name: str
    taps_per_second: list[float] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)
    """Of the bot's processor time, a tap."""
    server_busy: list[float] = field(default_factory=list)
    """Which part of its core the server used: near 1, it would be what is measured."""
    p50: float = 0.0
    p99: float = 0.0
    paced_busy: float = 0.0
    megabytes: float = 0.0
    calls_a_tap: float = 0.0
    lost: int = 0
    wrong: int = 0

    @property
    def throughput(self) -> float:
        return median(self.taps_per_second)

    @property
    def cost(self) -> float:
        return median(self.microseconds)


def run(kinds: Sequence[Kind], effort: Effort) -> list[Found]:
    """Measure these bots. This process is the server: it takes the second core, the bots the first."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    is_pinned = len(cores) > 1
    if is_pinned:
        os.sched_setaffinity(0, {cores[1]})
    try:
        with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(kinds, effort, Path(folder), cores[0] if is_pinned else None))
    finally:
        if is_pinned:
            os.sched_setaffinity(0, set(cores))


async def _run(kinds: Sequence[Kind], effort: Effort, folder: Path, core: int | None) -> list[Found]:
    bots: list[Bot] = []
    try:
        for place, kind in enumerate(kinds):
            progress(f"starting {kind.name}")
            bot = await open_bot(kind, folder / str(place), effort.patients, core)
            bots.append(bot)
            await bot.start()
            bot.world.all_tap()  # what is loaded on first use is loaded now
            await asyncio.sleep(effort.seconds / 2)
            await bot.world.quiet()
        found = [Found(kind.name) for kind in kinds]
        for number in range(effort.rounds):
            progress(f"round {number + 1} of {effort.rounds}")
            for bot, into in zip(bots, found, strict=True):
                await _window(bot, into, effort.seconds)
        for bot, into in zip(bots, found, strict=True):
            progress(f"{effort.per_second:g} taps a second: {bot.kind.name}")
            await _paced(bot, into, effort)
            into.megabytes, into.lost = bot.megabytes, bot.world.lost
            into.calls_a_tap = bot.world.calls_a_tap
            into.wrong = len(bot.world.wrong)
            if into.wrong:
                raise RuntimeError(f"{bot.kind.name}: {bot.world.wrong[:3]}")
        return found
    finally:
        for bot in bots:
            await bot.close()


async def _window(bot: Bot, into: Found, seconds: float) -> None:
    world = bot.world
    world.all_tap()
    taken = world.taken
    used, own, begun = bot.processor_seconds, time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - begun
    taps = world.taken - taken
    into.taps_per_second.append(taps / passed)
    into.microseconds.append((bot.processor_seconds - used) / max(1, taps) * 1e6)
    into.server_busy.append((time.process_time() - own) / passed)
    await world.quiet()


async def _paced(bot: Bot, into: Found, effort: Effort) -> None:
    world = bot.world
    world.seconds.clear()
    used, begun = bot.processor_seconds, time.perf_counter()
    await world.tap_at(effort.per_second, effort.paced_seconds)
    await world.quiet()
    into.paced_busy = (bot.processor_seconds - used) / (time.perf_counter() - begun)
    taken = sorted(world.seconds)
    into.p50, into.p99 = (taken[int(len(taken) * share)] * 1e3 for share in (0.5, 0.99))
