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
_SHORT_IS = re.compile("(?<!what)['’‘`´ʼ\u201b]s\\b")
"""Of "my heart's racing"."""
_ELIDED = re.compile("\\b([jmsldntc]|qu|dell|nell|un)['’‘`´ʼ](?=[aeiouhàâäéèêëîïôöœùûü])")
"""Of "j'ai", "l'occhio"."""
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_SPACED_OUT = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?:[.\-*_][^\W\d_](?![^\W_])){3,}|(?:[ .\-*_]{1,3}[^\W\d_](?![^\W_])){4,})"
)
"""Five single letters or more: "c a n t  b r e a t h e"; with marks between them four."""
_LETTERS_MEANT = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
_LETTER_LIKE = re.compile("(?<=[a-z])[013457@$](?=[a-z])")
"""Of "br3athe"."""
_WITHOUT_SPACES = "\u3040-\u30ff\u4e00-\u9fff"
"""Scripts that put no space between words: each character is one."""
_SIGNS_OF_INDIA = "\u0900-\u0d63\u0d7a-\u0d7f"
"""Vowel signs of Hindi and its kin, which count as no letters."""
_PIECE = re.compile(
    rf"\d+(?:[.,]\d+)?|[{_WITHOUT_SPACES}]|(?:[^\W\d_{_WITHOUT_SPACES}]|[{_SIGNS_OF_INDIA}])+|[.,;:!?…\n()。，！？、；؟،।]"
)
_TEMPERATURE = re.compile(
    r"(?<![\d£$€.,/-])(3[89]|4[01]|10[0-5])[.,]\d(?![\d/-])"
    r"(?!\s*(?:%|£|€|pounds?|quid|euros?|percent|pct|kg|km|k|m|cm|mm|ml|mg|mb|gb|miles?|weeks?|years?|am|pm)(?![a-z]))"
)
"""A bare 38.3 is what a thermometer says: with a decimal, and without another unit."""
_DEGREES = re.compile(r"(?<=\d)\s*(?:[°º]\s*[cf]?|grad)\b|(?<=\d)\s*[°º]")
_JOINED: dict[str, Break] = {
    **dict.fromkeys([",", "\n", "(", ")", ":", "and", "n", "then", "，", "、", "،"], "and"),
    **dict.fromkeys(["or", "nor"], "or"),
    **dict.fromkeys(list(".;!?…。！？；؟।"), "end"),
    **dict.fromkeys(["but", "however", "although", "though", "tho", "yet"], "end"),
}
_LETTERS = str.maketrans(
    {
        "ı": "i",
        "œ": "oe",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ى": "ي",
        "ة": "ه",
        "ـ": None,
        **dict.fromkeys("😂🤣", " haha "),
    }
)
"""Letters that people leave bare and that Unicode does not take apart, and faces that laugh."""


def word_set(text: str) -> frozenset[str]:
    """Words between spaces."""
    return frozenset(text.split())


def _pairs(lines: str) -> dict[tuple[str, str], str]:
    made = {}
    for line in lines.strip().splitlines():
        said, _, meant = line.partition(":")
        firsts, seconds = said.split()
        made.update({(a, b): meant.strip() for a in firsts.split("/") for b in seconds.split("/")})
    return made


_ONE_WORD = {
    said: meant
    for meant, ways in {
        "cant": "cannot cannt carnt cnt unable", "hardly": "barely scarcely", "it": "its", "want": "wanna",
        "gonna": "gunna", "grey": "gray", "sight": "eyesight", "tongue": "tounge", "are": "r", "you": "u",
        "see": "c", "right": "rite", "wont": "wouldnt",
        "your": "ur", "having": "havin", "heart": "hart", "he": "hes", "she": "shes",
    }.items()
    for said in ways.split()
}  # fmt: skip
_TWO_WORDS = {
    **_pairs("""
        can/could hardly: cant
        cant/couldnt/isnt/not able: cant
        can not/no/t: cant
        could not/t: couldnt
        would not/t: wont
        do not/t: dont
        does not/t: doesnt
        did not/t: didnt
        is not/t: isnt
        are not/t: arent
        was not/t: wasnt
        have not/t: havent
        has not/t: hasnt
        won/will t/not: wont
        want/wants/wanted to: want
        havent/hasnt/hadnt been: havent
        not been: not
        hardly/havent/hasnt/dont/doesnt/wasnt/arent/barely/longer/never able: cant
        can barely: cant
        cant to/even/seem/really/properly/fully/hardly/still/longer/actually/just: cant
    """),
    **{(letters, "t"): f"{letters}t" for letters in ("don", "doesn", "didn", "isn", "couldn", "wasn", "haven")},
}
_SECONDS = frozenset(second for _, second in _TWO_WORDS)


