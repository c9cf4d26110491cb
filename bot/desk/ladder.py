"""The clocks of an alert: rung again until somebody has it, then until they have called; and the next morning.

Rules:
1. `ladder/<alert>/<step>`: nobody has it. The card comes anew, to on-call people too; each wait is twice the last.
2. `called/<alert>/<n>`: somebody has it and has not called. The same, to its owner too.
3. Changed for the worse, or not reached after all: a new round begins, with keys of its own.
4. `followup/<alert>`: the morning after a red, whatever became of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.desk import said
from bot.desk.cards import OPEN, OVER, ROUND, group_card
from bot.desk.private import private_card
from bot.engine import visits
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, Effect, Lane, ReportAlert, SendCard, SendMessage, SetTimer, To, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, Person, Session
from bot.engine.steps import begin
from bot.ids import contact_code

KINDS = ("ladder", "called", "followup")
"""Of timers that are the desk's."""
REACHED = "reached"
"""The flow that asks whether somebody was reached; its `no` puts the alert back on top."""
ASKED = "normal"
"""The flow that asks how it is going, out of turn."""
RINGS = 5
"""How often an alert rings in one round."""
CATCH_UP_SECONDS = 7 * 86_400
"""After a week of downtime nobody is helped by an old bell."""
FOLLOW_UP_AT = time(9, 30)
"""Local; after a check-in of the same morning, which makes it needless. A judgement."""
FOLLOW_UP_SPAN = timedelta(hours=6)
"""A night so short is not over by the next morning. A judgement."""
FOLLOW_UP_CATCH_UP_SECONDS = 11 * 3600


@dataclass(frozen=True, slots=True)
class Clock:
    """How long nobody may have it, and how long its owner may take to call."""

    unowned: timedelta
    uncalled: timedelta


CLOCKS = {
    "red": Clock(timedelta(minutes=3), timedelta(minutes=15)),
    "amber_today": Clock(timedelta(minutes=60), timedelta(minutes=60)),
}
"""Levels that ring. A judgement, tighter than the goals: red under 15 minutes, amber_today under two hours."""


def alert_timers(book: Book, alert: Alert, now: datetime) -> tuple[SetTimer, ...]:
    """The timers of an alert that was just raised, or that rings in a new round.

    Args:
        now: Aware UTC.
    """
    timers = []
    clock = CLOCKS.get(alert.level)
    if clock is not None and (book.clinic.get("clinic.staffed") or on_call(book)):
        timers.append(_timer(_ladder_key(alert), now + clock.unowned))
    if alert.level == "red":
        at = _next_morning(now, ZoneInfo(book.time_zone))
        timers.append(SetTimer(f"followup/{alert.id}", at, "followup", FOLLOW_UP_CATCH_UP_SECONDS))
    return tuple(timers)


def taken_timers(alert: Alert, now: datetime) -> tuple[Effect, ...]:
    """Somebody has it: no more ringing for an owner, and the clock of the call begins."""
    clock = CLOCKS.get(alert.level)
    stop = CancelTimer(_ladder_key(alert))
    return (stop,) if clock is None else (stop, _timer(_called_key(alert, 1), now + clock.uncalled))


def silence(alert: Alert) -> tuple[CancelTimer, ...]:
    """Withdraw every bell of the present round, whatever its level was when they were set."""
    called = (CancelTimer(_called_key(alert, ring)) for ring in range(1, RINGS + 1))
    return (CancelTimer(_ladder_key(alert)), *called)


