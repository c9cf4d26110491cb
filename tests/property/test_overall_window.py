"""Whatever a call takes on its way, Telegram never counts more within a second than it takes."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limits import Call, OverallWindow
from tests.fake_bot_api.shown import peak

MOST = 30
START = datetime(2026, 6, 1, 9, tzinfo=UTC)


def arrivals(way: timedelta, late: Sequence[int]) -> list[float]:
    """Send as fast as is allowed; each call takes `way` to come and to be answered, and comes `late` ms later."""
    window = OverallWindow(MOST)
    now, came = START, []
    under_way: list[tuple[datetime, int, Call]] = []

    def hear(until: datetime) -> None:
        while under_way and under_way[0][0] <= until:
            at, _, call = heapq.heappop(under_way)
            window.answered(call, at)

    for number, milliseconds in enumerate(late):
        while (free := window.ready_at(now)) > now:
            now = min(free, under_way[0][0]) if under_way else free
            hear(now)
        delay = way + timedelta(milliseconds=milliseconds)
        came.append((now + delay - START).total_seconds())
        heapq.heappush(under_way, (now + delay + way, number, window.take(now)))
    return came


@given(
    st.integers(0, 200),
    st.lists(st.one_of(st.integers(0, 20), st.integers(0, 250)), min_size=40, max_size=150),
)
def test_no_more_come_within_a_second_than_are_taken(way: int, late: list[int]) -> None:
    late[::20] = [0] * len(late[::20])  # without one that came at once nothing tells which came late
    came = arrivals(timedelta(milliseconds=way), late)
    assert peak(came, 0.9999) <= MOST


def test_what_comes_late_is_why() -> None:
    """All but the first of a second come a fifth of a second late: the next second's are sent as much later."""
    late = [0] + [200] * 29 + [0] * 30
    came = arrivals(timedelta(milliseconds=50), late)
    assert came[31] - came[1] >= 1.0
    assert came[30] - came[0] < 1.03


def test_a_call_that_was_lost_holds_the_others_for_a_moment_only() -> None:
    window = OverallWindow(1)
    window.answered(window.take(START), START + timedelta(milliseconds=40))
    lost = window.take(START + timedelta(seconds=2))
    window.answered(lost, START + timedelta(seconds=12))
    assert window.ready_at(lost.began_at) == lost.began_at + timedelta(milliseconds=1270)


def test_without_a_limit_nothing_waits() -> None:
    window = OverallWindow(0)
    window.answered(window.take(START), START + timedelta(seconds=1))
    assert window.ready_at(START) == START
