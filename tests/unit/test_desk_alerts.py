"""The clocks of an alert: with small books and times moved by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.desk import who
from bot.desk.follow import KINDS, fire, follow
from bot.desk.ladder import alert_timers
from bot.desk.work import most_urgent
from bot.engine.advance import advance
from bot.engine.clocks import DEFAULT_CLOCKS
from bot.engine.effect import (
    Lane,
    ReportAlert,
    SendCard,
    SetTimer,
    To,
    Turn,
)
from bot.engine.event import Undelivered
from bot.engine.session import Alert, Visit
from bot.ids import AlertId, VisitId
from tests.desk_world import (
    AMBER,
    BOOK,
    CODE,
    LATER,
    ON_CALL,
    RED,
    Desk,
    messages,
    new_cards,
    reports,
)
from tests.engine_books import NOW, ask, end, flow, nobody


@pytest.mark.parametrize(("alert", "minutes"), [(RED, 3), (AMBER, 60)])
def test_what_nobody_takes_rings_again_with_doubled_waits(alert: Alert, minutes: int) -> None:
    desk = Desk(alert).raised()
    card = alert.card
    for step in range(1, 6):
        assert desk.minutes(f"ladder/A7-1/{step}") == minutes * 2 ** (step - 1)
        key, turn = desk.without("followup", "rung").next()
        assert key == f"ladder/A7-1/{step}"
        (shown,) = new_cards(turn)
        assert f"nobody has it yet, step {step}" in shown.html
        assert (shown.lane, shown.window_seconds) == (Lane.ALERT, None)
        assert [button.id for button in shown.rows[0]] == ["have_it"]
        assert CODE in shown.html
        assert not any(word in shown.html for word in ("Ann", "breath", "7946"))
        (old,) = [message for message in messages(turn, To.STAFF) if message.edits is not None]
        assert (old.edits, old.rows) == (card, ())
        assert reports(turn) == [(step, "raised")]
        card = shown.number
        assert desk.alert.card == card
    assert desk.timers == {}


def test_amber_soon_rings_nobody() -> None:
    assert alert_timers(BOOK, LATER, NOW) == ()
    turn = follow(
        BOOK,
        Turn(replace(nobody(), alerts=(LATER,)), (ReportAlert("A7-1", "amber_soon", "", (), 0, "raised"),)),
        NOW,
    )
    assert [effect for effect in turn.effects if not isinstance(effect, ReportAlert)] == []


def test_where_nobody_could_answer_nothing_rings_but_the_morning_after_comes() -> None:
    alone = replace(BOOK, clinic={**BOOK.clinic, "clinic.staffed": False})
    assert [timer.kind for timer in alert_timers(alone, RED, NOW)] == ["rung", "followup"]
    on_call = replace(ON_CALL, clinic={**ON_CALL.clinic, "clinic.staffed": False})
    desk = Desk(replace(RED, card=None), on_call).raised()
    _, turn = desk.next()
    assert new_cards(turn) == []
    assert [card.staff_chat for card in new_cards(turn, To.STAFF_MEMBER)] == [91, 92]
    assert desk.alert.card is None


def test_people_on_call_get_it_in_private_too() -> None:
    desk = Desk(RED, ON_CALL).raised()
    _, turn = desk.next()
    cards = new_cards(turn, To.STAFF_MEMBER)
    assert [card.staff_chat for card in cards] == [91, 92]
    assert all(card.lane is Lane.ALERT and card.rows[0][0].data == "s:have_it:A7-1" for card in cards)
    assert all("breath" not in card.html for card in cards)


def test_a_change_begins_a_new_round() -> None:
    desk = Desk(AMBER).raised()
    desk.next()
    desk.person = replace(desk.person, alerts=(replace(desk.alert, level="red", status="changed"),))
    desk.raised()
    assert "ladder/A7-1/2" in desk.ended
    assert desk.minutes("ladder/A7-1/11") == 3
    _, turn = desk.next()
    assert "step 1" in new_cards(turn)[0].html
    assert reports(turn) == [(1, "changed")]
    milder = replace(desk.alert, level="amber_soon")
    desk.person = replace(desk.person, alerts=(milder,))
    desk.raised()
    assert set(desk.timers) == {"followup/A7-1", "rung/A7-1"}
    assert [effect for effect in desk.turns[-1].effects if isinstance(effect, SendCard) and effect.edits]


def test_the_owner_hears_of_a_change_and_must_call_again() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    desk.press("called")
    desk.person = replace(desk.person, alerts=(replace(desk.alert, status="acknowledged"),))
    desk.raised()
    (private,) = messages(desk.turns[-1], To.STAFF_MEMBER)
    assert private.html.startswith("<b>Changed")
    assert desk.alert.called_at is None
    assert desk.minutes("called/A7-1/11") == 15
    desk.person = replace(desk.person, alerts=(replace(desk.alert, status="withdrawn"),))
    desk.raised()
    (private,) = messages(desk.turns[-1], To.STAFF_MEMBER)
    assert private.html.startswith("<b>Withdrawn")
    assert set(desk.timers) == {"followup/A7-1"}


@pytest.mark.parametrize(
    ("now", "at"),
    [
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        (datetime(2026, 3, 28, 20, 0, tzinfo=UTC), datetime(2026, 3, 29, 8, 30, tzinfo=UTC)),
    ],
)
def test_the_morning_after_is_the_clinics(now: datetime, at: datetime) -> None:
    (_, _, after) = alert_timers(BOOK, RED, now)
    assert (after.key, after.fire_at, after.kind) == ("followup/A7-1", at, "followup")
    assert [timer.kind for timer in alert_timers(BOOK, AMBER, now)] == ["ladder"]


def test_the_morning_after_asks_how_it_goes() -> None:
    asks = replace(BOOK, flows={**BOOK.flows, "normal": flow("normal", ask("how", "done", "fine"), end())})
    visit = Visit(VisitId("V7-1"), "microneedling", NOW - timedelta(days=2), "self", "unconfirmed", NOW)
    person = replace(nobody(), alerts=(replace(RED, visit=visit.id, status="closed"),), visits=(visit,))
    morning = NOW + timedelta(hours=21, minutes=30)
    turn = fire(asks, person, "followup/A7-1", morning)
    (session,) = turn.person.sessions
    assert (session.flow, session.context["visit.id"], session.context["visit.day"]) == ("normal", "V7-1", 3)
    assert messages(turn, To.PATIENT)[-1].lane is Lane.CHECK_IN
    (staff,) = messages(turn, To.STAFF)
    assert staff.html == f"Yesterday's urgent one, code <b>{CODE}</b>: closed. Ring once more? /find {CODE}"
    again = fire(asks, turn.person, "followup/A7-1", morning)
    assert messages(again, To.PATIENT) == []  # it stands open already
    (told,) = messages(fire(asks, replace(person, visits=()), "followup/A7-1", morning), To.PATIENT)
    assert told.html.startswith("Good morning.")
    assert (told.lane, told.quiet_in) == (Lane.CHECK_IN, "Europe/London")
    assert "microneedling" not in told.html


def test_the_morning_after_is_the_persons_own_too() -> None:
    """Staff are reminded in the clinic's morning; somebody elsewhere sleeps then, and is asked in theirs."""
    asks = replace(BOOK, flows={**BOOK.flows, "normal": flow("normal", ask("how", "done", "fine"), end())})
    visit = Visit(VisitId("V7-1"), "microneedling", NOW - timedelta(days=2), "self", "unconfirmed", NOW)
    closed = replace(RED, visit=visit.id, status="closed")
    contact = replace(nobody().contact, time_zone="America/Los_Angeles")
    person = replace(nobody(), contact=contact, alerts=(closed,), visits=(visit,))
    morning = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    turn = fire(asks, person, "followup/A7-1", morning)
    assert messages(turn, To.PATIENT) == []
    assert len(messages(turn, To.STAFF)) == 1
    (held,) = [effect for effect in turn.effects if isinstance(effect, SetTimer)]
    assert (held.key, held.kind, held.catch_up_seconds) == ("followup/A7-1/held", "followup", 39_600)
    assert held.fire_at == datetime(2026, 11, 24, 16, tzinfo=UTC)
    later = fire(asks, turn.person, held.key, held.fire_at)
    assert (len(messages(later, To.PATIENT)), messages(later, To.STAFF)) == (1, [])


