"""A plain yes or no, typed under buttons that say more."""

from __future__ import annotations

import pytest

from bot.engine.model import Choose
from bot.engine.yes_no import plain_answer
from tests.engine_books import ask
from tests.recovery_patient import Healing

QUESTION = "can mesotherapy make your lips swell?"
YES = ("yes", "Yes", "y", "yeah", "YES!!", "yes yes", "yes please help me", "yep it is", "yes, now")
NO = ("no", "No.", "nope", "no no", "no thanks", "no i am fine", "no it isn't", "nah I'm ok", "no, sorry")
NEITHER = (
    "no idea",
    "yes but only a bit",
    "not sure",
    "maybe",
    "know",
    "no more than yesterday",
    "",
    "yes and no",
)


def asked() -> Healing:
    patient = Healing().fine_until(2).on_day(2, 12).say(QUESTION)
    assert patient.asked == "sure"
    return patient


@pytest.mark.parametrize("text", YES)
def test_yes_is_red_at_once(text: str) -> None:
    patient = asked().say(text)
    assert [alert.level for alert in patient.person.alerts] == ["red"]


@pytest.mark.parametrize("text", NO)
def test_no_is_no_alarm(text: str) -> None:
    patient = asked().say(text)
    assert (patient.person.alerts, patient.asked != "sure") == ((), True)


@pytest.mark.parametrize("text", [*NEITHER, "no it isn't fine", "no, I'm not ok"])
def test_all_else_is_asked_again(text: str) -> None:
    question = ask("q", "", "yes", "no")
    assert not plain_answer(text, question)


def test_only_a_question_of_yes_or_no_takes_them() -> None:
    assert plain_answer("yes", ask("q", "", "yes", "no")) == "yes"
    assert plain_answer("yes", ask("q", "", "yes", "maybe")) is None
    assert plain_answer("no", ask("q", "", "maybe", "no")) is None
    assert plain_answer("no", ask("q", "", "yes", "no", choose=Choose.MANY)) is None


@pytest.mark.parametrize("text", ["I took the tablets", "I have the knife here", "I've taken some pills"])
def test_where_self_harm_is_talked_of_what_is_said_of_it_is_meant(text: str) -> None:
    patient = Healing().fine_until(2).on_day(2, 12).say("I don't want to be here anymore")
    patient.say(text)
    assert patient.asked not in {"sure_crisis", "sure"}
    assert "Are you thinking of hurting yourself" not in " ".join(patient.texts())
