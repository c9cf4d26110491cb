"""Recoveries from the first day on: the level that a careful practitioner would give each answer, by hand.

The expectations come from what each sign means (see the sources in data/recovery.yaml), not from its rules.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.recovery_patient import LEVELS, Healing, How

MN, MESO, BOTH = "microneedling", "mesotherapy", "combined"
GREEN, SOON, TODAY, RED = LEVELS
Course = tuple[str, str, tuple[tuple[int, dict[str, Any], str], ...]]


def off(**more: Any) -> dict[str, Any]:
    """Something is more than described: the details are asked."""
    return {"overall": "same", "short": "more_than_this", **more}


FINE: dict[str, Any] = {}
CALM: dict[str, Any] = {"redness": "none", "swelling": "none", "pain": "none"}

COURSES: tuple[Course, ...] = (
    # As it should be
    ("fine throughout", MN, ((0, FINE, GREEN), (1, FINE, GREEN), (3, FINE, GREEN), (7, FINE, GREEN))),
    ("fine throughout", MESO, ((0, FINE, GREEN), (1, FINE, GREEN), (3, FINE, GREEN), (14, FINE, GREEN))),
    ("fine throughout", BOTH, ((0, FINE, GREEN), (1, FINE, GREEN), (7, FINE, GREEN), (28, FINE, GREEN))),
    ("red like sunburn", MN, ((0, off(redness="same", swelling="same", pain="mild"), GREEN),)),
    ("paler on day three", MN, ((1, off(redness="same"), GREEN), (3, off(redness="fading"), GREEN))),
    ("a mild itch on day two", MN, ((2, off(signs=("itch_or_rash",)), GREEN),)),
    ("a little bruise", MN, ((1, off(signs=("bruise_growing",)), GREEN),)),
    ("bumps on the first days", MESO, ((0, off(signs=("bumps",)), GREEN), (1, off(signs=("bumps",)), GREEN))),
    ("bumps shrinking on day five", MESO, ((5, off(signs=("bumps",), redness="none"), GREEN),)),
    ("tender and swollen", MESO, ((1, off(redness="same", swelling="same", pain="mild"), GREEN),)),
    ("redness on day three", MESO, ((3, off(redness="same", swelling="fading", pain="mild"), GREEN),)),
    ("more, and then cleared up", MESO, ((1, off(**CALM, clarify="like_today"), GREEN),)),
    # Within a working day
    ("not paler on day three", MN, ((1, off(redness="same"), GREEN), (3, off(redness="same"), SOON))),
    ("swollen on day five", MN, ((5, off(swelling="same"), SOON),)),
    ("still red after a week", MN, ((3, FINE, GREEN), (7, off(redness="fading"), SOON))),
    ("still red after two weeks", MN, ((14, off(redness="fading"), SOON),)),
    ("itchy on day five", MN, ((5, off(signs=("itch_or_rash",), redness="none"), SOON),)),
    ("a bruise that grows", MN, ((4, off(signs=("bruise_growing",), redness="none"), SOON),)),
    ("lines", MN, ((7, off(signs=("line_marks",), redness="none"), SOON),)),
    ("dark patches", MN, ((28, off(signs=("dark_patches",), redness="none"), SOON),)),
    ("spots", MN, ((3, off(signs=("spots",)), SOON),)),
    ("worried", MN, ((1, off(signs=("worried",)), SOON),)),
    ("worse, and nothing to name", MN, ((1, {"overall": "worse", **CALM}, SOON),)),
    ("bumps after a week", MESO, ((7, off(signs=("bumps",), redness="none"), SOON),)),
    ("a rash two weeks later", MESO, ((14, off(signs=("itch_or_rash",), redness="none"), SOON),)),
    ("a bruise that grows on day five", MESO, ((5, off(signs=("bruise_growing",), redness="none"), SOON),)),
    ("swollen on day six", MESO, ((6, off(swelling="same", redness="none"), SOON),)),
    ("tender after a week", MESO, ((7, off(pain="mild", redness="none"), SOON),)),
    ("growing on the evening itself", MESO, ((0, off(swelling="rising"), SOON),)),
    ("hot on day one", MN, ((1, off(signs=("hot_skin",)), SOON),)),
    ("redder than the last time", MN, ((1, off(redness="fading"), GREEN), (2, off(redness="same"), SOON))),
    ("swollen again", MESO, ((1, off(swelling="fading"), GREEN), (3, off(swelling="same"), SOON))),
    ("the stricter of both", BOTH, ((3, off(redness="same"), SOON),)),
    ("the stricter of both for bumps", BOTH, ((7, off(signs=("bumps",), redness="none"), SOON),)),
    # The same day
    ("pus", MN, ((3, off(signs=("pus_or_crust",)), TODAY),)),
    ("pus and better", MN, ((4, {"signs": ("pus_or_crust",)}, TODAY),)),
    ("a cold sore", MN, ((2, off(signs=("cold_sore",)), TODAY),)),
    ("blisters without pain", MESO, ((2, off(signs=("blisters",), pain="mild"), TODAY),)),
    ("painful blisters after needling", MN, ((2, off(signs=("blisters",), pain="strong"), TODAY),)),
    ("painful sore a week later", MESO, ((6, off(signs=("cold_sore",), pain="strong"), TODAY),)),
    ("hives", MESO, ((0, off(signs=("hives",)), TODAY),)),
    ("fever, and calm skin", MN, ((2, off(signs=("fever",), redness="fading"), TODAY),)),
    ("hot after two days", MN, ((2, off(signs=("hot_skin",)), TODAY),)),
    ("spreading after two days", MESO, ((3, off(redness="spreading_slowly"), TODAY),)),
    ("growing after two days", MN, ((4, off(swelling="rising"), TODAY),)),
    ("painkillers", MN, ((3, off(pain="strong"), TODAY),)),
    ("pain that comes back", MESO, ((1, off(pain="none"), GREEN), (3, off(pain="mild"), TODAY))),
    ("a lump after five weeks", MESO, ((35, off(signs=("new_lump",), redness="none"), TODAY),)),
    ("a lump after needling", MN, ((10, off(signs=("new_lump",), redness="none"), TODAY),)),
    ("a lump that leaks", BOTH, ((40, off(signs=("leaking_lump",), redness="none"), TODAY),)),
    ("more, and nothing of it", MN, ((1, off(**CALM, clarify="more_than_this"), TODAY),)),
    ("better, and spreading", MESO, ((1, {**off(redness="spreading_slowly"), "overall": "better",
                                          "clarify": "more_than_this"}, TODAY),)),
    ("better, and spreading after two days", MN, ((3, {**off(redness="spreading_slowly"), "overall": "better",
                                                       "clarify": "like_today"}, TODAY),)),
    # At once
    ("breathing", MN, ((0, {"signs": ("breathing",)}, RED),)),
    ("lips", MESO, ((0, {"signs": ("lip_or_tongue_swelling",)}, RED),)),
    ("a face that swells", MN, ((2, {"signs": ("face_swelling",)}, RED),)),
    ("the eye", MESO, ((3, {"signs": ("around_eye",)}, RED),)),
    ("sight", MESO, ((0, {"overall": "same", "signs": ("sight_change",)}, RED),)),
    ("weak", MESO, ((0, {"signs": ("weak_or_drooping",)}, RED),)),
    ("a sudden headache", BOTH, ((0, {"signs": ("severe_headache",)}, RED),)),
    ("white skin, though better", MESO, ((0, {"overall": "better", "signs": ("white_or_net_skin",)}, RED),)),
    ("a racing heart", MN, ((0, {"signs": ("faint_or_fast_heart",)}, RED),)),
    ("very ill", MN, ((4, {"signs": ("unwell",)}, RED),)),
    ("within hours", MN, ((2, off(redness="spreading_fast"), RED),)),
    ("out of proportion", MESO, ((1, off(pain="severe"), RED),)),
    ("fever and hot skin", MN, ((3, {"signs": ("fever", "hot_skin")}, RED),)),
    ("fever and spreading", MESO, ((4, off(signs=("fever",), redness="spreading_slowly"), RED),)),
    ("fever and growing", BOTH, ((2, off(signs=("fever",), swelling="rising"), RED),)),
    ("painful blisters after injections", MESO, ((2, off(signs=("blisters",), pain="strong"), RED),)),
    ("a painful cold sore after injections", BOTH, ((4, off(signs=("cold_sore",), pain="strong"), RED),)),
    ("pus in a painful patch", MESO, ((1, off(signs=("pus_or_crust",), pain="strong"), RED),)),
    ("worried, and breathing", MN, ((1, {"signs": ("worried", "breathing")}, RED),)),
    ("fine, then ill", MESO, ((0, FINE, GREEN), (1, FINE, GREEN), (3, {"signs": ("fever", "hot_skin")}, RED))),
    ("red, then fine", MN, ((1, {"signs": ("breathing",)}, RED), (3, FINE, GREEN))),
)  # fmt: skip


@pytest.mark.parametrize(("name", "treatment", "days"), COURSES, ids=[f"{c[1]}: {c[0]}" for c in COURSES])
def test_each_answer_reaches_the_level_that_a_careful_practitioner_gives(
    name: str, treatment: str, days: tuple[tuple[int, dict[str, Any], str], ...]
) -> None:
    patient = Healing(treatment)
    for day, answers, expected in days:
        assert patient.on_day(day).check_in(How(**answers)) == expected, (name, day)
        raised = [alert for alert in patient.open_alerts() if alert.key == "level" and alert.day == day]
        assert [alert.level for alert in raised] == ([] if expected == GREEN else [expected])