def test_a_morning_after_that_nobody_has_seen_is_asked_anew() -> None:
    asks = replace(BOOK, flows={**BOOK.flows, "normal": flow("normal", ask("how", "done", "fine"), end())})
    visit = Visit(VisitId("V7-1"), "microneedling", NOW - timedelta(days=2), "self", "unconfirmed", NOW)
    person = replace(nobody(), alerts=(replace(RED, visit=visit.id, status="closed"),), visits=(visit,))
    first = fire(asks, person, "followup/A7-1", NOW + timedelta(hours=21, minutes=30))
    (question,) = messages(first, To.PATIENT)
    assert (question.occasion, question.window_seconds) == ("followup/A7-1", 11 * 3600 + 1800)
    night = NOW + timedelta(hours=33, minutes=1)
    lost = advance(asks, first.person, Undelivered(question.occasion), night)
    (again,) = [effect for effect in lost.effects if isinstance(effect, SetTimer)]
    assert (again.key, again.kind, again.fire_at, lost.person.sessions) == (
        "followup/A7-1/again1", "followup", night, ()
    )  # fmt: skip
    (held,) = fire(asks, lost.person, again.key, night).effects
    assert isinstance(held, SetTimer)
    morning = fire(asks, lost.person, held.key, held.fire_at)
    assert (len(messages(morning, To.PATIENT)), messages(morning, To.STAFF)) == (1, [])
    (session,) = morning.person.sessions
    assert session.context["visit.day"] == 4


