"""What the answers of a check-in come to, what is said about it, and who is told."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bot.actions.check_in import check_ins
from bot.actions.level import level_actions
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.rows import RecoveryFile
from bot.engine.model import Action, Ask, Outcome, Standing
from bot.engine.value import Phrase, Value
from tests.clinic_data import clinic, committed
from tests.committed import committed_reading

ROOT = Path(__file__).parents[2]
OPEN_AT = "2026-06-02T10:02:00+00:00"  # a Tuesday, 11:02 in London
EVENING_AT = "2026-06-02T20:00:00+00:00"
VISIT: dict[str, Value] = {
    "visit.id": "V1-1",
    "visit.kind": "full",
    "visit.occasion": "day_3",
    "visit.treatment": "mesotherapy",
    "visit.day": 3,
    "visit.treated_on": "2026-05-30",
}
WORSE_UNNAMED: dict[str, Value] = {
    "overall": "worse", "short": "more_than_this", "redness": "none", "swelling": "none", "pain": "none",
}  # fmt: skip
FINE: dict[str, Value] = {"overall": "better", "short": "like_today", "signs": frozenset()}


def report_only() -> Catalogue:
    """The committed rows, at a clinic that gives no verdicts."""
    known = committed()
    data = RecoveryFile(
        course=list(known.course),
        signs=list(known.signs.values()),
        levels=list(known.levels),
        plan=list(known.plan),
    )
    return build_catalogue(clinic=clinic(levels="report_only"), recovery=data)


@cache
def actions() -> dict[str, Action]:
    return {each.name: each for each in (*level_actions(committed()), *check_ins(committed()))}


def run(name: str, values: dict[str, Value], among: dict[str, Action] | None = None) -> Outcome:
    """What a flow sees: the day first, then the action."""
    known = among or actions()
    seen = {**VISIT, "answered_at": OPEN_AT, "clinic.staffed": True, **values}
    seen |= known["check_in_day"].run(seen).values
    action = known[name]
    return action.run({read: seen.get(read) for read in action.reads})


def content(wanted: tuple[Standing, ...], of: str) -> dict[str, object] | None:
    found = [json.loads(each.content) for each in wanted if each.kind == of]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("answers", "level", "family"),
    [
        (FINE, "green", None),
        ({**FINE, "overall": "worse"}, "amber_soon", "clinic"),
        ({**FINE, "signs": frozenset({"pus_or_crust"})}, "amber_today", "clinic"),
        ({**FINE, "signs": frozenset({"white_or_net_skin"})}, "red", "skin_colour"),
        ({**FINE, "signs": frozenset({"white_or_net_skin", "breathing"})}, "red", "ambulance"),
        ({**FINE, "redness": "spreading_fast"}, "red", "ambulance"),
        ({**FINE, "signs": frozenset({"blisters"}), "pain": "strong"}, "red", "skin_colour"),
        ({**FINE, "clarified": "more_than_this"}, "amber_today", "clinic"),
        ({**FINE, "clarified": "more_than_this", "signs": frozenset({"breathing"})}, "red", "ambulance"),
        (WORSE_UNNAMED, "amber_today", "clinic"),
        ({**WORSE_UNNAMED, "clarified": "more_than_this"}, "amber_today", "clinic"),
        ({**WORSE_UNNAMED, "clarified": "like_today"}, "amber_soon", "clinic"),
        ({"lump": "new_lump"}, "amber_today", "clinic"),
        ({"lump": "none"}, "green", None),
        ({"overall": "urgent", "redness": "urgent", "signs": frozenset({"urgent"})}, "green", None),
    ],
)
def test_a_level_and_whose_words_it_needs(answers: dict[str, Value], level: str, family: str | None) -> None:
    found = run("level", answers)
    assert found.values["level.outcome"] == level
    assert found.values.get("level.family") == family
    result, course = content(found.wanted, "result"), content(found.wanted, "course")
    assert result is not None
    assert (result["outcome"], result["treatment"], result["day"]) == (level, "mesotherapy", 3)
    assert course is not None
    assert course["level"] == level
    alert = content(found.wanted, "alert")
    assert (alert is None) is (level == "green")
    if alert is not None:
        assert alert["level"] == level


def test_a_worse_answer_than_the_last_one_counts() -> None:
    # before: mild pain two days ago, now strong
    better = run("level", {**FINE, "pain": "mild", "last.pain": "mild"})
    worse = run("level", {**FINE, "pain": "mild", "last.pain": "none"})
    assert better.values["level.outcome"] == "green"
    assert worse.values["level.outcome"] == "amber_today"


def test_the_persons_own_words_stay_with_the_check_in() -> None:
    course = content(run("level", {**FINE, "overall": "worse", "words": "since noon"}).wanted, "course")
    assert course is not None
    assert course["answers"] == {
        "overall": ["worse"],
        "short": ["like_today"],
        "signs": [],
        "words": ["since noon"],
    }


def test_a_day_nobody_knows_is_read_as_one_on_which_all_has_settled() -> None:
    found = run("level", {**FINE, "redness": "fading", "visit.treatment": None})
    assert found.values["level.outcome"] == "amber_soon"


@pytest.mark.parametrize(
    ("answers", "way", "alerts"),
    [
        (FINE, "enough", False),
        ({**FINE, "overall": "worse"}, "redness", False),
        ({**FINE, "short": "more_than_this"}, "redness", False),
        ({**FINE, "signs": frozenset({"blisters"})}, "redness", True),
        ({**FINE, "signs": frozenset({"blisters"}), "redness": "none"}, "swelling", True),
        ({**FINE, "signs": frozenset({"fever"}), "redness": "none", "swelling": "fading"}, "pain", True),
        ({**FINE, "signs": frozenset({"fever"}), "redness": "spreading_slowly"}, "red", False),
        ({**FINE, "told.more": True}, "tell", False),
        ({**FINE, "told.more": True, "told": "it tastes of metal"}, "enough", False),
        ({**FINE, "signs": frozenset({"breathing"})}, "red", False),
        (
            {**FINE, "short": "more_than_this", "redness": "none", "swelling": "none", "pain": "none"},
            "clarify",
            False,
        ),
        ({**WORSE_UNNAMED, "signs": frozenset()}, "clarify", False),
        ({**WORSE_UNNAMED, "signs": frozenset({"bumps"})}, "enough", False),
        (
            {**FINE, "short": "more_than_this", "redness": "fading", "swelling": "none", "pain": "none"},
            "enough",
            False,
        ),
        ({**FINE, "overall": "worse", "redness": "none", "swelling": "none", "pain": "none"}, "enough", False),
    ],
)
def test_what_is_asked_next(answers: dict[str, Value], way: str, alerts: bool) -> None:
    found = run("weigh_answers", answers)
    assert found.values["weigh.way"] == way
    assert (content(found.wanted, "alert") is not None) is alerts


def test_without_verdicts_everything_goes_to_staff_and_nothing_is_judged() -> None:
    among = {each.name: each for each in (*level_actions(report_only()), *check_ins(report_only()))}
    for answers in (FINE, {**FINE, "signs": frozenset({"breathing"})}):
        found = run("level", answers, among)
        assert found.values == {"level.outcome": "report"}
        alert, course = content(found.wanted, "alert"), content(found.wanted, "course")
        assert alert is not None
        assert (alert["level"], alert["reason"]) == ("amber_today", "report")
        assert course is not None
        assert course["level"] == "report"
        assert content(found.wanted, "result") is None
    assert run("weigh_answers", {**FINE, "signs": frozenset({"blisters"})}, among).wanted == ()


@pytest.mark.parametrize(
    ("more", "reach", "by"),
    [
        ({"contact.phone": "+447700900123"}, "rings_you", "13:00"),
        ({"phone": "not_now"}, "ring_them", "13:00"),
        ({"phone": "+447700900123", "clinic.staffed": False}, "ring_them", "13:00"),
        ({"answered_at": "2026-06-02T16:20:00+00:00"}, "ring_them", "17:55"),
        ({"answered_at": "2026-06-02T16:26:00+00:00"}, "closed", None),  # nobody is promised the last minutes
        ({"answered_at": EVENING_AT}, "closed", None),
        ({"answered_at": None}, "closed", None),
    ],
)
def test_who_rings_whom_and_by_when(more: dict[str, Value], reach: str, by: str | None) -> None:
    said = run("level_words", {**FINE, "signs": frozenset({"pus_or_crust"}), **more}).values
    assert said["level.reach"] == reach
    assert said.get("level.by") == by


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, "alert_told"),
        ({"answered_at": EVENING_AT}, "alert_closed"),
        ({"clinic.staffed": False}, "alert_unread"),
    ],
)
def test_whoever_is_in_danger_is_told_who_reads_this(more: dict[str, Value], place: str) -> None:
    told = run("level_words", {"signs": frozenset({"breathing"}), **more}).values["level.told"]
    assert isinstance(told, Phrase)
    if place == "alert_closed":
        assert told.text == "{told} They open {clinic.next_open|later}."
        inner = told.args["told"]
        assert isinstance(inner, Phrase)
        told = inner
    assert told.place == f"treatments.general.{place}"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-06-02T19:00:00+01:00", "this evening, at 19:00"),
        ("2026-06-02T13:30:00+01:00", "this afternoon, at 13:30"),
        ("2026-06-03T09:00:00+01:00", "2026-06-03, in the morning, at 09:00"),
        ("2026-06-03T00:40:00+01:00", "2026-06-03, at night, at 00:40"),
        ("2026-06-02T22:40:00+01:00", "tonight, at 22:40"),
        (None, None),
    ],
)
def test_when_the_next_question_comes(at: str | None, words: str | None) -> None:
    days: dict[str, Value] = {"next.fine_at": at, "present_on": date(2026, 6, 2)}
    found = run("level_words", {**FINE, **days}).values.get("level.next")
    if words is None:
        assert found is None
        return
    assert isinstance(found, Phrase)
    part = found.args["part"]
    assert isinstance(part, Phrase)
    said = found.text.replace("{heading}: ", "").replace("{day}", str(found.args.get("day")))
    assert said.replace("{part}", part.text).replace("{at}", str(found.args["at"])) == words


def test_which_question_is_next_depends_on_what_the_answers_come_to() -> None:
    days: dict[str, Value] = {
        "next.fine_at": "2026-06-06T19:00:00+01:00",
        "next.off_at": "2026-06-03T19:00:00+01:00",
        "next.report_at": "2026-06-04T19:00:00+01:00",
    }
    among = {each.name: each for each in (*level_actions(report_only()), *check_ins(report_only()))}
    for answers, known, day in ((FINE, None, 6), ({**FINE, "overall": "worse"}, None, 3)):
        found = run("level_words", {**answers, **days}, known).values["level.next"]
        assert isinstance(found, Phrase)
        assert found.args["day"] == date(2026, 6, day)
    # a clinic without rows has no words for it either
    assert "level.next" not in run("level_words", {**FINE, **days}, among).values


@pytest.mark.parametrize(
    ("treatment", "occasion", "alerts"),
    [
        ("mesotherapy", "hours_3", True),
        ("mesotherapy", "day_1", True),
        ("combined", "day_0", True),
        ("mesotherapy", "day_3", False),
        ("microneedling", "day_0", False),
    ],
)
def test_silence_after_an_injection_is_told(treatment: str, occasion: str, alerts: bool) -> None:
    found = run("note_silence", {"visit.treatment": treatment, "visit.occasion": occasion})
    assert content(found.wanted, "silence") == {"essential": alerts}


def test_worry_alone_reaches_a_person_the_same_day_and_is_told_what_is_usual() -> None:
    found = run("note_worry", {})
    alert = content(found.wanted, "alert")
    assert alert is not None
    assert (alert["level"], alert["reason"], alert["day"]) == ("amber_today", "worried", 3)
    assert isinstance(found.values["worry.usual"], Phrase)
    nobody = run("note_worry", {"visit.treatment": None})
    assert "worry.usual" not in nobody.values
    assert content(nobody.wanted, "alert") is not None


def test_what_comes_unasked_names_no_treatment_and_no_sign_where_others_can_read_it() -> None:
    book = committed_reading().book
    assert book is not None
    words = {"needl", "meso", "inject", "treat", "skin", "lump", "red", "swell", "pain", "fever"}
    for name in ("overall", "lump", "last_call"):
        ask = book.flows["recovery"].states[name]
        assert isinstance(ask, Ask)
        first = ask.text.plain_source[0].replace("{first_name|there}", "A")[:60].lower()
        assert not [word for word in words if word in first], first
        if ask.remind is not None:
            said = ask.remind.say.plain_source[0][:60].lower()
            assert not [word for word in words if word in said], said
