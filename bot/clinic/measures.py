"""What somebody measured twice: "2 cm at nine, 10 cm at noon" says that it doubled."""

from __future__ import annotations

from bot.clinic.spelling import Word, word_set

_UNITS_CM = {
    **dict.fromkeys(["cm", "cms", "centimetre", "centimetres", "centimeter", "centimeters"], 1.0),
    **dict.fromkeys(["mm", "millimetre", "millimetres", "millimeter", "millimeters"], 0.1),
    **dict.fromkeys(["inch", "inches"], 2.5),
}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
}
_NO_GROWTH = word_set(
    "by x wide long deep high tall away apart days week weeks month months yesterday monday tuesday wednesday"
    " thursday friday saturday sunday"
)
"""Beside these it is length and breadth, or no matter of hours."""
GROWN_TIMES = 2


def mark_growth(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Say "doubled" after the first of two sizes in a message, if the last is at least twice as large."""
    sizes = [
        (at, size * _UNITS_CM[word.text])
        for at, word in enumerate(words)
        if at and word.text in _UNITS_CM and (size := _number(words[at - 1].text))
    ]
    if len(sizes) < 2 or sizes[-1][1] < GROWN_TIMES * sizes[0][1]:
        return words
    if any(word.text in _NO_GROWTH for word in words):
        return words
    first = sizes[0][0] + 1
    return (*words[:first], Word("doubled", ""), *words[first:])


def _number(text: str) -> int:
    """0: no number."""
    return int(text) if text.isdecimal() else _NUMBERS.get(text, 0)
