"""The same visit entered once more: it is recognised, and what has been asked of it is not asked again."""

from __future__ import annotations

from dataclasses import replace

from tests.recovery_patient import Healing, How
from tests.unit.test_recovery_times import came, keys


def begin_again(patient: Healing, when: str = "yesterday", treatment: str = "microneedling") -> Healing:
    """Up to the question when they are to be asked."""
    patient.start("aftercare").press(treatment)
    if treatment != "mesotherapy":
        patient.press("needles_only")
    return patient.press(when).press("agree").say("Ann Smith").press("not_now")


def test_what_was_asked_in_the_morning_is_not_asked_again_in_the_evening() -> None:
    patient = Healing("microneedling", part="morning").on_day(1, 9)
    patient.check_in(How())
    begin_again(patient.on_day(1, 12)).press("evening")
    assert [item.occasion for item in patient.visit.plan][:2] == ["day_3", "day_7"]
    plan = patient.texts()[-1]
    assert "That's our plan" in plan
    assert "Today" not in plan, "nothing is promised that doesn't come"
    assert [(day, hour) for day, hour, _ in came(patient.press("enough"), 4)] == [(3, "19")]


def test_the_plan_that_is_shown_knows_what_was_asked_of_this_visit_alone() -> None:
    patient = Healing("microneedling", part="morning").on_day(1, 9)
    patient.check_in(How())
    begin_again(patient.on_day(1, 12), "just_now", "mesotherapy").press("morning")
    assert "Thursday 4 June 2026, 09:00" in patient.texts()[-1]
    assert "day_1" in [item.occasion for item in patient.visit.plan]


def test_what_is_due_and_waits_for_them_to_finish_goes_where_they_say_now() -> None:
    patient = begin_again(Healing("microneedling", part="morning").on_day(1, 8, 58))
    patient.on_day(1, 9, 5).press("evening")
    assert "Today, 19:00" in patient.texts()[-1]
    assert [(day, hour) for day, hour, _ in came(patient.press("enough"), 2)] == [(1, "19")]
    patient = begin_again(Healing("microneedling", part="morning").on_day(1, 8, 58))
    patient.on_day(1, 9, 5).press("morning").press("enough")
    assert [(day, hour) for day, hour, _ in came(patient, 2)] == [(1, "09")]
    assert len(set(keys(patient))) == len(keys(patient))


def test_a_plan_that_was_ended_and_is_agreed_to_again_asks_nothing_twice() -> None:
    patient = Healing("microneedling", part="morning").on_day(1, 9)
    assert patient.visit.asked == ("day_0", "day_1")
    patient.person = replace(patient.person, visits=(replace(patient.visit, plan=()),))
    begin_again(patient.on_day(1, 12)).press("evening").press("enough")
    assert [day for day, _, _ in came(patient, 4)] == [3]


def test_a_follow_up_that_is_still_to_come_stays() -> None:
    patient = Healing("microneedling", part="morning").on_day(1, 9)
    assert patient.check_in(How(overall="same", signs=("spots",))) == "amber_soon"
    begin_again(patient.on_day(1, 12)).press("evening").press("enough")
    assert [day for day, _, _ in came(patient, 4)] == [2, 3]
