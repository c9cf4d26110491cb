"""The clocks of an alert, who has it, and what the person hears: with small books and times moved by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.desk import ladder
from bot.desk.ladder import CLOCKS, KINDS, alert_timers, fire, follow
from bot.desk.work import most_urgent, staff_pressed
from bot.engine.effect import (
    AnswerPress,
    CancelTimer,
    Lane,
    ReportAlert,
    SendCard,
    SendMessage,
    SetTimer,
    To,
    Turn,
)
from bot.engine.event import Pressed, StaffPressed, Verb, button_data
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person, Visit
from bot.ids import AlertId, LeadId, SessionId, VisitId, contact_code
from tests.engine_books import NOW, Patient, ask, book, end, flow, nobody

BOOK = book(flow("main", ask("hello", "done", "yes"), end()))
BOOK = replace(BOOK, clinic={**BOOK.clinic, "clinic.ambulance": "999"})
ON_CALL = replace(BOOK, clinic={**BOOK.clinic, "clinic.on_call": frozenset({"91", "92"})})
CODE = contact_code(nobody().contact.id)
RED = Alert(AlertId("A7-1"), "red", "ambulance", ("breathing",), "raised", NOW, words="can't breathe", card=4)
AMBER = replace(RED, level="amber_today")
LATER = replace(RED, level="amber_soon", card=None)


class Desk:
    """One person with one alert, staff who press, and timers that fire when their time has come."""

    def __init__(self, alert: Alert, of: Book = BOOK, phone: str | None = "020 7946 0001") -> None:
        who = nobody()
        contact = replace(who.contact, phone=phone, messages=10)
        self.book = of
        self.person: Person = replace(who, contact=contact, alerts=(alert,))
        self.now = NOW
        self.ended: set[str] = set()
        self.timers: dict[str, datetime] = {}
        self.turns: list[Turn] = []

    def take(self, turn: Turn) -> Turn:
        self.person = turn.person
        self.turns.append(turn)
        for effect in turn.effects:
            if isinstance(effect, SetTimer) and effect.key not in self.ended:
                self.timers.setdefault(effect.key, effect.fire_at)
            elif isinstance(effect, CancelTimer) and effect.key in self.timers:
                del self.timers[effect.key]
                self.ended.add(effect.key)
        numbers = [number for effect in turn.effects if (number := getattr(effect, "number", None)) is not None]
        assert len(numbers) == len(set(numbers)), "a message number is used once"
        assert all(number <= self.person.contact.messages for number in numbers)
        return turn

    def raised(self) -> Desk:
        one = self.alert
        report = ReportAlert(one.id, one.level, one.reason, one.signs, one.step, one.status)
        self.take(follow(self.book, Turn(self.person, (report,)), self.now))
        return self

    def press(self, verb: str, staff: int = 5, name: str = "Rosa") -> Turn:
        event = StaffPressed(verb, self.alert.id, staff, name, "p")
        return self.take(staff_pressed(self.book, self.person, event, self.now))

    def next(self) -> tuple[str, Turn]:
        """Move to the next timer, and fire it."""
        key = min(self.timers, key=lambda each: (self.timers[each], each))
        self.now = max(self.now, self.timers.pop(key))
        self.ended.add(key)
        return key, self.take(fire(self.book, self.person, key, self.now))

    @property
    def alert(self) -> Alert:
        return self.person.alerts[0]

    def minutes(self, key: str) -> float:
        return (self.timers[key] - self.now) / timedelta(minutes=1)


def messages(turn: Turn, to: To) -> list[SendMessage]:
    return [effect for effect in turn.effects if isinstance(effect, SendMessage) and effect.to is to]


def new_cards(turn: Turn, to: To = To.STAFF) -> list[SendMessage]:
    return [message for message in messages(turn, to) if message.edits is None]


def reports(turn: Turn) -> list[tuple[int, str]]:
    return [(effect.step, effect.status) for effect in turn.effects if isinstance(effect, ReportAlert)]


def _press_of(session: SessionId, turn: int, option: str) -> Pressed:
    return Pressed(button_data(session, turn, Verb.CHOOSE, option), "p")


def note(turn: Turn) -> str:
    (answer,) = [effect for effect in turn.effects if isinstance(effect, AnswerPress)]
    return answer.note


@pytest.mark.parametrize(("alert", "minutes"), [(RED, 3), (AMBER, 60)])
def test_what_nobody_takes_rings_again_with_doubled_waits(alert: Alert, minutes: int) -> None:
    desk = Desk(alert).raised()
    card = alert.card
    for step in range(1, 6):
        assert desk.minutes(f"ladder/A7-1/{step}") == minutes * 2 ** (step - 1)
        desk.timers.pop("followup/A7-1", None)
        key, turn = desk.next()
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
    assert [timer.key for timer in alert_timers(alone, RED, NOW)] == ["followup/A7-1"]
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
def test_taken_but_not_called_rings_the_owner_and_the_group(alert: Alert, minutes: int) -> None:
    desk = Desk(alert).raised()
    desk.press("have_it")
    desk.timers.pop("followup/A7-1", None)
    for ring in range(1, 6):
        assert desk.minutes(f"called/A7-1/{ring}") == minutes * 2 ** (ring - 1)
        _, turn = desk.next()
        (card,) = new_cards(turn)
        assert "Rosa has it" in card.html
        assert "Not called yet" in card.html
        assert card.rows == ()
        (private,) = messages(turn, To.STAFF_MEMBER)
        assert (private.staff_chat, private.lane) == (5, Lane.ALERT)
        assert reports(turn) == [(0, "acknowledged")]
    assert desk.timers == {}


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


def test_no_answer_leaves_the_clock_running_and_is_told_once() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("no_answer")
    assert "couldn't get through" in messages(turn, To.PATIENT)[0].html
    assert messages(desk.press("no_answer"), To.PATIENT) == []
    assert desk.minutes("called/A7-1/1") == 15
    desk.press("called")
    desk.press("no_answer")
    assert desk.alert.called_at is None
    assert desk.minutes("called/A7-1/11") == 15
    _, turn = desk.next()
    assert len(new_cards(turn)) == 1


def test_closing_shrinks_the_card_and_ends_all_but_the_morning_after() -> None:
    desk = Desk(RED).raised()
    desk.press("have_it")
    turn = desk.press("closed")
    assert reports(turn) == [(0, "closed")]
    assert list(desk.timers) == ["followup/A7-1"]
    assert note(desk.press("have_it", 6, "Tom")) == "Rosa has it already."
    assert note(desk.press("called")) == "That one is closed."


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
        patient.take(_press_of(session.id, session.turn, "no"))
        turn = desk.take(follow(asks, patient.turns[-1], desk.now))
        assert (desk.alert.status, desk.alert.taken_by, desk.alert.called_at) == ("changed", None, None)
        (card,) = new_cards(turn)
        assert card.rows[0][0].id == "have_it"
        assert "nobody has reached them" in card.html
        assert desk.minutes(f"ladder/A7-1/{10 * round_ + 1}") == 3
        assert reports(turn) == [(0, "changed")]
    desk.press("have_it")
    desk.press("called")
    patient = Patient(asks, desk.person)
    (session,) = [one for one in desk.person.sessions if one.flow == "reached" and one.at_key]
    patient.take(_press_of(session.id, session.turn, "yes"))
    assert desk.take(follow(asks, patient.turns[-1], desk.now)).person.alerts[0].status == "called"


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
    assert set(desk.timers) == {"followup/A7-1"}
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
    assert list(desk.timers) == ["followup/A7-1"]


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
    (_, after) = alert_timers(BOOK, RED, now)
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
    assert fire(asks, turn.person, "followup/A7-1", morning).effects == ()  # it stands open already
    (told,) = messages(fire(asks, replace(person, visits=()), "followup/A7-1", morning), To.PATIENT)
    assert told.html.startswith("Good morning.")
    assert "microneedling" not in told.html


def test_the_morning_after_respects_stop_and_block() -> None:
    closed = replace(nobody(), alerts=(replace(RED, status="closed"),))
    for contact in (replace(closed.contact, stopped_at=NOW), replace(closed.contact, blocked_at=NOW)):
        assert fire(BOOK, replace(closed, contact=contact), "followup/A7-1", NOW).effects == ()
    still_open = replace(nobody(), alerts=(RED,))
    stopped = replace(still_open, contact=replace(still_open.contact, stopped_at=NOW))
    assert len(messages(fire(BOOK, stopped, "followup/A7-1", NOW), To.PATIENT)) == 1


def test_a_timer_of_nothing_does_nothing() -> None:
    for kind in KINDS:
        for key in (f"{kind}/A7-9/1", f"{kind}/", kind, "ladder/A7-1/2", "ladder/A7-1/x", "called/A7-1/x"):
            assert fire(BOOK, replace(nobody(), alerts=(RED,)), key, NOW).effects == ()


def test_take_means_the_most_urgent_that_nobody_has() -> None:
    def one(number: int, level: str, status: str = "raised") -> Alert:
        return replace(RED, id=AlertId(f"A7-{number}"), level=level, status=status)

    held = (one(1, "amber_soon"), one(2, "red", "closed"), one(3, "amber_today"), one(4, "red", "acknowledged"))
    found = most_urgent(replace(nobody(), alerts=held))
    assert found is not None
    assert found.id == "A7-3"
    assert most_urgent(replace(nobody(), alerts=held[1:2])) is None


def test_a_number_left_with_a_request_is_a_number() -> None:
    desk = Desk(RED, phone=None)
    desk.person = replace(desk.person, leads=(Lead(LeadId("L7-3"), "ring_me", "open", NOW, phone="0300"),))
    assert "rings you before" in messages(desk.press("have_it"), To.PATIENT)[0].html


def test_every_level_that_rings_has_its_clock() -> None:
    assert set(CLOCKS) == {"red", "amber_today"}
    assert ladder.on_call(BOOK) == ()
    assert ladder.on_call(ON_CALL) == (91, 92)
