"""What patients come to, by what they want and what applies to them."""

from __future__ import annotations

import pytest

from tests.e2e.oracle import (
    CONCERNS,
    MESOTHERAPY,
    SCREENS,
    TIMELINES,
    Visit,
    hold_answer,
)


def test_every_answer_that_decides_is_a_button_before_the_answer_once(visit: Visit) -> None:
    visit.answer("acne_scars", "sagging")
    shown = [button["id"] for one in visit.said if one["state"] in SCREENS for button in one["options"]]
    for screen, ids in SCREENS.items():
        for each in ids:
            assert shown.count(each) == (0 if screen == "tell" else 1), each
    assert shown.count("not_sure") == 3


@pytest.mark.parametrize("concern", CONCERNS)
def test_a_single_concern(visit: Visit, concern: str) -> None:
    visit.answer(concern)
    when = frozenset({"over_3_months"})
    message = hold_answer(visit, when | {concern})
    assert ("book" in visit.labels(message).values()) is (concern not in ("changing_mole", "distress"))


BLOCKS = (*SCREENS["face"], *SCREENS["about_you"], *SCREENS["earlier"])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("aims", [("wrinkles",), ("dehydration",), ("texture", "dullness")], ids="+".join)
def test_what_stops_or_postpones(visit: Visit, block: str, aims: tuple[str, ...]) -> None:
    visit.answer(*aims, block, when="no_date")
    message = hold_answer(visit, frozenset({*aims, block, "no_date"}))
    if block == "metal_allergy" and aims == ("dehydration",):
        assert visit.results[0]["notes"] == ["metal_allergy"]
        assert "Mention your metal allergy" in str(message["text"])


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_what_the_practitioner_must_know_stands_on_the_card(visit: Visit, size: int) -> None:
    aims = MESOTHERAPY[-size:]
    visit.answer(*aims, "metal_allergy", when="30 September 2027")
    message = hold_answer(visit, frozenset({*aims, "metal_allergy", "over_3_months"}))
    assert "Mention your metal allergy" in str(message["text"])


@pytest.mark.parametrize("when", TIMELINES)
@pytest.mark.parametrize("aims", [("acne_scars",), ("event_glow",), ("fine_lines", "uneven_tone")], ids="+".join)
def test_every_timeline(visit: Visit, when: str, aims: tuple[str, ...]) -> None:
    visit.answer(*aims, when=when)
    message = hold_answer(visit, frozenset({*aims, when}))
    late = when == "weeks_2_to_4" and aims != ("event_glow",)
    assert ("result_not_visible_by_then" in visit.results[0]["notes"]) is late
    assert ("won't show by then" in str(message["text"])) is late


PAIRS = [
    ("acne_scars", "dullness", "sagging"),
    ("acne_scars", "out_of_scope"),
    ("dullness", "out_of_scope", "metal_allergy"),
    ("enlarged_pores", "stretch_marks", "texture"),
    ("pregnant", "active_acne", "dullness"),
    ("wrinkles", "distress", "isotretinoin"),
    ("dehydration", "changing_mole", "cold_sore_now"),
    ("distress", "changing_mole"),
    ("melasma", "uneven_tone"),
    ("recent_filler", "recent_laser_or_peel", "fine_lines"),
    ("metal_allergy", "texture", "event_glow"),
    ("sagging", "dark_circles", "other_scars", "out_of_scope"),
    ("anticoagulant", "keloid_tendency", "acne_scars"),
]


@pytest.mark.parametrize("mine", PAIRS, ids="+".join)
@pytest.mark.parametrize("when", ["within_2_weeks", "months_1_to_3"])
def test_several_at_once(visit: Visit, mine: tuple[str, ...], when: str) -> None:
    visit.answer(*mine, when=when)
    message = hold_answer(visit, frozenset({*mine, when}))
    labels = set(visit.labels(message).values())
    assert ("book" in labels) is not bool({"changing_mole", "distress"} & set(mine))
    if "distress" in mine:
        assert not {"compare", "both", "sources"} & labels


@pytest.mark.parametrize("screen", ["face", "about_you", "earlier"])
def test_not_sure_goes_up(visit: Visit, screen: str) -> None:
    visit.answer("acne_scars", until=screen)
    visit.press("not_sure")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "not_sure"}))
    assert {"state": screen, "answer": "not_sure"} in visit.results[0]["reasons"]


def test_nothing_that_points_anywhere_is_asked_once_more(visit: Visit) -> None:
    visit.answer()
    assert visit.state == "closer"
    assert visit.results == []
    visit.press("dullness")
    hold_answer(visit, frozenset({"dullness", "over_3_months"}))


