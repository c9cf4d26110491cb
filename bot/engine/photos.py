"""Photos in a check-in, where the clinic takes them: a person looks; nothing here does, and no level rests on one.

Rules:
1. Kept is Telegram's id of the file, with the visit it is about; without the setting, a staff chat, an
   open check-in, or a plan (to which the person has agreed) nothing is.
2. One task for staff stands open at a time, however many photos come.
3. Of an album each photo is kept, and one answer comes.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.alerts import raise_alert
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.effect import Count
from bot.engine.session import Photo, Session, Visit
from bot.engine.silence import OVER
from bot.engine.visits import FLOW, of_session

ANSWER = "photo"
"""The flow of common.yaml that says who looks at it, and when."""
KEY = "photo"
"""Of the task for staff, and its reason."""
KEPT = "photo_kept"
"""The count of a turn that kept one."""
MOST = 20
"""Of one visit, the latest."""


def keep(draft: Draft, file_id: str) -> bool:
    """Keep a photo for staff, if this clinic takes them and it belongs to a check-in; whether it was kept."""
    found = _check_in(draft)
    if found is None:
        return False
    session, visit = found
    day = session.context.get("visit.day")
    photo = Photo(file_id, draft.now, day if isinstance(day, int) else None)
    changed = replace(visit, photos=(*visit.photos, photo)[-MOST:])
    draft.visits = [changed if each.id == visit.id else each for each in draft.visits]
    draft.do(Count(KEPT))
    if not any(alert.key == KEY and alert.status not in OVER for alert in draft.alerts):
        raise_alert(draft, session, KEY, {"level": "amber_soon", "reason": KEY, "day": photo.day})
    return True


def _check_in(draft: Draft) -> tuple[Session, Visit] | None:
    clinic = draft.book.clinic
    if not (clinic.get("clinic.photos") and clinic.get("clinic.staffed") and ANSWER in draft.book.flows):
        return None
    for session in draft.waiting():
        visit = of_session(draft, session)
        if visit is not None and visit.plan and _is_in_check_in(draft.derive(session)):
            return session, visit
    return None


def _is_in_check_in(position: Position) -> bool:
    """Whether the walk stands in the flow of check-ins, or in one that it has called."""
    return f"{FLOW}." in position.key
