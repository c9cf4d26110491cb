"""Ways: states that are not there, that nothing leads to, or that lead nowhere; loops and circles of calls."""

from __future__ import annotations

from collections.abc import Mapping

from bot.authoring.checks.world import World
from bot.authoring.declaration import AskDeclared, CallDeclared, DoDeclared, EndDeclared
from bot.authoring.folder import FlowSource
from bot.authoring.issue import did_you_mean
from bot.authoring.names import Names
from bot.authoring.ways import Map, circles, map_of, needs_next, next_list, reachable, ways_of


def check_states(world: World) -> None:
    """Each flow for itself, then the calls between them."""
    for source in world.names.sources.values():
        chart = map_of(source)
        _targets(world, source, chart)
        _transitions(world, source)
        _former_names(world, source)
        _reach(world, source, chart)
        _loops(world, source, chart)
        _references(world, source)
    _call_circles(world)


def _targets(world: World, source: FlowSource, chart: Map) -> None:
    declared = source.declared
    if declared.start not in chart.states:
        mend = did_you_mean(declared.start, chart.states, "name a state of this flow")
        world.issues.add(
            source.file,
            source.node.at("start"),
            "state:unknown",
            f"the start `{declared.start}` is no state",
            mend,
        )
    for name, state in declared.states.items():
        for way in ways_of(state):
            if way.to not in chart.states:
                mend = did_you_mean(way.to, chart.states, "name a state of this flow, or add it")
                place = source.node.at("states", name, *way.path)
                world.issues.add(source.file, place, "state:unknown", f"there is no state `{way.to}`", mend)
    wanted = [(("never", number, "reach"), each.reach) for number, each in enumerate(declared.never)]
    for number, each in enumerate(declared.always):
        wanted.append((("always", number, "pass"), each.pass_))
        if each.before != "end":
            wanted.append((("always", number, "before"), each.before))
    for path, target in wanted:
        if target not in chart.states:
            mend = did_you_mean(target, chart.states, "name a state of this flow")
            world.issues.add(
                source.file, source.node.at(*path), "state:unknown", f"there is no state `{target}`", mend
            )


def _transitions(world: World, source: FlowSource) -> None:
    for name, state in source.declared.states.items():
        if name in source.wayless or isinstance(state, EndDeclared):
            continue
        place = source.node.at("states", name)
        if state.next is None and needs_next(state):
            message = f"the state `{name}` has no way on"
            mend = "add next: with the state that follows"
            if isinstance(state, AskDeclared):
                mend = "add next:, or give every option its own to:"
            world.issues.add(source.file, place, "state:dead_end", message, mend)
        ways = next_list(state)
        for number, way in enumerate(ways):
            at = source.node.at("states", name, "next", number)
            if way.when is None and number < len(ways) - 1:
                message = "what stands behind a transition without `when` is never looked at"
                world.issues.add(source.file, at, "next:after_last", message, "move it to the end, or add when:")
            elif way.when is not None and number == len(ways) - 1:
                message = f"when no guard of `{name}` holds, there is no way on"
                mend = "end the list with a transition without `when`"
                world.issues.add(source.file, at, "next:missing_last", message, mend)


def _former_names(world: World, source: FlowSource) -> None:
    taken: dict[str, str] = dict.fromkeys(source.declared.states, "a state of this flow")
    for name, state in source.declared.states.items():
        for number, former in enumerate(state.was):
            if former in taken:
                message = f"`{former}` is {taken[former]}"
                place = source.node.at("states", name, "was", number)
                world.issues.add(
                    source.file, place, "state:was_taken", message, "each former name leads to one state"
                )
            taken.setdefault(former, f"claimed by `{name}` already")


