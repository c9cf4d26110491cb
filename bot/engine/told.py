"""Words typed to a check-in beside its buttons, kept with it as if its own question for them had been answered."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.derive import TOLD_AT, Position
from bot.engine.draft import Draft
from bot.engine.model import Ask
from bot.engine.session import ContextValue, Session

TOLD, TOLD_MORE = "told", "told.more"
"""What was typed, and that a person looks at it today."""
TOLD_LEFT = "told.left"
"""That a question ran out at which something was typed that nobody could make out."""
UNCLEAR = "told.unclear"
"""The question at which something was last not made out, and what it was."""
WORDS_CHARACTERS = 1000


def note(draft: Draft, session: Session, position: Position, more: dict[str, ContextValue]) -> Session:
    """Keep something with a check-in, unless another question would be the open one then."""
    noted = replace(session, context={**session.context, **more, TOLD_AT: draft.now.isoformat()})
    return draft.put(noted) if draft.derive(noted).key == position.key else session


def told_by(session: Session) -> str:
    """What was typed to it so far."""
    return str(session.context.get(TOLD) or "")


def with_told(session: Session, text: str) -> str:
    """What was typed to it, this text included."""
    return "\n".join(filter(None, (told_by(session), text)))[:WORDS_CHARACTERS]


def with_unclear(session: Session, key: str, text: str) -> Session:
    """The session, knowing what was not made out at the question of that key."""
    return replace(session, context={**session.context, UNCLEAR: f"{key}\n{text}"[:WORDS_CHARACTERS]})


def left_unclear(draft: Draft, session: Session, position: Position) -> Session:
    """Keep, where the open question runs out, what was typed to it and not made out: a person looks today."""
    key, _, text = str(session.context.get(UNCLEAR) or "").partition("\n")
    if key != position.key:
        return session
    told = told_by(session)
    words = told if text in told else with_told(session, text)
    return note(draft, session, position, {TOLD: words, TOLD_LEFT: True})


def with_unread(session: Session, ask: Ask, text: str) -> str:
    """An answer in the person's own words, after what the check-in couldn't read before."""
    return with_told(session, text) if ask.save == TOLD and told_by(session) else text
