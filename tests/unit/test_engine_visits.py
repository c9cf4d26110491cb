"""Visits, their plans, the check-ins that come of them, and the alerts that follow their answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.engine.effect import CancelTimer, Count, ErasePerson, Lane, MissTimer, ReportAlert, SendCard, SetTimer
from bot.engine.event import Blocked
from bot.engine.model import Book, Do, Expire, Outcome, Transition
from bot.engine.session import CheckedIn, PlannedCheckIn, Status, Visit
from bot.engine.value import Values
from bot.ids import SessionId, VisitId
from tests.engine_books import NOW, Patient, ask, book, computes, end, flow, nobody, say, standing, wants

DAY = timedelta(days=1)


def check_in(occasion: str, due_at: datetime, *, essential: bool = False, kind: str = "full") -> dict[str, object]:
    return {
        "occasion": occasion,
        "day": 1,
        "due_at": due_at.isoformat(),
        "essential": essential,
        "kind": kind,
        "catch_up_seconds": 3600,
    }


def enrol(values: Values) -> Outcome:
    treatment = str(values.get("treatment"))
    phone = "+447700900123" if treatment == "needling" else None
    visit = standing("visit", "visit", treatment=treatment, treated_at=NOW.isoformat(), phone=phone)
    if values.get("agreed") != "yes":
        return Outcome({}, (visit,))
    asked = [check_in("day_1", NOW + DAY), check_in("day_2", NOW + 2 * DAY, essential=True)]
    return Outcome({}, (visit, standing("plan", "plan", check_ins=asked)))


def judge(values: Values) -> Outcome:
    level = {"fine": "green", "sore": "amber_today", "bad": "red", "meh": "amber_soon"}[str(values.get("how"))]
    wanted = [
        standing("course", "check_in", day=values["visit.day"] or 0, level=level, answers={"overall": ["same"]})
    ]
    if level != "green":
        wanted.append(standing("alert", "level", level=level, reason="clinic", signs=["fever"], day=1))
    return Outcome({}, tuple(wanted))


MAIN = flow(
    "main",
    ask("treatment", "agreed", "needling", "injections", save="treatment"),
    ask("agreed", "enrol", "yes", "no", save="agreed"),
    Do("enrol", "enrol", (Transition("more"),)),
    ask("more", "done", "later"),
    end(),
)
RECOVERY = flow(
    "recovery",
    ask("how", "judge", "fine", "sore", "bad", "meh", save="how", expire=Expire(timedelta(days=9), "nobody")),
    Do("judge", "judge", (Transition("after"),)),
    ask("after", "done", "thanks"),
    Do("nobody", "silent", (Transition("done"),)),
    end(),
)
NORMAL = flow("normal", ask("look", "done", "ok"), end())
MORE = (
    computes("enrol", ("treatment", "agreed"), (), enrol),
    computes("judge", ("how", "visit.day"), (), judge),
    wants("silent", standing("silence", "silence", essential=True)),
    wants("evening", standing("fact", "part_of_day", part_of_day="morning")),
)


def clinic(**fields: object) -> Book:
    return book(MAIN, RECOVERY, NORMAL, more=MORE, **fields)


def enrolled(*, agreed: str = "yes", of: Book | None = None) -> Patient:
    patient = Patient(of or clinic()).start().press("needling").press(agreed)
    assert len(patient.person.visits) == 1
    return patient


def key(patient: Patient, occasion: str) -> str:
    return f"checkin/{patient.person.visits[-1].id}/{occasion}"


def test_a_visit_begins_with_its_plan_and_a_card_for_staff() -> None:
    patient = enrolled()
    (visit,) = patient.person.visits
    assert (visit.treatment, visit.status, visit.entered_by) == ("needling", "unconfirmed", "self")
    assert [item.occasion for item in visit.plan] == ["day_1", "day_2"]
    timers = [effect for effect in patient.of(SetTimer) if isinstance(effect, SetTimer)]
    assert [timer.key for timer in timers] == [key(patient, "day_1"), key(patient, "day_2")]
    assert patient.of(SendCard)
    assert patient.person.contact.phone == "+447700900123"


def test_without_a_staff_chat_there_is_no_card() -> None:
    patient = enrolled(of=clinic(clinic={"clinic.staffed": False}))
    assert not patient.of(SendCard)
    assert patient.person.visits[0].card is None


def test_without_consent_there_is_no_plan_and_a_changed_answer_withdraws_it() -> None:
    assert enrolled(agreed="no").person.visits[0].plan == ()
    patient = enrolled().say("/back").press("no")
    assert patient.person.visits[0].plan == ()
    cancelled = {
        effect.key for turn in patient.turns for effect in turn.effects if isinstance(effect, CancelTimer)
    }
    assert {key(patient, "day_1"), key(patient, "day_2")} <= cancelled


def test_the_same_treatment_on_the_same_day_is_the_same_visit_and_another_ends_the_plan() -> None:
    patient = enrolled().press("later").start().press("needling").press("yes")
    assert [visit.treatment for visit in patient.person.visits] == ["needling"]
    patient.press("later").start().press("injections").press("yes")
    (first, second) = patient.person.visits
    assert (first.status, first.plan) == ("ended", ())
    assert (second.treatment, len(second.plan)) == ("injections", 2)


def test_a_changed_answer_corrects_the_visit() -> None:
    patient = enrolled().say("/back").say("/back").press("injections").press("yes")
    assert [visit.treatment for visit in patient.person.visits] == ["injections"]


def test_what_was_due_before_the_enrolment_sets_no_timer() -> None:
    patient = Patient(clinic()).start().press("needling").wait(days=1, hours=1).press("yes")
    timers = [effect.key for effect in patient.of(SetTimer) if isinstance(effect, SetTimer)]
    assert timers == [key(patient, "day_2")]


def test_a_due_check_in_opens_in_front_with_what_it_is_about_and_without_a_banner() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1"))
    assert patient.at == "recovery.how"
    context = patient.session.context
    assert (context["visit.kind"], context["visit.day"], context["visit.treatment"]) == ("full", 1, "needling")
    assert [message.lane for message in patient.sent()] == [Lane.CHECK_IN]


def touch(patient: Patient) -> None:
    """As if something had been said in every conversation just now."""
    touched = tuple(replace(session, touched_at=patient.now) for session in patient.person.sessions)
    patient.person = replace(patient.person, sessions=touched)


def test_another_conversation_is_not_interrupted_unless_it_is_quiet_or_the_check_in_essential() -> None:
    patient = enrolled()
    day_1, day_2 = key(patient, "day_1"), key(patient, "day_2")
    patient.wait(days=1, minutes=-5).say("blah").wait(minutes=5)
    touch(patient)
    patient.fire(day_1)
    (held,) = patient.of(SetTimer)
    assert isinstance(held, SetTimer)
    assert (held.key, held.fire_at) == (f"{day_1}/front", patient.now + timedelta(minutes=10))
    touch(patient.wait(days=1))
    patient.fire(day_2)
    assert patient.at == "recovery.how"
    quiet = enrolled().wait(days=1).fire(day_1)
    assert quiet.at == "recovery.how"
    quiet.press("fine").press("thanks")
    assert quiet.at == "home.open/main.more"


def test_quiet_hours_hold_what_is_not_essential() -> None:
    patient = enrolled().press("later").wait(days=1, hours=10)
    patient.fire(key(patient, "day_1"))
    (held,) = patient.of(SetTimer)
    assert isinstance(held, SetTimer)
    assert held.key.endswith("day_1/held")
    assert held.fire_at.hour == 8
    patient.now = held.fire_at
    patient.fire(held.key)
    assert patient.at == "recovery.how"
    assert enrolled().press("later").wait(days=2, hours=10).fire(key(patient, "day_2")).at == "recovery.how"


def test_of_several_that_are_due_the_last_one_comes() -> None:
    patient = enrolled().press("later").wait(days=2)
    patient.fire(key(patient, "day_1"))
    assert patient.effects == (MissTimer(key(patient, "day_1")),)
    patient.fire(key(patient, "day_2"))
    assert patient.at == "recovery.how"


def test_an_unanswered_check_in_makes_room_and_is_counted() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1"))
    patient.wait(days=1).fire(key(patient, "day_2"))
    assert patient.person.visits[0].unanswered == 1
    waiting = [each.flow for each in patient.person.sessions if each.status is Status.WAITING]
    assert waiting.count("recovery") == 1
    patient.press("fine")
    assert patient.person.visits[0].unanswered == 0


def test_an_answered_check_in_whose_last_screen_is_open_is_no_silence() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1")).press("fine")
    patient.wait(days=1).fire(key(patient, "day_2"))
    assert patient.person.visits[0].unanswered == 0
    assert [each.level for each in patient.person.visits[0].course] == ["green"]


def test_after_three_unanswered_comes_one_last_call_and_the_plan_ends() -> None:
    patient = enrolled().press("later").wait(days=1)
    tired = replace(patient.person.visits[0], unanswered=3)
    patient.person = replace(patient.person, visits=(tired,))
    patient.fire(key(patient, "day_1"))
    assert patient.session.context["visit.kind"] == "last_call"
    assert patient.person.visits[0].plan == ()


def test_nobody_with_a_visit_under_way_is_forgotten_silently() -> None:
    forgets = flow(
        "main", ask("q", "act", "x"), Do("act", "forget_me", (Transition("r"),)), ask("r", "done", "y"), end()
    )
    visit = Visit(VisitId("V7-1"), "needling", NOW, "self", "ours", NOW)
    patient = Patient(book(forgets), replace(nobody(), visits=(visit,))).start().press("x")
    assert not patient.of(ErasePerson)


def test_a_session_that_recorded_the_visit_writes_its_course() -> None:
    here = flow(
        "main",
        ask("treatment", "enrol", "needling", save="treatment"),
        Do("enrol", "enrol", (Transition("how"),)),
        ask("how", "judge", "fine", save="how"),
        Do("judge", "judge", (Transition("after"),)),
        ask("after", "done", "thanks"),
        end(),
    )
    patient = Patient(book(here, more=MORE)).start().press("needling").press("fine")
    assert [each.level for each in patient.person.visits[0].course] == ["green"]


def test_a_stale_check_in_does_nothing() -> None:
    patient = enrolled().press("later").wait(days=1)
    wanted = key(patient, "day_1")
    for changed in (
        replace(patient.person, visits=()),
        replace(patient.person, visits=(replace(patient.person.visits[0], plan=()),)),
        replace(patient.person, visits=(replace(patient.person.visits[0], status="not_ours"),)),
        replace(patient.person, contact=replace(patient.person.contact, stopped_at=NOW)),
        replace(patient.person, contact=replace(patient.person.contact, blocked_at=NOW)),
    ):
        assert not Patient(patient.book, changed).wait(days=1).fire(wanted).of(SetTimer)
        assert Patient(patient.book, changed).wait(days=1).fire(wanted).effects == (MissTimer(wanted),)
    without = replace(
        patient.book, flows={name: f for name, f in patient.book.flows.items() if name != "recovery"}
    )
    assert Patient(without, patient.person).wait(days=1).fire(wanted).effects == (MissTimer(wanted),)
    assert Patient(patient.book, patient.person).fire("checkin").effects == (MissTimer("checkin"),)


def test_an_answer_joins_the_course_and_a_changed_one_replaces_it() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1")).press("fine")
    assert [(each.day, each.level) for each in patient.person.visits[0].course] == [(1, "green")]
    patient.say("/back").press("meh")
    assert [(each.day, each.level) for each in patient.person.visits[0].course] == [(1, "amber_soon")]
    patient.press("thanks").wait(days=1).fire(key(patient, "day_2"))
    assert patient.session.context["last.overall"] == "same"


def alerts(patient: Patient) -> list[tuple[str, str]]:
    return [(e.level, e.status) for e in patient.effects if isinstance(e, ReportAlert)]


def test_an_alert_follows_the_answers_it_rests_on() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1")).press("sore")
    assert alerts(patient) == [("amber_today", "raised")]
    (alert,) = patient.person.alerts
    assert (alert.key, alert.day, alert.visit) == ("level", 1, patient.person.visits[0].id)
    first_card = alert.card
    patient.say("/answers").press("a1").press("fine")
    assert alerts(patient) == [("amber_today", "withdrawn")]
    cards = [effect for effect in patient.of(SendCard) if isinstance(effect, SendCard)]
    assert [card.edits for card in cards] == [patient.person.alerts[0].card]
    patient.say("/answers").press("a1").press("bad")
    assert alerts(patient) == [("red", "changed")]
    assert patient.person.alerts[0].card != first_card  # it rings again
    patient.say("/answers").press("a1").press("fine")
    assert alerts(patient) == [("red", "changed")], "a red stands"
    assert (patient.person.alerts[0].level_now, patient.person.alerts[0].answers_now) == ("green", ("none",))


def test_a_taken_alert_keeps_its_owner_when_it_changes_and_a_closed_one_is_left_alone() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1")).press("sore")
    taken = replace(patient.person.alerts[0], taken_by=5, taken_name="Eve", status="acknowledged")
    patient.person = replace(patient.person, alerts=(taken,))
    patient.say("/answers").press("a1").press("bad")
    assert alerts(patient) == [("red", "acknowledged")]
    closed = replace(patient.person.alerts[0], status="closed")
    patient.person = replace(patient.person, alerts=(closed,))
    patient.say("/answers").press("a1").press("fine")
    assert alerts(patient) == []


def test_amber_soon_rings_nobody() -> None:
    patient = enrolled().press("later").wait(days=1).fire(key(enrolled(), "day_1")).press("meh")
    assert alerts(patient) == [("amber_soon", "raised")]
    assert not patient.of(SendCard)


def test_is_this_normal_is_heard_while_a_visit_is_under_way() -> None:
    patient = enrolled().say("Hello, is this normal?")
    assert patient.at == "normal.look"
    assert patient.session.context["visit.kind"] == "asked"
    assert enrolled().say("/normal").at == "normal.look"
    stranger = Patient(clinic()).start().say("is this normal")
    assert stranger.session.flow == "normal"
    assert Patient(clinic()).start().say("normal").session.flow == "home"


def test_silence_is_counted_and_the_asking_time_can_change() -> None:
    silent = flow(
        "main", ask("q", "act", "x"), Do("act", "silent", (Transition("r"),)), ask("r", "done", "y"), end()
    )
    visit = Visit(VisitId("V7-1"), "needling", NOW, "self", "ours", NOW)
    person = replace(nobody(), visits=(visit,))
    patient = Patient(book(silent, more=MORE), person).start().press("x")
    assert patient.person.visits[0].unanswered == 1
    assert Count("check_in_unanswered") in patient.effects
    early = flow("main", ask("q", "act", "x"), Do("act", "evening", (Transition("s"),)), say("s", "done"), end())
    patient = Patient(book(early, more=MORE), person).start().press("x")
    assert patient.person.visits[0].part_of_day == "morning"


def test_effects_of_a_visit_that_is_not_there_do_nothing() -> None:
    alone = (
        wants("plan", standing("plan", "plan", check_ins=[])),
        wants("course", standing("course", "check_in", day=1, level="green", answers={})),
        wants("silence", standing("silence", "silence")),
    )
    for action in alone:
        main = flow(
            "main", ask("q", "act", "x"), Do("act", action.name, (Transition("r"),)), ask("r", "done", "y"), end()
        )
        patient = Patient(book(main, more=alone)).start().press("x").say("/back")
        assert patient.person.visits == ()


def test_a_blocked_person_is_not_asked() -> None:
    patient = enrolled().press("later").take(Blocked()).wait(days=1)
    assert patient.fire(key(patient, "day_1")).effects == (MissTimer(key(patient, "day_1")),)


def test_a_course_is_kept_by_session() -> None:
    record = CheckedIn(1, NOW, "green", {"overall": ("same",), "redness": ()}, SessionId("7-99"))
    planned = PlannedCheckIn("day_3", 3, NOW + DAY, essential=False, kind="full", catch_up_seconds=60)
    visit = Visit(VisitId("V7-1"), "needling", NOW, "self", "ours", NOW, course=(record,), plan=(planned,))
    person = replace(nobody(), visits=(visit,))
    patient = Patient(clinic(), person).wait(days=1).fire("checkin/V7-1/day_3").press("fine")
    assert [each.session for each in patient.person.visits[0].course] == [SessionId("7-99"), patient.session.id]


def test_a_corrected_plan_is_no_new_consent_and_leaves_a_stop_as_it_is() -> None:
    def planned(values: Values) -> Outcome:
        day = 1 if values.get("q") == "early" else 2
        visit = standing("visit", "visit", treatment="needling", treated_at=NOW.isoformat())
        asked = [check_in(f"day_{day}", NOW + day * DAY)]
        return Outcome({}, (visit, standing("plan", "plan", check_ins=asked)))

    main = flow(
        "main",
        ask("q", "act", "early", "late", save="q"),
        Do("act", "planned", (Transition("r"),)),
        ask("r", "done", "y"),
        end(),
    )
    patient = Patient(book(main, more=(computes("planned", ("q",), (), planned),))).start().press("early")
    stopped = replace(patient.person.contact, stopped_at=NOW)
    patient.person = replace(patient.person, contact=stopped)
    patient.say("/answers").press("a1").press("late")
    assert [item.occasion for item in patient.person.visits[0].plan] == ["day_2"]
    assert patient.person.contact.stopped_at == NOW
