"""Alerts: raised in the same turn as the answer that asks for them.

An alert that rests on a check-in's answers (key `level`) follows them: changed with them, withdrawn once they come
to nothing, and staff are told either way. A red among them stays red (`red_stands`), and all others stay as they
are: only staff close them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.engine.draft import SAME_MATTER, Draft
from bot.engine.effect import Count, Lane, ReportAlert, SendCard
from bot.engine.session import Alert, Session
from bot.engine.told import TOLD_MORE
from bot.engine.visits import of_session
from bot.ids import AlertId

FOLLOWS_ANSWERS = "level"
TYPED = "today"
"""Key of an alert that rests on typed words alone."""
TO_BE_CALLED = frozenset({"raised", "changed", "acknowledged"})
FROM_WORDS = frozenset({"heard", "unclear"})
"""Reasons of alerts whose words the check-in holds as well."""
RINGS = frozenset({"red", "amber_today"})
OPEN = frozenset({"raised", "changed"})
"""Nobody has it."""
LEVELS = ("green", "amber_soon", "amber_today", "red")
"""Of check-ins and alerts, the least urgent first."""


def raise_alert(draft: Draft, session: Session, key: str, content: dict[str, Any]) -> None:
    """Raise the alert, or change the one that this session has raised under the same key."""
    before = _find(draft, session, key)
    if before is None and (place := _of_same_words(draft, session, key)) is not None:
        alert = draft.alerts[place]
        content = _joined(alert, content, key)
        if key == FOLLOWS_ANSWERS:  # what was typed on the way to these answers: one matter, one card
            alert = replace(alert, session=session.id, key=key)
        before = place, alert
    if before is not None:
        _change(draft, *before, content)
        return
    visit, day = of_session(draft, session), content.get("day", session.context.get("visit.day"))
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
        visit=visit.id if visit is not None else None,
        day=day if isinstance(day, int) else None,
    )
    draft.alerts.append(alert)
    draft.do(Count(f"alert:{alert.level}"))
    _put(draft, len(draft.alerts) - 1, alert)


def _change(draft: Draft, place: int, alert: Alert, content: dict[str, Any]) -> None:
    """What an alert that was raised before says now. One that staff have called or closed rings only for more."""
    words = str(content.get("words") or alert.words)
    level_now = str(content.get("level_now", ""))
    changed = replace(
        alert,
        level=str(content["level"]),
        reason=str(content.get("reason", "")),
        signs=tuple(str(sign) for sign in content.get("signs", ())),
        words=words,
        level_now=level_now,
        answers_now=tuple(str(each) for each in content.get("answers_now", ())),
    )
    is_same = replace(changed, words=alert.words) == alert
    if (is_same and alert.status in OPEN) or (level_now not in {"", *RINGS} and alert.status == "closed"):
        draft.alerts[place] = replace(changed, level=alert.level)  # whoever takes it reads them
        return
    if alert.status == "closed":  # what was red is over by their word, what is said since is not
        changed = replace(changed, level=level_now or changed.level)
    is_milder = bool(level_now) and alert.status == "called"
    owned = "called" if is_milder else "acknowledged"
    _put(draft, place, replace(changed, status=owned if alert.taken_by is not None else "changed"))


def _of_same_words(draft: Draft, session: Session, key: str) -> int | None:
    """The alert, not yet called about, that typed words of the same visit have raised a short while ago."""
    is_level, visit = key == FOLLOWS_ANSWERS, of_session(draft, session)
    if visit is None or not (is_level or key == TYPED):
        return None
    since = session.started_at if is_level else draft.now - SAME_MATTER
    if is_level and not session.context.get(TOLD_MORE):  # else the answers could come to less than the words did
        return None
    keys = {TYPED} if is_level else {TYPED, FOLLOWS_ANSWERS}
    for place, alert in enumerate(draft.alerts):
        is_open = alert.status in TO_BE_CALLED and alert.level in RINGS
        is_ours = alert.key in keys and (not is_level or alert.reason in FROM_WORDS)
        if is_open and is_ours and alert.visit == visit.id and alert.raised_at >= since:
            return place
    return None


def _joined(alert: Alert, content: dict[str, Any], key: str) -> dict[str, Any]:
    """What comes to an alert that is there already: neither level nor signs get less, and no word is lost."""
    level = max(alert.level, str(content["level"]), key=LEVELS.index)
    signs = list(dict.fromkeys((*alert.signs, *content.get("signs", ()))))
    words = [alert.words, str(content.get("words") or "")]
    if key == FOLLOWS_ANSWERS:  # they hold all that was typed since the check-in began
        words = [words[1] or words[0]]
    reason = content.get("reason", "") if level != alert.level else alert.reason or content.get("reason", "")
    return {**content, "level": level, "signs": signs, "words": "\n".join(filter(None, words)), "reason": reason}


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
        is_edit = alert.card is not None and alert.status in {"withdrawn", "acknowledged", "called"}
        draft.do(SendCard(number, alert.id, Lane.ALERT, edits=alert.card if is_edit else None))
        if not is_edit:  # a change for the worse must ring, and an edit doesn't
            alert = replace(alert, card=number)
    draft.alerts[place] = alert
    status = "acknowledged" if alert.status == "called" else alert.status
    draft.do(ReportAlert(alert.id, alert.level, alert.reason, alert.signs, alert.step, status))