def test_nothing_that_points_anywhere_may_go_to_a_person(visit: Visit) -> None:
    visit.answer()
    visit.press("person")
    assert visit.state == "number"
    assert visit.results == []


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("26 december", "months_1_to_3"),
        ("in 5 weeks", "months_1_to_3"),
        ("tomorrow", "within_2_weeks"),
        ("3 march 2027", "over_3_months"),
        ("6 December 2026", "within_2_weeks"),  # 13 days
        ("7 December 2026", "weeks_2_to_4"),  # 14
        ("20 December 2026", "weeks_2_to_4"),  # 27
        ("21 December 2026", "months_1_to_3"),  # 28
        ("22 February 2027", "months_1_to_3"),  # 91
        ("23 February 2027", "over_3_months"),  # 92
        ("24/12/2026", "months_1_to_3"),
        ("2026-12-24", "months_1_to_3"),
        ("my wedding is on 5 June", "over_3_months"),
        ("in a month", "months_1_to_3"),
        ("my wedding is in 3 weeks", "weeks_2_to_4"),
        ("in a fortnight", "weeks_2_to_4"),
        ("6 months", "over_3_months"),
        ("no date in mind", "no_date"),
    ],
)
def test_a_typed_date(visit: Visit, typed: str, when: str) -> None:
    visit.answer("acne_scars", "dullness", when=typed)
    message = hold_answer(visit, frozenset({"acne_scars", "dullness", when}))
    if when not in ("within_2_weeks", "no_date"):
        assert "Your date:" in str(message["text"])


@pytest.mark.parametrize(
    "typed",
    [
        "3 march 2020",
        "yesterday",
        "31 february",
        "when it suits you",
        "last week",
        "this month",
        "next month",
        "next year",
        "1-2 weeks",
        "2 or 3 weeks",
        "in december",
    ],
)
def test_a_day_that_cannot_be_is_asked_again(visit: Visit, typed: str) -> None:
    visit.answer("acne_scars", until="when")
    before = len(visit.said)
    visit.type(typed)
    assert visit.state == "when"
    assert len(visit.said) > before


def test_the_way_of_a_healthy_person_is_short(visit: Visit) -> None:
    for when in TIMELINES[2:]:
        visit.answer("wrinkles", when=when)
        visit.press("book")
        assert "Your code is" in str(visit.said[-1]["text"])
        assert visit.presses <= 10
        assert len(visit.said) <= 10
        visit.chat.do(say="/delete")
        visit.chat.do(press="yes")
        visit.turns, visit.presses = [], 0
        visit.type("/start")


def test_typed_answers_lead_to_the_same(visit: Visit) -> None:
    for text in ("yes, 18 or over", "I agree", "Acne scars and dull skin", "done", "in more than 3 months"):
        visit.type(text)
    assert visit.state == "face"
    visit.type("none of these")
    visit.type("14")  # the number that "none of these" has on this screen
    visit.type("None of these")
    hold_answer(visit, frozenset({"acne_scars", "dullness", "over_3_months"}))


def test_typed_conditions_are_heard_and_none_is_never_inferred(visit: Visit) -> None:
    visit.answer("acne_scars", until="face")
    visit.type("no cold sores")
    assert visit.state == "face"
    visit.type("none")
    visit.type("I take blood thinners and I'm pregnant")
    visit.type("done")
    visit.answer()
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "pregnant", "anticoagulant"}))


def change(visit: Visit, name: str) -> None:
    """Ask for the answers and press the one whose label begins with `name`."""
    visit.type("/answers")
    label = next(label for label in visit.labels() if label.startswith(name))
    visit.press(visit.labels()[label])


def test_a_changed_answer_gives_a_new_result(visit: Visit) -> None:
    visit.answer("acne_scars")
    change(visit, "About you")
    visit.press("pregnant")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "pregnant"}), results=2)
    change(visit, "About you")
    visit.press("none")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months"}), results=3)
    change(visit, "To improve")
    visit.press("dullness")
    visit.answer("dullness")
    hold_answer(visit, frozenset({"dullness", "over_3_months"}), results=4)


def test_back_takes_answers_out(visit: Visit) -> None:
    visit.answer("acne_scars", "metal_allergy")
    for state in ("earlier", "about_you"):
        visit.press("back")
        assert visit.state == state
    visit.press("none")
    visit.press("none")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months"}), results=2)


def test_begun_again_nothing_of_before_is_left(visit: Visit) -> None:
    visit.answer("acne_scars", "pregnant")
    visit.type("/restart")
    visit.press("yes")
    assert visit.state == "welcome"
    visit.answer("dullness")
    assert "consent" not in [one["state"] for one in visit.said[-7:]]
    hold_answer(visit, frozenset({"dullness", "over_3_months"}), results=2)


def test_another_code_in_the_middle_and_back_to_the_question(visit: Visit) -> None:
    visit.answer("acne_scars", until="about_you")
    visit.turns.append(visit.chat.do(start="aftercare"))
    assert visit.said[-1]["flow"] == "aftercare"
    assert visit.results == []
    visit.turns.append(visit.chat.do(start="poster"))
    assert visit.said[-1]["options"]
