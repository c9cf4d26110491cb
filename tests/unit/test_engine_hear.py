"""What typed text means at an open question."""

from __future__ import annotations

import pytest

from bot.engine.hear import hear_answer
from bot.engine.heard import (
    Choice,
    Expected,
    Heard,
    HeardAnswer,
    HeardDone,
    HeardNothing,
    HeardQuestion,
    HeardUnclear,
    words_of,
)
from bot.engine.model import Choose, Question
from tests.engine_books import words

CHOICES = (
    Choice("scars", ("Scars", "acne marks")),
    Choice("raised_scars", ("Raised scars", "keloid")),
    Choice("blood_thinners", ("Blood thinners (warfarin…)", "blood thinners", "warfarin")),
    Choice("melasma", ("Brown patches", "melasma")),
    Choice("it", ("It is my", "")),
    Choice("not_sure", ("Not sure", "i don't know"), exclusive=True),
    Choice("none", ("None of these", "nothing", "no"), exclusive=True),
)
ONE = Expected(Choose.ONE, CHOICES)
MANY = Expected(Choose.MANY, CHOICES)
QUESTIONS = (
    Question("price", ("how much", "price", ""), None),
    Question("course", ("how much does a course",), words("Six.")),
)
NOTHING = HeardNothing()


def answer(*options: str) -> HeardAnswer:
    return HeardAnswer(options)


def unclear(*options: str) -> HeardUnclear:
    return HeardUnclear(options)


@pytest.mark.parametrize(
    ("text", "one", "many"),
    [
        ("", NOTHING, NOTHING),
        ("👍", NOTHING, NOTHING),
        ("xyz", NOTHING, NOTHING),
        ("1", answer("scars"), answer("scars")),
        (" 2. ", answer("raised_scars"), answer("raised_scars")),
        ("٢", answer("raised_scars"), answer("raised_scars")),
        ("２", answer("raised_scars"), answer("raised_scars")),
        ("३", answer("blood_thinners"), answer("blood_thinners")),
        ("②", answer("raised_scars"), answer("raised_scars")),
        ("0", NOTHING, NOTHING),
        ("8", NOTHING, NOTHING),
        ("12345", NOTHING, NOTHING),
        ("1 3", unclear("scars", "blood_thinners"), answer("scars", "blood_thinners")),
        ("3, 1 and 3", unclear("blood_thinners", "scars"), answer("blood_thinners", "scars")),
        ("1 7", unclear("scars", "none"), unclear("scars", "none")),
        ("7", answer("none"), answer("none")),
        ("SCARS!", answer("scars"), answer("scars")),
        ("Acne  Marks", answer("scars"), answer("scars")),
        ("ácne marks", answer("scars"), answer("scars")),
        ("none of these", answer("none"), answer("none")),
        ("No.", answer("none"), answer("none")),
        ("I don’t know", answer("not_sure"), answer("not_sure")),
        ("I have scars", answer("scars"), answer("scars")),
        ("I take warfarin daily", answer("blood_thinners"), answer("blood_thinners")),
        ("my raised scars", answer("raised_scars"), answer("raised_scars")),
        ("scars and raised scars", unclear("scars", "raised_scars"), answer("scars", "raised_scars")),
        ("raised scars and scars", unclear("scars", "raised_scars"), answer("scars", "raised_scars")),
        ("scars, but no raised scars", unclear("scars", "raised_scars"), unclear("scars", "raised_scars")),
        ("scars, and melasma too", unclear("scars", "melasma"), answer("scars", "melasma")),
        ("well, not sure really", answer("not_sure"), answer("not_sure")),
        ("scars but not sure", unclear("scars", "not_sure"), unclear("scars", "not_sure")),
        ("I don't have scars", unclear("scars"), unclear("scars")),
        ("never had any of those brown patches", unclear("melasma"), unclear("melasma")),
        ("no melasma", unclear("melasma"), unclear("melasma")),
        ("nothing at all", unclear(), unclear()),
        ("melasma, otherwise nothing", unclear("melasma"), unclear("melasma")),
        ("it is my fault", NOTHING, NOTHING),
        ("melazma", answer("melasma"), answer("melasma")),
        ("I have melsama", answer("melasma"), answer("melasma")),
        ("warfarine", answer("blood_thinners"), answer("blood_thinners")),
        ("blod thinners", answer("blood_thinners"), answer("blood_thinners")),
        ("blo thinners", NOTHING, NOTHING),
        ("bloood thinners", answer("blood_thinners"), answer("blood_thinners")),
        ("not melazma", unclear("melasma"), unclear("melasma")),
        ("scers", answer("scars"), answer("scars")),
        ("raised scers", unclear("scars", "raised_scars"), unclear("scars", "raised_scars")),
        ("nothng", NOTHING, NOTHING),
        ("price?", HeardQuestion("price"), HeardQuestion("price")),
        ("and how much does a course cost", HeardQuestion("course"), HeardQuestion("course")),
        ("how much for scars", HeardQuestion("price"), HeardQuestion("price")),
        ("done", NOTHING, HeardDone()),
        ("Ready!", NOTHING, HeardDone()),
    ],
)
def test_typed_text_at_a_closed_question(text: str, one: Heard, many: Heard) -> None:
    assert hear_answer(text, ONE, QUESTIONS) == one
    assert hear_answer(text, MANY, QUESTIONS) == many


def test_short_words_take_no_typos() -> None:
    short = Expected(Choose.ONE, (Choice("acne", ("Acne",)), Choice("numbers", ("2027 20271",))))
    assert hear_answer("acme", short) == NOTHING
    assert hear_answer("2027 20272", short) == NOTHING


def test_two_options_with_the_same_words_are_unclear() -> None:
    twice = Expected(Choose.ONE, (Choice("a", ("Book",)), Choice("b", ("book",))))
    assert hear_answer("book", twice) == unclear("a", "b")


def test_a_typed_question_takes_text_and_only_whole_words_of_its_options() -> None:
    text = Expected(Choose.TEXT, (Choice("skip", ("Skip",)),))
    assert hear_answer("skip", text, QUESTIONS) == answer("skip")
    assert hear_answer("I will skip that", text, QUESTIONS) == NOTHING
    assert hear_answer("how much is it", text, QUESTIONS) == NOTHING


def test_a_number_is_the_answer_where_a_number_is_asked_for() -> None:
    number = Expected(Choose.NUMBER, (Choice("unknown", ("I don't know",)),))
    assert hear_answer("1", number) == NOTHING
    assert hear_answer("i dont know", number) == answer("unknown")


def test_words_are_folded() -> None:
    assert words_of("Don’t — STOP_it, Ünal: ٣½!") == ("dont", "stop", "it", "unal", "31", "2")
