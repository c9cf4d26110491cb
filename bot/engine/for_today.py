"""What was typed and goes to a person that day: words of a check-in that nobody could make out, twice in a row.

And what is asked after a question about a sign was answered: whether it is there. Both are flows of common.yaml.
"""

from __future__ import annotations

from bot.engine.alerts import TYPED
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.session import ContextValue, Session
from bot.engine.silence import OVER
from bot.engine.steps import detour
from bot.engine.told import TOLD, TOLD_MORE, WORDS_CHARACTERS, note, told_by
from bot.engine.visits import FLOW

LOOK_TODAY, ASKED_ABOUT = "look_today", "asked_about"
KEPT = "today.kept"
"""The check-in that is open keeps the words, so that they stand in the course with its answers."""


def is_of_check_in(position: Position) -> bool:
    """Whether the open question is one of a check-in's."""
    return position.flow == FLOW


def is_checking_in(draft: Draft, session: Session) -> bool:
    """Whether a session's open question is one of a check-in's, whichever flow has called it."""
    return is_of_check_in(draft.derive(session))


def look_today(draft: Draft, session: Session, position: Position, heard: str) -> bool:
    """Let a person look at what was typed to a check-in, unless somebody is to look today already.

    Returns:
        Whether that was done; then the question has come again.
    """
    if not is_of_check_in(position) or LOOK_TODAY not in draft.book.flows or _is_told(draft, session):
        return False
    words = told_by(session) or heard[:WORDS_CHARACTERS]
    noted = note(draft, session, position, {TOLD: words, TOLD_MORE: True})
    is_kept = noted.context.get(TOLD) == words
    context: dict[str, ContextValue] = {"today.reason": "unclear", "today.words": words, KEPT: is_kept}
    detour(draft, LOOK_TODAY, context, keep_below=True)
    return True


def ask_about(draft: Draft, sign: str, heard: str) -> bool:
    """Ask whether a sign that somebody asks about is there now.

    Returns:
        Whether it was asked: there is a flow for it, and it isn't open already.
    """
    front = draft.in_front()
    if ASKED_ABOUT not in draft.book.flows or (front is not None and front.flow == ASKED_ABOUT):
        return False
    context = {"today.reason": "asked", "today.signs": sign, "today.words": heard[:WORDS_CHARACTERS]}
    detour(draft, ASKED_ABOUT, {**context}, keep_below=True)
    return True


def _is_told(draft: Draft, session: Session) -> bool:
    return any(
        alert.level in {"red", "amber_today"}
        and alert.status not in OVER
        and (alert.session == session.id or alert.key == TYPED)
        for alert in draft.alerts
    )
