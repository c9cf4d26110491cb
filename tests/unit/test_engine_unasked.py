"""What a timer ends, it ends in silence: nobody is there who asked for anything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.advance import open_flow
from bot.engine.model import Book, Expire
from bot.engine.session import Status
from tests.engine_books import Patient, ask, book, end, flow

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
