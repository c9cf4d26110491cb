"""Kind words and everyday questions typed where a check-in asks: answered, and nobody is rung for them.

Emergencies, signs, wishes and answers have been heard before, and so has every question that has an answer.
"""

from __future__ import annotations

import re

from bot.engine.heard import words_of
from bot.engine.scale import is_doubtful
from bot.engine.scale_words import KIND_SIGNS
from bot.engine.small_words import words
from bot.engine.worry import LOOKS, WORRIES

_KIND = words("""
thanks thank thankyou thx ty ta cheers bless hi hello hey hiya morning afternoon evening night bye goodbye ok
okay k cool lol haha hahaha kind sweet welcome appreciate appreciated x xx xxx sorry gotcha
""")
_BESIDE = words("""
you u your ur so much very a lot love lovely hun hon darling dear mate there are were good nice great of to is
it its that this thats all for asking checking in on me my i im really im the and again message kindly please
how from team everyone
""")
_THANKS = words("thanks thank thankyou thx ty cheers appreciate appreciated")
_OF_ONES_HEALTH = words("""
epileptic epilepsy diabetic diabetes asthma asthmatic allergy allergies allergic pregnant breastfeeding
anticoagulants thinners warfarin lupus psoriasis eczema rosacea keloids immunosuppressed chemo chemotherapy
cancer hiv hepatitis haemophilia thyroid pacemaker roaccutane isotretinoin steroids
""")
_FEW = 10
_OWN = re.compile(
    r"(?:(?:hi|hello|sorry|also|and|by the way|btw|just so you know|i should say|fyi) )*"
    r"(?:im|i am|i have|ive|ive got|i take|i suffer|i had|my)\b"
)
_PLACES = words("""
skin face cheek cheeks forehead chin nose neck eye eyes lip lips hot warm dry hard dark
""")
"""Words of skin and warmth that everyday questions have too: "on my face", "a hot bath"."""
_SERIOUS = words("""
doctor doctors gp nurse hospital ambulance 999 111 emergency urgent serious dangerous danger risk normal usual
call ring die dying dead sick ill unwell weak dizzy feel feeling feels meant supposed symptom symptoms breathe
breathing swallow see vision numb heart chest
""")
_CONCERNS = (WORRIES | LOOKS | _SERIOUS) - _PLACES
_BEFORE = r"(?:(?:hi|hello|hey|sorry|ok|so|and|also|please|oh|thanks|wondering|just|i was|quick question) )*"
_EVERYDAY = re.compile(
    rf"{_BEFORE}(?:"
    r"(?:if |when |how soon |how long before |how long until )?(?:can|could|may|should|shall|must|do|am) i\b"
    r"|(?:if |when )i (?:can|could|may|should|am allowed)\b"
    r"|(?:do|can|could|would|are|have|will) you\b"
    r"|(?!what if|what (?:do|should|can|shall) i do)(?:which|whats?|wheres?|whens?|whos?) "
    r".*\b(?:you|your|i|clinic|recommend|use|open|close|appointment|best|wifi)\b"
    r"|is (?:it|that) (?:ok|okay|alright|fine|safe|allowed) (?:to|if i)\b"
    r"|(?:is|are) (?:\w+ ){1,3}(?:ok|okay|alright|allowed|fine|open|closed)$"
    r"|any (?:tips|recommendations?|suggestions)\b"
    r")"
)


def is_kind(text: str) -> bool:
    """Whether a text only thanks, greets or agrees, in words or by a friendly sign."""
    said = set(words_of(text))
    if is_doubtful(text) or not said <= _KIND | _BESIDE:
        return False
    return not _KIND.isdisjoint(said) or (not said and not KIND_SIGNS.isdisjoint(text))


def asks_everyday(text: str) -> bool:
    """Whether a text asks what one may do or use, or about the clinic, with no word of worry or of signs."""
    said = words_of(text)
    return _EVERYDAY.match(" ".join(said)) is not None and _CONCERNS.isdisjoint(said)


def is_thanks(text: str) -> bool:
    """Whether a text only says thank you."""
    return is_kind(text) and not _THANKS.isdisjoint(words_of(text))


def tells_of_health(text: str) -> bool:
    """Whether a text tells, in a few words, what somebody has or takes, and nothing of how they feel."""
    said = words_of(text)
    is_plain = len(said) <= _FEW and "?" not in text and not set(said) & (_CONCERNS - _OF_ONES_HEALTH)
    return is_plain and _OWN.match(" ".join(said)) is not None and not _OF_ONES_HEALTH.isdisjoint(said)
