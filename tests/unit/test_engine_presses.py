"""Buttons: the present one, twice, an older one, a forged one, somebody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import phrases
from bot.engine.effect import AnswerPress, Count, SendMessage
from bot.engine.model import Book, Choose
from bot.engine.session import Status
from tests.engine_books import Patient, ask, book, end, flow, many, option, say

NOTED = phrases.NOTED_ALREADY.plain_source[0]
NO_BUTTON = phrases.NOT_A_BUTTON.plain_source[0]
BEHIND = phrases.QUESTION_BEHIND.plain_source[0]
OVER = phrases.OVER.plain_source[0]
CHOOSE_FIRST = phrases.CHOOSE_FIRST.plain_source[0]


def three() -> Book:
    not_sure = option("not_sure", exclusive=True, adds="set")
    return book(
        flow(
            "main",
            ask("a", "b", "x", "y", save="a"),
            many("b", "c", "p", "q", "r", not_sure, into="set"),
            ask("c", "bye", "z", save="c"),
            say("bye", "done", "Bye."),
            end(),
        )
    )


def at_b() -> Patient:
    return Patient(three()).start().press("x")


def test_a_press_answers_marks_the_question_and_asks_the_next() -> None:
    patient = Patient(three()).start()
    first = patient.question
    patient.press("x")
    assert patient.note == ""
    assert patient.answers() == {"home.open/main.a": ("x",)}
    mark = patient.sent()[-1]
    assert (mark.edits, mark.rows, mark.droppable) == (first.number, (), True)
    assert mark.html == "Question a?\n\n✓ <b>X</b>"
    assert patient.question.state == "b"


def test_marks_are_set_and_cleared_and_done_submits_them() -> None:
    patient = at_b()
    turn = patient.session.turn
    patient.press("q").press("p")
    assert list(patient.session.marks) == ["q", "p"]
    assert patient.buttons()["p"].marked
    assert patient.sent()[-1].only_buttons
    patient.press("q")
    assert (patient.session.marks, patient.session.turn) == (("p",), turn)
    patient.press("r").press("done")
    assert patient.question.state == "c"
    assert list(patient.answers().values())[-1] == ("p", "r")
    assert not patient.session.marks


def test_the_order_of_marks_makes_no_difference() -> None:
    one, other = at_b().press("p").press("r").press("done"), at_b().press("r").press("p").press("done")
    assert one.answers() == other.answers()


def test_setting_what_is_set_does_nothing() -> None:
    patient = at_b()
    data = patient.data("p")
    patient.press_data(data).press_data(data)
    assert patient.session.marks == ("p",)
    assert patient.effects == (AnswerPress("press", ""),)


def test_done_without_a_mark_asks_for_one() -> None:
    assert at_b().press("done").note == CHOOSE_FIRST


def test_an_exclusive_option_submits_at_once() -> None:
    patient = at_b().press("none")
    assert (patient.question.state, list(patient.answers().values())[-1]) == ("c", ("none",))


def test_not_sure_keeps_what_is_marked() -> None:
    patient = at_b().press("q").press("not_sure")
    assert list(patient.answers().values())[-1] == ("q", "not_sure")


def test_none_replaces_what_is_marked() -> None:
    assert list(at_b().press("q").press("none").answers().values())[-1] == ("none",)


@pytest.mark.parametrize("button", ["none", "done"])
def test_a_double_press_has_one_effect(button: str) -> None:
    patient = at_b().press("p")
    data = patient.data(button)
    before = patient.press_data(data).person
    patient.press_data(data)
    assert patient.note == NOTED
    assert patient.effects == (AnswerPress("press", NOTED),)
    assert patient.person == before


def test_a_double_press_on_back_goes_back_once() -> None:
    patient = at_b()
    data = patient.data("back")
    before = patient.press_data(data).person
    assert patient.press_data(data).person == before
    assert (patient.note, patient.question.state) == (NOTED, "a")


def test_a_double_press_on_the_last_answer() -> None:
    patient = at_b().press("none")
    data = patient.data("z")
    before = patient.press_data(data).person
    assert before.sessions[0].status is Status.COMPLETED
    assert patient.press_data(data).person == before
    assert patient.note == NOTED


@pytest.mark.parametrize(("words", "button"), [("/restart", "yes"), ("/language", "de"), ("/answers", "go_on")])
def test_a_double_press_in_a_global_flow(words: str, button: str) -> None:
    patient = at_b().say(words)
    data = patient.data(button)
    before = patient.press_data(data).person
    assert patient.press_data(data).person == before
    assert patient.note == NOTED


def test_an_older_button_shows_the_present_question() -> None:
    patient = Patient(three()).start()
    old = patient.data("y")
    patient.press("x").press("none").press_data(old)
    assert patient.note == BEHIND
    assert (patient.at, patient.texts()) == ("home.open/main.c", ["Question c?"])
    assert "y" not in str(patient.answers())


def test_the_other_option_of_the_question_just_answered_is_old() -> None:
    patient = Patient(three()).start()
    other = patient.data("y")
    assert patient.press("x").press_data(other).note == BEHIND


def test_back_on_an_answered_question_is_old() -> None:
    patient = at_b()
    back = patient.data("back")
    assert patient.press("none").press_data(back).note == BEHIND
    assert patient.question.state == "c"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "nonsense",
        "7-1:1=gone",
        "7-1:1=p",
        "7-1:1=done",
        "7-1:1*steal",
        "7-1:99+p",
        "8-1:1+p",
        "7-0:0=x",
        "7-2:0=x",
        "7-01:1+p",
        "07-1:1+p",
        "7-1:1+none",
        "7-1:1#",
        "x" * 5000,
    ],
)
def test_forged_data_gets_a_note_and_changes_nothing(data: str) -> None:
    patient = at_b()
    before = patient.person
    patient.press_data(data)
    assert (patient.note, patient.person) == (NO_BUTTON, before)
    assert patient.effects == (AnswerPress("press", NO_BUTTON),)


def test_done_at_a_choose_one_is_forged() -> None:
    assert Patient(three()).start().press_data("7-1:0!").note == NO_BUTTON


def test_a_button_of_a_conversation_that_is_over_offers_the_ways_on() -> None:
    patient = at_b()
    old = patient.data("p")
    patient.press("none").press("z").press_data(old)
    assert patient.note == OVER
    assert patient.at == "after_end.ask"


def test_without_such_a_flow_the_note_is_all() -> None:
    made = three()
    patient = Patient(replace(made, flows={key: each for key, each in made.flows.items() if key != "after_end"}))
    old = patient.start().data("y")
    assert patient.press("x").press("none").press("z").press_data(old).note == OVER
    assert patient.texts() == []


def test_a_dead_detours_button_shows_the_present_question() -> None:
    patient = at_b().say("/language")
    old = patient.data("en")
    patient.press("de").press("none").say("/help").press_data(old)
    assert (patient.note, patient.texts()) == (OVER, ["Question c?"])


def test_a_button_brings_its_session_to_the_front_and_leaves_the_global_flow() -> None:
    patient = at_b()
    data = patient.data("p")
    patient.say("/language")
    language = patient.data("de")
    assert patient.at == "language.ask"
    patient.press_data(data)
    assert (patient.session.marks, [each.is_detour for each in patient.person.sessions]) == (("p",), [False])
    assert patient.press_data(language).note == OVER


def test_an_older_button_of_a_global_flow_shows_its_question() -> None:
    patient = at_b().say("I feel odd")
    old = patient.data("no")
    assert patient.press("yes").press_data(old).note == BEHIND
    assert (patient.at, patient.texts()) == ("emergency.now", ["Question now?"])


def test_exactly_these_are_chosen_and_confirmed() -> None:
    patient = at_b().press("p").choose("r", "q")
    assert list(patient.answers().values())[-1] == ("q", "r")
    assert Patient(three()).start().choose("y").answers() != {}


@pytest.mark.parametrize("options", [(), ("gone",), ("p", "gone"), ("p", "none")])
def test_what_can_not_be_chosen_together_is_refused(options: tuple[str, ...]) -> None:
    patient = at_b()
    before = patient.person
    assert patient.choose(*options).note == NO_BUTTON
    assert patient.person == before


def test_two_of_a_choose_one_are_refused() -> None:
    assert Patient(three()).start().choose("x", "y").note == NO_BUTTON


def test_exactly_these_of_the_persons_own_answers() -> None:
    patient = at_b().say("/answers").choose("a1")
    assert patient.question.state == "a"


def test_a_person_is_a_button_away() -> None:
    patient = at_b()
    patient.press_data(f"{patient.session.id}:{patient.session.turn}*person")
    assert patient.at == "human.number"
    made = three()
    alone = Patient(replace(made, flows={key: each for key, each in made.flows.items() if key != "human"})).start()
    assert alone.press_data(f"{alone.session.id}:0*person").note == NO_BUTTON


def test_a_text_question_with_an_option() -> None:
    made = book(flow("main", ask("a", "b", "skip", choose=Choose.TEXT, save="a"), ask("b", "done", "x"), end()))
    assert Patient(made).start().press("skip").question.state == "b"


def test_in_place_the_next_question_replaces_the_last() -> None:
    patient = Patient(replace(three(), in_place=True)).start()
    first = patient.question
    patient.press("x")
    assert [(message.edits, message.droppable) for message in patient.sent()] == [(first.number, False)]
    old = patient.data("p")
    patient.press("none").say("blah")
    assert patient.question.edits is None
    assert patient.press_data(old).sent()[0].edits is None


def test_marking_is_counted_and_numbered() -> None:
    patient = at_b().press("p")
    assert patient.of(Count) == [Count("marked")]
    numbers = [
        effect.number for turn in patient.turns for effect in turn.effects if isinstance(effect, SendMessage)
    ]
    assert len(set(numbers)) == len(numbers)
