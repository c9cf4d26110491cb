"""What is typed to a check-in and not understood reaches staff also when no press follows, or another way on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.advance import open_flow
from bot.engine.model import Weighed
from tests.recovery_patient import Healing, committed_book

WORDS = "my nose makes bubbles"


def silent(kind: str = "last_call") -> Healing:
    """Somebody in front of a question of that kind."""
    patient = Healing("microneedling").fine_until(3).on_day(3, 14)
    opened = open_flow(patient.book, patient.person, "recovery", patient.now, {"visit.kind": kind})
    patient.person = opened.person
    patient.turns.append(opened)
    return patient


def the_words(patient: Healing) -> tuple[str, str, str | None]:
    (alert,) = patient.open_alerts()
    return alert.level, alert.reason, alert.words


@pytest.mark.parametrize("kind", ["asked", "one_tap_lump", "last_call"])
def test_words_and_then_nothing_reach_staff_when_the_time_is_over(kind: str) -> None:
    patient = silent(kind).say(WORDS)
    assert patient.open_alerts() == []
    patient.on_day(12, 13)
    assert ("amber_today", "unread", WORDS) in [
        (alert.level, alert.reason, alert.words) for alert in patient.open_alerts()
    ]


@pytest.mark.parametrize("kind", ["asked", "one_tap_lump"])
def test_nothing_typed_stays_silence(kind: str) -> None:
    patient = silent(kind).on_day(4, 13)
    assert (patient.open_alerts(), patient.visit.unanswered) == ([], 1)


def test_words_are_no_silence() -> None:
    patient = silent("asked").say(WORDS).on_day(4, 13)
    assert patient.visit.unanswered == 0
    assert patient.visit.course[-1].answers["words"] == (WORDS,)


def test_the_next_check_in_takes_no_words_with_it() -> None:
    patient = Healing("mesotherapy").on_day(0, hour=14, minute=30)
    patient.say(WORDS).on_day(0, hour=19, minute=30)
    assert patient.asked == "overall"
    assert the_words(patient) == ("amber_today", "unread", WORDS)


@pytest.mark.parametrize("option", ["person", "stop"])
def test_words_before_another_way_on_are_kept(option: str) -> None:
    patient = silent().say(WORDS).press(option)
    assert the_words(patient) == ("amber_soon", "unread", WORDS)


def test_words_before_urgent_are_kept() -> None:
    patient = silent().say(WORDS).press("urgent").press("no").press("go_on")
    assert ("unread", WORDS) in [(alert.reason, alert.words) for alert in patient.open_alerts()]


def test_whoever_types_first_is_not_simply_told_that_all_is_well() -> None:
    patient = silent().say(WORDS).press("all_well")
    assert the_words(patient) == ("amber_soon", "unread", WORDS)
    assert "within one working day" in " ".join(patient.texts())
    assert "I'm glad" in " ".join(silent().press("all_well").texts())


def test_heat_that_is_for_soon_is_kept_when_nothing_more_comes() -> None:
    patient = Healing("microneedling").on_day(0, 19, 30)
    assert patient.asked == "overall"
    patient.book = replace(patient.book, hear_today=lambda *_: Weighed(("hot_skin",), "amber_soon"))
    patient.say("warm as a stove").on_day(1, 16)
    assert [alert.signs for alert in patient.open_alerts()] == [("hot_skin",)]


def test_a_clinic_without_verdicts_reads_them_too() -> None:
    patient = Healing("microneedling", committed_book("report_only")).on_day(0, 19, 30)
    patient.say(WORDS).on_day(1, 16)
    assert the_words(patient) == ("amber_today", "report", WORDS)
