"""The reasons of a match, by brute force over the classes of answers, and what holds for any answers."""

from __future__ import annotations

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.catalogue import NOT_SURE, Catalogue, build_catalogue
from bot.clinic.matching import match
from bot.clinic.rows import ConcernsFile, PrecautionsFile, TimelinesFile
from tests.clinic_data import committed, concern, precaution, timeline

Answer = tuple[str, str]
Answers = frozenset[Answer]

# Two of the class that most outcomes rest on, one of each other: an outcome can't tell members of a class apart.
CONCERNS = ["needle_a", "needle_b", "inject", "doctor", "elsewhere"]
PRECAUTIONS = ["every", "needle_only", "inject_only", "told"]
TIMELINES = ["soon", "month", "whenever"]


def classes() -> Catalogue:
    routes = ["microneedling", "microneedling", "mesotherapy", "practitioner_first", "out_of_scope"]
    actions = [("stop", "wait"), ("wait", "tell"), ("none", "stop"), ("tell", "tell")]
    return build_catalogue(
        concerns=ConcernsFile(concerns=[concern(*pair) for pair in zip(CONCERNS, routes, strict=True)]),
        precautions=PrecautionsFile(
            precautions=[precaution(name, *both) for name, both in zip(PRECAUTIONS, actions, strict=True)]
        ),
        timelines=TimelinesFile(
            timelines=[timeline("soon", 0, 13), timeline("month", 14, 27), timeline("whenever", None, None)]
        ),
    )


ROWS = classes()


def subsets(of: Answers) -> list[Answers]:
    ordered = sorted(of)
    sizes = range(len(ordered) + 1)
    return [frozenset(each) for each in chain.from_iterable(combinations(ordered, size) for size in sizes)]


def found(answers: Answers) -> tuple[str | None, Answers]:
    whens = [row for kind, row in answers if kind == "timeline"]
    made = match(
        [row for kind, row in answers if kind == "concerns"],
        [row for kind, row in answers if kind == "precautions"],
        whens[0],
        ROWS,
    )
    return made.outcome, frozenset(made.reasons)


CHOSEN = frozenset([*(("concerns", row) for row in CONCERNS), *(("precautions", row) for row in PRECAUTIONS)])
WHENS = [("timeline", row) for row in TIMELINES]
TABLE = {chosen | {when}: found(chosen | {when}) for chosen in subsets(CHOSEN) for when in WHENS}


def sufficient(held: Answers, answers: Answers) -> bool:
    """Holding these, no change of the others changes the outcome."""
    whens = [when for when in WHENS if when in held] or WHENS
    chosen = frozenset(answer for answer in answers - held if answer[0] != "timeline")
    outcome = TABLE[answers][0]
    stays = frozenset(answer for answer in held if answer[0] != "timeline")
    return all(TABLE[stays | kept | {when}][0] == outcome for kept in subsets(chosen) for when in whens)


def test_holding_all_that_is_cited_no_change_of_the_others_changes_the_outcome() -> None:
    for answers, (_, cited) in TABLE.items():
        assert sufficient(cited, answers), (sorted(answers), sorted(cited))


def test_what_is_cited_is_what_stands_in_a_minimal_sufficient_set() -> None:
    for answers, (outcome, cited) in TABLE.items():
        if len(answers) > 6:  # all classes meet in smaller sets too; the rest is the same, slower
            continue
        enough = {held for held in subsets(answers) if sufficient(held, answers)}
        minimal = [held for held in enough if not any(held - {one} in enough for one in held)]
        assert cited == frozenset().union(*minimal), (sorted(answers), outcome)


concern_ids = st.frozensets(st.sampled_from(list(committed().concerns)))
precaution_ids = st.frozensets(st.sampled_from([*committed().precautions, NOT_SURE]), max_size=6)
timeline_ids = st.sampled_from(list(committed().timelines))


@given(concern_ids, precaution_ids, timeline_ids)
def test_equal_answers_give_equal_matches_in_any_order(
    concerns: frozenset[str], precautions: frozenset[str], when: str
) -> None:
    rows = committed()
    one = match(sorted(concerns), sorted(precautions), when, rows)
    assert one == match(sorted(concerns, reverse=True), sorted(precautions, reverse=True), when, rows)


@given(concern_ids, precaution_ids, timeline_ids, st.sampled_from([*committed().precautions, NOT_SURE]))
def test_a_precaution_more_never_turns_a_referral_into_a_treatment(
    concerns: frozenset[str], precautions: frozenset[str], when: str, more: str
) -> None:
    rows = committed()
    before = match(concerns, precautions, when, rows)
    after = match(concerns, precautions | {more}, when, rows)
    assert after.outcome in {before.outcome, "practitioner_first"}
    assert set(before.stops) <= set(after.stops)
    assert set(before.notes) <= set(after.notes)


@given(concern_ids, precaution_ids, timeline_ids)
def test_no_treatment_is_matched_that_a_precaution_stops(
    concerns: frozenset[str], precautions: frozenset[str], when: str
) -> None:
    rows = committed()
    made = match(concerns, precautions, when, rows)
    if made.outcome not in {None, "practitioner_first"}:
        assert made.stops == ()
        assert when != "within_2_weeks"
        assert made.treatments == rows.meant_by(concerns)
        assert ("timeline", when) in made.reasons
