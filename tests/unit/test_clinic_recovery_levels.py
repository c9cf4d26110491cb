"""Every answer, alone and together, on every kind of day: what the clinical list says, written out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from bot.clinic import rows
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.checks import check_catalogue
from bot.clinic.levels import LEVELS, LevelResult, levels, levels_of_days, rules_for
from bot.clinic.recovery import SCALES, CheckInAnswers
from tests.clinic_data import UNSIGNED, committed, sign

DAYS = (0, 1, 2, 3, 4, 5, 6, 7, 14, 28, 84, 365)
TREATMENTS = ("microneedling", "mesotherapy", "combined")
Steps = tuple[tuple[int, str], ...]
"""From which day on which level; before the first one green."""


class Said(NamedTuple):
    answers: CheckInAnswers
    microneedling: Steps
    mesotherapy: Steps
    last: CheckInAnswers | None = None


def signs(*names: str, **more: str) -> CheckInAnswers:
    return CheckInAnswers(signs=frozenset(names), **more)


RED: Steps = ((0, "red"),)
TODAY: Steps = ((0, "amber_today"),)
SOON: Steps = ((0, "amber_soon"),)
GROWING: Steps = ((0, "amber_soon"), (2, "amber_today"))
GREEN: Steps = ()


def after(day: int, level: str = "amber_soon") -> Steps:
    return ((day, level),)


RED_ALONE = (
    "white_or_net_skin", "sight_change", "breathing", "lip_or_tongue_swelling", "face_swelling", "around_eye",
    "weak_or_drooping", "severe_headache", "faint_or_fast_heart", "hives_all_over", "bleeding",
    "unwell", "self_harm", "harm_done",
)  # fmt: skip
TODAY_ALONE = ("pus_or_crust", "blisters", "cold_sore", "fever", "hives", "new_lump", "leaking_lump")
SOON_ALONE = ("spots", "dark_patches", "line_marks", "worried")
LATER: Steps = ((2, "amber_today"),)
INJECTED: Steps = ((0, "amber_today"), (1, "red"), (5, "amber_today"))
"""A sore, blister or pus in a painful or discoloured patch soon after an injection may be a blocked vessel."""

TABLE: tuple[Said, ...] = (
    Said(CheckInAnswers(), GREEN, GREEN),
    *(Said(signs(name), RED, RED) for name in RED_ALONE),
    *(Said(signs(name), TODAY, TODAY) for name in TODAY_ALONE),
    *(Said(signs(name), SOON, SOON) for name in SOON_ALONE),
    Said(signs("hot_skin"), GROWING, GROWING),
    Said(signs("itch_or_rash"), after(4), SOON),
    Said(signs("bruise_growing"), after(3), SOON),
    Said(signs("bumps"), after(7), after(7)),
    # The ordered answers
    Said(CheckInAnswers(overall="better"), GREEN, GREEN),
    Said(CheckInAnswers(overall="same"), GREEN, GREEN),
    Said(CheckInAnswers(overall="worse"), SOON, SOON),
    Said(CheckInAnswers(short="like_today"), GREEN, GREEN),
    Said(CheckInAnswers(short="more_than_this"), GREEN, GREEN),
    Said(CheckInAnswers(redness="none"), GREEN, GREEN),
    Said(CheckInAnswers(redness="fading"), after(7), after(7)),
    Said(CheckInAnswers(redness="same"), after(3), after(5)),
    Said(CheckInAnswers(redness="spreading_slowly"), GROWING, GROWING),
    Said(CheckInAnswers(redness="spreading_fast"), RED, RED),
    Said(CheckInAnswers(swelling="none"), GREEN, GREEN),
    Said(CheckInAnswers(swelling="fading"), after(7), after(7)),
    Said(CheckInAnswers(swelling="same"), after(4), after(5)),
    Said(CheckInAnswers(swelling="rising"), GROWING, GROWING),
    Said(CheckInAnswers(pain="none"), GREEN, GREEN),
    Said(CheckInAnswers(pain="mild"), after(7), after(7)),
    Said(CheckInAnswers(pain="strong"), TODAY, TODAY),
    Said(CheckInAnswers(pain="severe"), RED, RED),
    # The same, heard in words
    Said(signs("spreading_slowly"), GROWING, GROWING),
    Said(signs("spreading_fast"), RED, RED),
    Said(signs("rising"), GROWING, GROWING),
    Said(signs("strong"), TODAY, TODAY),
    Said(signs("severe"), RED, RED),
    Said(signs("rising", swelling="none"), GROWING, GROWING),
    Said(signs("strong", pain="severe"), RED, RED),
    # Together
    Said(signs("fever", "hot_skin"), RED, RED),
    Said(signs("fever", redness="spreading_slowly"), RED, RED),
    Said(signs("fever", "spreading_slowly"), RED, RED),
    Said(signs("fever", swelling="rising"), RED, RED),
    Said(signs("fever", "rising"), RED, RED),
    Said(signs("fever", redness="same", swelling="same", pain="strong"), TODAY, TODAY),
    Said(signs("hot_skin", redness="spreading_slowly", swelling="rising"), GROWING, GROWING),
    *(Said(signs(name, pain="strong"), TODAY, INJECTED) for name in ("blisters", "cold_sore", "pus_or_crust")),
    Said(signs("blisters", "strong"), TODAY, INJECTED),
    *(Said(signs(name, "dark_patches"), TODAY, INJECTED) for name in ("blisters", "cold_sore", "pus_or_crust")),
    Said(signs("blisters", "dark_patches", pain="mild"), TODAY, INJECTED),
    Said(signs("blisters", "bruise_growing"), TODAY, TODAY),
    Said(signs("blisters", pain="mild"), TODAY, TODAY),
    Said(signs("hives", pain="strong"), TODAY, TODAY),
    Said(signs("worried", "breathing"), RED, RED),
    # Worse than the last time
    Said(CheckInAnswers(pain="mild"), LATER, LATER, CheckInAnswers(pain="none")),
    Said(CheckInAnswers(pain="mild"), after(7), after(7), CheckInAnswers(pain="mild")),
    Said(CheckInAnswers(pain="mild"), after(7), after(7), CheckInAnswers(pain="strong")),
    Said(CheckInAnswers(pain="mild"), after(7), after(7), CheckInAnswers(redness="none")),
    Said(CheckInAnswers(pain="mild"), after(7), after(7), signs("strong")),
    Said(CheckInAnswers(redness="same"), after(2), after(2), CheckInAnswers(redness="fading")),
    Said(CheckInAnswers(redness="fading"), after(2), after(2), CheckInAnswers(redness="none")),
    Said(CheckInAnswers(redness="fading"), after(7), after(7), CheckInAnswers(redness="same")),
    Said(CheckInAnswers(swelling="fading"), after(2), after(2), CheckInAnswers(swelling="none")),
    Said(CheckInAnswers(swelling="same"), after(2), after(2), CheckInAnswers(swelling="fading")),
    Said(CheckInAnswers(), GREEN, GREEN, CheckInAnswers(redness="none", pain="none", overall="better")),
)  # fmt: skip


def level_on(day: int, steps: Steps) -> int:
    return LEVELS.index(next((level for start, level in reversed(steps) if start <= day), "green"))


def wanted(said: Said, treatment: str, day: int) -> int:
    both = level_on(day, said.microneedling), level_on(day, said.mesotherapy)
    return {"microneedling": both[0], "mesotherapy": both[1]}.get(treatment, max(both))


Case = tuple[Said, str, int]
CASES: tuple[Case, ...] = tuple(product(TABLE, TREATMENTS, DAYS))


def faults(catalogue: Catalogue, cases: Iterable[Case] = CASES) -> Iterator[Case]:
    for said, treatment, day in cases:
        found = levels(said.answers, treatment, day, catalogue, said.last).level
        if LEVELS.index(found) != wanted(said, treatment, day):
            yield said, treatment, day


def test_every_answer_has_its_level_after_every_treatment_on_every_day() -> None:
    assert list(faults(committed())) == []


def test_the_table_holds_every_sign_and_every_answer() -> None:
    alone = [said.answers for said in TABLE if said.last is None]
    assert {name for each in alone if len(each.signs) == 1 for name in each.signs} == set(committed().signs)
    for scale, answers in SCALES.items():
        assert {getattr(each, scale) for each in alone} == {None, *answers}, scale


def test_a_treatment_that_nobody_knows_is_asked_by_the_rules_of_both() -> None:
    for name in ("not_sure", "", "combined"):
        assert levels(signs("itch_or_rash"), name, 0, committed()).level == "amber_soon"
        assert rules_for(name, 3, committed()) == rules_for("combined", 3, committed())


# Every way to weaken a rule must be seen by the table.
MILDER: dict[str, dict[str, tuple[str, ...]]] = {
    "redness": {"fading": ("same",), "same": ("spreading_slowly",), "spreading_slowly": ("spreading_fast",)},
    "swelling": {"fading": ("same",), "same": ("rising",)},
    "pain": {"mild": ("strong",), "strong": ("severe",)},
}


def weaker_conditions(when: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each with one thing less that fires it: a sign, a branch, a degree."""
    for key, value in when.items():
        if key in ("signs", "any_of") and len(value) > 1:
            for index in range(len(value)):
                yield {**when, key: value[:index] + value[index + 1 :]}
        if key in ("any_of", "all_of"):
            for index, each in enumerate(value):
                for weaker in weaker_conditions(each):
                    yield {**when, key: [*value[:index], weaker, *value[index + 1 :]]}
        if key in MILDER:
            for degree in MILDER[key].get(value["at_least"], ()):
                yield {**when, key: {"at_least": degree}}


