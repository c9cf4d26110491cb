"""Guards: names and values that can't occur, conditions that don't fit, and guards that never hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations, product

from bot.authoring.build import GuardBuilder
from bot.authoring.checks.world import World
from bot.authoring.declaration import AskDeclared, Conditions, GuardDeclared
from bot.authoring.folder import FlowSource
from bot.authoring.issue import did_you_mean, listing, nearest
from bot.authoring.names import Holds, Var, choices_of, has_column, row_value, same
from bot.authoring.node import Path
from bot.authoring.scope import Scope, Scopes
from bot.authoring.ways import next_list
from bot.clinic.catalogue import NOT_SURE
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
from bot.engine.value import Value

_MOST_CASES = 20_000
_MOST_CLASSES = 10


def check_guards(world: World, scopes: Scopes) -> None:
    """Every guard of every flow: on transitions, on what runs out sooner, in `never` and in `always`."""
    for source in world.names.sources.values():
        visible = world.names.visible(source.id)
        before = scopes.before(source)
        for name, state in source.declared.states.items():
            ways = next_list(state)
            scope = before.get(name)
            after = scopes.after(source, state, scope) if scope is not None else None
            seen = _without_own_targets(world, state, visible) if isinstance(state, AskDeclared) else visible
            earlier: list[Guard] = []
            for number, way in enumerate(ways):
                if way.when is not None:
                    path: Path = ("states", name, "next", number, "when")
                    checked = _Checked(world, source, seen, after)
                    checked.check(way.when, path)
                    if checked.is_clean:
                        earlier.append(checked.satisfiable(way.when, path, earlier))
            if isinstance(state, AskDeclared) and state.expire is not None and state.expire.sooner is not None:
                checked = _Checked(world, source, visible, scope)
                checked.check(state.expire.sooner.when, ("states", name, "expire", "sooner", "when"))
        for key in ("never", "always"):
            for number, each in enumerate(getattr(source.declared, key)):
                checked = _Checked(world, source, visible, None)
                checked.check(each.when, (key, number, "when"))
                if checked.is_clean:
                    checked.satisfiable(each.when, (key, number, "when"), [])


def _without_own_targets(world: World, ask: AskDeclared, visible: Mapping[str, Var]) -> Mapping[str, Var]:
    """What can be answered where `next` is looked at: options with a target of their own have gone there."""
    if ask.save is None or ask.choose != "one" or ask.save not in visible or visible[ask.save].ids is None:
        return visible
    leaving = {
        choice.id for choice in choices_of(ask, world.names.tables) if choice.declared and choice.declared.to
    }
    kept = tuple(each for each in visible[ask.save].ids or () if each not in leaving)
    return {**visible, ask.save: replace(visible[ask.save], ids=kept)}


class _Checked:
    """One guard at one place. `scope` is None where a guard is asked everywhere."""

    def __init__(self, world: World, source: FlowSource, visible: Mapping[str, Var], scope: Scope | None) -> None:
        self.world = world
        self.source = source
        self.visible = visible
        self.scope = scope
        self.builder = GuardBuilder(visible, world.names.tables)
        self.is_clean = True
        self.is_whole = True

    def _report(self, path: Path, code: str, message: str, mend: str = "", *, key: bool = False) -> None:
        self.is_clean = False
        place = self.source.node.key(*path) if key else self.source.node.at(*path)
        self.world.issues.add(self.source.file, place, code, message, mend)

    def check(self, guard: GuardDeclared, path: Path) -> None:
        """Report what is wrong with a guard, and with those inside it."""
        inner = [*(guard.any_of or ()), *(guard.all_of or ()), *([guard.not_] if guard.not_ else ())]
        if not guard.wanted and not inner:
            self._report(path, "guard:empty", "this guard asks nothing", "add a condition, or remove when:")
        for name, wanted in guard.wanted.items():
            self._entry(name, wanted, (*path, name))
        for key in ("any_of", "all_of"):
            for number, part in enumerate(getattr(guard, key) or ()):
                self.check(part, (*path, key, number))
        if guard.not_ is not None:
            self.check(guard.not_, (*path, "not"))

    def _entry(self, name: str, wanted: object, path: Path) -> None:
        var = self.visible.get(name)
        if var is None:
            self.is_clean = False
            if self.source.is_whole or nearest(name, self.visible):
                mend = did_you_mean(name, self.visible, "save: or add: it in a question, or set it by an action")
                self._report(path, "guard:unknown_name", f"nothing sets `{name}`", mend, key=True)
            return
        if var.moment:
            message = f"`{name}` depends on the present time, which no guard looks at"
            self._report(path, "guard:moment", message, "say it in a text instead", key=True)
            return
        if self.scope is not None and name not in self.scope.may and self.source.is_whole:
            message = f"`{name}` can't have been set before this"
            self._report(path, "guard:not_yet_set", message, "ask or do what sets it earlier", key=True)
            return
        if not all(table in self.world.names.tables for table in var.tables):
            self.is_clean = False
            return
        self.is_whole = all(self.world.is_table_whole(table) for table in var.tables)
        self.is_clean = self.is_clean and self.is_whole
        if not isinstance(wanted, Conditions):
            if isinstance(wanted, list):
                for number, value in enumerate(wanted):
                    self._value(name, var, value, (*path, number))
            else:
                self._value(name, var, wanted, path)
            return
        if not wanted.model_fields_set:
            self._report(path, "guard:empty", f"nothing is asked of `{name}`", "add a condition")
        for key in ("has_any", "has_all", "has_none"):
            ids = getattr(wanted, key)
            if ids is not None and var.holds not in (Holds.SET, Holds.ONE):
                message = f"`{name}` is no set of answers, so it has no members"
                self._report((*path, key), "guard:wrong_kind", message, "compare its value", key=True)
            elif ids is not None:
                self._ids(name, var, ids, (*path, key))
        for key in ("at_least", "at_most"):
            limit = getattr(wanted, key)
            if limit is not None:
                self._limit(name, var, limit, (*path, key))

    def _value(self, name: str, var: Var, value: object, path: Path) -> None:
        match var.holds:
            case Holds.FLAG:
                fits, known = isinstance(value, bool), ["true", "false"]
            case Holds.NUMBER:
                fits, known = isinstance(value, int | float) and not isinstance(value, bool), ["a number"]
            case Holds.DATE:
                fits, known = _is_date(value), ["a date such as 2026-12-24"]
            case Holds.TEXT:
                fits, known = isinstance(value, str), ["a text"]
            case _:
                fits, known = var.ids is None or value in var.ids, list(var.ids or ())
        if not fits and self._is_surely_wrong(value, known):
            shown = str(value).lower() if isinstance(value, bool) else value
            message = f"`{name}` is never `{shown}` here"
            self._report(
                path,
                "guard:impossible_value",
                message,
                did_you_mean(str(value), known, f"it can be {listing(known)}"),
            )

    def _is_surely_wrong(self, value: object, known: Iterable[str]) -> bool:
        """A value that no row has; beside rows that could not be read, only if it looks misspelt."""
        return self.is_whole or nearest(str(value), known) is not None

    def _ids(self, name: str, var: Var, ids: object, path: Path) -> None:
        match ids:
            case str():
                known = {*(var.ids or ()), NOT_SURE} if "precautions" in var.tables else set(var.ids or ())
                if var.ids is not None and ids not in known and self._is_surely_wrong(ids, known):
                    mend = did_you_mean(ids, known, f"it can hold {listing(sorted(known))}")
                    self._report(path, "guard:impossible_value", f"`{name}` never holds `{ids}`", mend)
            case list():
                for number, part in enumerate(ids):
                    self._ids(name, var, part, (*path, number))
            case dict():
                for column, values in ids.items():
                    self._property(name, column, values, (*path, column))

    def _property(self, name: str, column: str, values: object, path: Path) -> None:
        rows = [
            row
            for table in self.builder.tables_of(name)
            for row in self.world.names.tables.get(table, {}).values()
        ]
        if not any(has_column(row, column) for row in rows):
            if not rows and not self.is_whole:
                return
            columns = sorted({each for row in rows for each in row.properties})
            mend = did_you_mean(
                column, columns, f"its rows have {listing(columns)}" if columns else "name ids instead"
            )
            self._report(path, "table:unknown_column", f"the rows of `{name}` have no `{column}`", mend, key=True)
            return
        for number, value in enumerate(values if isinstance(values, list) else [values]):
            if not any(has_column(row, column) and same(row_value(row, column), [value]) for row in rows):
                known = sorted({str(row_value(row, column)) for row in rows if has_column(row, column)})
                if not self._is_surely_wrong(value, known):
                    continue
                at = (*path, number) if isinstance(values, list) else path
                mend = did_you_mean(str(value), known, f"there is {listing(known)}")
                self._report(at, "table:unknown_value", f"no row of `{name}` has {column}: {value}", mend)

    def _limit(self, name: str, var: Var, limit: object, path: Path) -> None:
        if var.holds in (Holds.SET, Holds.TEXT, Holds.FLAG):
            message = f"`{name}` has no order"
            self._report(
                path, "guard:wrong_kind", message, "it is for numbers, dates and ordered answers", key=True
            )
        else:
            self._value(name, var, limit, path)

    def satisfiable(self, declared: GuardDeclared, path: Path, earlier: list[Guard]) -> Guard:
        """Report a guard that never holds, or only where an earlier one holds too; gives the built guard."""
        guard = self.builder.build(declared)
        cases = self._cases([guard, *earlier])
        if cases is None:
            return guard
        holding = [case for case in cases if holds(guard, case.get)]
        if not holding:
            message = "this guard can never be true"
            self._report(path, "guard:never", message, "look at its conditions; all of them must hold together")
        elif earlier and all(any(holds(before, case.get) for before in earlier) for case in holding):
            message = "a guard before this one is always true when this one is"
            self._report(path, "guard:never", message, "put this one first, or remove it")
        return guard

    def _is_surely_set(self, name: str) -> bool:
        """An action may leave what it sets unset."""
        if self.visible[name].always:
            return True
        by_action = any(
            name.endswith(each) for action in self.world.names.actions.values() for each in action.sets
        )
        return self.scope is not None and name in self.scope.must and not by_action

    def _cases(self, guards: list[Guard]) -> list[dict[str, Value]] | None:
        """Every combination of values that the guards can tell apart; None when there are too many."""
        wanted = sorted(frozenset().union(*(names(guard) for guard in guards)))
        choices: list[list[Value]] = []
        total = 1
        for name in wanted:
            values = _values(name, self.visible[name], guards)
            if values is None:
                return None
            if not self._is_surely_set(name):
                values = [*values, None]
            choices.append(values)
            total *= len(values)
            if total > _MOST_CASES:
                return None
        return [dict(zip(wanted, case, strict=True)) for case in product(*choices)]


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def atoms(guard: Guard, name: str) -> list[Guard]:
    """The comparisons of a guard that look at `name`."""
    match guard:
        case AllOf(guards) | AnyOf(guards):
            return [atom for part in guards for atom in atoms(part, name)]
        case Not(part):
            return atoms(part, name)
        case _:
            return [guard] if guard.name == name else []


def _values(name: str, var: Var, guards: list[Guard]) -> list[Value] | None:
    """Values of a name that make every comparison both true and false, where they can be; None: too many."""
    compared = [atom for guard in guards for atom in atoms(guard, name)]
    if var.holds is Holds.FLAG:
        return [True, False]
    if var.holds is Holds.ONE and var.ids is not None:
        return list(var.ids)
    if var.holds is Holds.SET:
        return _sets(var, compared)
    found: list[Value] = ["\x00anything else"] if var.holds is not Holds.DATE else []
    for atom in compared:
        match atom:
            case Equals(_, values):
                found.extend(values)
            case AtLeast(_, limit, _) | AtMost(_, limit, _):
                if isinstance(limit, date):
                    day = limit.toordinal()
                    found.extend(date.fromordinal(each) for each in (day - 1, day, day + 1))
                elif isinstance(limit, int | float):
                    found.extend((limit - 1, limit, limit + 1))
            case _:
                pass
    return found or [date(2000, 1, 1)]


def _sets(var: Var, compared: list[Guard]) -> list[Value] | None:
    """Sets of one member of each class that the comparisons tell apart, in every combination; None: too many."""
    members = set(var.ids or ())
    for atom in compared:
        if isinstance(atom, HasAny | HasAll | HasNone) and var.ids is None:
            members |= atom.ids
    classes: dict[tuple[object, ...], str] = {}
    for member in sorted(members):
        marks = tuple(_mark(atom, member) for atom in compared)
        classes.setdefault(marks, member)
    chosen = sorted(classes.values())
    if len(chosen) > _MOST_CLASSES:
        return None
    return [frozenset(some) for size in range(len(chosen) + 1) for some in combinations(chosen, size)]


def _mark(atom: Guard, member: str) -> object:
    """What one comparison sees of a member: where all are demanded, each member by itself."""
    match atom:
        case HasAny(_, ids) | HasNone(_, ids):
            return member in ids
        case HasAll(_, ids):
            return member if member in ids else False
        case Equals(_, values):
            return member if member in values else False
        case _:
            return None
