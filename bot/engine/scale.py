"""Typed answers on a scale, where to be taken for better than one says costs most.

A text is taken as an answer only when all that stands beside the answer's words says nothing more (`scale_words`).
A contrast, a negation, a wish, the past, a question, or a word that nobody knows: it is asked back. What is denied
offers what is worse, never what it denies, and nothing milder. The worst answer of a scale, and one that is not on
it, are taken readily: to err upwards is cheap.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.engine.heard import (
    NEGATIONS,
    NONE,
    Choice,
    Expected,
    Heard,
    HeardAnswer,
    HeardNothing,
    HeardUnclear,
    is_covered,
    near_at,
    places,
    words_of,
)
from bot.engine.scale_words import (
    ASKS,
    BEFORE_THE_ANSWER,
    CONTRASTS,
    DENIERS,
    DENYING_PHRASES,
    DOWNTONERS,
    INTENSIFIERS,
    KIND_SIGNS,
    LITTLE,
    OF_FEELING,
    PLACES,
    PLAIN,
    PLAIN_PHRASES,
    POSITIVE,
    SYMPTOMS,
    TURNING_BEFORE_LIKE,
    TURNING_PHRASES,
    TURNS,
    YES_OR_NO,
    Phrase,
)

SAME = "same"
"""On a scale that has it, what is denied is at least unchanged."""
OFFERED = 2
"""So many worse answers are offered for one that is denied; of more, the next."""
_FACES = re.compile(r"[:;=]['’-]?[(/\\|\[]")
_JOINERS = frozenset("\u200d\ufe0f")
Place = tuple[int, int]
"""Where it begins, and how many words."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A text word by word: the answers in it, those it denies, and the places of words that nobody knows."""

    found: Mapping[str, list[Place]]
    denied: frozenset[str]
    turns: bool
    contrasts: bool
    unknown: frozenset[int]


def is_doubtful(text: str) -> bool:
    """Whether signs beside the words take back what they say: a question mark, a sad face."""
    signs = (
        letter not in KIND_SIGNS
        for letter in text
        if letter not in _JOINERS and unicodedata.category(letter) in {"So", "Cn"}
    )
    return "?" in text or _FACES.search(text) is not None or any(signs)


def is_guarded(option: str, expected: Expected) -> bool:
    """Whether an answer is on the scale and not its worst."""
    return option in expected.scale[:-1]


def hear_on_scale(text: str, expected: Expected) -> Heard:
    """What a text means that holds more than the words of an answer."""
    said = words_of(text)
    found, is_sure = _found(said, expected.choices)
    if not found:
        return HeardNothing()
    read = _read(said, found)
    kept = tuple(id_ for id_ in found if id_ not in read.denied)
    is_turned = read.turns or is_doubtful(text)
    if read.denied and not (kept == expected.scale[-1:] and not is_turned):
        offered = {other for id_ in read.denied for other in _instead(id_, expected.scale)} | set(kept)
        return _unclear(offered - read.denied, expected)
    if len(kept) > 1:
        return _unclear(set(kept), expected)
    (option,) = kept
    if is_turned or (read.contrasts and is_guarded(option, expected)):
        return HeardUnclear(())
    if not is_guarded(option, expected):
        return HeardAnswer(kept)
    ends = {start + length for start, length in found[option]}
    if ends & read.unknown:  # "good question": the answer's word belongs to the one after it
        return HeardUnclear(())
    return HeardAnswer(kept) if is_sure and not read.unknown else HeardUnclear(kept)


def _found(said: Phrase, choices: Iterable[Choice]) -> tuple[dict[str, list[Place]], bool]:
    """Where the answers' words stand, and whether they are written so that nothing else can be meant."""
    fixed = _where(said, PLAIN_PHRASES) | _where(said, TURNING_PHRASES)
    everywhere = {choice.id: places(said, choice.words) for choice in choices}
    every = {place for its in everywhere.values() for place in its} | fixed
    found = {id_: [place for place in its if not is_covered(place, every)] for id_, its in everywhere.items()}
    found = {id_: its for id_, its in found.items() if its}
    plainly = {id_: [place for place in its if not _is_yes_or_no(said, place)] for id_, its in found.items()}
    plainly = {id_: its for id_, its in plainly.items() if its}
    if found:
        return plainly or found, True
    near = [(choice.id, place, sure) for choice in choices for place, sure in _near(said, choice.words)]
    return {id_: [place] for id_, place, _ in near}, all(sure for _, _, sure in near)