def weaker_rules(rule: rows.LevelRule) -> Iterator[rows.LevelRule]:
    written = rule.model_dump(exclude_none=True) | {"to_day": rule.to_day, **UNSIGNED}
    for level in LEVELS[1 : LEVELS.index(rule.level)]:
        yield rule.model_copy(update={"level": level})
    yield rule.model_copy(update={"from_day": rule.from_day + 1})
    yield rule.model_copy(update={"to_day": 364 if rule.to_day is None else rule.to_day - 1})
    if rule.treatments == "any":
        yield rule.model_copy(update={"treatments": ["microneedling"]})
        yield rule.model_copy(update={"treatments": ["mesotherapy"]})
    for when in weaker_conditions(written["when"]):
        yield rows.LevelRule.model_validate({**written, "when": when})


def with_rule(index: int, *instead: rows.LevelRule) -> Catalogue:
    base = committed()
    return replace(base, levels=(*base.levels[:index], *instead, *base.levels[index + 1 :]))


@cache
def decided() -> Mapping[str, list[Case]]:
    """Rule → the cases that rest on it; to weaken it can change no other."""
    found: dict[str, list[Case]] = {rule.id: [] for rule in committed().levels}
    for said, treatment, day in CASES:
        for name in levels(said.answers, treatment, day, committed(), said.last).rules:
            found[name].append((said, treatment, day))
    return found


