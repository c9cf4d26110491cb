"""Words beside an answer that say nothing a person must read: small ones, and those of skin that heals."""

from __future__ import annotations

import re

_WORDS = """
better same worse like more less well fine good great ok okay nice happy normal usual all lovely perfect yes
yeah yep bad best none nothing any thanks thank you thx cheers hi hello hey dear morning evening night day
days week today now yesterday tomorrow last time before since ago than then as so very much really quite too
lot bit little slightly slight mild mildly tiny small just only still already again almost nearly mostly
actually definitely probably maybe perhaps far but with for at from by this that these those there here be
been being am are was were do does did has had having will would can could should think guess say said feel
feels feeling felt look looks looking seem seems get gets getting going me he we she they your our what how
when which who if ive id skin face cheek cheeks forehead treatment area everything one red redness pink dry
dryness flaky flaking peeling peel tight tightness itchy itch swelling swollen puffy tender tenderness sore
warm bruise bruises bruising bumps smooth soft calm calmer settling settled healing healed improving improved
fading faded down lighter paler reduced expected described after about every
"""


def words(text: str) -> frozenset[str]:
    """A list of words, as one reads it best."""
    return frozenset(text.split())


SAYS_LITTLE = words(_WORDS)
SAYS_NONE = frozenset(["none", "nothing", "nope", "nah", "nada", "neither"])
BESIDE_NONE = words("""
no not any all of these those them that this the above list there here is are have has i ive im me my it its
thanks thank you thx ty ta cheers please pls hi hello hey dear love and so just at now today tonight ok okay
good fine great lovely well clear yes like luckily thankfully happily glad happy to say report
""")
"""What may stand with these words: small ones, none that measure ("nothing much") and none of skin."""
ALL_WELL = words("good fine clear")
"""With "no" before them they say the same."""
_LAUGHS = re.compile(
    r"\b(?:lo+l|lmao|rofl|(?:ha){2,}h?|(?:he){2,}|hihi|jk|(?:just |only )?(?:kidding|joking))\b|[😂🤣]"
)


def is_laughing(text: str) -> bool:
    """Whether somebody laughs about what they write."""
    return _LAUGHS.search(text.casefold()) is not None
