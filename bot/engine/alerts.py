"""Alerts: raised in the same turn as the answer that asks for them.

An alert that rests on a check-in's answers (key `level`) follows them: changed with them, withdrawn once they come
to nothing, and staff are told either way. All others stay: only staff close them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.engine.draft import Draft
from bot.engine.effect import Count, Lane, ReportAlert, SendCard
from bot.engine.session import Alert, Session
from bot.ids import AlertId, VisitId

FOLLOWS_ANSWERS = "level"
LEVELS = ("green", "amber_soon", "amber_today", "red")
"""Of check-ins and alerts, the least urgent first."""


def raise_alert(draft: Draft, session: Session, key: str, content: dict[str, Any]) -> None:
    """Raise the alert, or change the one that this session has raised under the same key."""
    before = _find(draft, session, key)
    if before is not None:
        place, alert = before
        words = str(content.get("words") or alert.words)
        same = (str(content["level"]), str(content.get("reason", "")), tuple(content.get("signs", ())))
        if same == (alert.level, alert.reason, alert.signs) and alert.status in {"raised", "changed"}:
            draft.alerts[place] = replace(alert, words=words)  # whoever takes it reads them
            return
        changed = replace(
            alert,
            level=str(content["level"]),
            reason=str(content.get("reason", "")),
            signs=tuple(str(sign) for sign in content.get("signs", ())),
            status="acknowledged" if alert.taken_by is not None else "changed",
            words=words,
        )
        _put(draft, place, changed)
        return
    visit, day = session.context.get("visit.id"), content.get("day", session.context.get("visit.day"))
    alert = Alert(
        id=AlertId(f"A{draft.contact.id}-{draft.next_standing()}"),
        level=str(content["level"]),
        reason=str(content.get("reason", "")),
        signs=tuple(str(sign) for sign in content.get("signs", ())),
        status="raised",
        raised_at=draft.now,
        words=str(session.context.get("emergency.words") or content.get("words") or ""),
        session=session.id,
        key=key,
        visit=VisitId(visit) if isinstance(visit, str) else None,
        day=day if isinstance(day, int) else None,
    )
    draft.alerts.append(alert)
    draft.do(Count(f"alert:{alert.level}"))
    _put(draft, len(draft.alerts) - 1, alert)


def withdraw_alert(draft: Draft, session: Session, key: str) -> None:
    """The answers no longer ask for it. Staff see that it was withdrawn; what they have done stays."""
    before = _find(draft, session, key)
    if before is not None and before[1].status != "closed":
        place, alert = before
        _put(draft, place, replace(alert, status="withdrawn"))


def _find(draft: Draft, session: Session, key: str) -> tuple[int, Alert] | None:
    for place, alert in enumerate(draft.alerts):
        if key == FOLLOWS_ANSWERS and (alert.session, alert.key) == (session.id, key):
            return place, alert
    return None


def _put(draft: Draft, place: int, alert: Alert) -> None:
    rings = alert.level in {"red", "amber_today"}
    if rings and draft.book.clinic.get("clinic.staffed"):
        number = draft.next_message()
        is_edit = alert.card is not None and alert.status in {"withdrawn", "acknowledged"}
        draft.do(SendCard(number, alert.id, Lane.ALERT, edits=alert.card if is_edit else None))
        if not is_edit:  # a change for the worse must ring, and an edit doesn't
            alert = replace(alert, card=number)
    draft.alerts[place] = alert
    draft.do(ReportAlert(alert.id, alert.level, alert.reason, alert.signs, alert.step, alert.status))
