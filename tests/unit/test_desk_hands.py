"""Who has an alert, what they say became of it, and what the person hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk import who
from bot.desk.follow import fire, follow
from bot.desk.log import is_missed, last
from bot.desk.work import find, left, reopen
from bot.engine.effect import (
    SendCard,
    To,
    Turn,
)
from bot.engine.event import StaffPressed
from bot.engine.model import Choose, Expire
from bot.engine.session import Alert, Lead, Status
from bot.ids import LeadId
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
    note,
    press_of,
    reports,
)
from tests.engine_books import NOW, Patient, ask, book, end, flow, say


def test_who_takes_it_stops_the_ringing_and_gets_all_in_private() -> None:
    desk = Desk(RED).raised()
    turn = desk.press("have_it")
    assert note(turn).startswith("It's yours")
    assert "ladder/A7-1/1" in desk.ended
    assert desk.minutes("called/A7-1/1") == 15
    assert (desk.alert.status, desk.alert.taken_by, desk.alert.taken_name) == ("acknowledged", 5, "Rosa")
    assert reports(turn) == [(0, "acknowledged")]
    assert [effect for effect in turn.effects if isinstance(effect, SendCard) and effect.edits == 4]
    (private,) = messages(turn, To.STAFF_MEMBER)
    assert private.staff_chat == 5
    assert private.html.startswith("Number: <b>020 7946 0001</b>")
    (told,) = messages(turn, To.PATIENT)
    assert told.html.startswith("Rosa has read this and rings you before 12:15.")
    assert "999" in told.html
    assert fire(BOOK, desk.person, "ladder/A7-1/1", desk.now).effects == ()


def test_of_two_who_press_one_has_it() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("have_it", 6, "Tom")
    assert note(turn) == "Rosa has it already."
    assert len(turn.effects) == 1
    assert note(desk.press("called", 6, "Tom")) == "Rosa has it."
    assert desk.alert.taken_by == 5


@pytest.mark.parametrize(
    ("alert", "phone", "words"),
    [
        (AMBER, "1", "rings you before 13:00"),
        (RED, None, "no number to ring you on"),
        (LATER, "1", "within one working day"),
        (replace(LATER, reason="silent"), "1", None),
    ],
)
def test_the_person_is_promised_only_what_can_be(alert: Alert, phone: str | None, words: str | None) -> None:
    told = messages(Desk(alert, phone=phone).raised().press("have_it"), To.PATIENT)
    assert [words in message.html for message in told if words] == ([True] if words else [])


def test_a_name_is_escaped_and_may_be_missing() -> None:
    assert "B&lt;o&gt; has read" in messages(Desk(RED).press("have_it", name="B<o>"), To.PATIENT)[0].html
    assert "Somebody from the clinic has" in messages(Desk(RED).press("have_it", name=""), To.PATIENT)[0].html


@pytest.mark.parametrize(("alert", "minutes"), [(RED, 15), (AMBER, 60)])
def test_who_does_not_call_in_time_gives_it_back(alert: Alert, minutes: int) -> None:
    desk = Desk(alert, ON_CALL).raised()
    desk.press("have_it")
    assert desk.minutes("called/A7-1/1") == minutes
    key, turn = desk.without("followup", "rung").next()
    assert key == "called/A7-1/1"
    (card,) = new_cards(turn)
    assert "nobody has it yet" in card.html
    assert "Not called yet" in card.html
    assert [button.id for button in card.rows[0]] == ["have_it"]
    private = messages(turn, To.STAFF_MEMBER)
    assert [one.staff_chat for one in private] == [91, 92, 5]
    assert "pressed Called" in private[-1].html
    assert "asking the whole team again" in messages(turn, To.PATIENT)[0].html
    assert reports(turn) == [(0, "changed")]
    assert desk.minutes("ladder/A7-1/11") == {"red": 3, "amber_today": 60}[alert.level]
    entry = last(desk.alert, "given_back")
    assert entry is not None
    assert (entry.by, entry.name, entry.note) == (5, "Rosa", "silent")


def test_who_gave_it_back_may_still_say_that_they_have_called() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    desk.without("followup", "rung").next()
    assert note(desk.press("called", 6, "Tom")) == "Take it first."
    assert note(desk.press("called")) == "Noted: called."
    assert (desk.alert.status, desk.alert.taken_by) == ("called", 5)
    assert not [key for key in desk.timers if key.startswith(("ladder", "called"))]


def test_called_stops_the_clock_and_asks_whether_they_were_reached() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("called")
    assert (desk.alert.status, desk.alert.called_at) == ("called", NOW)
    assert reports(turn) == [(0, "acknowledged")]
    assert "called/A7-1/1" in desk.ended
    (told,) = messages(turn, To.PATIENT)
    assert told.html.startswith("Did Rosa reach you?")
    assert fire(BOOK, desk.person, "called/A7-1/1", desk.now).effects == ()
    again = desk.press("called")
    assert (note(again), len(again.effects)) == ("I have that already.", 1)


def test_no_answer_begins_the_clock_of_the_next_try() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    desk.now += timedelta(minutes=10)
    turn = desk.press("no_answer")
    (told,) = messages(turn, To.PATIENT)
    assert "couldn't get through" in told.html
    assert "They try again before 12:25." in told.html
    assert "ring 020 7946 0000" in told.html
    assert note(desk.press("no_answer")) == "I have that already."
    assert desk.minutes("called/A7-1/11") == 15
    desk.press("called")
    desk.now += timedelta(minutes=5)
    desk.press("no_answer")
    assert desk.alert.called_at is None
    key, turn = desk.without("followup", "rung").next()
    assert key == "called/A7-1/21"
    assert len(new_cards(turn)) == 1
    later = messages(_tried(replace(LATER, taken_by=5, status="acknowledged")), To.PATIENT)
    assert "They try again. Please" in later[0].html


def _tried(alert: Alert) -> Turn:
    return Desk(alert).press("no_answer")


def test_closing_needs_a_reason_shrinks_the_card_and_ends_all_but_the_morning_after() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("close")
    assert (desk.alert.status, reports(turn)) == ("acknowledged", [])
    (asked,) = messages(turn, To.STAFF_MEMBER)
    reasons = [row[0].id for row in asked.rows]
    assert reasons == ["closed_advised", "closed_seen", "closed_sent_on", "closed_not_ours", "closed_mistake"]
    turn = desk.press("closed_seen")
    assert reports(turn) == [(0, "closed")]
    assert list(desk.timers) == ["followup/A7-1"]
    entry = last(desk.alert, "closed")
    assert entry is not None
    assert (entry.by, entry.note, entry.at) == (5, "seen", NOW)
    (undo,) = messages(turn, To.STAFF_MEMBER)
    assert undo.rows[0][0].id == "reopen"
    assert note(desk.press("have_it", 6, "Tom")) == "Rosa has it already."
    assert note(desk.press("called")) == "That one is closed."
    assert note(desk.press("closed_nothing")) == "That is no longer there."


def test_a_program_that_closes_without_a_reason_leaves_that_on_record() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("closed")
    entry = last(desk.alert, "closed")
    assert entry is not None
    assert (desk.alert.status, entry.by, entry.note) == ("closed", 5, "no_reason")
    assert "No reason given." in messages(turn, To.STAFF_MEMBER)[0].html


def test_closing_by_mistake_is_taken_back_for_ten_minutes() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    desk.press("closed_mistake")
    assert note(desk.press("reopen", 6, "Tom")) == "That is no longer there."
    desk.now += timedelta(minutes=10)
    assert note(desk.press("reopen")) == "Open again."
    assert (desk.alert.status, desk.alert.taken_by) == ("acknowledged", 5)
    assert desk.minutes("called/A7-1/11") == 15
    assert note(desk.press("reopen")) == "That is no longer there."
    desk.press("called")
    desk.press("closed_advised")
    assert note(desk.press("reopen")) == "Open again."
    assert desk.alert.status == "called"
    desk.press("closed_advised")
    desk.now += timedelta(minutes=10, seconds=1)
    assert f"/reopen {CODE}" in note(desk.press("reopen"))
    turn, said = reopen(BOOK, desk.person, StaffPressed("have_it", "", 6, "Tom"), desk.now)
    assert said == "Open again."
    desk.take(turn)
    assert (desk.alert.status, desk.alert.taken_by) == ("changed", None)
    assert "Opened again" in new_cards(turn)[0].html
    assert reopen(BOOK, desk.person, StaffPressed("have_it", "", 6, "Tom"), desk.now)[1].startswith("Nothing")


def test_a_colleague_takes_over_and_the_earlier_owner_hears_of_it() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    (card,) = messages(desk.take(find(BOOK, desk.person, 6, NOW, "Tom")), To.STAFF_MEMBER)
    assert [button.label for button in card.rows[0]] == ["Take over from Rosa"]
    assert who.may_press(BOOK, desk.person, "A7-1", 6)
    turn = desk.press("take_over", 6, "T<m")
    assert (desk.alert.taken_by, desk.alert.status) == (6, "acknowledged")
    assert "called/A7-1/1" in desk.ended
    assert desk.minutes("called/A7-1/11") == 15
    assert [one.staff_chat for one in messages(turn, To.STAFF_MEMBER)] == [6, 5]
    assert "T&lt;m has taken over" in messages(turn, To.STAFF_MEMBER)[1].html
    assert "T&lt;m has read this" in messages(turn, To.PATIENT)[0].html
    assert note(desk.press("called")) == "T<m has it."
    assert "You have it already" in note(desk.press("take_over", 6))


def test_who_leaves_gives_back_what_they_have() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.take(left(BOOK, desk.person, 5, NOW))
    assert (desk.alert.taken_by, desk.alert.status) == (None, "changed")
    assert "Given back" in new_cards(turn)[0].html
    assert messages(turn, To.STAFF_MEMBER) == []
    assert not who.may_press(BOOK, desk.person, "A7-1", 5)
    assert left(BOOK, desk.person, 99, NOW).effects == ()


def test_no_from_the_person_puts_it_back_on_top() -> None:
    asks = replace(BOOK, flows={**BOOK.flows, "reached": flow("reached", ask("ask", "done", "yes", "no"), end())})
    desk = Desk(RED, asks).raised()
    for round_ in (1, 2):
        desk.press("have_it")
        desk.press("called")
        assert desk.alert.status == "called"
        patient = Patient(asks, desk.person)
        patient.now = desk.now
        (session,) = [one for one in desk.person.sessions if one.flow == "reached" and one.at_key]
        assert (session.context["desk.alert"], session.context["desk.name"]) == ("A7-1", "Rosa")
        assert desk.take(follow(asks, patient.say("hm").turns[-1], desk.now)).person.alerts[0].status == "called"
        patient.take(press_of(session.id, session.turn, "no"))
        turn = desk.take(follow(asks, patient.turns[-1], desk.now))
        assert (desk.alert.status, desk.alert.taken_by, desk.alert.called_at) == ("changed", None, None)
        (card,) = new_cards(turn)
        assert card.rows[0][0].id == "have_it"
        assert "nobody has reached them" in card.html
        (owner,) = messages(turn, To.STAFF_MEMBER)
        assert (owner.staff_chat, owner.rows[0][0].id) == (5, "have_it")
        assert is_missed(desk.alert)
        assert desk.minutes(f"ladder/A7-1/{10 * round_ + 1}") == 3
        assert reports(turn) == [(0, "changed")]
    desk.press("have_it")
    desk.press("called")
    patient = Patient(asks, desk.person)
    (session,) = [one for one in desk.person.sessions if one.flow == "reached" and one.at_key]
    patient.take(press_of(session.id, session.turn, "yes"))
    desk.take(follow(asks, patient.turns[-1], desk.now))
    assert (desk.alert.status, desk.alert.log[-1].what) == ("called", "reached")
    assert follow(asks, patient.turns[-1], desk.now).person.alerts[0].log.count(desk.alert.log[-1]) == 1


def test_no_reopens_even_what_was_closed_meanwhile() -> None:
    asks = replace(BOOK, flows={**BOOK.flows, "reached": flow("reached", ask("ask", "done", "yes", "no"), end())})
    desk = Desk(RED, asks).raised()
    for verb in ("have_it", "called", "closed_advised"):
        desk.press(verb)
    patient = Patient(asks, desk.person)
    (session,) = [one for one in desk.person.sessions if one.flow == "reached"]
    patient.take(press_of(session.id, session.turn, "no"))
    desk.take(follow(asks, patient.turns[-1], desk.now))
    assert (desk.alert.status, desk.alert.taken_by) == ("changed", None)


def test_a_call_ends_the_red_screen_without_a_word_but_not_the_question_for_a_number() -> None:
    expires = Expire(timedelta(days=1), "bye")
    for choose, is_over in ((Choose.ONE, True), (Choose.CONTACT, False)):
        screen = ask(
            "screen", "done", *(() if choose is Choose.CONTACT else ("go_on",)), choose=choose, expire=expires
        )
        asks = flow("reached", ask("ask", "done", "yes", "no"), end())
        made = book(flow("main", screen, say("bye", "done"), end()), asks)
        made = replace(made, clinic={**made.clinic, "clinic.staffed": True})
        patient = Patient(made).start()
        desk = Desk(replace(RED, session=patient.person.sessions[0].id), made)
        desk.person = replace(patient.person, alerts=desk.person.alerts)
        desk.press("have_it")
        turn = desk.press("called")
        first = desk.person.sessions[0]
        assert (first.status is not Status.WAITING) is is_over
        assert [one.html for one in new_cards(turn, To.PATIENT)] == ["Question ask?"]


def test_a_number_left_with_a_request_is_a_number() -> None:
    desk = Desk(RED, phone=None)
    desk.person = replace(desk.person, leads=(Lead(LeadId("L7-3"), "ring_me", "open", NOW, phone="0300"),))
    assert "rings you before" in messages(desk.press("have_it"), To.PATIENT)[0].html
