"""Timers that fire: reminders and expiry of an open question. A stale one does nothing."""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, press, show, silence, visits
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.effect import Lane, MissTimer, SetTimer
from bot.engine.event import TimerFired
from bot.engine.session import Answer, Session, Status
from bot.engine.standing import REMIND_CATCH_UP_SECONDS, TICKED, cancel_timers, ticked_timer
from bot.engine.steps import answer, begin, present
from bot.engine.told import left_unclear
from bot.engine.unasked import bring
from bot.ids import SessionId
from bot.quiet_hours import after_quiet_hours

SOON_SECONDS = 600.0
"""Marks that count as sent so soon after they were due are answered like a press; later nobody waits any more."""
ASKED_BY = "asked.by"
"""In the context of a question out of the plan: the key of the timer that brought it."""
AGAIN_CATCH_UP_SECONDS = 86_400
UNANSWERED_TO_LAST_CALL = 3
"""After so many days in a row with no answer to a check-in one last question comes, and then nothing unasked."""


def fire(draft: Draft, event: TimerFired) -> None:
    """Do what the timer was set for, if its question is still the open one."""
    draft.is_unasked = True
    is_night = after_quiet_hours(draft.now, draft.zone) != draft.now
    draft.is_hushed = is_night or draft.contact.stopped_at is not None
    kind, session_id, turn = (*event.key.split("/"), "", "")[:3]
    if kind == "checkin":
        _check_in(draft, event.key)
        return
    session = draft.session(SessionId(session_id))
    if kind == silence.KEY:
        _silent(draft, session)
        return
    if session is None or session.status is not Status.WAITING or str(session.turn) != turn:
        return
    position = draft.derive(session)
    if position.ask is None:
        return
    before = len(draft.effects)
    if kind == TICKED and f"timer/{event.key}" in session.done:
        _ticked(draft, session, position)
        if event.late_seconds > SOON_SECONDS or draft.contact.stopped_at is not None:
            bring(draft, session, before)
    elif kind == "expire" and position.ask.expire is not None:
        _expire(draft, session, position)
        bring(draft, session, before)
    elif kind == "remind" and draft.contact.stopped_at is None and draft.contact.blocked_at is None:
        _remind(draft, session, position, event.key)


def _ticked(draft: Draft, session: Session, position: Position) -> Session:
    """What is marked and was left so counts as sent: whoever marks a sign and says no more may not be able to."""
    options = press.in_order(position, session.marks)
    if press.moved(session, position) or not options:
        return present(draft, session, lead=draft.words(phrases.FLOW_CHANGED))
    return answer(draft, session, position, Answer(options=options))


def _expire(draft: Draft, session: Session, position: Position) -> Session:
    """Go on without an answer to the open question."""
    return answer(draft, left_unclear(draft, session, position), position, Answer(expired=True))


def _check_in(draft: Draft, key: str) -> None:
    """Ask how it is going; a check-in before it that nobody has answered makes room."""
    found = visits.due_check_in(draft, key)
    if found is None or visits.FLOW not in draft.book.flows:
        draft.do(MissTimer(key))
        return
    visit, item = found
    at = after_quiet_hours(draft.now, draft.zone)
    if not item.essential and at != draft.now:
        draft.do(SetTimer(f"{key}/held", at, "checkin", item.catch_up_seconds))
        return
    front = draft.in_front()
    if not item.essential and front is not None and draft.now - front.touched_at < visits.FRONT_QUIET:
        at = front.touched_at + visits.FRONT_QUIET
        draft.do(SetTimer(f"{key}/front", at, "checkin", item.catch_up_seconds))
        return
    for session in draft.waiting():
        if session.flow == visits.FLOW:
            before = len(draft.effects)
            run_out(draft, session)
            bring(draft, session, before)
    kind = item.kind
    visit = visits.renewed(draft, visit)
    if visit.unanswered >= UNANSWERED_TO_LAST_CALL:
        kind = "last_call"
        for each in draft.visits:  # also the checks for lumps of earlier visits: after it, nothing comes unasked
            visits.end_plan(draft, each)
    context = visits.visit_context(draft, visit, kind, item.occasion)
    draft.occasion, draft.is_essential = key, item.essential
    session = begin(draft, visits.FLOW, context, lane=Lane.CHECK_IN)
    visits.plan_next(draft, visits.note_asked(draft, visit, item), session)
    silence.watch(draft, session, item)


def undelivered(draft: Draft, key: str) -> None:
    """A check-in that nobody has seen is asked anew, in the words of that day; or it was missed, by its window."""
    kind, visit_id, occasion = (*key.split("/"), "", "")[:3]
    wanted = {"visit.id": visit_id, "visit.occasion": occasion} if kind == "checkin" else {ASKED_BY: key}
    unseen = (
        session
        for session in draft.waiting()
        if session.turn == 0 and all(session.context.get(name) == value for name, value in wanted.items())
    )
    session = next(unseen, None)
    if session is None:
        return
    draft.drop(cancel_timers(draft, session))
    number = session.id.partition("-")[2]
    if kind != "checkin":
        draft.do(SetTimer(f"{key}/again{number}", draft.now, kind, AGAIN_CATCH_UP_SECONDS))
        return
    visit = next((visit for visit in draft.visits if visit.id == visit_id), None)
    item = next((item for item in visit.plan if item.occasion == occasion), None) if visit else None
    if item is not None and item.due_at <= draft.now:
        again = f"checkin/{visit_id}/{occasion}/again{number}"
        draft.do(SetTimer(again, item.due_at, "checkin", item.catch_up_seconds))


def _silent(draft: Draft, session: Session | None) -> None:
    """An essential question has been open for long: staff hear of it while it still helps."""
    if session is None or session.status is not Status.WAITING or silence.is_told(session):
        return
    visit = next((visit for visit in draft.visits if visit.id == session.context.get("visit.id")), None)
    if visit is not None and visit.status not in visits.ENDED:
        silence.tell(draft, visit, silence.BLOCKED if draft.contact.blocked_at else silence.SILENT, session)


def run_out(draft: Draft, session: Session) -> None:
    """End a session that makes room: what was answered counts, and silence is silence."""
    draft.front = SessionId("")  # nothing else is to come to the front in between
    position = draft.derive(session)
    if position.ask is not None and ticked_timer(session):
        session = _ticked(draft, session, position)
        position = draft.derive(session)
    if position.ask is not None and position.ask.expire is not None:
        session = _expire(draft, session, position)
    if session.status is Status.WAITING:
        draft.drop(cancel_timers(draft, session))


def _remind(draft: Draft, session: Session, position: Position, key: str) -> None:
    assert position.ask is not None
    if position.ask.remind is None:
        return
    at = after_quiet_hours(draft.now, draft.zone)
    if at != draft.now:  # late, and by now it is night
        draft.do(SetTimer(f"{key}/held", at, "remind", REMIND_CATCH_UP_SECONDS))
        return
    lead = draft.wording(position).html(position.ask.remind.say)
    show.mark_chosen(draft, session, "")
    present(draft, replace(session, shown=None), lead=lead, lane=Lane.CHECK_IN)
