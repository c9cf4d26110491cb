"""Which names may, and which must be set where in a flow: a walk over all ways at once, until nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.authoring.declaration import (
    AskDeclared,
    CallDeclared,
    Conditions,
    DoDeclared,
    GuardDeclared,
    StateDeclared,
)
from bot.authoring.folder import FlowSource
from bot.authoring.names import CONTEXT, Names, always_set_by
from bot.authoring.ways import Way, ways_of

_SURE = frozenset(name for name, var in CONTEXT.items() if var.always)


@dataclass(frozen=True, slots=True)
class Scope:
    """Names at one point: `may` be set on some way there, `must` be set on every way there."""

    may: frozenset[str]
    must: frozenset[str]

    def plus(self, may: frozenset[str], must: frozenset[str]) -> Scope:
        return Scope(self.may | may, self.must | must)

    def meet(self, other: Scope) -> Scope:
        """Where two ways come together."""
        return Scope(self.may | other.may, self.must & other.must)


@dataclass(slots=True)
class Scopes:
    """The scopes of all flows, computed once each."""

    names: Names
    _before: dict[str, Mapping[str, Scope]] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)

    def before(self, source: FlowSource) -> Mapping[str, Scope]:
        """The scope in which each reachable state begins."""
        if source.id not in self._before:
            self._busy.add(source.id)
            self._before[source.id] = self._walk(source)
            self._busy.discard(source.id)
        return self._before[source.id]

    def after(self, source: FlowSource, state: StateDeclared, scope: Scope) -> Scope:
        """The scope behind a state that was passed (a question: answered)."""
        sets = frozenset(self.names.set_by(state, source.id))
        match state:
            case AskDeclared():
                return scope.plus(sets, always_set_by(state, self.names.tables))
            case DoDeclared():
                return scope.plus(sets, sets)
            case CallDeclared():
                prefix = f"{state.as_}." if state.as_ else ""
                return scope.plus(sets, frozenset(prefix + name for name in self._sure_after_call(source, state)))
            case _:
                return scope

    def _sure_after_call(self, source: FlowSource, call: CallDeclared) -> frozenset[str]:
        called = self.names.sources.get(self.names.called(call.call, source.id))
        if called is None or called.id in self._busy:
            return frozenset()
        before = self.before(called)
        ends = [
            before[name]
            for name, state in called.declared.states.items()
            if hasattr(state, "end") and name in before
        ]
        own = frozenset(self.names.own(called.id))
        return frozenset.intersection(*(scope.must for scope in ends)) & own if ends else frozenset()

    def _walk(self, source: FlowSource) -> Mapping[str, Scope]:
        declared = source.declared
        outer = frozenset(self.names.visible(source.id)) - frozenset(self.names.own(source.id))
        found: dict[str, Scope] = {}
        waiting = [(declared.start, Scope(outer, _SURE))]
        while waiting:
            name, scope = waiting.pop()
            state = declared.states.get(name)
            if state is None:
                continue
            known = found.get(name)
            merged = scope if known is None else known.meet(scope)
            if merged == known:
                continue
            found[name] = merged
            after = self.after(source, state, merged)
            for way in ways_of(state):
                waiting.append((way.to, self._along(way, merged, after)))
        return found

    def _along(self, way: Way, before: Scope, after: Scope) -> Scope:
        if way.by == "expire":
            return before
        return after if way.when is None else after.plus(frozenset(), frozenset(surely_set(way.when)))


def surely_set(guard: GuardDeclared) -> Iterator[str]:
    """The names that must be set where a guard holds."""
    for name, wanted in guard.wanted.items():
        if (
            not isinstance(wanted, Conditions)
            or wanted.is_ == "set"
            or any(part is not None for part in (wanted.has_any, wanted.has_all, wanted.at_least, wanted.at_most))
        ):
            yield name
    for part in guard.all_of or ():
        yield from surely_set(part)
