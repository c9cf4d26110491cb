"""Wishes and worries that people write of their own accord: heard as a whole message, and never a dead end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import phrases
from bot.engine.event import PhotoSent
from bot.engine.hear import only_denies
from bot.engine.heard import Choice, Expected
from bot.engine.model import Choose
from tests.engine_books import Patient, ask, book, end, flow, option
from tests.recovery_patient import Healing, How, committed_book


def said(patient: Patient) -> str:
    return "\n".join(patient.texts())


def lead_kinds(patient: Patient) -> list[str]:
    return [lead.kind for lead in patient.person.leads]


STOPS = [
    "please stop",
    "Stop messaging me please",
    "leave me alone",
    "no more messages",
    "stop sending me these messages",
    "don't message me again",
    "please don't ask me any more",
    "can you stop now",
    "unsubscribe",
]


@pytest.mark.parametrize("text", STOPS)
def test_to_be_left_alone_is_heard_as_stop(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    assert patient.asked == "overall"
    patient.say(text)
    assert patient.person.contact.stopped_at == patient.now
    assert "I won't write first any more" in said(patient)
    assert "how are you getting on" not in said(patient), "and isn't asked again in the same breath"
    patient.press("better")  # what stands there can be answered all the same
    assert patient.asked == "picture"


@pytest.mark.parametrize(
    "text", ["the redness won't stop spreading", "stop the bleeding", "don't ask me", "they never called me back"]
)
def test_inside_a_longer_story_it_means_something_else(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.say(text)
    assert patient.person.contact.stopped_at is None
    assert lead_kinds(patient) == []


@pytest.mark.parametrize(
    "text",
    [
        "can you ring me",
        "please call me back",
        "I'd like a nurse to call me",
        "can i speak to someone?",
        "give me a call",
    ],
)
def test_to_be_rung_is_heard_as_asking_for_a_call(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.say(text)
    assert lead_kinds(patient) == ["ring_me"]
    assert "I've passed 07700900123 on to the clinic's team" in said(patient)
    patient.press("go_on")
    assert patient.asked == "overall", "the question comes back"


def test_a_question_with_a_button_for_the_wish_takes_it_as_pressed() -> None:
    patient = Healing("mesotherapy", phone=None).on_day(1, hour=11)
    patient.say("is this normal?").press("better").press("like_today").choose("breathing")
    patient.say("please call me back")
    assert patient.question.state == "number"
    patient.say("please call me back")
    assert patient.question.state == "number", "its own question isn't opened above itself"


def test_an_answer_of_the_open_question_answers_it() -> None:
    made = book(flow("main", ask("q", "done", option("call", "Call me back"), "other"), end()))
    patient = Patient(made).start().say("call me back")
    assert patient.person.sessions[0].answers


def test_without_such_a_flow_nothing_is_opened() -> None:
    made = committed_book()
    lean = replace(
        made, flows={name: each for name, each in made.flows.items() if name not in {"urgent", "human"}}
    )
    patient = Healing("mesotherapy", lean)
    patient.say("this feels urgent")
    assert patient.question.state == "healing"
    assert [button.id for row in patient.question.rows for button in row if button.kind == "extra"] == [
        "is_this_normal",
        "back",
    ]


def test_start_again_lets_the_plan_come_once_more() -> None:
    patient = Healing("mesotherapy").say("/stop")
    patient.say("start again")
    assert patient.person.contact.stopped_at is None
    assert "I ask you again how it goes" in said(patient)
    patient.on_day(0, hour=15)
    assert patient.asked == "overall"


def test_a_plan_that_does_not_come_is_not_shown() -> None:
    patient = Healing.at_the_plan()
    assert "That's our plan:" in patient.question.html
    patient.say("please stop")
    assert "plan" not in said(patient)
    patient.say("blorp")
    assert "I won't write first, as you asked" in patient.question.html
    assert "Tuesday" not in patient.question.html


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("I'm worried", True),
        ("the bruise is getting bigger", True),
        ("my face is really red and sore, is that ok?", False),
        ("is redness normal", False),
        ("thanks but it looks weird", True),
        ("is it ok", False),
    ],
)
def test_worry_opens_is_this_normal(text: str, is_told: bool) -> None:
    patient = Healing("mesotherapy")
    patient.say("hello").say(text)
    assert patient.asked == "overall"
    assert patient.check_in(How(overall="better")) == ("amber_soon" if is_told else "green")


@pytest.mark.parametrize(
    "text", ["my skin looks lovely, thank you", "hello", "can I wear make up on my face?", "ok"]
)
def test_other_words_get_the_ways_on_and_the_numbers(text: str) -> None:
    patient = Healing("mesotherapy").say(text)
    assert patient.question.state == "healing"
    assert "Emergency: 999. The clinic: 020 7946 0118" in patient.question.html
    assert {"is_this_normal", "urgent"} <= {button.id for row in patient.question.rows for button in row}


def test_after_a_red_words_of_worry_do_not_leave_it() -> None:
    patient = Healing.at_the_plan().press("urgent").press("yes")
    patient.say("I'm worried")
    assert patient.question.state == "now"
    assert "urgent" not in {button.id for row in patient.question.rows for button in row}


def test_without_a_visit_worry_is_no_check_in() -> None:
    patient = Patient(committed_book()).start()
    patient.say("I'm worried about my skin")
    assert patient.question.state == "welcome"


def test_a_picture_is_told_with_what_cannot_wait() -> None:
    wait = "White, grey or net-like skin: 020 7946 0199"
    patient = Healing("mesotherapy")
    patient.take(PhotoSent("x"))
    assert wait in said(patient)
    assert phrases.CANT_LOOK.plain_source[0][:30] in said(patient)
    assert patient.question.state == "healing"
    patient.take(PhotoSent("x", "what is this"))
    assert wait in said(patient)
    before = Patient(committed_book()).start()
    before.take(PhotoSent("x"))
    assert wait not in said(before)


SIGNS = Expected(
    Choose.MANY,
    (
        Choice("fever", ("Fever", "temperature")),
        Choice("blisters", ("Blisters",)),
        Choice("none", ("none", "no"), exclusive=True),
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no fever, no blisters, just dry", True),
        ("I don't have blisters", True),
        ("no fever but blisters", False),
        ("not only blisters", False),
        ("no blisters, something oozes", False),
        ("no blisters weird patch", False),
        ("no", False),
        ("fever", False),
    ],
)
def test_what_is_only_denied(text: str, expected: bool) -> None:
    assert only_denies(text, SIGNS) is expected


def test_denied_signs_ask_whether_none_is_meant() -> None:
    patient = Healing("mesotherapy").on_day(1, hour=11)
    patient.say("is this normal?").press("better").press("like_today").say("no fever, no blisters, just dry")
    assert "Did you mean “None of these”?" in said(patient)
    patient.say("yes")
    assert "is usual on day 1" in said(patient)


def test_answers_of_the_last_check_in_can_be_mended() -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    assert patient.check_in(How()) == "green"
    patient.say("/answers").press("a3")
    assert patient.asked == "signs"
    patient.press("back")
    assert phrases.AS_IT_WAS.plain_source[0] in said(patient)
    patient.say("/answers").press("a3").choose("breathing")
    assert patient.asked == "ambulance"
    assert [alert.level for alert in patient.open_alerts()] == ["red"]


def test_a_check_in_of_long_ago_is_asked_anew_instead() -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.check_in(How())
    patient.now = patient.now.replace(day=patient.now.day + 2)
    patient.say("/answers")
    assert "a1" not in {button.id for row in patient.question.rows for button in row}


@pytest.mark.parametrize("screen", ["/answers", "/times", "/human"])
def test_urgent_stands_on_every_screen(screen: str) -> None:
    patient = Healing("mesotherapy", phone=None).say(screen)
    assert "urgent" in {button.id for row in patient.question.rows for button in row}
    patient.say("This feels urgent")
    assert patient.question.state == "list"


@pytest.mark.parametrize(
    "text",
    [
        "pls only mornings",
        "please dont text at night",
        "mornings only please",
        "can you ask me in the evening instead",
        "don't message me so late",
        "no texts at night",
        "I'd prefer evenings",
        "too early for me",
    ],
)
def test_another_hour_leads_to_the_times(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.say(text)
    assert patient.at == "times.ask"
    patient.press("go_on")
    assert patient.asked == "overall", "the question comes back"


@pytest.mark.parametrize("text", ["only at night", "not in the morning", "worse in the morning", "at night"])
def test_when_it_is_felt_is_no_such_wish(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.say(text)
    assert patient.asked == ("picture" if "worse" in text else "overall")


def test_nor_is_it_where_any_words_are_the_answer() -> None:
    patient = (
        Healing("mesotherapy").on_day(0, hour=15).press("better").press("like_today").choose("something_else")
    )
    assert patient.asked == "tell"
    assert patient.say("only at night please").at != "times.ask"


def test_with_nothing_open_it_is_one_as_well() -> None:
    patient = Healing("mesotherapy")
    assert patient.say("only mornings").at == "times.ask"


@pytest.mark.parametrize(
    "text",
    [
        "too many messages",
        "leave me alone for today ok",
        "you text me too much",
        "fewer messages please",
        "give me a break",
        "don't bother me this week",
        "stop texting me so often",
    ],
)
def test_fewer_messages_are_offered_before_anything_is_stopped(text: str) -> None:
    patient = Healing("mesotherapy").on_day(0, hour=15)
    patient.say(text)
    assert (patient.at, patient.person.contact.stopped_at) == ("quieter.ask", None)
    patient.press("stop")
    assert patient.person.contact.stopped_at == patient.now


@pytest.mark.parametrize(
    "text",
    [
        "I painted my bedroom grey and white",
        "do i need a patch test",
        "is the patch test on Monday?",
        "we bought a green sofa, is that ok",
        "this weather is killing me",
        "my son has a temperature so I might cancel",
        "what if it blisters",
    ],
)
def test_what_is_said_of_things_and_of_others_opens_no_check_in(text: str) -> None:
    patient = Healing("mesotherapy").fine_until(2).on_day(2, hour=11)
    patient.say(text)
    assert patient.asked == "healing", "what they would like is asked, and nothing of their skin"
    assert not patient.open_alerts()


@pytest.mark.parametrize(
    "text", ["my chin is green", "it has gone brown", "there is a white spot, is that normal"]
)
def test_of_the_skin_a_colour_does(text: str) -> None:
    patient = Healing("mesotherapy").fine_until(2).on_day(2, hour=11)
    patient.say(text)
    assert patient.asked == "overall"


@pytest.mark.parametrize("before", ["hello", ""])
def test_heat_on_the_first_days_is_asked_about_and_rings_nobody(before: str) -> None:
    patient = Healing("mesotherapy").fine_until(1).on_day(1, hour=11)
    if before:
        assert patient.say(before).asked == "healing"
    patient.say("all good except my cheek is boiling hot")
    assert (patient.asked, patient.open_alerts()) == ("overall", [])
    patient.press("better").press("like_today").press("none").press("none").press("none").press("none")
    assert [alert.level for alert in patient.open_alerts()] == ["amber_soon"]
    assert patient.open_alerts()[0].signs == ("hot_skin",)
