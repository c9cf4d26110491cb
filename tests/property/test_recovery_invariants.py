"""What no answers may lead to in a check-in, proven over the flow's positions."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.actions.registry import make_actions
from bot.authoring.book import read_book

MORE = """
  - {reach: usual, when: {told.more: true}}
  - {reach: soon, when: {pain: [strong, severe]}}
  - {reach: silence, when: {any_of: [{signs: {has_any: {red: true}}}, {overall: worse}, {pain: [strong, severe]}]}}
"""
"""Rules that hold as well, and cost `check` too many seconds."""
CAN_HAPPEN = "  - {reach: usual, when: {overall: same}}\n"
"""Broken on purpose, so that the proof shows that it looks."""


def test_nothing_off_is_ever_told_as_usual_or_taken_for_silence(tmp_path: Path) -> None:
    shutil.copytree("flows", tmp_path / "flows")
    written = tmp_path / "flows" / "recovery.yaml"
    written.write_text(written.read_text(encoding="utf-8").rstrip() + MORE + CAN_HAPPEN, encoding="utf-8")
    reading = read_book(tmp_path / "flows", Path("data"), make_actions, environ={}, prove=True)
    lines = written.read_text(encoding="utf-8").splitlines()
    assert [issue.code for issue in reading.errors] == ["never:violated"]
    assert [lines[issue.line - 1] + "\n" for issue in reading.errors] == [CAN_HAPPEN]
    assert reading.proof is not None
    assert reading.proof.positions > 10_000
    assert reading.proof.classes > 50
