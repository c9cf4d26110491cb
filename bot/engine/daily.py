"""The question of each day after an answer that somebody should look at: whether, and when it comes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.engine.session import CheckedIn, PlannedCheckIn, Session, Visit

FINE, UNJUDGED = "green", "report"
FINE_TO_REST = 2
ASKED_AT = {"morning": time(9), "evening": time(19)}
"""Local times, as those of the plan."""
OCCASION = "follow_"
CATCH_UP_SECONDS = 7 * 86_400
"""However late it comes, it asks about the day on which it comes."""
OVER = frozenset({"ended", "not_ours"})
"""Visits after which nothing new is planned."""
NOT_OURS = "not_ours"


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


def follow_up_after(
    visit: Visit, planned: Iterable[PlannedCheckIn], occasion: str, now: datetime, zone: ZoneInfo
) -> PlannedCheckIn:
    """The next day that has no check-in yet, at the time when the person likes to be asked.

    Args:
        planned: The check-ins of the visit's plan that are no follow-ups still to come.
        now: Aware.
        zone: The person's.
    """
    taken = {item.due_at.astimezone(zone).date() for item in planned}
    on = now.astimezone(zone).date() + timedelta(days=1)
    while on in taken:
        on += timedelta(days=1)
    day = (on - visit.treated_at.astimezone(zone).date()).days
    at = due_on(visit, on, zone, now)
    return PlannedCheckIn(occasion, day, at, essential=False, kind="full", catch_up_seconds=CATCH_UP_SECONDS)


def due_on(visit: Visit, on: date, zone: ZoneInfo, now: datetime) -> datetime:
    """When the visit's person is asked on a local date; in the zone of `now`."""
    at = ASKED_AT.get(visit.part_of_day, ASKED_AT["evening"])
    return datetime.combine(on, at, zone).astimezone(now.tzinfo)


def next_at(
    visits: Iterable[Visit], session: Session, level: str, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """When a question next comes by itself once this check-in has come to `level`; None: none is to come.

    Args:
        visits: All of the person's.
        session: The check-in, answered or about to be.
        now: Aware.
        zone: The person's.
    """
    found: list[datetime] = []
    for visit in visits:
        is_its_own = visit.id == session.context.get("visit.id")
        kept = [item for item in visit.plan if not (is_its_own and is_follow_up(item) and item.due_at > now)]
        if visit.status == NOT_OURS:
            continue
        found.extend(item.due_at for item in kept if item.due_at > now)
        if is_its_own and kept and visit.status not in OVER:
            before = [each for each in visit.course if each.session != session.id]
            judged = CheckedIn(0, now, level, {}, session.id)
            if fine_to_rest([*before, judged]):
                found.append(follow_up_after(visit, kept, OCCASION, now, zone).due_at)
    return min(found, default=None)
