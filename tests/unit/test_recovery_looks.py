"""Emergency words whose meaning rests on what is known of the person, or on what has happened already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.model import Emergency
from tests.engine_books import Patient
from tests.recovery_patient import Healing, committed_book


def consulting() -> Patient:
    return Patient(committed_book()).start()


def test_grey_skin_is_asked_about_before_any_treatment() -> None:
    patient = consulting().say("my skin looks grey")
    assert patient.at == "emergency.sure"
    assert not patient.person.alerts


@pytest.mark.parametrize("text", ["my skin turned grey", "my skin looks grey where you injected it"])
def test_what_has_changed_is_red_at_once(text: str) -> None:
    assert consulting().say(text).at == "emergency.skin_colour"


def test_after_a_treatment_it_is_red_and_so_it_is_while_one_is_told_of() -> None:
    assert Healing("mesotherapy").say("my skin looks grey").at == "emergency.skin_colour"
    assert Patient(committed_book()).start("aftercare").say("my skin looks grey").at == "emergency.skin_colour"


def test_of_something_taken_the_ambulance_stands_before_the_crisis_line() -> None:
    patient = consulting().say("ive taken all my tablets")
    assert patient.at == "emergency.harmed"
    said = patient.question.html
    assert said.index("999") < said.index("116 123")
    (alert,) = patient.person.alerts
    assert (alert.reason, alert.signs) == ("crisis", ("harm_done",)), "for the one named person, never the group"
    assert consulting().say("I want to kill myself").at == "emergency.crisis"


@pytest.mark.parametrize("certain", [True, False])
def test_words_like_an_emergency_name_no_sign_and_both_numbers(certain: bool) -> None:
    guess = Emergency((), "ambulance", certain, is_guess=True)
    patient = Patient(replace(committed_book(), hear_emergency=lambda _text: guess)).start()
    patient.say("it is so odd in here")
    if not certain:
        assert patient.at == "emergency.sure_any"
        assert "isn't part of healing" not in patient.question.html
        patient.press("yes")
    assert patient.at == "emergency.any"
    assert "999" in patient.question.html
    assert "020 7946 0199" in patient.question.html
    (alert,) = patient.person.alerts
    assert (alert.level, alert.signs) == ("red", ())
