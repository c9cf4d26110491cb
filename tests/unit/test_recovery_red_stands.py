"""What a check-in judged red stays red, whatever its person answers later: only staff close it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.desk.cards import alert_line
from bot.desk.follow import follow
from bot.desk.private import private_card
from bot.engine.effect import ReportAlert, ReportResult, SendCard, SetTimer
from bot.engine.session import Alert
from bot.engine.silence import OVER
from tests.recovery_patient import Healing, committed_book

CALM = ("none",)
DETAILS = ("fading", "none", "none")


def judged_red(*signs: str, staffed: bool = True, treatment: str = "mesotherapy") -> Healing:
    """Somebody whose check-in of day 3 has just come to red."""
    of = committed_book()
    of = replace(of, clinic={**of.clinic, "clinic.staffed": staffed})
    patient = Healing(treatment, of).fine_until(3).on_day(3)
    patient.press("better").press("like_today").choose(*(signs or ("breathing",)))
    assert alert_of(patient).level == "red"
    return patient


def change(patient: Healing, by: str, *signs: str) -> Healing:
    """Other signs instead, by the way that `by` names, and the details that they ask for."""
    if by == "back":
        patient.press("back")
    else:
        patient.say("/answers")
        (row,) = [button.id for button in patient.buttons().values() if "Signs" in button.label]
        patient.press(row)
        for mark in patient.session.marks:
            patient.press(mark)
    patient.choose(*signs)
    for detail in DETAILS:
        if patient.asked in {"redness", "swelling", "pain"}:
            patient.press(detail)
    return patient


def alert_of(patient: Healing) -> Alert:
    return [alert for alert in patient.person.alerts if alert.key == "level"][-1]


def in_hand(patient: Healing, status: str) -> None:
    """Staff have taken, called about or closed it."""
    alert = replace(alert_of(patient), taken_by=5, taken_name="Rosa", status=status)
    alert = replace(alert, called_at=patient.now if status == "called" else None)
    alerts = tuple(alert if each.id == alert.id else each for each in patient.person.alerts)
    patient.person = replace(patient.person, alerts=alerts)


def result(patient: Healing) -> str:
    found = [each for turn in patient.turns for each in turn.effects if isinstance(each, ReportResult)]
    return found[-1].outcome


def said(patient: Healing) -> str:
    return "\n".join(patient.texts())


@pytest.mark.parametrize("by", ["back", "answers"])
@pytest.mark.parametrize(
    ("red", "then", "level"),
    [
        ("breathing", CALM, "green"),
        ("lip_or_tongue_swelling", ("itch_or_rash",), "amber_soon"),
        ("white_or_net_skin", ("fever",), "amber_today"),
    ],
)
def test_a_later_answer_lowers_nothing_and_staff_hear_both(
    by: str, red: str, then: tuple[str, ...], level: str
) -> None:
    patient = change(judged_red(red), by, *then)
    alert = alert_of(patient)
    assert (alert.level, alert.status, alert.signs, alert.level_now) == ("red", "changed", (red,), level)
    assert [(each.level, each.status) for each in patient.reports()] == [("red", "changed")]
    assert result(patient) == "red"
    assert [(each.level, each.level_now) for each in patient.visit.course if each.day == 3] == [("red", level)]
    assert sorted(patient.visit.course[-1].answers["signs"]) == [sign for sign in then if sign != "none"]
    assert any(isinstance(effect, SendCard) and effect.edits is None for effect in patient.effects), "it rings"
    assert "I've noted it" in said(patient)
    assert "somebody still rings you" in said(patient)
    for name in ("clinic.emergency_line", "clinic.ambulance"):
        assert str(patient.book.clinic[name]) in said(patient)
    assert patient.asked == "more"


def test_the_ladder_goes_on_and_the_card_says_what_they_say_now() -> None:
    patient = change(judged_red("breathing"), "back", "itch_or_rash")
    turn = follow(patient.book, patient.turns[-1], patient.now)
    alert = alert_of(patient)
    kinds = {effect.key.split("/")[0] for effect in turn.effects if isinstance(effect, SetTimer)}
    assert "ladder" in kinds
    card = private_card(patient.book, patient.person, 99, 5, alert.id)
    line = next(line for line in card.html.split("\n") if line.startswith("Has since changed the answer to:"))
    assert "redness fading" in line
    assert "rash" in line.partition("; said before: ")[0].lower()
    assert "breathing" in line.partition("; said before: ")[2].lower()
    assert "day 3 🔴 (changed since)" in card.html
    group = alert_line(patient.book, alert, "ABCD")
    assert "The answer has changed since; that lowers nothing." in group
    assert "rash" not in group


def test_taken_back_altogether_the_card_says_none() -> None:
    patient = change(judged_red("breathing"), "back", *CALM)
    card = private_card(patient.book, patient.person, 99, 5, alert_of(patient).id)
    assert "Has since changed the answer to: none of the signs; said before: " in card.html


def test_said_once_more_it_is_as_before() -> None:
    patient = change(change(judged_red("breathing"), "back", *CALM), "back", "breathing")
    alert = alert_of(patient)
    assert (alert.level, alert.signs, alert.answers_now, alert.level_now) == ("red", ("breathing",), (), "")
    assert (patient.visit.course[-1].level, patient.visit.course[-1].level_now) == ("red", "")
    assert patient.asked == "ambulance"


def test_another_red_joins_the_first() -> None:
    patient = change(judged_red("breathing"), "back", "sight_change")
    assert (alert_of(patient).signs, alert_of(patient).status) == (("breathing", "sight_change"), "changed")


@pytest.mark.parametrize("staffed", [True, False])
@pytest.mark.parametrize("typed", ["it's nothing, sorry", "since lunch", None])
def test_what_the_screen_then_offers_works(typed: str | None, *, staffed: bool) -> None:
    patient = change(judged_red("breathing", staffed=staffed), "back", *CALM)
    assert ("team still has it" in said(patient)) is staffed
    if typed is None:
        patient.press("enough")
        assert "I'm here whenever you write" in said(patient)
    else:
        patient.say(typed)
        assert "I've added it to your answers" in said(patient)
        assert alert_of(patient).words == typed
    assert (alert_of(patient).level, alert_of(patient).status) == ("red", "changed")


@pytest.mark.parametrize("status", ["called", "closed"])
def test_it_still_works_once_staff_have_spoken_to_them(status: str) -> None:
    patient = change(judged_red("breathing"), "back", *CALM)
    in_hand(patient, status)
    patient.press("enough")
    assert "I'm here whenever you write" in said(patient)
    patient = change(judged_red("breathing"), "back", *CALM)
    in_hand(patient, status)
    patient.say("it was the new cream")
    assert "I've added it to your answers" in said(patient)


def test_so_it_does_beside_a_red_of_another_check_in() -> None:
    patient = judged_red("breathing", treatment="microneedling")
    patient.press("go_on").say("is this normal?").press("better").press("like_today").choose("none")
    assert ("That stands" in said(patient), patient.asked) == (True, "more")
    in_hand(patient, "closed")
    patient.press("enough")
    assert "I'm here whenever you write" in said(patient)


def test_whoever_has_it_hears_of_it_and_a_call_stays_made() -> None:
    patient = judged_red("breathing")
    in_hand(patient, "acknowledged")
    change(patient, "back", *CALM)
    assert (alert_of(patient).status, alert_of(patient).taken_by) == ("acknowledged", 5)
    patient = judged_red("breathing")
    in_hand(patient, "called")
    change(patient, "back", *CALM)
    assert alert_of(patient).status == "called"
    assert [report.status for report in patient.reports()] == ["acknowledged"]
    turn = follow(patient.book, patient.turns[-1], patient.now)
    texts = [getattr(effect, "html", "") for effect in turn.effects]
    assert any("answers otherwise since your call" in text for text in texts)
    assert not [effect for effect in turn.effects if isinstance(effect, SetTimer) and effect.kind == "called"]


def test_what_staff_have_closed_opens_again_only_for_what_somebody_should_look_at_today() -> None:
    patient = judged_red("breathing")
    in_hand(patient, "closed")
    change(patient, "back", "spots")
    assert (alert_of(patient).status, patient.reports()) == ("closed", [])
    patient = judged_red("breathing")
    in_hand(patient, "closed")
    change(patient, "back", "fever")
    assert (alert_of(patient).level, alert_of(patient).status) == ("amber_today", "acknowledged")
    card = private_card(patient.book, patient.person, 99, 5, alert_of(patient).id)
    assert "it stays urgent" not in card.html


def test_the_daily_question_goes_on_after_a_red_that_was_changed() -> None:
    patient = change(judged_red("breathing"), "back", *CALM).press("enough")
    assert any(name.startswith("follow_") for name in patient.waiting_check_ins())


def test_whoever_leaves_the_new_answer_half_way_has_told_nothing_new() -> None:
    patient = change(judged_red("breathing"), "back", "something_else")
    assert patient.asked == "tell"
    patient.on_day(3, 23)
    assert (alert_of(patient).level, alert_of(patient).status, result(patient)) == ("red", "raised", "red")


@pytest.mark.parametrize("seed", range(12))
def test_no_way_through_the_buttons_lowers_it(seed: int) -> None:
    rng = random.Random(seed)
    patient = Healing(rng.choice(["microneedling", "mesotherapy"])).fine_until(3).on_day(3, 11)
    patient.say("is this normal?").press("better").press("like_today")
    patient.choose(rng.choice(["breathing", "white_or_net_skin", "around_eye"]))
    session = patient.session.id
    for _ in range(25):
        if patient.person.front != session:
            break
        ids = [each for each in patient.buttons() if each not in {"person", "urgent", "link1"}]
        wanted = rng.choice(["back", "back", *ids]) if "back" in ids else rng.choice(ids)
        patient.press(wanted)
        results = [each.outcome for each in patient.effects if isinstance(each, ReportResult)]
        reports = [each for each in patient.effects if isinstance(each, ReportAlert)]
        assert set(results) <= {"red"}
        assert {(each.level, each.status in OVER) for each in reports} <= {("red", False)}
        assert (alert_of(patient).level, alert_of(patient).status in OVER) == ("red", False)
        assert patient.visit.course[-1].level == "red"
        assert "what is usual" not in said(patient)
