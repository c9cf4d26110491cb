"""The desk guide says what the desk does: every button, command, right and clock."""

from __future__ import annotations

from bot.desk import guide as guides
from bot.desk.alerts import VERBS
from bot.desk.cards import URGENCY
from bot.desk.guide import guide
from bot.desk.roles import COMMANDS, Right
from bot.engine.clocks import DEFAULT_CLOCKS


def test_every_button_command_and_right_is_explained() -> None:
    page = guide(DEFAULT_CLOCKS)
    shown = {verb.partition("_")[0] if verb.startswith("closed") else verb for verb in VERBS} - {"closed"}
    assert shown <= set(guides.BUTTONS)
    assert set(guides.RIGHTS) == set(Right)
    assert all(f"`/{command.name}" in page for command in COMMANDS)
    assert all(words in page for words in guides.RIGHTS.values())
    heads = [head for head, _ in guides.CARDS]
    assert all(urgency.replace("<b>", "").replace("</b>", "") in heads for urgency in URGENCY.values())


def test_clocks_are_said_as_they_are_set() -> None:
    assert set(guides.LEVELS) == set(DEFAULT_CLOCKS)
    red = guides.clock_words(DEFAULT_CLOCKS["red"])
    assert "at once the group, at once those on call (while closed), after 3 minutes" in red
    assert "within 15 minutes" in red
