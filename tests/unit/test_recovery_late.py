"""A check-in that is answered on a later day than its own: judged by both, and worded for the day of answering."""

from __future__ import annotations

import pytest

from bot.actions.check_in import PRESENT
from bot.engine.effect import ReportResult
from tests.recovery_patient import Healing

Steps = tuple[str | tuple[str, ...], ...]
PAINFUL: Steps = ("worse", "more_than_this", ("blisters",), "same", "same", "strong")


def asking(day: int, treatment: str = "mesotherapy", hour: int = 20) -> Healing:
    """Somebody who asks by themselves on that day, and has answered nothing yet."""
    patient = Healing(treatment).fine_until(day).on_day(day, hour)
    return patient if patient.asked == "overall" else patient.say("is this normal?")


def answer(patient: Healing, steps: Steps) -> Healing:
    for step in steps:
        patient.choose(*step) if isinstance(step, tuple) else patient.press(step)
    return patient


def result(patient: Healing) -> ReportResult:
    found = [each for turn in patient.turns for each in turn.effects if isinstance(each, ReportResult)]
    return found[-1]


def said(patient: Healing) -> str:
    return "\n".join(text for turn in patient.turns for text in patient.texts_of(turn))


def test_an_evening_answered_the_next_day_is_judged_as_that_day() -> None:
    # on the day of an injection painful blisters are for the same day, from the day after they are red
    patient = Healing().on_day(0, 20)
    patient = answer(patient.on_day(1, 11), PAINFUL)
    assert (result(patient).outcome, result(patient).day, patient.asked) == ("red", 1, "skin_colour")
    (alert,) = patient.open_alerts()
    assert (alert.level, alert.day) == ("red", 1)
    assert [(each.day, each.level) for each in patient.visit.course] == [(1, "red")]


@pytest.mark.parametrize(("answered_on", "level"), [(4, "red"), (5, "red")])
def test_its_own_day_counts_where_that_is_the_more_serious(answered_on: int, level: str) -> None:
    # day 4 is the last on which painful blisters are red
    patient = answer(asking(4).on_day(answered_on, 22 if answered_on == 4 else 8, 30), PAINFUL)
    assert (result(patient).outcome, result(patient).day) == (level, answered_on)


@pytest.mark.parametrize(
    ("day", "steps", "before", "level"),
    [
        (1, ("worse", "like_today", ("hot_skin",), "same", "rising", "mild"), "amber_soon", "amber_today"),
        (6, ("better", "more_than_this", ("none",), "fading", "none", "none"), "green", "amber_soon"),
    ],
)
def test_what_should_have_settled_by_the_day_of_answering_counts(
    day: int, steps: Steps, before: str, level: str
) -> None:
    assert result(answer(asking(day), steps)).outcome == before
    patient = answer(asking(day).on_day(day + 1, 8, 30), steps)
    assert (result(patient).outcome, result(patient).day) == (level, day + 1)


def test_what_is_usual_and_what_is_not_is_that_of_the_day_of_answering() -> None:
    patient = answer(asking(6).on_day(7, 8, 30), ("better",))
    assert "<b>Usual on day 7:</b>" in patient.texts()[0]
    answer(patient, ("like_today", ("none",)))
    assert "What you tell me is what is usual on day 7." in said(patient)


def test_a_question_shown_again_speaks_of_the_present_day() -> None:
    patient = Healing().on_day(0, 20)
    assert "Compared with right after your visit" in said(patient)
    before = len(patient.turns)
    patient.on_day(1, 9)  # the reminder has waited for the morning
    reminded = "\n".join(text for turn in patient.turns[before:] for text in patient.texts_of(turn))
    assert "I remind you just this once" in reminded
    assert "Compared with" in reminded
    assert "right after your visit" not in reminded
    patient = answer(asking(2), ("better",))
    assert "Usual on day 2" in patient.texts()[0]
    patient.on_day(3, 9).say("blorp")
    assert "Usual on day 3" in patient.texts()[0]
    assert "Usual on day 2" not in patient.texts()[0]


def test_words_that_follow_make_the_answers_no_later() -> None:
    steps: Steps = ("worse", "like_today", ("hot_skin",), "same", "rising", "mild")
    patient = answer(asking(1), steps)
    assert (result(patient).outcome, patient.asked) == ("amber_soon", "more")
    patient.on_day(2, 9).say("since last night")
    assert [(each.day, each.level) for each in patient.visit.course][-1] == (1, "amber_soon")
    assert patient.visit.course[-1].answers["words"] == ("since last night",)


def test_time_that_runs_out_is_no_answer() -> None:
    steps: Steps = ("better", "more_than_this", ("none",), "fading", "none")
    patient = answer(asking(6, hour=23), steps).on_day(7, 0, 30)
    patient.on_day(7, 12)
    assert [(each.day, each.level) for each in patient.visit.course][-1] == (6, "amber_soon")


def test_words_typed_to_it_on_the_next_day_are_of_that_day() -> None:
    patient = asking(1).on_day(2, 9)
    patient.say("my face is hot")
    patient.on_day(3, 12)
    assert patient.visit.course[-1].day == 2


def test_the_clock_that_counts_is_the_persons() -> None:
    patient = asking(1, hour=22)
    patient.press("better").press("like_today").choose("none")
    assert result(patient).day == 1
    patient = Healing().fine_until(1)
    patient.say("/times").press("zone").say("Auckland").press("yes")
    patient.on_day(1, 15).say("is this normal?")  # past midnight there: day 2
    patient.press("better").press("like_today").choose("none")
    assert result(patient).day == 2


def test_what_is_judged_and_asked_next_does_not_go_by_the_present_day() -> None:
    """Only texts do: `derive` gives the same levels and ways whenever it is done."""
    actions = {action.name: action for action in Healing().book.actions.values()}
    saying = {"check_in_day", "level_words", "note_worry"}
    assert {name for name, action in actions.items() if "present_on" in action.reads} == saying
    judging = actions["level"].reads, actions["weigh_answers"].reads
    assert all(not set(PRESENT).intersection(reads) for reads in judging)
    assert all(actions["check_in_day"].sets[name] is None for name in PRESENT), (
        "texts, so no guard tells them apart"
    )