@pytest.mark.parametrize("index", range(len(committed().levels)), ids=[rule.id for rule in committed().levels])
def test_no_rule_can_be_weakened_unseen(index: int) -> None:
    rule = committed().levels[index]
    cases = decided()[rule.id]
    assert next(faults(with_rule(index), cases), None), "removed"
    made = list(weaker_rules(rule))
    assert made
    for weaker in made:
        assert next(faults(with_rule(index, weaker), cases), None), weaker


def test_a_red_says_why_and_which_advice_comes_first() -> None:
    answers = signs("white_or_net_skin", "breathing", "fever", "hot_skin", "worried", redness="spreading_fast")
    assert levels(answers, "mesotherapy", 1, committed()) == LevelResult(
        level="red",
        reasons=(
            ("signs", "breathing"), ("signs", "white_or_net_skin"), ("redness", "spreading_fast"),
            ("signs", "fever"), ("signs", "hot_skin"),
        ),
        rules=("red_breathing", "red_white_or_net_skin", "red_redness_racing", "red_fever_and_skin"),
        families=("ambulance", "skin_colour"),
    )  # fmt: skip
    assert levels(signs("self_harm"), "combined", 20, committed()).families == ("crisis",)
    painful = levels(signs("cold_sore", "strong"), "combined", 2, committed())
    assert (painful.families, painful.reasons) == (("skin_colour",), (("signs", "cold_sore"), ("pain", "strong")))


def test_only_the_rules_of_the_highest_level_are_named() -> None:
    found = levels(signs("new_lump", "worried", overall="worse", pain="strong"), "microneedling", 3, committed())
    assert found.rules == ("today_lump", "today_strong_pain")
    assert found.reasons == (("signs", "new_lump"), ("pain", "strong"))
    assert found.families == ("clinic",)
    assert levels(CheckInAnswers(overall="better"), "microneedling", 3, committed()) == LevelResult("green")


def test_each_red_has_words_of_its_own_and_each_rule_a_reason_for_staff() -> None:
    assert [rule.id for rule in committed().levels if rule.level == "red" and rule.family == "clinic"] == []
    assert [rule.id for rule in committed().levels if not rule.say or len(rule.say) > 110] == []


