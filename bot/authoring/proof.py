"""`never` and `always`, held against every path: a walk over positions, shortest paths first.

Answers that no guard and no action can tell apart are one class, and one of each stands for all. A set is tried
with up to `SET_CLASSES` classes in it. What a path can no longer ask about is forgotten, and values that all
that is still ahead sees alike are one, so that paths meet; states from which no invariant can be broken any more
are not walked.

Where no invariant names an answer, a first walk lets every action say anything that it can ever say. What can't be
broken even so is proven, over few positions: nothing that only actions look at counts. What is left, and all where
answers are named, is walked with what actions do say.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

from bot.authoring.ahead import Ahead, Values, inner_prefix, next_of
from bot.authoring.classes import ValueClasses
from bot.authoring.names import Names
from bot.engine.guard import holds, names
from bot.engine.model import Ask, Call, Choose, Do, End, Flow, State
from bot.engine.value import Value

MOST_POSITIONS = 1_000_000
"""More than these are a mistake: nobody waits for them."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a path is. `frames`: flow and prefix, with the call to come back to; `passed`: bits of `always`."""

    frames: tuple[tuple[str, str, str], ...]
    state: str
    values: Values
    passed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant, and the shortest path that does it: (state, answer) steps."""

    number: int
    path: tuple[tuple[str, str], ...]

    def in_words(self) -> str:
        """The path as one reads it."""
        return " → ".join(f"{state}={answer}" if answer else state for state, answer in self.path)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a flow's invariants; `is_complete` is False when there were too many positions.

    `classes`: name → in how many ways the walk has met it, the most first.
    """

    violations: tuple[Violation, ...]
    positions: int
    is_complete: bool
    classes: Mapping[str, int] = field(default_factory=dict)


def prove(flow: Flow, flows: Mapping[str, Flow], book_names: Names, most: int = MOST_POSITIONS) -> Verdict:
    """Hold a flow's invariants against all its paths.

    Args:
        flow: With invariants; one without is proven at once.
        flows: All flows, for calls.
        book_names: What every name can hold, and the actions.
        most: Positions to look at before giving up.
    """
    if not flow.invariants:
        return Verdict((), 0, is_complete=True)
    answers = {
        name for state in flow.states.values() if isinstance(state, Ask) for name in (state.save, *state.adds)
    }
    if any(not answers.isdisjoint(names(invariant.when)) for invariant in flow.invariants):
        return _Walk.over(flow, flows, book_names, most, exact=True).run()
    rough = _Walk.over(flow, flows, book_names, most, exact=False).run()
    numbers = [found.number for found in rough.violations] if rough.is_complete else range(len(flow.invariants))
    if not numbers:
        return rough
    left = replace(flow, invariants=tuple(flow.invariants[number] for number in numbers))
    exact = _Walk.over(left, flows, book_names, most, exact=True).run()
    violations = tuple(replace(found, number=numbers[found.number]) for found in exact.violations)
    return replace(exact, violations=violations, positions=rough.positions + exact.positions)


