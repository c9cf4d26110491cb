"""A plain yes or no, typed to a question whose buttons say more than that: "Yes, it's happening now"."""

from __future__ import annotations

from typing import Final

from bot.engine.derive import find_option
from bot.engine.heard import words_of
from bot.engine.model import Ask, Choose
from bot.engine.small_words import words

YES: Final = "yes"
NO: Final = "no"
"""Options with these ids are meant."""
_YES = words("yes yess y yea yeah yeh yep yup ya aye")
_WITH_YES = words("please help me now it is i am do sure definitely indeed happening of course thanks")
_NO = words("no n noo nope nah na")
_WITH_NO = words("thanks thank you im i am fine ok okay it isnt not nothing really all good well its sorry")
_DENIES = words("isnt not")
_WELL = words("fine ok okay good well all")


def plain_answer(text: str, ask: Ask) -> str | None:
    """Which of its two options a whole text says, and nothing else.

    Returns:
        The option; "" where it says both, as "no, it isn't fine" does; None where it may say more.
    """
    if ask.choose is not Choose.ONE or find_option(ask, YES) is None or find_option(ask, NO) is None:
        return None
    said = words_of(text)
    first, rest = said[:1], set(said[1:])
    if not _YES.isdisjoint(first) and rest <= _YES | _WITH_YES:
        return YES
    if _NO.isdisjoint(first) or not rest <= _NO | _WITH_NO:
        return None
    return NO if _DENIES.isdisjoint(rest) or _WELL.isdisjoint(rest) else ""
