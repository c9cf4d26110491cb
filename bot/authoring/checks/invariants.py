"""`never` and `always`, each with the shortest path that breaks it."""

from __future__ import annotations

from bot.authoring.build import FlowBuilder
from bot.authoring.checks.world import World
from bot.authoring.proof import MOST_POSITIONS, Violation, prove


def check_invariants(world: World) -> None:
    """Prove the invariants of every flow. The flows must have no other mistake."""
    builder = FlowBuilder(world.names)
    flows = {flow_id: builder.build(source) for flow_id, source in world.names.sources.items()}
    for flow_id, flow in flows.items():
        verdict = prove(flow, flows, world.names, MOST_POSITIONS)
        source = world.names.sources[flow_id]
        for violation in verdict.violations:
            _report(world, flow_id, violation)
        if not verdict.is_complete:
            place = source.node.key("never" if source.declared.never else "always")
            message = f"not decided within {MOST_POSITIONS:,} positions"
            world.issues.add(source.file, place, "invariant:undecided", message, "let guards look at fewer names")


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
