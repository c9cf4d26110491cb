"""`never` and `always`, held against every path: a walk over positions, shortest paths first.

Answers that no guard and no action can tell apart are one class, and one of each stands for all. A set is tried
with up to `SET_CLASSES` classes in it. What a path can no longer ask about is forgotten, so that paths meet;
states from which no invariant can be broken any more are not walked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from bot.authoring.names import Holds, Names, Var
from bot.engine.guard import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Equals,
    Guard,
    HasAll,
    HasAny,
    HasNone,
    Not,
    holds,
    names,
)
from bot.engine.model import Ask, Call, Choose, Do, End, Flow, Option, State, Transition
from bot.engine.value import Value

MOST_POSITIONS = 200_000
SET_CLASSES = 2
"""Pairs of answers: what two answers together do is seen, what only three do is not."""
RULE_COLUMNS = ("microneedling", "mesotherapy", "points_to", "booking")
"""The columns that actions decide by; others only give words."""
_FEW = 3
_TODAY = date(2026, 1, 5)

Values = tuple[tuple[str, Value], ...]


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
    """What came of a flow's invariants; `is_complete` is False when there were too many positions."""

    violations: tuple[Violation, ...]
    positions: int
    is_complete: bool


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
    return _Walk(flow, flows, book_names, most).run()


