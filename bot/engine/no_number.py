"""Words in the place of a telephone number: kept for whoever rings, and nobody is held up by them."""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, press
from bot.engine.derive import Position, find_option
from bot.engine.draft import Draft
from bot.engine.model import Ask, Choose
from bot.engine.session import Session
from bot.engine.steps import present
from bot.engine.told import WORDS_CHARACTERS

WITHOUT = "without"
"""The option that goes on without a number."""
WORDS = "ring.words"
DIGITS_OF_A_NUMBER = 4
"""So many digits are meant as a number, and it is said what is wrong with it."""


def hear(draft: Draft, session: Session, position: Position, ask: Ask, text: str) -> bool:
    """Keep what was typed for the clinic's team, ask for the number once more, and then go on without it.

    Returns:
        Whether that was done: the question is for a number, and can be left without one.
    """
    digits = sum(letter.isdecimal() for letter in text)
    if ask.choose is not Choose.CONTACT or find_option(ask, WITHOUT) is None or digits >= DIGITS_OF_A_NUMBER:
        return False
    before = session.context.get(WORDS)
    words = "\n".join(filter(None, (str(before or ""), text.strip())))[:WORDS_CHARACTERS]
    session = draft.put(replace(session, context={**session.context, WORDS: words}))
    if before:
        press.choose(draft, session, position, (WITHOUT,))
    else:
        present(draft, session, lead=draft.words(phrases.NO_NUMBER))
    return True
