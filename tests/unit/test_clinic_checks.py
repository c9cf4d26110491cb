from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from bot.clinic import rows
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.checks import BASE_FACTS, WARNINGS, check_catalogue
from tests.clinic_data import UNSIGNED, clinic, committed, concern, load, numbers, precaution, sign, timeline

SIGNED: dict[str, Any] = {"source": ["base"], "reviewed_by": "Dr A. Clinician", "reviewed_on": date(2026, 11, 1)}


def treatment(row_id: str, covers: list[str], **more: Any) -> rows.Treatment:
    topics = {"how": {"text": "How it works.", "covers": covers, **SIGNED}}
    return rows.Treatment.model_validate(
        {"id": row_id, "label": row_id, "name": row_id, "topics": topics, **SIGNED, **more}
    )


def findings(catalogue: Catalogue) -> list[tuple[str, str, str, str]]:
    return [each[:4] for each in check_catalogue(catalogue)]


def timelines(*made: rows.Timeline) -> list[tuple[str, str]]:
    catalogue = build_catalogue(timelines=rows.TimelinesFile(timelines=list(made)))
    return [(each.code, each.row) for each in check_catalogue(catalogue) if each.code.startswith("timeline:")]


def test_the_committed_rows_have_no_mistake() -> None:
    assert [each for each in check_catalogue(committed()) if each.code not in WARNINGS] == []


def test_what_a_clinician_must_sign_is_listed() -> None:
    listed = {each.row for each in check_catalogue(committed()) if each.code == "row:unsigned"}
    assert set(committed().precautions) <= listed
    assert set(committed().signs) <= listed


def test_an_empty_folder_has_no_mistake() -> None:
    assert check_catalogue(build_catalogue()) == ()


def test_base_facts_that_no_text_carries() -> None:
    most = treatment("microneedling", list(BASE_FACTS[:-2]))
    found = check_catalogue(build_catalogue(treatments=rows.TreatmentsFile(treatments=[most])))
    assert [each.message[-3:] for each in found if each.code == "fact:uncovered"] == ["S60", "S61"]
    other = treatment("peel", [])
    assert findings(build_catalogue(treatments=rows.TreatmentsFile(treatments=[other]))) == []


def test_signatures() -> None:
    made = [
        precaution("signed", "stop", "stop", **SIGNED),
        precaution("no_day", "stop", "stop", reviewed_by="Dr A. Clinician"),
        precaution("no_name", "stop", "stop", reviewed_on="2026-11-01"),
        precaution("nobody", "stop", "stop"),
    ]
    files = build_catalogue(precautions=rows.PrecautionsFile(precautions=made))
    assert findings(files) == [
        ("row:signed_without_date", "precautions.yaml", "no_day", "reviewed_by"),
        ("row:dated_without_name", "precautions.yaml", "no_name", "reviewed_on"),
        ("row:unsigned", "precautions.yaml", "nobody", "reviewed_by"),
    ]


def named(**more: object) -> rows.Clinic:
    """A clinic that names who reads about self-harm."""
    return clinic(crisis_contact=5, **more)


def test_live_refuses_unsigned_safety_rows_only() -> None:
    unsigned = treatment("peel", [], topics={"how": {"text": "How.", **UNSIGNED}})
    files = build_catalogue(
        clinic=named(mode="live"),
        numbers=numbers(),
        treatments=rows.TreatmentsFile(treatments=[unsigned]),
        concerns=rows.ConcernsFile(
            concerns=[concern("away", "out_of_scope"), concern("seen", "practitioner_first")]
        ),
    )
    assert findings(files) == [
        ("row:unsigned", "concerns.yaml", "away", "reviewed_by"),
        ("row:unsigned_in_live", "concerns.yaml", "seen", "reviewed_by"),
        ("row:unsigned", "treatments.yaml", "peel", "topics.how.reviewed_by"),
    ]


def test_timelines_leave_no_gap_and_no_overlap() -> None:
    none = timeline("none", None, None)
    assert timelines(timeline("all", 0, None), none) == []
    assert timelines(timeline("late", 5, None), none) == [("timeline:gap", "late")]
    assert timelines(timeline("a", 0, 9), timeline("b", 11, None), none) == [("timeline:gap", "b")]
    assert timelines(timeline("a", 0, 9), timeline("b", 9, None), none) == [("timeline:overlap", "b")]
    assert timelines(timeline("a", 0, None), timeline("b", 9, None), none) == [("timeline:overlap", "b")]
    assert timelines(timeline("a", 0, 9), none) == [("timeline:gap", "a")]
    assert timelines(timeline("a", 0, None)) == [("timeline:gap", "")]
    backwards = [("timeline:backwards", "b"), ("timeline:backwards", "c")]
    assert timelines(timeline("a", 0, None), timeline("b", 9, 3), timeline("c", None, 4), none) == backwards
    assert timelines(none) == [("timeline:gap", "")]


@pytest.mark.parametrize(
    ("second", "field"), [((10, 3), "max_days"), ((50, 19), "min_days"), ((None, 19), "min_days")]
)
def test_of_days_that_run_backwards_the_end_that_fits_no_neighbour_is_named(
    second: tuple[int | None, int], field: str
) -> None:
    made = [timeline("a", 0, 9), timeline("b", *second), timeline("c", 20, None), timeline("none", None, None)]
    catalogue = build_catalogue(timelines=rows.TimelinesFile(timelines=made))
    found = [(each.code, each.row, each.field) for each in check_catalogue(catalogue) if "timeline" in each.code]
    assert found == [("timeline:backwards", "b", field)]