def next_round(alert: Alert) -> Alert:
    """The alert with fresh keys for its timers."""
    return replace(alert, step=(alert.step // ROUND + 1) * ROUND)


def on_call(book: Book) -> tuple[int, ...]:
    """Telegram ids of the people who are rung in private when nobody in the group takes it."""
    ids = book.clinic.get("clinic.on_call")
    return tuple(sorted(int(one) for one in ids)) if isinstance(ids, frozenset) else ()


def put_alert(draft: Draft, alert: Alert) -> None:
    """Keep an alert as it is now."""
    draft.alerts = [alert if held.id == alert.id else held for held in draft.alerts]


def report(draft: Draft, alert: Alert) -> None:
    """Tell channels and counters. An alert that somebody has stays acknowledged until it is closed."""
    status = "acknowledged" if alert.status in {"called", "no_answer"} else alert.status
    draft.do(ReportAlert(alert.id, alert.level, alert.reason, alert.signs, alert.step % ROUND, status))


def fire(book: Book, person: Person, key: str, now: datetime) -> Turn:
    """Do what a timer of the desk was set for; one that is no longer wanted does nothing.

    Args:
        key: Of one of `KINDS`.
        now: Aware UTC.
    """
    draft = Draft(book, person, now)
    kind, alert_id, number = (*key.split("/"), "", "")[:3]
    alert = next((alert for alert in draft.alerts if alert.id == alert_id), None)
    if alert is None:
        return draft.turn()
    if kind == "followup":
        _follow_up(draft, alert)
    elif kind == "ladder" and alert.taken_by is None and alert.status in OPEN and key == _ladder_key(alert):
        _ring_all(draft, alert)
    elif kind == "called" and number.isdigit() and int(number) // ROUND == alert.step // ROUND:
        _ring_owner(draft, alert, int(number) % ROUND)
    return draft.turn()


def _ring_all(draft: Draft, alert: Alert) -> None:
    alert = replace(alert, step=alert.step + 1)
    put_alert(draft, alert)
    alert = show_anew(draft, alert)
    rung = alert.step % ROUND
    clock = CLOCKS.get(alert.level)
    if clock is not None and rung < RINGS:
        draft.do(_timer(_ladder_key(alert), draft.now + clock.unowned * 2**rung))
    report(draft, alert)


def _ring_owner(draft: Draft, alert: Alert, ring: int) -> None:
    owner = alert.taken_by
    if owner is None or alert.called_at is not None or alert.status in OVER:
        return
    alert = show_anew(draft, alert, note="Not called yet")
    note = "You have this one. Please ring, and press Called."
    person, number = draft.turn().person, draft.next_message()
    draft.do(private_card(draft.book, person, number, owner, alert.id, lane=Lane.ALERT, note=note))
    clock = CLOCKS.get(alert.level)
    if clock is not None and ring < RINGS:
        draft.do(_timer(_called_key(alert, ring + 1), draft.now + clock.uncalled * 2**ring))
    report(draft, alert)


def show_anew(draft: Draft, alert: Alert, note: str = "") -> Alert:
    """Send the card as a new message, which rings, to the group and to on-call people; the old one shrinks."""
    number = draft.next_message()
    card = group_card(draft.book, draft.turn().person, alert.id, number, Lane.ALERT, None)
    assert card is not None
    if note:
        card = replace(card, html=f"{card.html}\n<b>{note}</b>")
    if draft.book.clinic.get("clinic.staffed"):
        if alert.card is not None:
            words = f"Code {contact_code(draft.contact.id)}: sent again, below."
            old = SendMessage(draft.next_message(), words, to=To.STAFF, edits=alert.card, droppable=True)
            draft.do_last(old)
        draft.do(card)
        alert = replace(alert, card=number)
        put_alert(draft, alert)
    for member in on_call(draft.book):
        draft.do(replace(card, number=draft.next_message(), to=To.STAFF_MEMBER, staff_chat=member))
    return alert


def follow(book: Book, turn: Turn, now: datetime) -> Turn:
    """A turn of the engine with what the desk does about the alerts in it: timers, and word to their owner."""
    reports = [effect for effect in turn.effects if isinstance(effect, ReportAlert)]
    reopened = _not_reached(turn.person)
    if not reports and reopened is None:
        return turn
    draft = Draft(book, turn.person, now)
    for each in reports:
        alert = next((alert for alert in draft.alerts if alert.id == each.id), None)
        if alert is not None:
            _follow_one(draft, alert, each.status)
    if reopened is not None:
        _reopen(draft, reopened)
    after = draft.turn()
    return replace(turn, person=after.person, effects=_flat(turn.effects) + after.effects)


def _flat(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Reports count the steps of the present round, as people do."""
    return tuple(replace(e, step=e.step % ROUND) if isinstance(e, ReportAlert) else e for e in effects)


def _follow_one(draft: Draft, alert: Alert, status: str) -> None:
    effects: tuple[Effect, ...] = ()
    note = ""
    match status:
        case "raised":
            effects = alert_timers(draft.book, alert, draft.now)
        case "changed":
            effects = silence(alert)
            alert = next_round(alert)
            effects += alert_timers(draft.book, alert, draft.now)
            if alert.level not in CLOCKS and alert.card is not None:  # the engine shows anew only what rings
                effects += (SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card),)
        case "withdrawn":
            effects = silence(alert)
            note = "Withdrawn: the person's answers no longer say this."
        case "acknowledged":
            note = "Changed: the person answers otherwise now."
            effects = silence(alert)
            alert = replace(next_round(alert), called_at=None)
            effects += taken_timers(alert, draft.now)
            effects += tuple(t for t in alert_timers(draft.book, alert, draft.now) if t.kind == "followup")
        case _:
            pass
    put_alert(draft, alert)
    for effect in effects:
        draft.do(effect)
    if note and alert.taken_by is not None:
        person, number = draft.turn().person, draft.next_message()
        draft.do(private_card(draft.book, person, number, alert.taken_by, alert.id, lane=Lane.ALERT, note=note))


def _not_reached(person: Person) -> Alert | None:
    """The alert whose owner says they have called, and whose person says that nobody reached them."""
    asked = [session for session in person.sessions if session.flow == REACHED]
    last = max(asked, key=_number, default=None)
    if last is None or not any(given.answer.options == ("no",) for given in last.answers.values()):
        return None
    wanted = last.context.get("desk.alert")
    return next((a for a in person.alerts if a.id == wanted and a.status == "called"), None)


def _number(session: Session) -> int:
    return int(session.id.partition("-")[2])


def _reopen(draft: Draft, alert: Alert) -> None:
    alert = replace(next_round(alert), status="changed", taken_by=None, taken_name=None, called_at=None)
    put_alert(draft, alert)
    alert = show_anew(draft, alert, note="They say that nobody has reached them")
    for timer in alert_timers(draft.book, alert, draft.now):
        draft.do(timer)
    report(draft, alert)


def _follow_up(draft: Draft, alert: Alert) -> None:
    contact = draft.contact
    if contact.blocked_at is not None or (contact.stopped_at is not None and alert.status in OVER):
        return
    asking = {ASKED, visits.FLOW}
    if any(session.flow in asking and session.started_on == draft.today for session in draft.waiting()):
        return  # a question of this morning stands open already
    visit = next((visit for visit in draft.visits if visit.id == alert.visit), None) or visits.open_visit(draft)
    if visit is None or ASKED not in draft.book.flows or contact.stopped_at is not None:
        said.next_morning(draft)
        return
    begin(draft, ASKED, visits.visit_context(draft, visit, "asked", "followup"), lane=Lane.CHECK_IN)


def _next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    here = now.astimezone(zone)
    at = datetime.combine(here.date(), FOLLOW_UP_AT, zone).astimezone(now.tzinfo)
    if at - now < FOLLOW_UP_SPAN:
        at = datetime.combine(here.date() + timedelta(days=1), FOLLOW_UP_AT, zone).astimezone(now.tzinfo)
    return at


def _ladder_key(alert: Alert) -> str:
    return f"ladder/{alert.id}/{alert.step + 1}"


def _called_key(alert: Alert, ring: int) -> str:
    return f"called/{alert.id}/{alert.step // ROUND * ROUND + ring}"


def _timer(key: str, at: datetime) -> SetTimer:
    return SetTimer(key, at, key.partition("/")[0], CATCH_UP_SECONDS)