def _near(said: Phrase, words: Iterable[str]) -> list[tuple[Place, bool]]:
    """Where a misspelt phrase stands, and whether it is a slip that makes no other word: a letter too few."""
    for phrase in map(words_of, words):
        at = near_at(said, phrase)
        pairs = list(zip(said[at or 0 :], phrase, strict=False))
        if at is None or any(word[0] != part[0] for word, part in pairs):
            continue  # "changed" is not "unchanged"
        sure = all(len(word) != len(part) or sorted(word) == sorted(part) for word, part in pairs)
        return [((at, len(phrase)), sure)]
    return []


def _read(said: Phrase, found: Mapping[str, list[Place]]) -> _Read:
    answers = {place: id_ for id_, its in found.items() for place in its}
    taken = _inside(answers)
    plain = _inside(_where(said, PLAIN_PHRASES)) - taken
    denying = _where(said, DENYING_PHRASES)
    starts = {start for start, _ in answers}
    is_of_next = any(
        (before == "less" and (word in POSITIVE | PLACES or at in starts))
        or (before in POSITIVE and word in SYMPTOMS)
        for at, (before, word) in enumerate(pairwise(said), start=1)
    )  # "less good", "great pain"
    denials = [start for start, _ in denying]
    denials += [
        at
        for at, word in enumerate(said)
        if at not in taken | plain and (word in NEGATIONS or word in DENIERS or word in YES_OR_NO - PLAIN)
    ]
    first = min(start for start, _ in answers)
    lone_no = [at for at in denials if at == 0 and said[at] in YES_OR_NO and set(found) == {NONE}]
    denials = [at for at in denials if at not in lone_no]
    denied = {_next(answers, at, apart=said[at] not in YES_OR_NO) for at in denials}
    others = [
        at for at in range(len(said)) if at not in taken | plain | set(denials) | set(lone_no) | _inside(denying)
    ]
    contrasts = any(said[at] in CONTRASTS and not (at < first and said[at] in BEFORE_THE_ANSWER) for at in others)
    turns = (
        None in denied
        or is_of_next
        or bool(_where(said, TURNING_PHRASES))
        or said[:2] in ASKS
        or not TURNING_BEFORE_LIKE.isdisjoint(pairwise(said))
        or any(said[at] in TURNS for at in others)
        or any(before in INTENSIFIERS and word in OF_FEELING for before, word in pairwise(said))
        or (NONE in found and any(said[at] in DOWNTONERS for at in others))
    )
    unknown = frozenset(
        at
        for at in others
        if said[at] not in PLAIN
        and not (at < first and said[at] in BEFORE_THE_ANSWER)
        and not (said[at] in OF_FEELING and at and said[at - 1] in LITTLE)
    )
    return _Read(found, frozenset(id_ for id_ in denied if id_ is not None), turns, contrasts, unknown)


def _next(answers: Mapping[Place, str], at: int, *, apart: bool) -> str | None:
    """The answer that a denial there denies: the next one. "No, it's better" denies nothing, "no better" does."""
    after = [place for place in answers if place[0] > at and (apart or place[0] == at + 1)]
    return answers[min(after)] if after else None


def _where(said: Phrase, phrases: Iterable[Phrase]) -> set[Place]:
    """Where one of these phrases stands."""
    longest = 6
    return {
        (start, length)
        for start in range(len(said))
        for length in range(1, longest + 1)
        if said[start : start + length] in phrases and start + length <= len(said)
    }


def _inside(found: Iterable[Place]) -> set[int]:
    return {at for start, length in found for at in range(start, start + length)}


def _is_yes_or_no(said: Phrase, place: Place) -> bool:
    start, length = place
    return YES_OR_NO.issuperset(said[start : start + length])


def _instead(option: str, scale: tuple[str, ...]) -> tuple[str, ...]:
    """What may be meant by the denial of an answer: what is worse, and at least "about the same"."""
    if option not in scale:
        return ()
    at = scale.index(option)
    worse = scale[at + 1 :]
    if not worse:
        return scale[at - 1 : at]
    if SAME in worse:
        worse = worse[worse.index(SAME) :]
    return worse if len(worse) <= OFFERED else worse[:1]


def _unclear(options: set[str], expected: Expected) -> HeardUnclear:
    return HeardUnclear(tuple(choice.id for choice in expected.choices if choice.id in options))
