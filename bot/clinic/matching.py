"""Which treatment matches: seven rules, the first that applies decides.

1. A precaution that stops or postpones every treatment: a practitioner first.
2. A concern for the practitioner, or nothing but what is out of scope: a practitioner first.
3. No concern that points to a treatment: no outcome, one more question.
4. The treatments meant are those that the concerns point to.
5. A precaution that stops or postpones any treatment meant: a practitioner first.
6. Too close to the event for any treatment: a practitioner first.
7. The treatments meant, with every note.

An outcome depends only on which *classes* of answers are there, never on how many of a class. So the rules and
their reasons are worked out over the few classes, once for each combination.

Source: data/concerns.yaml, data/precautions.yaml, data/timelines.yaml (reviewed_on inside).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Literal

from bot.clinic.catalogue import NOT_SURE, TREATMENTS, Catalogue, TreatmentId
from bot.clinic.rows import Route

Outcome = Literal["microneedling", "mesotherapy", "combined", "practitioner_first"]
Kind = Literal["concerns", "precautions", "timeline"]
Rule = Literal[1, 2, 3, 5, 6, 7]
Missing = Literal["concern", "timeline"]
TimingNote = Literal["result_not_visible_by_then"]
Closeness = Literal["too_close", "far_enough"]
Class = Literal[Route, "blocks_every", "blocks_microneedling", "blocks_mesotherapy", Closeness]

RESULT_VISIBLE_DAYS = 28
"""A first microneedling session nearer to the event than this shows no result by then (S31; a judgement)."""


@dataclass(frozen=True, slots=True)
class Match:
    """What the answers lead to, and why."""

    outcome: Outcome | None
    rule: Rule
    missing: Missing | None
    """What to ask for while there is no outcome."""
    treatments: tuple[TreatmentId, ...]
    """Those that the concerns point to, also when the outcome is a practitioner first."""
    reasons: tuple[tuple[Kind, str], ...]
    """The answers that stand in at least one minimal sufficient set."""
    notes: tuple[str, ...]
    """Precautions that the practitioner will want to know of."""
    stops: tuple[str, ...]
    """Precautions that stop or postpone a treatment meant (or, with none meant, any)."""
    timing_notes: tuple[TimingNote, ...]
    booking: bool
    """False where no booking may be offered."""


def match(
    concerns: Collection[str],
    precautions: Collection[str],
    timeline: str | None,
    catalogue: Catalogue,
    *,
    event_on: date | None = None,
    today: date | None = None,
) -> Match:
    """Find the treatment that these answers mean.

    Args:
        concerns: Ids of concerns.
        precautions: Ids of precautions, or `not_sure`.
        timeline: Id of a timeline; None: not answered yet.
        catalogue: The clinic's rows.
        event_on: The exact date, if one was given; it counts only together with `today`.
        today: The day of that answer, in the clinic's time zone.

    Raises:
        KeyError: An id has no row.
    """
    classes: dict[tuple[Kind, str], Class] = {}
    for concern in _in_order(concerns, catalogue.concerns):
        classes["concerns", concern] = catalogue.concerns[concern].points_to
    for precaution in _in_order(precautions, [*catalogue.precautions, NOT_SURE]):
        blocked = catalogue.blocked_by(precaution)
        if len(blocked) == len(TREATMENTS):
            classes["precautions", precaution] = "blocks_every"
        elif blocked:
            classes["precautions", precaution] = (
                "blocks_microneedling" if blocked == ("microneedling",) else "blocks_mesotherapy"
            )
    least, most = None, None
    if timeline is not None:
        least, most = catalogue.timelines[timeline].min_days, catalogue.timelines[timeline].max_days
        if event_on is not None and today is not None:
            least = most = (event_on - today).days
        too_close = least is not None and least < catalogue.earliest_event_days
        classes["timeline", timeline] = "too_close" if too_close else "far_enough"

    present = frozenset(classes.values())
    outcome, rule = decide(present)
    cited = cited_classes(present)
    meant = catalogue.meant_by(concerns)
    relevant = meant or TREATMENTS
    known = _in_order(precautions, [*catalogue.precautions, NOT_SURE])
    late = most is not None and most < RESULT_VISIBLE_DAYS
    return Match(
        outcome=outcome,
        rule=rule,
        missing=None if outcome else "concern" if rule == 3 else "timeline",
        treatments=meant,
        reasons=tuple(answer for answer, its_class in classes.items() if its_class in cited),
        notes=tuple(p for p in known if any(catalogue.action(p, each) == "tell" for each in relevant)),
        stops=tuple(p for p in known if set(catalogue.blocked_by(p)) & set(relevant)),
        timing_notes=(("result_not_visible_by_then",) if rule == 7 and late and "microneedling" in meant else ()),
        booking=all(catalogue.concerns[each].booking for each in concerns)
        and all(each == NOT_SURE or catalogue.precautions[each].booking for each in precautions),
    )


def decide(present: frozenset[Class]) -> tuple[Outcome | None, Rule]:
    """The seven rules over the classes that are there, with the number of the one that decided."""
    meant = present & {"microneedling", "mesotherapy"}
    if "blocks_every" in present:
        return "practitioner_first", 1
    if "practitioner_first" in present or ("out_of_scope" in present and not meant):
        return "practitioner_first", 2
    if not meant:
        return None, 3
    if any(f"blocks_{treatment}" in present for treatment in meant):
        return "practitioner_first", 5
    if "too_close" in present:
        return "practitioner_first", 6
    if "far_enough" not in present:
        return None, 6
    if len(meant) == len(TREATMENTS):
        return "combined", 7
    return ("microneedling" if "microneedling" in meant else "mesotherapy"), 7


@lru_cache(maxsize=1024)
def cited_classes(present: frozenset[Class]) -> frozenset[Class]:
    """The classes that stand in at least one minimal sufficient set of those present.

    A set is sufficient when, holding it, the outcome stays the same whichever of the other answers are taken
    back, and whatever else the timeline had been.
    """
    outcome, _ = decide(present)
    minimal: list[frozenset[Class]] = []
    for size in range(len(present) + 1):
        for chosen in combinations(sorted(present), size):
            held = frozenset(chosen)
            if any(smaller <= held for smaller in minimal):
                continue
            if all(decide(other)[0] == outcome for other in _changes(present, held)):
                minimal.append(held)
    return frozenset().union(*minimal)


def _changes(present: frozenset[Class], held: frozenset[Class]) -> Iterator[frozenset[Class]]:
    """Every way the answers could have been while the held ones stay."""
    timings: frozenset[Class] = present & {"too_close", "far_enough"}
    free = sorted(present - held - timings)
    others: tuple[frozenset[Class], ...] = (timings,)
    if timings and not timings <= held:
        others = (frozenset({"too_close"}), frozenset({"far_enough"}))
    for size in range(len(free) + 1):
        for kept in combinations(free, size):
            for timing in others:
                yield (held - timings) | frozenset(kept) | timing


def _in_order(chosen: Collection[str], rows: Collection[str]) -> tuple[str, ...]:
    """The chosen ids in the order of the rows, so that equal answers give equal matches.

    Raises:
        KeyError: An id has no row.
    """
    for each in chosen:
        if each not in rows:
            raise KeyError(each)
    return tuple(row for row in rows if row in chosen)
