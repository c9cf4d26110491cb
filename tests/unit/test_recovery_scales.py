"""Typed answers at the graded questions of a check-in: nobody is taken for better than they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.engine import phrases, small_talk
from bot.engine.expected import source_words
from bot.engine.hear import hear_answer, only_none
from bot.engine.heard import Choice, Expected, Heard, HeardAnswer, HeardNothing, HeardUnclear
from bot.engine.model import Ask
from bot.engine.scale import hear_on_scale
from tests.recovery_patient import Healing, committed_book

CORPUS = Path(__file__).parents[1] / "corpus" / "scales.yaml"
UNDERSTOOD = 0.97


@cache
def corpus() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(CORPUS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


@cache
def expected(question: str) -> Expected:
    ask = committed_book().flows["recovery"].states[question]
    assert isinstance(ask, Ask)
    choices = tuple(Choice(each.id, source_words(each), each.exclusive) for each in ask.options)
    return Expected(ask.choose, choices, scale=ask.scale)


def hear(question: str, text: str) -> Heard:
    return hear_answer(text, expected(question), committed_book().questions)


def lines(kind: str) -> Iterator[tuple[str, str, str]]:
    for question, by_answer in corpus()[kind].items():
        for answer, texts in by_answer.items():
            yield from ((question, answer, text) for text in texts.splitlines())


def test_ordinary_answers_are_understood() -> None:
    said = list(lines("ordinary"))
    missed = [each for each in said if hear(each[0], each[2]) != HeardAnswer((each[1],))]
    assert len(said) >= 400
    assert 1 - len(missed) / len(said) >= UNDERSTOOD, missed


def test_an_ordinary_answer_is_never_taken_for_another() -> None:
    others = [each for each in lines("ordinary") if isinstance(found := hear(each[0], each[2]), HeardAnswer)
              and found.options != (each[1],)]  # fmt: skip
    assert others == []


def test_what_only_holds_the_words_of_a_mild_answer_is_never_taken_as_one() -> None:
    said = list(lines("deceptive"))
    taken = []
    for question, answer, text in said:
        scale, heard = expected(question).scale, hear(question, text)
        if isinstance(heard, HeardAnswer) and set(heard.options) & set(scale[: scale.index(answer) + 1]):
            taken.append((question, text, heard.options))
    assert len(said) >= 500
    assert taken == []


def test_every_graded_question_is_a_scale() -> None:
    states = committed_book().flows["recovery"].states
    graded = {name for name, state in states.items() if isinstance(state, Ask) and state.scale}
    details = {"redness", "swelling", "pain", "clarify", "clarify_growing"}
    assert graded == {"overall", "picture", *details, "lump", "last_call"}


@pytest.mark.parametrize(
    ("question", "text", "offered"),
    [
        ("overall", "no better", ("same", "worse")),
        ("overall", "not fine", ("same", "worse")),
        ("overall", "far from fine", ("same", "worse")),
        ("overall", "it isn't the same", ("worse",)),
        ("overall", "not worse", ("same",)),
        ("overall", "not better, about the same", ("same", "worse")),
        ("overall", "not urgent", ()),
        ("picture", "not like that", ("more_than_this",)),
        ("redness", "not gone", ("same",)),
        ("redness", "still not gone", ("same",)),
        ("redness", "not fading", ("same",)),
        ("swelling", "not gone down", ("same", "rising")),
        ("pain", "not mild", ("strong", "severe")),
        ("pain", "not painless", ("mild",)),
        ("clarify", "nothing like you described", ("more_than_this",)),
        ("last_call", "not fine", ("person",)),
    ],
)
def test_what_is_denied_offers_what_is_worse(question: str, text: str, offered: tuple[str, ...]) -> None:
    assert hear(question, text) == HeardUnclear(offered)


@pytest.mark.parametrize(
    ("question", "text", "heard"),
    [
        ("overall", "it's not better, it's worse", HeardAnswer(("worse",))),
        ("overall", "worse, but only a bit", HeardAnswer(("worse",))),
        ("overall", "it was worse yesterday", HeardUnclear(())),
        ("overall", "worse?", HeardUnclear(())),
        ("overall", "better and worse", HeardUnclear(("better", "worse"))),
        ("overall", "strangely better", HeardUnclear(("better",))),
        ("overall", "strangly bettr", HeardUnclear(("better",))),
        ("overall", "bitter", HeardUnclear(("better",))),
        ("overall", "wetter", HeardNothing()),
        ("overall", "better 😭", HeardUnclear(())),
        ("overall", "better 😊", HeardAnswer(("better",))),
        ("overall", "no", HeardNothing()),
        ("overall", "no, it's better", HeardUnclear(())),
        ("redness", "no, it's gone", HeardAnswer(("none",))),
        ("redness", "no it throbs", HeardUnclear(("none",))),
        ("pain", "only mild", HeardAnswer(("mild",))),
        ("pain", "no, just a bit", HeardUnclear(())),
        ("pain", "very tender", HeardUnclear(())),
        ("lump", "yes there is one and it leaks", HeardAnswer(("leaking_lump",))),
        ("lump", "yes", HeardAnswer(("new_lump",))),
        ("lump", "yes on my chin", HeardAnswer(("new_lump",))),
    ],
)
def test_between_the_answers(question: str, text: str, heard: Heard) -> None:
    assert hear(question, text) == heard


def test_the_worst_alone_has_nothing_worse_and_nothing_is_heard_in_other_words() -> None:
    assert hear_on_scale("blorp", expected("overall")) == HeardNothing()


def at_signs() -> Healing:
    return asked().press("better").press("like_today")


def asked(day: int = 3) -> Healing:
    return Healing().fine_until(day).on_day(day, 14).say("is this normal?")


def alerts(patient: Healing) -> list[tuple[str, str, str | None]]:
    return [(each.level, each.reason, each.words) for each in patient.open_alerts()]


def test_nothing_said_outright_is_none_of_these() -> None:
    signs = expected("signs")
    assert [text for text in corpus()["nothing"].splitlines() if not only_none(text, signs)] == []
    assert [text for text in corpus()["not_nothing"].splitlines() if only_none(text, signs)] == []
    assert not only_none("no fever, thanks, nothing", signs)


@pytest.mark.parametrize("text", ["nope nothing", "no none of these", "none thanks", "nothing like that"])
def test_at_the_signs_it_is_the_answer(text: str) -> None:
    patient = at_signs().say(text)
    assert (patient.visit.course[-1].level, patient.open_alerts()) == ("green", [])


def test_not_beside_what_is_marked() -> None:
    patient = at_signs().press("bumps").say("nope nothing")
    assert patient.asked == "signs"


@pytest.mark.parametrize(
    "text", ["ta love", "bless you", "thank you so much x", "hi", "good morning", "👍", "😊🙏"]
)
def test_kind_words_get_a_kind_answer_and_are_no_riddle(text: str) -> None:
    patient = asked().say(text).say(text).say(text)
    assert patient.texts()[0].startswith(phrases.KIND_WORDS.plain_source[0])
    assert (patient.asked, patient.session.misses, patient.open_alerts()) == ("overall", 0, [])
    patient.press("better").press("like_today").press("none")
    assert patient.open_alerts() == []


@pytest.mark.parametrize("text", ["😭", "???", "thanks?", "blorp thanks", "love is all around"])
def test_what_is_not_only_kind_is_asked_about(text: str) -> None:
    assert not small_talk.is_kind(text)
    assert asked().say(text).session.misses == 1


def test_everyday_questions_are_listed_for_staff_and_ring_nobody() -> None:
    patient = asked().say("can I take a bath").say("which sunscreen do you recommend")
    assert phrases.QUESTION_KEPT.plain_source[0].split("{")[0] in patient.texts()[0]
    assert (patient.asked, patient.session.misses, patient.open_alerts()) == ("overall", 0, [])
    patient.press("better").press("like_today").press("none")
    assert alerts(patient) == [("amber_soon", "unread", "can I take a bath\nwhich sunscreen do you recommend")]


def test_nothing_is_promised_where_nobody_reads() -> None:
    patient, book = asked(), committed_book()
    patient.book = replace(book, clinic={**book.clinic, "clinic.staffed": False})
    patient.say("can I take a bath")
    assert "Please ask them" in patient.texts()[0]


@pytest.mark.parametrize(
    "text",
    [
        "can i die from this",
        "should i see a doctor",
        "what should i do",
        "can i get an infection",
        "what if i fall",
    ],
)
def test_a_worried_question_is_no_everyday_one(text: str) -> None:
    assert not small_talk.asks_everyday(text)


@pytest.mark.parametrize(
    "text",
    [
        "can i go swimming tomorrow?",
        "do you sell gift cards",
        "is coffee ok",
        "what's your wifi",
        "ok so when can i fly",
        "is it ok to fly",
        "if i can drive",
    ],
)
def test_everyday_questions(text: str) -> None:
    assert small_talk.asks_everyday(text)


def test_the_second_text_that_nobody_can_make_out_counts_as_the_second() -> None:
    patient = asked().say("well you know how it is with such things")
    assert (patient.asked, patient.open_alerts()) == ("overall", [])
    patient.say("blorp")
    assert [level for level, _, _ in alerts(patient)] == ["amber_today"]


def test_the_worst_answer_is_asked_about_where_much_more_is_said() -> None:
    patient = asked().say("worse, grandma believes it wobbles strangely upstairs")
    assert "Did you mean “Worse”?" in patient.texts()[0]
    assert patient.say("yes").asked == "picture"


def lump_check() -> Healing:
    patient = Healing("mesotherapy").fine_until(56).on_day(56, 20)
    assert patient.asked == "lump"
    return patient


@pytest.mark.parametrize("text", ["no but there is a hard bit", "yes and no", "nothing small about it"])
def test_what_was_typed_at_a_lump_check_is_for_today_when_no_answer_follows(text: str) -> None:
    patient = lump_check().say(text)
    assert (patient.asked, patient.open_alerts()) == ("lump", [])
    patient.on_day(57, 18)
    assert alerts(patient) == [("amber_today", "unread", text)]


def test_a_lump_that_leaks_is_for_today_at_once() -> None:
    patient = lump_check().say("yes there is one and it leaks")
    assert [level for level, _, _ in alerts(patient)] == ["amber_today"]


def test_an_answer_after_it_counts_instead() -> None:
    patient = lump_check().say("yes and no").press("none")
    assert (patient.visit.course[-1].level, patient.open_alerts()) == ("green", [])


def test_what_was_unclear_at_a_question_that_was_answered_is_not_left() -> None:
    patient = asked().say("could be better").press("better").on_day(4, 18)
    assert patient.open_alerts() == []


def test_what_is_left_unclear_at_the_second_question_is_for_today() -> None:
    patient = asked().press("worse").say("not like that but hot").on_day(3, 15)
    assert ("amber_today", "unread", "not like that but hot") in alerts(patient)