@dataclass(slots=True)
class _Walk:
    flow: Flow
    flows: Mapping[str, Flow]
    known: Names
    most: int
    visible: Mapping[str, Var] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    relevant: frozenset[str] = frozenset()
    live: dict[str, frozenset[str]] = field(default_factory=dict)
    came: dict[Position, tuple[Position | None, str]] = field(default_factory=dict)
    signatures: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)
    choices: dict[tuple[int, str], list[tuple[Option, ...]]] = field(default_factory=dict)
    outcomes: dict[tuple[object, ...], Mapping[str, Value]] = field(default_factory=dict)

    def run(self) -> Verdict:
        self._prepare()
        waiting: deque[Position] = deque()
        for values in self._starts():
            self._add(waiting, Position(((self.flow.id, "", ""),), self.flow.start, values), None, "")
        broken: dict[int, Violation] = {}
        while waiting and len(broken) < len(self.flow.invariants):
            if len(self.came) > self.most:
                return Verdict(tuple(broken.values()), len(self.came), is_complete=False)
            position = waiting.popleft()
            position = self._look(position, broken)
            for after, answer in self._steps(position):
                self._add(waiting, after, position, answer)
        return Verdict(tuple(broken.values()), len(self.came), is_complete=True)

    def _prepare(self) -> None:
        self.visible = self.known.visible(self.flow.id)
        self._find_open()
        inlined = self._reached_flows()
        for flow in inlined:
            for state in self._walked(flow):
                self.guards.extend(way.when for way in _next(state) if way.when is not None)
        self.guards.extend(invariant.when for invariant in self.flow.invariants)
        wanted = frozenset().union(*(names(guard) for guard in self.guards))
        actions = [state.action for flow in inlined for state in self._walked(flow) if isinstance(state, Do)]
        for _ in range(3):
            for name in actions:
                action = self.known.actions[name]
                if any(each in wanted for each in action.sets):
                    wanted |= frozenset(action.reads)
        self.relevant = wanted
        self._find_live()

    def _find_open(self) -> None:
        """The states from which some invariant can still be broken."""
        judged: set[str] = set()
        for each in self.flow.invariants:
            judged |= {name for name in (each.reach, each.before) if name is not None and name != "end"}
            if each.before == "end":
                judged |= {name for name, state in self.flow.states.items() if isinstance(state, End)}
        self.open = set(judged)
        changed = True
        while changed:
            before = len(self.open)
            self.open |= {
                name for name, state in self.flow.states.items() if self.open.intersection(_targets(state))
            }
            changed = len(self.open) > before

    def _walked(self, flow: Flow) -> list[State]:
        states = flow.states.values()
        return [state for state in states if flow is not self.flow or state.id in self.open]

    def _reached_flows(self) -> list[Flow]:
        found: dict[str, Flow] = {}
        waiting = [self.flow]
        while waiting:
            flow = waiting.pop()
            if flow.id not in found:
                found[flow.id] = flow
                waiting.extend(self.flows[state.flow] for state in self._walked(flow) if isinstance(state, Call))
        return list(found.values())

    def _find_live(self) -> None:
        """What each state of the flow itself still needs, now or later."""
        always = frozenset().union(*(names(each.when) for each in self.flow.invariants))
        needs = {name: always | self._uses(self.flow.states[name]) for name in self.open}
        changed = True
        while changed:
            changed = False
            for name in self.open:
                targets = (to for to in _targets(self.flow.states[name]) if to in self.open)
                more = needs[name].union(*(needs[to] for to in targets))
                if more != needs[name]:
                    needs[name], changed = more, True
        self.live = needs

    def _uses(self, state: State) -> frozenset[str]:
        found = frozenset().union(*(names(way.when) for way in _next(state) if way.when is not None))
        if isinstance(state, Do):
            found |= frozenset(self.known.actions[state.action].reads)
        if isinstance(state, Call):
            found |= self.relevant
        if isinstance(state, Ask):
            found |= state.adds
        return found & self.relevant

    def _starts(self) -> Iterator[Values]:
        """Every combination of what holds before the flow begins."""
        outer = sorted(self.relevant - frozenset(self.known.own(self.flow.id)))
        cases: list[dict[str, Value]] = [{}]
        for name in outer:
            if name == "today_on":
                cases = [{**case, name: _TODAY} for case in cases]
                continue
            var = self.visible.get(name)
            values = self._values(name, var) if var is not None else []
            if var is None or not var.always:
                values = [*values, None]
            cases = [{**case, name: value} for case in cases for value in values]
        for case in cases:
            yield _frozen(case)

    def _values(self, name: str, var: Var) -> list[Value]:
        """A value of each class that the guards tell apart."""
        if var.holds is Holds.FLAG:
            return [True, False]
        if var.holds is Holds.ONE and var.ids is not None:
            return list(var.ids)
        found: list[Value] = ["something else"] if var.holds is Holds.TEXT else []
        for guard in self.guards:
            for atom in _atoms(guard, name):
                if isinstance(atom, Equals):
                    found.extend(atom.values)
                elif isinstance(atom, AtLeast | AtMost):
                    limit = atom.limit
                    if isinstance(limit, date):
                        found.extend(date.fromordinal(limit.toordinal() + each) for each in (-1, 0, 1))
                    elif isinstance(limit, int | float):
                        found.extend((limit - 1, limit, limit + 1))
        return list(dict.fromkeys(found)) or [0 if var.holds is Holds.NUMBER else _TODAY]

    def _add(self, waiting: deque[Position], position: Position, before: Position | None, answer: str) -> None:
        if len(position.frames) == 1:
            if position.state not in self.open:
                return
            kept = self.live[position.state]
            values = tuple(each for each in position.values if each[0] in kept and each[1] is not None)
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
                values |= self._act(state, prefix, values)
                yield self._go(position, state, values), ""
            case Ask():
                for answered, to, answer in self._answers(state, prefix, values):
                    target = to if to is not None else self._next(state, prefix, answered)
                    yield Position(position.frames, target, _frozen(answered), position.passed), answer
            case _:
                yield self._go(position, state, values), ""

    def _return(self, position: Position, values: dict[str, Value]) -> Iterator[tuple[Position, str]]:
        if len(position.frames) == 1:
            return
        frames = position.frames[:-1]
        flow_id, prefix, _ = frames[-1]
        call = self.flows[flow_id].states[position.frames[-1][2]]
        target = self._next(call, prefix, values)
        yield Position(frames, target, _frozen(values), position.passed), ""

    def _call(
        self, position: Position, call: Call, prefix: str, values: dict[str, Value]
    ) -> Iterator[tuple[Position, str]]:
        inner = f"{prefix}{call.as_name}." if call.as_name else prefix
        sets = {inner + name for name in self.known.own(call.flow)}
        if not sets & self.relevant:
            yield self._go(position, call, values), ""
            return
        frames = (*position.frames, (call.flow, inner, call.id))
        start = self.flows[call.flow].start
        yield Position(frames, start, position.values, position.passed), ""

    def _go(self, position: Position, state: State, values: dict[str, Value]) -> Position:
        target = self._next(state, position.frames[-1][1], values)
        return Position(position.frames, target, _frozen(values), position.passed)

    def _next(self, state: State, prefix: str, values: Mapping[str, Value]) -> str:
        def lookup(name: str) -> Value:
            found = values.get(prefix + name) if prefix else None
            return found if found is not None else values.get(name)

        return next(way.to for way in _next(state) if way.when is None or holds(way.when, lookup))

    def _act(self, state: Do, prefix: str, values: dict[str, Value]) -> dict[str, Value]:
        action = self.known.actions[state.action]
        if not any(prefix + name in self.relevant for name in action.sets):
            return {}
        given = {name: values.get(prefix + name, values.get(name)) for name in action.reads}
        key = (action.name, *sorted(given.items(), key=lambda each: each[0]))
        if key not in self.outcomes:
            set_ = action.run(given).values
            self.outcomes[key] = {name: value for name, value in set_.items() if prefix + name in self.relevant}
        unset: dict[str, Value] = {prefix + name: None for name in action.sets if prefix + name in self.relevant}
        return unset | {prefix + name: _kept(value) for name, value in self.outcomes[key].items()}

    def _answers(
        self, ask: Ask, prefix: str, values: dict[str, Value]
    ) -> Iterator[tuple[dict[str, Value], str | None, str]]:
        """(values after it, the option's own target, the answer in words) for each class of answers."""
        if ask.expire is not None:
            yield dict(values), ask.expire.to, "no answer"
        if ask.choose not in (Choose.ONE, Choose.MANY):
            typed = self._typed(ask, prefix)
            for value in typed:
                name = f"{prefix}{ask.save}"
                yield ({**values, name: value} if ask.save else dict(values)), None, "typed"
            for option in ask.options:
                yield dict(values), option.to, option.id
            return
        key = (id(ask), prefix)
        if key not in self.choices:
            self.choices[key] = list(self._choices(ask, prefix))
        for chosen in self.choices[key]:
            after = dict(values)
            joined = [
                self._join(after, prefix + name, {option.id for option in chosen if option.adds == name})
                for name in ask.adds
            ]
            if not all(joined):
                continue
            name = f"{prefix}{ask.save}"
            if ask.save is not None and name in self.relevant:
                ids = frozenset(option.id for option in chosen if option.id != "none")
                after[name] = ids if ask.choose is Choose.MANY else chosen[0].id
            target = next((option.to for option in chosen if option.to is not None), None)
            yield after, target, "+".join(option.id for option in chosen)

    def _join(self, values: dict[str, Value], name: str, added: set[str]) -> bool:
        """Join a set; False when more classes would be in it than are tried."""
        if name not in self.relevant:
            return True
        before = values.get(name)
        members = (before if isinstance(before, frozenset) else frozenset()) | added
        kept: dict[tuple[object, ...], str] = {}
        for member in sorted(members):
            kept.setdefault(self._signature(name, member), member)
        values[name] = frozenset(kept.values())
        return len(kept) <= SET_CLASSES

    def _typed(self, ask: Ask, prefix: str) -> list[Value]:
        name = f"{prefix}{ask.save}"
        if ask.save is None or name not in self.relevant:
            return [None]
        return self._values(name, self.visible[name])

    def _choices(self, ask: Ask, prefix: str) -> Iterator[tuple[Option, ...]]:
        """One option of each class; for a choose-many, every set of up to `SET_CLASSES` of them."""
        classes: dict[tuple[object, ...], Option] = {}
        for option in ask.options:
            name = option.adds or ask.save
            mark = self._signature(prefix + name, option.id) if name and prefix + name in self.relevant else ()
            classes.setdefault((option.to, option.adds, option.exclusive, mark), option)
        if ask.choose is Choose.ONE:
            yield from ((option,) for option in classes.values())
            return
        yield from ((option,) for option in classes.values() if option.exclusive)
        free = [option for option in classes.values() if not option.exclusive]
        for size in range(1, SET_CLASSES + 1):
            yield from combinations(free, size)

    def _signature(self, name: str, member: str) -> tuple[object, ...]:
        """What guards and actions can see of a member of a set."""
        key = (name, member)
        if key not in self.signatures:
            marks = [_mark(atom, member) for guard in self.guards for atom in _atoms(guard, name)]
            readers = [action for action in self.known.actions.values() if name in action.reads]
            if readers:
                var = self.visible.get(name)
                rows = [self.known.tables[table].get(member) for table in sorted(var.tables if var else ())]
                row = next((each for each in rows if each is not None), None)
                if row is None or var is None or var.holds is Holds.ONE:
                    marks.append(member)
                else:
                    marks.append(tuple(row.properties.get(column) for column in RULE_COLUMNS))
                words = {word for action in readers for ids in action.sets.values() if ids for word in ids}
                marks.append(member if member in words else None)
            self.signatures[key] = tuple(marks)
        return self.signatures[key]


