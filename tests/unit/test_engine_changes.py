"""Under 18, flows that change under a live session, what a question looks like, and things that are no text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine import phrases
from bot.engine.advance import open_flow
from bot.engine.effect import PausePerson, SendMessage, SendPicture
from bot.engine.event import Blocked, ContactShared, PhotoSent, Said, Unblocked
from bot.engine.model import (
    Ask,
    Book,
    Call,
    CampaignEntry,
    Choose,
    Do,
    Expire,
    Flow,
    Link,
    Picture,
    Say,
    State,
    Text,
    Transition,
)
from bot.engine.session import Status
from bot.engine.value import Value
from tests.engine_books import (
    NOW,
    Patient,
    ask,
    book,
    end,
    equals,
    flow,
    many,
    nobody,
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


def young() -> Book:
    """Under 18 leads to `young` by every way; `booking` may not be reached."""
    return book(
        flow(
            "main",
            Do("gate", "look", to(Transition("note", equals("contact.minor", True)), "age")),
            ask("age", "aims", "adult", option("under_18", to="note"), save="age"),
            ask("aims", "booking", "x", save="aim"),
            ask("booking", "done", "book"),
            Do("note", "note_minor", to("young")),
            ask("young", "done", "ok"),
            end(),
        )
    )


@pytest.mark.parametrize("way", ["/back", "/answers", "/restart", "/start", "poster", "back", "old button", "end"])
def test_under_18_is_not_passed_by_any_way(way: str) -> None:
    patient = Patient(young()).start()
    adult = patient.data("adult")
    patient.press("under_18")
    match way:
        case "/restart":
            patient.say(way).press("yes")
        case "/start":
            patient.start().press("restart")
        case "poster":
            patient.start("poster").press("go_on")
        case "old button":
            patient.press_data(adult)
        case "end":
            patient.press("ok").start()
        case "back":
            patient.press_data(f"{patient.session.id}:{patient.session.turn}*back")
        case "/answers":
            patient.say(way).press("go_on")
        case _:
            patient.say(way)
    assert patient.question.state == "young"
    assert patient.person.contact.minor_at == NOW


def test_a_lifted_fact_can_be_stated_again() -> None:
    patient = Patient(young()).start().press("under_18")
    lifted = replace(patient.person, contact=replace(patient.person.contact, minor_at=None))
    patient = Patient(young(), lifted).say("hello").say("/back")
    assert (patient.question.state, patient.person.contact.minor_at) == ("age", None)
    assert patient.press("under_18").person.contact.minor_at == NOW


def test_a_changed_flow_keeps_answers_and_says_so_once() -> None:
    patient = at_menu()
    changed = main()
    states = {**changed.states, "c": ask("new", "menu", "n", save="c")}
    states["new"] = states.pop("c")
    states["gate"] = Do("gate", "look", to(Transition("new", equals("a", "x")), "d"))
    button = patient.data("out")
    patient.book = book(replace(changed, states=states), number=2)
    patient.press_data(button)
    assert patient.texts() == [f"{phrases.FLOW_CHANGED.plain_source[0]}\n\nQuestion new?"]
    assert patient.press("n").texts() == ["Question menu?"]
    assert patient.session.book == 2


def test_a_question_whose_answer_it_no_longer_takes_is_asked_again() -> None:
    patient = at_menu()
    states = {**main().states, "a": ask("a", "b", "v", "y", save="a", short=words("First"))}
    patient.book = book(replace(main(), states=states), number=2)
    assert patient.say("hello").texts() == [f"{phrases.FLOW_CHANGED.plain_source[0]}\n\nQuestion a?"]


def test_typed_text_and_things_at_a_question_that_has_moved_answer_nothing() -> None:
    photo = flow("main", ask("a", "b", choose=Choose.PHOTO, save="a"), ask("b", "done", "x"), end())
    moved = flow("main", ask("n", "a", choose=Choose.PHOTO, save="n"), *photo.states.values())
    for event in (PhotoSent("f"), Said("x"), ContactShared("07700900123")):
        patient = Patient(book(photo)).start()
        patient.book = book(moved, number=2)
        patient.take(event)
        assert (patient.question.state, patient.session.answers) == ("n", {})


def test_a_renamed_state_goes_unnoticed() -> None:
    patient = at_menu()
    states: dict[str, State] = {}
    for key, state in main().states.items():
        if key == "menu" and isinstance(state, Ask):
            states["choices"] = replace(state, id="choices", was=("menu",))
        elif key in {"c", "d", "text", "more"} and isinstance(state, Ask | Say):
            states[key] = replace(state, next=to("choices"))
        else:
            states[key] = state
    button = patient.data("sub")
    patient.book = book(replace(main(), states=states), number=2)
    assert patient.press_data(button).question.state == "more"
    assert patient.press("k").question.state == "choices"
    assert patient.press("sub").question.state == "more"
    assert patient.press("back").question.state == "choices"
    assert patient.say("/back").question.state == "c"


def test_an_option_that_is_gone_shows_what_there_is_now() -> None:
    patient = Patient(made()).start()
    button = patient.data("y")
    patient.book = book(replace(main(), states={**main().states, "a": ask("a", "b", "x", save="a")}), number=2)
    patient.press_data(button)
    assert (patient.note, patient.texts()) == ("", [f"{phrases.FLOW_CHANGED.plain_source[0]}\n\nQuestion a?"])
    assert patient.say("x").question.state == "b"


def test_a_flow_that_now_ends_earlier_says_that_it_is_over() -> None:
    patient = at_menu()
    button = patient.data("read")
    states = {**main().states, "c": ask("c", "done", "z", save="c")}
    patient.book = book(replace(main(), states=states), number=2)
    assert patient.press_data(button).at == "after_end.ask"
    assert patient.texts()[0] == phrases.OVER.plain_source[0]
    assert patient.person.sessions[0].status is Status.COMPLETED


def test_a_bare_command_where_the_flow_has_ended_meanwhile() -> None:
    patient = Patient(book(flow("main", ask("q", "done", "x"), end()))).start()
    patient.book = book(flow("main", end()), number=2)
    assert patient.say("help").texts()[0] == "Help text."
    bare = replace(
        patient.book, flows={key: each for key, each in patient.book.flows.items() if key != "after_end"}
    )
    other = Patient(book(flow("main", ask("q", "done", "x"), end()))).start()
    other.book = bare
    assert other.say("hello").texts() == [phrases.OVER.plain_source[0]]


def test_a_flow_that_is_gone_apologises_and_withdraws_nothing() -> None:
    consented = flow("main", ask("q", "agree", "x"), Do("agree", "agree", to("r")), ask("r", "done", "y"), end())
    patient = Patient(book(consented)).start().press("x")
    patient.book = replace(
        patient.book, flows={key: each for key, each in patient.book.flows.items() if key != "home"}
    )
    patient.say("hello")
    assert phrases.SORRY.plain_source[0][:30] in patient.texts()[0]
    consent = patient.person.contact.consent
    assert consent is not None
    assert consent.withdrawn_at is None
    assert (patient.person.sessions[0].status, patient.at) == (Status.FAILED, "after_end.ask")


def test_a_loop_in_a_flow_is_a_clear_failure() -> None:
    patient = (
        Patient(book(flow("main", ask("q", "a", "x"), say("a", "b"), say("b", "a"), end()))).start().press("x")
    )
    assert patient.person.sessions[0].status is Status.FAILED
    assert phrases.SORRY.plain_source[0][:30] in patient.texts()[-1]
    assert patient.say("hello").at == "after_end.ask"


def test_of_ended_conversations_of_a_flow_the_last_is_kept() -> None:
    patient = at_menu().press("out").say("hi").press("restart").press("y").choose("p").press("w").press("out")
    assert len(patient.person.sessions) == 1
    assert patient.person.sessions[0].answers["home.open/main.a"].answer.options == ("y",)


def test_pictures_links_and_the_banner() -> None:
    picture = Picture(words("A face"), path="face.png")
    asked = ask(
        "q",
        "said",
        "x",
        picture=picture,
        links=(Link(words("Site"), "https://example.org"), Link(words("Book"), "clinic.link")),
    )
    told = replace(
        say("said", "done"),
        picture=Picture(words("None"), source="missing"),
        links=(Link(words("Site"), "clinic.name"),),
    )
    patient = Patient(book(flow("main", asked, told, end()), banner=words("**Trial.**"))).start()
    assert patient.of(SendPicture) == [SendPicture(1, "face.png", "A face")]
    assert patient.texts() == ["<b>Trial.</b>\n\nQuestion q?"]
    assert [(key, button.url) for key, button in patient.buttons().items()] == [
        ("x", None),
        ("link1", "https://example.org"),
    ]
    assert patient.press("x").texts() == ["Said said."]
    assert patient.sent()[0].rows[0][0].url == "Clear Skin"


def test_what_depends_on_the_moment_is_worked_out_once() -> None:
    calls: list[object] = []

    def moment(now: object) -> dict[str, Value]:
        calls.append(now)
        return {"clinic.open_now": "open"}

    told = flow("main", say("s", "q", "We are {clinic.open_now}."), ask("q", "done", "x"), end())
    twice = ask("q", "done", "x", text=words("Still {clinic.open_now}?"))
    patient = Patient(book(replace(told, states={**told.states, "q": twice}), moment=moment)).start()
    assert patient.texts() == ["We are open.", "Still open?"]
    assert calls == [NOW]


def test_a_text_that_comes_out_empty_is_not_sent() -> None:
    patient = Patient(
        book(flow("main", replace(say("s", "q"), text=Text("p", source="missing")), ask("q", "done", "x"), end()))
    ).start()
    assert patient.texts() == ["Question q?"]


def test_columns_exclusive_pairs_and_sharing_a_number() -> None:
    not_sure = option("not_sure", exclusive=True)
    patient = Patient(
        book(
            flow(
                "main",
                many("q", "c", "a", "b", "c", not_sure, into="s", columns=2),
                ask("c", "done", "no", choose=Choose.CONTACT),
                end(),
            )
        )
    )
    rows = [[button.id for button in row] for row in patient.start().question.rows]
    assert rows == [["a", "b"], ["c"], ["not_sure", "none"], ["done"]]
    patient.press("none")
    assert [[button.kind for button in row] for row in patient.question.rows] == [
        ["contact"],
        ["option"],
        ["extra"],
    ]


def test_a_long_answer_is_cut_in_the_mark() -> None:
    patient = (
        Patient(book(flow("main", ask("q", "r", choose=Choose.TEXT), ask("r", "done", "x"), end())))
        .start()
        .say("x" * 4096)
    )
    assert len(patient.sent()[-1].html) < 400


def test_things_that_are_no_text() -> None:
    patient = Patient(made()).start()
    cant, not_yours = "I can't look at pictures", phrases.NOT_YOUR_CARD.plain_source[0]
    assert patient.sticker().texts()[0].startswith(cant)
    assert Patient(made()).start().photo().texts()[0].startswith(cant)
    assert Patient(made()).sticker().question.state == "a"
    assert Patient(made()).contact("07700900123").question.state == "a"
    assert (
        Patient(made())
        .start()
        .contact("07700900123")
        .texts()[0]
        .startswith(phrases.NOT_UNDERSTOOD["one"].plain_source[0])
    )
    photo = book(flow("main", ask("q", "r", choose=Choose.PHOTO, save="q"), ask("r", "done", "x"), end()))
    assert Patient(photo).start().photo("abc").session.answers["home.open/main.q"].answer.text == "abc"
    assert Patient(photo).start().sticker().texts()[0].startswith(phrases.NOT_UNDERSTOOD["photo"].plain_source[0])
    asks = book(flow("main", ask("q", "r", choose=Choose.CONTACT, save="q"), ask("r", "done", "x"), end()))
    assert (
        Patient(asks).start().contact("+44 1632 960000").session.answers["home.open/main.q"].answer.text
        == "+441632960000"
    )
    assert Patient(asks).start().contact("+441632960000", own=False).texts()[0].startswith(not_yours)


def test_a_conversation_that_runs_out_behind_another_leaves_it_in_front() -> None:
    waits = ask("q", "r", "x", expire=Expire(timedelta(days=7), "pause"))
    one = flow("main", ask("p", "q", "k"), waits, ask("r", "done", "z"), end("pause", "expired"), end())
    care = flow("care", ask("first", "done", "y"), end())
    campaigns = {"care": CampaignEntry("care", "care", "care")}
    patient = Patient(book(one, care, campaigns=campaigns)).start().press("k").start("care")
    patient.wait(days=7).fire("expire/7-1/1")
    assert (patient.at, patient.texts()) == ("care.first", [])


def test_who_blocks_and_comes_back() -> None:
    patient = Patient(made()).start().take(Blocked())
    assert (patient.person.contact.blocked_at, patient.effects) == (NOW, (PausePerson(),))
    assert patient.take(Unblocked()).person.contact.blocked_at is None
    assert patient.take(Blocked()).say("x").person.contact.blocked_at is None


def test_a_flow_opened_by_name() -> None:
    turn = open_flow(made(), nobody(), "main", NOW)
    (message,) = [effect for effect in turn.effects if isinstance(effect, SendMessage)]
    assert (message.state, turn.person.sessions[0].flow) == ("a", "main")
    assert turn.trace == (("main.a", "?"),)


def test_the_language_of_the_person() -> None:
    many_languages = book(main(), languages=("en", "de", "pt_BR"))
    for code, expected in [("de-AT", "de"), ("de", "de"), ("pt_BR", "pt_BR"), ("fr", "en"), (None, "en")]:
        person = replace(nobody(), contact=replace(nobody().contact, language=code))
        assert Patient(many_languages, person).start().session.context["language"] == expected


def test_calls_reach_back_to_their_flow() -> None:
    sub = flow("sub", ask("q", "out", "x", save="q"), end("out"))
    patient = Patient(book(flow("main", Call("go", "sub", to("r")), ask("r", "done", "y"), end()), sub)).start()
    assert patient.press("x").question.state == "r"
    assert patient.press("back").question.state == "q"
