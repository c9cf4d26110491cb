from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, product

import pytest

from bot.clinic.catalogue import NOT_SURE, Catalogue, build_catalogue
from bot.clinic.matching import Match, match
from bot.clinic.rows import ConcernsFile, PrecautionsFile
from tests.clinic_data import clinic, committed, concern, precaution

TODAY = date(2026, 11, 23)
FAR = "over_3_months"


def matched(concerns: str, precautions: str = "", timeline: str | None = FAR, in_days: int | None = None) -> Match:
    event_on = None if in_days is None else TODAY + timedelta(days=in_days)
    return match(concerns.split(), precautions.split(), timeline, committed(), event_on=event_on, today=TODAY)


def test_rule_1_what_stops_everything_goes_first() -> None:
    found = matched("acne_scars distress", "pregnant")
    assert (found.outcome, found.rule, found.stops) == ("practitioner_first", 1, ("pregnant",))
    assert set(found.reasons) == {("precautions", "pregnant"), ("concerns", "distress")}
    assert matched("", "under_18").rule == 1


def test_rule_2_a_concern_for_the_practitioner() -> None:
    found = matched("acne_scars melasma", "metal_allergy")
    assert (found.outcome, found.rule) == ("practitioner_first", 2)
    assert ("concerns", "melasma") in found.reasons


def test_rule_2_nothing_but_what_is_out_of_scope() -> None:
    assert (matched("out_of_scope").outcome, matched("out_of_scope").rule) == ("practitioner_first", 2)
    beside = matched("out_of_scope dullness")
    assert (beside.outcome, beside.reasons) == (
        "mesotherapy",
        (("concerns", "dullness"), ("timeline", FAR)),
    )


def test_rule_3_no_concern_no_outcome() -> None:
    found = matched("", "needle_fear")
    assert (found.outcome, found.rule, found.missing, found.reasons) == (None, 3, "concern", ())


def test_rule_5_only_for_a_treatment_meant() -> None:
    stopped = matched("acne_scars", "metal_allergy")
    assert (stopped.outcome, stopped.rule, stopped.stops) == ("practitioner_first", 5, ("metal_allergy",))
    assert set(stopped.reasons) == {("concerns", "acne_scars"), ("precautions", "metal_allergy")}
    noted = matched("dullness", "metal_allergy")
    assert (noted.outcome, noted.rule, noted.notes, noted.stops) == (
        "mesotherapy", 7, ("metal_allergy",), (),
    )  # fmt: skip
    both = matched("acne_scars dullness", "metal_allergy")
    assert both.outcome == "practitioner_first"
    assert ("concerns", "dullness") not in both.reasons


def test_rule_5_what_stops_mesotherapy_alone() -> None:
    rows = build_catalogue(
        concerns=ConcernsFile(concerns=[concern("dry", "mesotherapy"), concern("lines", "microneedling")]),
        precautions=PrecautionsFile(precautions=[precaution("odd", "none", "wait")]),
        timelines=None,
    )
    assert match(["dry"], ["odd"], None, rows).rule == 5
    assert match(["lines"], ["odd"], None, rows).missing == "timeline"


@pytest.mark.parametrize("concern_id", ["acne_scars", "dullness"])
def test_rule_6_too_close_for_any_treatment(concern_id: str) -> None:
    found = matched(concern_id, timeline="within_2_weeks")
    assert (found.outcome, found.rule) == ("practitioner_first", 6)
    assert set(found.reasons) == {("concerns", concern_id), ("timeline", "within_2_weeks")}


def test_rule_7_one_both_or_the_other() -> None:
    assert matched("fine_lines").outcome == "microneedling"
    assert matched("event_glow").outcome == "mesotherapy"
    assert matched("event_glow fine_lines").outcome == "combined"


def test_notes_are_those_of_the_treatments_meant() -> None:
    assert matched("acne_scars", "dental_or_vaccine needle_fear").notes == ("needle_fear",)
    assert matched("dullness", "needle_fear dental_or_vaccine").notes == ("dental_or_vaccine", "needle_fear")
    assert matched("sagging", "dental_or_vaccine").notes == ("dental_or_vaccine",)


