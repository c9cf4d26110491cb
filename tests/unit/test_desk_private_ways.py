"""Alerts that don't go by the group: out of hours, about self-harm, from whoever can't ring, and drills."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk import who
from bot.desk.cards import group_card
from bot.desk.drill import begin_drill
from bot.desk.follow import fire, follow
from bot.desk.gone import LOST, card_by_private_chats, is_alert_card, open_by_private_chats, tell
from bot.desk.private import private_card
from bot.desk.today import today_words
from bot.desk.work import find, most_urgent, remark, reopen, staff_pressed
from bot.engine.effect import Count, Lane, SendCard, SetTimer, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Alert, Session, Status
from bot.ids import SessionId
from tests.desk_world import BOOK, CODE, LATER, ON_CALL, RED, Desk, messages, new_cards, press_of
from tests.engine_books import NOW, TODAY, Patient, ask, end, flow, nobody

CLOSED = replace(ON_CALL, moment=lambda _now: {"clinic.open_now": False})
CRISIS = replace(RED, reason="crisis", card=None)
NAMED = replace(ON_CALL, clinic={**ON_CALL.clinic, "clinic.crisis_contact": frozenset({"77"})})
ASKS = replace(ON_CALL, flows={**BOOK.flows, "rung": flow("rung", ask("ask", "done", "go_on", "cant"), end())})
SHOWN = Session(SessionId("7-1"), "main", NOW, TODAY, NOW, at_key="hello")


def with_session(of: Book, alert: Alert = RED, session: Session = SHOWN) -> Desk:
    desk = Desk(replace(alert, session=session.id), of)
    desk.person = replace(desk.person, sessions=(session,))
    return desk


def test_while_the_clinic_is_closed_those_on_call_have_it_at_once() -> None:
    cards = new_cards(Desk(RED, CLOSED).raised().turns[-1], To.STAFF_MEMBER)
    assert [(card.staff_chat, card.lane) for card in cards] == [(91, Lane.ALERT), (92, Lane.ALERT)]
    assert all(card.rows[0][0].id == "have_it" and "breath" not in card.html for card in cards)
    assert new_cards(Desk(RED, ON_CALL).raised().turns[-1], To.STAFF_MEMBER) == []
    assert new_cards(Desk(LATER, CLOSED).raised().turns[-1], To.STAFF_MEMBER) == []
    changed = Desk(replace(RED, status="changed"), CLOSED).raised()
    assert len(new_cards(changed.turns[-1], To.STAFF_MEMBER)) == 2


def test_the_owner_of_the_clinic_is_rung_too() -> None:
    owned = replace(ON_CALL, clinic={**ON_CALL.clinic, "clinic.staff": frozenset({"12:owner", "13:reception"})})
    assert (who.owners(owned), who.crisis_contact(owned)) == ((12,), 12)
    _, turn = Desk(RED, owned).raised().without("rung", "followup").next()
    assert [card.staff_chat for card in new_cards(turn, To.STAFF_MEMBER)] == [91, 92, 12]


def test_about_self_harm_one_person_is_told_and_never_the_group() -> None:
    desk = Desk(CRISIS, NAMED).raised()
    card = group_card(NAMED, desk.person, "A7-1", 9, Lane.ALERT, None)
    assert card is not None
    assert (card.to, card.staff_chat, card.rows[0][0].id) == (To.STAFF_MEMBER, 77, "have_it")
    for _ in range(5):
        _, turn = desk.without("rung", "followup").next()
        assert messages(turn, To.STAFF) == []
        assert [one.staff_chat for one in new_cards(turn, To.STAFF_MEMBER)] == [77]
    assert CODE not in today_words(NAMED, [desk.person], [], NOW)
    assert most_urgent(NAMED, desk.person, 5) is None
    assert most_urgent(NAMED, desk.person, 77) is not None
    (shown,) = messages(find(NAMED, desk.person, 5, NOW), To.STAFF_MEMBER)
    assert ("breathe" in shown.html, shown.rows) == (False, ())
    assert "breathe" in private_card(NAMED, desk.person, 1, 77, "A7-1").html
    assert remark(NAMED, desk.person, StaffPressed("have_it", "", 5, "Tom"), "seen", NOW) is None
    closed = replace(desk.person, alerts=(replace(CRISIS, status="closed"),))
    assert reopen(NAMED, closed, StaffPressed("have_it", "", 5, "Tom"), NOW)[1].startswith("Nothing")
    assert [who.may_press(NAMED, desk.person, "A7-1", staff) for staff in (5, 91, 77)] == [False, False, True]
    morning = fire(NAMED, desk.person, "followup/A7-1", NOW + timedelta(hours=21))
    assert messages(morning, To.STAFF) == []
    assert [one.staff_chat for one in messages(morning, To.STAFF_MEMBER)] == [77]


def test_where_nobody_is_named_for_self_harm_nobody_is_told() -> None:
    desk = Desk(CRISIS).raised()
    assert [key for key in desk.timers if key.startswith("ladder")] == []
    assert group_card(BOOK, desk.person, "A7-1", 9, Lane.ALERT, None) is None
    assert not any(messages(turn, to) for turn in desk.turns for to in (To.STAFF, To.STAFF_MEMBER))
    alone = replace(NAMED, clinic={**NAMED.clinic, "clinic.staffed": False})
    (card,) = new_cards(Desk(CRISIS, alone).raised().turns[-1], To.STAFF_MEMBER)
    assert card.staff_chat == 77


def test_have_you_rung_is_asked_once_after_three_minutes() -> None:
    desk = with_session(ASKS).raised()
    assert desk.minutes("rung/A7-1") == 3
    key, turn = desk.without("ladder", "followup").next()
    assert key == "rung/A7-1"
    (asked,) = messages(turn, To.PATIENT)
    assert (asked.lane, asked.state) == (Lane.ALERT, "ask")
    session = desk.person.sessions[-1]
    assert (session.flow, session.context["desk.alert"], session.context["desk.crisis"]) == ("rung", "A7-1", False)
    assert session.context["desk.skin_colour"] is False


@pytest.mark.parametrize(
    "then",
    [
        lambda p: replace(p, alerts=(replace(p.alerts[0], status="closed"),)),
        lambda p: replace(p, alerts=(replace(p.alerts[0], level="amber_today"),)),
        lambda p: replace(p, contact=replace(p.contact, blocked_at=NOW)),
        lambda p: replace(p, sessions=()),
        lambda p: replace(p, sessions=(replace(SHOWN, status=Status.COMPLETED),)),
        lambda p: replace(p, sessions=(replace(SHOWN, touched_at=NOW + timedelta(seconds=1)),)),
    ],
)
def test_whoever_has_gone_on_is_not_asked_whether_they_have_rung(then: object) -> None:
    desk = with_session(ASKS).raised()
    assert callable(then)
    assert fire(ASKS, then(desk.person), "rung/A7-1", NOW).effects == ()
    assert fire(ON_CALL, desk.person, "rung/A7-1", NOW).effects == ()  # nothing asks


def test_i_cannot_ring_rings_everybody_at_once_and_once() -> None:
    desk = with_session(ASKS).raised()
    desk.press("have_it")
    desk.without("ladder", "called", "followup").next()
    patient = Patient(ASKS, desk.person)
    patient.now = desk.now
    session = desk.person.sessions[-1]
    patient.take(press_of(session.id, session.turn, "cant"))
    turn = desk.take(follow(ASKS, patient.turns[-1], desk.now))
    (card,) = new_cards(turn)
    assert "Can't ring for help themselves" in card.html
    private = messages(turn, To.STAFF_MEMBER)
    assert [one.staff_chat for one in private] == [91, 92, 5]
    assert "please ring for them" in private[-1].html
    again = follow(ASKS, Turn(desk.person, ()), desk.now)
    assert again.effects == ()
    assert fire(ASKS, desk.person, "rung/A7-1", desk.now).effects == ()


def drilled(of: Book = ON_CALL) -> tuple[Desk, Turn]:
    desk = Desk(RED, of)
    desk.person = replace(desk.person, alerts=())
    return desk, desk.take(begin_drill(of, desk.person, 5, "Rosa", NOW))


def test_a_drill_goes_the_real_way_and_reports_who_took_it() -> None:
    desk, turn = drilled()
    (card,) = [effect for effect in turn.effects if isinstance(effect, SendCard)]
    assert card.lane is Lane.ALERT
    assert not any(isinstance(effect, Count) for effect in turn.effects)
    shown = group_card(ON_CALL, desk.person, card.about, 9, Lane.ALERT, None)
    assert shown is not None
    assert "DRILL" in shown.html
    assert sorted(key.split("/")[0] for key in desk.timers) == ["drill", "ladder"]
    (busy,) = messages(begin_drill(ON_CALL, desk.person, 5, "Rosa", NOW), To.STAFF)
    assert "under way" in busy.html
    _, rung = desk.next()
    assert "DRILL" in new_cards(rung)[0].html
    desk.now += timedelta(seconds=5)
    taken = desk.press("have_it", 6, "T<m")
    assert messages(taken, To.PATIENT) == []
    assert messages(taken, To.STAFF)[-1].html == "Drill: T&lt;m took it after 3 min 5 s."
    assert "nobody to ring" in messages(taken, To.STAFF_MEMBER)[0].html
    assert messages(desk.press("no_answer", 6), To.PATIENT) == []
    assert messages(desk.press("called", 6), To.PATIENT) == []
    assert today_words(ON_CALL, [desk.person], [], NOW).count("Open alerts: <b>0</b>") == 1
    desk.next()
    assert desk.alert.status == "closed"
    assert desk.timers == {}
    assert "T&lt;m took it after" in messages(desk.turns[-1], To.STAFF)[-1].html
    assert fire(ON_CALL, desk.person, f"drill/{desk.alert.id}", desk.now).effects == ()


def test_a_drill_that_nobody_takes_says_so_and_makes_room_for_the_next() -> None:
    desk, _ = drilled()
    while desk.timers:
        _, turn = desk.next()
    assert messages(turn, To.STAFF)[-1].html == "The drill is over: nobody took it within an hour."
    quick = desk.take(begin_drill(ON_CALL, desk.person, 5, "Rosa", desk.now))
    assert len(desk.person.alerts) == 1
    timers = [effect for effect in quick.effects if isinstance(effect, SetTimer)]
    assert all(timer.key not in desk.ended for timer in timers)
    event = StaffPressed("have_it", desk.alert.id, 6, "", "p")
    at_once = staff_pressed(ON_CALL, desk.person, event, desk.now + timedelta(seconds=7))
    assert "a colleague took it after 7 s" in messages(at_once, To.STAFF)[-1].html
    ended = fire(ON_CALL, at_once.person, f"drill/{desk.alert.id}", desk.now + timedelta(hours=1))
    assert "a colleague took it after 7 s" in messages(ended, To.STAFF)[-1].html


def test_given_back_in_a_drill_nobody_is_told_but_staff() -> None:
    desk, _ = drilled()
    desk.press("have_it")
    _, turn = desk.without("drill").next()
    assert messages(turn, To.PATIENT) == []
    assert "DRILL" in new_cards(turn)[0].html


def test_where_the_group_is_gone_cards_go_by_private_chats() -> None:
    desk = Desk(RED, ON_CALL).raised()
    card = group_card(ON_CALL, desk.person, "A7-1", 9, Lane.ALERT, None)
    assert card is not None
    assert is_alert_card(card)
    sent = new_cards(card_by_private_chats(ON_CALL, desk.person, card, NOW), To.STAFF_MEMBER)
    assert [(one.staff_chat, one.html, one.rows) for one in sent] == [
        (91, card.html, card.rows),
        (92, card.html, card.rows),
    ]
    for other in (replace(card, edits=3), replace(card, rows=()), replace(card, lane=Lane.REPLY)):
        assert not is_alert_card(other)
        assert card_by_private_chats(ON_CALL, desk.person, other, NOW).effects == ()
    desk.press("have_it")
    assert card_by_private_chats(ON_CALL, desk.person, card, NOW).effects == ()
    told = messages(tell(ON_CALL, nobody(), LOST, NOW), To.STAFF_MEMBER)
    assert [(one.staff_chat, "takes no messages" in one.html) for one in told] == [(91, True), (92, True)]
    assert tell(BOOK, nobody(), LOST, NOW).effects == ()


def test_when_the_group_goes_what_nobody_has_goes_by_private_chats_too() -> None:
    desk = Desk(RED, ON_CALL).raised()
    sent = new_cards(open_by_private_chats(ON_CALL, desk.person, NOW), To.STAFF_MEMBER)
    assert [(one.staff_chat, "URGENT" in one.html, one.lane) for one in sent] == [
        (91, True, Lane.ALERT),
        (92, True, Lane.ALERT),
    ]
    for other in (LATER, CRISIS, replace(RED, reason="drill"), replace(RED, status="closed")):
        person = replace(desk.person, alerts=(other,))
        assert open_by_private_chats(NAMED, person, NOW).effects == ()
    desk.press("have_it")
    assert open_by_private_chats(ON_CALL, desk.person, NOW).effects == ()
