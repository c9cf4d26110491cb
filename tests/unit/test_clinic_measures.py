from __future__ import annotations

import pytest

from bot.clinic.measures import mark_growth
from bot.clinic.spelling import read_words


def marked(text: str) -> bool:
    return "doubled" in [word.text for word in mark_growth(read_words(text))]


@pytest.mark.parametrize(
    "text",
    [
        "redness 2 cm at nine, 10 cm at noon",
        "Redness at 9:00: 2 cm. At 12:00: 10 cm",
        "8 mm, then 2 cm",
        "one inch this morning and three inches now",
        "1 cm, 3 cm, 4cm",
    ],
)
def test_a_size_twice_the_first_has_doubled(text: str) -> None:
    assert marked(text)


@pytest.mark.parametrize(
    "text",
    [
        "a 3 cm patch",
        "it was 4 cm and is 1 cm now",
        "2 cm at nine, 3 cm at noon",
        "a patch of 2 cm by 5 cm",
        "1 cm on Monday, 3 cm today",
        "a few cm, then some more cm",
        "cm 2",
    ],
)
def test_one_size_a_smaller_one_or_no_matter_of_hours_has_not(text: str) -> None:
    assert not marked(text)


def test_the_words_stay_in_their_order() -> None:
    read = read_words("red 2 cm, now 6 cm")
    assert [word.text for word in mark_growth(read)] == ["red", "2", "cm", "doubled", "now", "6", "cm"]
