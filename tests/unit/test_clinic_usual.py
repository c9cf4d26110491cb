"""What is usual by day, as the rules of levels leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.clinic.catalogue import build_catalogue
from bot.clinic.levels import levels
from bot.clinic.recovery import SCALES, TRENDS, CheckInAnswers
from bot.clinic.usual import most_usual
from bot.clinic.usual_words import says_only_usual
from tests.clinic_data import committed

TREATMENTS = ("microneedling", "mesotherapy", "combined")


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_it_is_the_last_answer_that_is_green_by_itself(treatment: str) -> None:
    for scale in TRENDS:
        for day in range(30):
            found = most_usual(scale, treatment, day, committed())
            for answer in SCALES[scale]:
                alone: dict[str, Any] = {scale: answer}
                level = levels(CheckInAnswers(**alone), treatment, day, committed()).level
                assert (level == "green") is (SCALES[scale].index(answer) <= SCALES[scale].index(found))


def test_it_settles_and_never_rises_again() -> None:
    for scale in TRENDS:
        places = [SCALES[scale].index(most_usual(scale, "microneedling", day, committed())) for day in range(30)]
        assert places == sorted(places, reverse=True)
        assert places[0] > places[-1] == 0


def test_without_rules_everything_is_usual() -> None:
    assert most_usual("pain", "mesotherapy", 3, build_catalogue()) == "severe"


NEWS: dict[str, Any] = yaml.load(
    (Path(__file__).parents[1] / "corpus" / "scales.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)


def days_of(lines: dict[str, str]) -> list[tuple[str, int, str]]:
    """Treatment, day and text of lines below "microneedling 3"."""
    return [
        (when.split()[0], int(when.split()[1]), text)
        for when, texts in lines.items()
        for text in texts.splitlines()
    ]


def test_what_is_usual_that_day_says_nothing_more() -> None:
    said = days_of(NEWS["usual_that_day"])
    missed = [each for each in said if not says_only_usual(each[2], each[0], each[1], committed())]
    assert len(said) >= 60
    assert missed == []


def test_whatever_else_is_said_is_for_somebody_to_read() -> None:
    said = days_of(NEWS["not_usual_that_day"])
    taken = [each for each in said if says_only_usual(each[2], each[0], each[1], committed())]
    assert len(said) >= 80
    assert taken == []


def test_no_deceptive_answer_says_only_what_is_usual() -> None:
    texts = {
        text for answers in NEWS["deceptive"].values() for each in answers.values() for text in each.splitlines()
    }
    taken = [
        (text, treatment, day)
        for text in texts
        for treatment in TREATMENTS
        for day in (0, 1, 2, 3, 5, 7)
        if says_only_usual(text, treatment, day, committed())
    ]
    assert taken == []


def test_of_combined_what_is_usual_after_either() -> None:
    assert says_only_usual("flaking, and the bruise is green", "combined", 3, committed())
    assert not says_only_usual("flaking", "mesotherapy", 3, committed())


def test_where_nothing_is_written_nothing_is_usual() -> None:
    assert not says_only_usual("just a bit dry", "microneedling", 3, build_catalogue())
