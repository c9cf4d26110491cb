"""A red sign ticked and then "none of these": asked once, never passed over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.recovery_patient import Healing, committed_book


def ticked(*signs: str, day: int = 3) -> Healing:
    patient = Healing().fine_until(day).on_day(day, 14).say("is this normal?").press("better").press("like_today")
    for sign in signs:
        patient.press(sign)
    return patient


def levels(patient: Healing) -> list[str]:
    return [each.level for each in patient.open_alerts()]


@pytest.mark.parametrize("signs", [("breathing",), ("itch_or_rash", "sight_change"), ("fever", "hot_skin")])
def test_it_is_asked_whether_it_was_a_slip(signs: tuple[str, ...]) -> None:
    patient = ticked(*signs).press("none")
    assert patient.asked == "unticked"
    assert "Was that a slip?" in patient.texts()[0]
    assert patient.open_alerts() == []


def test_a_slip_leads_back_and_is_not_asked_again() -> None:
    patient = ticked("breathing").press("none").press("slip")
    assert (patient.asked, patient.session.marks) == ("signs", ())
    patient.press("none")
    assert (patient.visit.course[-1].level, patient.open_alerts()) == ("green", [])


def test_no_slip_is_red_at_once() -> None:
    assert levels(ticked("breathing").press("none").press("there")) == ["red"]


def test_silence_is_red() -> None:
    assert levels(ticked("breathing").press("none").on_day(3, 14, 10)) == ["red"]


def test_a_bare_yes_is_asked_back() -> None:
    patient = ticked("breathing").press("none").say("yes")
    assert (patient.asked, patient.open_alerts()) == ("unticked", [])


@pytest.mark.parametrize("signs", [(), ("bumps",), ("pus_or_crust",)])
def test_what_is_not_red_goes_as_ever(signs: tuple[str, ...]) -> None:
    patient = ticked(*signs).press("none")
    assert (patient.asked, patient.visit.course[-1].level) == ("", "green")


def test_without_a_flow_for_emergencies_none_is_none() -> None:
    patient, book = ticked("breathing"), committed_book()
    patient.book = replace(book, flows={name: flow for name, flow in book.flows.items() if name != "emergency"})
    assert patient.press("none").asked != "unticked"
