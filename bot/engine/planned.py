"""The plan of a visit and the timers that stand for it.

A timer's key is spent for ever once it was set, also when it was cancelled: a check-in that moves, or comes back,
gets a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, SetTimer
from bot.engine.session import PlannedCheckIn, Visit

KIND = "checkin"
"""Of the timers."""
NOT_OURS = "not_ours"
"""The plan of such a visit is kept, in case that is taken back, and has no timers."""


def timer_key(visit: Visit, item: PlannedCheckIn) -> str:
    """Names one check-in at one instant for ever."""
    key = f"{KIND}/{visit.id}/{item.occasion}"
    return f"{key}/{item.moved}" if item.moved else key


def set_plan(draft: Draft, visit: Visit, wanted: Iterable[PlannedCheckIn]) -> Visit:
    """The visit with `wanted` as its plan: what stays where it was keeps its timer, the rest is set or cancelled.

    The caller keeps the visit.
    """
    held = {item.occasion: item for item in visit.plan}
    number = draft.next_standing() if visit.was_planned or visit.plan else 0
    plan: list[PlannedCheckIn] = []
    for item in wanted:
        before = held.pop(item.occasion, None)
        if before is not None and before.due_at == item.due_at:
            plan.append(replace(item, moved=before.moved))
            continue
        if before is not None:
            draft.do(CancelTimer(timer_key(visit, before)))
        plan.append(set_timer(draft, visit, item, number))
    for gone in held.values():
        draft.do(CancelTimer(timer_key(visit, gone)))
    return replace(visit, plan=tuple(plan), was_planned=True)


def set_timer(draft: Draft, visit: Visit, item: PlannedCheckIn, number: int) -> PlannedCheckIn:
    """The check-in under the key of that number (0: its first), and its timer where it is still to come."""
    item = replace(item, moved=number)
    if item.due_at > draft.now and visit.status != NOT_OURS:
        draft.do(SetTimer(timer_key(visit, item), item.due_at, KIND, item.catch_up_seconds))
    return item
