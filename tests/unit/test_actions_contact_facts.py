"""Facts about the person: consent to certain words, age, language, stop, erasure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.actions.registry import make_actions
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.rows import Topic, Treatment, TreatmentsFile
from bot.engine.model import Standing
from bot.engine.value import Phrase


def catalogue(**topics: str) -> Catalogue:
    rows = {
        name: Topic(text=text, source=["judgement"], reviewed_by=None, reviewed_on=None)
        for name, text in topics.items()
    }
    general = Treatment(
        id="general",
        label="Both",
        name="both",
        topics=rows,
        source=["judgement"],
        reviewed_by=None,
        reviewed_on=None,
    )
    return build_catalogue(treatments=TreatmentsFile(treatments=[general]))


def wanted(name: str, of: Catalogue, **values: str) -> tuple[Standing, ...]:
    return make_actions(of)[name].run(values).wanted


def content(standing: Standing) -> dict[str, Any]:
    found = json.loads(standing.content)
    assert isinstance(found, dict)
    return found


def test_the_words_offered_are_the_words_agreed_to() -> None:
    first, second = catalogue(consent="I agree."), catalogue(consent="I agree to more.")
    assert make_actions(first)["offer_consent"].run({}).values == {
        "consent.text": Phrase("treatments.general.consent", "I agree.")
    }
    versions = [content(wanted("record_consent", each)[0])["version"] for each in (first, second, first)]
    assert versions[0] == versions[2] != versions[1]
    assert len(versions[0]) == 16


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("note_under_18", "fact", "minor"),
        ("stop_messages", "fact", "stop"),
        ("resume_messages", "fact", "resume"),
        ("start_again", "fact", "restart"),
        ("export_me", "export", "export"),
        ("forget_me", "erase", "erase"),
    ],
)
def test_facts(name: str, kind: str, key: str) -> None:
    (standing,) = wanted(name, catalogue())
    assert (standing.kind, standing.key) == (kind, key)


def test_only_a_wish_to_be_erased_ends_with_a_goodbye() -> None:
    of = catalogue(farewell="Take care.")
    assert content(wanted("erase_me", of)[0]) == {"farewell": "Take care."}
    assert content(wanted("forget_me", of)[0]) == {"farewell": ""}


def test_the_language_is_the_chosen_one() -> None:
    assert content(wanted("set_language", catalogue(), new_language="de")[0]) == {"language": "de"}
    assert wanted("set_language", catalogue()) == ()


def test_branch_does_nothing() -> None:
    assert wanted("branch", catalogue()) == ()
