"""Questions in the place of a name are answered, and the name is asked for again; what may be a name is one."""

from __future__ import annotations

import pytest

from bot.engine import phrases
from tests.engine_books import Patient
from tests.recovery_patient import committed_book


def asked() -> Patient:
    patient = Patient(committed_book()).start("aftercare").press("mesotherapy").press("just_now").press("agree")
    assert patient.at == "aftercare.name"
    return patient


@pytest.mark.parametrize(
    "text",
    [
        "help!",
        "sorry, should it look like this",
        "why do you need that",
        "who else is told?",
        "what is it for",
        "my cheek is a bit red",
        "I'm worried about a bruise",
        "Mia, but is that a secret?",
    ],
)
def test_a_question_is_no_name(text: str) -> None:
    patient = asked().say(text)
    assert patient.at == "aftercare.name"
    assert patient.texts()[0].startswith(phrases.NOT_A_NAME.plain_source[0].partition("{")[0])
    assert patient.say("Mia Fox").at == "aftercare.phone"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("is this normal", "are usual"),
        ("can I drink wine?", "alcohol"),
        ("who reads this?", "staff may see"),
    ],
)
def test_a_question_that_has_an_answer_is_answered(text: str, answer: str) -> None:
    patient = asked().say(text)
    assert answer in patient.texts()[0]
    assert patient.at == "aftercare.name"
    assert patient.say("Mia Fox").at == "aftercare.phone"


@pytest.mark.parametrize("text", ["help me", "I need help please"])
def test_a_call_for_help_is_asked_about(text: str) -> None:
    assert asked().say(text).at.startswith("emergency.")


def test_the_bare_word_of_a_command_is_the_command() -> None:
    patient = asked().say("help")
    assert ("automated helper" in patient.texts()[0], patient.at) == (True, "aftercare.name")
    assert asked().say("back").at == "aftercare.check_ins"


def test_a_question_about_a_sign_asks_whether_it_is_there() -> None:
    patient = asked().say("will I get a cold sore from this?")
    assert patient.at.startswith("asked_about.")
    assert patient.press("no").at == "aftercare.name"


@pytest.mark.parametrize(
    "text",
    [
        "Mia Fox",
        "Will Smith",
        "May Ling Chin",
        "My Nguyen",
        "Can Yilmaz",
        "Do Thi Hoa",
        "How Wei Ming",
        "Is Dahl",
        "Rose Peel",
        "I. Newton",
        "Mia Fox?",
        "it's Mia Fox",
        "my name is Mia Fox",
        "Helpmann, Robert",
    ],
)
def test_what_may_be_a_name_is_one(text: str) -> None:
    assert asked().say(text).at == "aftercare.phone"
