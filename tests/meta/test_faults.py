"""docs/faults.md names every fault that a history injects, and every test it points to is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.chaos.kinds import ERASURE, KILLS, KINDS, MARKS

OUTAGES = {"a day's outage, then all at once", "presses that expired"}
ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_KINDS = re.compile(r"history: ([^;`]+)")


def table() -> dict[str, str]:
    """By fault: where it is tried."""
    lines = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    assert all(len(row) == 4 for row in rows), [row for row in rows if len(row) != 4]
    found = {row[0]: row[3] for row in rows[1:]}
    assert len(found) == len(rows) - 1, "a fault stands twice"
    return found


def test_every_fault_of_a_history_stands_in_the_table_at_its_kinds() -> None:
    found = table()
    for kind in KINDS:
        assert not kind.faults - found.keys()
    assert not {*KILLS.values(), *MARKS.values(), *ERASURE.values()} - found.keys()
    by_name = {kind.name: kind for kind in KINDS}
    for fault, where in found.items():
        for names in _KINDS.findall(where):
            for name in names.split(","):
                kind = by_name[name.strip()]
                by_down = fault in OUTAGES and max(kind.down) > 150
                assert fault in kind.faults or fault in kind.seams.values() or by_down, (fault, name)


def test_every_fault_is_tried_somewhere_that_there_is() -> None:
    for fault, where in table().items():
        tests = _TEST.findall(where)
        assert tests or _KINDS.search(where), fault
        for path, name in tests:
            source = (ROOT / path).read_text(encoding="utf-8")
            assert not name or re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), f"{path}::{name}"
