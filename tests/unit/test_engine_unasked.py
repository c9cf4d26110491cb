"""What a timer ends, it ends in silence: nobody is there who asked for anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.advance import open_flow
from bot.engine.effect import Hush, Lane, MissTimer, SendMessage, SetTimer
from bot.engine.event import Undelivered
from bot.engine.model import Book, Expire
from bot.engine.session import Status
from tests.engine_books import NOW, Patient, ask, book, end, flow, say
from tests.unit.test_engine_visits import enrolled

LONDON = "Europe/London"
WEEK = Expire(timedelta(days=7), "pause")


def two_flows() -> Book:
    side = flow("side", ask("r", "done", "y", expire=WEEK), end("pause", "expired"), end())
    main = flow("main", ask("q", "done", "x", expire=WEEK), end("pause", "expired"), end())
    return book(main, side, campaigns={})


@pytest.mark.parametrize(("hours", "marks"), [(0, 1), (12, 0)])
def test_an_expired_question_changes_by_day_and_keeps_still_by_night(hours: int, marks: int) -> None:
    patient = Patient(two_flows()).start()
    fired = patient.wait(days=7, hours=hours).fire("expire/7-1/0")
    assert len([message for message in fired.sent() if message.droppable]) == marks
    assert fired.texts() == []


def test_after_stop_not_even_a_mark_is_made() -> None:
    patient = Patient(two_flows()).start().say("/stop")
    assert patient.person.contact.stopped_at is not None
    fired = patient.wait(days=7).fire("expire/7-1/0")
    assert fired.sent() == []


def test_a_timer_that_ends_the_front_brings_nothing_else_back() -> None:
    """Two open conversations: the timer of the one in front ends it, and the other keeps its place in silence."""
    patient = Patient(two_flows()).start()
    below = patient.session.id
    turn = open_flow(patient.book, patient.person, "side", patient.now)
    patient.person = turn.person
    fired = patient.wait(days=7).fire("expire/7-2/0")
    assert fired.texts() == []
    assert [session.id for session in fired.person.sessions if session.status is Status.WAITING] == [below]
    assert patient.say("x").person.session(below) is not None
    assert patient.person.session(below).status is Status.COMPLETED  # type: ignore[union-attr]


def opened(patient: Patient) -> SendMessage:
    """The question of the check-in that has just come."""
    (question,) = [message for message in patient.sent() if message.is_question]
    assert question.lane is Lane.CHECK_IN
    return question


def test_a_check_in_may_be_sent_until_the_evening_of_its_day_and_an_essential_one_until_midnight() -> None:
    patient = enrolled()
    question = opened(patient.wait(days=1).fire("checkin/V7-1/day_1"))
    assert (question.occasion, question.window_seconds) == ("checkin/V7-1/day_1", 9 * 3600)
    question = opened(patient.wait(days=1).fire("checkin/V7-1/day_2"))
    assert (question.occasion, question.window_seconds) == ("checkin/V7-1/day_2", 12 * 3600)


def test_what_nobody_has_seen_is_asked_anew_within_its_window() -> None:
    patient = enrolled().wait(days=1).fire("checkin/V7-1/day_1")
    session = patient.session
    patient.wait(minutes=30).take(Undelivered("checkin/V7-1/day_1"))
    assert patient.person.session(session.id) is None
    (again,) = [timer for timer in patient.of(SetTimer) if isinstance(timer, SetTimer)]
    assert again == SetTimer("checkin/V7-1/day_1/again2", NOW + timedelta(days=1), "checkin", 3600)
    assert opened(patient.fire(again.key)).occasion == again.key
    assert patient.take(Undelivered("nonsense")).effects == ()


def test_what_was_answered_after_all_or_is_wanted_no_more_is_not_asked_anew() -> None:
    patient = enrolled().wait(days=1).fire("checkin/V7-1/day_1")
    ended = replace(patient.person.visits[0], plan=())
    unwanted = Patient(patient.book, replace(patient.person, visits=(ended,)))
    assert not unwanted.take(Undelivered("checkin/V7-1/day_1")).of(SetTimer)
    gone = Patient(patient.book, replace(patient.person, visits=()))
    assert not gone.take(Undelivered("checkin/V7-1/day_1")).of(SetTimer)
    assert patient.press("fine").take(Undelivered("checkin/V7-1/day_1")).effects == ()


def test_a_check_in_with_nothing_to_do_was_missed() -> None:
    patient = enrolled().wait(days=2)
    assert patient.fire("checkin/V7-1/day_1").of(MissTimer) == [MissTimer("checkin/V7-1/day_1")]


def told() -> Patient:
    """Somebody whose open question says something when its time has passed, and asks on."""
    tells = (ask("q", "done", "x", expire=Expire(timedelta(hours=1), "words")), say("words", "r", "Well then."))
    return Patient(book(flow("main", *tells, ask("r", "done", "y"), end()), campaigns={})).start()


def test_what_an_expired_question_comes_to_is_for_nobody_who_waits() -> None:
    fired = told().wait(hours=1).fire("expire/7-1/0")
    new = [message for message in fired.sent() if not message.droppable]
    assert [message.state for message in new] == ["words", "r"]
    assert {(each.lane, each.quiet_in, each.window_seconds) for each in new} == {(Lane.CHECK_IN, LONDON, 86_400)}
    assert told().say("/stop").wait(hours=1).fire("expire/7-1/0").sent() == []


def test_stop_withdraws_what_is_under_way_unasked() -> None:
    assert len(enrolled().say("/stop").of(Hush)) == 1
