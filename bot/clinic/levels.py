"""How urgent the answers of a check-in are: the highest rule that fires wins.

A rule can only ask that something is there, or at least so bad (see `Condition`): a worse answer never gives a
lower level, and nothing that a person adds or takes back in words lowers a red. Signs that are serious together
are so when they are said hours apart as well: what was said lately makes a condition whole, but fires no rule by
itself.

Source: data/recovery.yaml, `levels` (reviewed_on inside).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.recovery import TRENDS, CheckInAnswers, Scale, is_worse, merge_signals, rank_of
from bot.clinic.rows import Condition, Family, Level, LevelRule

LEVELS: tuple[Level, ...] = get_args(Level)
"""From the mildest to the most urgent."""
FAMILIES: tuple[Family, ...] = get_args(Family)
"""Those whose advice comes first stand first."""
Reason = tuple[str, str]
"""Question (`signs`, `redness`, …) and the answer's id."""
_AT_LEAST: tuple[Scale, ...] = ("overall", "redness", "swelling", "pain")


@dataclass(frozen=True, slots=True)
class LevelResult:
    """A level, and what it rests on; everything is empty when it is green."""

    level: Level
    reasons: tuple[Reason, ...] = ()
    """The answers that fired the rules of this level."""
    rules: tuple[str, ...] = ()
    """Ids of those rules, in file order."""
    families: tuple[Family, ...] = ()
    """Which words of advice belong to them, the most urgent first."""


def levels(
    answers: CheckInAnswers,
    treatment: str,
    day: int,
    catalogue: Catalogue,
    last: CheckInAnswers | None = None,
    lately: frozenset[str] = frozenset(),
) -> LevelResult:
    """The level of a check-in's answers.

    Args:
        answers: Of this check-in.
        treatment: `microneedling` or `mesotherapy`; anything else is asked by the rules of both.
        day: Whole days since the treatment, from 0 (see `day_of`).
        catalogue: The clinic's rows.
        last: The person's own answers of the last check-in of the same visit, if there was one.
        lately: Ids of signs that they have said of this visit within a day before.

    Raises:
        KeyError: A sign has no row, or a question no such answer.
    """
    now = merge_signals(answers)
    for sign in answers.signs | lately:
        if sign not in catalogue.signs:
            raise KeyError(sign)
    for scale in (*_AT_LEAST, "short"):
        rank_of(scale, getattr(now, scale))
    said = _Said(now, merge_signals(CheckInAnswers(signs=lately)), None if last is None else merge_signals(last))
    fired: list[tuple[LevelRule, list[Reason]]] = []
    level: Level = "green"
    for rule in rules_for(treatment, day, catalogue):
        if LEVELS.index(rule.level) < LEVELS.index(level):
            continue
        found = _reasons(rule.when, said)
        if found is None or not found.is_new:
            continue
        if rule.level != level:
            level, fired = rule.level, []
        fired.append((rule, found.reasons))
    return LevelResult(
        level,
        tuple(dict.fromkeys(reason for _, reasons in fired for reason in reasons)),
        tuple(rule.id for rule, _ in fired),
        tuple(sorted({rule.family for rule, _ in fired}, key=FAMILIES.index)),
    )


def levels_of_days(
    answers: CheckInAnswers,
    treatment: str,
    days: Iterable[int],
    catalogue: Catalogue,
    last: CheckInAnswers | None = None,
    lately: frozenset[str] = frozenset(),
) -> LevelResult:
    """The most urgent level of the answers over these days; of equals that of the latest.

    A question that is answered on a later day than its own is judged by both.
    """
    found = [levels(answers, treatment, day, catalogue, last, lately) for day in sorted(set(days), reverse=True)]
    return max(found, key=lambda result: LEVELS.index(result.level))


def rules_for(treatment: str, day: int, catalogue: Catalogue) -> tuple[LevelRule, ...]:
    """The rules that are asked about a treatment on a day, in file order."""
    meant = {treatment} if treatment in TREATMENTS else set(TREATMENTS)
    return tuple(
        rule
        for rule in catalogue.levels
        if rule.from_day <= day
        and (rule.to_day is None or day <= rule.to_day)
        and (rule.treatments == "any" or not meant.isdisjoint(rule.treatments))
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The answers now, what was said within a day before, and the answers of the last check-in."""

    now: CheckInAnswers
    lately: CheckInAnswers
    last: CheckInAnswers | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The answers on which a condition rests; `is_new`: one of them at least is of now."""

    reasons: list[Reason]
    is_new: bool


def _reasons(when: Condition, said: _Said) -> _Found | None:
    """What a condition rests on; None when it does not hold."""
    parts: list[_Found | None] = []
    if when.signs is not None:
        parts.append(_of_signs(when.signs, said))
    for scale in _AT_LEAST:
        wanted = getattr(when, scale)
        if wanted is not None:
            parts.append(_of_scale(scale, wanted.at_least, said))
    if when.worse_than_last is not None:
        compared = TRENDS if when.worse_than_last == "any" else (when.worse_than_last,)
        worse: list[Reason] = [
            (scale, getattr(said.now, scale)) for scale in compared if is_worse(scale, said.now, said.last)
        ]
        parts.append(_Found(worse, is_new=True) if worse else None)
    if when.any_of is not None:
        parts.append(_any(_reasons(each, said) for each in when.any_of))
    parts += (_reasons(each, said) for each in when.all_of or ())
    held = [part for part in parts if part is not None]
    if len(held) < len(parts):
        return None
    return _Found([reason for part in held for reason in part.reasons], any(part.is_new for part in held))


def _any(found: Iterable[_Found | None]) -> _Found | None:
    """Of alternatives: those that hold now, or else those that held lately."""
    held = [each for each in found if each is not None]
    is_new = any(each.is_new for each in held)
    reasons = [reason for each in held if each.is_new is is_new for reason in each.reasons]
    return _Found(reasons, is_new) if held else None


def _of_signs(wanted: Iterable[str], said: _Said) -> _Found | None:
    for answers in (said.now, said.lately):
        reasons: list[Reason] = [("signs", sign) for sign in wanted if sign in answers.signs]
        if reasons:
            return _Found(reasons, answers is said.now)
    return None


def _of_scale(scale: Scale, wanted: str, said: _Said) -> _Found | None:
    for answers in (said.now, said.lately):
        answer = getattr(answers, scale)
        if rank_of(scale, answer) >= rank_of(scale, wanted):
            return _Found([(scale, answer)], answers is said.now)
    return None
