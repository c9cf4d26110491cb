"""What is typed while nothing is asked: thanks, questions, a wish to be forgotten, an illness."""

from __future__ import annotations

import pytest

from bot.engine import phrases, small_talk
from bot.engine.model import Text
from tests.recovery_patient import Healing


def begins(patient: Healing, phrase: Text) -> bool:
    return any(text.startswith(phrase.plain_source[0].split("{")[0]) for text in patient.texts())


def idle() -> Healing:
    return Healing().fine_until(5).on_day(5, 12)


@pytest.mark.parametrize("is_asked", [False, True])
@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("thanks so much", phrases.YOU_ARE_WELCOME),
        ("when can I wash my hair", phrases.NOT_ANSWERED_YET),
        ("can I dye my hair?", phrases.NOT_ANSWERED_YET),
        ("I'm epileptic", phrases.FOR_THE_PRACTITIONER),
        ("by the way, I have diabetes", phrases.FOR_THE_PRACTITIONER),
    ],
)
def test_it_is_answered(text: str, phrase: Text, is_asked: bool) -> None:
    patient = idle()
    if is_asked:
        patient.say("blorp")
        assert "I'm here" in patient.question.html
    patient.say(text)
    assert begins(patient, phrase)
    assert patient.open_alerts() == []


def test_wine_has_the_clinics_answer() -> None:
    assert "alcohol" in idle().say("can I drink wine").texts()[0]


@pytest.mark.parametrize("text", ["delete my data", "please erase everything you have about me", "forget me"])
def test_who_wants_to_be_forgotten_is_asked_first(text: str) -> None:
    patient = idle().say(text)
    assert patient.question.flow == "delete"


def test_a_greeting_is_met_with_what_is_on_offer() -> None:
    assert "I'm here" in idle().say("hello").question.html


@pytest.mark.parametrize(
    "text",
    [
        "I'm epileptic and had a fit?",
        "my friend rang",
        "epileptic",
        "diabetes runs",
        "I am having an allergic reaction",
    ],
)
def test_what_tells_nothing_of_ones_health(text: str) -> None:
    assert not small_talk.tells_of_health(text)


def test_a_question_that_opens_a_check_in_gets_a_word_about_it() -> None:
    patient = idle().say("is it normal that my skin feels tight")
    assert begins(patient, phrases.ASKS_FIRST)
    assert patient.asked == "overall"
    assert not begins(idle().say("is this normal?"), phrases.ASKS_FIRST)
