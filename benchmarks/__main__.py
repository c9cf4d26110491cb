"""`python -m benchmarks [--json | --markdown] [--small] [--only PART …]`: one table, progress on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.authoring import measure_authoring
from benchmarks.contacts import measure_contacts
from benchmarks.engine import measure_engine
from benchmarks.measure import FULL, SMALL, Figure, machine
from benchmarks.reading import measure_reading
from benchmarks.rush import measure_rush
from benchmarks.timers import measure_timers
from benchmarks.turns import measure_turns

PARTS = {
    "engine": measure_engine,
    "reading": measure_reading,
    "turns": measure_turns,
    "timers": measure_timers,
    "authoring": measure_authoring,
    "rush": measure_rush,
    "contacts": measure_contacts,
}


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the bot costs, measured here.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, for other programs")
    form.add_argument("--markdown", action="store_true", help="a page, for docs/figures.md")
    parser.add_argument("--small", action="store_true", help="a few repetitions: proves that it runs, no more")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS)
    )
    chosen = parser.parse_args()
    effort = SMALL if chosen.small else FULL
    rows = [row for name in chosen.only for row in PARTS[name](effort)]
    where = machine()
    if chosen.json:
        found = {"machine": where, "small": chosen.small, "figures": [asdict(row) for row in rows]}
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return
    if chosen.markdown:
        sys.stdout.write(page(rows, where))
        return
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table(rows, where))


def page(rows: list[Figure], where: dict[str, str]) -> str:
    """The rows as a page of the documents."""
    lines = [
        "# Figures", "", "Made by `python -m benchmarks --markdown > docs/figures.md`.",
        "", f"{', '.join(where.values())}.", "",
        "| what | median | min | max | ratio | how |", "|---|---:|---:|---:|---:|---|",
    ]  # fmt: skip
    lines += [f"| {' | '.join(cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def table(rows: list[Figure], where: dict[str, str]) -> Table:
    """The rows, with what they were measured on."""
    made = Table(title="Skin Clinic Bot, measured", title_justify="left", caption=", ".join(where.values()))
    for name in ("what", "median", "min", "max", "ratio", "how"):
        made.add_column(name, justify="left" if name in {"what", "how"} else "right")
    for row in rows:
        made.add_row(*cells(row))
    return made


def cells(row: Figure) -> tuple[str, ...]:
    """A row in words."""
    ratio = f"{row.ratio:.2f} ×" if row.ratio is not None else ""
    how = f"{row.note}; {row.repeats} times" + (f"; beside {row.beside.partition(':')[0]}" if row.beside else "")
    return (row.name, f"{row.median:,.2f} {row.unit}", f"{row.low:,.2f}", f"{row.high:,.2f}", ratio, how)


if __name__ == "__main__":
    main()
