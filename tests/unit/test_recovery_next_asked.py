"""What a check-in says of the next question is when that comes: the day, the part of the day, and the time."""

from __future__ import annotations

import re

import pytest

from tests.recovery_patient import LONDON, Healing, How

SAID = re.compile(r"My next question: ([^\n]*?), at (\d\d:\d\d)")
OFF = ("better", "like_today", ("spots",), "fading", "none", "none", "enough")
TODAY = ("better", "like_today", ("pus_or_crust",), "fading", "none", "none", "enough")
FINE = ("better", "like_today", ("none",))
Steps = tuple[str | tuple[str, ...], ...]


def answered(treatment: str, day: int, hour: int, steps: Steps, part: str = "evening") -> Healing:
    patient = Healing(treatment, part=part).fine_until(day).on_day(day, hour, 5)
    if patient.asked != "overall":
        patient.say("is this normal?")
    for step in steps:
        patient.choose(*step) if isinstance(step, tuple) else patient.press(step)
    return patient


def promised(patient: Healing) -> tuple[str, str] | None:
    """The day and the time that were said last."""
    texts = [text for turn in patient.turns for text in patient.texts_of(turn)]
    found = [each for text in texts if (each := SAID.search(text))]
    return (found[-1][1], found[-1][2]) if found else None


@pytest.mark.parametrize("part", ["morning", "evening"])
@pytest.mark.parametrize("steps", [OFF, TODAY, FINE], ids=["soon", "today", "fine"])
@pytest.mark.parametrize(("day", "hour"), [(0, 13), (1, 11), (2, 11), (3, 20), (5, 11), (13, 11)])
@pytest.mark.parametrize("treatment", ["mesotherapy", "microneedling"])
def test_the_next_question_comes_when_it_was_said(
    treatment: str, day: int, hour: int, steps: Steps, part: str
) -> None:
    patient = answered(treatment, day, hour, steps, part)
    here = patient.now.astimezone(LONDON)
    to_come = [at for at in patient.waiting_check_ins().values() if at > here]
    words = promised(patient)
    assert words is not None
    first = min(to_come)
    assert words[1] == f"{first:%H:%M}"
    if first.date() == here.date():
        assert words[0].startswith(("this ", "tonight"))
    else:
        assert f"{first.day} {first:%B}" in words[0]
        assert words[0].endswith(("morning", "afternoon", "evening"))


def test_an_amber_at_noon_is_asked_about_the_same_evening() -> None:
    assert promised(answered("mesotherapy", 0, 14, TODAY)) == ("this evening", "19:00")


def test_after_the_last_one_nothing_is_promised() -> None:
    patient = Healing("microneedling").fine_until(28).on_day(28)
    before = len(patient.turns)
    assert patient.check_in(How()) == "green"
    assert not any(
        "My next question" in text for turn in patient.turns[before:] for text in patient.texts_of(turn)
    )


def test_after_stop_nothing_is_promised() -> None:
    patient = Healing("microneedling").on_day(2, 11)
    patient.say("/stop")
    patient.say("is this normal?")
    before = len(patient.turns)
    for step in FINE:
        patient.choose(*step) if isinstance(step, tuple) else patient.press(step)
    assert not any(
        "My next question" in text for turn in patient.turns[before:] for text in patient.texts_of(turn)
    )


def test_by_the_persons_own_clock() -> None:
    patient = Healing("microneedling").fine_until(2).on_day(2, 11)
    patient.say("/times").press("zone").say("Auckland").press("yes")
    patient.on_day(2, 22).say("is this normal?")
    for step in FINE:
        patient.choose(*step) if isinstance(step, tuple) else patient.press(step)
    words = promised(patient)
    assert words is not None
    assert words[1] == "19:00"
