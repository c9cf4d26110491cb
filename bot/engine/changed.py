"""A frozen value with other fields, as `dataclasses.replace` makes it, in a third of the time.

`replace` runs `__init__`, which sets each field by name past the freeze; here the slots are filled one by one.
For the few places where every tap comes by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
_Setter = Callable[[object, object], None]


_Slots = tuple[Callable[[object], tuple[Any, ...]], dict[str, int], tuple[_Setter, ...]]
_slots: dict[type[Any], _Slots] = {}


def changed(value: T, **changes: object) -> T:
    """`value`, a frozen dataclass with slots and without `__post_init__`, with these fields instead of its own."""
    kind = type(value)
    read, places, setters = _slots.get(kind) or _look(kind)
    values = list(read(value))
    for name, new in changes.items():
        values[places[name]] = new
    made: T = object.__new__(kind)
    for put, each in zip(setters, values, strict=True):
        put(made, each)
    return made


def _look(kind: type[Any]) -> _Slots:
    names = [part.name for part in fields(kind)]
    setters = tuple(vars(kind)[name].__set__ for name in names)
    found = _slots[kind] = attrgetter(*names), {name: place for place, name in enumerate(names)}, setters
    return found