def test_a_treatment_that_is_not_there() -> None:
    day = {"id": "day", "treatment": "mesotherapy", "from_day": 0, "to_day": 1}
    texts = {"usual": "u", "do": "d", "avoid": "a", "call": "c"}
    files = build_catalogue(
        treatments=rows.TreatmentsFile(treatments=[treatment("microneedling", list(BASE_FACTS))]),
        concerns=rows.ConcernsFile(
            concerns=[concern("a", "microneedling", **SIGNED), concern("b", "mesotherapy", **SIGNED)]
        ),
        recovery=rows.RecoveryFile(course=[rows.DayOfCourse.model_validate({**day, **texts, **SIGNED})], signs=[]),
    )
    assert findings(files) == [
        ("treatment:unknown", "concerns.yaml", "b", "points_to"),
        ("treatment:unknown", "recovery.yaml", "day", "treatment"),
        ("treatment:unknown", "treatments.yaml", "", "treatments"),
    ]


def test_a_source_that_is_not_there() -> None:
    source = rows.Source(id="P1", title="A paper", kind="primary")
    good = {**SIGNED, "source": ["P1", "judgement"]}
    bad = {**SIGNED, "source": ["P2"]}
    topics = {"how": {"text": "How.", **bad}}
    files = build_catalogue(
        treatments=rows.TreatmentsFile(treatments=[treatment("peel", [], topics=topics)], sources=[source]),
        concerns=rows.ConcernsFile(
            concerns=[concern("a", "out_of_scope", **good), concern("b", "out_of_scope", **bad)]
        ),
    )
    assert findings(files) == [
        ("source:unknown", "concerns.yaml", "b", "source.0"),
        ("source:unknown", "treatments.yaml", "peel", "topics.how.source.0"),
    ]


def test_answers_that_are_still_empty_or_about_no_sign() -> None:
    made = [
        rows.Answer(id="hot", asked=["fever"], text="x", sign="fever", **SIGNED),
        rows.Answer(id="price", asked=["how much"], text=None, source=["judgement"]),
        rows.Answer(id="park", asked=["car"], text="x", **{**SIGNED, "source": ["P2"]}),
    ]
    files = build_catalogue(answers=rows.AnswersFile(answers=made))
    assert findings(files) == [
        ("sign:unknown", "answers.yaml", "hot", "sign"),
        ("source:unknown", "answers.yaml", "park", "source.0"),
        ("answer:empty", "answers.yaml", "price", "text"),
    ]


def test_campaigns_that_clash_or_lead_to_no_location() -> None:
    made = [
        rows.Campaign(id="one", label="One", flow="consult"),
        rows.Campaign(id="two", label="Two", flow="consult", payload="one", location="harbour"),
        rows.Campaign(id="three", label="Three", flow="consult", location="moon"),
    ]
    campaigns = rows.CampaignsFile(campaigns=made)
    assert findings(build_catalogue(clinic=named(), numbers=numbers(), campaigns=campaigns)) == [
        ("campaign:unknown_location", "campaigns.yaml", "three", "location"),
        ("campaign:payload_clash", "campaigns.yaml", "two", "payload"),
    ]
    assert len(findings(build_catalogue(campaigns=campaigns))) == 3


def test_signs_that_name_no_sign_or_no_word() -> None:
    made = sign("fever", "fever", "very my", red_with=["nowhere", "fever"], **SIGNED)
    made = made.model_copy(update={"heard_abroad": {"fr": ["?"]}, "unless_beside": ["hay fever"]})
    made = made.model_copy(update={"asked_beside": ["hay", "!"]})
    files = build_catalogue(
        recovery=rows.RecoveryFile(course=[], signs=[made], words={"hot": ["warm", "too hot"]})
    )
    assert findings(files) == [
        ("sign:phrase", "recovery.yaml", "", "words.hot.1"),
        ("sign:phrase", "recovery.yaml", "fever", "asked_beside.1"),
        ("sign:phrase", "recovery.yaml", "fever", "heard.1"),
        ("sign:phrase", "recovery.yaml", "fever", "heard_abroad.fr.0"),
        ("sign:unknown", "recovery.yaml", "fever", "red_with.0"),
        ("sign:phrase", "recovery.yaml", "fever", "unless_beside.0"),
    ]


def test_a_clinic_in_no_time_zone_that_closes_backwards() -> None:
    place = {**load("clinic")["locations"][0], "closed_on": [{"first_on": "2026-12-28", "last_on": "2026-12-25"}]}
    made = named(time_zone="Europe/Londn", locations=[place])
    assert findings(build_catalogue(clinic=made, numbers=numbers())) == [
        ("clinic:time_zone", "clinic.yaml", "", "time_zone"),
        ("clinic:closed_backwards", "clinic.yaml", "harbour", "closed_on.0"),
    ]


def test_of_two_rows_with_one_id_the_first_counts() -> None:
    made = [concern("a", "microneedling"), concern("a", "mesotherapy")]
    files = build_catalogue(concerns=rows.ConcernsFile(concerns=made))
    assert files.meant_by(["a"]) == ("microneedling",)


def test_a_catalogue_does_not_change() -> None:
    with pytest.raises(TypeError):
        committed().concerns["a"] = concern("a", "mesotherapy")  # type: ignore[index]
    assert replace(committed(), course=()).course == ()


def test_a_date_is_text_or_a_date() -> None:
    assert concern("a", "mesotherapy", reviewed_on="2026-11-01").reviewed_on == date(2026, 11, 1)
    with pytest.raises(ValidationError, match="reviewed_on"):
        concern("a", "mesotherapy", reviewed_on="soon")
    with pytest.raises(ValidationError, match="reviewed_on"):
        concern("a", "mesotherapy", reviewed_on=20261101)
