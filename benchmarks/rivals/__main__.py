"""`python -m benchmarks.rivals [--json | --markdown] [--small] [--only NAME,…]`: one table, one run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine
from benchmarks.rivals.bot import KINDS, python_of
from benchmarks.rivals.run import SMALL, Effort, Found, run

COLUMNS = ("bot", "taps/s", "this bot is", "µs a tap", "p50", "p99", "busy then", "memory", "lost", "server busy")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals", description="This bot beside others.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, for other programs")
    form.add_argument("--markdown", action="store_true", help="a page, for docs/rivals.md")
    parser.add_argument("--small", action="store_true", help="proves that it runs, no more")
    parser.add_argument("--only", default="", help="parts of names, with commas")
    chosen = parser.parse_args()
    wanted = [part for part in chosen.only.split(",") if part]
    kinds = [kind for kind in KINDS if not wanted or any(part in kind.name for part in wanted)]
    if not kinds:
        parser.error(f"--only: none of {', '.join(kind.name for kind in KINDS)}")
    if missing := [kind.name for kind in kinds if python_of(kind) is None]:
        parser.error(f"{', '.join(missing)}: run `make rivals` first, which makes their environment")
    effort = SMALL if chosen.small else Effort()
    where = machine()
    found = run(kinds, effort)
    if chosen.json:
        rows = [{**asdict(each), "throughput": each.throughput, "cost": each.cost} for each in found]
        sys.stdout.write(json.dumps({"machine": where, "effort": asdict(effort), "found": rows}, indent=1) + "\n")
    elif chosen.markdown:
        sys.stdout.write(page(found, effort, where))
    else:
        Console(width=None if sys.stdout.isatty() else 150).print(table(found, effort, where))


def table(found: Sequence[Found], effort: Effort, where: dict[str, str]) -> Table:
    """The rows, and what they were measured on."""
    made = Table(title=title(effort), title_justify="left", caption=", ".join(where.values()))
    for name in COLUMNS:
        made.add_column(name, justify="left" if name == "bot" else "right")
    for each in found:
        made.add_row(*cells(each, found[0]))
    return made


def page(found: Sequence[Found], effort: Effort, where: dict[str, str]) -> str:
    """The same as a page of the documents."""
    lines = [
        "# Beside others", "", "Made by `python -m benchmarks.rivals --markdown > docs/rivals.md`.",
        "", f"{title(effort)}.", "", f"{', '.join(where.values())}.", "",
        f"| {' | '.join(COLUMNS)} |", "|---|" + "---:|" * (len(COLUMNS) - 1),
    ]  # fmt: skip
    lines += [f"| {' | '.join(cells(each, found[0]))} |" for each in found]
    return "\n".join(lines) + "\n"


def title(effort: Effort) -> str:
    return (
        f"{effort.patients} patients, {effort.rounds} windows of {effort.seconds:g} s in turn; then"
        f" {effort.per_second:g} taps a second for {effort.paced_seconds:g} s"
    )


def cells(each: Found, ours: Found) -> tuple[str, ...]:
    """A row in words."""
    return (
        each.name,
        f"{each.throughput:,.0f}",
        f"{ours.throughput / each.throughput:.2f} ×",
        f"{each.cost:,.0f}",
        f"{each.p50:,.1f} ms",
        f"{each.p99:,.1f} ms",
        f"{each.paced_busy:.0%}",
        f"{each.megabytes:.0f} MB",
        str(each.lost),
        f"{max(each.server_busy):.0%}",
    )


if __name__ == "__main__":
    main()