_TAGS = word_set("isnt arent wasnt doesnt dont didnt havent hasnt wont shouldnt aint")
_TAG_SUBJECTS = word_set("it that they he she i we you there")
_NOTHING_ALONE = word_set("cant couldnt")

SHORTEST_WITH_SLIPS = 5
"""Shorter words are taken as they stand: one letter makes too many of them into others."""

LONGEST_WITH_SLIPS = 20
"""A longer one is no word: looking at each of its letters would take long, and that is all."""
SHORTEST_WITH_SWAPS = 4
"""Of these only two swapped letters are mended: "fcae"."""
STEM = "*"
"""Ends what a word begins with."""
SHORTEST_STEM = 3
SHORTEST_RUN, LONGEST_RUN = 8, 40
SHORTEST_PART, LONGEST_PART = 2, 16
"""Letters of words that are written without spaces, and of a word in them."""
_SMALL_PARTS = word_set("i a im my is it to in of up on be no do")


class Word(NamedTuple):
    """A word as compared, and what stands before it."""

    text: str
    after: Break
    typed: str = ""
    """As it stood, if it was mended: perhaps a word of another language after all."""


def _is_one_plain_word(text: str) -> bool:
    """As thousands of the phrases are: what is done to a message needs a sign, a space or a capital."""
    return text.isascii() and text.isalpha() and text.islower()


def plain(text: str) -> str:
    """Lower case without accents, apostrophes and s p a c i n g; "sooo" is "so"."""
    if _is_one_plain_word(text):
        return _DRAWN_OUT.sub(r"\1", text)
    bare = _APOSTROPHES.sub("", _SHORT_IS.sub("", _ELIDED.sub(r"\1 ", text.casefold())))
    if not bare.isascii():
        letters = unicodedata.normalize("NFKD", bare)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        bare = bare.translate(_LETTERS)
    bare = _LETTER_LIKE.sub(lambda sign: _LETTERS_MEANT[sign[0]], bare)
    bare = _SPACED_OUT.sub(
        lambda run: re.sub(r"[\W_]", "", run[0]), bare.replace("a&e", "casualty").replace("as though", "as if")
    )
    return _DRAWN_OUT.sub(r"\1", bare)


def read_words(text: str) -> tuple[Word, ...]:
    """The words of a message, in order. "can not" is one word; of 38.5 the whole degrees stay."""
    if _is_one_plain_word(text):
        piece = plain(text)
        return () if piece in _JOINED else (Word(_ONE_WORD.get(piece, piece), "end"),)
    words: list[Word] = []
    before: Break = "end"
    for piece in _PIECE.findall(_with_degrees(plain(text))):
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
    return tuple(_joined_up(_without_tags(words)))


def _with_degrees(text: str) -> str:
    """A temperature in words: "38.3" and "39°" are degrees."""
    return _TEMPERATURE.sub(r"\1 degrees", _DEGREES.sub(" degrees", text))


def _without_tags(words: list[Word]) -> list[Word]:
    """Leave out "isn't it" at the end of a sentence: it asks, and denies nothing."""
    kept: list[Word] = []
    for at, word in enumerate(words):
        ends = at + 1 == len(words) or words[at + 1].after == "end"
        if ends and word.text in _TAG_SUBJECTS and kept and kept[-1].text in _TAGS and word.after == "":
            kept.pop()
        else:
            kept.append(word)
    return kept


