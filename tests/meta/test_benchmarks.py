"""Each benchmark runs. How long it takes is nobody's business here: a busy machine must not fail the suite."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import page
from benchmarks.measure import Figure
from tests.postgres.cluster import installed

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "python-statemachine", "advance: presses", "advance: typed answers", "derive: at the first question",
    "derive: at the booking", "hearing",
    "a long message heard", "read_update", "python-telegram-bot", "turn on disk: 1 in",
    "turn on disk: 32 in", "start: no timers", "start: 400 timers", "memory: no timers", "memory: 400 timers",
    "claim: the next 100 due", *(
        f"{of}: {what}"
        for of in (f"APScheduler {version('apscheduler')}, {kind}" for kind in ("SQLite", "memory"))
        for what in ("start", "memory", "claim")
    ),
    "check: in a process", "check: the command", "check: processor time",
    "120 check-ins at once: used", "120 check-ins at once: replies",
    *(
        name.format(of)
        for of in ("SQLite", *(["PostgreSQL"] if installed() else []))
        for name in ("an update on {}: 100 contacts", "an update on {}: 200 contacts", "memory on {}")
    ),
)  # fmt: skip


def measured(environment: dict[str, str], module: str, *options: str) -> Any:
    """What a module of benchmarks finds in small."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--small", "--json", *options],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_each_benchmark_runs_in_small(clean_environment: dict[str, str]) -> None:
    found = measured(clean_environment, "benchmarks")
    figures = found["figures"]
    for name in NAMES:
        assert sum(row["name"].startswith(name) for row in figures) == 1, name
    assert len(figures) == len(NAMES)
    for row in figures:
        assert 0 < row["low"] <= row["median"] <= row["high"]
        assert row["repeats"] > 0
        if row["beside"]:
            other = next(other for other in figures if other["name"] == row["beside"])
            assert math.isclose(row["ratio"], row["median"] / other["median"])
    assert all(found["machine"].values())
    assert found["small"] is True


@pytest.mark.slow
def test_the_bot_and_the_bare_loop_run_beside_each_other(clean_environment: dict[str, str]) -> None:
    """Every call of both is held to be the right one; two of them a tap."""
    found = measured(clean_environment, "benchmarks.rivals", "--only", "this bot,no framework")
    assert [row["name"] for row in found["found"]] == ["this bot", "aiohttp, no framework"]
    for row in found["found"]:
        assert row["throughput"] > 0
        assert row["cost"] > 0
        assert row["p50"] <= row["p99"]
        assert row["lost"] == 0
        assert row["calls_a_tap"] == 2
        assert row["wrong"] == 0


@pytest.mark.slow
@pytest.mark.skipif(installed() is None, reason="no PostgreSQL")
def test_several_processes_run_on_postgresql(clean_environment: dict[str, str]) -> None:
    """Every call is held to be the right one, whichever process made it."""
    (row,) = measured(clean_environment, "benchmarks.several")["found"]
    assert row["name"] == "PostgreSQL: 1 web, run"
    for name in ("taps_per_second", "web", "run", "server", "log_bytes"):
        assert len(row[name]) == 1
    assert row["taps_per_second"][0] > 0
    assert row["log_bytes"][0] > 0
    assert 0 < row["p50"] <= row["p99"]


def test_a_strange_option_is_refused_in_words() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--tiny" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_for_the_documents_says_where_and_what() -> None:
    rows = [
        Figure("a", "µs", 1234.5, 1000, 2000, 3, "how", "b: send", 0.5),
        Figure("b: send", "µs", 2469, 1, 2, 3),
    ]
    lines = page(rows, {"python": "CPython 3", "load": "load 0.1"}).splitlines()
    assert "CPython 3, load 0.1." in lines
    assert lines[-2:] == [
        "| a | 1,234.50 µs | 1,000.00 | 2,000.00 | 0.50 × | how; 3 times; beside b |",
        "| b: send | 2,469.00 µs | 1.00 | 2.00 |  | ; 3 times |",
    ]
