"""How check-ins and what follows them are worded: what they compare with, and nothing light after a red."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.check_in import how_long_ago
from tests.recovery_patient import Healing


def said(patient: Healing) -> str:
    return "\n".join(patient.texts())


def test_after_something_urgent_no_question_begins_lightly() -> None:
    patient = Healing("mesotherapy").on_day(0, hour=12)
    patient.say("is this normal?").press("better").press("like_today").choose("breathing").press("go_on")
    patient.until(patient.now + timedelta(hours=3))
    assert "That stands; if it's worse, ring first" in said(patient)
    assert "Three quick taps" not in said(patient)


def test_the_words_to_read_out_are_in_the_first_person() -> None:
    patient = Healing("mesotherapy").on_day(1, hour=11)
    patient.say("is this normal?").press("better").press("like_today").choose("sight_change")
    assert "and now I have a change in sight.”" in said(patient)


@pytest.mark.parametrize(
    ("treatment", "is_asked"), [("mesotherapy", True), ("combined", True), ("microneedling", False)]
)
def test_a_blocked_vessel_is_asked_about_after_injections_alone(treatment: str, is_asked: bool) -> None:
    patient = Healing(treatment).on_day(1, hour=11)
    patient.say("is this normal?").press("better").press("like_today").choose("white_or_net_skin")
    assert ("Please check for a blocked blood vessel.”" in said(patient)) is is_asked
    assert "It may be" not in said(patient)


@pytest.mark.parametrize(
    ("day", "since"), [(0, "right after your visit"), (1, "yesterday"), (6, "yesterday"), (9, "a few days ago")]
)
def test_the_first_question_says_with_what_it_compares(day: int, since: str) -> None:
    patient = Healing("microneedling").on_day(day, hour=13).say("is this normal?")
    assert f"Compared with {since}, how is your skin?" in patient.question.html


@pytest.mark.parametrize(
    ("days", "words"), [(8, "8 days"), (14, "2 weeks"), (56, "8 weeks"), (85, "about 12 weeks")]
)
def test_time_is_told_in_weeks_as_people_count(days: int, words: str) -> None:
    said = how_long_ago(days)
    assert said.text.format(**said.args) == words


def test_the_check_for_lumps_promises_nothing() -> None:
    patient = Healing("mesotherapy").fine_until(56).on_day(56, hour=20)
    assert "one tap today: it's been 8 weeks." in patient.question.html
    assert "easy to help" not in patient.question.html
