"""What is denied with an exception is said: "no swelling, just my lips", "no fever except at night"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.clinic.spelling import Word

EXCEPTED_WORDS = 5
"""So many words after a phrase are looked at for what it is excepted by."""
_ALWAYS = r"except\w*|excluding|besides|unless|barring|apart from|aside from|other than|save for"
_SINCE_ONLY = (
    r"(?:only|just) (?:when|if|while|whenever|at|after|once|in the|on (?:the|one)|now and|sometimes|occasionally)"
)
_EXCEPTED = re.compile(rf"(?:\w+ )?(?:{_ALWAYS}|{_SINCE_ONLY}|all the time\b.* (?:only|just))\b")
"""Right after a phrase, or a word later."""
_WITHIN = re.compile(rf"\b(?:{_ALWAYS}|only|just|but)\b")
"""Within a phrase: what follows the word is the exception."""


def is_excepted(words: Sequence[Word], last: int) -> bool:
    """Whether a denial does not hold for all of what it is said of.

    Args:
        words: From the phrase's first word on.
        last: The place of its last word in them.
    """
    inside, behind = (" ".join(word.text for word in some) for some in (words[1 : last + 1], words[last + 1 :]))
    return bool(_WITHIN.search(inside) or _EXCEPTED.match(behind))
