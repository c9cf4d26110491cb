"""An essential check-in that nobody answers is told to staff, in time, and says why nothing came.

Rules:
1. The clock begins when an essential check-in is sent; it also counts when the next one takes its place.
2. One task per visit at a time: `silent`, or `blocked` when Telegram no longer takes what we send.
3. A whole answer, however late, closes it as `answered_late`; half of one doesn't.
4. What has been judged, or told to staff, isn't silent, whichever of its questions stands open after that.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.draft import Draft
from bot.engine.effect import Count, ReportAlert, SetTimer
from bot.engine.session import Alert, PlannedCheckIn, Session, Status, Visit
from bot.ids import AlertId

SILENT, BLOCKED, LATE = "silent", "blocked", "answered_late"
UNSAID = frozenset({SILENT, BLOCKED})
"""Reasons of alerts for which nobody has said anything."""
LEVEL = "amber_soon"
KEY = "silent"
"""Of the timer, and of the alert within its session."""
CATCH_UP_SECONDS = 7 * 86_400
OVER = frozenset({"closed", "withdrawn"})


def watch(draft: Draft, session: Session, item: PlannedCheckIn) -> None:
    """Set the clock of a check-in that has just been sent."""
    if item.essential and session.status is Status.WAITING:
        at = draft.now + item.told_after
        draft.do(SetTimer(f"{KEY}/{session.id}/{item.occasion}", at, KEY, CATCH_UP_SECONDS))


def is_told(session: Session) -> bool:
    """Whether a check-in has come to something already, or staff have an alert of it: that is no silence."""
    return session.is_judged or any(name.startswith("alert/") for name in session.done)


def tell(draft: Draft, visit: Visit, reason: str, session: Session | None = None) -> None:
    """Raise the task of a visit's silence, unless staff have it already; to know more changes it.

    Whoever has said stop is not silent.
    """
    if draft.contact.stopped_at is not None:
        return
    before = next((alert for alert in _open(draft, visit)), None)
    if before is not None:
        if before.reason != reason and reason == BLOCKED:
            _put(draft, replace(before, reason=reason, status="acknowledged" if before.taken_by else "changed"))
        return
    day = session.context.get("visit.day") if session is not None else None
    alert = Alert(
        id=AlertId(f"A{draft.contact.id}-{draft.next_standing()}"),
        level=LEVEL,
        reason=reason,
        signs=(),
        status="raised",
        raised_at=draft.now,
        session=session.id if session is not None else None,
        key=KEY,
        visit=visit.id,
        day=day if isinstance(day, int) else None,
    )
    draft.alerts.append(alert)
    draft.do(Count(f"alert:{LEVEL}"))
    _put(draft, alert)


def tell_blocked(draft: Draft) -> None:
    """Whoever blocks the bot while an essential question is open, or still to come, can only be rung."""
    for visit in draft.visits:
        items = {item.occasion: item for item in visit.plan if item.essential}
        is_to_come = any(item.due_at > draft.now for item in items.values())
        is_open = any(
            session.context.get("visit.id") == visit.id and session.context.get("visit.occasion") in items
            for session in draft.waiting()
        )
        if visit.status not in {"ended", "not_ours"} and (is_to_come or is_open or _open(draft, visit)):
            tell(draft, visit, BLOCKED)


def answered(draft: Draft, visit: Visit) -> None:
    """A check-in of the visit was answered after all."""
    for alert in _open(draft, visit):
        _put(draft, replace(alert, reason=LATE, status="closed"))


def _open(draft: Draft, visit: Visit) -> list[Alert]:
    return [
        alert
        for alert in draft.alerts
        if alert.visit == visit.id and alert.reason in UNSAID and alert.status not in OVER
    ]


def _put(draft: Draft, alert: Alert) -> None:
    draft.alerts = [alert if held.id == alert.id else held for held in draft.alerts]
    draft.do(ReportAlert(alert.id, alert.level, alert.reason, alert.signs, alert.step, alert.status))
