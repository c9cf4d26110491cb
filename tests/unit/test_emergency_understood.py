"""An emergency's card says what was understood: never of self-harm, nor what is only guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.model import Emergency
from tests.recovery_patient import Healing


def healing() -> Healing:
    return Healing().fine_until(2).on_day(2, 12)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("I can't breathe", "You told me of trouble breathing or swallowing."),
        (
            "my skin went white and looks like a net",
            "You told me of skin that turned white, grey, blue or net-like.",
        ),
        ("can it cause trouble breathing?", "You told me of trouble breathing or swallowing."),
    ],
)
def test_it_names_what_was_heard(text: str, understood: str) -> None:
    assert understood in healing().say(text).texts()[0]


def test_the_number_comes_before_it() -> None:
    said = healing().say("I can't breathe").texts()[0]
    assert said.index("999") < said.index("You told me of")


@pytest.mark.parametrize("text", ["I want to kill myself", "ive taken all my tablets"])
def test_of_self_harm_nothing_is_read_out(text: str) -> None:
    assert "You told me of" not in healing().say(text).texts()[0]


@pytest.mark.parametrize("certain", [True, False])
def test_a_guess_is_not_put_into_anybodys_mouth(certain: bool) -> None:
    patient = healing()
    guess = Emergency(("breathing",), "ambulance", certain=certain, is_guess=True)
    patient.book = replace(patient.book, hear_emergency=lambda _text: guess)
    assert "You told me of" not in patient.say("the tin whistle of my pipes").texts()[0]
