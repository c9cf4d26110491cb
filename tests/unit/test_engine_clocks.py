"""The rungs of an alert: when it rings, for whom, and when no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.clocks import DEFAULT_CLOCKS, GROUP, ON_CALL, OWNER, Clock, Rung


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


STEEP = Clock(
    (
        Rung(minutes(0), frozenset({GROUP})),
        Rung(minutes(0), frozenset({ON_CALL}), only_closed=True),
        Rung(minutes(3), frozenset({GROUP})),
        Rung(minutes(3), frozenset({ON_CALL}), only_closed=True),
        Rung(minutes(7), frozenset({GROUP, OWNER})),
    ),
    rings=4,
    uncalled=minutes(15),
)


def test_the_waits_follow_the_rungs_and_then_double() -> None:
    assert [STEEP.wait(step) for step in range(1, 6)] == [minutes(3), minutes(4), minutes(8), minutes(16), None]
    red = DEFAULT_CLOCKS["red"]
    assert [red.wait(step) for step in range(1, 7)] == [*map(minutes, (3, 6, 12, 24, 48)), None]
    assert Clock(STEEP.rungs[:2], 4, minutes(1)).wait(1) is None


@pytest.mark.parametrize(
    ("step", "closed", "to"),
    [
        (0, False, {GROUP}),
        (0, True, {GROUP, ON_CALL}),
        (1, False, {GROUP}),
        (1, True, {GROUP, ON_CALL}),
        (2, False, {GROUP, OWNER}),
        (4, True, {GROUP, OWNER}),
    ],
)
def test_for_whom_it_rings(step: int, closed: bool, to: set[str]) -> None:
    assert (STEEP.ring(step, closed=closed) if step else STEEP.at_once(closed=closed)) == to
