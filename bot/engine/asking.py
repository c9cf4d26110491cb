"""When somebody is asked: the part of the day and the time zone, and what a change of them moves.

Rules:
1. What has been asked, or is due already, stays as it is; everything later moves to the new hour of its day.
2. Where that hour has passed on its day, it comes that day as it would have, and else as soon as the night allows:
   nothing is lost by a change, and nothing asked twice.
3. Of two that come close together, or would change places, the later one stays and asks for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.engine.daily import is_follow_up
from bot.engine.draft import Draft
from bot.engine.follow_up import follow_up_at
from bot.engine.planned import set_plan
from bot.engine.session import PlannedCheckIn, Status, Visit
from bot.quiet_hours import after_quiet_hours

TOGETHER = timedelta(hours=1)
"""As in a plan: check-ins no further apart than this are one."""
SOON = timedelta(hours=1)
"""Not sooner than this after the change: whoever has just dealt with the bot is not asked at once; a judgement."""


def ask_in(draft: Draft, part_of_day: str) -> None:
    """From now on ask in the `morning` or in the `evening`."""
    before = draft.visits
    draft.visits = [replace(visit, part_of_day=part_of_day) for visit in before]
    _tell_plans(draft, before)
    move_check_ins(draft)


def live_in(draft: Draft, zone: str) -> None:
    """From now on go by the clock of this zone, an IANA name."""
    draft.contact = replace(draft.contact, time_zone=None if zone == draft.book.time_zone else zone)
    _tell_plans(draft, draft.visits)
    move_check_ins(draft)


def move_check_ins(draft: Draft) -> None:
    """Bring everything still to come to where the person wants it now."""
    draft.visits = [_moved(draft, visit) if visit.plan else visit for visit in draft.visits]


def _tell_plans(draft: Draft, before: Iterable[Visit]) -> None:
    """A plan that is still shown is shown as it is by now. `before`: the visits before the change."""
    for was, visit in zip(before, draft.visits, strict=True):
        session = draft.session(visit.session) if visit.session is not None else None
        if session is not None and session.status is Status.WAITING:
            first = session.context.get("asking.before", was.part_of_day)
            now = {"asking.part_of_day": visit.part_of_day, "asking.time_zone": draft.zone.key}
            draft.put(replace(session, context={**session.context, **now, "asking.before": first}))


def _moved(draft: Draft, visit: Visit) -> Visit:
    whole = draft.book.plan_of(visit.treatment, visit.treated_at, draft.zone, visit.part_of_day)
    wished = {item.occasion: item for item in whole}
    to_come = [item for item in visit.plan if item.due_at > draft.now]
    plan = [item for item in visit.plan if item not in to_come]
    for item in to_come:
        plan.append(replace(item, due_at=_due_at(draft, visit, item, wished.get(item.occasion))))
    held = {item.occasion for item in visit.plan}
    for item in whole:  # another of its day stood for it, and is no longer near
        if item.occasion not in held and item.due_at > draft.now and any(each.day == item.day for each in to_come):
            plan.append(item)
    plan.sort(key=lambda item: (item.day, item.due_at))
    return set_plan(draft, visit, _together(plan, draft.now))


def _due_at(draft: Draft, visit: Visit, item: PlannedCheckIn, wished: PlannedCheckIn | None) -> datetime:
    """The new instant of a check-in that is still to come."""
    kept = _allowed(draft, item, item.due_at)
    wish = follow_up_at(draft, visit, item) if is_follow_up(item) else wished.due_at if wished else None
    if wish is None:  # its rows have changed since, or another stands for it
        return kept
    if wish > draft.now:
        return wish
    day = visit.treated_at.astimezone(draft.zone).date() + timedelta(days=item.day)
    is_on_its_day = kept.astimezone(draft.zone).date() <= day
    return kept if is_on_its_day else min(kept, _allowed(draft, item, draft.now + SOON))


def _allowed(draft: Draft, item: PlannedCheckIn, at: datetime) -> datetime:
    return at if item.essential else after_quiet_hours(at, draft.zone)


def _together(plan: Iterable[PlannedCheckIn], now: datetime) -> list[PlannedCheckIn]:
    """Of check-ins to come, in the order of their days, those that stay."""
    found: list[PlannedCheckIn] = []
    for item in plan:
        while found and now < found[-1].due_at and now < item.due_at <= found[-1].due_at + TOGETHER:
            earlier = found.pop()
            kind = "full" if "full" in {item.kind, earlier.kind} else item.kind
            item = replace(item, essential=item.essential or earlier.essential, kind=kind)  # noqa: PLW2901
        found.append(item)
    return found