def _next(state: State) -> tuple[Transition, ...]:
    return () if isinstance(state, End) else state.next


def _targets(state: State) -> Iterator[str]:
    yield from (way.to for way in _next(state))
    if isinstance(state, Ask):
        yield from (option.to for option in state.options if option.to is not None)
        if state.expire is not None:
            yield state.expire.to


def _frozen(values: Mapping[str, Value]) -> Values:
    return tuple(sorted(values.items()))


def _kept(value: Value) -> Value:
    """Texts of an action differ in words only; that there is one is all that a guard can see."""
    return value if isinstance(value, str | int | float | bool | date | frozenset) else "a text"


def _atoms(guard: Guard, name: str) -> list[Guard]:
    match guard:
        case AllOf(guards) | AnyOf(guards):
            return [atom for part in guards for atom in _atoms(part, name)]
        case Not(part):
            return _atoms(part, name)
        case _:
            return [guard] if guard.name == name else []


def _mark(atom: Guard, member: str) -> object:
    match atom:
        case HasAny(_, ids) | HasNone(_, ids):
            return (member if len(ids) <= _FEW else True) if member in ids else False
        case HasAll(_, ids):
            return member if member in ids else False
        case Equals(_, values):
            return member if member in values else False
        case AtLeast() | AtMost():
            return member
        case _:
            return None
