"""Hears the red list in typed words. When in doubt it hears: `certain` says whether to ask first.

Fixed phrases from reviewed rows decide, never a model. A negation right before a phrase ("no fever") takes it
back; a question about what could happen, or something long past, is heard without certainty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bot.clinic.phrases import FILLERS, Found, Phrase, compile_phrase, find, read_message
from bot.clinic.rows import Sign
from bot.clinic.spelling import Spelling, Word, read_words, word_set

Family = Literal["ambulance", "crisis", "skin_colour", "clinic"]
_MORE_URGENT_FIRST: tuple[Family, ...] = ("ambulance", "crisis", "skin_colour", "clinic")
_NEGATIONS = word_set(
    "no not isnt arent wasnt werent dont doesnt didnt havent hasnt hadnt aint never without neither zero"
)
_NOT_NEGATED = word_set(
    "sure only just normal good right well great ok okay better getting going improving stopping stopped working"
    " know understand idea matter longer sleeping wait joking fine felt bad worse"
)
"""After these a negation says nothing about what follows: "not sure", "don't know", "not feeling well"."""
_OWN_NEGATIONS = frozenset({"cant", "couldnt", "unable", "not", "dont"})
"""A phrase that begins so is not what a word before it denies: "don't feel well can't breathe"."""
_NEW_SUBJECT = frozenset({"i", "im", "ive", "my", "he", "she", "it", "now", "help"})
NEGATION_REACH_WORDS = 4
SENTENCE_WORDS = 30
"""People leave out the full stop; so far around a phrase its sentence reaches at most."""
_DOUBT = re.compile(
    r"\b(?:(?:can|could|does|do|will|would|might|may|did)"
    r" (?:it|this|that|these|they|you get|people|microneedling|mesotherapy|treatment|needling|the)\b"
    r"|what (?:if|happens|are)|in case|side effects?|risks?|chances?|possib\w*|how (?:do i|would i|will i) know"
    r"|(?:if|when) (?:i|my|it|there|you|someone|somebody) (?:get|gets|got|have|has|feel|see|start|starts|lose)"
    r"|if|scared of|afraid of|fear of|heard that|read that|read about|signs of|symptoms of"
    r"|years? ago|last year|when i was|used to|as a (?:child|kid)|in the past|history of)\b"
)
_PRESENT = re.compile(r"\b(?:right now|help me|please help|at the moment|is it normal|started)\b")


@dataclass(frozen=True, slots=True)
class EmergencyHeard:
    """What of the red list a message says."""

    signs: tuple[str, ...]
    """In the order of the rows."""
    family: Family
    """Of several the most urgent one: whom to ring."""
    certain: bool
    """False: heard in a question, in the past or in doubtful words; ask at once, and show the numbers."""


@dataclass(frozen=True, slots=True)
class Ears:
    """The compiled red list; made once by `compile_signs`, never changed."""

    signs: Mapping[str, Sign]
    by_word: Mapping[str, tuple[tuple[str, Phrase], ...]]
    spelling: Spelling


def compile_signs(signs: Iterable[Sign]) -> Ears:
    """Make the rows' phrases ready for hearing.

    Raises:
        ValueError: A line of `heard` names no word.
    """
    rows = {sign.id: sign for sign in signs}
    by_word: dict[str, tuple[tuple[str, Phrase], ...]] = {}
    vocabulary: set[str] = set()
    for sign in rows.values():
        for line in sign.heard:
            phrase = compile_phrase(line)
            vocabulary |= phrase.words
            for word in phrase.anchor:
                by_word[word] = (*by_word.get(word, ()), (sign.id, phrase))
    spelling = Spelling(vocabulary | FILLERS | _NEGATIONS | _NOT_NEGATED)
    return Ears(MappingProxyType(rows), MappingProxyType(by_word), spelling)


def hear_emergency(text: str, ears: Ears) -> EmergencyHeard | None:
    """Whether a message says something of the red list; None: nothing heard.

    Args:
        text: As typed, of any length and script.
        ears: From `compile_signs`.

    Source: data/recovery.yaml, `signs`.
    """
    words = ears.spelling.mend(read_words(text))
    phrases = {pair for word in words for pair in ears.by_word.get(word.text, ())}
    if not phrases:
        return None
    message = read_message(words)
    heard: dict[str, bool] = {}
    for sign, phrase in phrases:
        for found in find(phrase, message):
            if heard.get(sign):
                break
            certain = _certainty(found, words, ears)
            if certain is not None:
                heard[sign] = certain
    return _gather(heard, ears)


def _gather(heard: Mapping[str, bool], ears: Ears) -> EmergencyHeard | None:
    red: dict[str, bool] = {}
    for sign, row in ears.signs.items():
        if sign in heard:
            beside = [heard[other] for other in row.red_with if other in heard]
            if row.red:
                red[sign] = heard[sign]
            elif beside:
                red[sign] = heard[sign] and any(beside)
    if not red:
        return None
    certain = any(red.values())
    families = {ears.signs[sign].family for sign, sure in red.items() if sure or not certain}
    return EmergencyHeard(signs=tuple(red), family=min(families, key=_MORE_URGENT_FIRST.index), certain=certain)


def _certainty(found: Found, words: tuple[Word, ...], ears: Ears) -> bool | None:
    """True, False (ask first), or None: taken back by a negation."""
    sure = not found.phrase.doubtful
    for start in found.starts:
        negated = _negation(start, found, words, ears)
        if negated == "taken back":
            return None
        sure = sure and negated == "none"
    first = min(found.starts)
    begins, ends = _sentence(first, words)
    sentence = " ".join(word.text for word in words[begins:ends])
    return sure and not (_DOUBT.search(sentence) and not _PRESENT.search(sentence))


def _sentence(at: int, words: tuple[Word, ...]) -> tuple[int, int]:
    begins = at
    while words[begins].after != "end" and at - begins < SENTENCE_WORDS:
        begins -= 1
    ends = at + 1
    while ends < len(words) and words[ends].after != "end" and ends - at < SENTENCE_WORDS:
        ends += 1
    return begins, ends


def _negation(
    start: int, found: Found, words: tuple[Word, ...], ears: Ears
) -> Literal["none", "maybe", "taken back"]:
    """Whether what begins at `start` is taken back: "no fever, swelling or blisters"."""
    joined: set[str] = set()
    first_break = start
    if words[start].text in _OWN_NEGATIONS:
        return "none"
    for at in range(start - 1, max(-1, start - SENTENCE_WORDS), -1):
        after = words[at + 1].after
        if after == "end":
            break
        if after:
            joined.add(after)
            first_break = at + 1
        if at in found.starts or words[at].text in _NEW_SUBJECT or words[at].text in _NOT_NEGATED:
            break
        if words[at].text in _NEGATIONS:
            if "or" in joined or (not joined and start - at <= NEGATION_REACH_WORDS):
                return "taken back"
            denied = words[at + 1 : first_break] if joined else ()
            # "no fever, swelling": the list may go on; "no, swelling" denies nothing.
            return "maybe" if any(word.text in ears.by_word for word in denied) else "none"
    return "none"