@pytest.mark.parametrize(
    ("in_days", "outcome", "late"),
    [(-3, "practitioner_first", False), (13, "practitioner_first", False), (14, "microneedling", True),
     (27, "microneedling", True), (28, "microneedling", False), (200, "microneedling", False)],
)  # fmt: skip
def test_an_exact_date_decides_to_the_day(in_days: int, outcome: str, late: bool) -> None:
    found = matched("texture", timeline="weeks_2_to_4", in_days=in_days)
    assert found.outcome == outcome
    assert bool(found.timing_notes) is late


def test_two_to_four_weeks_say_that_needling_will_not_show_by_then() -> None:
    assert matched("texture", timeline="weeks_2_to_4").timing_notes == ("result_not_visible_by_then",)
    assert matched("texture dullness", timeline="weeks_2_to_4").timing_notes != ()
    assert matched("dullness", timeline="weeks_2_to_4").timing_notes == ()
    assert matched("texture", timeline="months_1_to_3").timing_notes == ()
    assert matched("texture", "pregnant", timeline="weeks_2_to_4").timing_notes == ()


def test_no_timeline_yet_no_outcome() -> None:
    found = matched("texture", timeline=None)
    assert (found.outcome, found.missing, found.reasons) == (None, "timeline", ())
    assert matched("texture", "pregnant", timeline=None).outcome == "practitioner_first"


def test_the_clinic_may_want_more_time_before_an_event() -> None:
    base = committed()
    rows = build_catalogue(
        clinic=clinic(earliest_event_days=21),
        concerns=ConcernsFile(concerns=list(base.concerns.values())),
    )
    strict = Catalogue(
        rows.clinic, base.treatments, base.sources, base.concerns, base.precautions, base.timelines, base.signs,
        base.answers, base.campaigns, base.course,
    )  # fmt: skip
    assert match(["dullness"], [], "weeks_2_to_4", strict).outcome == "practitioner_first"
    event_on = TODAY + timedelta(days=21)
    assert match(["dullness"], [], "weeks_2_to_4", strict, event_on=event_on, today=TODAY).outcome == "mesotherapy"


def test_no_booking_beside_a_changing_mole_or_under_18() -> None:
    assert not matched("changing_mole").booking
    assert not matched("acne_scars", "under_18").booking
    assert matched("melasma", NOT_SURE).booking


def test_an_unknown_id_is_the_caller_s_mistake() -> None:
    for concerns, precautions, timeline in [("nope", "", FAR), ("texture", "nope", FAR), ("texture", "", "nope")]:
        with pytest.raises(KeyError, match="nope"):
            matched(concerns, precautions, timeline)


def expected(concerns: list[str], precautions: list[str], timeline: str) -> str | None:
    """The outcome, told once more in the plainest words."""
    rows = committed()
    routes = {rows.concerns[each].points_to for each in concerns}
    meant = routes & {"microneedling", "mesotherapy"}
    actions = [
        {"microneedling": "stop", "mesotherapy": "stop"}
        if each == NOT_SURE
        else rows.precautions[each].model_dump(include={"microneedling", "mesotherapy"})
        for each in precautions
    ]
    if any(set(action.values()) <= {"stop", "wait"} for action in actions):
        return "practitioner_first"
    if "practitioner_first" in routes or routes == {"out_of_scope"}:
        return "practitioner_first"
    if not meant:
        return None
    if any(action[treatment] in {"stop", "wait"} for action in actions for treatment in meant):
        return "practitioner_first"
    if timeline == "within_2_weeks":
        return "practitioner_first"
    return "combined" if len(meant) == 2 else str(*meant)


def test_every_concern_timeline_and_precaution() -> None:
    rows = committed()
    for one, when, other in product(rows.concerns, rows.timelines, [None, NOT_SURE, *rows.precautions]):
        precautions = [] if other is None else [other]
        found = match([one], precautions, when, rows)
        assert found.outcome == expected([one], precautions, when), (one, when, other)
        assert found.reasons or found.outcome is None, (one, when, other)


def test_every_pair_of_concerns() -> None:
    rows = committed()
    for pair, when in product(combinations(rows.concerns, 2), rows.timelines):
        assert match(pair, [], when, rows).outcome == expected(list(pair), [], when), (pair, when)
