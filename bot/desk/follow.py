"""What the desk does about a turn of the engine, and about its own timers.

1. Alerts raised, changed or withdrawn in it get their clocks, and their owner hears of it, and sees new photos.
2. "No, nobody reached me" puts an alert back on top; "I can't ring" rings those on call at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.desk import alerts, drill, ladder, photos, said, who
from bot.desk.cards import OPEN, OVER, ROUND
from bot.desk.log import noted, was_reached
from bot.desk.private import private_card
from bot.engine import visits
from bot.engine.draft import Draft
from bot.engine.effect import Effect, Lane, ReportAlert, SendCard, SendMessage, SetTimer, To, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, ContextValue, Person, Session, Status
from bot.engine.silence import SILENT
from bot.engine.steps import begin
from bot.engine.timers import ASKED_BY
from bot.ids import contact_code
from bot.quiet_hours import after_quiet_hours

KINDS = ("ladder", "called", "followup", "rung", "drill")
"""Of timers that are the desk's."""
ASKED = "normal"
"""The flow that asks how it is going, out of turn."""
RUNG = "rung"
"""The flow that asks whether the person has rung for help."""
SKIN_COLOUR = "skin_colour"
"""The reason of an alert for which the clinic's emergency line is rung first."""
CANT = "cant"
"""The answer that says they can't."""


def follow(book: Book, turn: Turn, now: datetime) -> Turn:
    """A turn of the engine with what the desk does about the alerts in it: timers, and word to their owner."""
    reports = [effect for effect in turn.effects if isinstance(effect, ReportAlert)]
    if not turn.person.alerts:
        return turn
    heard = list(_not_reached(turn.person))
    reached = list(_reached(turn.person))
    stuck = [alert for alert in turn.person.alerts if _cannot_ring(turn.person, alert)]
    if not (reports or heard or reached or stuck or photos.has_come(turn)):
        return turn
    draft = Draft(book, turn.person, now)
    for each in reports:
        _follow_one(draft, each)
    for alert in heard:
        _back_on_top(draft, alert)
    for alert in reached:
        ladder.put_alert(draft, noted(alert, "reached", now))
        if alert.card is not None:
            draft.do(SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card))
    if photos.has_come(turn):
        photos.send_new(draft)
    for alert in stuck:
        _ring_for_them(draft, next(held for held in draft.alerts if held.id == alert.id))
    after = draft.turn()
    return replace(turn, person=after.person, effects=_flat(turn.effects) + after.effects)


def fire(book: Book, person: Person, key: str, now: datetime) -> Turn:
    """Do what a timer of the desk was set for; one that is no longer wanted does nothing.

    Args:
        key: Of one of `KINDS`.
        now: Aware UTC.
    """
    draft = Draft(book, person, now)
    kind, alert_id = (*key.split("/"), "")[:2]
    alert = next((alert for alert in draft.alerts if alert.id == alert_id), None)
    if alert is None:
        return draft.turn()
    match kind:
        case "followup":
            _follow_up(draft, alert, key)
        case "ladder":
            ladder.ring_all(draft, alert, key)
        case "called" if ladder.is_called_timer(alert, key):
            alerts.release(draft, alert, SILENT)
        case "rung":
            _ask_whether_rung(draft, alert)
        case "drill":
            drill.end(draft, alert)
        case _:
            pass
    return draft.turn()


