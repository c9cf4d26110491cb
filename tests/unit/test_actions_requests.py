"""What staff are asked for, and what they are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.actions.registry import make_actions
from bot.actions.staff_hours import who_reads
from bot.clinic.catalogue import build_catalogue
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value
from tests.clinic_data import clinic, committed
from tests.committed import committed_reading

ROOT = Path(__file__).parents[2]


@cache
def actions() -> Mapping[str, Action]:
    reading = committed_reading()
    assert reading.book is not None, [str(issue) for issue in reading.issues if not issue.is_warning]
    return reading.book.actions


def run(name: str, **values: Value) -> Outcome:
    action = actions()[name]
    named = {key.replace("__", "."): value for key, value in values.items()}
    assert named.keys() <= set(action.reads)
    return action.run(dict.fromkeys(action.reads) | named)


def content(outcome: Outcome) -> dict[str, Any]:
    (wanted,) = outcome.wanted
    found = json.loads(wanted.content)
    assert isinstance(found, dict)
    return found


def test_a_booking_after_a_match() -> None:
    outcome = run(
        "open_booking",
        concerns=frozenset({"dullness", "acne_scars"}),
        precautions=frozenset({"needle_fear"}),
        when="months_1_to_3",
        when_on=date(2026, 12, 26),
        match__outcome="combined",
    )
    assert outcome.wanted[0].kind == "lead"
    assert outcome.values == {"lead.key": "booking"}
    assert content(outcome) == {
        "kind": "booking",
        "notes": [
            "Match: A plan with both",
            "Would like to improve: indented acne scars, dull, tired skin",
            "To know: a fear of needles",
            "When: In 1 to 3 months (2026-12-26)",
        ],
        "phone": None,
        "urgent": False,
    }


def test_a_booking_after_a_referral_is_a_consultation() -> None:
    outcome = run("open_booking", precautions=frozenset({"not_sure"}), match__outcome="practitioner_first")
    assert content(outcome)["kind"] == "consultation"
    assert content(outcome)["notes"] == ["Match: a practitioner first", "To know: something you weren't sure of"]


def test_the_use_of_the_code_is_promised_only_where_staff_can_look_it_up() -> None:
    assert "lead.code_use" in run("open_booking", clinic__staffed=True).values
    assert "lead.code_use" not in run("open_booking", clinic__staffed=False).values


@pytest.mark.parametrize(
    ("link", "campaign", "expected"),
    [
        ("https://book.example.org/a", "poster", "https://book.example.org/a?utm_campaign=poster"),
        ("https://book.example.org/a?b=1#c", "poster", "https://book.example.org/a?b=1&utm_campaign=poster#c"),
        ("https://book.example.org/a", None, "https://book.example.org/a"),
        (None, "poster", None),
    ],
)
def test_the_link_holds_the_campaign_and_no_answer(
    link: str | None, campaign: str | None, expected: str | None
) -> None:
    values = run(
        "open_booking", concerns=frozenset({"dullness"}), clinic__booking_link=link, campaign=campaign
    ).values
    assert values.get("lead.link") == expected
    assert ("lead.online" in values) is (expected is not None)


def test_a_call_carries_the_number_and_no_answers_when_there_are_none() -> None:
    assert content(run("ask_to_ring", phone="+447700900123")) == {
        "kind": "ring_me", "notes": [], "phone": "+447700900123", "urgent": False
    }  # fmt: skip


def test_a_call_in_an_emergency_is_urgent() -> None:
    assert content(run("ask_to_ring", phone="999", emergency__family="ambulance"))["urgent"] is True


def test_what_is_told_afterwards_joins_the_same_request() -> None:
    before = run("ask_to_ring", phone="0770")
    after = run("note_tell", phone="0770", lead__key="ring_me", precautions=frozenset({"retinoids", "pregnant"}))
    assert (before.wanted[0].kind, before.wanted[0].key) == (after.wanted[0].kind, after.wanted[0].key)
    assert content(after)["notes"] == ["To know: being pregnant, retinol, acids or scrubs"]
    told = after.values["lead.told"]
    assert isinstance(told, tuple)
    assert [phrase.place for phrase in told] == ["precautions.retinoids.note"]


def test_what_is_told_without_a_request_asks_nobody() -> None:
    assert run("note_tell", precautions=frozenset()) == Outcome({})


def test_an_alert_says_what_was_heard() -> None:
    outcome = run(
        "raise_alert", emergency__family="ambulance", emergency__signs="breathing,unwell", clinic__staffed=True
    )
    assert outcome.wanted[0].kind == "alert"
    assert content(outcome) == {"level": "red", "reason": "ambulance", "signs": ["breathing", "unwell"]}
    assert "alert.told" in outcome.values


def test_an_alert_from_the_list_promises_nothing_without_staff() -> None:
    outcome = run("raise_alert")
    assert content(outcome) == {"level": "red", "reason": "urgent_list", "signs": []}
    told = outcome.values["alert.told"]
    assert isinstance(told, Phrase)
    assert told.place == "treatments.general.alert_unread"


def test_every_action_keeps_to_what_it_declares() -> None:
    for action in actions().values():
        outcome = action.run(dict.fromkeys(action.reads))
        assert outcome.values.keys() <= action.sets.keys(), action.name
        assert {wanted.kind for wanted in outcome.wanted} <= action.may, action.name
        for wanted in outcome.wanted:
            assert wanted.content == json.dumps(json.loads(wanted.content), sort_keys=True, ensure_ascii=False)


def test_all_actions_stand_over_an_empty_catalogue() -> None:
    for action in make_actions(build_catalogue()).values():
        assert None not in action.run(dict.fromkeys(action.reads)).values.values(), action.name


def test_of_self_harm_one_person_is_told_or_the_words_say_that_nobody_reads() -> None:
    data = {"privacy_contact": "x", "staff": []}
    for more, place in (
        ({}, "alert_crisis_untold"),
        ({"crisis_contact": 5}, "alert_crisis"),
        ({"on_call": [5]}, "alert_crisis"),
        ({"staff": [{"id": 5, "role": "owner"}]}, "alert_crisis"),
        ({"staff": [{"id": 5, "role": "reception"}]}, "alert_crisis_untold"),
    ):
        made = replace(committed(), clinic=clinic(**{**data, **more}))
        for staffed in (True, False):
            told = who_reads(made, None, staffed=staffed, is_crisis=True)
            assert told is not None
            assert told.place == f"treatments.general.{place}"
