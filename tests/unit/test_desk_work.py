"""What staff press, type and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.desk.cards import group_card, local, row_name
from bot.desk.private import private_card
from bot.desk.work import find, lift, read_command, staff_pressed, unknown
from bot.engine.effect import AnswerPress, Lane, ReportAlert, ReportLead, SendCard, SendMessage, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Row
from bot.engine.session import Alert, Answer, Given, Lead, Person, Session, Status
from bot.ids import AlertId, LeadId, SessionId, contact_code
from tests.engine_books import NOW, TODAY, book, end, flow, nobody, table

ROWS = {
    "signs": table(Row("breathing", "Trouble breathing", "trouble breathing")),
    "aims": table(Row("scars", "Scars", "scars")),
}
BOOK = replace(book(flow("main", end())), tables=ROWS)
LEAD = Lead(LeadId("L7-1"), "ring_me", "open", NOW, ("To know: <metal>",), "+441632960000", card=3)
ALERT = Alert(
    AlertId("A7-2"), "red", "ambulance", ("breathing",), "raised", NOW, words="I can't <breathe>", card=4
)
CODE = contact_code(nobody().contact.id)


def person(**more: object) -> Person:
    return replace(nobody(), **{"leads": (LEAD,), "alerts": (ALERT,), **more})  # type: ignore[arg-type]


def press(who: Person, verb: str, target: str, staff: int = 5, name: str = "Bo") -> Turn:
    return staff_pressed(BOOK, who, StaffPressed(verb, target, staff, name, "p"), NOW)


def note(turn: Turn) -> str:
    (answer,) = [effect for effect in turn.effects if isinstance(effect, AnswerPress)]
    return answer.note


def test_who_takes_a_lead_gets_the_details_in_private() -> None:
    turn = press(person(), "have_it", "L7-1")
    lead = turn.person.leads[0]
    assert (lead.status, lead.taken_by, lead.taken_name) == ("taken", 5, "Bo")
    assert turn.effects[1:3] == (SendCard(1, "L7-1", edits=3), ReportLead("L7-1", CODE, "taken"))
    card = turn.effects[3]
    assert isinstance(card, SendMessage)
    assert (card.to, card.staff_chat) == (To.STAFF_MEMBER, 5)
    assert "<b>+441632960000</b>" in card.html
    assert "To know: &lt;metal&gt;" in card.html
    assert [button.id for button in card.rows[0]] == ["called", "no_answer", "closed"]


def test_a_second_who_wants_it_hears_who_has_it() -> None:
    taken = press(person(), "have_it", "L7-1").person
    turn = press(taken, "have_it", "L7-1", 6, "Cy")
    assert (note(turn), turn.person) == ("Bo has it already.", taken)
    assert note(press(taken, "closed", "L7-1", 6, "Cy")) == "Bo has it."
    assert note(press(person(), "called", "L7-1", 6, "Cy")) == "Take it first."


def test_taking_it_twice_sends_nothing_twice() -> None:
    taken = press(person(), "have_it", "L7-1").person
    called = press(taken, "called", "L7-1").person
    turn = press(called, "have_it", "L7-1")
    assert turn.person == called
    assert f"/find {CODE}" in note(turn)
    assert len(turn.effects) == 1
    (again,) = find(BOOK, called, 5, NOW).effects
    assert isinstance(again, SendMessage)
    assert again.rows[0][0].data == "s:called:L7-1"
    (others,) = find(BOOK, called, 6, NOW).effects
    assert isinstance(others, SendMessage)
    assert others.rows[0][0].data == "s:have_it:A7-2"
    assert find(BOOK, called, 6, NOW, "Cy").person.alerts[0].log[-1].by == 6


@pytest.mark.parametrize(
    ("verb", "lead", "alert"),
    [
        ("called", "called", "acknowledged"),
        ("no_answer", "no_answer", "acknowledged"),
        ("closed", "closed", "closed"),
    ],
)
def test_the_owner_says_what_became_of_it(verb: str, lead: str, alert: str) -> None:
    turn = press(press(person(), "have_it", "L7-1").person, verb, "L7-1")
    assert ReportLead("L7-1", CODE, lead) in turn.effects
    turn = press(press(person(), "have_it", "A7-2").person, verb, "A7-2")
    assert ReportAlert("A7-2", "red", "ambulance", ("breathing",), 0, alert) in turn.effects
    assert any(isinstance(effect, SendCard) and effect.lane is Lane.ALERT for effect in turn.effects)


def test_what_is_closed_or_gone() -> None:
    closed = person(leads=(replace(LEAD, status="closed"),))
    assert note(press(closed, "have_it", "L7-1")) == "That one is closed."
    for verb, target in [("have_it", "L7-9"), ("dance", "L7-1")]:
        turn = press(person(), verb, target)
        assert (turn.person, len(turn.effects)) == (person(), 1)
        assert note(turn)


def test_without_a_card_nothing_is_edited() -> None:
    bare = person(leads=(replace(LEAD, card=None),), alerts=(replace(ALERT, card=None),))
    for target in ("L7-1", "A7-2"):
        assert not any(isinstance(effect, SendCard) for effect in press(bare, "have_it", target).effects)


def test_the_group_sees_a_code_and_never_a_name_or_a_sign() -> None:
    for about, urgent in (("L7-1", False), ("A7-2", True)):
        card = group_card(BOOK, person(), about, 9, Lane.REPLY, None)
        assert card is not None
        assert CODE in card.html
        assert ("URGENT" in card.html) is urgent
        for private in ("Ann", "breath", "metal", "4416"):
            assert private not in card.html
        assert (card.to, card.window_seconds, card.rows[0][0].id) == (To.STAFF, None, "have_it")
    assert group_card(BOOK, person(), "L9-9", 9, Lane.REPLY, None) is None


def test_a_card_says_who_has_it_and_how_it_ended() -> None:
    held = person(
        leads=(replace(LEAD, status="taken", taken_name="B<o>"),),
        alerts=(replace(ALERT, status="acknowledged", level="amber_soon"),),
    )
    card = group_card(BOOK, held, "L7-1", 9, Lane.REPLY, 3)
    assert card is not None
    assert ("B&lt;o&gt; has it" in card.html, card.rows) == (True, ())
    for status, words in [
        ("called", "Called (Bo)"),
        ("withdrawn", "Withdrawn by the person"),
        ("closed", "Closed (Bo)"),
    ]:
        card = group_card(
            BOOK, person(leads=(replace(LEAD, status=status, taken_name="Bo"),)), "L7-1", 9, Lane.REPLY, 3
        )
        assert card is not None
        assert card.html.endswith(words)
    unknown_kind = group_card(BOOK, person(leads=(replace(LEAD, kind="other"),)), "L7-1", 9, Lane.REPLY, None)
    assert unknown_kind is not None
    assert "A request" in unknown_kind.html


def test_the_private_card_holds_what_helps() -> None:
    given = Given(Answer(options=("scars", "unheard_of")), NOW, TODAY, 0)
    dated = Given(Answer(on=date(2026, 12, 26)), NOW, TODAY, 1)
    session = Session(SessionId("7-1"), "main", NOW, TODAY, NOW, Status.WAITING, answers={"a": given, "b": dated})
    contact = replace(nobody().contact, first_name="<Ann>", minor_at=NOW)
    html = private_card(BOOK, person(contact=contact, sessions=(session,)), 1, 5, None).html
    for expected in (
        "&lt;Ann&gt;",
        "under 18",
        "trouble breathing",
        "I can't &lt;breathe&gt;",
        "scars; 2026-12-26",
        CODE,
    ):
        assert expected in html
    assert "unheard_of" not in html
    bare = private_card(BOOK, nobody(), 1, 5, None)
    assert ("none given" in bare.html, bare.rows) == (True, ())


def test_find_and_lift() -> None:
    minor = replace(nobody(), contact=replace(nobody().contact, minor_at=NOW))
    assert lift(BOOK, minor, NOW).person.contact.minor_at is None
    (card,) = find(BOOK, minor, 5, NOW).effects
    assert isinstance(card, SendMessage)
    assert (card.staff_chat, card.rows) == (5, ())


def test_commands_and_the_clinics_clock() -> None:
    assert read_command("/Find@ClinicBot k7qx now") == ("find", ["k7qx", "now"])
    assert read_command("hello") == read_command(" ") == ("", [])
    assert "&lt;x&gt;" in unknown("/<x> y")
    assert local(BOOK, datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == "Wed 01 Jul, 13:00"
    assert row_name(BOOK, "scars") == "scars"
    assert row_name(BOOK, "unheard_of") == "unheard_of"
