"""What no answers may lead to in a check-in, proven over the flow's positions.

These rules stand here and not in the flow because their proof takes seconds, and `check` should not.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.actions.registry import make_actions
from bot.authoring.book import read_book

RULES = """
never:
  - {reach: usual, when: {signs: {has_any: {red: true}}}}
  - {reach: usual, when: {overall: worse}}
  - {reach: usual, when: {redness: [spreading_slowly, spreading_fast]}}
  - {reach: usual, when: {swelling: rising}}
  - {reach: usual, when: {pain: [strong, severe]}}
  - {reach: usual, when: {lump: [new_lump, leaking_lump]}}
  - {reach: usual, when: {clarified: more_than_this}}
  - {reach: soon, when: {signs: {has_any: {red: true}}}}
"""


CAN_HAPPEN = "  - {reach: usual, when: {overall: same}}\n"
"""Broken on purpose, so that the proof shows that it looks."""


def broken_rules(folder: Path, flow: str) -> list[str]:
    shutil.copytree("flows", folder / "flows")
    (folder / "flows" / "recovery.yaml").write_text(flow + RULES + CAN_HAPPEN, encoding="utf-8")
    reading = read_book(folder / "flows", Path("data"), make_actions, environ={}, prove=True)
    lines = (folder / "flows" / "recovery.yaml").read_text(encoding="utf-8").splitlines()
    assert {issue.code for issue in reading.errors} == {"never:violated"}
    return [lines[issue.line - 1] + "\n" for issue in reading.errors]


def test_nothing_off_is_ever_told_as_usual(tmp_path: Path) -> None:
    assert broken_rules(tmp_path, Path("flows/recovery.yaml").read_text(encoding="utf-8")) == [CAN_HAPPEN]
