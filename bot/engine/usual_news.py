"""Words typed to a check-in that tell of what is usual on that day: nobody has to read them."""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, show
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.for_today import is_of_check_in
from bot.engine.heard import NONE, Heard, HeardNothing, HeardUnclear
from bot.engine.model import Ask, Choose
from bot.engine.session import Session
from bot.engine.steps import present
from bot.engine.visits import days_since, open_visit


def is_usual(draft: Draft, text: str) -> bool:
    """Whether a text says no more than what is usual today after the treatment that is under way."""
    visit = open_visit(draft)
    return visit is not None and draft.book.says_usual(text, visit.treatment, days_since(draft, visit.treated_at))


def hear(draft: Draft, session: Session, position: Position, ask: Ask, heard: Heard, text: str) -> bool:
    """Thank for such words, and show the question again; they are no answer, and no riddle either.

    Returns:
        Whether they were such words.
    """
    if not isinstance(heard, HeardUnclear | HeardNothing) or ask.choose is Choose.TEXT:
        return False
    if not is_of_check_in(position) or not is_usual(draft, text):
        return False
    options = heard.options if isinstance(heard, HeardUnclear) else ()
    if ask.choose is Choose.MANY:
        options = () if session.marks else (NONE,)
    wording = draft.wording(position)
    labels = [wording.plain(option.label) for option in show.options_of(draft, ask) if option.id in options]
    if len(labels) == 1:
        lead = draft.words(phrases.USUAL_WORDS_MEANT, meant=f"“{labels[0]}”")
        session = replace(session, heard=options)
    else:
        lead = draft.words(phrases.USUAL_WORDS_HEARD)
    present(draft, draft.put(session), lead=lead)
    return True
