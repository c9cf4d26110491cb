"""Words that are only like those of an emergency: what is plainer goes first."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.alerts import withdraw_alert
from bot.engine.draft import Draft
from bot.engine.model import Emergency, Weighed
from bot.engine.wishes import is_label
from tests.recovery_patient import Healing, committed_book
from tests.unit.test_recovery_typed import asked, idle


def guessing(patient: Healing, *, certain: bool = False) -> Healing:
    """Everything this patient types is like an emergency, and no phrase is heard."""
    guess = Emergency(("breathing",), "ambulance", certain, is_guess=True)
    patient.book = replace(committed_book(), hear_emergency=lambda _text: guess)
    return patient


def test_a_guess_is_asked_about_whatever_is_open() -> None:
    assert guessing(idle()).say("it is so odd in here").at == "emergency.sure"
    assert guessing(asked()).say("it is so odd in here").at == "emergency.sure"


def test_beyond_doubt_it_is_red_at_once() -> None:
    assert guessing(asked(), certain=True).say("better").at == "emergency.ambulance"


def test_the_very_words_of_an_answer_are_the_answer() -> None:
    assert guessing(asked()).say("better").asked == "picture"


def test_an_answer_among_other_words_is_not() -> None:
    assert guessing(asked()).say("better, and then it is so odd in here").at == "emergency.sure"


def test_a_sign_for_the_same_day_goes_to_a_person_at_once() -> None:
    patient = guessing(idle()).say("I have a fever")
    assert ([alert.level for alert in patient.open_alerts()], patient.asked) == (["amber_today"], "")


def test_an_emergency_in_doubt_beside_signs_that_are_red_together_is_red() -> None:
    patient = idle()
    patient.book = replace(
        committed_book(),
        hear_emergency=lambda _text: Emergency(("breathing",), "ambulance", certain=False),
        hear_today=lambda *_: Weighed(("fever", "hot_skin"), "red", "ambulance", ("fever", "hot_skin")),
    )
    assert patient.say("anything").at == "emergency.ambulance"


def test_with_nothing_open_no_text_is_an_answer() -> None:
    patient = idle()
    assert not is_label(Draft(patient.book, patient.person, patient.now), "better")


def test_an_alert_that_is_not_there_is_not_withdrawn() -> None:
    patient = asked()
    draft = Draft(patient.book, patient.person, patient.now)
    withdraw_alert(draft, patient.session, "none")
    assert (draft.alerts, draft.effects) == ([*patient.person.alerts], [])
