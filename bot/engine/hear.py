"""What a typed text means at an open question.

Heard in this order (emergencies before all, by the clinic's own listener): a command; the numbers of the options
shown, in any script's digits; a whole label or synonym; a question people type at any moment; words of exactly one
option inside the text (for choose-many: of any). Typos count only in words of five letters and more, and only if
one option alone is near. A negation before a match, a match together with "none", two matches for one choice:
unclear, to be confirmed. "None" is never inferred.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from rapidfuzz.distance import DamerauLevenshtein

from bot.engine.model import Choose, Question
from bot.engine.small_words import SAYS_LITTLE

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
_ARTICLES = frozenset(
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
_LONG = 5
ENDS_DENIAL = frozenset({"and", "but", "only", "just", "except", "apart", "though"})
"""What follows these is not denied by what stands before them: "no fever but blisters", "not only blisters"."""
UNREAD_WORDS = 4
"""So many words beside an answer are looked at: it is asked whether the answer is meant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An option: its number is its place among those shown, from 1. `words` are its label and synonyms."""

    id: str
    words: tuple[str, ...]
    exclusive: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Expected:
    """What the open question can take. `done`: words that submit the marks of a choose-many."""

    choose: Choose
    choices: tuple[Choice, ...]
    done: tuple[str, ...] = ("done", "ready", "finished")


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


def hear_answer(text: str, expected: Expected, questions: Sequence[Question] = ()) -> Heard:
    """Read `text` as an answer to the open question.

    Args:
        text: As typed.
        expected: The options shown, in their order; may be none (a typed question).
        questions: What people ask at any moment; not heard where any text is an answer (`choose: text`).
    """
    said = words_of(text)
    if not said:
        return HeardNothing()
    many = expected.choose is Choose.MANY
    is_typed = expected.choose is Choose.NUMBER or (expected.choose is Choose.TEXT and len(said) > 1)  # "2:05"
    numbered = None if is_typed else _numbers(said, expected.choices, many=many)
    if numbered is not None:
        return numbered
    if many and any(said == words_of(word) for word in expected.done):
        return HeardDone()
    whole = [choice.id for choice in expected.choices if any(said == words_of(word) for word in choice.words)]
    if len(whole) == 1:
        return HeardAnswer((whole[0],))
    if whole:
        return HeardUnclear(tuple(whole))
    if expected.choose is Choose.TEXT:
        return HeardNothing()
    question = _question(said, questions)
    if question is not None:
        return HeardQuestion(question)
    return _inside(said, expected.choices, many=many)


def says_whole(text: str, expected: Expected) -> bool:
    """Whether the whole text is one of the answers, or the number of one that is shown."""
    said = words_of(text)
    many = expected.choose is Choose.MANY
    whole = any(said == words_of(word) for choice in expected.choices for word in choice.words)
    return whole or _numbers(said, expected.choices, many=many) is not None


def goes_on(text: str, expected: Expected) -> bool:
    """Whether a text says much more than the answer in it: its other words were not understood."""
    return len(unread(text, expected)) >= UNREAD_WORDS


def unread(text: str, expected: Expected) -> tuple[str, ...]:
    """The words of a text that are no answer, no small word, and nothing that is said of skin that heals well."""
    said = words_of(text)
    return tuple(
        said[at] for at in _loose(said, [p for each in expected.choices for p in _places(said, each.words)])
    )


def only_denies(text: str, expected: Expected) -> bool:
    """Whether options are named, and all that a text tells is denied, word by word: "no fever, no blisters"."""
    said = words_of(text)
    found = [place for each in expected.choices if not each.exclusive for place in _places(said, each.words)]
    told = [*(start for start, _ in found), *_loose(said, found)]
    return bool(found) and all(_is_denied(said, at) for at in told)


def _loose(said: tuple[str, ...], found: Sequence[tuple[int, int]]) -> list[int]:
    """Where words stand that no option has, small ones and those of skin that heals well apart."""
    taken = {at for start, length in found for at in range(start, start + length)}
    small = SAYS_LITTLE | _ARTICLES | NEGATIONS
    return [
        at
        for at, word in enumerate(said)
        if at not in taken and word not in small and any(letter.isalpha() for letter in word)
    ]


def _is_denied(said: tuple[str, ...], at: int) -> bool:
    """Whether the last word before it that tells anything is a negation: "I don't really have fever"."""
    before = takewhile(lambda word: word not in ENDS_DENIAL, reversed(said[:at]))
    small = SAYS_LITTLE | _ARTICLES
    return next((word for word in before if word in NEGATIONS or word not in small), "") in NEGATIONS


def _numbers(said: tuple[str, ...], choices: tuple[Choice, ...], *, many: bool) -> Heard | None:
    spoken, choices = [word for word in said if word != "and"], tuple(each for each in choices if each.shown)
    if not spoken or not choices or not all(word.isascii() and word.isdigit() for word in spoken):
        return None
    numbers = [int(word) for word in spoken if len(word) <= 4]
    if len(numbers) < len(spoken) or any(not 1 <= number <= len(choices) for number in numbers):
        return None
    picked = tuple(dict.fromkeys(choices[number - 1].id for number in numbers))
    exclusive = {choice.id for choice in choices if choice.exclusive}
    if len(picked) > 1 and (not many or exclusive & set(picked)):
        return HeardUnclear(picked)
    return HeardAnswer(picked)


def _question(said: tuple[str, ...], questions: Sequence[Question]) -> str | None:
    best: tuple[int, str] | None = None
    for question in questions:
        for asked in question.asked:
            phrase = words_of(asked)
            if phrase and _find(said, phrase) is not None and (best is None or len(phrase) > best[0]):
                best = (len(phrase), question.id)
    return best[1] if best else None


def _inside(said: tuple[str, ...], choices: tuple[Choice, ...], *, many: bool) -> Heard:
    everywhere = {choice.id: _places(said, choice.words) for choice in choices}
    every = {place for places in everywhere.values() for place in places}
    found = {id_: [place for place in places if not _covered(place, every)] for id_, places in everywhere.items()}
    found = {id_: places for id_, places in found.items() if places}
    if not found:
        near = _near(said, choices)
        return HeardNothing() if near is None else near
    ids = tuple(found)
    exclusive = {choice.id for choice in choices if choice.exclusive}
    negated = any(word in NEGATIONS for places in found.values() for start, _ in places for word in said[:start])
    if negated or (len(ids) > 1 and (not many or exclusive & set(ids))) or NONE in ids:
        return HeardUnclear(tuple(id_ for id_ in ids if id_ != NONE))
    return HeardAnswer(ids)


def _places(said: tuple[str, ...], words: Iterable[str]) -> list[tuple[int, int]]:
    """Where an option's phrases stand in the text: (start, length)."""
    phrases = {words_of(word) for word in words}
    return [
        (start, len(phrase))
        for phrase in phrases
        if not all(part in _ARTICLES for part in phrase)
        for start in range(len(said) - len(phrase) + 1)
        if said[start : start + len(phrase)] == phrase
    ]


