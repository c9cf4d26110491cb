"""Times things. The garbage collector stays as it is: the bot runs with it, so its pauses count."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter_ns

NANOSECONDS = {"µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each thing is timed: `repeats` times, `loops` calls each; how many timers there are."""

    repeats: int
    loops: int
    processes: int
    batches: int
    timers: int
    claims: int
    claimed: int
    check_ins: int
    contacts: int
    newcomers: int


FULL = Effort(
    repeats=9,
    loops=300,
    processes=5,
    batches=60,
    timers=1_000_000,
    claims=60,
    claimed=1_000,
    check_ins=1_000,
    contacts=1_000_000,
    newcomers=100_000,
)
SMALL = Effort(
    repeats=2,
    loops=2,
    processes=1,
    batches=2,
    timers=400,
    claims=1,
    claimed=100,
    check_ins=120,
    contacts=200,
    newcomers=40,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. `median`, `low` and `high` in `unit`; `beside` names the row that `ratio` divides by."""

    name: str
    unit: str
    median: float
    low: float
    high: float
    repeats: int
    note: str = ""
    beside: str = ""
    ratio: float | None = None


def figure(name: str, unit: str, nanoseconds: list[float], note: str = "") -> Figure:
    """A row from what each repetition took."""
    scaled = [taken / NANOSECONDS[unit] for taken in nanoseconds]
    return Figure(name, unit, median(scaled), min(scaled), max(scaled), len(scaled), note)


def time_calls(call: Callable[[], object], repeats: int, loops: int, *, calls_in_one: int = 1) -> list[float]:
    """Nanoseconds of one call, one figure for each repetition, after one that does not count."""
    return [_time_once(call, loops) / calls_in_one for _ in range(repeats + 1)][1:]


def time_beside(calls: Sequence[tuple[Callable[[], object], int, int]], repeats: int) -> list[list[float]]:
    """Like `time_calls`, for several (call, loops, calls in one) in turn: a busy machine hits all alike."""
    rounds = [[_time_once(call, loops) / in_one for call, loops, in_one in calls] for _ in range(repeats + 1)]
    return [list(column) for column in zip(*rounds[1:], strict=True)]


def _time_once(call: Callable[[], object], loops: int) -> float:
    begun = perf_counter_ns()
    for _ in range(loops):
        call()
    return (perf_counter_ns() - begun) / loops


async def time_await(call: Callable[[], Awaitable[object]]) -> int:
    """Nanoseconds of one await."""
    begun = perf_counter_ns()
    await call()
    return perf_counter_ns() - begun


def machine() -> dict[str, str]:
    """Where this was measured, and how busy it was in the last minute."""
    cores = Path("/proc/cpuinfo")
    lines = cores.read_text(encoding="utf-8").splitlines() if cores.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": names[0] if names else platform.processor() or "unknown",
        "cores": f"{os.cpu_count()} cores",
        "load": f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown",
    }


def held_megabytes(process: int | None = None) -> float:
    """What a process holds in memory, this one by default; on a system without /proc the most this ever held."""
    held = Path(f"/proc/{process or 'self'}/statm")
    if held.exists():
        return int(held.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    if process is not None:
        raise RuntimeError("the memory of another process is only to be read where there is /proc")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def clean_environment() -> dict[str, str]:
    """For a bot in a process of its own: nothing of our settings."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}


def progress(words: str) -> None:
    """What is being measured, for whoever waits."""
    sys.stderr.write(f"{words}…\n")
    sys.stderr.flush()
