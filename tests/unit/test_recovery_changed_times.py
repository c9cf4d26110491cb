"""/times: another part of the day or another zone moves what is still to come; nothing is asked twice, or lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.desk.visits import undo_not_ours
from bot.engine.draft import Draft
from bot.engine.effect import MissTimer, SendMessage, SetTimer
from bot.engine.model import Do
from bot.engine.planned import timer_key
from bot.engine.session import PlannedCheckIn, Visit
from bot.engine.value import Value
from bot.ids import VisitId
from tests.engine_books import NOW, Patient, ask, book, end, flow, nobody, standing, to, wants
from tests.recovery_patient import LONDON, TREATED_AT, Healing, How, committed_book
from tests.unit.test_recovery_following import follow_ups
from tests.unit.test_recovery_times import came


def to_part(patient: Healing, part: str) -> Healing:
    patient.say("/times").press(part)
    return patient


def to_zone(patient: Healing, place: str) -> Healing:
    patient.say("/times").press("zone").say(place).press("yes")
    return patient


def hours(patient: Healing) -> dict[str, str]:
    """When what is still to come will be asked, in London."""
    return {occasion: f"{at:%d %b %H:%M}" for occasion, at in patient.waiting_check_ins().items()}


def test_a_later_part_of_the_day_moves_every_day_still_to_come() -> None:
    patient = to_part(Healing("microneedling").on_day(2, 12), "morning")
    assert "Done. What is still to come moves there." in patient.texts()[0]
    assert hours(patient) == {
        "day_3": "05 Jun 09:00",
        "day_7": "09 Jun 09:00",
        "day_14": "16 Jun 09:00",
        "day_28": "30 Jun 09:00",
    }
    assert [(day, hour) for day, hour, _ in came(patient, 4)] == [(3, "09")]


def test_what_was_due_today_comes_today_though_its_new_hour_is_over() -> None:
    patient = to_part(Healing("microneedling").fine_until(3).on_day(3, 12), "morning")
    assert hours(patient)["day_3"] == "05 Jun 19:00"
    assert hours(patient)["day_7"] == "09 Jun 09:00"
    assert [(day, hour) for day, hour, _ in came(patient, 8)] == [(3, "19"), (7, "09")]


def test_what_was_asked_in_the_morning_is_not_asked_in_the_evening() -> None:
    patient = Healing("microneedling", part="morning").on_day(3, 10)
    patient.check_in(How())
    assert [(day, hour) for day, hour, _ in came(to_part(patient, "evening"), 8)] == [(7, "19")]


def test_to_and_fro_on_one_day_asks_once() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 8, 30)
    for part in ("morning", "evening", "morning", "evening"):
        to_part(patient, part)
    assert [(day, hour) for day, hour, _ in came(patient, 4)] == [(3, "19")]
    keys = [each.key for turn in patient.turns for each in turn.effects if isinstance(each, SetTimer)]
    assert len(set(keys)) == len(keys)


def test_a_timer_that_was_claimed_before_the_change_does_nothing() -> None:
    patient = Healing("microneedling").fine_until(7).on_day(7, 18, 59)
    item = next(item for item in patient.visit.plan if item.occasion == "day_7")
    old = timer_key(patient.visit, item)
    to_zone(patient, "New York").wait(minutes=1)
    assert patient.fire(old).effects == (MissTimer(old),)
    assert hours(patient)["day_7"] == "10 Jun 00:00", "19:00 in New York"


def test_an_open_check_in_stays_open_and_is_answered_once() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 19, 30)
    patient.press("better")
    to_part(patient, "morning")
    assert patient.asked == "picture"
    patient.press("like_today").choose("none")
    assert patient.visit.course[-1].day == 3
    assert [day for day, _, _ in came(patient, 8)] == [7]


def test_the_daily_follow_up_moves_too() -> None:
    patient = Healing().fine_until(3).on_day(3)
    patient.check_in(How(overall="same", signs=("spots",)))
    to_part(patient, "morning")
    assert follow_ups(patient) == [4]
    assert [(day, hour) for day, hour, _ in came(patient, 5)] == [(4, "09"), (5, "09")]


def test_another_zone_moves_the_hours_and_the_night() -> None:
    patient = to_zone(Healing("microneedling").fine_until(3).on_day(3, 12), "Dubai")
    assert hours(patient)["day_3"] == "05 Jun 16:00"
    assert hours(patient)["day_28"] == "30 Jun 16:00"
    patient.on_day(3, 17)
    assert patient.asked == "overall"
    patient.on_day(4, 4, 59)
    assert not any("No hurry" in text for turn in patient.turns for text in patient.texts_of(turn)), "it is night"
    patient.on_day(4, 5)
    assert any("No hurry" in text for text in patient.texts()), "8:00 there"
    back = to_zone(patient, "clinic")
    assert back.person.contact.time_zone is None
    assert hours(back)["day_7"] == "09 Jun 19:00"


def test_who_flies_east_past_the_hour_is_asked_soon_and_on_that_day() -> None:
    patient = to_zone(Healing("microneedling").fine_until(3).on_day(3, 16), "Dubai")
    assert hours(patient)["day_3"] == "05 Jun 17:00", "20:00 there, not 22:00"
    late = to_zone(Healing("microneedling").fine_until(3).on_day(3, 18), "Dubai")
    assert hours(late)["day_3"] == "06 Jun 05:00", "8:00 there, for it is night"


def enrolled_at(at: datetime, part: str) -> Patient:
    patient = Patient(committed_book())
    patient.now = at
    patient.start("aftercare").press("mesotherapy").press("just_now").press("agree").say("Ann").press("not_now")
    return patient.press(part).press("enough")


def test_two_that_come_close_together_become_one_that_asks_for_both() -> None:
    patient = enrolled_at(datetime(2026, 12, 1, 10, 0, tzinfo=LONDON), "morning").wait(hours=8, minutes=30)
    patient.say("/times").press("zone").say("Auckland").press("yes")
    to_come = [item for item in patient.person.visits[0].plan if item.due_at > patient.now]
    assert to_come[0].occasion == "day_1", "9:00 there, an hour after what is the evening of day 0 in London"
    assert to_come[0].due_at == datetime(2026, 12, 1, 20, 0, tzinfo=LONDON)
    assert to_come[0].essential


def test_what_another_stood_for_comes_again_by_itself() -> None:
    """Treated at 15:00, hours after and evening are one in London; in Los Angeles eight hours lie between."""
    patient = enrolled_at(TREATED_AT.replace(hour=15, minute=30), "evening")
    assert [item.occasion for item in patient.person.visits[0].plan][:2] == ["day_0", "day_1"]
    patient.say("/times").press("zone").say("Los Angeles").press("yes")
    first, second = patient.person.visits[0].plan[:2]
    assert (first.occasion, first.due_at) == ("hours_3", TREATED_AT.replace(hour=18, minute=30))
    assert second.due_at - first.due_at == timedelta(hours=8, minutes=30)


def test_stopped_it_is_changed_and_nothing_comes_until_it_is_taken_back() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 12)
    to_part(patient.say("/stop"), "morning")
    assert any("send “remind me again”" in text for text in patient.texts())
    assert came(patient, 8) == []
    patient.say("/stop").press("yes")
    assert [(day, hour) for day, hour, _ in came(patient, 15)] == [(14, "09")]


def test_a_new_visit_goes_by_the_zone_and_ends_what_was_moved() -> None:
    patient = to_zone(Healing("microneedling").fine_until(3).on_day(3, 10), "Dubai")
    patient.start("aftercare").press("mesotherapy").press("just_now").press("agree").say("Ann").press("not_now")
    patient.press("morning")
    assert "Tuesday 9 June 2026, 09:00" not in patient.texts()[-1]
    assert "Monday 8 June 2026, 09:00" in patient.texts()[-1]
    patient.press("enough")
    assert hours(patient)["day_3"] == "08 Jun 06:00", "9:00 in Dubai"
    assert len(patient.waiting_check_ins()) == len(patient.visit.plan)


def test_the_plan_that_is_still_shown_is_shown_anew() -> None:
    patient = Healing.at_the_plan()
    assert "Wednesday 3 June 2026, 19:00" in patient.texts()[-1]
    to_part(patient, "morning")
    assert "Wednesday 3 June 2026, 09:00" in patient.texts()[-1]
    to_zone(patient, "New York")
    assert "Wednesday 3 June 2026, 09:00" in patient.texts()[-1]
    assert hours(patient)["day_1"] == "03 Jun 14:00"
    to_part(patient, "evening")
    patient.say("/back").press("morning")
    assert "Wednesday 3 June 2026, 09:00" in patient.texts()[-1], "answered anew, that counts"
    assert hours(patient)["day_1"] == "03 Jun 14:00", "by the zone they are in by now"


def test_where_nothing_is_planned_there_is_nothing_to_choose() -> None:
    assert "I ask you nothing by myself at present" in Patient(committed_book()).say("/times").texts()[0]


def test_a_place_that_nobody_knows_is_asked_again_and_a_wrong_clock_denied() -> None:
    patient = Healing("microneedling").on_day(1, 12)
    patient.say("times").press("zone").say("Atlantis")
    assert patient.at == "times.where"
    patient.say("it's 2:05 here")
    assert "Then it's <b>14:00</b> where you are, as in Athens" in patient.texts()[0]
    patient.press("no").say("1:05")
    assert "as in Paris" in patient.texts()[0], "a clock is no pair of numbers of options"
    patient.press("back").press("go_on")
    assert patient.person.contact.time_zone is None


def test_the_clock_runs_out_and_leaves_all_as_it_is() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 12)
    before = hours(patient)
    patient.say("/times")
    patient.on_day(3, 14)
    assert (patient.asked, hours(patient)) == ("", before)


def test_a_visit_that_is_not_ours_moves_silently_and_comes_back_where_it_was_moved_to() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 12)
    patient.person = replace(patient.person, visits=(replace(patient.visit, status="not_ours"),))
    to_part(patient, "morning")
    assert not any(isinstance(effect, SetTimer) and effect.kind == "checkin" for effect in patient.effects)
    assert patient.visit.plan[-1].due_at.astimezone(LONDON).hour == 9
    draft = Draft(patient.book, patient.person, patient.now)
    undo_not_ours(draft, patient.visit)
    turn = draft.turn()
    fire = {each.key.split("/")[2]: each.fire_at for each in turn.effects if isinstance(each, SetTimer)}
    assert fire["day_7"] == (TREATED_AT + timedelta(days=7)).replace(hour=9)


@pytest.mark.parametrize("hour", [12, 23])
def test_what_the_plan_no_longer_holds_keeps_its_time_outside_the_night(hour: int) -> None:
    """Rows can change between the plan and the change of its hours."""
    at = (NOW + timedelta(days=2)).replace(hour=hour)
    item = PlannedCheckIn("day_5", 5, at, essential=False, kind="full", catch_up_seconds=3600)
    visit = Visit(VisitId("V7-1"), "needling", NOW, "self", "ours", NOW, plan=(item,))
    early = wants("early", standing("fact", "part_of_day", part_of_day="morning"))
    main = flow("main", ask("q", "act", "x"), Do("act", "early", to("r")), ask("r", "done", "y"), end())
    patient = Patient(book(main, more=(early,)), replace(nobody(), visits=(visit,))).start().press("x")
    (kept,) = patient.person.visits[0].plan
    assert kept.due_at == (at if hour == 12 else (at + timedelta(days=1)).replace(hour=8))


def test_who_enrols_elsewhere_is_planned_by_their_own_clock() -> None:
    action = committed_book().actions["enrol"]
    values: dict[str, Value] = dict.fromkeys(action.reads)
    values |= {"treatment": "microneedling", "care.treated_at": TREATED_AT.isoformat(), "part_of_day": "morning"}
    values |= {"answered_at": TREATED_AT.isoformat(), "contact.time_zone": "Asia/Dubai"}
    assert '"2026-06-03T05:00:00+00:00"' in action.run(values).wanted[1].content


def test_the_question_comes_in_the_words_of_the_persons_own_day() -> None:
    patient = to_zone(Healing("microneedling", part="morning").fine_until(3).on_day(3, 12), "Auckland")
    patient.on_day(6, 22, 30)
    (asked,) = [
        effect
        for turn in patient.turns[-3:]
        for effect in turn.effects
        if isinstance(effect, SendMessage) and effect.occasion
    ]
    assert asked.occasion.split("/")[2] == "day_7"
    assert patient.session.context["visit.day"] == 7
