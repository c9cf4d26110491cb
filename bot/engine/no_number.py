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
WAYS_ON = (WITHOUT, "go_on")
"""`go_on`: with the number that is known."""
WORDS = "ring.words"
DIGITS_OF_A_NUMBER = 4
"""So many digits are meant as a number, and it is said what is wrong with it."""
TRIES = (phrases.NOT_UNDERSTOOD["contact"], phrases.NO_NUMBER_AGAIN)
"""What is said to a number that can't be one, the first time and the second; then it goes on without."""


def hear(draft: Draft, session: Session, position: Position, ask: Ask, text: str) -> bool:
    """Ask for the number once more, in other words each time, and then go on without it.

    What holds no number is kept for the clinic's team, where the question can be left without one.

    Returns:
        Whether that was done: the question is for a number, and can be left.
    """
    way = next((option for option in WAYS_ON if find_option(ask, option) is not None), None)
    if ask.choose is not Choose.CONTACT or way is None:
        return False
    is_number = sum(letter.isdecimal() for letter in text) >= DIGITS_OF_A_NUMBER
    kept = str(session.context.get(WORDS) or "")
    if session.misses >= len(TRIES) or (kept and not is_number):
        press.choose(draft, _keep(draft, session, kept, text), position, (way,))
        return True
    if is_number or way != WITHOUT:
        lead, session = TRIES[session.misses], replace(session, misses=session.misses + 1)
    else:
        lead, session = phrases.NO_NUMBER, _keep(draft, session, kept, text)
    present(draft, draft.put(session), lead=draft.words(lead))
    return True


def _keep(draft: Draft, session: Session, kept: str, text: str) -> Session:
    words = "\n".join(filter(None, (kept, text.strip())))[:WORDS_CHARACTERS]
    return draft.put(replace(session, context={**session.context, WORDS: words}))
