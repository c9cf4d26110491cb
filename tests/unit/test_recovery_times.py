"""Check-ins that move, and how long silence goes on being asked."""

from __future__ import annotations

from datetime import timedelta

from bot.engine.effect import CancelTimer, SendMessage, SetTimer
from tests.recovery_patient import LONDON, TREATED_AT, Healing, How

FINE = How()
SOON = How(overall="same", signs=("spots",))


def came(patient: Healing, until: int) -> list[tuple[int, str, str]]:
    """What comes unasked up to a day, left as it is: the day, the hour in London, the state."""
    found = []
    end = TREATED_AT + timedelta(days=until)
    while (due := min((timer.fire_at for timer in patient.waiting_timers().values()), default=end)) < end:
        before = len(patient.turns)
        patient.until(due)
        for turn in patient.turns[before:]:
            for effect in turn.effects:
                if isinstance(effect, SendMessage) and effect.occasion:
                    local = patient.now.astimezone(LONDON)
                    found.append(((local.date() - TREATED_AT.date()).days, f"{local:%H}", effect.state))
    return found


def keys(patient: Healing) -> list[str]:
    """The keys of every timer of a check-in that was ever set."""
    effects = [effect for turn in patient.turns for effect in turn.effects]
    return [each.key for each in effects if isinstance(each, SetTimer) and each.kind == "checkin"]


def test_a_plan_that_is_corrected_or_agreed_to_again_comes_and_by_fresh_timers() -> None:
    patient = Healing.at_the_plan()
    patient.say("/back").press("morning")
    assert patient.waiting_check_ins()["day_1"].hour == 9
    patient.say("/back").say("/back").say("/back").say("/back").press("not_now")
    assert patient.waiting_check_ins() == {}
    patient.say("/back").press("agree").say("Ann Smith").press("not_now").press("evening")
    assert patient.visit.plan
    assert sorted(patient.waiting_check_ins()) == sorted(item.occasion for item in patient.visit.plan)
    assert len(set(keys(patient))) == len(keys(patient))
    ended = [each for turn in patient.turns for each in turn.effects if isinstance(each, CancelTimer)]
    assert not {each.key for each in ended} & {timer.key for timer in patient.waiting_timers().values()}
    assert [day for day, _, _ in came(patient, 2)] == [0, 0, 1]


def test_two_unanswered_of_one_day_count_once_so_that_day_3_is_asked() -> None:
    asked = came(Healing(), 90)
    assert asked == [
        (0, "14", "overall"),
        (0, "19", "overall"),
        (1, "19", "overall"),
        (3, "19", "overall"),
        (7, "19", "last_call"),
    ]


def test_after_needling_three_days_without_an_answer_come_before_the_last_call() -> None:
    assert [day for day, _, state in came(Healing("microneedling"), 90) if state == "overall"] == [0, 1, 3]


def test_after_the_last_call_nothing_comes_unasked_not_of_an_earlier_visit_either() -> None:
    patient = Healing("mesotherapy").fine_until(15).on_day(15, 11)
    patient.start("aftercare").press("microneedling").press("needles_only").press("just_now").press("agree")
    patient.say("Ann Smith").say("07700 900123").press("evening").press("enough")
    assert {"day_56", "day_84"} <= patient.waiting_check_ins().keys(), "the checks for lumps of the first visit"
    asked = came(patient, 150)
    assert [(day, state) for day, _, state in asked][-1] == (22, "last_call")
    assert patient.waiting_check_ins() == {}


def test_any_answer_in_between_begins_the_count_anew() -> None:
    patient = Healing().on_day(3, 20)
    assert patient.visit.unanswered == 2
    patient.check_in(FINE)
    assert (patient.visit.unanswered, patient.visit.unanswered_day) == (0, None)
    assert [(day, state) for day, _, state in came(patient, 90)] == [
        (7, "overall"),
        (14, "overall"),
        (28, "overall"),
        (56, "last_call"),
    ]


def test_the_daily_question_ends_with_silence_with_stop_and_with_two_fine_answers() -> None:
    silent = Healing().fine_until(3).on_day(3)
    silent.check_in(SOON)
    assert [(day, state) for day, _, state in came(silent, 90)] == [
        *((day, "overall") for day in (4, 5, 6)),
        (7, "last_call"),
    ]
    stopped = Healing().fine_until(3).on_day(3)
    stopped.check_in(SOON)
    stopped.on_day(4, 20).say("/stop")
    assert came(stopped, 90) == []


def test_half_an_answer_a_day_keeps_the_daily_question_no_longer_than_none() -> None:
    patient = Healing().fine_until(14).on_day(14)
    patient.check_in(SOON)
    for day in (15, 16, 17):
        patient.on_day(day, 20).press("better")
    assert [(day, state) for day, _, state in came(patient, 90)] == [(18, "last_call")]