def _covered(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    """Whether a longer match spans this one: "raised scars" is not also "scars"."""
    start, length = place
    return any(
        other[1] > length and other[0] <= start and start + length <= other[0] + other[1] for other in others
    )


def _find(said: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    for start in range(len(said) - len(phrase) + 1):
        if said[start : start + len(phrase)] == phrase:
            return start
    return None


def _near(said: tuple[str, ...], choices: tuple[Choice, ...]) -> Heard | None:
    """The one option that a misspelt text is near to, or None."""
    near: list[str] = []
    for choice in choices:
        if any(_is_near(said, words_of(word)) for word in choice.words):
            near.append(choice.id)
    if len(near) != 1 or near[0] == NONE:
        return HeardUnclear(tuple(near)) if near and NONE not in near else None
    if any(word in NEGATIONS for word in said):
        return HeardUnclear(tuple(near))
    return HeardAnswer(tuple(near))


def _is_near(said: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    if not phrase or len(phrase) > len(said) or not any(len(part) >= _LONG for part in phrase):
        return False
    return any(
        all(_same(word, part) for word, part in zip(said[start:], phrase, strict=False))
        for start in range(len(said) - len(phrase) + 1)
    )


def _same(word: str, part: str) -> bool:
    if word == part:
        return True
    if len(part) < _LONG or len(word) < _LONG - 1 or part.isdigit():
        return False
    allowed = 1 if len(part) < 8 else 2
    return DamerauLevenshtein.distance(word, part, score_cutoff=allowed) <= allowed
