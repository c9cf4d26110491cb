"""A treatment that somebody has had, and the check-ins that follow from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.actions.aftercare import aftercare
from bot.actions.enrol import enrol
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Outcome
from bot.engine.value import Phrase, Value
from tests.clinic_data import committed

NOW = "2026-06-02T13:00:00+00:00"  # a Tuesday, 14:00 in London
ACTIONS = {each.name: each for each in (*aftercare(committed()), *enrol(committed()))}


def run(name: str, values: dict[str, Value]) -> Outcome:
    action = ACTIONS[name]
    return action.run({read: values.get(read) for read in action.reads})


def planned(values: dict[str, Value]) -> list[dict[str, Any]]:
    found = {each.kind: json.loads(each.content) for each in run("enrol", values).wanted}
    check_ins: list[dict[str, Any]] = found["plan"]["check_ins"]
    return check_ins


ANSWERS: dict[str, Value] = {
    "treatment": "mesotherapy",
    "care.treated_at": NOW,
    "answered_at": "2026-06-02T13:05:00+00:00",
    "name": "  Anna \n Smith ",
    "phone": "+447700900123",
    "part_of_day": "morning",
}


def test_who_is_to_agree_reads_of_photos_only_where_the_clinic_takes_them() -> None:
    catalogue = committed()
    assert catalogue.clinic is not None
    taking = replace(catalogue, clinic=catalogue.clinic.model_copy(update={"photos": True}))
    asked = {name: _asked_to_agree(of) for name, of in (("off", catalogue), ("on", taking))}
    assert [("photos" in words) for words in asked.values()] == [False, True]
    general = catalogue.treatments["general"]
    topics = {name: topic for name, topic in general.topics.items() if name != "check_in_consent_with_photos"}
    without = {**catalogue.treatments, "general": general.model_copy(update={"topics": topics})}
    assert _asked_to_agree(replace(taking, treatments=without)) == asked["off"]


def _asked_to_agree(catalogue: Catalogue) -> str:
    action = next(each for each in enrol(catalogue) if each.name == "offer_check_ins")
    words = action.run({}).values["enrol.consent"]
    assert isinstance(words, Phrase)
    return words.text


@pytest.mark.parametrize(
    ("treated", "on", "at"),
    [
        ("just_now", None, NOW),
        ("earlier_today", None, "2026-06-02T09:00:00+00:00"),
        ("yesterday", None, "2026-06-01T14:00:00+00:00"),
        ("another_day", "2026-03-27", "2026-03-27T15:00:00+00:00"),  # before the clocks went forward
    ],
)
def test_the_instant_of_a_treatment_is_as_near_as_the_answers_tell(treated: str, on: str | None, at: str) -> None:
    values: dict[str, Value] = {"treatment": "mesotherapy", "treated": treated, "answered_at": NOW}
    values |= {"today_on": date(2026, 6, 2), "treated_on": date.fromisoformat(on) if on else None}
    assert run("aftercare_day", values).values["care.treated_at"] == at


def test_early_in_the_morning_earlier_today_is_not_in_the_future() -> None:
    values: dict[str, Value] = {
        "treatment": "mesotherapy",
        "treated": "earlier_today",
        "answered_at": "2026-06-02T06:00:00+00:00",
    }
    assert run("aftercare_day", values).values["care.treated_at"] == "2026-06-02T06:00:00+00:00"


def test_a_visit_and_its_plan() -> None:
    found = {each.kind: json.loads(each.content) for each in run("enrol", ANSWERS).wanted}
    assert found["visit"] == {
        "device": None,
        "name": "Anna Smith",
        "part_of_day": "morning",
        "phone": "+447700900123",
        "phone_refused": False,
        "treated_at": NOW,
        "treatment": "mesotherapy",
    }
    assert [each["occasion"] for each in found["plan"]["check_ins"]] == [
        *("hours_3", "day_0", "day_1", "day_3", "day_7", "day_14", "day_28", "day_56", "day_84")
    ]
    assert found["plan"]["check_ins"][0]["due_at"] == "2026-06-02T16:00:00+00:00"
    assert found["plan"]["consent"]


def test_what_is_refused_is_not_kept_as_an_answer() -> None:
    found = run("enrol", {**ANSWERS, "name": "not_now", "phone": "not_now"})
    visit = json.loads(found.wanted[0].content)
    assert (visit["name"], visit["phone"], visit["phone_refused"]) == (None, None, True)


def test_who_comes_late_is_asked_only_what_is_still_to_come() -> None:
    late = {**ANSWERS, "care.treated_at": "2026-05-30T14:00:00+00:00"}
    assert [each["occasion"] for each in planned(late)] == ["day_7", "day_14", "day_28", "day_56", "day_84"]
    never = run("enrol", {**ANSWERS, "care.treated_at": "2025-05-30T14:00:00+00:00"})
    assert never.values == {"enrol.planned": False, "enrol.has_phone": True}


def test_the_same_answers_give_the_same_content() -> None:
    assert run("enrol", ANSWERS).wanted == run("enrol", dict(reversed(ANSWERS.items()))).wanted


@pytest.mark.parametrize("missing", ["treatment", "care.treated_at", "answered_at"])
def test_nothing_is_planned_for_what_nobody_knows(missing: str) -> None:
    assert run("enrol", {**ANSWERS, missing: None}).wanted == ()


def test_the_calendar_has_a_line_for_each_question() -> None:
    lines = run("enrol", ANSWERS).values["enrol.lines"]
    assert isinstance(lines, tuple)
    assert len(lines) == len(planned(ANSWERS))
    assert [line.args["at"] for line in lines][:3] == ["17:00", "19:00", "09:00"]
