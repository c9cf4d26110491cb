"""Work in a process of its own; only a process without other threads forks, so the cases run in a new one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.authoring.apart import Apart

ROOT = Path(__file__).resolve().parents[2]
BEFORE = """
import os, signal, time
from functools import partial
from bot.authoring.apart import Apart
os.cpu_count = lambda: 2
here = os.getpid()
"""


def said_by(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEFORE + script],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_it_is_done_in_another_process_and_nothing_of_it_stays() -> None:
    script = """
with Apart(os.getpid) as work:
    assert work.result() not in (here, 0)
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("nobody left")
"""
    assert said_by(script) == "nobody left"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_what_fails_there_is_done_here_and_what_nobody_wants_is_stopped() -> None:
    script = """
def only_here():
    assert os.getpid() == here, "not in the child"
    return "done here"

with Apart(only_here) as work:
    print(work.result())
with Apart(partial(time.sleep, 3600)):
    pass
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print("and stopped")
"""
    assert said_by(script) == "done here\nand stopped"


def test_without_a_second_core_it_is_done_here_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    done: list[str] = []
    with Apart(lambda: done.append("yes")):
        assert done == []
    assert done == []
    with Apart(lambda: [*done, "it"]) as work:
        done.append("asked")
        assert work.result() == ["asked", "it"]
