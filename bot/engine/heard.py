"""What is listened for, what was heard, and where an option's words stand in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from bot.engine.model import Choose

NONE = "none"
NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "without",
        "neither",
        "nor",
        "cannot",
        "cant",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "arent",
        "wasnt",
        "havent",
        "hasnt",
        "hadnt",
        "wont",
    ]
)
ARTICLES = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "some",
        "of",
        "please",
        "i",
        "have",
        "got",
        "is",
        "its",
        "im",
        "and",
        "or",
        "to",
        "on",
        "in",
        "it",
    ]
)
LONG = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: its number is its place among those shown, from 1. `words` are its label and synonyms."""

    id: str
    words: tuple[str, ...]
    exclusive: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """What the open question can take.

    `done`: words that submit the marks of a choose-many. `scale`: ids of answers from the mildest to the worst.
    """

    choose: Choose
    choices: tuple[Choice, ...]
    done: tuple[str, ...] = ("done", "ready", "finished")
    scale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeardAnswer:
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeardDone:
    """The marks are to be submitted."""


@dataclass(frozen=True, slots=True)
class HeardQuestion:
    id: str


@dataclass(frozen=True, slots=True)
class HeardUnclear:
    """These options were perhaps meant; nothing may be taken for granted."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeardNothing:
    pass


Heard = HeardAnswer | HeardDone | HeardQuestion | HeardUnclear | HeardNothing


_SHORT = 80
"""Characters: the words of buttons and rows are shorter, and asked for with every message."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded: case, accents, apostrophes and punctuation don't count; digits are ASCII."""
    return _words_of_short(text) if len(text) <= _SHORT else _words_of_long(text)


def _fold(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"['’`ʼ]", "", plain)
    digits = (str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in plain)
    return tuple(re.findall(r"[^\W_]+", "".join(digits)))


_words_of_short = lru_cache(maxsize=4096)(_fold)
_words_of_long = lru_cache(maxsize=16)(_fold)  # for the turn in which it is typed; thousands would be many MB


def places(said: tuple[str, ...], words: Iterable[str]) -> list[tuple[int, int]]:
    """Where an option's phrases stand in the text: (start, length)."""
    phrases = {words_of(word) for word in words}
    return [
        (start, len(phrase))
        for phrase in phrases
        if not all(part in ARTICLES for part in phrase)
        for start in range(len(said) - len(phrase) + 1)
        if said[start : start + len(phrase)] == phrase
    ]


def is_covered(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    """Whether a longer match spans this one: "raised scars" is not also "scars"."""
    start, length = place
    return any(
        other[1] > length and other[0] <= start and start + length <= other[0] + other[1] for other in others
    )


def near_at(said: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    """Where a phrase stands that is misspelt, or not; only one with a long word can be."""
    if not phrase or len(phrase) > len(said) or not any(len(part) >= LONG for part in phrase):
        return None
    for start in range(len(said) - len(phrase) + 1):
        if all(_same(word, part) for word, part in zip(said[start:], phrase, strict=False)):
            return start
    return None


def _same(word: str, part: str) -> bool:
    if word == part:
        return True
    if len(part) < LONG or len(word) < LONG - 1 or part.isdigit():
        return False
    allowed = 1 if len(part) < 8 else 2
    return DamerauLevenshtein.distance(word, part, score_cutoff=allowed) <= allowed
