"""`never` and `always`, each with the shortest path that breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from bot.authoring.build import FlowBuilder
from bot.authoring.checks.world import World
from bot.authoring.names import Names
from bot.authoring.proof import MOST_POSITIONS, Verdict, Violation, prove

BLAMED = 4
"""Names that are told when there are too many positions."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How far the proof went: positions walked, classes of values met, and the seconds it took."""

    positions: int
    classes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What came of every flow's invariants, in so many seconds."""

    of_flow: Mapping[str, Verdict]
    seconds: float


def prove_all(names: Names) -> Verdicts:
    """Prove the invariants of every flow. The flows must have no mistake."""
    began = perf_counter()
    builder = FlowBuilder(names)
    flows = {flow_id: builder.build(source) for flow_id, source in names.sources.items()}
    found = {flow_id: prove(flow, flows, names, MOST_POSITIONS) for flow_id, flow in flows.items()}
    return Verdicts(found, perf_counter() - began)


def report_invariants(world: World, verdicts: Verdicts) -> Proof:
    """Report what can be broken, and what could not be decided."""
    for flow_id, verdict in verdicts.of_flow.items():
        source = world.names.sources[flow_id]
        for violation in verdict.violations:
            _report(world, flow_id, violation)
        if not verdict.is_complete:
            place = source.node.key("never" if source.declared.never else "always")
            most = [f"`{name}` {ways}" for name, ways in list(verdict.classes.items())[:BLAMED]]
            message = (
                f"not decided within {MOST_POSITIONS:,} positions; the most different values: {', '.join(most)}"
            )
            mend = "let guards and actions look at fewer of them, or ask less in the rule"
            world.issues.add(source.file, place, "invariant:undecided", message, mend)
    found = verdicts.of_flow.values()
    classes = sum(sum(verdict.classes.values()) for verdict in found)
    return Proof(sum(verdict.positions for verdict in found), classes, verdicts.seconds)


def _report(world: World, flow_id: str, violation: Violation) -> None:
    source = world.names.sources[flow_id]
    count = len(source.declared.never)
    if violation.number < count:
        place = source.node.at("never", violation.number)
        message = f"this can happen: {violation.in_words()}"
        world.issues.add(source.file, place, "never:violated", message, "close the way, or mend the rule")
    else:
        place = source.node.at("always", violation.number - count)
        message = f"this can be left out: {violation.in_words()}"
        world.issues.add(
            source.file, place, "always:violated", message, "lead every way through it, or mend the rule"
        )
