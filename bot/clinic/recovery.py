"""The answers of one recovery check-in, and which of two answers is the worse one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Literal

Scale = Literal["overall", "short", "redness", "swelling", "pain"]
Trend = Literal["redness", "swelling", "pain"]

SCALES: Mapping[Scale, tuple[str, ...]] = MappingProxyType(
    {
        "overall": ("better", "same", "worse"),
        "short": ("like_today", "more_than_this"),
        "redness": ("none", "fading", "same", "spreading_slowly", "spreading_fast"),
        "swelling": ("none", "fading", "same", "rising"),
        "pain": ("none", "mild", "strong", "severe"),
    }
)
"""Question → its answers, from the mildest to the worst."""
TRENDS: tuple[Trend, ...] = ("redness", "swelling", "pain")
"""What is compared with the last check-in. `overall` is a comparison already."""
_RANK: Mapping[Scale, Mapping[str | None, int]] = MappingProxyType(
    {
        scale: MappingProxyType({answer: rank for rank, answer in enumerate((None, *answers), start=-1)})
        for scale, answers in SCALES.items()
    }
)
SAID_AS_SIGN: Mapping[str, Trend] = MappingProxyType(
    {
        "spreading_slowly": "redness",
        "spreading_fast": "redness",
        "rising": "swelling",
        "strong": "pain",
        "severe": "pain",
    }
)
"""Words of a message are heard as signs; these say what a question asks, too."""


@dataclass(frozen=True, slots=True)
class CheckInAnswers:
    """What a person answered in one check-in; None: not asked, or not answered.

    `signs` are ids of `signs` in data/recovery.yaml.
    """

    overall: str | None = None
    short: str | None = None
    redness: str | None = None
    swelling: str | None = None
    pain: str | None = None
    signs: frozenset[str] = frozenset()


def rank_of(scale: Scale, answer: str | None) -> int:
    """How bad an answer is, from 0; -1 while there is none.

    Raises:
        KeyError: The question has no such answer.
    """
    return _RANK[scale][answer]


def is_worse(scale: Trend, answers: CheckInAnswers, last: CheckInAnswers | None) -> bool:
    """Whether an answer is worse than the last one of the same visit; never while either is missing."""
    before = None if last is None else getattr(last, scale)
    return before is not None and rank_of(scale, getattr(answers, scale)) > rank_of(scale, before)


def merge_signals(answers: CheckInAnswers) -> CheckInAnswers:
    """Put signs that name an answer (`rising`, `strong`) to their question; the worse of two signals counts."""
    said = answers.signs & SAID_AS_SIGN.keys()
    if not said:
        return answers
    worst: dict[str, str | None] = {scale: getattr(answers, scale) for scale in TRENDS}
    for sign in said:
        scale = SAID_AS_SIGN[sign]
        if rank_of(scale, sign) > rank_of(scale, worst[scale]):
            worst[scale] = sign
    return replace(answers, **worst, signs=answers.signs - said)


def asks_further(answers: CheckInAnswers) -> bool:
    """Whether the short way is not enough, and redness, swelling and pain must be asked one by one.

    "More than this" gives no level of its own: what is more does. The same for what got worse as a whole.
    """
    return answers.short == "more_than_this" or answers.overall == "worse"


def day_of(treated_on: date, today: date) -> int:
    """The day after a treatment, from 0; both dates in the clinic's time zone.

    A treatment in the future, as a person who has flown west may seem to have had, is of today.
    """
    return max(0, (today - treated_on).days)