def _joined_up(words: list[Word]) -> list[Word]:
    """Put a "can't" that stands alone to what it is said of: "can't. breathe"."""
    for at, word in enumerate(words):
        alone = word.after == "end" and (at + 1 == len(words) or words[at + 1].after == "end")
        if alone and word.text in _NOTHING_ALONE:
            if at:
                words[at] = word._replace(after="and")
            if at + 1 < len(words):
                words[at + 1] = words[at + 1]._replace(after="")
    return words


_STRENGTH: dict[Break, int] = {"": 0, "and": 1, "or": 2, "end": 3}


def _stronger(one: Break, other: Break) -> Break:
    return max(one, other, key=_STRENGTH.__getitem__)


class Spelling:
    """A fixed vocabulary that knows its words also with one slip: a letter more, less, other, or two swapped.

    `exact` words are known only as they stand.
    """

    def __init__(self, vocabulary: Iterable[str], exact: Iterable[str] = ()) -> None:
        words = frozenset(vocabulary)
        self._swapped = {
            form: word for word in sorted(words) if len(word) == SHORTEST_WITH_SWAPS for form in _swaps(word)
        }
        self._known = words.union(exact)
        self._near: dict[str, tuple[str, ...]] = {}
        self._parts = frozenset(word for word in words if len(word) > SHORTEST_PART) | _SMALL_PARTS
        for word in sorted(words):
            if len(word) >= SHORTEST_WITH_SLIPS and word.isalpha():
                alone = (word,)  # shared: nearly all forms are of one word
                for form in _with_a_letter_less(word):
                    others = self._near.get(form)
                    self._near[form] = alone if others is None else (*others, word)

    def mend(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """Put what is meant in the place of a word with a slip, or of words run together ("cantbreathe")."""
        mended: list[Word] = []
        meant: dict[str, list[str]] = {}
        for word in words:
            if word.text in self._known:
                mended.append(word)
            else:
                if word.text not in meant:
                    meant[word.text] = self._meant(word.text)
                first, *more = meant[word.text]
                mended += [Word(first, word.after, word.text), *(Word(part, "") for part in more)]
        return tuple(mended)

    def _meant(self, word: str) -> list[str]:
        meant = self.known(word)
        if meant is not None:
            return [meant]
        return self._split(word) or [word]

    def _split(self, word: str) -> list[str]:
        """The fewest words of the vocabulary that make up this one; none: another word."""
        if not SHORTEST_RUN <= len(word) <= LONGEST_RUN or word in REAL_WORDS or not word.isalpha():
            return []
        best: list[list[str] | None] = [[]]
        for end in range(1, len(word) + 1):
            ways = [
                [*before, word[start:end]]
                for start in range(max(0, end - LONGEST_PART), end)
                if (before := best[start]) is not None and word[start:end] in self._parts
            ]
            best.append(min(ways, key=len, default=None))
        return best[-1] or []

    def known(self, word: str) -> str | None:
        """The word of the vocabulary that this is or is meant to be; None: another word."""
        if word in self._known:
            return word
        if len(word) == SHORTEST_WITH_SWAPS and word not in REAL_WORDS:
            return self._swapped.get(word)
        if not SHORTEST_WITH_SLIPS <= len(word) <= LONGEST_WITH_SLIPS or word in REAL_WORDS or not word.isalpha():
            return None
        forms = (form for form in _with_a_letter_less(word) if form in self._near)
        meant = {near for form in forms for near in self._near[form] if _starts_alike(word, near)}
        # Of several the longest: a letter is oftener left out than put in.
        return max(filter(lambda near: is_one_slip(word, near), sorted(meant)), key=len, default=None)


def stems_of(word: str, stems: frozenset[str]) -> list[str]:
    """The stems (``swell*``) that a word begins with."""
    longest = min(len(word), LONGEST_WITH_SLIPS)
    return [stem for end in range(SHORTEST_STEM, longest + 1) if (stem := f"{word[:end]}{STEM}") in stems]


def _with_a_letter_less(word: str) -> Collection[str]:
    return [word, *[word[:at] + word[at + 1 :] for at in range(len(word))]]


def _swaps(word: str) -> Collection[str]:
    return {word[:at] + word[at : at + 2][::-1] + word[at + 2 :] for at in range(len(word) - 1)} - {word}


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