def _flat(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """Reports count the steps of the present round, as people do."""
    return tuple(replace(e, step=e.step % ROUND) if isinstance(e, ReportAlert) else e for e in effects)


def _follow_one(draft: Draft, report: ReportAlert) -> None:
    alert = next((alert for alert in draft.alerts if alert.id == report.id), None)
    if alert is None:
        return
    effects: tuple[Effect, ...] = ()
    note = ""
    match report.status:
        case "raised":
            effects = ladder.alert_timers(draft.book, alert, draft.now)
            ladder.show_at_once(draft, alert)
        case "changed":
            effects = ladder.silence(alert)
            alert = noted(ladder.next_round(alert), "changed", draft.now)
            effects += ladder.alert_timers(draft.book, alert, draft.now)
            if ladder.clock_of(draft.book, alert) is None and alert.card is not None:
                # the engine shows anew only what rings
                effects += (SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card),)
            ladder.show_at_once(draft, alert)
        case "withdrawn":
            effects = ladder.silence(alert)
            alert = noted(alert, "withdrawn", draft.now)
            note = "Withdrawn: the person's answers no longer say this."
        case "acknowledged" if alert.status == "called":  # milder, and they have been spoken to
            note = "Changed: the person answers otherwise since your call."
        case "acknowledged":
            note = "Changed: the person answers otherwise now."
            effects = ladder.silence(alert)
            alert = replace(noted(ladder.next_round(alert), "changed", draft.now), called_at=None)
            effects += ladder.taken_timers(draft.book, alert, draft.now)
            new = ladder.alert_timers(draft.book, alert, draft.now)
            effects += tuple(timer for timer in new if timer.kind != "ladder")
        case _:
            pass
    ladder.put_alert(draft, alert)
    for effect in effects:
        draft.do(effect)
    if note and alert.taken_by is not None:
        _tell(draft, alert, alert.taken_by, note)


def _tell(draft: Draft, alert: Alert, staff: int, note: str) -> None:
    person, number = draft.turn().person, draft.next_message()
    draft.do(private_card(draft.book, person, number, staff, alert.id, lane=Lane.ALERT, note=note))


def _answers(person: Person, *options: str) -> Iterator[tuple[Session, Alert]]:
    """Sessions about an alert in which one of these was answered."""
    by_id = {str(alert.id): alert for alert in person.alerts}
    for session in person.sessions:
        alert = by_id.get(str(session.context.get("desk.alert")))
        if alert is not None and any(set(options) & set(g.answer.options) for g in session.answers.values()):
            yield session, alert


def _not_reached(person: Person) -> Iterator[Alert]:
    """Alerts whose owner says they have called, and whose person says that nobody reached them."""
    for session, alert in _answers(person, "no"):
        is_this_call = session.flow == ladder.REACHED and session.context.get("desk.step") == alert.step
        if is_this_call and alert.called_at is not None and alert.status in {"called", "closed"}:
            yield alert


def _reached(person: Person) -> Iterator[Alert]:
    for session, alert in _answers(person, "yes"):
        is_this_call = session.flow == ladder.REACHED and session.context.get("desk.step") == alert.step
        if is_this_call and alert.called_at is not None and not was_reached(alert):
            yield alert


def _back_on_top(draft: Draft, alert: Alert) -> None:
    owner, name = alert.taken_by, alert.taken_name or ""
    alert = noted(ladder.next_round(alert), "not_reached", draft.now, owner, name)
    ladder.ring_anew(draft, alert, "They say that nobody has reached them")
    if owner is not None:
        alert = next(held for held in draft.alerts if held.id == alert.id)
        _tell(draft, alert, owner, "They say that nobody has reached them. Anybody can take it now, you too.")


def _cannot_ring(person: Person, alert: Alert) -> bool:
    """Whether they have said, of this alert, that they can't ring; told once."""
    if alert.level != "red" or alert.status in OVER or ladder.cannot_ring(alert):
        return False
    of_it = [session for session in person.sessions if alert.session == session.id or _is_about(session, alert)]
    return any(CANT in given.answer.options for session in of_it for given in session.answers.values())


def _is_about(session: Session, alert: Alert) -> bool:
    return session.context.get("desk.alert") == alert.id


