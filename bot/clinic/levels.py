"""How urgent the answers of a check-in are: the highest rule that fires wins.

A rule can only ask that something is there, or at least so bad (see `Condition`): a worse answer never gives a
lower level, and nothing that a person adds or takes back in words lowers a red.

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
) -> LevelResult:
    """The level of a check-in's answers.

    Args:
        answers: Of this check-in.
        treatment: `microneedling` or `mesotherapy`; anything else is asked by the rules of both.
        day: Whole days since the treatment, from 0 (see `day_of`).
        catalogue: The clinic's rows.
        last: The person's own answers of the last check-in of the same visit, if there was one.

    Raises:
        KeyError: A sign has no row, or a question no such answer.
    """
    now = merge_signals(answers)
    for sign in answers.signs:
        if sign not in catalogue.signs:
            raise KeyError(sign)
    for scale in (*_AT_LEAST, "short"):
        rank_of(scale, getattr(now, scale))
    before = None if last is None else merge_signals(last)
    fired: list[tuple[LevelRule, list[Reason]]] = []
    level: Level = "green"
    for rule in rules_for(treatment, day, catalogue):
        if LEVELS.index(rule.level) < LEVELS.index(level):
            continue
        reasons = _reasons(rule.when, now, before)
        if not reasons:
            continue
        if rule.level != level:
            level, fired = rule.level, []
        fired.append((rule, reasons))
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
) -> LevelResult:
    """The most urgent level of the answers over these days; of equals that of the latest.

    A question that is answered on a later day than its own is judged by both.
    """
    found = [levels(answers, treatment, day, catalogue, last) for day in sorted(set(days), reverse=True)]
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


def _reasons(when: Condition, now: CheckInAnswers, last: CheckInAnswers | None) -> list[Reason]:
    """The answers on which a condition rests; none when it does not hold."""
    found: list[Reason] = []
    if when.signs is not None:
        found += [("signs", sign) for sign in when.signs if sign in now.signs]
        if not found:
            return []
    for scale in _AT_LEAST:
        wanted, answer = getattr(when, scale), getattr(now, scale)
        if wanted is not None:
            if rank_of(scale, answer) < rank_of(scale, wanted.at_least):
                return []
            found.append((scale, answer))
    if when.worse_than_last is not None:
        compared = TRENDS if when.worse_than_last == "any" else (when.worse_than_last,)
        worse = [(scale, getattr(now, scale)) for scale in compared if is_worse(scale, now, last)]
        if not worse:
            return []
        found += worse
    if when.any_of is not None:
        some = [reason for each in when.any_of for reason in _reasons(each, now, last)]
        if not some:
            return []
        found += some
    for each in when.all_of or ():
        every = _reasons(each, now, last)
        if not every:
            return []
        found += every
    return found
