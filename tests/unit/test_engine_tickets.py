"""Visits that staff entered: the scan of their code, the same visit twice, and what stays of an old plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.engine.effect import CancelTimer, Count, SendCard
from bot.engine.event import TicketScanned
from bot.engine.model import Book, CampaignEntry, Do, Outcome, Transition
from bot.engine.session import Answer, Given, PlannedCheckIn, Visit
from bot.engine.value import Values
from bot.ids import SessionId, VisitId
from tests.engine_books import NOW, Patient, ask, book, computes, end, flow, standing, wants
from tests.unit.test_engine_visits import DAY, MORE, RECOVERY, check_in

LUMP = "one_tap_lump"
GIVEN = Given(Answer(options=("fine",)), NOW, NOW.date(), 1)
ENTERED = {"treatment": "needling", "treated_at": NOW.isoformat(), "note": "2 ml", "practitioner": "Rosa"}


def seen(values: Values) -> Outcome:
    """The visit as staff entered it, once more with a name and a plan when somebody agrees."""
    entered = {name: values.get(f"ticket.{name}") for name in ("treated_at", "note", "practitioner")}
    visit = dict(entered, treatment=values.get("visit.treatment"), entered_by="staff")
    if values.get("ticket.state") != "good":
        return Outcome({})
    if values.get("agreed") != "yes":
        return Outcome({}, (standing("visit", "visit", **visit),))
    plan = standing("plan", "plan", check_ins=[check_in("day_1", NOW + DAY)])
    return Outcome({}, (standing("visit", "visit", **visit, name="Ann", part_of_day="morning"), plan))


READS = ("visit.treatment", "ticket.state", "ticket.treated_at", "ticket.note", "ticket.practitioner", "agreed")
AFTERCARE = flow(
    "aftercare",
    Do("scan", "seen", (Transition("agreed"),)),
    ask("agreed", "enrol", "yes", "no", save="agreed"),
    Do("enrol", "seen", (Transition("keep"),)),
    ask("keep", "done", "ok"),
    end(),
)
MAIN = flow("main", ask("hello", "done", "ok"), end())


def clinic(**fields: object) -> Book:
    return book(MAIN, AFTERCARE, RECOVERY, more=(*MORE, computes("seen", READS, (), seen)), **fields)


def scan(patient: Patient, state: str = "good", **entered: str) -> Patient:
    return patient.take(TicketScanned(state, {**ENTERED, **entered} if state == "good" else {}))


def planned(*items: tuple[str, int, str]) -> tuple[PlannedCheckIn, ...]:
    return tuple(
        PlannedCheckIn(occasion, days, NOW + days * DAY, essential=False, kind=kind, catch_up_seconds=60)
        for occasion, days, kind in items
    )


def earlier(*plan: PlannedCheckIn, **fields: object) -> Visit:
    visit = Visit(VisitId("V7-90"), "injections", NOW - 30 * DAY, "self", "unconfirmed", NOW, plan=plan, card=3)
    return replace(visit, **fields)  # type: ignore[arg-type]


def with_visits(*visits: Visit) -> Patient:
    patient = Patient(clinic())
    patient.person = replace(patient.person, visits=visits)
    return patient


def cancelled(patient: Patient) -> set[str]:
    return {e.key.rpartition("/")[2] for turn in patient.turns for e in turn.effects if isinstance(e, CancelTimer)}


def occasions(plan: Iterable[PlannedCheckIn]) -> list[str]:
    return [item.occasion for item in plan]


def test_a_scanned_visit_is_ours_at_once_and_needs_no_card() -> None:
    patient = scan(Patient(clinic()))
    (visit,) = patient.person.visits
    assert (visit.status, visit.entered_by, visit.plan) == ("ours", "staff", ())
    assert (visit.note, visit.practitioner) == ("2 ml", "Rosa")
    assert patient.at == "aftercare.agreed"
    assert patient.session.context["visit.day"] == 0
    assert not patient.of(SendCard)
    assert Count("ticket:good") in patient.effects
    (visit,) = patient.press("yes").person.visits
    assert (visit.name, visit.part_of_day, visit.status) == ("Ann", "morning", "ours")
    assert occasions(visit.plan) == ["day_1"]


def test_a_code_that_is_none_records_nothing_and_says_why() -> None:
    patient = scan(Patient(clinic()), "expired")
    assert patient.person.visits == ()
    assert patient.session.context["ticket.state"] == "expired"
    assert patient.at == "aftercare.agreed"


def test_the_own_code_again_and_a_book_without_aftercare_begin_as_ever() -> None:
    assert scan(Patient(clinic()), "again").at == "home.open/main.hello"
    assert scan(Patient(book(MAIN))).at == "home.open/main.hello"


def test_what_one_began_to_say_gives_way_to_the_code() -> None:
    patient = scan(scan(Patient(clinic()), "unknown"))
    assert [session.flow for session in patient.person.sessions] == ["aftercare"]
    patient.say("/help")
    assert scan(patient, treated_at=(NOW - DAY).isoformat()).session.context["visit.day"] == 1


def test_another_conversation_waits_behind_the_code() -> None:
    patient = Patient(clinic()).start().say("/back")
    asked = replace(patient.session, answers={"home.open/main.hello": GIVEN})
    patient.person = replace(patient.person, sessions=(replace(asked, flow="recovery"),))
    assert [session.flow for session in scan(patient).person.sessions] == ["recovery", "aftercare"]


def test_a_visit_the_patient_entered_is_confirmed_by_the_code_and_keeps_its_plan() -> None:
    own = earlier(
        *planned(("day_1", 1, "full")),
        treatment="needling",
        treated_at=NOW,
        name="Ann S",
        session=SessionId("7-8"),
    )
    patient = scan(with_visits(own))
    (visit,) = patient.person.visits
    assert (visit.id, visit.status, visit.entered_by, visit.note) == (own.id, "ours", "staff", "2 ml")
    assert (visit.name, visit.plan, visit.session) == (own.name, own.plan, own.session)
    assert patient.session.context["ticket.is_planned"] is True
    assert patient.session.context["visit.id"] == own.id
    (card,) = patient.of(SendCard)
    assert isinstance(card, SendCard)
    assert card.edits == own.card


def test_a_plan_that_is_not_there_yet_is_made_by_the_code() -> None:
    own = earlier(treatment="needling", treated_at=NOW, name="Ann S", status="not_ours", card=None)
    patient = scan(with_visits(own)).press("yes")
    (visit,) = patient.person.visits
    assert (visit.status, occasions(visit.plan)) == ("ours", ["day_1"])


def test_what_staff_entered_stands_when_the_patient_says_it_too() -> None:
    patient = scan(Patient(clinic()))
    before = patient.person.visits[0]
    said = standing("visit", "visit", treatment="needling", treated_at=(NOW - timedelta(hours=3)).isoformat())
    own = flow("own", Do("say", "say_own", (Transition("ok"),)), ask("ok", "done", "ok"), end())
    patient.book = book(own, AFTERCARE, more=(*MORE, computes("seen", READS, (), seen), wants("say_own", said)))
    patient.book = replace(patient.book, campaigns={"own": CampaignEntry("own", "own", "own")})
    patient.start("own")
    (visit,) = patient.person.visits
    assert (visit.treated_at, visit.entered_by, visit.status) == (before.treated_at, "staff", "ours")
    assert visit.session != before.session


def test_a_new_visit_keeps_of_the_old_plan_only_the_watch_for_lumps() -> None:
    old = earlier(*planned(("day_3", 3, "full"), ("day_56", 26, LUMP)))
    patient = scan(with_visits(old))
    first, second = patient.person.visits
    assert (first.status, occasions(first.plan)) == ("ended", ["day_56"])
    assert cancelled(patient) == {"day_3"}
    assert second.status == "ours"
    patient.press("no").press("ok").wait(days=26)
    patient.fire(f"checkin/{first.id}/day_56")
    assert patient.at == "recovery.how"
    assert patient.session.context["visit.kind"] == LUMP


def test_a_lump_that_the_new_plan_asks_about_anyway_is_asked_once() -> None:
    old = earlier(*planned(("day_56", 8, LUMP), ("day_84", 9, LUMP)))
    patient = scan(with_visits(old)).press("yes")
    first, second = patient.person.visits
    assert occasions(second.plan) == ["day_1"]
    assert occasions(first.plan) == ["day_84"]
    assert cancelled(patient) == {"day_56"}


def test_nothing_is_planned_after_a_visit_that_is_over() -> None:
    patient = scan(Patient(clinic()))
    over = replace(patient.person.visits[0], status="ended")
    patient.person = replace(patient.person, visits=(over,))
    patient.press("yes")
    (visit,) = patient.person.visits
    assert (visit.status, visit.plan) == ("ended", ())


def test_agreeing_to_a_new_plan_takes_an_earlier_stop_back() -> None:
    patient = scan(Patient(clinic()).start().say("/stop"))
    assert patient.person.contact.stopped_at is not None
    assert patient.press("yes").person.contact.stopped_at is None
    patient.say("/stop")
    assert patient.person.contact.stopped_at is not None
