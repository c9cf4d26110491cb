"""After an answer that somebody should look at: asked again each day, until two fine answers in a row.

Rules:
1. One follow-up is planned at a time, for the next day on which the plan itself doesn't ask.
2. A check-in that is sent plans the next one; an answer plans it anew, so that it comes once a day.
3. It belongs to the visit's plan, so that what ends the plan ends it too; without consent there is none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.engine.daily import OCCASION, OVER, due_on, fine_to_rest, follow_up_after, is_follow_up
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer
from bot.engine.planned import set_timer, timer_key
from bot.engine.session import PlannedCheckIn, Session, Visit


def plan_follow_up(draft: Draft, visit: Visit, session: Session, *, is_answered: bool) -> Visit:
    """The visit with the follow-up that its course asks for, and without one that it no longer asks for.

    Args:
        session: The check-in that was just sent or answered; it names the occasion for ever.
        is_answered: What is still to come today moves to tomorrow; else it stays.
    """
    to_come = [item for item in visit.plan if is_follow_up(item) and item.due_at > draft.now]
    kept = tuple(item for item in visit.plan if item not in to_come)
    if not kept or visit.status in OVER or fine_to_rest(visit.course) == 0:
        wanted = None
    else:
        occasion = f"{OCCASION}{session.id}_{session.turn}"
        wanted = follow_up_after(visit, kept, occasion, draft.now, draft.zone)
    if wanted is not None and any(not is_answered or item.due_at == wanted.due_at for item in to_come):
        return visit
    for item in to_come:
        draft.do(CancelTimer(timer_key(visit, item)))
    if wanted is None:
        return replace(visit, plan=kept)
    return replace(visit, plan=(*kept, set_timer(draft, visit, wanted, 0)))


def follow_up_at(draft: Draft, visit: Visit, item: PlannedCheckIn) -> datetime:
    """When a follow-up comes on its day, by the person's present zone and part of day."""
    on = visit.treated_at.astimezone(draft.zone).date() + timedelta(days=item.day)
    return due_on(visit, on, draft.zone, draft.now)
