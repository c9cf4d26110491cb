"""Options that are no buttons: heard when they are typed, and a button only while they are ticked."""

from __future__ import annotations

from bot.engine import phrases
from bot.engine.event import Verb, button_data
from bot.engine.model import Book
from tests.engine_books import Patient, ask, book, end, flow, many, option

SET = "home.open/main.set"
ONE = "home.open/main.one"


def hidden() -> Book:
    rare = option("rare", "Rare", also=("seldom seen",), shown=False, adds="set")
    return book(
        flow(
            "main",
            many("set", "one", "p", rare, "q", into="set"),
            ask("one", "last", "x", option("y", shown=False), "z", save="one"),
            ask("last", "done", "ok"),
            end(),
        )
    )


def test_it_is_heard_and_is_no_button() -> None:
    patient = Patient(hidden()).start()
    assert [id_ for id_ in patient.buttons() if id_ not in {"done", "back"}] == ["p", "q", "none"]
    patient.say("seldom seen, and p")
    assert patient.answers() == {SET: ("p", "rare")}
    assert any("✓ <b>P, Rare</b>" in message.html for message in patient.sent())
    assert list(patient.buttons())[:2] == ["x", "z"]
    assert patient.say("y").answers()[ONE] == ("y",)


def test_numbers_count_what_is_shown() -> None:
    assert Patient(hidden()).start().say("2").answers() == {SET: ("q",)}
    patient = Patient(hidden()).start().say("1").say("2")
    assert patient.answers()[ONE] == ("z",)


def test_ticked_it_is_a_button_until_it_is_unticked() -> None:
    patient = Patient(hidden()).start().say("rare").say("/answers")
    patient.press("a1")
    assert list(patient.session.marks) == ["rare"]
    assert [id_ for id_ in patient.buttons() if id_ not in {"done", "back"}] == ["p", "rare", "q", "none"]
    patient.press("p").press("rare")
    assert "rare" not in patient.buttons()
    assert patient.press("done").answers() == {SET: ("p",)}


def test_numbers_count_it_while_it_is_a_button() -> None:
    patient = Patient(hidden()).start().say("rare").say("/answers").press("a1").say("3")
    assert patient.answers() == {SET: ("rare", "q")}


def test_a_press_of_what_is_no_button_changes_nothing() -> None:
    patient = Patient(hidden()).start()
    session = patient.session
    patient.press_data(button_data(session.id, session.turn, Verb.SET, "rare"))
    assert (patient.note, list(patient.session.marks)) == (phrases.NOT_A_BUTTON.plain_source[0], [])
    patient.choose("rare")
    assert (patient.note, patient.answers()) == (phrases.NOT_A_BUTTON.plain_source[0], {})
