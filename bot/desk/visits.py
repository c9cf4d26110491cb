"""Visits that people enter themselves: staff say whether they are the clinic's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.desk import said
from bot.desk.alerts import GONE, TOO_LATE, UNDO
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, SendCard
from bot.engine.event import StaffPressed
from bot.engine.planned import set_timer, timer_key
from bot.engine.session import Visit
from bot.ids import contact_code

DECIDED = {"ours": "It is marked as ours already.", "not_ours": "It is marked as not ours already."}


def visit_pressed(draft: Draft, visit: Visit, event: StaffPressed) -> str:
    """Confirm a visit, or end what is planned after it: advice and alerts go on in either case.

    Returns:
        A short note to whoever pressed.
    """
    verb = event.verb
    if verb == "undo" and visit.status == "not_ours":
        return undo_not_ours(draft, visit, within=UNDO)
    if verb not in {"ours", "not_ours"}:
        return GONE
    if visit.status != "unconfirmed":
        return DECIDED.get(visit.status, "There is a newer visit.")
    changed = replace(visit, status=verb)
    if verb == "not_ours":
        changed = replace(changed, decided_at=draft.now)
        for item in visit.plan:
            draft.do(CancelTimer(timer_key(visit, item)))
        if visit.plan and draft.contact.stopped_at is None:
            said.not_ours(draft)
    _put(draft, changed)
    return "Noted: ours." if verb == "ours" else "Noted: not ours. No more check-ins."


def undo_not_ours(draft: Draft, visit: Visit, within: timedelta | None = None) -> str:
    """The visit is the clinic's after all: what is still to come of its plan comes.

    Args:
        within: So long a button does it; None: a command, at any time.
    """
    code = contact_code(draft.contact.id)
    if within is not None and visit.decided_at is not None and draft.now - visit.decided_at > within:
        return TOO_LATE.format(code=code)
    visit = replace(visit, status="unconfirmed", decided_at=None)
    number = draft.next_standing()  # the first timers' keys are spent
    again = tuple(set_timer(draft, visit, item, number) for item in visit.plan if item.due_at > draft.now)
    _put(draft, replace(visit, plan=again))
    if again and draft.contact.stopped_at is None:
        said.ours_after_all(draft)
    return "Taken back: press Ours if it is yours."


def _put(draft: Draft, changed: Visit) -> None:
    draft.visits = [changed if held.id == changed.id else held for held in draft.visits]
    if changed.card is not None:
        draft.do(SendCard(draft.next_message(), changed.id, edits=changed.card))
