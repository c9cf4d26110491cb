"""A sign for the same day that is typed, wherever one stands, and denied by buttons after it: somebody looks."""

from __future__ import annotations

import pytest

from bot.engine import phrases
from tests.recovery_patient import Healing

WELL = {
    **{"overall": "better", "picture": "like_today", "signs": "none", "lump": "none"},
    **{"redness": "none", "swelling": "none", "pain": "none"},
}
SIGNS = {
    "pus_or_crust": "it isn't pus exactly, more a honey-yellow crust by my nose",
    "leaking_lump": "lovely, my jaw has grown a purple lump that hurts",
    "new_lump": "there's a hard lump in my cheek",
    "cold_sore": "my lip has a cold sore",
    "blisters": "a blister has come up on my cheek",
    "fever": "I have a temperature",
    "hot_skin": "my cheek is hot",
    "strong": "my jaw is killing me",
    "hives": "hives on my neck, breathing is fine",
}
"""Of each sign that is for the same day alone: a message that says it."""


def finish(patient: Healing) -> list[str]:
    """Answer what is open as somebody would who is well, and tell the levels of the alerts."""
    for _ in range(8):
        if patient.asked in WELL:
            patient.press(WELL[patient.asked])
    return [alert.level for alert in patient.open_alerts()]


def at(standing: str) -> Healing:
    """Somebody five days after needling, with nothing open, behind a check-in, or at one of its questions."""
    patient = Healing("microneedling").fine_until(5).on_day(5, 14)
    if standing != "idle":
        patient.say("is this normal?")
    while patient.asked in WELL and patient.asked != standing:
        patient.press(WELL[patient.asked])
    return patient


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("standing", ["idle", "judged", "overall", "picture", "signs"])
def test_none_of_these_denies_no_sign_that_was_typed(sign: str, standing: str) -> None:
    patient = at(standing).say(SIGNS[sign])
    assert "amber_today" in finish(patient)
    assert any(sign in alert.signs for alert in patient.open_alerts())


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign != "hot_skin"])
def test_nor_beside_the_plan_that_was_just_shown(sign: str) -> None:
    patient = Healing.at_the_plan("microneedling").say(SIGNS[sign])
    assert "amber_today" in finish(patient)
    assert any(sign in alert.signs for alert in patient.open_alerts())


def test_what_can_wait_a_working_day_opens_a_check_in_beside_the_plan() -> None:
    patient = Healing.at_the_plan("microneedling").say("I've broken out in spots all along my chin")
    assert patient.texts()[0] == phrases.SIGN_NOTED.plain_source[0]
    assert finish(patient) == ["amber_soon"]


def test_its_own_words_and_kind_ones_are_none() -> None:
    patient = Healing.at_the_plan("microneedling").say("thank you")
    assert patient.open_alerts() == []
    assert Healing.at_the_plan("microneedling").say("no fever, no lumps").open_alerts() == []


def test_where_a_new_visit_is_told_of_such_words_are_left_to_its_questions() -> None:
    patient = Healing("microneedling").fine_until(5).on_day(5, 14).start("aftercare")
    assert patient.say("my cheek is hot").open_alerts() == []
