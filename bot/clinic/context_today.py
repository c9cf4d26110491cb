"""What else leaves a sign for today unsaid: a question that names it, and what somebody else has.

Wider than bot.clinic.context, which must not miss an emergency: here a miss is asked about again, and after two a
person looks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clinic import cues
from bot.clinic.spelling import Word

_ASKS = re.compile(
    r"(?:so |and |hi |hello |sorry |also |please )*"
    r"(?:is|are|do|does|did|can|could|will|would|may|might|any|should|shall|what|whats|how|which|when|who)\b"
)
_IT_IS_THERE = re.compile(
    r"\b(?:my|mine|ive|im|i am|(?<!can )(?<!do )(?<!should )(?<!could )(?<!will )(?<!would )i (?:have|got|feel)"
    r"|about (?:the|this|these)|what to do|what (?:do|should|can) i|(?:supposed|meant) to be"
    r"|(?:normal|ok|okay|usual|right) (?:that|for|if|still|on day)|still|now|since|already"
    r"|(?:it|this|that) (?:is |be )?(?:normal|ok|okay|bad)(?! to| when))\b"
)
"""A question with such words tells of a sign: "is it normal that my cheek is hot", not "is it painful"."""
_COULD_BE = re.compile(r"(?:should|will|would|could|can|might|may) my\b")
_HOW = re.compile(r"\bhow(?: much| bad| very)?$")
_ASKED = re.compile(r"^\w+ (?:is|are|was|will|does|would) ")
_SOMEBODY_ELSE = re.compile(
    r"\b(?:son|daughter|little one|other half|flatmate|nan|gran"
    r"|baby|toddler|kid|kids|child|children|husband|wife|boyfriend|girlfriend|partner"
    r"|(?<!old )friend|mum|mom|dad|sister|brother|neighbour|colleague|boss|dog|cat|horse|puppy)s?\b"
    r"(?! (?:and i\b|says?|said|thinks?|thought|noticed|told|tells|reckons?|saw|looked|asked|worries|is worried"
    r"|is an? (?:nurse|doctor)))"
)


def is_not_told(before: Sequence[Word], after: Sequence[Word]) -> bool:
    """Whether a sentence asks about a sign, or says it of somebody else.

    Args:
        before: Its words before the phrase.
        after: The words from the phrase on.
    """
    said, rest = _text(before), f"{_text(after)} "
    if _HOW.search(said) and _ASKED.match(rest):
        return True
    if _COULD_BE.match(said) or (_ASKS.match(said) and not _IT_IS_THERE.search(f"{said} {rest}")):
        return True
    return bool(_SOMEBODY_ELSE.search(said)) and not cues.TREATED.search(f"{said} {rest}")


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
