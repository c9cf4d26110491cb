"""What people type at the first question about their skin, over the committed rows: tests/corpus/wishes.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.engine_books import Patient
from tests.recovery_patient import committed_book

Wishes = dict[str, dict[str, list[str]]]
CORPUS: Wishes = yaml.safe_load((Path(__file__).parents[1] / "corpus" / "wishes.yaml").read_text())
PRACTITIONER_FIRST = {
    row.id
    for row in committed_book().tables["concerns"].values()
    if row.properties["points_to"] in {"practitioner_first", "out_of_scope"}
}


@cache
def at_the_wishes() -> Patient:
    patient = Patient(committed_book()).start().press("adult").press("agree")
    assert patient.question.state == "aims"
    return patient


def heard(text: str, *, after: str = "") -> frozenset[str]:
    """The concerns that are taken, with `after` chosen and answered before."""
    patient = Patient(committed_book(), at_the_wishes().person)
    if after:
        patient.choose(after)
    patient.say(text)
    *_, last = patient.person.sessions[0].answers.values()
    return frozenset(last.answer.options) - {"agree", after}


def wanted(group: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concern, messages in CORPUS[group].items():
        for message in messages:
            found.setdefault(message, set()).update({concern} - {"nothing"})
    return {message: frozenset(concerns) for message, concerns in found.items()}


@pytest.mark.parametrize(("message", "concerns"), wanted("known").items())
def test_a_wish_is_understood_on_whichever_screen_it_stands(message: str, concerns: frozenset[str]) -> None:
    assert heard(message) == concerns


def test_most_wishes_that_chose_no_word_are_understood_and_none_leads_past_a_practitioner() -> None:
    unseen = {message: (concerns, heard(message)) for message, concerns in wanted("unseen").items()}
    missed = {message: pair for message, pair in unseen.items() if pair[0] != pair[1]}
    assert len(missed) <= 0.1 * len(unseen), missed
    assert not [
        message
        for message, (meant, taken) in missed.items()
        if taken and meant & PRACTITIONER_FIRST and not taken & PRACTITIONER_FIRST
    ]


def test_something_else_hears_all_wishes_too() -> None:
    assert heard("wrinkles", after="something_else") == {"wrinkles"}
    assert heard("age spots", after="something_else") == {"melasma"}


@pytest.mark.parametrize(("typed", "state"), [("melasma", "refer"), ("a mole that bleeds", "refer_mole")])
def test_it_leads_where_its_own_screen_would(typed: str, state: str) -> None:
    patient = Patient(committed_book(), at_the_wishes().person).say(typed).press("no_date")
    patient.press("none").press("none").press("none")
    assert patient.question.state == state
