"""What is typed where a name is asked for and plainly is none: a question, a call for help, how the skin looks.

Emergencies have been heard before. Whatever could be somebody's name is taken for it.
"""

from __future__ import annotations

import re

from bot.engine.heard import words_of
from bot.engine.model import Ask, Choose
from bot.engine.worry import LOOKS, WORRIES

NAME = "name"
_FEW = 3
"""A name of fewer words may look like anything."""
_BEFORE = r"(?:(?:hi|hello|hey|sorry|but|and|so|ok|oh|wait|please|first) )*"
_ASKS = re.compile(
    rf"{_BEFORE}(?:"
    r"(?:i |we )?(?:need )?help(?: me| please| now| with .*)*$"
    r"|(?:is|isnt|are|arent|was) (?:this|that|it|there|these|they|my|the|you)\b"
    r"|(?:can|could|would|will|should|shall|may|must|do|does|did|have|has|am)"
    r" (?:i|it|you|this|that|my|the|someone)\b"
    r"|(?:what|why|how|when|where|which|who)(?:s| (?:is|are|am|do|does|did|can|should|will|would|was|about|if"
    r"|for|to|long|much|many|often|soon|else|time|happens|reads|sees|rings))\b"
    r")"
)
_TELLS = re.compile(r"(?:my|i|im|ive|its|it|there|theres|the)\b")


def is_asked(ask: Ask, text: str) -> bool:
    """Whether a name is asked for, and a text is plainly none."""
    if not asks_name(ask):
        return False
    said = words_of(text)
    is_long = len(said) >= _FEW
    is_told = is_long and _TELLS.match(" ".join(said)) is not None and not (WORRIES | LOOKS).isdisjoint(said)
    return _ASKS.match(" ".join(said)) is not None or (is_long and "?" in text) or is_told


def asks_name(ask: Ask) -> bool:
    """Whether a question is for somebody's name."""
    return ask.choose is Choose.TEXT and ask.save == NAME
