"""In place: the pressed question becomes the next one, and nothing that people look for again is written over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine import phrases
from bot.engine.effect import ButtonSpec, Lane, SendMessage, SendPicture
from bot.engine.model import Book, Choose, Do, Expire, Picture, Text
from bot.engine.session import Status
from tests.engine_books import Patient, ask, book, end, flow, many, say, to, wants, words
from tests.engine_books import standing as wanted
from tests.unit.test_engine_visits import enrolled

NOTED = phrases.NOTED_ALREADY.plain_source[0]


def three(banner: Text | None = None) -> Book:
    main = flow(
        "main",
        ask("a", "b", "x", "y", save="a"),
        many("b", "c", "p", "q", into="set"),
        ask("c", "bye", "z", save="c"),
        say("bye", "done", "Bye."),
        end(),
    )
    return book(main, in_place=True, banner=banner)


def shown(patient: Patient) -> dict[int, SendMessage]:
    """What stands in the chat, by the number of its message."""
    chat: dict[int, SendMessage] = {}
    for turn in patient.turns:
        for effect in turn.effects:
            if isinstance(effect, SendMessage) and effect.edits is None:
                chat[effect.number] = effect
            elif isinstance(effect, SendMessage) and effect.edits is not None:
                before = chat[effect.edits]
                chat[effect.edits] = replace(effect, html=before.html) if effect.only_buttons else effect
    return chat


def texts(patient: Patient) -> list[str]:
    return [message.html for message in shown(patient).values()]


def live(patient: Patient) -> list[SendMessage]:
    """Messages with a button of the question in front."""
    session = patient.session
    return [
        message
        for message in shown(patient).values()
        if any(_is_of(each, session.id) for each in buttons(message))
    ]


def buttons(message: SendMessage) -> list[ButtonSpec]:
    return [button for row in message.rows for button in row]


def _is_of(button: ButtonSpec, session: str) -> bool:
    return (button.data or "").startswith(f"{session}:")


def test_a_pressed_question_becomes_the_next_one_and_nothing_else_is_sent() -> None:
    patient = Patient(three()).start()
    first = patient.question
    patient.press("x")
    assert [(message.edits, message.html) for message in patient.sent()] == [(first.number, "Question b?")]
    patient.press("p").press("done")
    assert [(message.edits, message.html) for message in patient.sent()] == [(first.number, "Question c?")]
    patient.press("back")
    assert [(message.edits, message.html) for message in patient.sent()] == [(first.number, "Question b?")]
    assert texts(patient) == ["Question b?"]


def test_a_typed_answer_is_followed_by_a_new_message_and_the_question_above_is_marked() -> None:
    patient = Patient(three()).start().say("x")
    assert [message.edits for message in patient.sent() if message.is_question] == [None]
    assert texts(patient) == ["Question a?\n\n✓ <b>X</b>", "Question b?"]
    assert patient.press("none").question.edits == patient.session.shown.message  # type: ignore[union-attr]
    assert texts(patient)[-1] == "Question c?"


def test_a_question_shown_again_has_its_buttons_in_one_place() -> None:
    patient = Patient(three()).start().say("blah")
    assert len(live(patient)) == 1
    assert len(texts(patient)) == 2
    patient.press("x")
    assert len(live(patient)) == 1
    assert texts(patient)[-1] == "Question b?"


def test_what_is_said_stays_and_the_question_behind_it_is_marked() -> None:
    states = (ask("a", "said", "x"), say("said", "b"), ask("b", "done", "y"), end())
    patient = Patient(book(flow("main", *states), in_place=True)).start().press("x")
    assert texts(patient) == ["Question a?\n\n✓ <b>X</b>", "Said said.", "Question b?"]
    assert len(live(patient)) == 1


def test_the_last_answer_is_marked_and_what_follows_stays() -> None:
    patient = Patient(three()).start().press("x").press("none").press("z")
    assert texts(patient) == ["Question c?\n\n✓ <b>Z</b>", "Bye."]


def test_a_picture_comes_before_its_question() -> None:
    pictured = ask("b", "done", "y", picture=Picture(alt=words("A face."), path="face.png"))
    patient = Patient(book(flow("main", ask("a", "b", "x"), pictured, end()), in_place=True)).start().press("x")
    assert patient.of(SendPicture)
    assert texts(patient) == ["Question a?\n\n✓ <b>X</b>", "Question b?"]


def test_a_question_for_a_number_needs_a_message_of_its_own() -> None:
    number = ask("b", "c", choose=Choose.CONTACT)
    made = book(flow("main", ask("a", "b", "x"), number, ask("c", "done", "y"), end()), in_place=True)
    patient = Patient(made).start().press("x")
    assert texts(patient) == ["Question a?\n\n✓ <b>X</b>", "Question b?"]
    assert patient.contact("+441632960000").question.edits is None


def test_what_came_unasked_stays() -> None:
    patient = enrolled()
    patient.book = replace(patient.book, in_place=True)
    patient.wait(days=1).fire("checkin/V7-1/day_1")
    (question,) = [message for message in patient.sent() if message.is_question]
    assert (question.lane, question.edits) == (Lane.CHECK_IN, None)
    patient.press("fine")
    assert question.html in texts(patient)[-2]
    assert [message.edits for message in patient.sent() if not message.droppable] == [None]


def test_an_emergency_stays() -> None:
    patient = Patient(three()).start().say("I feel odd")
    assert patient.session.flow == "emergency"
    patient.press("yes")
    assert [message.edits for message in patient.sent() if message.is_question] == [None]
    assert any(text.startswith("Question sure?\n\n✓") for text in texts(patient))
    patient.press("go_on")
    assert any(text.startswith("Question now?\n\n✓") for text in texts(patient))


def test_while_staff_have_to_reach_somebody_nothing_is_written_over() -> None:
    patient = Patient(three()).start().say("help me").press("go_on")
    assert patient.at == "home.open/main.a"
    patient.press("x")
    assert [message.edits for message in patient.sent() if message.is_question] == [None]


def test_words_before_a_question_stay() -> None:
    patient = Patient(three(banner=words("On trial."))).start()
    assert patient.question.html == "On trial.\n\nQuestion a?"
    patient.press("x")
    assert texts(patient) == ["On trial.\n\nQuestion a?\n\n✓ <b>X</b>", "Question b?"]


@pytest.mark.parametrize("kind", ["result", "lead"])
def test_what_came_of_the_answers_stays(kind: str) -> None:
    content = wanted(kind, kind, action="match", outcome="yes", kind="booking")
    states = (
        ask("a", "act", "x"),
        Do("act", "told", to("card")),
        ask("card", "more", "y"),
        ask("more", "done", "z"),
    )
    patient = Patient(book(flow("main", *states, end()), more=(wants("told", content),), in_place=True))
    patient.start().press("x")
    assert texts(patient) == ["Question card?"]
    assert patient.press("y").question.edits is None
    assert texts(patient) == ["Question card?\n\n✓ <b>Y</b>", "Question more?"]


def test_an_author_says_that_a_question_stays() -> None:
    states = (ask("a", "b", "x", stays=True), ask("b", "done", "y"), end())
    patient = Patient(book(flow("main", *states), in_place=True)).start().press("x")
    assert texts(patient) == ["Question a?\n\n✓ <b>X</b>", "Question b?"]


def detoured() -> Patient:
    """At a choose-many, with `/answers` open below it, and then pressed."""
    return Patient(three()).start().press("x").press("p").say("/answers")


def test_a_global_flow_gives_its_message_back_to_the_question_below() -> None:
    patient = detoured()
    number = patient.question.number
    patient.press("go_on")
    assert (patient.at, patient.question.edits) == ("home.open/main.b", number)
    assert len(live(patient)) == 1
    assert texts(patient) == ["Question b?", "Question b?"]
    assert shown(patient)[1].rows == ()


def test_a_second_press_where_a_global_flow_has_ended_is_noted() -> None:
    patient = detoured()
    data = patient.data("go_on")
    patient.press_data(data).press_data(data)
    assert patient.note == NOTED
    assert [message.html for message in patient.sent()] == []


def with_person() -> Patient:
    """At a question whose message a global flow has taken over."""
    week = Expire(timedelta(days=7), "pause")
    main = flow(
        "main", many("a", "b", "x", "y", into="set", expire=week), ask("b", "done", "z"), end("pause", "expired")
    )
    help_flow = flow("human", ask("number", "done", "ok"), end())
    patient = Patient(book(flow("main", *main.states.values(), end()), help_flow, in_place=True)).start()
    session = patient.session
    return patient.press_data(f"{session.id}:{session.turn}*person")


def test_a_global_flow_opened_by_a_press_takes_the_message_over() -> None:
    patient = with_person()
    assert texts(patient) == ["Question number?"]
    patient.press("ok")
    assert texts(patient) == ["Question a?"]


def test_a_question_that_was_taken_over_writes_nothing_into_the_other() -> None:
    patient = with_person()
    below = next(session for session in patient.person.sessions if not session.is_detour)
    patient.wait(days=7).fire(f"expire/{below.id}/0")
    assert texts(patient) == ["Question number?"]
    assert patient.person.session(below.id).status is Status.COMPLETED  # type: ignore[union-attr]


def test_a_mark_that_crossed_with_a_global_flow_shows_its_whole_question() -> None:
    patient = Patient(with_person().book).start()
    mark = patient.data("x")
    session = patient.session
    patient.press_data(f"{session.id}:{session.turn}*person").press_data(mark)
    assert texts(patient) == ["Question a?"]
    assert [button.id for button in buttons(shown(patient)[1]) if button.marked] == ["x"]


def test_an_older_form_that_was_taken_over_keeps_what_it_shows() -> None:
    """The question below comes back as a new message; the global flow in its former one is left as it is."""
    patient = with_person().say("/answers")
    assert patient.press("go_on").at == "home.open/main.a"
    assert texts(patient) == ["Question number?", "Question a?"]
    assert len(live(patient)) == 1