def _reach(world: World, source: FlowSource, chart: Map) -> None:
    start = source.declared.start
    if start not in chart.states:
        return
    reached = reachable(start, chart.targets)
    for name in source.declared.states:
        if name not in reached and not source.holes:
            place = source.node.key("states", name)
            message = f"no way leads to the state `{name}`"
            world.issues.add(source.file, place, "state:unreachable", message, "lead to it, or remove it")
    ends = {name for name, state in source.declared.states.items() if isinstance(state, EndDeclared)}
    open_ended = {name for name in chart.states if chart.is_open_ended(name) or not chart.targets[name]}
    if not ends and not open_ended:
        place = source.node.at("states")
        world.issues.add(
            source.file, place, "flow:no_end", f"the flow `{source.id}` has no end", "add a state with end:"
        )
        return
    backwards: dict[str, list[str]] = {name: [] for name in chart.states}
    for name, targets in chart.targets.items():
        for target in targets:
            backwards[target].append(name)
    for name, state in source.declared.states.items():
        if any(way.to not in chart.states for way in ways_of(state)):
            open_ended.add(name)
    turned = {name: tuple(before) for name, before in backwards.items()}
    escaping = frozenset().union(*(reachable(name, turned) for name in ends | open_ended))
    trapped = {name: targets for name, targets in chart.targets.items() if name in reached - escaping}
    for circle in circles(trapped):
        for name in (each for each in source.declared.states if each in circle):
            place = source.node.key("states", name)
            message = f"no way leads from the state `{name}` to an end"
            world.issues.add(source.file, place, "state:trap", message, "lead out of the circle")


def _loops(world: World, source: FlowSource, chart: Map) -> None:
    quiet = {
        name: chart.targets[name]
        for name, state in source.declared.states.items()
        if not isinstance(state, AskDeclared)
        and not (isinstance(state, CallDeclared) and _asks(world.names, state, source))
    }
    inside = {name: tuple(to for to in targets if to in quiet) for name, targets in quiet.items()}
    for circle in circles(inside):
        first = next(name for name in source.declared.states if name in circle)
        message = f"`{first}` leads back to itself without a question on the way"
        place = source.node.key("states", first)
        world.issues.add(source.file, place, "flow:loop_without_question", message, "ask something in the circle")


def _asks(names: Names, call: CallDeclared, source: FlowSource) -> bool:
    called = names.sources.get(names.called(call.call, source.id))
    return called is None or any(
        isinstance(state, AskDeclared | CallDeclared) for state in called.declared.states.values()
    )


def _references(world: World, source: FlowSource) -> None:
    for name, state in source.declared.states.items():
        if isinstance(state, DoDeclared) and state.do not in world.names.actions:
            mend = did_you_mean(state.do, world.names.actions, "see the list of actions")
            place = source.node.at("states", name, "do")
            world.issues.add(source.file, place, "do:unknown_action", f"there is no action `{state.do}`", mend)
        if isinstance(state, CallDeclared) and not world.flows.lost:
            called = world.names.called(state.call, source.id)
            if called not in world.names.sources:
                mend = did_you_mean(state.call, world.names.sources, "name a flow, or file.flow")
                place = source.node.at("states", name, "call")
                world.issues.add(source.file, place, "call:unknown_flow", f"there is no flow `{state.call}`", mend)


def _call_circles(world: World) -> None:
    calls: dict[str, tuple[str, ...]] = {}
    places: dict[tuple[str, str], tuple[FlowSource, str]] = {}
    sources: Mapping[str, FlowSource] = world.names.sources
    for source in sources.values():
        found = []
        for name, state in source.declared.states.items():
            if isinstance(state, CallDeclared):
                called = world.names.called(state.call, source.id)
                if called in sources:
                    found.append(called)
                    places.setdefault((source.id, called), (source, name))
        calls[source.id] = tuple(found)
    for circle in circles(calls):
        for (caller, called), (source, name) in places.items():
            if caller in circle and called in circle:
                message = f"`{caller}` and `{called}` call each other in a circle"
                if caller == called:
                    message = f"`{caller}` calls itself"
                place = source.node.at("states", name, "call")
                world.issues.add(source.file, place, "call:circle", message, "lead on with next: instead")