def test_the_morning_after_respects_stop_and_block() -> None:
    closed = replace(nobody(), alerts=(replace(RED, status="closed"),))
    for contact in (replace(closed.contact, stopped_at=NOW), replace(closed.contact, blocked_at=NOW)):
        assert messages(fire(BOOK, replace(closed, contact=contact), "followup/A7-1", NOW), To.PATIENT) == []
    had = replace(nobody(), alerts=(replace(RED, status="called", taken_by=5),))
    (staff,) = messages(fire(BOOK, had, "followup/A7-1", NOW), To.STAFF_MEMBER)
    assert (staff.staff_chat, "</b>: called. Please ring once more" in staff.html) == (5, True)
    had = replace(had, alerts=(replace(RED, status="acknowledged", taken_by=5),))
    (staff,) = messages(fire(BOOK, had, "followup/A7-1", NOW), To.STAFF_MEMBER)
    assert "</b>: taken, but nobody has said that they rang. Please" in staff.html
    still_open = replace(nobody(), alerts=(RED,))
    assert (
        "</b>: nobody has it yet. Please"
        in messages(fire(BOOK, still_open, "followup/A7-1", NOW), To.STAFF)[0].html
    )
    stopped = replace(still_open, contact=replace(still_open.contact, stopped_at=NOW))
    (told,) = messages(fire(BOOK, stopped, "followup/A7-1", NOW), To.PATIENT)
    assert (told.lane, told.quiet_in) == (Lane.REPLY, "Europe/London"), "/stop doesn't withdraw what is still open"


def test_a_timer_of_nothing_does_nothing() -> None:
    for kind in KINDS:
        for key in (f"{kind}/A7-9/1", f"{kind}/", kind, "ladder/A7-1/2", "ladder/A7-1/x", "called/A7-1/x"):
            assert fire(BOOK, replace(nobody(), alerts=(RED,)), key, NOW).effects == ()


def test_take_means_the_most_urgent_that_nobody_has() -> None:
    def one(number: int, level: str, status: str = "raised") -> Alert:
        return replace(RED, id=AlertId(f"A7-{number}"), level=level, status=status)

    held = (one(1, "amber_soon"), one(2, "red", "closed"), one(3, "amber_today"), one(4, "red", "acknowledged"))
    found = most_urgent(BOOK, replace(nobody(), alerts=held), 5)
    assert found is not None
    assert found.id == "A7-3"
    assert most_urgent(BOOK, replace(nobody(), alerts=held[1:2]), 5) is None


def test_every_level_that_rings_has_its_clock() -> None:
    assert set(DEFAULT_CLOCKS) == {"red", "amber_today"}
    assert who.on_call(BOOK) == who.owners(BOOK) == ()
    assert who.on_call(ON_CALL) == (91, 92)
    assert who.owners(ON_CALL) == (91,)
