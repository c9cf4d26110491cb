"""What is typed where a global flow stands in front that only leads back: the question beneath hears it too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import phrases
from bot.engine.derive import HEARD_SIGNS
from bot.engine.model import Choose
from bot.engine.session import Answer, Session, Status
from tests.engine_books import TODAY, Patient, ask, book, end, flow, many, option
from tests.recovery_patient import Healing

Q = "home.open/main.q"
PRIVACY = flow("privacy", ask("text", "done", option("go_on", "Thank you, go on"), "delete"), end())


def lost_at(choose: Choose = Choose.ONE, *options: str, **more: object) -> Patient:
    """Somebody who was not understood twice at a question with these options."""
    made = book(
        flow(
            "main", ask("q", "after", *options, choose=choose, save="q", **more), ask("after", "done", "ok"), end()
        ),
        PRIVACY,
    )
    patient = Patient(made).start()
    for _ in range(2):
        patient = patient.sticker() if choose is Choose.TEXT else patient.say("hm")
    assert patient.at == "lost.ask"
    return patient


def given(patient: Patient) -> Answer | None:
    found = patient.person.sessions[0].answers.get(Q)
    return found.answer if found else None


def flows_open(patient: Patient) -> list[str]:
    return [session.flow for session in patient.person.sessions]


@pytest.mark.parametrize("text", ["Purple", "it is purple I think", "yes, purple", "purpel"])
def test_an_answer_to_the_question_beneath_is_taken_and_the_offer_goes(text: str) -> None:
    patient = lost_at(Choose.ONE, "purple", "blue")
    offer = patient.question.number
    patient.say(text)
    assert given(patient) == Answer(options=("purple",))
    assert (patient.question.state, flows_open(patient)) == ("after", ["home"])
    assert any(message.edits == offer and message.rows == () for message in patient.sent()), "its buttons go"


@pytest.mark.parametrize(
    ("choose", "more", "text", "expected"),
    [
        (Choose.ONE, {"dates": "times"}, "in 5 weeks", Answer(on=TODAY.replace(month=12, day=28))),
        (Choose.DATE, {}, "20 november", Answer(on=TODAY.replace(day=20))),
        (Choose.NUMBER, {"at_least": 1, "at_most": 99}, "about 42", Answer(number=42)),
        (Choose.CONTACT, {}, "07700 900123", Answer(text="07700900123")),
        (Choose.TEXT, {}, "it stings a bit", Answer(text="it stings a bit")),
    ],
)
def test_each_kind_of_question_hears_its_kind(
    choose: Choose, more: dict[str, object], text: str, expected: Answer
) -> None:
    options = ("soon", "later") if choose is Choose.ONE else ()
    assert given(lost_at(choose, *options, **more).say(text)) == expected


def test_marks_that_were_set_can_be_submitted_and_joined() -> None:
    made = book(flow("main", many("q", "after", "p", "q", "r", into="set"), ask("after", "done", "ok"), end()))
    patient = Patient(made).start().press("p").say("hm").say("hm")
    assert patient.say("r").answers() == {Q: ("p", "r")}
    patient = Patient(made).start().press("p").say("hm").say("hm").say("done")
    assert patient.answers() == {Q: ("p",)}
    assert Patient(made).start().say("hm").say("hm").say("done").at == "lost.ask", "nothing is marked"


@pytest.mark.parametrize("text", ["none of these", "Not sure", "well, none of these things"])
def test_what_stands_alone_may_be_said_of_the_offer(text: str) -> None:
    not_sure = option("not_sure", "Not sure", exclusive=True, adds="set")
    made = book(flow("main", many("q", "done", "red", not_sure, into="set"), end()))
    assert Patient(made).start().say("hm").say("hm").say(text).at == "lost.ask"


def test_a_photo_and_a_shared_number_answer_too() -> None:
    patient = Patient(
        book(flow("main", ask("q", "after", choose=Choose.PHOTO, save="q"), ask("after", "done", "ok"), end()))
    )
    patient.start().say("hm").say("hm").sticker()
    assert (patient.at, phrases.CANT_LOOK.plain_source[0] in patient.texts()[0]) == ("lost.ask", False)
    assert given(patient.photo("file")) == Answer(text="file")
    assert given(lost_at(Choose.CONTACT).contact("07700 900123")) == Answer(text="07700900123")
    patient = lost_at(Choose.CONTACT).contact("07700 900123", own=False)
    assert (patient.at, flows_open(patient)) == (Q, ["home"])
    assert patient.texts()[0].startswith(phrases.NOT_YOUR_CARD.plain_source[0])
    assert lost_at(Choose.ONE, "red").contact("07700 900123").at == "lost.ask"


def test_what_is_unclear_there_is_asked_about_there() -> None:
    patient = lost_at(Choose.ONE, "red", "blue").say("no it isn't red")
    assert "Did you mean “Red”?" in patient.texts()[0]
    assert (patient.at, given(patient)) == (Q, None)
    assert given(patient.say("yes")) == Answer(options=("red",))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Go on", Q),
        ("1", Q),
        ("yes", Q),
        ("ok, all right", Q),
        ("Person", "lost.person/human.number"),
        ("2", "lost.person/human.number"),
        ("a person about the red one please", "lost.person/human.number"),
        ("not a person", "lost.ask"),
        ("no", "lost.ask"),
        ("no thanks", "lost.ask"),
        ("3", "lost.ask"),
        ("blorp", "lost.ask"),
        ("/language", "language.ask"),
        ("restart", "restart.ask"),
        ("help me, it is red", "emergency.now"),
        ("I feel odd and red", "emergency.sure"),
    ],
)
def test_emergencies_commands_and_its_own_answers_go_before(text: str, at: str) -> None:
    patient = lost_at(Choose.ONE, "red", "blue", "no_thanks_no").say(text)
    assert (patient.at, given(patient)) == (at, None)


def test_a_question_is_answered_and_the_offer_stands() -> None:
    patient = lost_at(Choose.ONE, "red").say("how much is it?")
    assert (patient.texts()[0], patient.at) == ("Ask us for prices.", "lost.ask")


@pytest.mark.parametrize("front", ["/start", "/privacy"])
def test_other_flows_that_only_lead_back(front: str) -> None:
    made = book(flow("main", ask("first", "q", "ok"), ask("q", "done", "red", save="q"), end()), PRIVACY)
    patient = Patient(made).start().press("ok").say(front)
    assert patient.session.flow == front[1:]
    assert patient.say("nonsense").session.flow == front[1:]
    assert given(patient.say("red, I think")) == Answer(options=("red",))


@pytest.mark.parametrize("front", ["/human", "/delete", "/restart", "/language", "/answers"])
def test_flows_that_want_an_answer_themselves_keep_it(front: str) -> None:
    made = book(flow("main", ask("q", "after", "red", save="q"), ask("after", "done", "ok"), end()))
    patient = Patient(made).start().say(front).say("red")
    assert (given(patient), patient.session.flow) == (None, front[1:])


def test_any_text_is_an_answer_only_beneath_the_offer_of_a_person() -> None:
    made = book(flow("main", ask("q", "done", choose=Choose.TEXT, save="q"), end()), PRIVACY)
    patient = Patient(made).start().say("/privacy").say("who reads this?")
    assert (patient.session.flow, given(patient)) == ("privacy", None)


def test_through_two_of_them() -> None:
    made = book(flow("main", ask("q", "after", "red", save="q"), ask("after", "done", "ok"), end()), PRIVACY)
    patient = Patient(made).start().say("/privacy").say("hm").say("hm")
    assert flows_open(patient) == ["home", "privacy", "lost"]
    assert patient.say("yes").at == "privacy.text"
    patient.say("hm").say("hm").say("red")
    assert (given(patient), flows_open(patient)) == (Answer(options=("red",)), ["home"])


def test_an_emergency_that_is_a_question_is_not_answered_from_above() -> None:
    made = book(flow("main", ask("q", "after", "red", save="q"), ask("after", "done", "ok"), end()), PRIVACY)
    for text in ("yes no", "red", "it is a yes"):
        patient = Patient(made).start().say("I feel odd").say("/privacy").say(text)
        assert (patient.at, patient.person.alerts, given(patient)) == ("privacy.text", (), None)


def test_a_question_that_a_changed_flow_has_moved_hears_nothing() -> None:
    patient = lost_at(Choose.ONE, "red", "blue")
    moved = flow("main", ask("new", "after", "red", save="q"), ask("after", "done", "ok"), end())
    patient.book = replace(patient.book, flows={**patient.book.flows, "main": moved}, number=2)
    assert patient.say("red").at == "lost.ask"


def test_nothing_is_beneath() -> None:
    made = book(flow("main", ask("q", "done", "x"), end()), PRIVACY)
    assert Patient(made).start().press("x").say("/privacy").say("yes").at == "privacy.text"


def test_somebody_young_is_heard_at_the_question_beneath() -> None:
    young = option("under_18", to="after")
    made = book(flow("main", ask("q", "after", young, "adult", save="q"), ask("after", "done", "ok"), end()))
    patient = Patient(made).start().say("hm").say("hm").say("I am 16")
    assert (given(patient), flows_open(patient)) == (Answer(options=("under_18",)), ["home"])


# In a check-in


def lost_in_a_check_in() -> Healing:
    """Twice not understood, and twice again once a person looks today."""
    patient = Healing().fine_until(3).on_day(3, 14)
    patient.say("is this normal?").say("blorp").say("wooble").say("blorp").say("wooble")
    assert patient.at == "lost.ask"
    return patient


def check_in_of(patient: Healing) -> Session:
    return next(each for each in patient.person.sessions if each.status is Status.WAITING and not each.is_detour)


def test_a_check_in_goes_on_with_what_is_typed() -> None:
    patient = lost_in_a_check_in().say("it's worse")
    assert (patient.asked, flows_open(patient).count("lost")) == ("picture", 0)


def test_words_that_nobody_makes_out_there_stay_with_the_check_in() -> None:
    patient = lost_in_a_check_in().say("zumble")
    assert patient.at == "lost.ask"
    assert str(check_in_of(patient).context["told"]).endswith("zumble")


def test_signs_typed_there_count_as_at_the_question_itself() -> None:
    patient = lost_in_a_check_in().say("and now there is pus")
    assert (patient.asked, flows_open(patient).count("lost")) == ("overall", 0)
    assert check_in_of(patient).context[HEARD_SIGNS] == "pus_or_crust"
    patient.press("better").press("like_today").choose("none")
    patient.press("none").press("none").press("none")
    assert patient.visit.course[-1].answers["signs"] == ("pus_or_crust",)


def test_signs_typed_over_a_consultation_reach_a_person() -> None:
    patient = Healing().fine_until(3).on_day(3, 14)
    patient.start().press("adult").press("agree").say("blorp").say("wooble").say("there is pus coming out")
    assert (patient.asked, flows_open(patient).count("lost")) == ("aims", 0)
    assert [alert.level for alert in patient.person.alerts] == ["amber_today"]
