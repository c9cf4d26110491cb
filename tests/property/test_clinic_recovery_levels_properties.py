"""A worse answer never gives a lower level: each single step, over all classes of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.levels import LEVELS, levels, levels_of_days, rules_for
from bot.clinic.recovery import SCALES, TRENDS, CheckInAnswers, is_worse, merge_signals, rank_of
from bot.clinic.rows import Condition
from tests.clinic_data import committed

TREATMENTS = ("microneedling", "mesotherapy", "combined")


def signs_of(when: Condition) -> Iterator[tuple[str, ...]]:
    if when.signs is not None:
        yield tuple(when.signs)
    for each in (*(when.any_of or ()), *(when.all_of or ())):
        yield from signs_of(each)


def sign_classes() -> list[str]:
    """One sign of each class: signs that the same conditions name can't be told apart."""
    named = {
        sign: frozenset(
            (rule.id, number)
            for rule in committed().levels
            for number, group in enumerate(signs_of(rule.when))
            if sign in group
        )
        for sign in committed().signs
    }
    levels_of = {
        rule.id: (rule.level, rule.from_day, rule.to_day, str(rule.treatments)) for rule in committed().levels
    }
    seen: dict[frozenset[object], str] = {}
    for sign, places in named.items():
        # Rules for one sign alone, alike but for it, are one class as well.
        alone = len(places) == 1 and levels_of[next(iter(places))[0]]
        seen.setdefault(frozenset([alone]) if alone else places, sign)
    return [sign for sign in seen.values() if merge_signals(CheckInAnswers(signs=frozenset({sign}))).signs]


def day_classes(treatment: str) -> list[int]:
    """The first day of each stretch on which the same rules are asked."""
    asked = [rules_for(treatment, day, committed()) for day in range(100)]
    return [day for day in range(100) if day == 0 or asked[day] != asked[day - 1]]


def test_the_classes_are_few_and_true() -> None:
    assert 8 <= len(sign_classes()) <= 16
    assert day_classes("microneedling") == [0, 2, 3, 4, 7]
    assert day_classes("combined") == [0, 1, 2, 3, 4, 5, 7]


LAST = CheckInAnswers(redness="fading", swelling="none", pain="mild")


@pytest.mark.parametrize("last", [None, LAST], ids=["first", "again"])
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_no_single_step_for_the_worse_lowers_the_level(treatment: str, last: CheckInAnswers | None) -> None:
    """Any three answers together, on every kind of day; no rule joins more than two. Random ones: below."""
    names = sign_classes()
    before: dict[tuple[frozenset[str], tuple[int, ...]], int] = {}
    for day in day_classes(treatment):
        asked = replace(committed(), levels=rules_for(treatment, day, committed()))
        found: dict[tuple[frozenset[str], tuple[int, ...]], int] = {}
        for ranks in product(*(range(-1, len(SCALES[scale])) for scale in TRENDS)):
            said = {scale: (None, *SCALES[scale])[rank + 1] for scale, rank in zip(TRENDS, ranks, strict=True)}
            for size in range(4 - sum(rank >= 0 for rank in ranks)):
                for chosen in map(frozenset, combinations(names, size)):
                    answers = CheckInAnswers(**said, signs=chosen)
                    level = LEVELS.index(levels(answers, treatment, day, asked, last).level)
                    found[chosen, ranks] = level
        asked_before = {each: max(level, before.get(each, 0)) for each, level in found.items()}
        before = found
        _hold_steps(found, day)
        _hold_steps(asked_before, day)


def _hold_steps(found: Mapping[tuple[frozenset[str], tuple[int, ...]], int], day: int) -> None:
    """Each single step for the worse: of answers of one day, or given on a later one than their question's."""
    for (chosen, ranks), level in found.items():
        for sign in chosen:
            assert found[chosen - {sign}, ranks] <= level, (day, chosen, ranks, sign)
        for index, rank in enumerate(ranks):
            if rank >= 0:
                milder = (*ranks[:index], rank - 1, *ranks[index + 1 :])
                assert found[chosen, milder] <= level, (day, chosen, ranks)


ANSWERS = st.builds(
    CheckInAnswers,
    **{scale: st.sampled_from((None, *answers)) for scale, answers in SCALES.items()},
    signs=st.frozensets(st.sampled_from(sorted(committed().signs)), max_size=6),
)


@st.composite
def a_step_for_the_worse(draw: st.DrawFn) -> tuple[CheckInAnswers, CheckInAnswers]:
    """Any answers, and the same with one of them worse by a step, or one sign more."""
    answers = draw(ANSWERS)
    scale = draw(st.none() | st.sampled_from(sorted(SCALES)))
    if scale is None:
        more = draw(st.sampled_from(sorted(committed().signs)))
        return answers, replace(answers, signs=answers.signs | {more})
    worst = SCALES[scale][-1]
    rank = rank_of(scale, getattr(answers, scale)) + 1
    change: dict[str, Any] = {scale: worst if rank >= len(SCALES[scale]) else SCALES[scale][rank]}
    return answers, replace(answers, **change)


@given(
    step=a_step_for_the_worse(),
    treatment=st.sampled_from(TREATMENTS),
    day=st.integers(0, 90),
    late=st.integers(0, 3),
    last=st.none() | ANSWERS,
)
def test_whatever_was_said_before_a_step_for_the_worse_never_lowers_whenever_it_is_answered(
    step: tuple[CheckInAnswers, CheckInAnswers], treatment: str, day: int, late: int, last: CheckInAnswers | None
) -> None:
    def level(answers: CheckInAnswers, *days: int) -> int:
        return LEVELS.index(levels_of_days(answers, treatment, days, committed(), last).level)

    milder, worse = (level(each, day, day + late) for each in step)
    assert milder <= worse
    assert level(step[0], day) <= milder, "to answer late lowers nothing"


@given(answers=ANSWERS, last=ANSWERS, treatment=st.sampled_from(TREATMENTS), day=st.integers(0, 90))
def test_the_trend_never_lowers_and_combined_is_the_worse_of_both(
    answers: CheckInAnswers, last: CheckInAnswers, treatment: str, day: int
) -> None:
    def level(of: str, before: CheckInAnswers | None) -> int:
        return LEVELS.index(levels(answers, of, day, committed(), before).level)

    assert level(treatment, None) <= level(treatment, last)
    assert level("combined", last) == max(level("microneedling", last), level("mesotherapy", last))


@given(answers=ANSWERS, treatment=st.sampled_from(TREATMENTS), day=st.integers(0, 90))
def test_a_level_rests_on_answers_that_were_given(answers: CheckInAnswers, treatment: str, day: int) -> None:
    found = levels(answers, treatment, day, committed())
    said = merge_signals(answers)
    for question, answer in found.reasons:
        assert answer in said.signs if question == "signs" else getattr(said, question) == answer
    empty = found.level == "green"
    assert (found.reasons == ()) == (found.rules == ()) == (found.families == ()) == empty
    kept: dict[str, Any] = {question: answer for question, answer in found.reasons if question != "signs"}
    alone = CheckInAnswers(
        **kept, signs=frozenset(answer for question, answer in found.reasons if question == "signs")
    )
    assert levels(alone, treatment, day, committed()) == found


@given(answers=ANSWERS, last=ANSWERS)
def test_nothing_is_worse_than_itself_or_both_ways(answers: CheckInAnswers, last: CheckInAnswers) -> None:
    for scale in TRENDS:
        assert not is_worse(scale, answers, answers)
        assert not (is_worse(scale, answers, last) and is_worse(scale, last, answers))
