"""Somebody comes again: what they ask while the new plan is still on the screen is about the new visit."""

from __future__ import annotations

import pytest

from tests.recovery_patient import Healing, How

BLISTERS = How("worse", "more_than_this", ("blisters",), redness="same", swelling="same", pain="strong")


def came_again(first: str) -> Healing:
    """Three weeks after the first treatment another is entered, of yesterday; its plan is shown."""
    patient = Healing(first).fine_until(14).on_day(21, 12)
    patient.start("aftercare")
    for answer in ("mesotherapy", "yesterday", "agree"):
        patient.press(answer)
    patient.say("Ann Smith").say("07700 900123").press("evening")
    assert [visit.status for visit in patient.person.visits] == ["ended", "unconfirmed"]
    return patient


@pytest.mark.parametrize("asks", ["is this normal", "button"])
@pytest.mark.parametrize("first", ["mesotherapy", "microneedling"])
def test_a_check_in_from_the_new_plan_is_of_the_new_visit(first: str, asks: str) -> None:
    patient = came_again(first)
    before = patient.person.visits[0].course
    if asks == "button":
        patient.press("is_this_normal")
    else:
        patient.say(asks)
    assert patient.check_in(BLISTERS) == "red"
    old, new = patient.person.visits
    assert (old.course, [each.day for each in new.course]) == (before, [1])
    assert patient.person.alerts[-1].visit == new.id


def test_how_it_was_after_the_earlier_visit_is_no_trend_of_this_one() -> None:
    patient = came_again("mesotherapy")
    context = patient.session.context
    assert (context["visit.id"], context["visit.day"]) == (patient.visit.id, 1)
    assert not [name for name in context if name.startswith("last.")]
