"""What is said around something urgent or worrying: who rings, by when, and that taking it back lowers nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.engine_books import Patient
from tests.recovery_patient import Healing, committed_book

STILL = "somebody will still ring you"


def asked(patient: Healing) -> Healing:
    patient.say("is this normal?").press("better").press("like_today")
    return patient


def levels(patient: Healing) -> list[str]:
    return [alert.level for alert in patient.open_alerts()]


def said(patient: Patient) -> str:
    return "\n".join(patient.texts())


def red() -> Healing:
    patient = Healing("mesotherapy").fine_until(2).on_day(2, hour=11)
    asked(patient).choose("breathing")
    return patient


def test_talk_of_self_harm_is_nothing_the_whole_team_has() -> None:
    patient = Healing("mesotherapy")
    patient.say("I want to kill myself").say("wibble it's nothing")
    assert STILL not in said(patient)
    assert levels(patient) == ["red"]


@pytest.mark.parametrize("text", ["it's nothing, all fine", "false alarm, sorry", "not bad, it went away"])
def test_taking_it_back_lowers_nothing_and_gets_a_warm_answer(text: str) -> None:
    patient = red()
    patient.say(text)
    assert STILL in said(patient)
    assert (levels(patient), patient.asked) == (["red"], "ambulance")


def test_after_the_end_as_well() -> None:
    patient = red()
    patient.press("go_on").say("it's nothing, all fine")
    assert STILL in said(patient)
    assert levels(patient) == ["red"]


def test_other_words_are_answered_as_ever() -> None:
    assert STILL not in said(red().say("wibble"))
    assert STILL not in said(Healing("mesotherapy").say("it's nothing, all fine"))


def test_nobody_is_promised_a_call_where_nobody_reads() -> None:
    of = committed_book()
    patient = Healing("mesotherapy", replace(of, clinic={**of.clinic, "clinic.staffed": False})).on_day(1, hour=11)
    asked(patient).choose("breathing").say("it's nothing, all fine")
    assert STILL not in said(patient)


def test_whoever_says_they_are_under_18_is_asked_nothing_more_by_itself() -> None:
    patient = Healing("mesotherapy")
    patient.say("I'm 16 years old")
    assert "These treatments are for adults" in said(patient)
    assert patient.person.contact.minor_at is not None
    assert (patient.visit.plan, patient.waiting_check_ins()) == ((), {})
    patient.say("I'm 16 years old")
    assert "These treatments are for adults" not in said(patient)


def test_soon_is_a_list_and_today_is_told() -> None:
    patient = Healing("microneedling").fine_until(2).on_day(2, hour=11)
    asked(patient).choose("spots").press("none").press("none").press("none")
    assert "when they open and at midday" in said(patient)
    patient = Healing("microneedling").fine_until(2).on_day(2, hour=11)
    asked(patient).choose("fever").press("none").press("none").press("none")
    assert "I have told the clinic's team" in said(patient)


def test_whoever_has_answered_before_compares_with_that() -> None:
    patient = Healing("microneedling").on_day(1, hour=11).say("is this normal?")
    assert "Compared with yesterday" in patient.question.html
    answered = Healing("microneedling").fine_until(2).on_day(2, hour=11).say("is this normal?")
    assert "Compared with yesterday" in answered.question.html
