"""The message on top of the chat: when it is pinned, and buttons that work on any day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import phrases
from bot.engine.effect import AnswerPress, PinMessage, SendMessage
from bot.engine.event import pinned_data
from bot.engine.model import PinnedButton
from tests.engine_books import Patient, ask, book, end, flow, say, words

BUTTONS = (
    PinnedButton("is_this_normal", words("Is this normal?")),
    PinnedButton("urgent", words("This feels urgent")),
)
AT_HAND = replace(say("at_hand", "q", "Ring 999."), pins=BUTTONS)
MAIN = flow("main", ask("first", "at_hand", "go"), AT_HAND, ask("q", "done", "x"), end())
NORMAL = flow("normal", ask("how", "done", "fine"), end())
URGENT = flow("urgent", ask("list", "done", "yes"), end())
BOOK = book(MAIN, NORMAL, URGENT)


def enrolled() -> Patient:
    return Patient(BOOK).start().press("go")


def test_it_is_sent_with_its_buttons_and_then_pinned() -> None:
    patient = enrolled()
    card = next(each for each in patient.sent() if each.html == "Ring 999.")
    assert [(row[0].id, row[0].kind, row[0].label) for row in card.rows] == [
        ("is_this_normal", "extra", "Is this normal?"),
        ("urgent", "extra", "This feels urgent"),
    ]
    assert [len(row[0].data or "") <= 64 for row in card.rows] == [True, True]
    (pin,) = patient.of(PinMessage)
    assert isinstance(pin, PinMessage)
    assert (pin.message, pin.unpins) == (card.number, False)
    assert patient.person.contact.pinned == card.number
    numbers = [each.number for each in patient.effects if isinstance(each, SendMessage | PinMessage)]
    assert len(set(numbers)) == len(numbers)


def test_a_newer_one_takes_its_place() -> None:
    patient = enrolled()
    first = patient.person.contact.pinned
    patient.press("x").start().press("go")
    pins = [(pin.message, pin.unpins) for pin in patient.effects if isinstance(pin, PinMessage)]
    assert pins == [(first, True), (patient.person.contact.pinned, False)]
    assert patient.person.contact.pinned != first


def test_nothing_else_is_pinned() -> None:
    assert Patient(book(flow("main", say("s", "q"), ask("q", "done", "x"), end()))).start().of(PinMessage) == []


@pytest.mark.parametrize(("option", "state"), [("is_this_normal", "how"), ("urgent", "list")])
def test_its_buttons_open_their_flow_whatever_is_open(option: str, state: str) -> None:
    patient = enrolled()
    for _ in range(2):  # a second press shows the same question again, and no second one waits below
        patient.press_data(pinned_data(option))
        assert patient.texts()[-1] == f"Question {state}?"
        assert [each.note for each in patient.effects if isinstance(each, AnswerPress)] == [""]
    patient.press("fine" if option == "is_this_normal" else "yes")
    assert patient.texts()[-1] == "Question q?", "what was open before comes back"


def test_it_works_after_the_end_and_for_whoever_has_been_forgotten() -> None:
    assert enrolled().press("x").press_data(pinned_data("urgent")).texts()[-1] == "Question list?"
    assert Patient(BOOK).press_data(pinned_data("is_this_normal")).texts()[-1] == "Question how?"


@pytest.mark.parametrize("option", ["person", "unknown", ""])
def test_a_button_without_a_flow_says_so(option: str) -> None:
    without = replace(BOOK, flows={name: each for name, each in BOOK.flows.items() if name != "human"})
    patient = Patient(without).start().press_data(pinned_data(option))
    (note,) = [each.note for each in patient.effects if isinstance(each, AnswerPress)]
    assert note == phrases.NOT_A_BUTTON.paragraphs[0]
