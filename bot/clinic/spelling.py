"""Typed words made comparable: case, accents, apostrophes, drawn-out letters, and small slips of the finger."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from bot.clinic.real_words import REAL_WORDS

Break = Literal["", "and", "or", "end"]
"""What stands before a word: nothing, a comma or "and", an "or", the end of a sentence or a "but"."""

_APOSTROPHES = re.compile("['’‘`´ʼ\u201b]")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[.,;:!?…\n()]")
_JOINED: dict[str, Break] = {
    **dict.fromkeys([",", "\n", "(", ")", ":", "and", "then", "plus"], "and"),
    **dict.fromkeys(["or", "nor"], "or"),
    **dict.fromkeys([".", ";", "!", "?", "…", "but", "however", "although", "though"], "end"),
}
_ONE_WORD = {"cannot": "cant", "its": "it", "wanna": "want", "gray": "grey", "eyesight": "sight"}
_TWO_WORDS = {
    ("can", "not"): "cant",
    ("could", "not"): "couldnt",
    ("do", "not"): "dont",
    ("does", "not"): "doesnt",
    ("did", "not"): "didnt",
    ("is", "not"): "isnt",
    ("are", "not"): "arent",
    ("have", "not"): "havent",
    ("has", "not"): "hasnt",
    ("want", "to"): "want",
}
_SECONDS = frozenset(second for _, second in _TWO_WORDS)


def word_set(text: str) -> frozenset[str]:
    """Words between spaces."""
    return frozenset(text.split())


SHORTEST_WITH_SLIPS = 5
"""Shorter words are taken as they stand: one letter makes too many of them into others."""


class Word(NamedTuple):
    """A word as compared, and what stands before it."""

    text: str
    after: Break


def plain(text: str) -> str:
    """Lower case without accents and apostrophes; "sooo" is "so"."""
    bare = _APOSTROPHES.sub("", text.casefold())
    if not bare.isascii():
        letters = unicodedata.normalize("NFKD", bare)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _DRAWN_OUT.sub(r"\1", bare)


def read_words(text: str) -> tuple[Word, ...]:
    """The words of a message, in order. "can not" is one word; of 38.5 the whole degrees stay."""
    words: list[Word] = []
    before: Break = "end"
    for piece in _PIECE.findall(plain(text)):
        joined = _JOINED.get(piece)
        if joined is not None:
            before = _stronger(before, joined)
            continue
        word = re.split("[.,]", piece)[0] if piece[0].isdigit() else _ONE_WORD.get(piece, piece)
        if before == "" and word in _SECONDS and (words[-1].text, word) in _TWO_WORDS:
            words[-1] = Word(_TWO_WORDS[words[-1].text, word], words[-1].after)
        else:
            words.append(Word(word, before))
        before = ""
    return tuple(words)


_STRENGTH: dict[Break, int] = {"": 0, "and": 1, "or": 2, "end": 3}


def _stronger(one: Break, other: Break) -> Break:
    return max(one, other, key=_STRENGTH.__getitem__)


class Spelling:
    """A fixed vocabulary that knows its words also with one slip: a letter more, less, other, or two swapped."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = frozenset(vocabulary)
        self._near: dict[str, list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= SHORTEST_WITH_SLIPS and word.isalpha():
                for form in _with_a_letter_less(word):
                    self._near.setdefault(form, []).append(word)

    def mend(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """Put the word that is meant in the place of one with a slip."""
        known = self._known
        return tuple(
            word if word.text in known else Word(self.known(word.text) or word.text, word.after) for word in words
        )

    def known(self, word: str) -> str | None:
        """The word of the vocabulary that this is or is meant to be; None: another word."""
        if word in self._known:
            return word
        if len(word) < SHORTEST_WITH_SLIPS or word in REAL_WORDS or not word.isalpha():
            return None
        forms = (form for form in _with_a_letter_less(word) if form in self._near)
        meant = {near for form in forms for near in self._near[form] if _starts_alike(word, near)}
        # Of several the longest: a letter is oftener left out than put in.
        return max(filter(lambda near: is_one_slip(word, near), sorted(meant)), key=len, default=None)


def _with_a_letter_less(word: str) -> Collection[str]:
    return [word, *[word[:at] + word[at + 1 :] for at in range(len(word))]]


def _starts_alike(word: str, near: str) -> bool:
    """People seldom miss the first letter, and most wrong guesses differ there (never, fever)."""
    return word[0] == near[0] or word[:2] == near[1::-1]


def is_one_slip(word: str, meant: str) -> bool:
    """Whether two different words are one slip apart."""
    if len(word) < len(meant):
        word, meant = meant, word
    at = next((i for i, letter in enumerate(meant) if letter != word[i]), len(meant))
    if len(word) > len(meant):
        return word[at + 1 :] == meant[at:]
    swapped = word[at : at + 2] == meant[at : at + 2][::-1] and word[at + 2 :] == meant[at + 2 :]
    return swapped or word[at + 1 :] == meant[at + 1 :]
