"""What is ticked, half answered or answered late in a check-in: nothing serious waits for one more press."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.effect import ReportResult
from bot.engine.event import Verb, button_data
from bot.engine.model import Ask
from tests.recovery_patient import Healing, committed_book

RED = "Ring the clinic's emergency line now"
AMBULANCE = "<b>Ring 999 now.</b>"


def at_signs(treatment: str = "mesotherapy", day: int = 3, overall: str = "better") -> Healing:
    """Somebody who asks by themselves, and is asked which signs are there."""
    patient = Healing(treatment).fine_until(day).on_day(day, hour=11)
    return asked(patient, overall)


def asked(patient: Healing, overall: str = "better", short: str = "like_today") -> Healing:
    patient.say("is this normal?").press(overall).press(short)
    assert patient.asked == "signs"
    return patient


def minutes(patient: Healing, number: float) -> Healing:
    return patient.until(patient.now + timedelta(minutes=number))


def levels(patient: Healing) -> list[str]:
    return [alert.level for alert in patient.open_alerts()]


def outcome(patient: Healing) -> str:
    results = [each for turn in patient.turns for each in turn.effects if isinstance(each, ReportResult)]
    return results[-1].outcome


def said(patient: Healing) -> str:
    return "\n".join(patient.texts())


@pytest.mark.parametrize(
    ("signs", "words"),
    [(("white_or_net_skin",), RED), (("breathing",), AMBULANCE), (("fever", "hot_skin"), AMBULANCE)],
)
def test_what_is_ticked_and_left_counts_after_three_minutes(signs: tuple[str, ...], words: str) -> None:
    patient = at_signs()
    for sign in signs:
        patient.press(sign)
    assert levels(minutes(patient, 2.9)) == []
    assert levels(minutes(patient, 0.2)) == ["red"]
    assert words in said(patient)


def test_each_press_counts_anew_and_nothing_ticked_is_nothing_to_count() -> None:
    patient = at_signs()
    patient.press("breathing").wait(minutes=2)
    patient.press("fever").wait(minutes=2)
    assert levels(minutes(patient, 0)) == []
    patient.press("breathing").press("fever")
    assert patient.session.marks == ()
    assert levels(minutes(patient, 60)) == []
    assert patient.asked == "signs"
    assert [key for key in patient.waiting_timers() if key.startswith("ticked/")] == []


def test_done_none_and_back_leave_nothing_to_count() -> None:
    for way in ("done", "none", "back"):
        patient = at_signs()
        patient.press("bumps").press(way)
        assert [key for key in patient.waiting_timers() if key.startswith("ticked/")] == [], way


def test_a_timer_of_ticks_that_were_changed_does_nothing() -> None:
    patient = at_signs()
    patient.press("breathing")
    (stale,) = [key for key in patient.waiting_timers() if key.startswith("ticked/")]
    patient.wait(minutes=1)
    patient.press("fever").fire(stale)
    assert (levels(patient), patient.asked) == ([], "signs")


def test_help_in_between_keeps_the_ticks_and_their_time() -> None:
    patient = at_signs()
    patient.press("breathing").wait(minutes=1)
    patient.say("help")
    assert patient.session.marks == ("breathing",)
    patient.wait(minutes=1)
    patient.say("what is this")
    assert levels(minutes(patient, 1)) == ["red"]


def test_a_flow_that_changed_meanwhile_shows_what_comes_now() -> None:
    patient = at_signs()
    patient.press("breathing")
    flow = patient.book.flows["recovery"]
    signs = flow.states["signs"]
    assert isinstance(signs, Ask)
    kept = tuple(option for option in signs.options if option.id != "breathing")
    states = {**flow.states, "signs": replace(signs, options=kept)}
    patient.book = replace(patient.book, flows={**patient.book.flows, "recovery": replace(flow, states=states)})
    minutes(patient, 3)
    assert (patient.asked, levels(patient)) == ("signs", [])
    assert "improved these questions" in said(patient)


def test_a_check_in_that_comes_meanwhile_loses_no_tick() -> None:
    patient = Healing("mesotherapy").on_day(0, hour=14, minute=30)
    patient.press("better").press("like_today").press("breathing")
    ((key, due),) = [
        (each.key, each.fire_at)
        for each in patient.waiting_timers().values()
        if each.kind == "checkin" and each.key.endswith("/day_0")
    ]
    patient.now = due
    patient.fire(key)
    assert levels(patient) == ["red"]


@pytest.mark.parametrize(
    ("signs", "details", "words"),
    [
        (("fever",), ("spreading_slowly",), AMBULANCE),
        (("fever",), ("none", "rising"), AMBULANCE),
        (("blisters",), ("none", "none", "strong"), RED),
        (("cold_sore",), ("none", "none", "strong"), RED),
        (("fever", "hot_skin", "something_else"), (), AMBULANCE),
        (("breathing", "urgent"), (), AMBULANCE),
    ],
)
def test_once_it_is_red_nothing_more_is_asked(
    signs: tuple[str, ...], details: tuple[str, ...], words: str
) -> None:
    patient = at_signs()
    patient.choose(*signs)
    for detail in details:
        patient.press(detail)
    assert levels(patient) == ["red"]
    assert words in said(patient)
    assert patient.asked in {"ambulance", "skin_colour"}


def test_details_that_stay_open_are_told_with_what_is_there() -> None:
    patient = at_signs()
    patient.choose("fever")
    assert levels(patient) == ["amber_today"], "staff know at once"
    minutes(patient, 15)
    assert (levels(patient), patient.asked) == (["amber_today"], "more")
    told = [text for turn in patient.turns for text in patient.texts_of(turn)]
    assert any("If nobody has rung you by" in text and "020 7946 0118" in text for text in told)


@pytest.mark.parametrize("signs", [("itch_or_rash",), ("bumps",), ("something_else",)])
def test_what_is_usual_or_not_is_not_told_from_half_an_answer(signs: tuple[str, ...]) -> None:
    patient = at_signs("microneedling", day=2)
    patient.choose(*signs)
    minutes(patient, 15)
    assert outcome(patient) == "amber_soon"


def test_an_answer_that_comes_after_all_counts() -> None:
    patient = at_signs()
    patient.choose("fever")
    late = patient.data("spreading_slowly")
    other = patient.data("urgent")
    minutes(patient, 15)
    assert patient.asked == "more"
    patient.press_data(late)
    assert (levels(patient), patient.asked) == (["red"], "ambulance")
    assert AMBULANCE in said(patient)
    patient.press_data(other)
    assert patient.asked == "ambulance", "it has been answered now"


def test_a_late_press_that_is_no_answer_shows_what_is_open() -> None:
    patient = at_signs()
    patient.choose("fever")
    session = patient.session
    minutes(patient, 15)
    for verb, option in ((Verb.CHOOSE, "nonsense"), (Verb.EXTRA, "back")):
        patient.press_data(button_data(session.id, session.turn, verb, option))
        assert (patient.asked, levels(patient)) == ("more", ["amber_today"])


def reassured(*, staffed: bool = True) -> Healing:
    of = committed_book()
    of = replace(of, clinic={**of.clinic, "clinic.staffed": staffed})
    patient = Healing("mesotherapy", of).fine_until(2).on_day(2, hour=11)
    asked(patient).choose("white_or_net_skin")
    assert levels(patient) == ["red"]
    patient.wait(minutes=4)
    return asked(patient)


@pytest.mark.parametrize("signs", [("none",), ("spots",), ("fever",)])
def test_while_something_red_is_open_nothing_sounds_as_if_it_were_less(signs: tuple[str, ...]) -> None:
    patient = reassured()
    patient.choose(*signs)
    if signs != ("none",):
        patient.press("none").press("none").press("none")
    assert "That stands" in said(patient)
    assert "well done" not in said(patient)
    assert "team still has it" in said(patient)
    assert "red" in levels(patient)


def test_without_staff_behind_it_the_number_is_what_stands() -> None:
    patient = reassured(staffed=False)
    patient.choose("none")
    assert "What you told me before stands" in said(patient)
    assert "team" not in said(patient)


def test_once_they_have_spoken_a_fine_answer_is_fine_again() -> None:
    patient = reassured()
    called = tuple(replace(alert, status="called") for alert in patient.person.alerts)
    patient.person = replace(patient.person, alerts=called)
    patient.choose("none")
    assert "what is usual" in said(patient)


@pytest.mark.parametrize(
    ("steps", "asked_then"),
    [(("worse",), "picture"), (("worse", "like_today"), "signs"), (("same", "more_than_this"), "signs")],
)
def test_worse_or_more_and_then_nothing_has_words_and_a_time_soon(steps: tuple[str, ...], asked_then: str) -> None:
    patient = Healing("microneedling").fine_until(2).on_day(2, hour=11)
    patient.say("is this normal?")
    for step in steps:
        patient.press(step)
    assert patient.asked == asked_then
    assert levels(patient) == []
    minutes(patient, 14)
    assert levels(patient) == []
    minutes(patient, 2)
    assert (levels(patient), outcome(patient)) == (["amber_soon"], "amber_soon")
    told = "\n".join(text for turn in patient.turns for text in patient.texts_of(turn))
    assert "If you haven't heard by the end of the next working day" in told


def test_where_nothing_is_worse_the_question_waits_as_ever() -> None:
    patient = at_signs("microneedling", day=2)
    minutes(patient, 60)
    assert (patient.asked, levels(patient)) == ("signs", [])


def left_at_the_signs() -> tuple[Healing, str, str]:
    """Somebody who said worse and left; with the buttons of a sign and of *none* that still stand above."""
    patient = at_signs("microneedling", day=2, overall="worse")
    sign, none = patient.data("breathing"), patient.data("none")
    minutes(patient, 16)
    assert patient.asked == "more"
    return patient, sign, none


def test_a_sign_ticked_after_all_opens_the_question_again_and_counts() -> None:
    patient, sign, none = left_at_the_signs()
    patient.press_data(sign)
    assert (patient.asked, patient.session.marks) == ("signs", ("breathing",))
    assert levels(minutes(patient, 3.1)) == ["red"]
    assert AMBULANCE in said(patient)
    patient, sign, none = left_at_the_signs()
    patient.press_data(sign).press("done")
    assert (levels(patient), patient.asked) == (["red"], "ambulance")
    patient, sign, none = left_at_the_signs()
    patient.press_data(none)
    assert (patient.asked, levels(patient)) == ("redness", ["amber_soon"])


def test_a_late_mark_that_is_none_shows_what_is_open() -> None:
    patient, _, _ = left_at_the_signs()
    session = patient.session
    for verb, option in ((Verb.CHOOSE, "breathing"), (Verb.SET, "none"), (Verb.SET, "nonsense")):
        patient.press_data(button_data(session.id, session.turn - 1, verb, option))
        assert patient.asked == "more"
