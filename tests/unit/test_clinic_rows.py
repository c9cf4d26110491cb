"""The committed rows: every id is there, in words that a person can read on a phone."""

from __future__ import annotations

import re

import pytest

from bot.clinic.catalogue import NOT_SURE
from bot.clinic.numbers import numbers_of
from bot.clinic.rows import Concern, Precaution
from bot.clinic.spelling import plain, word_set
from tests.clinic_data import committed

CONCERNS = {
    "microneedling": "acne_scars fine_lines wrinkles texture enlarged_pores stretch_marks",
    "mesotherapy": "dullness dehydration event_glow uneven_tone",
    "practitioner_first": "active_acne melasma rosacea skin_condition raised_scars other_scars sagging"
    " dark_circles changing_mole distress",
    "out_of_scope": "out_of_scope",
}
# Microneedling and mesotherapy, as one action each.
ACTIONS = {
    "stop stop": "under_18 isotretinoin active_acne keloid_tendency bleeding_disorder anticoagulant weak_immunity"
    " diabetes_uncontrolled cancer_treatment anaesthetic_allergy ingredient_allergy skin_condition"
    " unknown_product",
    "wait wait": "pregnant breastfeeding active_infection cold_sore_now sunburn recent_laser_or_peel"
    " recent_filler",
    "tell tell": "age_18_to_21 cold_sore_history bruising_supplements diabetes_controlled retinoids darker_skin"
    " needle_fear numbing_at_home",
    "stop tell": "metal_allergy",
    "none tell": "dental_or_vaccine",
}
SCREENS = {
    "age": "under_18",
    "face": "active_acne cold_sore_now active_infection sunburn skin_condition",
    "about_you": "pregnant breastfeeding isotretinoin anticoagulant bleeding_disorder weak_immunity"
    " diabetes_uncontrolled cancer_treatment anaesthetic_allergy ingredient_allergy metal_allergy keloid_tendency",
    "earlier": "recent_laser_or_peel recent_filler unknown_product",
}
RESERVED = word_set(
    "start back answers restart help human language privacy export delete stop book none not sure something else"
    " yes no done urgent other price"
)
FORBIDDEN = re.compile(
    r"[£$€]|\bsafe\b|guarantee|painless|\bcure|\bdiagnos|stop taking|hurry|\boffer\b|discount|botox|botulinum"
    r"|\btretinoin|\bprice|melasma|\btoday\b|\bsoon\b",
    re.IGNORECASE,
)


def options() -> list[Concern | Precaution]:
    return [*committed().concerns.values(), *committed().precautions.values()]


def test_every_concern_points_where_it_should() -> None:
    assert {row.id: row.points_to for row in committed().concerns.values()} == {
        each: route for route, names in CONCERNS.items() for each in names.split()
    }


def test_every_precaution_has_its_action_for_each_treatment() -> None:
    assert {row.id: f"{row.microneedling} {row.mesotherapy}" for row in committed().precautions.values()} == {
        each: actions for actions, names in ACTIONS.items() for each in names.split()
    }
    assert NOT_SURE not in committed().precautions
    assert committed().blocked_by(NOT_SURE) == ("microneedling", "mesotherapy")


def test_what_stops_or_postpones_is_asked_before_the_answer() -> None:
    screens = {each: screen for screen, names in SCREENS.items() for each in names.split()}
    for row in committed().precautions.values():
        assert row.screen == screens.get(row.id, "tell")
        assert bool(committed().blocked_by(row.id)) == (row.screen != "tell")


def test_the_aims_stand_first_and_fit_two_columns() -> None:
    for row in committed().concerns.values():
        aims = row.points_to in {"microneedling", "mesotherapy"}
        assert (row.screen == "aims") is aims
        assert len(row.label) <= (28 if aims else 44)
    assert [row.id for row in committed().concerns.values() if row.screen == "else"] == [
        "sagging", "dark_circles", "other_scars", "out_of_scope",
    ]  # fmt: skip


def test_one_word_means_one_row_of_a_screen() -> None:
    taken: dict[tuple[str, str], str] = {}
    for row in options():
        said = {plain(word) for word in (row.label, *row.also)}
        assert len(said) == len(row.also) + 1, row.id
        assert said.isdisjoint(RESERVED), row.id
        for word in said:
            assert taken.setdefault((row.screen, word), row.id) == row.id, (row.screen, word)


@pytest.mark.parametrize("row", options(), ids=lambda row: row.id)
def test_words_promise_nothing_and_name_no_illness_as_theirs(row: Concern | Precaution) -> None:
    told = row.heads_up if isinstance(row, Concern) else row.note
    for text in (row.label, row.name, told):
        assert text
        assert not FORBIDDEN.search(text), text
    assert row.source
    assert len(told or "") <= 160


def test_rows_of_both_tables_read_the_same() -> None:
    both = committed().concerns.keys() & committed().precautions.keys()
    assert both == {"active_acne", "skin_condition"}
    for each in both:
        assert committed().concerns[each].label == committed().precautions[each].label
        assert committed().concerns[each].also == committed().precautions[each].also


def test_timelines_in_order_with_their_days() -> None:
    assert [(row.id, row.min_days, row.max_days) for row in committed().timelines.values()] == [
        ("within_2_weeks", 0, 13), ("weeks_2_to_4", 14, 27), ("months_1_to_3", 28, 91),
        ("over_3_months", 92, None), ("no_date", None, None),
    ]  # fmt: skip
    words = [plain(word) for row in committed().timelines.values() for word in (row.label, *row.also)]
    assert len(words) == len(set(words))


def test_campaigns_and_numbers() -> None:
    assert {row.id: row.flow for row in committed().campaigns.values()} == {
        "poster": "consult",
        "aftercare": "aftercare",
    }
    made = committed().clinic
    assert made is not None
    assert numbers_of(committed())[:4] == ("999", "111", "116 123", "Samaritans")
    for place in made.locations:
        assert place.phone.startswith("020 7946 0")  # Ofcom keeps these numbers for drama
        assert place.emergency_line.startswith("020 7946 0")
