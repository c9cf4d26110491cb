"""Under 18, said in words."""

from __future__ import annotations

import pytest

from bot.engine.age import says_under_18
from tests.engine_books import Patient, ask, book, end, flow
from tests.recovery_patient import committed_book


@pytest.mark.parametrize(
    "text",
    [
        "I am 17",
        "I'm 16 years old",
        "im 15",
        "I am under 18",
        "i’m seventeen",
        "hello, I'm only 16 and my skin is red",
        "I'm 16yo",
        "i am a 15 year old",
        "I'm not 18 yet",
        "I am a minor",
        "im 17, is that ok?",
        "I'm under the age of 18",
        "I just turned 17",
        "I'm underage",
    ],
)
def test_heard(text: str) -> None:
    assert says_under_18(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm 17 days after my treatment",
        "I am 16 weeks pregnant",
        "I'm 15 minutes away",
        "I'm 12 stone",
        "I am 18",
        "I'm 47",
        "I'm 17.5 kg lighter",
        "I am 170 cm",
        "my daughter is 16",
        "I'm not 18 anymore",
        "I am over 18",
        "day 17",
        "17",
        "I'm 10 years post menopause",
        "it is 16 hours ago",
    ],
)
def test_not_heard(text: str) -> None:
    assert not says_under_18(text)


def test_where_age_is_asked_it_is_the_answer() -> None:
    patient = Patient(committed_book()).start()
    patient.say("im 15")
    assert patient.session.at_key == "home.open/consult.young"
    assert patient.person.contact.minor_at is not None


def test_a_book_without_words_for_it_hears_an_answer_as_ever() -> None:
    patient = Patient(book(flow("main", ask("hello", "done", "yes", "no"), end()))).start().say("im 15")
    assert patient.person.contact.minor_at is None
    assert "didn't get that" in patient.texts()[0]
