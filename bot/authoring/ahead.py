"""What still matters from a state on: which states, which names, and what is asked of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.authoring.classes import ValueClasses, all_atoms
from bot.authoring.names import Names
from bot.engine.guard import Guard, holds, names
from bot.engine.model import Ask, Call, Do, End, Flow, State, Transition
from bot.engine.value import Value

Values = tuple[tuple[str, Value], ...]
_ROUNDS = 3
"""How often one action's result may be what another one reads."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What can be asked of values: by `atoms` of guards, or `whole` (names that are read as they are)."""

    atoms: frozenset[Guard]
    whole: frozenset[str]

    def with_(self, other: Looks) -> Looks:
        return Looks(self.atoms | other.atoms, self.whole | other.whole)


@dataclass(slots=True)
class Ahead:
    """A flow, as far as its invariants care.

    Attributes:
        states: Those from which some invariant can still be broken.
        relevant: The names that decide anything.
        looks: By state, what can be asked there or later.
    """

    classes: ValueClasses
    known: Names
    states: frozenset[str]
    relevant: frozenset[str]
    looks: Mapping[str, Looks]
    _alike: dict[tuple[str, str, Value], Value] = field(default_factory=dict)
    _stands_for: dict[tuple[str, str, tuple[bool, ...]], Value] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: Flow, flows: Mapping[str, Flow], known: Names) -> Ahead:
        """Find what matters to a flow's invariants.

        Args:
            flow: With invariants.
            flows: All flows, for calls.
            known: What every name can hold, and the actions.
        """
        states = _open_states(flow)
        walked = list(_walked(flow, flows, states))
        guards = [way.when for state in walked for way in next_of(state) if way.when is not None]
        guards.extend(invariant.when for invariant in flow.invariants)
        relevant = frozenset().union(*(names(guard) for guard in guards))
        actions = [known.actions[state.action] for state in walked if isinstance(state, Do)]
        for _ in range(_ROUNDS):
            for action in actions:
                if not relevant.isdisjoint(action.sets):
                    relevant |= frozenset(action.reads)
        classes = ValueClasses(known, known.visible(flow.id), tuple(guards), relevant)
        return cls(classes, known, states, relevant, _looks(flow, states, relevant, known))

    def is_entered(self, call: Call, prefix: str) -> bool:
        """Whether a called flow sets anything that matters; if not, it is stepped over."""
        return _is_entered(call, prefix, self.relevant, self.known)

    def seen(self, state: str, values: Values) -> Values:
        """`values` as all that comes from `state` on sees them: one stands for all that are alike."""
        looks = self.looks[state]
        return tuple(
            (name, seen)
            for name, value in values
            if (seen := value if name in looks.whole else self._one_of(looks, state, name, value)) is not None
        )

    def _one_of(self, looks: Looks, state: str, name: str, value: Value) -> Value:
        key = (state, name, value)
        if key not in self._alike:
            atoms = [atom for atom in looks.atoms if name in names(atom)]
            marks = tuple(holds(atom, {name: value}.get) for atom in atoms)
            unset = tuple(holds(atom, lambda _: None) for atom in atoms)
            stands_for = self._stands_for.setdefault((state, name, marks), value)
            self._alike[key] = None if marks == unset else stands_for
        return self._alike[key]


def next_of(state: State) -> tuple[Transition, ...]:
    """A state's guarded ways; an `end` has none."""
    return () if isinstance(state, End) else state.next


def inner_prefix(call: Call, prefix: str) -> str:
    """What the names of a called flow begin with."""
    return f"{prefix}{call.as_name}." if call.as_name else prefix


def _open_states(flow: Flow) -> frozenset[str]:
    judged: set[str] = set()
    for each in flow.invariants:
        judged |= {name for name in (each.reach, each.before) if name is not None and name != "end"}
        if each.before == "end":
            judged |= {name for name, state in flow.states.items() if isinstance(state, End)}
    found = judged
    while True:
        more = {name for name, state in flow.states.items() if not found.isdisjoint(_targets(state))} - found
        if not more:
            return frozenset(found)
        found |= more


def _walked(flow: Flow, flows: Mapping[str, Flow], open_states: frozenset[str]) -> Iterator[State]:
    """The open states of the flow, and all states of those that it calls."""
    seen: set[str] = set()
    waiting = [flow]
    while waiting:
        each = waiting.pop()
        if each.id not in seen:
            seen.add(each.id)
            for state in each.states.values():
                if each is not flow or state.id in open_states:
                    yield state
                    if isinstance(state, Call):
                        waiting.append(flows[state.flow])


def _looks(flow: Flow, open_states: frozenset[str], relevant: frozenset[str], known: Names) -> Mapping[str, Looks]:
    always = Looks(frozenset(all_atoms(each.when for each in flow.invariants)), frozenset())
    found = {name: always.with_(_own_looks(flow.states[name], relevant, known)) for name in open_states}
    changed = True
    while changed:
        changed = False
        for name in open_states:
            more = found[name]
            for to in _targets(flow.states[name]):
                more = more.with_(found.get(to, always))
            if more != found[name]:
                found[name], changed = more, True
    return found


def _own_looks(state: State, relevant: frozenset[str], known: Names) -> Looks:
    whole: frozenset[str] = frozenset()
    if isinstance(state, Do) and not relevant.isdisjoint(known.actions[state.action].sets):
        whole = frozenset(known.actions[state.action].reads)
    if isinstance(state, Call) and _is_entered(state, "", relevant, known):
        whole = relevant
    if isinstance(state, Ask):
        whole = frozenset(state.adds)
    atoms = all_atoms(way.when for way in next_of(state) if way.when is not None)
    return Looks(frozenset(atoms), whole & relevant)


def _is_entered(call: Call, prefix: str, relevant: frozenset[str], known: Names) -> bool:
    inner = inner_prefix(call, prefix)
    return any(inner + name in relevant for name in known.own(call.flow))


def _targets(state: State) -> Iterator[str]:
    yield from (way.to for way in next_of(state))
    if isinstance(state, Ask):
        yield from (option.to for option in state.options if option.to is not None)
        if state.expire is not None:
            yield state.expire.to