def test_red_signs_are_red_alone() -> None:
    """The rows that words are heard by, and the rules of check-ins, say the same."""
    for row in committed().signs.values():
        found = levels(signs(row.id), "combined", 3, committed())
        assert (found.level == "red") is row.red, row.id
        if row.red:
            assert found.families == (row.family,), row.id
        for other in row.red_with:
            together = levels(signs(row.id, other), "mesotherapy", 3, committed())
            assert (together.level, together.families) == ("red", (row.family,)), row.id


def test_what_nobody_can_have_answered_is_refused() -> None:
    for answers in (signs("nothing"), CheckInAnswers(pain="awful"), CheckInAnswers(short="less")):
        with pytest.raises(KeyError):
            levels(answers, "combined", 0, committed())


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"not": {"signs": ["fever"]}},
        {"signs": []},
        {"signs": {"has_none": ["fever"]}},
        {"signs": ["fever"], "redness": None},
        {"redness": {"at_most": "same"}},
        {"redness": {"at_least": "none"}},
        {"redness": "same"},
        {"pain": {"is": "unset"}},
        {"overall": {"at_least": "better"}},
        {"short": {"at_least": "like_today"}},
        {"worse_than_last": "overall"},
        {"any_of": []},
        {"all_of": [{"signs": ["fever"]}, {}]},
        {"any_of": [{"not": {"signs": ["fever"]}}]},
    ],
    ids=str,
)
def test_a_rule_can_ask_nothing_that_a_worse_answer_undoes(when: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rows.Condition.model_validate(when)


def test_worse_than_last_in_anything() -> None:
    made = rule("anything", when={"worse_than_last": "any"})
    catalogue = replace(committed(), levels=(made,))
    last = CheckInAnswers(redness="none", swelling="fading", pain="mild")
    worse = CheckInAnswers(redness="none", swelling="rising", pain="strong")
    assert levels(worse, "combined", 0, catalogue, last).reasons == (("swelling", "rising"), ("pain", "strong"))
    assert levels(last, "combined", 0, catalogue, worse).level == "green"
    assert levels(worse, "combined", 0, catalogue, CheckInAnswers()).level == "green"
    assert levels(CheckInAnswers(), "combined", 0, catalogue, last).level == "green"


def rule(row_id: str, **more: Any) -> rows.LevelRule:
    row = {"id": row_id, "level": "red", "when": {"signs": ["fever"]}, "treatments": "any"}
    return rows.LevelRule.model_validate({**row, "from_day": 0, "to_day": None, **UNSIGNED, **more})


def test_rules_that_run_backwards_or_name_no_sign_are_found() -> None:
    made = [
        rule("nested", when={"all_of": [{"any_of": [{"signs": ["fever"]}]}, {"signs": ["nowhere"]}]}),
        rule("backwards", from_day=4, to_day=3),
    ]
    file = rows.RecoveryFile(course=[], signs=[sign("fever"), sign("hives"), sign("rising")], levels=made)
    found = [each[:4] for each in check_catalogue(build_catalogue(recovery=file)) if each.code != "row:unsigned"]
    assert found == [
        ("level:days", "recovery.yaml", "backwards", "to_day"),
        ("level:sign_unheeded", "recovery.yaml", "hives", "id"),
        ("sign:unknown", "recovery.yaml", "nested", "when.all_of.1.signs.0"),
    ]


def test_rules_and_plan_must_be_signed() -> None:
    unsigned = {each.row for each in check_catalogue(committed()) if each.code == "row:unsigned"}
    assert unsigned >= {rule.id for rule in committed().levels} | {row.id for row in committed().plan}


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_what_is_answered_on_a_later_day_is_judged_by_both(treatment: str) -> None:
    for said in TABLE:
        for asked, given in ((a, b) for a in DAYS for b in DAYS if a < b):
            found = levels_of_days(said.answers, treatment, (asked, given), committed(), said.last).level
            both = wanted(said, treatment, asked), wanted(said, treatment, given)
            assert LEVELS.index(found) == max(both), (said, asked, given)


def test_of_two_days_that_come_to_the_same_the_later_gives_the_reasons() -> None:
    early, late = (levels(signs("hot_skin", "worried"), "mesotherapy", day, committed()) for day in (1, 2))
    assert (early.level, late.level) == ("amber_soon", "amber_today")
    for days in ((0, 1), (1, 0)):
        assert levels_of_days(signs("hot_skin", "worried"), "mesotherapy", days, committed()) == early
    worst = levels_of_days(signs("blisters", pain="strong"), "mesotherapy", (4, 5), committed())
    assert (worst.level, worst.rules) == ("red", ("red_painful_blisters",))
