"""What a guard holds for, kind by kind."""

from __future__ import annotations

from datetime import date

import pytest

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
    IsSet,
    Not,
    holds,
    names,
)
from bot.engine.value import Value

ORDER = ("green", "amber", "red")
IDS = frozenset({"a", "b"})
TRUE = IsSet("missing", expected=False)
FALSE = IsSet("missing", expected=True)


@pytest.mark.parametrize(
    ("guard", "value", "expected"),
    [
        (Equals("x", frozenset({"a"})), "a", True),
        (Equals("x", frozenset({"a", "b"})), "b", True),
        (Equals("x", frozenset({"a"})), "c", False),
        (Equals("x", frozenset({"a"})), None, False),
        (Equals("x", frozenset({3})), 3, True),
        (Equals("x", frozenset({date(2026, 1, 2)})), date(2026, 1, 2), True),
        (Equals("x", frozenset({False})), False, True),
        (Equals("x", frozenset({"a", "b"})), frozenset({"a"}), True),
        (Equals("x", frozenset({"a", "b"})), frozenset({"a", "b"}), False),
        (Equals("x", frozenset({"a"})), frozenset(), False),
        (HasAny("x", IDS), frozenset({"b", "c"}), True),
        (HasAny("x", IDS), frozenset({"c"}), False),
        (HasAny("x", IDS), "a", True),
        (HasAny("x", IDS), None, False),
        (HasAny("x", IDS), 3, False),
        (HasAll("x", IDS), frozenset({"a", "b", "c"}), True),
        (HasAll("x", IDS), frozenset({"a"}), False),
        (HasAll("x", IDS), None, False),
        (HasNone("x", IDS), frozenset({"c"}), True),
        (HasNone("x", IDS), frozenset({"a"}), False),
        (HasNone("x", IDS), None, True),
        (AtLeast("x", 3), 3, True),
        (AtLeast("x", 3), 2.9, False),
        (AtLeast("x", 3), None, False),
        (AtLeast("x", 3), "4", False),
        (AtLeast("x", date(2026, 5, 1)), date(2026, 5, 1), True),
        (AtLeast("x", date(2026, 5, 1)), date(2026, 4, 30), False),
        (AtLeast("x", "amber", ORDER), "red", True),
        (AtLeast("x", "amber", ORDER), "green", False),
        (AtLeast("x", "amber", ORDER), "unknown", False),
        (AtLeast("x", "amber", ORDER), None, False),
        (AtMost("x", 3), 3, True),
        (AtMost("x", 3), 3.1, False),
        (AtMost("x", 3), None, False),
        (AtMost("x", date(2026, 5, 1)), date(2026, 5, 2), False),
        (AtMost("x", "amber", ORDER), "green", True),
        (AtMost("x", "amber", ORDER), "red", False),
        (IsSet("x", expected=True), "", True),
        (IsSet("x", expected=True), None, False),
        (IsSet("x", expected=False), None, True),
        (IsSet("x", expected=False), frozenset(), False),
        (Not(Equals("x", frozenset({"a"}))), None, True),
        (Not(Equals("x", frozenset({"a"}))), "a", False),
        (AllOf(()), None, True),
        (AllOf((TRUE, TRUE)), None, True),
        (AllOf((TRUE, FALSE)), None, False),
        (AnyOf(()), None, False),
        (AnyOf((FALSE, TRUE)), None, True),
        (AnyOf((FALSE, FALSE)), None, False),
    ],
)
def test_a_guard_holds_or_not(guard: Guard, value: Value, expected: bool) -> None:
    assert holds(guard, {"x": value}.get) is expected


def test_the_names_a_guard_looks_at() -> None:
    guard = AllOf((Not(HasAny("a", IDS)), AnyOf((AtMost("b", 3), IsSet("c", expected=True)))))
    assert names(guard) == {"a", "b", "c"}
    assert names(AllOf(())) == frozenset()
