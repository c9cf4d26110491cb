"""What is usual by day, as the rules of levels leave it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.clinic.catalogue import build_catalogue
from bot.clinic.levels import levels
from bot.clinic.recovery import SCALES, TRENDS, CheckInAnswers
from bot.clinic.usual import most_usual
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
