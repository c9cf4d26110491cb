"""What a typed text means at an open question.

Heard in this order (emergencies before all, by the clinic's own listener): a command; the numbers of the options
shown, in any script's digits; a whole label or synonym; a question people type at any moment; words of exactly one
option inside the text (for choose-many: of any). Typos count only in words of five letters and more, and only if
one option alone is near. A negation before a match, a match together with "none", two matches for one choice:
unclear, to be confirmed. "None" is never inferred. Answers that are degrees are heard by the rule of `scale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, takewhile

from bot.engine.heard import (
    ARTICLES,
    NEGATIONS,
    NONE,
    Choice,
    Expected,
    Heard,
    HeardAnswer,
    HeardDone,
    HeardNothing,
    HeardQuestion,
    HeardUnclear,
    is_covered,
    near_at,
    places,
    words_of,
)
from bot.engine.model import Choose, Question
from bot.engine.scale import hear_on_scale, is_doubtful
from bot.engine.small_words import ALL_WELL, BESIDE_NONE, SAYS_LITTLE, SAYS_NONE

ENDS_DENIAL = frozenset({"and", "but", "only", "just", "except", "apart", "though"})
"""What follows these is not denied by what stands before them: "no fever but blisters", "not only blisters"."""
UNREAD_WORDS = 4
"""So many words beside an answer are looked at: it is asked whether the answer is meant."""


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
    if len(whole) == 1 and not (expected.scale and is_doubtful(text)):
        return HeardAnswer((whole[0],))
    if len(whole) > 1:
        return HeardUnclear(tuple(whole))
    if expected.choose is Choose.TEXT:
        return HeardNothing()
    question = _question(said, questions)
    if question is not None:
        return HeardQuestion(question)
    if expected.scale:
        return hear_on_scale(text, expected)
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
        said[at] for at in _loose(said, [p for each in expected.choices for p in places(said, each.words)])
    )


def only_denies(text: str, expected: Expected) -> bool:
    """Whether options are named, and all that a text tells is denied, word by word: "no fever, no blisters"."""
    said = words_of(text)
    found = [place for each in expected.choices if not each.exclusive for place in places(said, each.words)]
    told = [*(start for start, _ in found), *_loose(said, found)]
    return bool(found) and all(_is_denied(said, at) for at in told)


def only_none(text: str, expected: Expected) -> bool:
    """Whether a text says that there is nothing, and not a word beside it that could be something."""
    said = words_of(text)
    is_plain = set(said) <= SAYS_NONE | BESIDE_NONE and not is_doubtful(text)
    is_fine = said[:1] == ("no",) and not ALL_WELL.isdisjoint(said)
    is_none = is_fine or not SAYS_NONE.isdisjoint(said)
    is_denied = any(pair[0] == "not" and pair[1] in SAYS_NONE for pair in pairwise(said))
    return is_plain and is_none and not is_denied and not _names(said, expected)


def _names(said: tuple[str, ...], expected: Expected) -> bool:
    return any(places(said, choice.words) for choice in expected.choices if not choice.exclusive)


def _loose(said: tuple[str, ...], found: Sequence[tuple[int, int]]) -> list[int]:
    """Where words stand that no option has, small ones and those of skin that heals well apart."""
    taken = {at for start, length in found for at in range(start, start + length)}
    small = SAYS_LITTLE | ARTICLES | NEGATIONS
    return [
        at
        for at, word in enumerate(said)
        if at not in taken and word not in small and any(letter.isalpha() for letter in word)
    ]


def _is_denied(said: tuple[str, ...], at: int) -> bool:
    """Whether the last word before it that tells anything is a negation: "I don't really have fever"."""
    before = takewhile(lambda word: word not in ENDS_DENIAL, reversed(said[:at]))
    small = SAYS_LITTLE | ARTICLES
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
        for phrase in _phrases(question.asked):
            if phrase[0] in said and _find(said, phrase) is not None and (best is None or len(phrase) > best[0]):
                best = (len(phrase), question.id)
    return best[1] if best else None


@lru_cache(maxsize=256)
def _phrases(asked: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The words of each way to ask a question; every message is held against hundreds."""
    return tuple(phrase for each in asked if (phrase := words_of(each)))


def _inside(said: tuple[str, ...], choices: tuple[Choice, ...], *, many: bool) -> Heard:
    everywhere = {choice.id: places(said, choice.words) for choice in choices}
    every = {place for found in everywhere.values() for place in found}
    found = {id_: [place for place in its if not is_covered(place, every)] for id_, its in everywhere.items()}
    found = {id_: its for id_, its in found.items() if its}
    if not found:
        near = _near(said, choices)
        return HeardNothing() if near is None else near
    ids = tuple(found)
    exclusive = {choice.id for choice in choices if choice.exclusive}
    negated = any(word in NEGATIONS for its in found.values() for start, _ in its for word in said[:start])
    if negated or (len(ids) > 1 and (not many or exclusive & set(ids))) or NONE in ids:
        return HeardUnclear(tuple(id_ for id_ in ids if id_ != NONE))
    return HeardAnswer(ids)


def _find(said: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    for start in range(len(said) - len(phrase) + 1):
        if said[start : start + len(phrase)] == phrase:
            return start
    return None


def _near(said: tuple[str, ...], choices: tuple[Choice, ...]) -> Heard | None:
    """The one option that a misspelt text is near to, or None."""
    near: list[str] = []
    for choice in choices:
        if any(near_at(said, words_of(word)) is not None for word in choice.words):
            near.append(choice.id)
    if len(near) != 1 or near[0] == NONE:
        return HeardUnclear(tuple(near)) if near and NONE not in near else None
    if any(word in NEGATIONS for word in said):
        return HeardUnclear(tuple(near))
    return HeardAnswer(tuple(near))
