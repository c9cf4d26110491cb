"""The card of an answer: never longer than a phone screen, never a date that isn't true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from bot.actions.match_treatment import CARD_CHARACTERS
from bot.actions.registry import make_actions
from bot.clinic.catalogue import NOT_SURE, Catalogue
from bot.engine.model import Ask, Book, Outcome
from bot.engine.value import Value
from bot.engine.wording import Wording, plain_text
from tests.committed import committed_reading

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 9, 23)
AIMS = (
    "acne_scars", "fine_lines", "wrinkles", "texture", "enlarged_pores", "stretch_marks",
    "dullness", "dehydration", "event_glow", "uneven_tone",
)  # fmt: skip
TIMELINES = ("weeks_2_to_4", "months_1_to_3", "over_3_months", "no_date")


@cache
def read() -> tuple[Book, Catalogue]:
    reading = committed_reading()
    assert reading.book is not None, [str(issue) for issue in reading.issues if not issue.is_warning]
    return reading.book, reading.catalogue


def run(**values: Value) -> Outcome:
    book, _ = read()
    given: dict[str, Value] = dict.fromkeys(("concerns", "precautions", "when", "when_on"))
    return book.actions["match_treatment"].run(given | {"today_on": TODAY} | values)


def matched(
    *concerns: str, precautions: tuple[str, ...] = (), when: str = "no_date", on: date | None = None
) -> Outcome:
    return run(concerns=frozenset(concerns), precautions=frozenset(precautions), when=when, when_on=on)


def shown(state: str, outcome: Outcome) -> str:
    book, _ = read()
    ask = book.flows["consult"].states[state]
    assert isinstance(ask, Ask)
    return plain_text(Wording(book, "en", outcome.values.get, dict).html(ask.text))


def texts(value: Value) -> list[str]:
    assert isinstance(value, tuple)
    return [each.text for each in value]


def times() -> Iterator[tuple[str, date | None]]:
    for when in TIMELINES:
        yield when, None
    for days in (14, 28, 35, 400):
        when = "weeks_2_to_4" if days < 28 else "months_1_to_3" if days < 92 else "over_3_months"
        yield when, TODAY + timedelta(days=days)


@pytest.mark.parametrize("size", range(1, len(AIMS) + 1))
def test_the_card_fits_a_screen_whatever_was_chosen(size: int) -> None:
    longest = max(
        (len(shown("card", matched(*aims, when=when, on=on))), aims, when, on)
        for aims in combinations(AIMS, size)
        for when, on in times()
    )
    assert longest[0] <= CARD_CHARACTERS, longest


def test_the_card_names_the_aims_and_holds_no_gap() -> None:
    card = shown("card", matched("acne_scars", "dullness", when="over_3_months"))
    assert "indented acne scars and dull, tired skin" in card
    assert "{" not in card
    assert "\n\n\n" not in card
    assert "considered safe when performed by trained professionals" in card
    assert "A practitioner decides with you." in card


def test_many_aims_are_cut_short_but_all_are_reasons() -> None:
    outcome = matched(*AIMS)
    assert texts(outcome.values["match.aims"])[-1] == "more"
    reasons = json.loads(outcome.wanted[0].content)["reasons"]
    assert {f"concerns={aim}" for aim in AIMS} <= set(reasons)


def test_limited_evidence_is_said_where_there_is_room() -> None:
    card = shown("card", matched("uneven_tone"))
    assert "studies are still few" in card


@pytest.mark.parametrize(
    ("aim", "days", "expected"),
    [
        ("acne_scars", 14, "date_not_visible"),
        ("acne_scars", 27, "date_not_visible"),
        ("acne_scars", 28, "date_close"),  # the last sensible day is today, the first free visit in five days
        ("acne_scars", 32, "date_close"),
        ("acne_scars", 33, "date_partial"),
        ("acne_scars", 124, "date_partial"),
        ("acne_scars", 125, "date_enough"),
        ("event_glow", 14, "date_close"),
        ("event_glow", 18, "date_close"),
        ("event_glow", 19, "date_partial"),
        ("event_glow", 46, "date_partial"),
        ("event_glow", 47, "date_enough"),
    ],
)
def test_a_date_is_set_honestly(aim: str, days: int, expected: str) -> None:
    _, catalogue = read()
    when = "weeks_2_to_4" if days < 28 else "months_1_to_3" if days < 92 else "over_3_months"
    outcome = matched(aim, when=when, on=TODAY + timedelta(days=days))
    said = texts(outcome.values["match.dates"])
    assert said[-1] == catalogue.treatments["general"].topics[expected].text
    assert len(said) == (2 if expected == "date_not_visible" else 3)


@pytest.mark.parametrize(
    ("aim", "when", "expected"),
    [
        ("acne_scars", "weeks_2_to_4", "date_not_visible"),
        ("acne_scars", "months_1_to_3", "date_partial"),
        ("acne_scars", "over_3_months", "date_partial"),
        ("acne_scars", "no_date", "date_none"),
        ("event_glow", "weeks_2_to_4", "date_partial"),
        ("event_glow", "months_1_to_3", "date_partial"),
        ("event_glow", "over_3_months", "date_enough"),
    ],
)
def test_a_span_is_set_honestly(aim: str, when: str, expected: str) -> None:
    _, catalogue = read()
    said = texts(matched(aim, when=when).values["match.dates"])
    assert said[-1] == catalogue.treatments["general"].topics[expected].text


def test_how_long_one_waits_for_a_first_visit_changes_only_the_dates() -> None:
    _, catalogue = read()
    assert catalogue.clinic is not None
    said = []
    for days in (0, 60):
        clinic = catalogue.clinic.model_copy(update={"first_appointment_days": days})
        action = make_actions(replace(catalogue, clinic=clinic))["match_treatment"]
        outcome = action.run(
            {
                "concerns": frozenset({"dullness"}),
                "when": "over_3_months",
                "when_on": date(2026, 12, 26),
                "today_on": TODAY,
            }
        )
        said.append(outcome)
    assert said[0].wanted == said[1].wanted
    assert texts(said[0].values["match.dates"]) != texts(said[1].values["match.dates"])


def test_the_last_day_is_named() -> None:
    card = shown("card", matched("fine_lines", when="over_3_months", on=date(2027, 1, 30)))
    assert "Your date: Saturday 30 January 2027" in card
    assert "Last session by: Saturday 2 January 2027" in card


def test_nothing_is_said_while_something_is_missing() -> None:
    for outcome in (run(), matched("something_else"), run(concerns=frozenset({"acne_scars"}))):
        assert outcome == Outcome({"match.found": False})


def test_ids_of_no_row_change_nothing() -> None:
    assert matched("dullness", "something_else").values["match.outcome"] == "mesotherapy"


@pytest.mark.parametrize(
    ("concerns", "precautions", "kind", "booking"),
    [
        (("acne_scars",), ("pregnant",), "practitioner", True),
        (("acne_scars", "changing_mole"), (), "mole", False),
        (("acne_scars", "distress"), (), "distress", True),
        (("acne_scars", "distress", "changing_mole"), (), "distress", False),
        (("out_of_scope",), (), "out_of_scope", True),
        (("out_of_scope",), ("pregnant",), "practitioner", True),
        (("out_of_scope", "sagging"), (), "practitioner", True),
        (("acne_scars",), (NOT_SURE,), "practitioner", True),
    ],
)
def test_a_referral_knows_what_it_is_about(
    concerns: tuple[str, ...], precautions: tuple[str, ...], kind: str, booking: bool
) -> None:
    outcome = matched(*concerns, precautions=precautions)
    assert outcome.values["match.outcome"] == "practitioner_first"
    assert outcome.values["match.kind"] == kind
    assert outcome.values["match.booking"] is booking
    assert json.loads(outcome.wanted[0].content)["treatment"] is None
    assert ("match.see_gp" in outcome.values) is not booking


def test_a_referral_gives_its_reasons_in_kind_words() -> None:
    _, catalogue = read()
    row = catalogue.precautions["isotretinoin"]
    card = shown("refer", matched("acne_scars", precautions=("isotretinoin", NOT_SURE), when="no_date"))
    assert f"because of {row.name} and something you weren't sure of" in card
    assert f"• {row.note}" in card
    assert "acne scars" not in card


def test_too_close_a_date_says_why() -> None:
    card = shown("refer", matched("event_glow", when="within_2_weeks"))
    assert "a date that is very close" in card
    assert "skin needs time to settle" in card


def test_every_referral_is_readable() -> None:
    _, catalogue = read()
    every = tuple(
        row.id for row in catalogue.precautions.values() if row.screen in {"face", "about_you", "earlier"}
    )
    assert len(shown("refer", matched(*AIMS, precautions=(*every, NOT_SURE), when="within_2_weeks"))) <= 2000
    for precaution in (*every, NOT_SURE):
        card = shown("refer", matched("acne_scars", precautions=(precaution,)))
        assert len(card) <= CARD_CHARACTERS
        assert "because of ." not in card


def test_the_result_is_worded_the_same_for_the_same_answers() -> None:
    first = matched("acne_scars", "dullness", precautions=("needle_fear", "retinoids"))
    second = matched("dullness", "acne_scars", precautions=("retinoids", "needle_fear"))
    assert first.wanted == second.wanted
    content = json.loads(first.wanted[0].content)
    assert content["outcome"] == content["treatment"] == "combined"
    assert content["notes"] == ["retinoids", "needle_fear"]
