"""Plain good news typed to a check-in: nobody has to read it, and it lowers nothing."""

from __future__ import annotations

import pytest

from bot.engine import phrases
from tests.recovery_patient import Healing

NEWS = "just flaking and slightly itchy, nothing else"


def asked(treatment: str = "microneedling", day: int = 3) -> Healing:
    return Healing(treatment).fine_until(day).on_day(day, 14).say("is this normal?")


def finish(patient: Healing) -> list[tuple[str, str]]:
    """Answer what is still open as somebody well would, and tell the alerts."""
    for _ in range(3):
        match patient.asked:
            case "overall":
                patient.press("better")
            case "picture":
                patient.press("like_today")
            case "signs":
                patient.press("none")
    assert patient.visit.course[-1].level in {"green", "amber_soon", "amber_today"}
    return [(each.level, each.reason) for each in patient.open_alerts()]


@pytest.mark.parametrize(
    ("treatment", "day", "text"),
    [
        ("microneedling", 3, NEWS),
        ("microneedling", 1, "no, it's only tight and tingly"),
        ("microneedling", 3, "no fever, no lumps, no bruise any more"),
        ("microneedling", 5, "couldn't be better"),
        ("mesotherapy", 8, "the bruise, it's yellow now and fading"),
    ],
)
@pytest.mark.parametrize("question", ["overall", "picture", "signs"])
def test_usual_news_leaves_a_fine_check_in_fine(treatment: str, day: int, text: str, question: str) -> None:
    patient = asked(treatment, day)
    if question != "overall":
        patient.press("better")
    if question == "signs":
        patient.press("like_today")
    patient.say(text).say(text)
    assert (finish(patient), patient.visit.course[-1].level) == ([], "green")


def test_it_is_no_riddle_and_the_question_comes_again() -> None:
    patient = asked().say("no fever, nothing else").say(NEWS).say(NEWS)
    assert patient.texts()[0].startswith(phrases.USUAL_WORDS_HEARD.plain_source[0])
    assert (patient.asked, patient.session.misses) == ("overall", 0)


def test_where_one_answer_is_near_it_is_offered() -> None:
    patient = asked("mesotherapy", 8).say("the bruise, it's yellow now and fading")
    assert "Do you mean “Better”?" in patient.texts()[0]
    assert patient.say("yes").asked == "picture"


def test_at_the_signs_it_is_asked_whether_there_are_none() -> None:
    patient = asked().press("better").press("like_today").say(NEWS)
    assert "Do you mean “None of these”?" in patient.texts()[0]
    assert patient.say("yes").visit.course[-1].level == "green"


def test_beside_what_is_marked_none_is_not_offered() -> None:
    patient = asked().press("better").press("like_today").press("bumps").say(NEWS)
    assert patient.texts()[0].startswith(phrases.USUAL_WORDS_HEARD.plain_source[0])
    assert patient.session.marks == ("bumps",)


def test_in_their_own_words_it_is_no_more_than_in_a_sign() -> None:
    patient = asked().press("better").press("like_today").choose("something_else")
    assert patient.asked == "tell"
    patient.say(NEWS)
    assert (finish(patient), patient.visit.course[-1].level) == ([], "green")


def test_unasked_it_opens_a_check_in_that_can_be_fine() -> None:
    patient = Healing("mesotherapy").fine_until(8).on_day(8, 14).say("my bruise is yellow, still fading")
    assert patient.asked == "overall"
    assert finish(patient) == []


@pytest.mark.parametrize(
    "text",
    [
        "just flaking, but it's weird by the nose",
        "flaking and tender underneath",
        "no fever any more",
        "flaking, weirdly??",
    ],
)
def test_more_than_that_is_read(text: str) -> None:
    patient = asked().say(text)
    assert [level for level, _ in finish(patient)] in (["amber_soon"], ["amber_today"])


def test_what_is_usual_earlier_is_not_so_later() -> None:
    patient = asked("microneedling", 9).say("the bruise, it's yellow now and fading")
    assert finish(patient) == [("amber_soon", "unread")]


def test_it_lowers_nothing_that_was_answered() -> None:
    patient = asked().press("worse").say(NEWS).press("like_today").say(NEWS).press("none")
    for answer in ("same", "none", "none"):
        patient.press(answer)
    assert [level for level, _ in finish(patient)] == ["amber_soon"]
