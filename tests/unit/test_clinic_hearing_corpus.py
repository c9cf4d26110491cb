"""How much of what people type is heard, by group: nothing here may fall below its floor.

`known` messages were in view when the phrases were chosen; the `unseen` emergencies never were. What the blind
rounds (`known` by now) measured at the first look stands in docs/clinic-data.md.
`python -m tests.unit.test_clinic_hearing_corpus` prints the table of docs/clinic-data.md.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Literal, NamedTuple

import pytest

from bot.authoring.listening import likeness
from bot.clinic.hearing import Ears, compile_signs, hear_emergency
from tests.clinic_data import DATA, committed
from tests.likeness import groups

Half = Literal["known", "unseen"]
HALVES: tuple[Half, ...] = ("known", "unseen")
RED = {"known": 0.96, "unseen": 0.97}
HEARD = {"known": 0.99, "unseen": 0.99}
"""Red at once, and red or asked about, of all emergencies. Hives all over the body are asked about, by intent."""
PLAIN, HEARD_OF_PLAIN = "plain_messages", {"known": 0.99, "unseen": 0.98}
"""Whole files of blind writers, told plainly and in images, have a floor of their own."""
HEARD_IN_A_GROUP = {"known": 0.95, "unseen": 0.95}
FALSE_RED = {"known": 0.005, "unseen": 0.02}
ASKED = {"known": 0.14, "unseen": 0.13}
"""Of all harmless messages; one in ten of those asks what could happen, and is meant to be asked about."""


class Counts(NamedTuple):
    """Messages of a group."""

    red: int
    asked: int
    all: int


@cache
def ears() -> Ears:
    return compile_signs(committed().signs.values(), committed().words, likeness())


@cache
def counted(name: str) -> dict[str, Counts]:
    found = {}
    for group, messages in groups(name).items():
        heard = [hear_emergency(message, ears()) for message in messages]
        red = sum(each is not None and each.certain for each in heard)
        found[group] = Counts(red, sum(each is not None for each in heard) - red, len(heard))
    return found


def total(name: str) -> Counts:
    return Counts(*map(sum, zip(*counted(name).values(), strict=True)))


@pytest.mark.parametrize("half", HALVES)
def test_emergencies_are_heard(half: Half) -> None:
    red, asked, everything = total(f"emergencies_{half}")
    assert everything >= 250
    assert red >= RED[half] * everything
    plain = counted(f"emergencies_{half}")[PLAIN]
    assert plain.red + plain.asked >= HEARD_OF_PLAIN[half] * plain.all
    assert red + asked - plain.red - plain.asked >= HEARD[half] * (everything - plain.all)
    for group, count in counted(f"emergencies_{half}").items():
        assert count.red + count.asked >= HEARD_IN_A_GROUP[half] * count.all, (group, count)


@pytest.mark.parametrize("half", HALVES)
def test_harmless_messages_raise_nothing(half: Half) -> None:
    red, asked, everything = total(f"harmless_{half}")
    assert everything >= 230
    assert red <= FALSE_RED[half] * everything
    assert asked <= ASKED[half] * everything


@pytest.mark.parametrize("half", HALVES)
def test_talk_of_self_harm_is_answered_as_such(half: Half) -> None:
    """Never with the ambulance's card alone."""
    for message in groups(f"emergencies_{half}")["crisis"]:
        heard = hear_emergency(message, ears())
        assert heard is None or heard.family == "crisis", message


@pytest.mark.parametrize(
    ("family", "text"), [(family, text) for family, texts in groups("abroad").items() for text in texts]
)
def test_other_languages_are_heard_in_every_chat(family: str, text: str) -> None:
    heard = hear_emergency(text, ears())
    if family == "harmless":
        assert heard is None
    else:
        assert heard is not None
        assert (heard.family, heard.certain) == (family, True)


def test_no_message_stands_in_both_halves() -> None:
    for kind in ("emergencies", "harmless"):
        known, unseen = (
            {line.casefold() for lines in groups(f"{kind}_{half}").values() for line in lines} for half in HALVES
        )
        assert len(known & unseen) < 0.15 * len(unseen), sorted(known & unseen)


def table() -> str:
    """The measured figures, as docs/clinic-data.md shows them: red at once / asked first / not heard."""
    lines = [
        "| | red | asked | not heard | unseen: red | asked | not heard |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in ("emergencies", "harmless"):
        halves = [{**counted(f"{kind}_{half}"), f"**{kind}**": total(f"{kind}_{half}")} for half in HALVES]
        for group in [*halves[0]]:
            cells = [
                str(cell) for half in halves for cell in (_cells(half[group]) if group in half else ("", "", ""))
            ]
            lines.append(f"| {group.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(count: Counts) -> tuple[int, int, int]:
    return count.red, count.asked, count.all - count.red - count.asked


def test_the_figures_in_the_documents_are_the_measured_ones() -> None:
    page = (DATA.parent / "docs" / "clinic-data.md").read_text(encoding="utf-8")
    assert table() in page


if __name__ == "__main__":
    sys.stdout.write(table())
