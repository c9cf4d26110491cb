"""What is wrong in the clinic's own ladder: an alert that rings for nobody, backwards or too late."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bot.clinic.rows import Clinic, LevelLadder

LATEST_RING_MINUTES = {"red": 15, "amber_today": 120}
"""By then somebody is rung again. A judgement: the goals of the levels."""
LATEST_CALL_MINUTES = {"red": 60, "amber_today": 240}


class Broken(NamedTuple):
    """`field` is the way to it in clinic.yaml."""

    field: str
    message: str
    mend: str


def broken_rungs(clinic: Clinic) -> Iterator[Broken]:
    """Everything that would let an alert be missed."""
    if clinic.ladder is None:
        return
    for name, level in (("red", clinic.ladder.red), ("amber_today", clinic.ladder.amber_today)):
        if level is not None:
            yield from _of_level(name, level)


def rings_on_call_when_closed(clinic: Clinic) -> bool:
    """Whether somebody on call gets an urgent card at once while the clinic is closed."""
    red = None if clinic.ladder is None else clinic.ladder.red
    at_once = red is None or any(rung.after_minutes == 0 and "on_call" in rung.to for rung in red.rungs)
    return at_once and bool(clinic.on_call)


def _of_level(name: str, level: LevelLadder) -> Iterator[Broken]:
    path = f"ladder.{name}"
    minutes = [rung.after_minutes for rung in level.rungs]
    always = [rung.after_minutes for rung in level.rungs if not rung.only_closed]
    if not any(r.after_minutes == 0 and "group" in r.to and not r.only_closed for r in level.rungs):
        mend = "let the first rung be {after_minutes: 0, to: [group]}"
        yield Broken(f"{path}.rungs", "the group doesn't get the card at once", mend)
    for place, (earlier, later) in enumerate(pairwise(minutes), start=1):
        if later < earlier:
            message = f"{later} minutes come after {earlier}"
            yield Broken(f"{path}.rungs.{place}.after_minutes", message, "put the rungs in order")
    for minute in sorted({minute for minute in minutes if minute > 0} - set(always)):
        place = minutes.index(minute)
        message = f"nobody is rung after {minute} minutes while the clinic is open"
        yield Broken(f"{path}.rungs.{place}", message, "add a rung of the same minute without only_closed")
    again = min((minute for minute in always if minute > 0), default=None)
    latest = LATEST_RING_MINUTES[name]
    if again is None or again > latest:
        message = "nobody is rung again" if again is None else f"it rings again only after {again} minutes"
        yield Broken(f"{path}.rungs", message, f"ring again after {latest} minutes at the latest")
    if level.call_within_minutes > LATEST_CALL_MINUTES[name]:
        message = f"{level.call_within_minutes} minutes are too long to wait for a call"
        yield Broken(f"{path}.call_within_minutes", message, f"at most {LATEST_CALL_MINUTES[name]}")
