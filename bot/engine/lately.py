"""What a person has said of a visit within a day, in check-ins and in typed words.

Signs that are serious together are so when they are said hours apart as well: a check-in knows from its start what
was said before it, and what is typed to another conversation while it is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.engine.draft import SAME_MATTER, Draft
from bot.engine.session import Session, Visit

LATELY = "visit.lately"
"""In a session's context: ids of signs, separated by commas; answers of scales stand among them."""
SAID_IN = ("signs", "redness", "swelling", "pain")
"""What of a check-in's answers tells of signs."""


def said_lately(draft: Draft, visit: Visit, but: Session | None = None) -> tuple[str, ...]:
    """Signs of the visit's course and alerts within a day, each once; those of one session left out (`but`)."""
    since, left_out = draft.now - SAME_MATTER, None if but is None else but.id
    said = [
        answer
        for record in visit.course
        if record.at > since and record.session != left_out
        for question in SAID_IN
        for answer in record.answers.get(question, ())
    ]
    said += (
        sign
        for alert in draft.alerts
        if alert.visit == visit.id and alert.raised_at > since and alert.session != left_out
        if alert.status != "withdrawn"
        for sign in alert.signs
    )
    return tuple(dict.fromkeys(said))


def join_lately(draft: Draft, visit: Visit, sessions: Iterable[Session]) -> None:
    """Let these conversations, open and of the visit, know what was said beside them."""
    for session in sessions:
        lately = said_lately(draft, visit, but=session)
        draft.put(replace(session, context={**session.context, LATELY: ",".join(lately)}))
