"""After an answer that somebody should look at: asked again each day, until two fine answers in a row.

Rules:
1. One follow-up is planned at a time, for the next day on which the plan itself doesn't ask.
2. A check-in that is sent plans the next one; an answer plans it anew, so that it comes once a day.
3. It belongs to the visit's plan, so that what ends the plan ends it too; without consent there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer
from bot.engine.planned import set_timer, timer_key
from bot.engine.session import CheckedIn, PlannedCheckIn, Session, Visit

FINE, UNJUDGED = "green", "report"
FINE_TO_REST = 2
ASKED_AT = {"morning": time(9), "evening": time(19)}
"""Local times, as those of the plan."""
OCCASION = "follow_"
CATCH_UP_SECONDS = 7 * 86_400
"""However late it comes, it asks about the day on which it comes."""


def fine_to_rest(course: Iterable[CheckedIn]) -> int:
    """How many fine answers in a row are still wanted before the daily question rests; 0: none."""
    wanted = 0
    for each in course:
        if each.level == FINE:
            wanted = max(0, wanted - 1)
        elif each.level != UNJUDGED:
            wanted = FINE_TO_REST
    return wanted


def is_follow_up(item: PlannedCheckIn) -> bool:
    return item.occasion.startswith(OCCASION)


def plan_follow_up(draft: Draft, visit: Visit, session: Session, *, is_answered: bool) -> Visit:
    """The visit with the follow-up that its course asks for, and without one that it no longer asks for.

    Args:
        session: The check-in that was just sent or answered; it names the occasion for ever.
        is_answered: What is still to come today moves to tomorrow; else it stays.
    """
    to_come = [item for item in visit.plan if is_follow_up(item) and item.due_at > draft.now]
    kept = tuple(item for item in visit.plan if item not in to_come)
    if not kept or visit.status in {"ended", "not_ours"} or fine_to_rest(visit.course) == 0:
        wanted = None
    else:
        wanted = _next(draft, visit, kept, f"{OCCASION}{session.id}_{session.turn}")
    if wanted is not None and any(not is_answered or item.due_at == wanted.due_at for item in to_come):
        return visit
    for item in to_come:
        draft.do(CancelTimer(timer_key(visit, item)))
    if wanted is None:
        return replace(visit, plan=kept)
    return replace(visit, plan=(*kept, set_timer(draft, visit, wanted, 0)))


def _next(draft: Draft, visit: Visit, planned: Iterable[PlannedCheckIn], occasion: str) -> PlannedCheckIn:
    """The next day that has no check-in yet, at the time when the person likes to be asked."""
    taken = {item.due_at.astimezone(draft.zone).date() for item in planned}
    on = draft.now.astimezone(draft.zone).date() + timedelta(days=1)
    while on in taken:
        on += timedelta(days=1)
    day = (on - visit.treated_at.astimezone(draft.zone).date()).days
    at = _due_at(draft, visit, on)
    return PlannedCheckIn(occasion, day, at, essential=False, kind="full", catch_up_seconds=CATCH_UP_SECONDS)


def follow_up_at(draft: Draft, visit: Visit, item: PlannedCheckIn) -> datetime:
    """When a follow-up comes on its day, by the person's present zone and part of day."""
    return _due_at(draft, visit, visit.treated_at.astimezone(draft.zone).date() + timedelta(days=item.day))


def _due_at(draft: Draft, visit: Visit, on: date) -> datetime:
    at = ASKED_AT.get(visit.part_of_day, ASKED_AT["evening"])
    return datetime.combine(on, at, draft.zone).astimezone(draft.now.tzinfo)
