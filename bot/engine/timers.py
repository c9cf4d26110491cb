"""Timers that fire: reminders and expiry of an open question. A stale one does nothing."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.engine import show
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.effect import Lane, SetTimer
from bot.engine.event import TimerFired
from bot.engine.session import Answer, Session, Status
from bot.engine.standing import REMIND_CATCH_UP_SECONDS, after_quiet_hours
from bot.engine.steps import answer, present
from bot.ids import SessionId


def fire(draft: Draft, event: TimerFired) -> None:
    """Do what the timer was set for, if its question is still the open one."""
    kind, session_id, turn = (*event.key.split("/"), "", "")[:3]
    session = draft.session(SessionId(session_id))
    if session is None or session.status is not Status.WAITING or str(session.turn) != turn:
        return
    position = draft.derive(session)
    if position.ask is None:
        return
    if kind == "expire" and position.ask.expire is not None:
        answer(draft, session, position, Answer(expired=True))
    elif kind == "remind" and draft.contact.stopped_at is None and draft.contact.blocked_at is None:
        _remind(draft, session, position, event.key)


def _remind(draft: Draft, session: Session, position: Position, key: str) -> None:
    assert position.ask is not None
    if position.ask.remind is None:
        return
    at = after_quiet_hours(draft.now, ZoneInfo(draft.book.time_zone))
    if at != draft.now:  # late, and by now it is night
        draft.do(SetTimer(f"{key}/held", at, "remind", REMIND_CATCH_UP_SECONDS))
        return
    lead = draft.wording(position).html(position.ask.remind.say)
    show.mark_chosen(draft, session, "")
    present(draft, replace(session, shown=None), lead=lead, lane=Lane.CHECK_IN)
