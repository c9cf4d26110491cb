"""Answers of a check-in that change later: on the way, after the alert, once somebody has it, or left half-way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.effect import ReportResult
from bot.engine.session import Alert
from tests.recovery_patient import Healing, How

RED = How(signs=("breathing",))
TODAY = How(signs=("pus_or_crust",))


def on_day_3(how: How | None = None) -> Healing:
    patient = Healing().fine_until(3).on_day(3)
    assert patient.asked == "overall"
    if how is not None:
        patient.press(how.overall).press(how.short).choose(*how.signs)
    return patient


def alert_of(patient: Healing) -> Alert:
    """The newest alert that rests on the answers of a check-in."""
    return [alert for alert in patient.person.alerts if alert.key == "level"][-1]


def levels(patient: Healing) -> list[tuple[int, str]]:
    return [(each.day, each.level) for each in patient.visit.course if each.day == 3]


def take(patient: Healing) -> None:
    """Somebody has it."""
    taken = replace(alert_of(patient), taken_by=5, taken_name="Rosa", status="acknowledged")
    alerts = tuple(taken if alert.id == taken.id else alert for alert in patient.person.alerts)
    patient.person = replace(patient.person, alerts=alerts)


def change_signs(patient: Healing) -> Healing:
    """Open the signs again, by /answers, and take the marks away that are on them."""
    patient.say("/answers")
    (row,) = [button.id for button in patient.buttons().values() if "Signs" in button.label]
    patient.press(row)
    assert patient.asked == "signs"
    return patient


def test_back_on_the_way_leaves_no_trace_of_what_was_chosen_first() -> None:
    patient = on_day_3()
    patient.press("worse").press("back").press("better").press("like_today").choose("none")
    assert levels(patient) == [(3, "green")]
    assert patient.open_alerts() == []


@pytest.mark.parametrize("is_taken", [False, True])
def test_an_answer_taken_back_withdraws_nothing_until_there_is_another(*, is_taken: bool) -> None:
    patient = on_day_3(RED)
    if is_taken:
        take(patient)
    before = alert_of(patient)
    patient.press("back")
    assert patient.asked == "signs"
    assert alert_of(patient) == before
    assert (levels(patient), patient.reports()) == ([(3, "red")], [])
    patient.press("back").press("like_today")
    assert (alert_of(patient), levels(patient)) == (before, [(3, "red")]), "two steps back, and one forward"
    patient.choose("breathing")
    assert (alert_of(patient).status, levels(patient)) == (before.status, [(3, "red")])
    assert patient.reports() == [], "nothing new for staff"


@pytest.mark.parametrize(
    ("signs", "is_taken", "level", "status"),
    [
        ("none", False, "amber_today", "withdrawn"),
        ("none", True, "amber_today", "withdrawn"),
        ("spots", False, "amber_soon", "changed"),
        ("spots", True, "amber_soon", "acknowledged"),
        ("sight_change", False, "red", "changed"),
        ("sight_change", True, "red", "acknowledged"),
    ],
)
def test_another_answer_after_back_is_weighed_afresh_and_staff_hear_of_it(
    signs: str, level: str, status: str, *, is_taken: bool
) -> None:
    patient = on_day_3(TODAY)
    if is_taken:
        take(patient)
    patient.press("back").choose(signs)
    if patient.asked == "redness":
        patient.press("fading").press("none").press("none")
    (report,) = patient.reports()
    assert (report.level, report.status) == (level, status)
    now = {"none": "green", "spots": "amber_soon", "sight_change": "red"}[signs]
    assert levels(patient) == [(3, now)]
    assert alert_of(patient).taken_by == (5 if is_taken else None)


def test_a_worse_answer_by_answers_rings_anew() -> None:
    patient = on_day_3(TODAY)
    patient.press("fading").press("none").press("none")
    assert (alert_of(patient).level, patient.asked) == ("amber_today", "more")
    take(patient)
    change_signs(patient).choose("breathing")
    assert (alert_of(patient).level, alert_of(patient).status) == ("red", "acknowledged")
    assert (levels(patient), patient.asked) == ([(3, "red")], "ambulance")


@pytest.mark.parametrize("words", ["it's nothing", "forget it", "never mind, I'm fine", "false alarm", "no"])
def test_its_nothing_lowers_no_red(words: str) -> None:
    patient = on_day_3(RED)
    patient.say(words).say(words).say(words)
    assert (alert_of(patient).level, alert_of(patient).status) == ("red", "raised")
    assert levels(patient) == [(3, "red")]
    patient.on_day(4, 12)
    assert (alert_of(patient).level, levels(patient)) == ("red", [(3, "red")])


@pytest.mark.parametrize("by", ["back", "answers"])
@pytest.mark.parametrize("how", [RED, replace(RED, overall="worse", short="more_than_this")])
def test_whoever_goes_away_while_changing_a_red_has_said_it_all_the_same(by: str, how: How) -> None:
    patient = on_day_3(how)
    if by == "back":
        patient.press("back")
    else:
        change_signs(patient)
    patient.on_day(4, 18)
    assert patient.asked != "signs"
    assert (alert_of(patient).level, alert_of(patient).status) == ("red", "raised")
    assert (levels(patient), patient.visit.unanswered) == ([(3, "red")], 0)
    outcomes = [e.outcome for turn in patient.turns[-3:] for e in turn.effects if isinstance(e, ReportResult)]
    assert "green" not in outcomes
    assert "amber_soon" not in outcomes


def test_a_check_in_that_comes_in_between_hides_no_red_either() -> None:
    patient = on_day_3(RED)
    change_signs(patient)
    patient.on_day(4, 20)
    assert patient.asked == "overall", "the daily question after a red"
    assert (alert_of(patient).level, alert_of(patient).status) == ("red", "raised")
    assert levels(patient) == [(3, "red")]


def test_what_was_told_early_stands_when_its_answer_is_taken_back_and_left() -> None:
    patient = on_day_3(TODAY)
    assert (patient.asked, alert_of(patient).level) == ("redness", "amber_today")
    patient.press("back").choose("none")
    assert (alert_of(patient).status, levels(patient)) == ("withdrawn", [(3, "green")])
    patient = on_day_3(replace(TODAY, overall="worse"))
    patient.press("back").choose("none")
    patient.on_day(4, 18)
    assert (alert_of(patient).level, alert_of(patient).status) == ("amber_today", "raised")
