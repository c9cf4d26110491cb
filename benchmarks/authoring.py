"""Reading and checking flows and data."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.clinic import ROOT, SETTINGS
from benchmarks.measure import Effort, Figure, figure, progress, time_calls
from bot.reading import read_clinic


def measure_authoring(effort: Effort) -> list[Figure]:
    """`check` on everything, within a process and as the command that an author runs."""
    progress("check")
    inside = time_calls(lambda: read_clinic(SETTINGS), effort.processes, 1)
    runs = [_run_check() for _ in range(effort.processes)]
    whole, busy = ([run[place] for run in runs] for place in (0, 1))
    return [
        figure("check: in a process", "s", inside, "all flows and data read and checked"),
        figure("check: the command", "s", whole, "python -m bot check, with Python's own start"),
        figure("check: processor time", "s", busy, "of the same command: what it would take on an idle machine"),
    ]


def _run_check() -> tuple[float, float]:
    """Nanoseconds that the command takes, and that it keeps a processor busy, in itself and in the system."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "bot", "check"], cwd=ROOT, check=True, capture_output=True)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return (after.elapsed - before.elapsed) * 1e9, busy * 1e9