def _ring_for_them(draft: Draft, alert: Alert) -> None:
    alert = noted(alert, CANT, draft.now)
    ladder.put_alert(draft, alert)
    alert = ladder.show_anew(draft, alert, ladder.EVERYBODY)
    if alert.taken_by is not None:
        _tell(draft, alert, alert.taken_by, "They can't ring for help themselves: please ring for them, now.")


def _ask_whether_rung(draft: Draft, alert: Alert) -> None:
    """Once, and only where nothing was answered since."""
    if alert.status in OVER or alert.level != "red" or draft.contact.blocked_at is not None:
        return
    session = draft.session(alert.session) if alert.session is not None else None
    has_gone_on = session is None or session.status is not Status.WAITING or session.touched_at > alert.raised_at
    if has_gone_on or ladder.cannot_ring(alert) or RUNG not in draft.book.flows:
        return
    context: dict[str, ContextValue] = {
        "desk.alert": alert.id,
        "desk.crisis": who.is_crisis(alert),
        "desk.harm_done": _is_harmed(draft, alert),
        "desk.skin_colour": alert.reason == SKIN_COLOUR,
    }
    begin(draft, RUNG, context, lane=Lane.ALERT)


def _is_harmed(draft: Draft, alert: Alert) -> bool:
    """Whether harm is done already: something was taken, or there is a wound."""
    signs = draft.book.tables.get("signs", {})
    return any(signs[each].properties.get("ambulance_first") for each in alert.signs if each in signs)


def _follow_up(draft: Draft, alert: Alert, key: str) -> None:
    """Staff and the person are asked to look once more: each in their own morning."""
    if key == f"followup/{alert.id}":  # else it has waited for the morning, or was not delivered
        _remind_staff(draft, alert)
    contact = draft.contact
    if contact.blocked_at is not None or (contact.stopped_at is not None and alert.status in OVER):
        return
    at = after_quiet_hours(draft.now, draft.zone)
    if at != draft.now:
        draft.do(SetTimer(f"{key}/held", at, "followup", ladder.FOLLOW_UP_CATCH_UP_SECONDS))
        return
    asking = {ASKED, visits.FLOW}
    if any(session.flow in asking and session.started_on == draft.today for session in draft.waiting()):
        return  # a question of this morning stands open already
    visit = next((visit for visit in draft.visits if visit.id == alert.visit), None) or visits.open_visit(draft)
    if visit is None or ASKED not in draft.book.flows or contact.stopped_at is not None:
        said.next_morning(draft, is_open=alert.status not in OVER)
        return
    draft.occasion = key
    context = visits.visit_context(draft, visit, "asked", "followup")
    begin(draft, ASKED, {**context, ASKED_BY: key}, lane=Lane.CHECK_IN)


def _state(alert: Alert) -> str:
    """What has become of an alert that is open, in words for staff."""
    if alert.status in OPEN:
        return "nobody has it yet"
    said = {"acknowledged": "taken, but nobody has said that they rang", "no_answer": "rung, and nobody answered"}
    return said.get(alert.status, alert.status.replace("_", " "))


def _remind_staff(draft: Draft, alert: Alert) -> None:
    """The morning after a red its owner, or the group, is asked to look once more, whatever became of it."""
    code = contact_code(draft.contact.id)
    words = f"Yesterday's urgent one, code <b>{code}</b>: {_state(alert)}. Please ring once more: /find {code}"
    if alert.status in OVER:
        words = f"Yesterday's urgent one, code <b>{code}</b>: {alert.status}. Ring once more? /find {code}"
    staff = who.members(draft.book, alert, ()) if who.is_crisis(alert) else ()
    owner = staff[0] if staff else alert.taken_by
    if owner is not None:
        draft.do(SendMessage(draft.next_message(), words, to=To.STAFF_MEMBER, staff_chat=owner, lane=Lane.ALERT))
    elif draft.book.clinic.get("clinic.staffed") and not who.is_crisis(alert):
        draft.do(SendMessage(draft.next_message(), words, to=To.STAFF, lane=Lane.ALERT))
