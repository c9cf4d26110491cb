"""Visits on cards, confirmed or not, and the day's list: codes and counts, never a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.desk.cards import group_card
from bot.desk.private import private_card
from bot.desk.today import CODES_SHOWN, today_words
from bot.desk.work import reopen, staff_pressed
from bot.engine.effect import AnswerPress, CancelTimer, Lane, SendCard, SendMessage, SetTimer, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.planned import timer_key
from bot.engine.session import Alert, CheckedIn, Person, PlannedCheckIn, Visit
from bot.ids import AlertId, ContactId, SessionId, VisitId, contact_code
from tests.engine_books import NOW, book, end, flow, nobody

BOOK = book(flow("main", end()))
CODE = contact_code(nobody().contact.id)
PLAN = (
    PlannedCheckIn("day_3", 3, NOW + timedelta(days=1), essential=False, kind="full", catch_up_seconds=60),
    PlannedCheckIn("day_7", 7, NOW + timedelta(days=5), essential=False, kind="full", catch_up_seconds=60),
)
VISIT = Visit(
    id=VisitId("V7-1"),
    treatment="microneedling",
    treated_at=NOW - timedelta(days=2),
    entered_by="self",
    status="unconfirmed",
    opened_at=NOW,
    name="Ann <Smith>",
    device="not_sure",
    plan=PLAN,
    course=(
        CheckedIn(0, NOW - timedelta(days=2), "green", {}, SessionId("7-1")),
        CheckedIn(1, NOW - timedelta(days=1), "amber_today", {"pain": ("strong",)}, SessionId("7-2")),
    ),
    unanswered=2,
    card=6,
)
ALERT = Alert(AlertId("A7-2"), "amber_today", "level", ("pus_or_crust",), "raised", NOW, visit=VISIT.id, day=2)


def person(visit: Visit = VISIT, *alerts: Alert) -> Person:
    return replace(nobody(), visits=(visit,), alerts=alerts)


def press(who: Person, verb: str, at: datetime = NOW) -> Turn:
    return staff_pressed(BOOK, who, StaffPressed(verb, "V7-1", 5, "Rosa", "p"), at)


def note(turn: Turn) -> str:
    (answer,) = [effect for effect in turn.effects if isinstance(effect, AnswerPress)]
    return answer.note


def to_patient(turn: Turn) -> list[str]:
    return [effect.html for effect in turn.effects if isinstance(effect, SendMessage) and effect.to is To.PATIENT]


def waits(turn: Turn) -> list[str]:
    """In whose night what goes to the patient waits."""
    mine = (effect for effect in turn.effects if isinstance(effect, SendMessage) and effect.to is To.PATIENT)
    return [effect.quiet_in for effect in mine if effect.lane is Lane.CHECK_IN]


def test_a_new_visit_is_shown_by_its_code() -> None:
    card = group_card(BOOK, person(), "V7-1", 9, Lane.REPLY, None)
    assert card is not None
    assert "New aftercare visit" in card.html
    assert f"code <b>{CODE}</b>: ours / not ours" in card.html
    assert [button.data for button in card.rows[0]] == ["s:ours:V7-1", "s:not_ours:V7-1"]
    assert not any(word in card.html for word in ("Ann", "Smith", "needling", "sure"))


def test_ours_keeps_the_plan() -> None:
    turn = press(person(), "ours")
    assert turn.person.visits == (replace(VISIT, status="ours"),)
    assert (note(turn), to_patient(turn)) == ("Noted: ours.", [])
    assert turn.effects[1:] == (SendCard(1, "V7-1", edits=6),)
    card = group_card(BOOK, turn.person, "V7-1", 9, Lane.REPLY, 6)
    assert card is not None
    assert ("Ours." in card.html, card.rows) == (True, ())


def test_not_ours_ends_the_plan_and_says_so() -> None:
    turn = press(person(), "not_ours")
    (visit,) = turn.person.visits
    assert (visit.status, visit.decided_at, visit.course) == ("not_ours", NOW, VISIT.course)
    cancelled = [effect.key for effect in turn.effects if isinstance(effect, CancelTimer)]
    assert cancelled == [timer_key(VISIT, item) for item in PLAN]
    (told,) = to_patient(turn)
    assert "I won't ask you how it goes by myself" in told
    assert "needling" not in told
    assert waits(turn) == ["Europe/London"], "pressed at night, it comes in the morning"
    stopped = person()
    stopped = replace(stopped, contact=replace(stopped.contact, stopped_at=NOW))
    assert to_patient(press(stopped, "not_ours")) == []
    assert to_patient(press(person(replace(VISIT, plan=())), "not_ours")) == []


def test_not_ours_by_mistake_is_taken_back() -> None:
    gone = press(person(), "not_ours").person
    card = group_card(BOOK, gone, "V7-1", 9, Lane.REPLY, 6)
    assert card is not None
    assert [button.id for button in card.rows[0]] == ["undo"]
    turn = press(gone, "undo")
    (visit,) = turn.person.visits
    assert (visit.status, tuple(replace(item, moved=0) for item in visit.plan)) == ("unconfirmed", PLAN)
    timers = [effect for effect in turn.effects if isinstance(effect, SetTimer)]
    assert [timer.fire_at for timer in timers] == [item.due_at for item in PLAN]
    assert all(timer.key.startswith(f"{timer_key(VISIT, PLAN[place])}/") for place, timer in enumerate(timers))
    assert [timer.key for timer in timers] == [timer_key(visit, item) for item in visit.plan]
    assert "has found your appointment after all" in to_patient(turn)[0]
    assert waits(turn) == ["Europe/London"]
    later = press(gone, "undo", at=NOW + timedelta(minutes=11))
    assert (later.person, f"/reopen {CODE}" in note(later)) == (gone, True)
    late = reopen(BOOK, gone, StaffPressed("have_it", "", 5, "Bo"), PLAN[0].due_at)[0]
    assert [item.occasion for item in late.person.visits[0].plan] == [item.occasion for item in PLAN[1:]]
    nothing = person(replace(VISIT, plan=(), status="not_ours"))
    assert to_patient(reopen(BOOK, nothing, StaffPressed("have_it", "", 5, "Bo"), NOW)[0]) == []


@pytest.mark.parametrize("status", ["ours", "not_ours", "ended"])
def test_it_is_decided_once(status: str) -> None:
    decided = person(replace(VISIT, status=status))
    for verb in ("ours", "not_ours", "have_it", "closed"):
        turn = press(decided, verb)
        assert (turn.person, len(turn.effects)) == (decided, 1)
        assert note(turn)


def test_the_private_card_tells_number_words_treatment_day_course_and_why() -> None:
    alert = replace(ALERT, words="it <oozes>")
    who = person(VISIT, alert)
    who = replace(who, contact=replace(who.contact, phone="020 7946 0001"))
    lines = private_card(BOOK, who, 1, 5, alert.id).html.split("\n")
    assert lines[0] == "Number: <b>020 7946 0001</b>"
    text = "\n".join(lines)
    for expected in (
        "🟠 amber_today Mon 23 Nov, 12:00, day 2 (raised)",
        "Their words: “it &lt;oozes&gt;”",
        "Why: pus or crust",
        "Treatment: <b>microneedling</b>, Sat 21 Nov, 12:00 (not confirmed by you)",
        "Booked as Ann &lt;Smith&gt;; not sure",
        "Course: day 0 🟢, day 1 🟠",
        "without an answer: 2",
    ):
        assert expected in text
    assert "no name given" not in text
    nameless = replace(who, contact=replace(who.contact, first_name=""))
    assert "</b> · Ann &lt;Smith&gt;" in private_card(BOOK, nameless, 1, 5, alert.id).html
    silent = replace(ALERT, signs=(), reason="silent")
    assert (
        "Why: no answer to a check-in that matters" in private_card(BOOK, person(VISIT, silent), 1, 5, None).html
    )


def test_the_alert_it_is_about_stands_first() -> None:
    others = tuple(replace(ALERT, id=AlertId(f"A7-{number}"), day=number) for number in range(10, 15))
    text = private_card(BOOK, person(VISIT, ALERT, *others), 1, 5, ALERT.id).html
    assert [f"day {day} (" in text for day in (2, 10, 13, 14)] == [True, False, True, True]
    assert text.index("day 2 (") < text.index("day 14 (")


def test_the_day_is_counts_and_codes() -> None:
    def one(number: int, level: str, **more: object) -> Person:
        alert = replace(ALERT, level=level, **more)  # type: ignore[arg-type]
        return replace(nobody(number), alerts=(alert,))

    people = [
        one(1, "red"),
        one(2, "amber_today", taken_by=5, taken_name="Rosa", status="called"),
        one(3, "amber_soon"),
        one(4, "amber_soon", reason="silent"),
        one(5, "red", status="closed"),
    ]
    codes = [contact_code(ContactId(number)) for number in range(10)]
    soon, tomorrow = NOW + timedelta(hours=7), NOW + timedelta(hours=13)
    due = [(ContactId(6), soon), (ContactId(6), soon), (ContactId(7), tomorrow)]
    text = today_words(BOOK, people, due, NOW)
    assert text.split("\n") == [
        "<b>Mon 23 Nov, 12:00</b>",
        f"Still asked today: <b>1</b> · {codes[6]}",
        f"Silent: <b>1</b> · {codes[4]}",
        "Open alerts: <b>3</b>",
        f"🔴 urgent: <b>{codes[1]}</b> (nobody)",
        f"🟠 today: {codes[2]} (Rosa)",
        f"🟡 soon: <b>{codes[3]}</b> (nobody)",
        "/take CODE makes one yours.",
    ]
    assert "Ann" not in text


def test_who_is_asked_daily_and_never_well_stands_there_once() -> None:
    def open_(number: int, **more: object) -> Alert:
        return replace(ALERT, id=AlertId(f"A1-{number}"), level="amber_soon", **more)  # type: ignore[arg-type]

    theirs = (*(open_(number) for number in range(40)), open_(41, taken_by=5, taken_name="Rosa"))
    daily, other = replace(nobody(1), alerts=theirs), replace(nobody(2), alerts=(open_(50),))
    codes = [contact_code(ContactId(number)) for number in (1, 2)]
    lines = today_words(BOOK, [daily, other], [], NOW).split("\n")
    assert "Open alerts: <b>42</b>" in lines
    assert f"🟡 soon: <b>{codes[0]}</b> (nobody) ×40, {codes[0]} (Rosa), <b>{codes[1]}</b> (nobody)" in lines


def test_an_empty_day_and_a_long_one() -> None:
    assert today_words(BOOK, [], [], NOW).split("\n")[1:] == [
        "Still asked today: <b>0</b>",
        "Silent: <b>0</b>",
        "Open alerts: <b>0</b>",
    ]
    many = [(ContactId(number), NOW) for number in range(1, CODES_SHOWN + 8)]
    assert "and 7 more" in today_words(BOOK, [], many, NOW)
