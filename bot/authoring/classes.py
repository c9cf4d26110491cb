"""Classes of values: what no guard and no action tells apart is tried once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from bot.authoring.names import Holds, Names, Var
from bot.engine.guard import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Atom,
    Equals,
    Guard,
    HasAll,
    HasAny,
    HasNone,
    Not,
    names,
)
from bot.engine.model import Action, Ask, Choose, Option
from bot.engine.value import Value

SET_CLASSES = 2
"""Pairs of answers: what two answers together do is seen, what only three do is not."""
RULE_COLUMNS = ("microneedling", "mesotherapy", "points_to", "booking")
"""The columns that actions decide by; others only give words."""
TODAY = date(2026, 1, 5)
_FEW = 3


@dataclass(slots=True)
class ValueClasses:
    """The values worth trying in one flow, by what `guards` and actions can see of them.

    Attributes:
        visible: What each name can hold.
        relevant: The names that decide anything.
        readers: The actions whose reading counts.
    """

    known: Names
    visible: Mapping[str, Var]
    guards: tuple[Guard, ...]
    relevant: frozenset[str]
    readers: tuple[Action, ...]
    _signatures: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)
    _joined: dict[tuple[str, Value, frozenset[str]], frozenset[str] | None] = field(default_factory=dict)
    _choices: dict[tuple[int, str], list[tuple[Option, ...]]] = field(default_factory=dict)

    def of_name(self, name: str) -> list[Value]:
        """A value of each class, and None where the name may be unset."""
        if name == "today_on":
            return [TODAY]
        var = self.visible.get(name)
        values = self._set_values(name, var) if var is not None else []
        return values if var is not None and var.always else [*values, None]

    def _set_values(self, name: str, var: Var) -> list[Value]:
        """A value of each class that the guards tell apart."""
        if var.holds is Holds.FLAG:
            return [True, False]
        if var.holds is Holds.ONE and var.ids is not None:
            return list(var.ids)
        found: list[Value] = ["something else"] if var.holds is Holds.TEXT else []
        for atom in self._atoms(name):
            if isinstance(atom, Equals):
                found.extend(atom.values)
            elif isinstance(atom, AtLeast | AtMost):
                limit = atom.limit
                if isinstance(limit, date):
                    found.extend(date.fromordinal(limit.toordinal() + each) for each in (-1, 0, 1))
                elif isinstance(limit, int | float):
                    found.extend((limit - 1, limit, limit + 1))
        return list(dict.fromkeys(found)) or [0 if var.holds is Holds.NUMBER else TODAY]

    def typed(self, ask: Ask, prefix: str) -> list[Value]:
        """A value of each class that can be typed; one unset value where nothing looks at it."""
        name = f"{prefix}{ask.save}"
        if ask.save is None or name not in self.relevant:
            return [None]
        return self._set_values(name, self.visible[name])

    def choices(self, ask: Ask, prefix: str) -> list[tuple[Option, ...]]:
        """One option of each class; for a choose-many, every set of up to `SET_CLASSES` of them."""
        key = (id(ask), prefix)
        if key not in self._choices:
            self._choices[key] = list(self._find_choices(ask, prefix))
        return self._choices[key]

    def _find_choices(self, ask: Ask, prefix: str) -> Iterator[tuple[Option, ...]]:
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

    def joined(self, name: str, before: Value, added: frozenset[str]) -> frozenset[str] | None:
        """One of each class in the joined set; None when there would be more classes than are tried."""
        key = (name, before, added)
        if key not in self._joined:
            kept: dict[tuple[object, ...], str] = {}
            for member in sorted((before if isinstance(before, frozenset) else frozenset()) | added):
                kept.setdefault(self._signature(name, member), member)
            self._joined[key] = frozenset(kept.values()) if len(kept) <= SET_CLASSES else None
        return self._joined[key]

    def _signature(self, name: str, member: str) -> tuple[object, ...]:
        """What guards and actions can see of a member of a set."""
        key = (name, member)
        if key not in self._signatures:
            marks = [_mark(atom, member) for atom in self._atoms(name)]
            readers = [action for action in self.readers if name in action.reads]
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
            self._signatures[key] = tuple(marks)
        return self._signatures[key]

    def _atoms(self, name: str) -> list[Atom]:
        return [atom for atom in all_atoms(self.guards) if name in names(atom)]


def all_atoms(guards: Iterable[Guard]) -> Iterator[Atom]:
    """The comparisons that guards are made of."""
    for guard in guards:
        match guard:
            case AllOf(parts) | AnyOf(parts):
                yield from all_atoms(parts)
            case Not(part):
                yield from all_atoms((part,))
            case _:
                yield guard


def _mark(atom: Atom, member: str) -> object:
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
