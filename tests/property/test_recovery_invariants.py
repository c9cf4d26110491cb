"""What no answers may lead to in a check-in, proven over the flow's positions.

What is off is never told as usual, and what is red never as less. The flow's own rules say that what was judged is
told as that; these say how answers are judged. They stand here because their proof takes seconds: too long for
`check`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.actions.registry import make_actions
from bot.authoring.book import read_book
from bot.authoring.classes import ValueClasses
from bot.engine.value import Value

RULES = """
never:
  - {reach: usual, when: {signs: {has_any: {red: true}}}}
  - {reach: usual, when: {overall: worse}}
  - {reach: usual, when: {redness: [spreading_slowly, spreading_fast]}}
  - {reach: usual, when: {swelling: rising}}
  - {reach: usual, when: {pain: [strong, severe]}}
  - {reach: usual, when: {lump: [new_lump, leaking_lump]}}
  - {reach: usual, when: {any_of: [{clarified: more_than_this}, {clarified_growing: more_than_this}]}}
  - {reach: soon, when: {signs: {has_any: {red: true}}}}
  - {reach: usual, when: {told.more: true}}
  - {reach: soon, when: {pain: [strong, severe]}}
  - {reach: silence, when: {any_of: [{signs: {has_any: {red: true}}}, {overall: worse}, {pain: [strong, severe]}]}}
"""
CAN_HAPPEN = "  - {reach: usual, when: {overall: same}}\n"
"""Broken on purpose, so that the proof shows that it looks."""


def test_nothing_off_is_ever_told_as_usual_or_taken_for_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_name = ValueClasses.of_name

    def nothing_red_before(self: ValueClasses, name: str) -> list[Value]:
        # Something red from before leads away from all that is judged here; to walk it too takes twice as long.
        return [False] if name == "contact.red_open" else of_name(self, name)

    monkeypatch.setattr(ValueClasses, "of_name", nothing_red_before)
    shutil.copytree("flows", tmp_path / "flows")
    written = tmp_path / "flows" / "recovery.yaml"
    states = written.read_text(encoding="utf-8").partition("\nnever:")[0]
    written.write_text(states + RULES + CAN_HAPPEN, encoding="utf-8")
    reading = read_book(tmp_path / "flows", Path("data"), make_actions, environ={}, prove=True)
    lines = written.read_text(encoding="utf-8").splitlines()
    assert [issue.code for issue in reading.errors] == ["never:violated"]
    assert [lines[issue.line - 1] + "\n" for issue in reading.errors] == [CAN_HAPPEN]
    assert reading.proof is not None
    assert reading.proof.positions > 10_000
    assert reading.proof.classes > 50
