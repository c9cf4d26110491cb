"""Typed words that a person looks at stand in the visit's course, once: so its chart shows the day as it was."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.engine.draft import Draft
from bot.engine.event import pinned_data
from bot.engine.session import CheckedIn, Visit
from bot.engine.visits import visit_context
from bot.store.codec import dump, load
from tests.recovery_patient import Healing, How, committed_book
from tests.unit.test_recovery_following import follow_ups
from tests.unit.test_recovery_typed import answer_fine, asked, idle

FINE = How()


def typed(patient: Healing) -> list[CheckedIn]:
    return [each for each in patient.visit.course if each.is_typed]


def test_with_nothing_open_the_words_their_level_and_their_day_are_kept() -> None:
    patient = idle().say("there is pus coming out of one spot")
    (record,) = typed(patient)
    assert (record.level, record.day, record.at) == ("amber_today", 3, patient.now)
    assert record.answers == {"signs": ("pus_or_crust",), "words": ("there is pus coming out of one spot",)}
    assert typed(patient.say("thanks")) == [record]


@pytest.mark.parametrize(
    ("words", "scale", "answer"),
    [
        ("the spots hurt terribly, painkillers do nothing", "pain", "strong"),
        ("fever is gone but redness is spreading", "redness", "spreading_slowly"),
    ],
)
def test_what_a_question_has_steps_for_stands_on_its_scale(words: str, scale: str, answer: str) -> None:
    (record,) = typed(idle().say(words))
    assert (record.answers[scale], record.answers["signs"]) == ((answer,), ())


def test_it_is_asked_about_from_the_next_day_until_two_fine_answers() -> None:
    patient = idle().say("I have pus")
    assert follow_ups(patient) == [4]
    patient.on_day(3)
    assert patient.asked == "overall", "what is due today comes all the same"
    patient.check_in(FINE)
    patient.on_day(4).check_in(FINE)
    assert follow_ups(patient) == []


def test_it_answers_no_check_in() -> None:
    patient = Healing().on_day(0, 15, 59)
    patient.say("I have pus")
    patient.until(patient.now + timedelta(minutes=2))
    assert [(each.reason, each.status) for each in patient.person.alerts if each.key == "silent"] == [
        ("silent", "raised")
    ]


def test_with_a_consultation_open_and_after_an_answered_check_in_too() -> None:
    patient = idle()
    patient.start().press("adult").press("agree").say("wrinkles").say("/human").say("I have pus")
    assert len(typed(patient)) == 1
    patient = asked().press("better").press("like_today").choose("spots")
    patient.press("none").press("none").press("none")
    assert patient.asked == "more"
    patient.say("the spots hurt terribly, painkillers do nothing")
    assert [(each.level, each.is_typed) for each in patient.visit.course[-2:]] == [
        ("amber_soon", False),
        ("amber_today", True),
    ]


def test_a_sign_that_was_asked_about_and_is_there() -> None:
    patient = idle().say("can it cause fever?").press("yes")
    assert [(each.level, each.answers["signs"]) for each in typed(patient)] == [("amber_today", ("fever",))]


def test_an_open_check_in_keeps_them_itself() -> None:
    patient = answer_fine(asked().say("better but I have a fever"))
    assert typed(patient) == []
    assert patient.visit.course[-1].answers["words"] == ("better but I have a fever",)
    patient = answer_fine(asked().say("blorp").say("blorp wooble"))
    assert (typed(patient), patient.visit.course[-1].level) == ([], "amber_today")


def test_an_emergency_stands_there_as_red_and_talk_of_self_harm_does_not() -> None:
    patient = idle().say("I can't breathe")
    assert [(each.level, each.answers) for each in typed(patient)] == [
        ("red", {"signs": ("breathing",), "words": ("I can't breathe",)})
    ]
    assert typed(asked().say("my lips are swelling up"))[0].level == "red", "a check-in may never be finished"
    patient = idle().say("can it cause trouble breathing?")
    assert typed(patient) == [], "not while it is a question"
    assert typed(patient.press("no")) == []
    patient = idle().say("I want to kill myself")
    assert patient.at == "emergency.crisis"
    assert typed(patient) == [], "the course is for the whole team to read"


def test_the_urgent_list_is_no_typed_word() -> None:
    patient = idle().press_data(pinned_data("urgent"))
    assert patient.at == "urgent.list"
    patient.press("yes")
    assert (patient.person.alerts[-1].level, typed(patient)) == ("red", [])


def test_a_clinic_without_verdicts_gives_none_here() -> None:
    patient = Healing(of=committed_book("report_only")).fine_until(3).on_day(3, 14).say("I have pus")
    assert [each.level for each in typed(patient)] == ["report"]
    assert follow_ups(patient) == []


def test_it_is_no_last_time_that_the_next_answer_is_compared_with() -> None:
    patient = idle()
    patient.check_in(How(overall="worse", redness="fading"))
    patient.say("redness is spreading")
    assert typed(patient)[-1].answers["redness"] == ("spreading_slowly",)
    context = visit_context(Draft(patient.book, patient.person, patient.now), patient.visit, "asked")
    assert (context["last.redness"], context["last.overall"]) == ("fading", "worse")


def test_courses_of_before_are_read() -> None:
    visit = idle().say("I have pus").visit
    assert load(Visit, dump(visit)) == visit
    stored = json.loads(dump(visit))
    for each in stored["course"]:
        del each["is_typed"]
    assert not any(each.is_typed for each in load(Visit, json.dumps(stored).encode()).course)
