"""An emergency's card says which words it is about: never those of self-harm, nor what is only guessed at."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from bot.engine.model import Emergency
from tests.recovery_patient import Healing


def healing() -> Healing:
    return Healing().fine_until(2).on_day(2, 12)


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe",
        "my skin went white and looks like a net",
        "can it cause trouble breathing?",
        "no sé, no puedo respirar <b>",
    ],
)
def test_it_says_what_was_written(text: str) -> None:
    assert f"You wrote: “{escape(text, quote=False)}”" in healing().say(text).texts()[0]


def test_a_long_text_is_cut() -> None:
    said = healing().say(f"I can't breathe\n and {'a' * 300}").texts()[0]
    assert f"“I can't breathe and {'a' * 140}…”" in said


def test_the_number_comes_before_it() -> None:
    said = healing().say("I can't breathe").texts()[0]
    assert said.index("999") < said.index("You wrote")


@pytest.mark.parametrize("text", ["I want to kill myself", "ive taken all my tablets"])
def test_of_self_harm_nothing_is_read_out(text: str) -> None:
    assert "You wrote" not in healing().say(text).texts()[0]


@pytest.mark.parametrize("certain", [True, False])
def test_a_guess_is_not_put_into_anybodys_mouth(certain: bool) -> None:
    patient = healing()
    guess = Emergency(("breathing",), "ambulance", certain=certain, is_guess=True)
    patient.book = replace(patient.book, hear_emergency=lambda _text: guess)
    assert "You wrote" not in patient.say("the tin whistle of my pipes").texts()[0]
