"""Going on, back and round: /back, /answers, /restart, /start, payloads, under 18, and flows that change."""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases
from bot.engine.effect import Count
from bot.engine.model import (
    Book,
    CampaignEntry,
    Choose,
    Do,
    Flow,
    Transition,
)
from bot.engine.session import Status
from tests.engine_books import (
    Patient,
    ask,
    book,
    end,
    equals,
    flow,
    many,
    option,
    say,
    to,
    words,
)


def main() -> Flow:
    """Three questions, the way to the third decided by the first, then a menu."""
    return flow(
        "main",
        ask("a", "b", "x", "y", save="a", short=words("First")),
        many("b", "gate", "p", "q", into="set"),
        Do("gate", "look", to(Transition("c", equals("a", "x")), "d")),
        ask("c", "menu", "z", save="c"),
        ask("d", "menu", "w", save="d"),
        ask("menu", "done", option("read", to="text"), option("sub", to="more"), option("out", to="bye")),
        say("text", "menu", "A text."),
        ask("more", "menu", "k", "l", save="more"),
        say("bye", "done", "Bye."),
        end(),
    )


def made() -> Book:
    return book(main())


def at_menu() -> Patient:
    return Patient(made()).start().press("x").choose("p").press("z")


def keys(patient: Patient) -> list[str]:
    return [key.removeprefix("home.open/main.") for key in patient.session.answers]


def test_back_takes_the_last_answer_out() -> None:
    patient = at_menu().press("back")
    assert (patient.question.state, keys(patient)) == ("c", ["a", "b"])
    assert patient.say("/back").question.state == "b"
    assert patient.say("back").question.state == "a"
    assert patient.say("/back").texts() == ["There's nothing to take back.", "Question a?"]
    assert "back" not in patient.buttons()


def test_back_from_a_menu_goes_behind_it() -> None:
    patient = at_menu().press("read")
    assert patient.texts() == ["A text.", "Question menu?"]
    assert patient.press("back").question.state == "c"


def test_back_from_a_menu_that_came_first_shows_it_again() -> None:
    menu = flow("main", ask("menu", "done", option("read", to="text"), "out"), say("text", "menu"), end())
    patient = Patient(book(menu)).start().press("read").press("back")
    assert (patient.question.state, patient.answers()) == ("menu", {})


def test_back_out_of_a_menus_question_comes_to_the_question() -> None:
    patient = at_menu().press("sub").press("k")
    assert (patient.question.state, patient.press("back").question.state) == ("menu", "more")


def test_another_choice_at_a_menu_replaces_the_first_and_what_came_after() -> None:
    patient = at_menu().press("sub").press("k").press("sub")
    assert (patient.question.state, keys(patient)) == ("more", ["a", "b", "c", "menu"])
    assert patient.press("l").press("out").texts() == ["Bye."]


def test_a_choice_at_a_menu_leaves_what_was_changed_meanwhile() -> None:
    patient = at_menu().press("sub").press("k").say("/answers").press("a1").press("x")
    assert patient.question.state == "menu"
    assert patient.press("read").texts() == ["A text.", "Question menu?"]
    assert set(keys(patient)) == {"a", "b", "c", "menu"}


def test_a_choice_at_a_menu_drops_what_was_set_aside_after_it() -> None:
    patient = at_menu().press("sub").press("k").say("/answers").press("a1").press("y").press("w")
    assert patient.press("sub").question.state == "more"


def test_answers_are_listed_and_one_is_changed() -> None:
    patient = at_menu().say("/answers")
    labels = [button.label for button in patient.buttons().values()]
    assert labels == ["First: X", "B: P", "C: Z", "Go on", "‹ Back"]
    patient.press("a1")
    assert patient.texts()[0].startswith(phrases.CHANGE_THIS.plain_source[0])
    patient.press("y")
    assert (patient.question.state, patient.session.reopened) == ("d", None)
    assert patient.press("w").question.state == "menu"
    assert "c" in keys(patient)


def test_what_is_no_longer_asked_is_dropped_at_the_end() -> None:
    patient = at_menu().say("/answers").press("a1").press("y").press("w").press("out")
    (session,) = patient.person.sessions
    assert {key.rpartition(".")[2] for key in session.answers} == {"a", "b", "d", "menu"}
    assert (session.status, session.shown, session.at_key) == (Status.COMPLETED, None, "")


def test_answers_set_aside_come_back_when_they_are_asked_again() -> None:
    patient = at_menu().say("/answers").press("a1").press("y").say("/answers").press("a1").press("x")
    assert patient.question.state == "menu"


def test_back_while_an_answer_is_open_again_leaves_it() -> None:
    patient = at_menu().say("/answers").press("a1").press("back")
    assert (patient.question.state, keys(patient)) == ("menu", ["a", "b", "c"])


def test_back_after_a_change_takes_the_change_back() -> None:
    patient = at_menu().say("/answers").press("a1").press("y").press("back")
    assert patient.question.state == "a"


def test_marks_stand_when_a_choose_many_is_opened_again() -> None:
    patient = at_menu().say("/answers").press("a2")
    assert patient.session.marks == ("p",)
    patient.press("q").press("done")
    assert patient.session.answers["home.open/main.b"].answer.options == ("p", "q")


