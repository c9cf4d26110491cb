"""Which day of the course somebody is told about."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bot.actions.aftercare import days_since
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value
from tests.committed import committed_reading

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 23)


@cache
def action() -> Action:
    reading = committed_reading()
    assert reading.book is not None, [str(issue) for issue in reading.issues if not issue.is_warning]
    return reading.book.actions["aftercare_day"]


def run(treatment: str | None, treated: str, on: date | None = None) -> Outcome:
    values: dict[str, Value] = {"treatment": treatment, "treated": treated, "treated_on": on, "today_on": TODAY}
    return action().run(values)


@pytest.mark.parametrize(
    ("treated", "on", "expected"),
    [
        ("just_now", None, 0),
        ("earlier_today", None, 0),
        ("yesterday", None, 1),
        ("another_day", date(2026, 11, 20), 3),
        ("another_day", date(2026, 11, 24), -1),  # tomorrow
        ("another_day", date(2026, 12, 24), -31),
        ("another_day", date(2026, 12, 25), 333),  # no treatment is that far ahead: last year's was meant
        ("another_day", date(2027, 11, 20), 3),
        ("another_day", date(2028, 2, 29), -97),
        ("another_day", None, None),
    ],
)
def test_days_since_the_treatment(treated: str, on: date | None, expected: int | None) -> None:
    assert days_since(treated, on, TODAY) == expected


@pytest.mark.parametrize(
    ("treatment", "treated", "on", "row"),
    [
        ("microneedling", "just_now", None, "microneedling_day_0"),
        ("mesotherapy", "yesterday", None, "mesotherapy_day_1"),
        ("microneedling", "another_day", date(2026, 11, 9), "microneedling_days_14_to_27"),
        ("mesotherapy", "another_day", date(2024, 1, 1), "mesotherapy_day_28_on"),
    ],
)
def test_one_treatment_gives_its_own_row(treatment: str, treated: str, on: date | None, row: str) -> None:
    values = run(treatment, treated, on).values
    assert values["care.found"] is True
    for part in ("usual", "do", "avoid", "call"):
        said = values[f"care.{part}"]
        assert isinstance(said, Phrase)
        assert said.place == f"recovery.{row}.{part}"


def test_both_treatments_give_both_rows_with_their_names() -> None:
    said = run("combined", "yesterday").values["care.call"]
    assert isinstance(said, Phrase)
    args = {name: value for name, value in said.args.items() if isinstance(value, Phrase)}
    assert args["first"].place == "recovery.microneedling_day_1.call"
    assert args["second"].place == "recovery.mesotherapy_day_1.call"
    assert (args["first_name"].text, args["second_name"].text) == ("Microneedling", "Mesotherapy")


@pytest.mark.parametrize(
    ("treatment", "on"), [("microneedling", date(2026, 11, 24)), (None, TODAY), ("sauna", TODAY)]
)
def test_nothing_is_found_for_a_day_to_come_or_another_treatment(treatment: str | None, on: date) -> None:
    assert run(treatment, "another_day", on).values["care.found"] is False
