"""Visits that people enter themselves: staff say whether they are the clinic's."""

from __future__ import annotations

from dataclasses import replace

from bot.desk import said
from bot.desk.alerts import GONE
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, SendCard
from bot.engine.session import Visit
from bot.engine.visits import timer_key

DECIDED = {"ours": "It is marked as ours already.", "not_ours": "It is marked as not ours already."}


def visit_pressed(draft: Draft, visit: Visit, verb: str) -> str:
    """Confirm a visit, or end what is planned after it: advice and alerts go on in either case.

    Returns:
        A short note to whoever pressed.
    """
    if verb not in {"ours", "not_ours"}:
        return GONE
    if visit.status != "unconfirmed":
        return DECIDED.get(visit.status, "There is a newer visit.")
    changed = replace(visit, status=verb)
    if verb == "not_ours":
        for item in visit.plan:
            draft.do(CancelTimer(timer_key(visit, item)))
        changed = replace(changed, plan=())
        if visit.plan and draft.contact.stopped_at is None:
            said.not_ours(draft)
    draft.visits = [changed if held.id == changed.id else held for held in draft.visits]
    if changed.card is not None:
        draft.do(SendCard(draft.next_message(), changed.id, edits=changed.card))
    return "Noted: ours." if verb == "ours" else "Noted: not ours. No more check-ins."
