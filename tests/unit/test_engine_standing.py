"""What holds as long as the answers say so; reminders and expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.effect import (
    CancelTimer,
    Count,
    ErasePerson,
    ExportPerson,
    Lane,
    Reason,
    ReportAlert,
    ReportLead,
    ReportResult,
    SendCard,
    SetTimer,
)
from bot.engine.event import Blocked
from bot.engine.model import Ask, Book, Do, Expire, Flow, Outcome, Remind
from bot.engine.session import Lead, Status
from bot.engine.value import Values
from bot.ids import LeadId, contact_code
from tests.engine_books import (
    NOW,
    Patient,
    ask,
    book,
    computes,
    end,
    flow,
    many,
    nobody,
    say,
    standing,
    wants,
    words,
)


def asks_then(action: str) -> Flow:
    """A question, an action, and another question."""
    return flow(
        "main",
        ask("q", "act", "x", "y", save="q"),
        Do("act", action, (ask("", "r").next)),
        ask("r", "done", "z"),
        end(),
    )


def lead(values: Values) -> Outcome:
    kind = "ring_me" if values.get("q") == "x" else "booking"
    return Outcome(
        {}, (standing("lead", "l", kind=kind, notes=[str(values.get("q"))], phone=values.get("phone")),)
    )


LEADS = book(asks_then("lead"), more=(computes("lead", ("q", "phone"), (), lead),))


def test_a_lead_is_opened_withdrawn_and_opened_again() -> None:
    patient = Patient(LEADS).start().press("x")
    (opened,) = patient.person.leads
    assert (opened.kind, opened.status, opened.notes, opened.card) == ("ring_me", "open", ("x",), 3)
    assert patient.of(ReportLead) == [ReportLead("L7-1", contact_code(patient.person.contact.id), "open")]
    assert patient.of(SendCard) == [SendCard(3, "L7-1")]
    patient.press("back")
    assert [each.status for each in patient.person.leads] == ["withdrawn"]
    assert [card.edits for card in patient.of(SendCard) if isinstance(card, SendCard)] == [3]
    patient.press("x")
    assert [(each.id, each.status) for each in patient.person.leads] == [("L7-1", "open")]
    assert [card.edits for card in patient.of(SendCard) if isinstance(card, SendCard)] == [None]


def test_a_lead_of_another_kind_replaces_the_first() -> None:
    patient = Patient(LEADS).start().press("x").say("/answers").press("a1").press("y")
    assert [(each.kind, each.status) for each in patient.person.leads] == [
        ("ring_me", "withdrawn"),
        ("booking", "open"),
    ]


def taken(patient: Patient, status: str) -> Patient:
    held = replace(patient.person.leads[0], status=status, taken_by=5, taken_name="Bo")
    patient.person = replace(patient.person, leads=(held,))
    return patient


@pytest.mark.parametrize("status", ["taken", "called", "closed"])
def test_what_is_asked_for_once_more_is_open_again(status: str) -> None:
    patient = taken(Patient(LEADS).start().press("x"), status).press("back").press("x")
    assert [(each.status, each.taken_by) for each in patient.person.leads] == [("open", None)]


def test_a_closed_lead_is_not_withdrawn() -> None:
    patient = taken(Patient(LEADS).start().press("x"), "closed").press("back")
    assert patient.person.leads[0].status == "closed"


def test_opening_an_answer_again_withdraws_nothing() -> None:
    patient = Patient(LEADS).start().press("x").say("/answers").press("a1")
    assert (patient.question.state, [each.status for each in patient.person.leads]) == ("q", ["open"])
    assert patient.press("back").of(ReportLead) == []
    assert patient.question.state == "r"


def test_a_lead_that_changes_keeps_its_owner() -> None:
    def noted(values: Values) -> Outcome:
        return Outcome(
            {},
            (standing("lead", "l", kind="ring_me", notes=[str(values.get("q"))], urgent=values.get("q") == "y"),),
        )

    made = book(asks_then("lead"), more=(computes("lead", ("q",), (), noted),))
    patient = taken(Patient(made).start().press("x"), "taken").say("/answers").press("a1").press("y")
    (changed,) = patient.person.leads
    assert (changed.status, changed.taken_by, changed.notes, changed.urgent) == ("taken", 5, ("y",), True)


def test_an_open_lead_of_an_earlier_session_is_taken_over_and_withdrawn() -> None:
    earlier = Lead(LeadId("L7-1"), "ring_me", "open", NOW)
    person = replace(nobody(), leads=(earlier,), contact=replace(nobody().contact, standing=1))
    patient = Patient(LEADS, person).start().press("x")
    assert len(patient.person.leads) == 1
    assert patient.press("back").person.leads[0].status == "withdrawn"


def test_a_number_that_is_given_is_kept_for_the_next_lead() -> None:
    patient = Patient(LEADS).start().say("/human").say("07700 900123")
    assert patient.person.contact.phone == "07700900123"
    assert "We ring 07700900123." in patient.texts()
    assert patient.press("x").person.leads[-1].phone == "07700900123"


def test_without_staff_no_card_is_made() -> None:
    patient = Patient(replace(LEADS, clinic={})).start().press("x")
    assert (patient.of(SendCard), len(patient.of(ReportLead))) == ([], 1)
    assert Patient(replace(LEADS, clinic={})).start().say("help me").of(SendCard) == []


def result_book() -> Book:
    def match(values: Values) -> Outcome:
        reasons = ["when=x", "concerns=a", "concerns=gone", "lone=1"]
        content = {
            "action": "match",
            "outcome": str(values.get("when")),
            "reasons": reasons,
            "notes": ["n"],
            "treatment": "t",
            "day": 3,
        }
        return Outcome({}, (standing("result", "match", **content),))

    return book(
        flow(
            "main",
            many("first", "second", "a", "b", into="concerns"),
            ask("second", "act", "x", "y", save="when"),
            Do("act", "match", ask("", "r").next),
            ask("r", "done", "z"),
            end(),
        ),
        more=(computes("match", ("when",), (), match),),
    )


def test_a_result_names_the_questions_that_decided_and_is_replaced() -> None:
    patient = Patient(result_book()).start("poster").choose("a").press("x")
    reasons = (Reason("second", "x"), Reason("first", "a"))
    assert patient.of(ReportResult) == [ReportResult("match", "x", reasons, ("n",), "t", 3)]
    assert Count("match:x", "poster") in patient.effects
    patient.say("hm")
    assert patient.of(ReportResult) == []
    patient.press("back").press("y")
    assert [each.outcome for each in patient.of(ReportResult) if isinstance(each, ReportResult)] == ["y"]


def test_consent_is_given_taken_back_and_given_again() -> None:
    patient = Patient(book(asks_then("agree"))).start().press("x")
    consent = patient.person.contact.consent
    assert consent is not None
    assert (consent.version, consent.given_at, consent.withdrawn_at) == ("v1", NOW, None)
    patient.wait(hours=1).press("back")
    consent = patient.person.contact.consent
    assert consent is not None
    assert consent.withdrawn_at == NOW + timedelta(hours=1)
    assert patient.session.context["contact.consented"] is False
    patient.press("x")
    consent = patient.person.contact.consent
    assert consent is not None
    assert consent.withdrawn_at is None
    assert patient.say("/restart").press("yes").session.context["contact.consented"] is True


def test_an_alert_with_other_content_is_another_alert() -> None:
    def alert(values: Values) -> Outcome:
        return Outcome({}, (standing("alert", "a", level=str(values["q"]), signs=["s"]),))

    made = book(asks_then("alarm"), more=(computes("alarm", ("q",), (), alert),))
    patient = Patient(made).start().press("x").say("/answers").press("a1").press("y")
    assert [(each.level, each.status) for each in patient.person.alerts] == [("x", "raised"), ("y", "raised")]
    assert patient.of(ReportAlert) == [ReportAlert("A7-2", "y", "", ("s",), 0, "raised")]


def test_facts_of_the_person() -> None:
    patient = Patient(book(flow("main", ask("q", "done", "x"), end()), languages=("en", "de"))).start()
    assert patient.say("/stop").person.contact.stopped_at == NOW
    assert patient.say("/language").press("de").person.contact.language == "de"
    resumed = book(asks_then("resume_messages"))
    assert Patient(resumed, patient.person).press_data(patient.data("x")) is not None
    assert (
        Patient(resumed, replace(nobody(), contact=patient.person.contact))
        .start()
        .press("x")
        .person.contact.stopped_at
        is None
    )


def test_export_and_erasure() -> None:
    patient = Patient(LEADS).start().say("/export")
    (export,) = patient.of(ExportPerson)
    assert isinstance(export, ExportPerson)
    assert export.page_number != export.json_number
    patient.say("/delete").press("yes")
    assert patient.of(ErasePerson) == [ErasePerson("Gone.")]
    assert patient.texts() == []


def test_nobody_is_forgotten_silently_while_staff_have_something_to_do() -> None:
    forgets = book(flow("main", ask("q", "act", "x"), Do("act", "forget_me", ask("", "done").next), end()))
    assert Patient(forgets).start().press("x").of(ErasePerson) == [ErasePerson("")]
    assert Patient(forgets).start().say("/human").say("07700900123").press("x").of(ErasePerson) == []
    assert Patient(forgets).start().say("help me").press("go_on").press("x").of(ErasePerson) == []


def test_an_unknown_standing_effect_is_a_bug() -> None:
    for wanted in (standing("unheard_of", "x"), standing("fact", "unheard_of")):
        act = wants("act", wanted)
        with pytest.raises(AssertionError):
            Patient(book(asks_then("act"), more=(act,))).start().press("x")


def test_what_a_failed_walk_came_to_is_done_and_nothing_withdrawn() -> None:
    loop = flow(
        "main",
        ask("q", "act", "x"),
        Do("act", "lead", ask("", "l1").next),
        say("l1", "l2"),
        say("l2", "l1"),
        end(),
    )
    patient = Patient(replace(LEADS, flows={**LEADS.flows, "main": loop})).start().press("x")
    assert [each.status for each in patient.person.leads] == ["open"]
    assert patient.person.sessions[0].status is Status.FAILED


def reminded(after: timedelta = timedelta(hours=20)) -> Ask:
    remind = Remind(after, words("Shall we go on, {first_name}?"))
    return ask("q", "r", "x", "y", remind=remind, expire=Expire(timedelta(days=7), "pause"))


WAITING = book(flow("main", reminded(), ask("r", "done", "z"), end("pause", "expired"), end()))


def test_a_reminder_and_an_expiry_are_set_once_and_go_with_the_answer() -> None:
    patient = Patient(WAITING).start()
    assert patient.of(SetTimer) == [
        SetTimer("remind/7-1/0", datetime(2026, 11, 24, 8, 0, tzinfo=UTC), "remind", 12 * 3600),
        SetTimer("expire/7-1/0", NOW + timedelta(days=7), "expire", 366 * 86400),
    ]
    assert patient.say("hm").of(SetTimer) == []
    assert patient.press("x").of(CancelTimer) == [CancelTimer("remind/7-1/0"), CancelTimer("expire/7-1/0")]
    assert "timer/" not in str(patient.session.done)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-23T09:00", "2026-11-24T08:00"),
        ("2026-11-23T13:00", "2026-11-24T09:00"),
        ("2026-11-23T01:30", "2026-11-24T08:00"),
        ("2026-07-01T03:00", "2026-07-02T07:00"),
        ("2026-07-01T00:59", "2026-07-02T07:00"),
    ],
)
def test_reminders_wait_for_the_clinics_morning(now: str, due: str) -> None:
    patient = Patient(WAITING)
    patient.now = datetime.fromisoformat(f"{now}+00:00")
    timer = patient.start().of(SetTimer)[0]
    assert isinstance(timer, SetTimer)
    assert timer.fire_at == datetime.fromisoformat(f"{due}+00:00")


def test_a_reminder_shows_the_question_once_more() -> None:
    patient = Patient(WAITING).start().wait(hours=20).fire("remind/7-1/0")
    assert patient.texts() == ["Shall we go on, Ann?\n\nQuestion q?"]
    assert patient.question.lane is Lane.CHECK_IN
    assert patient.press("x").question.state == "r"


def test_a_late_reminder_waits_for_the_morning() -> None:
    patient = Patient(WAITING).start().wait(hours=30).wait(hours=8).fire("remind/7-1/0", late=3600)
    assert patient.effects == (
        SetTimer("remind/7-1/0/held", datetime(2026, 11, 25, 8, 0, tzinfo=UTC), "remind", 12 * 3600),
    )
    patient.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert patient.fire("remind/7-1/0/held").texts() == ["Shall we go on, Ann?\n\nQuestion q?"]


@pytest.mark.parametrize(
    "key",
    ["remind/7-1/0", "expire/7-1/0", "remind/7-9/1", "urgent/7-1/1", "nonsense", "", "remind", "expire/7-1/x"],
)
def test_a_stale_or_strange_timer_does_nothing(key: str) -> None:
    patient = Patient(WAITING).start().press("x")
    before = patient.person
    assert patient.fire(key).effects == ()
    assert patient.person == before


def test_no_reminder_after_stop_nor_for_who_blocks() -> None:
    assert Patient(WAITING).start().say("/stop").fire("remind/7-1/0").effects == ()
    assert Patient(WAITING).start().take(Blocked()).fire("remind/7-1/0").effects == ()
    stopped = replace(nobody(), contact=replace(nobody().contact, stopped_at=NOW))
    assert [
        timer.kind for timer in Patient(WAITING, stopped).start().of(SetTimer) if isinstance(timer, SetTimer)
    ] == ["expire"]


def test_a_question_that_expires_goes_where_it_says() -> None:
    patient = Patient(WAITING).start("poster").wait(days=7).fire("expire/7-1/0")
    (session,) = patient.person.sessions
    assert (session.status, patient.person.front) == (Status.EXPIRED, None)
    assert session.answers["main.q"].answer.expired


def test_timers_of_a_question_that_a_changed_flow_has_no_more() -> None:
    plain = book(flow("main", ask("q", "r", "x"), end()), number=2)
    over = book(flow("main", end()), number=2)
    for changed in (plain, over):
        patient = Patient(WAITING).start()
        patient.book = changed
        patient.wait(hours=20)
        assert patient.fire("remind/7-1/0").effects == ()
        assert patient.fire("expire/7-1/0").effects == ()


def test_a_global_flow_reminds_nobody_and_its_timers_go_with_it() -> None:
    made = book(flow("main", ask("q", "done", "x"), end()))
    human = flow("human", replace(reminded(), next=ask("", "done").next), end("pause"), end())
    patient = Patient(replace(made, flows={**made.flows, "human": human})).start().say("/human")
    assert [timer.key for timer in patient.of(SetTimer) if isinstance(timer, SetTimer)] == ["expire/7-2/0"]
    assert patient.press("back").of(CancelTimer) == [CancelTimer("expire/7-2/0")]
