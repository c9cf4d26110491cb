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
    whole = time_calls(_run_check, effort.processes, 1)
    busy = [_processor_time() for _ in range(effort.processes)]
    return [
        figure("check: in a process", "s", inside, "all flows and data read and checked"),
        figure("check: the command", "s", whole, "python -m bot check, with Python's own start"),
        figure("check: processor time", "s", busy, "of the same command: what it would take on an idle machine"),
    ]


def _processor_time() -> float:
    """Nanoseconds that the command keeps a processor busy, in itself and in the system."""
    before = os.times()
    _run_check()
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1e9


def _run_check() -> None:
    subprocess.run([sys.executable, "-m", "bot", "check"], cwd=ROOT, check=True, capture_output=True)
