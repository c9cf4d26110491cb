"""The small notation of `heard` in data/recovery.yaml, compiled, and found in the words of a message.

``a/b`` either word, ``x + y`` both near each other in any order, ``x - y/z`` unless one of these stands near,
``? x`` doubtful, ``?? x`` doubtful unless breathing is said to be well, ``~ x`` doubtful before any treatment,
``.`` the end of the phrase's sentence or clause, ``$name`` the words that `words` lists so, ``swell*`` every word
that begins so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from bot.clinic.spelling import STEM, Word, read_words, stems_of, word_set

FILLERS = word_set(
    "my the a an is are was were i im ive am have has so very really just quite totally completely absolutely"
    " super his her their your this that also even actually literally kinda sorta basically bloody fucking"
)
"""Small words that say nothing here; they are skipped in phrases and in messages."""
ANSWERS = word_set("yes yeah yep no none nope never nil")
"""A sentence of one of these alone answers what stands before it."""
NEAR_WORDS = 9
"""The parts of a phrase with + stand within so many words of each other."""
END = "."
_NAMED = re.compile(r"\$(\w+)")

Position = frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One line of `heard`."""

    parts: tuple[tuple[Position, ...], ...]
    unless: frozenset[str]
    doubtful: bool
    if_treated: bool
    """Doubtful, as long as the person has had no treatment."""
    unless_well: bool
    """Not meant, where the message says that breathing is well."""
    anchor: frozenset[str]
    """One of these words must be there: asked first, since it is seldom."""
    abroad: str = ""
    """The language, if it is not English."""

    @property
    def words(self) -> frozenset[str]:
        """Every word and stem that the phrase knows."""
        return self.unless.union(*(position for part in self.parts for position in part))


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase found: the number of the first word of each part, among all words of the message."""

    phrase: Phrase
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """The words of a message, and of those the ones that count."""

    words: tuple[Word, ...]
    content: tuple[frozenset[str], ...]
    """Each word that counts, with the stems it begins with."""
    places: tuple[int, ...]
    """Where each word that counts stands among all."""
    sentences: tuple[int, ...]
    """The number of the sentence that each word that counts stands in."""
    at: Mapping[str, Sequence[int]]
    """By word and stem: where among those that count."""


def compile_phrase(
    line: str, named: Mapping[str, Sequence[str]] = MappingProxyType({}), abroad: str = ""
) -> Phrase:
    """Read one line of `heard` or, in the language `abroad`, of `heard_abroad`; `named` are the lists of `words`.

    Raises:
        ValueError: The line names no word, or an unknown list, or gives a small word or two words as a choice.
    """
    return _compiled(spell_out(line, named), abroad)


@lru_cache(maxsize=8192)  # the checks and the listener read the same lines
def _compiled(line: str, abroad: str) -> Phrase:
    doubtful, if_treated, unless_well = (line.startswith(mark) for mark in ("?", "~", "??"))
    said, _, excluded = line.lstrip("?~").partition(" - ")
    parts = tuple(_positions(part) for part in said.split(" + "))
    if not all(parts):
        raise ValueError(f"no word to hear in: {line}")
    every = [position for part in parts for position in part if END not in position]
    anchor = max(every, key=lambda position: (min(map(len, position)), -len(position)))
    return Phrase(parts, choices(excluded.replace(" ", "/")), doubtful, if_treated, unless_well, anchor, abroad)


def forget_lines() -> None:
    """Let go of what was kept while lines were read: whoever reads no more needs 3 MB less."""
    for kept in (_compiled, choices, _read, _alone):
        kept.cache_clear()


def spell_out(line: str, named: Mapping[str, Sequence[str]]) -> str:
    """Put the words of a list in the place of its name.

    Raises:
        ValueError: There is no such list.
    """
    unknown = [name for name in _NAMED.findall(line) if name not in named]
    if unknown:
        raise ValueError(f"`words` has no list {unknown[0]}")
    return _NAMED.sub(lambda name: "/".join(named[name[1]]), line)


def one_word(text: str) -> str:
    """A word as it is compared.

    Raises:
        ValueError: It is no word, or more than one.
    """
    read = read_words(text)
    if len(read) != 1:
        raise ValueError(f"not one word: {text}")
    return read[0].text


@lru_cache(maxsize=8192)  # the words of a list stand in many lines
def choices(place: str) -> frozenset[str]:
    """The words of ``a/b``.

    Raises:
        ValueError: One of several choices is more than a word.
    """
    words = set()
    for choice in place.split("/"):
        read = _read(choice)
        if len(read) > 1:
            raise ValueError(f"more than one word, so it is no choice: {choice}")
        words |= set(read)
    return frozenset(words)


@lru_cache(maxsize=8192)
def _read(place: str) -> tuple[str, ...]:
    """The words of one place; the last of them a stem, if it is marked so."""
    words = tuple(word.text for word in read_words(place))
    return (*words[:-1], words[-1] + STEM) if words and place.endswith(STEM) else words


@lru_cache(maxsize=8192)  # one object for all lines that have the word
def _alone(word: str) -> Position:
    return frozenset({word})


def _positions(part: str) -> tuple[Position, ...]:
    positions: list[Position] = []
    for place in part.split():
        if place == END:
            positions.append(frozenset({END}))
        elif "/" not in place:
            # One word; or several, in a script that puts no spaces between them.
            positions += [_alone(word) for word in _read(place) if word not in FILLERS]
        else:
            words = choices(place)
            if words & FILLERS and words - FILLERS:
                raise ValueError(f"small words do not count, so they are no choice: {place}")
            if not words <= FILLERS:
                positions.append(words)
    return tuple(positions) if any(END not in position for position in positions) else ()


def keys_of(word: str, stems: frozenset[str]) -> frozenset[str]:
    """What a word may be named by in a phrase: itself, and the stems it begins with."""
    return frozenset((word, *stems_of(word, stems)))


def read_message(words: Sequence[Word], stems: frozenset[str] = frozenset()) -> Message:
    """Leave out the small words, and count the sentences; `stems` are those that the phrases know."""
    content, places, sentences, sentence = [], [], [], 0
    for place, word in enumerate(words):
        sentence += word.after == "end" and not _is_fragment(place, words)
        if word.text not in FILLERS:
            content.append(keys_of(word.text, stems).union(stems_of(word.typed, stems)))
            places.append(place)
            sentences.append(sentence)
    at: dict[str, list[int]] = {}
    for number, keys in enumerate(content):
        for key in keys:
            at.setdefault(key, []).append(number)
    return Message(tuple(words), tuple(content), tuple(places), tuple(sentences), at)


def _is_fragment(place: int, words: Sequence[Word]) -> bool:
    """Whether a sentence of one word begins here, which goes on with the one before it: "my cheek. White."."""
    alone = place + 1 == len(words) or words[place + 1].after == "end"
    return place > 0 and alone and words[place].text not in ANSWERS


def find(phrase: Phrase, message: Message) -> list[Found]:
    """Every place where a message says a phrase."""
    starts = [_starts(part, message) for part in phrase.parts]
    if not all(starts):
        return []
    found = []
    for first in starts[0]:
        near = [first, *(_nearest(first, other) for other in starts[1:])]
        low, high = min(near), max(near)
        ends = max(at + len(part) for at, part in zip(near, phrase.parts, strict=True))
        if high - low > NEAR_WORDS or message.sentences[low] != message.sentences[high]:
            continue
        around = (
            message.content[at]
            for at in range(max(0, low - 3), min(len(message.content), ends + 4))
            if message.sentences[at] == message.sentences[low]
        )
        if all(map(phrase.unless.isdisjoint, around)):
            found.append(Found(phrase, tuple(message.places[at] for at in near)))
    return found


def _starts(part: tuple[Position, ...], message: Message) -> list[int]:
    first = sorted({at for key in part[0] & message.at.keys() for at in message.at[key]})
    return [at for at in first if all(_says(part, step, at, message) for step in range(1, len(part)))]


def _says(part: tuple[Position, ...], step: int, start: int, message: Message) -> bool:
    at = start + step
    if END in part[step]:
        return at == len(message.content) or message.words[message.places[at]].after != ""
    return (
        at < len(message.content)
        and not part[step].isdisjoint(message.content[at])
        and message.sentences[at] == message.sentences[start]
    )


def _nearest(to: int, places: list[int]) -> int:
    at = bisect_left(places, to)
    return min(places[max(0, at - 1) : at + 1], key=lambda place: abs(place - to))