@dataclass(slots=True)
class _Walk:
    """`exact`: actions say what they say of the values given; else whatever they can."""

    flow: Flow
    flows: Mapping[str, Flow]
    known: Names
    ahead: Ahead
    most: int
    exact: bool
    came: dict[Position, tuple[Position | None, str]] = field(default_factory=dict)
    matters: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    outcomes: dict[tuple[object, ...], Sequence[Mapping[str, Value]]] = field(default_factory=dict)

    @classmethod
    def over(cls, flow: Flow, flows: Mapping[str, Flow], known: Names, most: int, *, exact: bool) -> _Walk:
        return cls(flow, flows, known, Ahead.of(flow, flows, known, exact=exact), most, exact)

    @property
    def classes(self) -> ValueClasses:
        return self.ahead.classes

    def run(self) -> Verdict:
        waiting: deque[Position] = deque()
        for values in self._starts():
            self._add(waiting, Position(((self.flow.id, "", ""),), self.flow.start, values), None, "")
        broken: dict[int, Violation] = {}
        while waiting and len(broken) < len(self.flow.invariants):
            if len(self.came) > self.most:
                return self._verdict(broken, is_complete=False)
            position = waiting.popleft()
            position = self._look(position, broken)
            for after, answer in self._steps(position):
                self._add(waiting, after, position, answer)
        return self._verdict(broken, is_complete=True)

    def _verdict(self, broken: Mapping[int, Violation], *, is_complete: bool) -> Verdict:
        met: dict[str, set[Value]] = {}
        for values in {position.values for position in self.came}:
            for name, value in values:
                met.setdefault(name, {None}).add(value)
        counts = sorted(((len(ways), name) for name, ways in met.items()), reverse=True)
        classes = {name: count for count, name in counts}
        return Verdict(tuple(broken.values()), len(self.came), is_complete, classes)

    def _starts(self) -> Iterator[Values]:
        """Every combination of what holds before the flow begins."""
        outer = sorted(self.ahead.relevant - frozenset(self.known.own(self.flow.id)))
        cases: list[dict[str, Value]] = [{}]
        for name in outer:
            values = self.classes.of_name(name)
            cases = [{**case, name: value} for case in cases for value in values]
        for case in cases:
            yield _sorted(case)

    def _add(self, waiting: deque[Position], position: Position, before: Position | None, answer: str) -> None:
        if len(position.frames) == 1:
            if position.state not in self.ahead.states:
                return
            values = self.ahead.seen(position.state, position.values)
            position = Position(position.frames, position.state, values, position.passed)
        if position not in self.came:
            self.came[position] = (before, answer)
            waiting.append(position)

    def _look(self, position: Position, broken: dict[int, Violation]) -> Position:
        """Judge a position; gives it back with what it has passed."""
        if len(position.frames) > 1:
            return position
        values = dict(position.values)
        passed = position.passed
        state = self.flow.states[position.state]
        for number, each in enumerate(self.flow.invariants):
            if each.must_pass == position.state:
                passed |= {number}
            at_end = each.before == "end" and isinstance(state, End)
            due = each.reach == position.state or (
                number not in passed and (each.before == position.state or at_end)
            )
            if due and number not in broken and holds(each.when, values.get):
                broken[number] = Violation(number, self._path(position))
        if passed != position.passed:
            marked = Position(position.frames, position.state, position.values, passed)
            self.came.setdefault(marked, self.came[position])
            return marked
        return position

    def _path(self, position: Position) -> tuple[tuple[str, str], ...]:
        steps: list[tuple[str, str]] = [(position.state, "")]
        before, answer = self.came[position]
        while before is not None:
            steps.append((before.state, answer))
            before, answer = self.came[before]
        return tuple(reversed(steps))

    def _steps(self, position: Position) -> Iterator[tuple[Position, str]]:
        flow_id, prefix, _ = position.frames[-1]
        state = self.flows[flow_id].states[position.state]
        values = dict(position.values)
        match state:
            case End():
                yield from self._return(position, values)
            case Call():
                yield from self._call(position, state, prefix, values)
            case Do():
                for said in self._act(state, prefix, values):
                    yield self._go(position, state, {**values, **said}), ""
            case Ask():
                for answered, to, answer in self._answers(state, prefix, values):
                    target = to if to is not None else self._next(state, prefix, answered)
                    yield Position(position.frames, target, _sorted(answered), position.passed), answer
            case _:
                yield self._go(position, state, values), ""

    def _return(self, position: Position, values: dict[str, Value]) -> Iterator[tuple[Position, str]]:
        if len(position.frames) == 1:
            return
        frames = position.frames[:-1]
        flow_id, prefix, _ = frames[-1]
        call = self.flows[flow_id].states[position.frames[-1][2]]
        target = self._next(call, prefix, values)
        yield Position(frames, target, _sorted(values), position.passed), ""

    def _call(
        self, position: Position, call: Call, prefix: str, values: dict[str, Value]
    ) -> Iterator[tuple[Position, str]]:
        if not self.ahead.is_entered(call, prefix):
            yield self._go(position, call, values), ""
            return
        inner = inner_prefix(call, prefix)
        frames = (*position.frames, (call.flow, inner, call.id))
        start = self.flows[call.flow].start
        yield Position(frames, start, position.values, position.passed), ""

    def _go(self, position: Position, state: State, values: dict[str, Value]) -> Position:
        target = self._next(state, position.frames[-1][1], values)
        return Position(position.frames, target, _sorted(values), position.passed)

    def _next(self, state: State, prefix: str, values: Mapping[str, Value]) -> str:
        def lookup(name: str) -> Value:
            found = values.get(prefix + name) if prefix else None
            return found if found is not None else values.get(name)

        return next(way.to for way in next_of(state) if way.when is None or holds(way.when, lookup))

    def _act(self, state: Do, prefix: str, values: Mapping[str, Value]) -> Sequence[Mapping[str, Value]]:
        """What an action sets, of what matters: one outcome, or all that it may have."""
        action = self.known.actions[state.action]
        key = (action.name, prefix)
        if key not in self.matters:
            self.matters[key] = tuple(name for name in action.sets if prefix + name in self.ahead.relevant)
        sets = self.matters[key]
        if not sets:
            return ({},)
        reads = action.reads if self.exact else ()
        given = {name: values.get(prefix + name, values.get(name)) for name in reads}
        asked = (*key, *given.values())
        if asked not in self.outcomes:
            if self.exact:
                said = action.run(given).values
                self.outcomes[asked] = ({prefix + name: _kept(said.get(name)) for name in sets},)
            else:
                set_here = [prefix + name for name in sets]
                ways = (dict.fromkeys((*self.classes.of_name(name), None)) for name in set_here)
                self.outcomes[asked] = [dict(zip(set_here, way, strict=True)) for way in product(*ways)]
        return self.outcomes[asked]

    def _answers(
        self, ask: Ask, prefix: str, values: dict[str, Value]
    ) -> Iterator[tuple[dict[str, Value], str | None, str]]:
        """(values after it, the option's own target, the answer in words) for each class of answers."""
        if ask.expire is not None:
            yield dict(values), ask.expire.to, "no answer"
        if ask.choose not in (Choose.ONE, Choose.MANY):
            typed = self.classes.typed(ask, prefix)
            for value in typed:
                name = f"{prefix}{ask.save}"
                yield ({**values, name: value} if ask.save else dict(values)), None, "typed"
            for option in ask.options:
                yield dict(values), option.to, option.id
            return
        joins = [prefix + name for name in ask.adds if prefix + name in self.ahead.relevant]
        for chosen in self.classes.choices(ask, prefix):
            after = dict(values)
            for name in joins:
                added = frozenset(option.id for option in chosen if prefix + (option.adds or "") == name)
                after[name] = self.classes.joined(name, values.get(name), added)
            if any(after[name] is None for name in joins):
                continue
            name = f"{prefix}{ask.save}"
            if ask.save is not None and name in self.ahead.relevant:
                ids = frozenset(option.id for option in chosen if option.id != "none")
                after[name] = ids if ask.choose is Choose.MANY else chosen[0].id
            target = next((option.to for option in chosen if option.to is not None), None)
            yield after, target, "+".join(option.id for option in chosen)


def _sorted(values: Mapping[str, Value]) -> Values:
    return tuple(sorted(values.items()))


def _kept(value: Value) -> Value:
    """Texts of an action differ in words only; that there is one is all that a guard can see."""
    known = value is None or isinstance(value, str | int | float | bool | date | frozenset)
    return value if known else "a text"
