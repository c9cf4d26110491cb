"""YAML as a tree that knows where everything stands. Made by `reader`, pruned by `shape`, asked by the checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Place: TypeAlias = "tuple[int, int]"
"""Line and column, both from 1."""
Step: TypeAlias = "str | int"
Path: TypeAlias = "tuple[Step, ...]"
Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


class Kind(StrEnum):
    SCALAR = "scalar"
    LIST = "list"
    MAPPING = "mapping"


@dataclass(slots=True)
class Node:
    """A scalar, a list or a mapping.

    `refused`: already reported, so nothing more is said about its value. `lines`: how a scalar of several lines
    is written, from the line where it begins.
    """

    kind: Kind
    place: Place
    scalar: str | int | float | bool | None = None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    written: str = ""
    refused: bool = False
    lines: tuple[str, ...] = ()

    def plain(self) -> Plain:
        """As ordinary Python values."""
        if self.kind is Kind.LIST:
            return [item.plain() for item in self.items]
        if self.kind is Kind.MAPPING:
            return {key: value.plain() for key, value in self.entries.items()}
        return self.scalar

    def step(self, step: Step) -> Node | None:
        """The child at `step`, or None."""
        if isinstance(step, int):
            return self.items[step] if self.kind is Kind.LIST and 0 <= step < len(self.items) else None
        return self.entries.get(step) if self.kind is Kind.MAPPING else None

    def find(self, *path: Step) -> Node | None:
        """The node at `path`, or None."""
        node: Node | None = self
        for step in path:
            node = node.step(step) if node is not None else None
        return node

    def at(self, *path: Step) -> Place:
        """Where the value at `path` stands; as much of the path as there is."""
        return self.nearest(*path).place

    def nearest(self, *path: Step) -> Node:
        """The node at `path`; as much of the path as there is."""
        node = self
        for step in path:
            child = node.step(step)
            if child is None:
                break
            node = child
        return node

    def within(self, words: str) -> Place:
        """Where `words` first stand inside a scalar of several lines, else where the node begins."""
        for number, line in enumerate(self.lines):
            at = line.find(words, 0 if number else self.place[1] - 1) if words else -1
            if at >= 0:
                return self.place[0] + number, at + 1
        return self.place

    def key(self, *path: Step) -> Place:
        """Where the last key of `path` stands; for an item of a list, where the item stands."""
        *before, last = path
        parent = self.find(*before)
        if parent is not None and isinstance(last, str) and last in parent.keys:
            return parent.keys[last]
        return self.at(*path)

    def remove(self, step: Step) -> None:
        """Forget the child at `step`."""
        if isinstance(step, int):
            del self.items[step]
        else:
            del self.entries[step]
            self.keys.pop(step, None)

    def text(self, *path: Step) -> str | None:
        """The text at `path`, or None when there is none."""
        node = self.find(*path)
        return node.scalar if node is not None and isinstance(node.scalar, str) else None


def scalar(value: str | float | bool | None, place: Place) -> Node:
    """A node for a value that stands in for a missing one."""
    return Node(Kind.SCALAR, place, value)
