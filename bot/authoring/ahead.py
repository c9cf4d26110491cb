"""What still matters from a state on: which states, which names, and what is asked of their values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.authoring.classes import ValueClasses, all_atoms
from bot.authoring.names import Names
from bot.engine.guard import Atom, holds, names
from bot.engine.model import Ask, Call, Do, End, Flow, State, Transition
from bot.engine.value import Value

Values = tuple[tuple[str, Value], ...]
_ROUNDS = 3
"""How often one action's result may be what another one reads."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What can be asked of values: by `atoms` of guards, or `whole` (names that are read as they are)."""

    atoms: frozenset[Atom]
    whole: frozenset[str]

    def with_(self, other: Looks) -> Looks:
        return Looks(self.atoms | other.atoms, self.whole | other.whole)

    def without(self, overwritten: Container[str]) -> Looks:
        """What is still asked of values when these names are set anew."""
        atoms = frozenset(atom for atom in self.atoms if not all(name in overwritten for name in names(atom)))
        return Looks(atoms, frozenset(name for name in self.whole if name not in overwritten))


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
    def of(cls, flow: Flow, flows: Mapping[str, Flow], known: Names, *, exact: bool) -> Ahead:
        """Find what matters to a flow's invariants.

        Args:
            flow: With invariants.
            flows: All flows, for calls.
            known: What every name can hold, and the actions.
            exact: What actions read matters, too.
        """
        states = _open_states(flow)
        walked = list(_walked(flow, flows, states))
        guards = [way.when for state in walked for way in next_of(state) if way.when is not None]
        guards.extend(invariant.when for invariant in flow.invariants)
        relevant = frozenset().union(*(names(guard) for guard in guards))
        actions = [known.actions[state.action] for state in walked if isinstance(state, Do)] if exact else []
        for _ in range(_ROUNDS):
            for action in actions:
                if not relevant.isdisjoint(action.sets):
                    relevant |= frozenset(action.reads)
        readers = tuple(known.actions.values()) if exact else ()
        classes = ValueClasses(known, known.visible(flow.id), tuple(guards), relevant, readers)
        return cls(classes, known, states, relevant, _looks(flow, flows, states, relevant, known, exact=exact))

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


def _looks(
    flow: Flow,
    flows: Mapping[str, Flow],
    open_states: frozenset[str],
    relevant: frozenset[str],
    known: Names,
    *,
    exact: bool,
) -> Mapping[str, Looks]:
    nothing = Looks(frozenset(), frozenset())
    own = {
        name: _judged_at(flow, flow.states[name]).with_(
            _own_looks(flow.states[name], flows, relevant, known, exact=exact)
        )
        for name in open_states
    }
    found = dict(own)
    changed = True
    while changed:
        changed = False
        for name in open_states:
            state = flow.states[name]
            later = nothing
            for to in _targets(state):
                later = later.with_(found.get(to, nothing))
            if isinstance(state, Do):
                later = later.without(known.actions[state.action].sets)
            more = own[name].with_(later)
            if more != found[name]:
                found[name], changed = more, True
    return found


def _judged_at(flow: Flow, state: State) -> Looks:
    """What the invariants that are judged at a state ask of values."""
    judged = (
        each.when
        for each in flow.invariants
        if state.id in (each.reach, each.before) or (each.before == "end" and isinstance(state, End))
    )
    return Looks(frozenset(all_atoms(judged)), frozenset())


def _own_looks(
    state: State, flows: Mapping[str, Flow], relevant: frozenset[str], known: Names, *, exact: bool
) -> Looks:
    """What a state asks of values, and the flows that it calls."""
    atoms: set[Atom] = set()
    whole: set[str] = set()
    waiting: list[tuple[State, str]] = [(state, "")]
    called: set[tuple[str, str]] = set()
    while waiting:
        each, prefix = waiting.pop()
        for atom in all_atoms(way.when for way in next_of(each) if way.when is not None):
            # In a called flow a name is its own first, and then whatever holds outside.
            atoms |= {atom, replace(atom, name=prefix + atom.name)}
        reads: Iterable[str] = each.adds if isinstance(each, Ask) else ()
        if isinstance(each, Do) and exact:
            action = known.actions[each.action]
            reads = action.reads if any(prefix + name in relevant for name in action.sets) else ()
        whole |= {*reads, *(prefix + name for name in reads)}
        if isinstance(each, Call) and _is_entered(each, prefix, relevant, known):
            inner = (each.flow, inner_prefix(each, prefix))
            if inner not in called:
                called.add(inner)
                waiting.extend((one, inner[1]) for one in flows[each.flow].states.values())
    return Looks(frozenset(atoms), frozenset(whole & relevant))


def _is_entered(call: Call, prefix: str, relevant: frozenset[str], known: Names) -> bool:
    inner = inner_prefix(call, prefix)
    return any(inner + name in relevant for name in known.own(call.flow))


def _targets(state: State) -> Iterator[str]:
    yield from (way.to for way in next_of(state))
    if isinstance(state, Ask):
        yield from (option.to for option in state.options if option.to is not None)
        if state.expire is not None:
            yield state.expire.to
