"""Typed text: answers, commands, questions, emergencies, and what is not understood."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine import phrases
from bot.engine.effect import Count, ReportAlert, SendCard
from bot.engine.effect import Lane as OutLane
from bot.engine.event import OtherSent, PhotoSent, TextEdited
from bot.engine.model import Choose
from bot.engine.session import Answer, Status
from bot.engine.typed import read_start
from bot.engine.typed_value import read_phone
from tests.engine_books import TODAY, Patient, ask, book, end, flow, many, option, say


def asks(choose: Choose = Choose.ONE, *options: str, **more: object) -> Patient:
    made = book(
        flow(
            "main", ask("q", "after", *options, choose=choose, save="q", **more), ask("after", "done", "ok"), end()
        )
    )
    return Patient(made).start()


def given(patient: Patient) -> Answer | None:
    """What was taken as the answer of the first question."""
    found = patient.person.sessions[0].answers.get("home.open/main.q")
    return found.answer if found else None


@pytest.mark.parametrize(
    ("choose", "text", "expected"),
    [
        (Choose.TEXT, " It hurts a bit ", Answer(text="It hurts a bit")),
        (Choose.TEXT, "👍", Answer(text="👍")),
        (Choose.TEXT, "back", Answer(text="back")),
        (Choose.TEXT, "how much is it?", Answer(text="how much is it?")),
        (Choose.TEXT, "<b>\u202eevil\x00</b>", Answer(text="<b>evil</b>")),
        (Choose.TEXT, " \n ", None),
        (Choose.NUMBER, "3", Answer(number=3)),
        (Choose.NUMBER, " 2,5 ", Answer(number=2.5)),
        (Choose.NUMBER, "about 3 of them", Answer(number=3)),
        (Choose.NUMBER, "٣", Answer(number=3)),
        (Choose.NUMBER, "3 or 4", None),
        (Choose.NUMBER, "99", None),
        (Choose.NUMBER, "1" * 400, None),
        (Choose.NUMBER, "three", None),
        (Choose.DATE, "20 november", Answer(on=TODAY - timedelta(days=3))),
        (Choose.DATE, "tomorrow", Answer(on=TODAY + timedelta(days=1))),
        (Choose.DATE, "soon", None),
        (Choose.CONTACT, "+44 (0)20 7946 0000", Answer(text="+442079460000")),
        (Choose.CONTACT, "ring me on 07700 900123 please", Answer(text="07700900123")),
        (Choose.CONTACT, "12", None),
        (Choose.PHOTO, "here it is", None),
        (Choose.ONE, "nonsense", None),
    ],
)
def test_each_kind_of_question_takes_its_kind_of_text(choose: Choose, text: str, expected: Answer | None) -> None:
    bounds = {"at_least": 1, "at_most": 9} if choose is Choose.NUMBER else {}
    patient = asks(choose, **bounds).say(text)
    assert given(patient) == expected
    if expected is None:
        assert phrases.NOT_UNDERSTOOD[choose.value].plain_source[0] in patient.texts()[0]
        assert patient.question.state == "q"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("020 7946 0000", "02079460000"),
        ("(020) 7946-0000", "02079460000"),
        ("+44 20.7946.0000", "+442079460000"),
        ("٠٢٠ ٧٩٤٦ ٠٠٠٠", "02079460000"),
        ("my number: 07700 900123.", "07700900123"),
        ("07700 900123 or 07700 900124", None),
        ("12345", None),
        ("1234567890123456", None),
        ("", None),
        ("call me", None),
        ("+", None),
    ],
)
def test_a_telephone_number_is_read(text: str, expected: str | None) -> None:
    assert read_phone(text) == expected


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start poster", "poster"),
        ("/START@Bot a b", "a"),
        ("start", None),
        ("", None),
        ("/starts", None),
    ],
)
def test_a_typed_start(text: str, payload: str | None) -> None:
    assert read_start(text) == payload


def test_a_typed_start_with_a_payload_opens_it() -> None:
    patient = Patient(book(flow("main", ask("q", "done", "x"), end()))).say("/start poster")
    assert (patient.at, patient.person.contact.first_touch is not None) == ("main.q", True)


def dated(*options: str) -> Patient:
    return asks(Choose.ONE, *options, dates="times")


def test_a_date_answers_a_question_with_dates() -> None:
    patient = dated("soon", "later").say("in 5 weeks")
    assert given(patient) == Answer(on=TODAY + timedelta(days=35))


def test_a_date_in_digits_is_not_two_options() -> None:
    patient = dated("soon", "later", "third").say("1/3")
    assert given(patient) == Answer(on=TODAY.replace(year=2027, month=3, day=1))
    assert given(asks(Choose.ONE, "soon", "later").say("1/2")) is None


def test_a_past_date_is_asked_again() -> None:
    patient = dated("soon", "later").say("22 november 2026")
    assert patient.texts()[0].startswith(phrases.PAST_DATE.plain_source[0])
    assert phrases.NOT_UNDERSTOOD["dated"].plain_source[0] in dated("soon").say("whenever").texts()[0]


def test_numbers_and_labels_answer() -> None:
    assert given(asks(Choose.ONE, "red", "blue").say("2")) == Answer(options=("blue",))
    assert given(asks(Choose.ONE, "red", "blue").say("Red please")) == Answer(options=("red",))


def test_unclear_text_is_asked_back_and_can_be_confirmed() -> None:
    patient = asks(Choose.ONE, "red", "blue").say("not <red>")
    assert patient.texts()[0].startswith(
        "I heard “not &lt;red&gt;”, but I'm not sure I understood. Did you mean “Red”?"
    )
    assert given(patient) is None
    assert given(patient.say("yes")) == Answer(options=("red",))


def test_a_yes_confirms_only_what_was_just_heard() -> None:
    assert given(asks(Choose.ONE, "red", "blue").say("red or blue").say("yes")) is None
    assert given(asks(Choose.ONE, "red", "blue").say("not red").say("hm").say("yes")) is None
    patient = asks(Choose.ONE, "red", "blue").say("red").say("not ok").press("back").say("yes")
    assert given(patient) is None


def marked() -> Patient:
    made = book(
        flow(
            "main",
            many("q", "after", "acne", "lines", option("not_sure", exclusive=True, adds="s"), into="s"),
            ask("after", "done", "ok"),
            end(),
        )
    )
    return Patient(made).start()


def test_typed_options_join_the_marks() -> None:
    assert given(marked().press("lines").say("acne")) == Answer(options=("acne", "lines"))
    assert given(marked().say("1 and 2")) == Answer(options=("acne", "lines"))


def test_done_can_be_typed() -> None:
    assert given(marked().press("lines").say("done")) == Answer(options=("lines",))
    patient = marked().say("done")
    assert phrases.CHOOSE_FIRST.plain_source[0] in patient.texts()[0]


def test_typed_none_beside_marks_is_unclear() -> None:
    patient = marked().press("lines").say("none of these")
    assert given(patient) is None
    assert "Did you mean “Lines”?" in patient.texts()[0]
    assert patient.session.marks == ("lines",)
    assert given(marked().say("none of these")) == Answer(options=("none",))


def test_typed_not_sure_keeps_the_marks() -> None:
    assert given(marked().press("lines").say("not sure")) == Answer(options=("lines", "not_sure"))


def test_unclear_text_at_a_choose_many_is_confirmed_with_what_is_marked() -> None:
    patient = marked().press("lines").say("rather not acne")
    assert given(patient.say("yes")) == Answer(options=("acne", "lines"))


def test_what_contradicts_itself_can_not_be_confirmed() -> None:
    assert given(marked().say("acne or not sure").say("yes")) is None


def test_none_is_never_inferred() -> None:
    patient = marked().say("well none of these things")
    assert given(patient) is None
    assert phrases.UNCLEAR_NOT.plain_source[0] in patient.texts()[0]


def test_a_question_is_answered_and_the_open_one_asked_again() -> None:
    patient = asks(Choose.ONE, "red").say("and how much is it?")
    assert patient.texts() == ["Ask us for prices.", "Question q?"]
    assert patient.of(Count) == [Count("asked:price")]
    patient.say("is there parking")
    assert "020 7946 0000" in patient.texts()[0]
    assert Count("unanswered:parking") in patient.effects


def test_two_misses_offer_a_person() -> None:
    patient = asks(Choose.ONE, "red").say("hm")
    assert (patient.session.misses, patient.at) == (1, "home.open/main.q")
    patient.say("hm")
    assert (patient.at, sorted(patient.buttons())) == ("lost.ask", ["back", "go_on", "person"])
    patient.press("go_on")
    assert (patient.question.state, patient.session.misses) == ("q", 0)
    assert patient.say("hm").question.state == "q"


def test_an_answer_forgives_misses() -> None:
    patient = asks(Choose.ONE, "red").say("hm").say("red").say("hm")
    assert (patient.question.state, patient.session.misses) == ("after", 1)


def test_two_misses_in_a_global_flow_offer_a_person_and_come_back_to_it() -> None:
    patient = asks(Choose.ONE, "red").say("/language").say("hm").say("hm")
    assert patient.at == "lost.ask"
    assert patient.say("hm").say("hm").at == "lost.ask"
    assert patient.press("go_on").at == "language.ask"
    assert patient.press("en").question.state == "q"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("/help", "home.open/main.q"),
        ("help", "home.open/main.q"),
        ("/HELP@SkinBot", "home.open/main.q"),
        ("/language", "language.ask"),
        ("/human now", "human.number"),
        ("/answers", "answers.ask"),
        ("Restart", "restart.ask"),
        ("/delete", "delete.ask"),
    ],
)
def test_commands_work_at_any_moment(text: str, at: str) -> None:
    patient = asks(Choose.ONE, "red").say(text)
    assert patient.at == at
    assert patient.question.state


@pytest.mark.parametrize("text", ["/", "//", "/wrong", "/ help", "/@bot"])
def test_an_unknown_command(text: str) -> None:
    patient = asks(Choose.TEXT).say(text)
    if text == "/ help":
        assert "Help text." in patient.texts()
    else:
        assert phrases.UNKNOWN_COMMAND.plain_source[0] in patient.texts()[0]


def test_a_bare_word_that_is_an_answer_is_no_command() -> None:
    made = book(
        flow("main", ask("q", "after", option("stop", "Stop"), save="q"), ask("after", "done", "ok"), end())
    )
    assert given(Patient(made).start().say("stop")) == Answer(options=("stop",))
    assert Patient(made).start().say("/stop").person.contact.stopped_at is not None


def test_a_command_whose_flow_is_missing() -> None:
    made = book(flow("main", ask("q", "done", "x"), end()))
    bare = replace(made, flows={key: each for key, each in made.flows.items() if key not in {"privacy", "back"}})
    assert phrases.UNKNOWN_COMMAND.plain_source[0] in Patient(bare).start().say("/privacy").texts()[0]
    assert Patient(bare).start().say("privacy").texts()[0] != ""
    assert Patient(bare).start().say("/back").texts() == ["Question q?"]


def test_nothing_open() -> None:
    made = book(flow("main", ask("q", "bye", "x"), say("bye", "done", "Bye."), end()))
    patient = Patient(made).start().press("x")
    assert patient.person.front is None
    assert patient.say("blorp").at == "after_end.ask"
    patient = Patient(made).start().press("x").say("what's the price")
    assert patient.texts() == ["Ask us for prices.", "Question ask?"]
    assert Patient(made).start().press("x").say("/wrong").at == "after_end.ask"
    assert Patient(made).start().press("x").say("/back").texts() == ["There's nothing to take back."]
    assert Patient(made).start().press("x").say("help").texts() == ["Help text."]
    assert Patient(made).say("hello").at == "home.open/main.q"


def test_nothing_open_and_no_flow_for_that() -> None:
    made = book(flow("main", ask("q", "done", "x"), end()))
    for missing, at in (({"after_end"}, "home.open/main.q"), ({"after_end", "home"}, None)):
        patient = Patient(
            replace(made, flows={key: each for key, each in made.flows.items() if key not in missing})
        )
        patient.start("poster" if "home" in missing else None).press("x").say("blorp")
        assert (patient.session.at_key if patient.person.front else None) == at


def test_a_certain_emergency_is_one_turn_with_its_alert() -> None:
    patient = asks(Choose.TEXT).say("please HELP ME now")
    assert patient.at == "emergency.now"
    (report,) = patient.of(ReportAlert)
    assert isinstance(report, ReportAlert)
    assert (report.level, report.signs, report.status) == ("red", ("breathing",), "raised")
    assert patient.person.alerts[0].words == "please HELP ME now"
    assert SendCard(2, "A7-1", OutLane.ALERT) in patient.effects
    assert patient.question.lane is OutLane.ALERT
    after = patient.press("go_on").question
    assert (after.state, after.lane) == ("q", OutLane.REPLY)


def test_an_emergency_is_heard_in_captions_and_edited_messages() -> None:
    patient = asks(Choose.ONE, "x")
    assert patient.take(TextEdited("no worries")).effects == ()
    assert patient.take(TextEdited("help me")).at == "emergency.now"
    made = book(flow("main", ask("q", "done", "x"), end()))
    for sent in (PhotoSent("f", "help me"), OtherSent("video", "help me")):
        assert Patient(made).take(sent).at == "emergency.now"


def test_without_such_a_flow_an_emergency_is_only_text() -> None:
    made = book(flow("main", ask("q", "done", choose=Choose.TEXT), end()))
    patient = Patient(replace(made, flows={key: each for key, each in made.flows.items() if key != "emergency"}))
    assert patient.start().say("help me").person.sessions[0].status is Status.COMPLETED


@pytest.mark.parametrize("leave", ["/help", "/start", "/restart", "/language", "/back", "press", "back button"])
def test_an_emergency_that_is_still_a_question_stays_until_it_is_answered(leave: str) -> None:
    patient = asks(Choose.ONE, "red", "blue")
    red = patient.data("red")
    patient.say("I feel odd")
    assert patient.at == "emergency.sure"
    emergency = patient.session.id
    if leave == "press":
        patient.press_data(red)
    elif leave == "back button":
        patient.press("back")
    elif leave == "/start":
        patient.start()
    else:
        patient.say(leave)
    if leave == "/restart":
        patient.press("yes")
    assert not patient.person.alerts
    patient.wait(minutes=10).fire(f"expire/{emergency}/0")
    assert [alert.level for alert in patient.person.alerts] == ["red"]
    assert patient.at == "emergency.now"


def test_a_denied_emergency_raises_nothing() -> None:
    patient = asks(Choose.ONE, "red").say("I feel odd")
    emergency = patient.session.id
    patient.press("no").press("go_on").wait(minutes=10).fire(f"expire/{emergency}/0")
    assert patient.person.alerts == ()


def test_a_certain_emergency_replaces_an_unclear_one() -> None:
    patient = asks(Choose.ONE, "red").say("I feel odd").say("help me")
    assert (patient.at, len(patient.person.alerts)) == ("emergency.now", 1)
    assert [each.flow for each in patient.person.sessions] == ["home", "emergency"]


def test_leaving_an_unclear_emergency_when_nothing_else_is_open() -> None:
    made = book(flow("main", ask("q", "done", "x"), end()))
    assert Patient(made).start().press("x").say("I feel odd").press("back").at == "after_end.ask"
    bare = replace(made, flows={key: each for key, each in made.flows.items() if key != "after_end"})
    assert Patient(bare).start().press("x").say("I feel odd").press("back").at == "emergency.sure"


def test_going_back_keeps_an_alert_and_does_not_raise_it_twice() -> None:
    patient = asks(Choose.ONE, "red").say("I feel odd").press("yes").press("back").press("yes")
    assert [(alert.status, alert.level) for alert in patient.person.alerts] == [("raised", "red")]