def test_answers_of_every_kind_are_listed() -> None:
    questions = [
        ("text", Choose.TEXT, "a {b} }} c"),
        ("number", Choose.NUMBER, "2.5"),
        ("date", Choose.DATE, "26 december 2026"),
    ]
    states = [
        ask(name, then, choose=choose, save=name)
        for (name, choose, _), then in zip(questions, ["number", "date", "step"], strict=True)
    ]
    patient = Patient(
        book(flow("main", *states, ask("step", "last", "s"), ask("last", "done", "x"), end()))
    ).start()
    for _, _, said in questions:
        patient.say(said)
    patient.press("s").say("/answers")
    labels = [button.label for button in patient.buttons().values()][:-2]
    assert labels == ["Text: a {b} }} c", "Number: 2.5", "Date: Saturday 26 December 2026"]


def test_answers_without_any() -> None:
    patient = Patient(made()).start().say("/answers")
    assert list(patient.buttons()) == ["go_on", "back"]
    assert patient.press("go_on").question.state == "a"
    ended = at_menu().press("out").say("/answers")
    assert list(ended.buttons()) == ["go_on", "back"]


def test_restart_asks_and_begins_again() -> None:
    patient = at_menu().say("/restart").press("no")
    assert patient.question.state == "menu"
    patient.say("/restart").press("yes")
    assert (patient.question.state, patient.answers(), len(patient.person.sessions)) == ("a", {}, 1)


def test_restart_in_a_global_flow_and_when_nothing_is_open() -> None:
    assert at_menu().say("/language").say("/restart").press("yes").question.state == "a"
    assert at_menu().press("out").say("/restart").press("yes").question.state == "a"


def test_restart_keeps_the_campaign_and_survives_a_flow_that_is_gone() -> None:
    patient = Patient(made()).start("poster").press("x").say("/restart").press("yes")
    assert (patient.session.context["campaign"], patient.session.flow) == ("poster", "main")
    patient.say("/restart")
    patient.book = book(
        flow("other", end()), flows={**made().flows, "home": flow("home", ask("q", "done", "k"), end())}
    )
    patient.book = replace(
        patient.book, flows={key: each for key, each in patient.book.flows.items() if key != "main"}
    )
    assert patient.press("yes").at == "home.q"


def test_start_in_the_middle_asks_whether_to_go_on() -> None:
    patient = at_menu().start()
    assert patient.at == "start.ask"
    assert patient.press("go_on").question.state == "menu"
    assert patient.start().press("restart").question.state == "a"


def test_start_before_any_answer_shows_the_question_again() -> None:
    patient = Patient(made()).start().start()
    assert (patient.question.state, len(patient.person.sessions)) == ("a", 1)


def other_campaign() -> Book:
    care = flow("care", ask("first", "second", "x", save="f"), ask("second", "done", "y"), end())
    campaigns = {
        "poster": CampaignEntry("poster", "poster", "main"),
        "care": CampaignEntry("care", "care", "care", language="de"),
    }
    return book(main(), care, campaigns=campaigns, languages=("en", "de"))


def test_another_payload_in_the_middle_opens_its_own_and_comes_back() -> None:
    patient = Patient(other_campaign()).start("poster").press("x").start("care")
    assert patient.at == "care.first"
    contact = patient.person.contact
    assert contact.first_touch is not None
    assert contact.last_touch is not None
    assert (contact.first_touch.campaign, contact.last_touch.campaign, contact.language) == (
        "poster",
        "care",
        "de",
    )
    assert patient.press("x").press("y").question.state == "b"
    assert patient.session.context["campaign"] == "poster"


def test_another_payload_before_any_answer_leaves_the_first() -> None:
    patient = Patient(other_campaign()).start()
    patient.start("care")
    assert [session.flow for session in patient.person.sessions] == ["care"]
    assert patient.press("x").press("y").person.front is None


def test_the_payload_of_what_is_open_asks_whether_to_go_on() -> None:
    patient = Patient(other_campaign()).start("poster").press("x").start("care").press("x").start("poster")
    assert patient.at == "start.ask"
    assert patient.press("go_on").question.state == "b"
    assert Patient(other_campaign()).start().press("x").start("poster").at == "start.ask"


def test_without_a_start_flow_the_question_is_shown() -> None:
    bare = replace(made(), flows={key: each for key, each in made().flows.items() if key != "start"})
    assert Patient(bare).start().press("x").start().question.state == "b"


def test_an_unknown_payload_is_home() -> None:
    patient = Patient(made()).start("nobody")
    assert Count("unknown_payload") in patient.effects
    assert (patient.question.state, patient.person.contact.first_touch) == ("a", None)


def test_start_leaves_a_global_flow() -> None:
    patient = Patient(made()).start().say("/language").start()
    assert (patient.question.state, len(patient.person.sessions)) == ("a", 1)


def test_a_global_flow_over_a_global_flow_replaces_it() -> None:
    patient = at_menu().say("/language").say("/human")
    assert [session.flow for session in patient.person.sessions] == ["home", "human"]
    assert patient.press("not_now").question.state == "menu"


def test_back_leaves_a_global_flow() -> None:
    assert at_menu().say("/language").press("back").question.state == "menu"
    ended = at_menu().press("out")
    assert ended.say("/language").say("/back").at == "after_end.ask"
    assert ended.say("/back").person.front is None
