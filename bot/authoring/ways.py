"""The ways out of a state, as its author wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.authoring.declaration import (
    AskDeclared,
    EndDeclared,
    GuardDeclared,
    OptionDeclared,
    StateDeclared,
    TransitionDeclared,
)
from bot.authoring.folder import FlowSource
from bot.authoring.issue import nearest
from bot.authoring.node import Kind, Node, Path


@dataclass(frozen=True, slots=True)
class Way:
    """A way to another state. `path` is where its target stands inside the state; `by`: next, option or expire."""

    to: str
    path: Path
    by: str
    when: GuardDeclared | None = None
    option: str | None = None


def ways_of(state: StateDeclared) -> Iterator[Way]:
    """Every way out, in the order written."""
    if isinstance(state, EndDeclared):
        return
    if isinstance(state, AskDeclared):
        options = state.options if isinstance(state.options, list) else []
        for number, option in enumerate(options):
            if isinstance(option, OptionDeclared) and option.to is not None:
                yield Way(option.to, ("options", number, "to"), "option", option=option.id)
        if state.expire is not None:
            yield Way(state.expire.to, ("expire", "to"), "expire")
    if isinstance(state.next, str):
        yield Way(state.next, ("next",), "next")
    else:
        for number, way in enumerate(state.next or []):
            yield Way(way.to, ("next", number, "to"), "next", way.when)


def next_list(state: StateDeclared) -> list[TransitionDeclared]:
    """The transitions of a state whose `next` is a list."""
    return state.next if not isinstance(state, EndDeclared) and isinstance(state.next, list) else []


def needs_next(state: StateDeclared) -> bool:
    """Whether some way out of a state has no target of its own, so that it needs `next`."""
    if isinstance(state, EndDeclared):
        return False
    if not isinstance(state, AskDeclared) or state.choose not in ("one", "many"):
        return True
    options = state.options if isinstance(state.options, list) else []
    closed = bool(options) and all(isinstance(each, OptionDeclared) and each.to is not None for each in options)
    return not closed or state.none is not None or state.not_sure is not None or state.dates is not None


@dataclass(frozen=True, slots=True)
class Map:
    """Which states a flow has, and where each leads; what was damaged leads wherever it seems to."""

    source: FlowSource
    targets: dict[str, tuple[str, ...]]

    @property
    def states(self) -> frozenset[str]:
        return frozenset(self.targets)

    def is_open_ended(self, state: str) -> bool:
        """Whether it is not known where a state leads, because a part of it could not be read."""
        return state in self.source.holes or state in self.source.wayless


def map_of(source: FlowSource) -> Map:
    """The map of a flow.

    So that one mistake is reported once, a target that was probably mistyped counts as the one that was meant, and
    a state whose way on is missing leads to the one below it.
    """
    known = {*source.declared.states, *source.holes}
    targets: dict[str, tuple[str, ...]] = {}
    below = dict(pairwise(source.declared.states))
    for name, state in source.declared.states.items():
        wanted = [way.to for way in ways_of(state)]
        is_cut = name in source.wayless or (
            not isinstance(state, EndDeclared) and state.next is None and needs_next(state)
        )
        if is_cut and name in below:
            wanted.append(below[name])
        if name in source.damaged:
            node = source.node.find("states", name)
            wanted.extend(_mentioned(node) if node is not None else ())
        targets[name] = _existing(wanted, known)
    for name, node in source.holes.items():
        targets[name] = _existing(list(_mentioned(node)), known)
    return Map(source, targets)


def _existing(wanted: list[str], known: set[str]) -> tuple[str, ...]:
    found = (each if each in known else nearest(each, known) for each in wanted)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _mentioned(node: Node) -> Iterator[str]:
    """Every text in a damaged state that may be the name of a state."""
    if node.kind is Kind.SCALAR and isinstance(node.scalar, str):
        yield node.scalar
    for child in [*node.items, *node.entries.values()]:
        yield from _mentioned(child)


def reachable(start: str, targets: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """The states that some way leads to."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in targets and state not in seen:
            seen.add(state)
            waiting.extend(targets[state])
    return frozenset(seen)


def circles(targets: dict[str, tuple[str, ...]]) -> list[frozenset[str]]:
    """The sets of states that lead to each other; a state that leads to itself is one."""
    found: list[frozenset[str]] = []
    placed: set[str] = set()
    ahead = {state: reachable_after(state, targets) for state in targets}
    for state in targets:
        if state not in placed and state in ahead[state]:
            members = frozenset(each for each in ahead[state] if state in ahead[each])
            placed |= members
            found.append(members)
    return found


def reachable_after(start: str, targets: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """The states that can be come to by at least one way from `start`."""
    return frozenset().union(*(reachable(target, targets) for target in targets.get(start, ())))
