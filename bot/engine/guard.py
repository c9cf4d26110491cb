"""Conditions on edges, as frozen data. Nothing here is evaluated but comparisons: no expressions, no code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bot.engine.value import Value

Scalar: TypeAlias = "str | int | float | bool | date"
Ids: TypeAlias = "frozenset[str]"


@dataclass(frozen=True, slots=True)
class Equals:
    """The value is one of `values`; on a set: the set is exactly one of these ids."""

    name: str
    values: frozenset[Scalar]


@dataclass(frozen=True, slots=True)
class HasAny:
    """`ids` is resolved: a property such as `{microneedling: stop}` has become the ids of its rows."""

    name: str
    ids: Ids


@dataclass(frozen=True, slots=True)
class HasAll:
    name: str
    ids: Ids


@dataclass(frozen=True, slots=True)
class HasNone:
    name: str
    ids: Ids


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`order` ranks the options of an ordered choice; None for numbers and dates."""

    name: str
    limit: Scalar
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AtMost:
    name: str
    limit: Scalar
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class IsSet:
    name: str
    expected: bool


@dataclass(frozen=True, slots=True)
class AllOf:
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class Not:
    guard: Guard


Atom: TypeAlias = "Equals | HasAny | HasAll | HasNone | AtLeast | AtMost | IsSet"
Guard: TypeAlias = "Atom | AllOf | AnyOf | Not"
Lookup: TypeAlias = Callable[[str], Value]


def holds(guard: Guard, lookup: Lookup) -> bool:
    """Whether `guard` holds. `lookup` gives a name's value, None when it is unset.

    An unset value satisfies only `IsSet(expected=False)`, `HasNone` and `Not`.
    """
    match guard:
        case Equals(name, values):
            value = lookup(name)
            if isinstance(value, frozenset):
                return len(value) == 1 and next(iter(value)) in values
            return isinstance(value, str | int | float | bool | date) and value in values
        case HasAny(name, ids):
            return not ids.isdisjoint(_members(lookup(name)))
        case HasAll(name, ids):
            return ids <= _members(lookup(name))
        case HasNone(name, ids):
            return ids.isdisjoint(_members(lookup(name)))
        case AtLeast(name, limit, order):
            ranks = _ranks(lookup(name), limit, order)
            return ranks is not None and ranks[0] >= ranks[1]
        case AtMost(name, limit, order):
            ranks = _ranks(lookup(name), limit, order)
            return ranks is not None and ranks[0] <= ranks[1]
        case IsSet(name, expected):
            return (lookup(name) is not None) is expected
        case AllOf(guards):
            return all(holds(part, lookup) for part in guards)
        case AnyOf(guards):
            return any(holds(part, lookup) for part in guards)
        case _:
            return not holds(guard.guard, lookup)


def names(guard: Guard) -> frozenset[str]:
    """Every name that `guard` looks at."""
    match guard:
        case AllOf(guards) | AnyOf(guards):
            return frozenset().union(*(names(part) for part in guards))
        case Not(part):
            return names(part)
        case _:
            return frozenset({guard.name})


def _members(value: Value) -> frozenset[str]:
    if isinstance(value, frozenset):
        return value
    return frozenset({value}) if isinstance(value, str) else frozenset()


def _ranks(value: Value, limit: Scalar, order: tuple[str, ...] | None) -> tuple[float, float] | None:
    if order is not None:
        if value in order and limit in order:
            return order.index(str(value)), order.index(str(limit))
        return None
    if isinstance(value, date) and isinstance(limit, date):
        return value.toordinal(), limit.toordinal()
    if isinstance(value, int | float) and isinstance(limit, int | float):
        return value, limit
    return None
