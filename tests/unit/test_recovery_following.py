"""After an answer that is off: asked each day until two fine ones. And silence: told in time, closed when late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.engine.daily import fine_to_rest
from bot.engine.effect import SendMessage
from bot.engine.event import Blocked
from bot.engine.session import CheckedIn, Status
from bot.ids import SessionId
from tests.engine_books import NOW
from tests.recovery_patient import LONDON, TREATED_AT, Healing, How

FINE = How()
SOON = How(overall="same", signs=("spots",))
TODAY = How(signs=("pus_or_crust",))
RED = How(signs=("breathing",))


def days_asked(patient: Healing, until: int) -> list[int]:
    """The days on which a check-in comes unasked, each left as it is."""
    found = []
    for day in range((patient.now - TREATED_AT).days, until + 1):
        before = len(patient.turns)
        patient.on_day(day, 23)
        if any(_asks(effect) for turn in patient.turns[before:] for effect in turn.effects):
            found.append(day)
    return found


def texts(effects: tuple[object, ...]) -> list[str]:
    return [effect.html for effect in effects if isinstance(effect, SendMessage)]


def _asks(effect: object) -> bool:
    first = "how are you getting on?"
    if not isinstance(effect, SendMessage) or effect.edits is not None:
        return False
    return first in effect.html and "No hurry" not in effect.html


def follow_ups(patient: Healing) -> list[int]:
    """Days of the follow-ups still to come."""
    return [i.day for i in patient.visit.plan if i.occasion.startswith("follow_") and i.due_at > patient.now]


def test_two_fine_answers_in_a_row_end_the_daily_question() -> None:
    patient = Healing().fine_until(3)
    patient.on_day(3).check_in(SOON)
    assert follow_ups(patient) == [4]
    patient.on_day(4)
    assert patient.asked == "overall"
    assert patient.check_in(FINE) == "green"
    assert follow_ups(patient) == [5]
    patient.on_day(5).check_in(TODAY)
    patient.on_day(6).check_in(FINE)
    assert follow_ups(patient) == [8], "the plan itself asks on day 7"
    patient.on_day(7).check_in(FINE)
    assert follow_ups(patient) == []
    assert patient.until(patient.now + timedelta(days=6)).asked == ""


def test_no_number_of_days_ends_the_daily_question_and_each_answer_is_a_task() -> None:
    patient = Healing().fine_until(14)
    patches = How(overall="same", signs=("dark_patches",))
    asked = []
    for day in range(14, 45):
        patient.on_day(day)
        if patient.asked == "overall":
            patient.check_in(patches)
            asked.append(day)
            taken = (replace(alert, status="acknowledged", taken_by=5) for alert in patient.person.alerts)
            patient.person = replace(patient.person, alerts=tuple(taken))
    assert asked == list(range(14, 45)), "also while a person is on it"
    assert len(patient.open_alerts()) == len(asked)
    patient.on_day(45).check_in(FINE)
    patient.on_day(46).check_in(FINE)
    assert follow_ups(patient) == []


def test_the_next_question_is_named_as_it_will_come() -> None:
    patient = Healing().fine_until(3)
    patient.on_day(3).check_in(SOON)
    assert any("My next question: Saturday 6 June 2026" in text for text in patient.texts())
    patient.on_day(4).check_in(FINE)
    assert any("My next question: Sunday 7 June 2026" in text for text in patient.texts())
    patient.on_day(5).check_in(FINE)
    assert any("My next question: Tuesday 9 June 2026" in text for text in patient.texts())


def test_after_a_red_too_and_a_changed_answer_takes_it_back() -> None:
    patient = Healing().fine_until(3)
    patient.on_day(3).check_in(RED)
    assert follow_ups(patient) == [4]
    again = Healing().fine_until(3)
    again.on_day(3)
    again.press("better").press("like_today").choose("pus_or_crust")
    again.press("fading").press("none").press("none")
    assert follow_ups(again) == [4]
    again.press("enough")
    session = next(s for s in again.person.sessions if s.flow == "recovery")
    assert session.status is Status.COMPLETED


def test_silence_keeps_the_daily_question_until_the_last_call() -> None:
    patient = Healing().fine_until(14)
    patient.on_day(14).check_in(SOON)
    assert days_asked(patient, 21) == [15, 16, 17]
    assert any("One tap, then I'm quiet" in text for turn in patient.turns for text in texts(turn.effects))
    assert patient.visit.plan == ()


def test_stop_a_new_visit_and_no_consent_end_it() -> None:
    patient = Healing().fine_until(3)
    patient.on_day(3).check_in(SOON)
    patient.say("/stop")
    assert patient.on_day(5).asked != "overall"
    patient = Healing().fine_until(3)
    patient.on_day(3).check_in(SOON)
    old = patient.visit
    patient.start("aftercare").press("microneedling").press("needles_only").press("just_now").press("agree")
    patient.say("Ann").say("07700 900123").press("evening").press("enough")
    kept = next(visit for visit in patient.person.visits if visit.id == old.id).plan
    assert {item.kind for item in kept} == {"one_tap_lump"}
    patient = Healing()
    patient.turns.clear()
    patient.person = type(patient.person)(patient.person.contact)
    patient.start("aftercare").press("mesotherapy").press("yesterday").press("not_now")
    patient.press("is_this_normal")
    assert patient.check_in(SOON) == "amber_soon"
    assert not any(key.startswith("checkin") for key in patient.waiting_timers())


def test_a_follow_up_after_an_outage_asks_about_the_day_on_which_it_comes() -> None:
    patient = Healing().fine_until(15)
    patient.on_day(15).check_in(SOON)
    patient.now = (TREATED_AT + timedelta(days=18)).replace(hour=20).astimezone(patient.now.tzinfo)
    patient.until(patient.now)
    assert patient.asked == "overall"
    patient.press("better")
    assert "Usual on day 18" in patient.texts()[0]


def test_how_many_fine_answers_are_still_wanted() -> None:
    def course(*levels: str) -> list[CheckedIn]:
        return [CheckedIn(1, NOW, level, {}, SessionId("1-1")) for level in levels]

    assert fine_to_rest(course()) == 0
    assert fine_to_rest(course("green", "green")) == 0
    assert fine_to_rest(course("amber_soon")) == 2
    assert fine_to_rest(course("red", "green")) == 1
    assert fine_to_rest(course("amber_today", "green", "green")) == 0
    assert fine_to_rest(course("amber_today", "green", "amber_soon")) == 2
    assert fine_to_rest(course("report", "report")) == 0


def silent(patient: Healing) -> list[tuple[str, str]]:
    return [(alert.reason, alert.status) for alert in patient.person.alerts if alert.key == "silent"]


def test_no_answer_hours_after_an_injection_is_told_two_hours_later_and_a_late_one_closes_it() -> None:
    patient = Healing()
    patient.on_day(0, 14, 30)
    assert patient.asked == "overall"
    assert silent(patient.on_day(0, 15, 59)) == []
    assert silent(patient.on_day(0, 16, 0)) == [("silent", "raised")]
    assert [(r.level, r.reason) for r in patient.reports()] == [("amber_soon", "silent")]
    patient.press("better")
    assert silent(patient) == [("silent", "raised")], "half an answer is none"
    patient.press("like_today").choose("none")
    assert silent(patient) == [("answered_late", "closed")]
    assert [report.status for report in patient.reports()] == ["closed"]


def test_it_is_one_task_however_long_the_silence() -> None:
    patient = Healing().on_day(2, 12)
    assert silent(patient) == [("silent", "raised")]
    patient.on_day(3).check_in(FINE)
    assert silent(patient) == [("answered_late", "closed")]


def test_needling_alone_has_no_such_clock_and_an_answer_in_time_makes_no_task() -> None:
    assert silent(Healing("microneedling").on_day(3)) == []
    patient = Healing()
    for day, hour in ((0, 14), (0, 20), (1, 20)):
        patient.on_day(day, hour, 30).check_in(FINE)
    assert silent(patient.on_day(2)) == []


def test_who_blocks_the_bot_is_told_apart_at_once() -> None:
    patient = Healing()
    patient.take(Blocked())
    assert silent(patient) == [("blocked", "raised")]
    patient.take(Blocked())
    assert silent(patient) == [("blocked", "raised")]
    waited = Healing().on_day(0, 17)
    assert silent(waited) == [("silent", "raised")]
    waited.take(Blocked())
    assert silent(waited) == [("blocked", "changed")]
    later = Healing("microneedling")
    later.take(Blocked())
    assert silent(later) == []
    settled = Healing()
    settled.on_day(5)
    settled.check_in(FINE)
    settled.take(Blocked())
    assert [reason for reason, _ in silent(settled)] == ["answered_late"]


def test_after_stop_the_question_that_came_unasked_is_not_shown_again_and_can_be_answered() -> None:
    patient = Healing().fine_until(3).on_day(3)
    better = patient.data("better")
    patient.say("/stop")
    assert [text.startswith("Done: I won't write first") for text in patient.texts()] == [True]
    patient.press_data(better)
    assert patient.asked == "picture"
    patient.wait(minutes=1).say("/stop").press("no")
    assert patient.asked == "picture", "whoever is on the way is not sent away"
    asked = Healing().fine_until(3).on_day(3, 14).say("is this normal?").say("/stop")
    assert asked.asked == "overall", "they have asked it themselves"


def test_the_offer_for_when_nothing_was_open_does_not_come_back() -> None:
    patient = Healing().fine_until(3).on_day(3, 14).say("hello")
    assert patient.at == "after_end.healing"
    person = patient.data("person")
    patient.say("is this normal?").say("better").say("like that").say("none of these")
    assert patient.asked == ""
    assert not any("What would you like?" in text for text in patient.texts())
    assert patient.press_data(person).at.startswith("after_end.person/human."), "and its buttons work"


def test_whoever_has_stopped_is_not_silent() -> None:
    patient = Healing()
    patient.on_day(0, 14, 30)
    patient.say("/stop")
    assert silent(patient.on_day(1)) == []
    assert TREATED_AT.tzinfo is LONDON


def test_a_visit_that_is_over_is_not_silent() -> None:
    patient = Healing().on_day(0, 14, 30)
    patient.person = replace(patient.person, visits=(replace(patient.visit, status="not_ours"),))
    assert silent(patient.on_day(0, 17)) == []


def test_what_is_typed_beside_the_answers_reaches_whoever_takes_the_alert() -> None:
    patient = Healing().fine_until(3).on_day(3)
    patient.press("better").press("like_today").choose("pus_or_crust")
    patient.press("fading").press("none").press("none").say("Since the sauna")
    (alert,) = patient.open_alerts()
    assert (alert.level, alert.words, alert.status) == ("amber_today", "Since the sauna", "raised")
    assert patient.reports() == [], "words alone ring nobody a second time"
