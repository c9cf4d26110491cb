"""What Prometheus may read: counts and seconds, by lane, kind, outcome and status. Nothing of any person.

No label takes a value that people, flows or Telegram choose, so that there are a few hundred series at most.
Counting is a plain addition, for it stands in the way of every update; what is read is made when it is asked for.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.delivery.sender import Sender, SendOutcome
from bot.engine.effect import Lane
from bot.monitoring.health import ORDER
from bot.store.protocol import Mark, OutboxRow, RowStatus

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PREFIX = "clinicbot_"


class Durations:
    """How often something took how long."""

    __slots__ = ("_counts", "_sum")

    def __init__(self) -> None:
        self._counts = [0] * (len(SECONDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(SECONDS, seconds)] += 1
        self._sum += seconds

    def put_into(self, family: HistogramMetricFamily, labels: tuple[str, ...] = ()) -> None:
        """As Prometheus wants it: each bucket with all that is below it."""
        bounds = [*(str(bound) for bound in SECONDS), "+Inf"]
        family.add_metric(labels, list(zip(bounds, accumulate(self._counts), strict=True)), self._sum)


class Metrics:
    """What one process has counted."""

    def __init__(self) -> None:
        self._updates: Counter[tuple[str, ...]] = Counter()
        self._update_seconds = Durations()
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._calls: Counter[tuple[str, ...]] = Counter()
        self._call_seconds: defaultdict[str, Durations] = defaultdict(Durations)
        # From 0, so that an alarm on what has never happened yet can be tried.
        self._messages: Counter[tuple[str, ...]] = Counter(
            {(lane.value, RowStatus.GIVEN_UP.value): 0 for lane in Lane}
        )

    def taken(self, kind: str, seconds: float) -> None:
        """An update is on disk, so long after it came."""
        self._updates[kind,] += 1
        self._update_seconds.add(seconds)

    def marked(self, mark: Mark, row: OutboxRow) -> None:
        """A row has ended, or waits again."""
        if mark.status is not RowStatus.WAITING:
            self._messages[row.lane.value, mark.status.value] += 1

    def called(self, lane: str, outcome: str, seconds: float) -> None:
        """A call for a row of a lane has ended."""
        self._calls[lane, outcome] += 1
        self._call_seconds[lane].add(seconds)

    def answered(self, status: int) -> None:
        """The webhook has answered."""
        self._requests[str(status),] += 1

    def page(self, report: Mapping[str, object]) -> bytes:
        """The text for Prometheus, with what `Monitor.report` says now."""
        registry = CollectorRegistry()
        registry.register(_Families([*self._counted(), *_now(report)]))
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def _counted(self) -> Iterator[Metric]:
        yield _counter("updates", "Updates taken", ["kind"], self._updates)
        update_seconds = _histogram("update_seconds", "From an update's coming until its turn is on disk", [])
        self._update_seconds.put_into(update_seconds)
        yield update_seconds
        yield _counter("webhook_requests", "Answers to calls of the webhook", ["status"], self._requests)
        words = "Calls to Telegram for rows of the outbox"
        yield _counter("calls", words, ["lane", "outcome"], self._calls)
        call_seconds = _histogram("call_seconds", "Such a call, from its beginning to its answer", ["lane"])
        for lane, durations in self._call_seconds.items():
            durations.put_into(call_seconds, (lane,))
        yield call_seconds
        yield _counter("messages", "Rows of the outbox that ended", ["lane", "status"], self._messages)


class MeasuredSender:
    """A channel's sending side, with its calls counted; implements `Sender`."""

    def __init__(self, sender: Sender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """See `Sender.send`."""
        began = time.perf_counter()
        outcome = await self._sender.send(row, target=target, plain=plain)
        self._metrics.called(row.lane.value, outcome.kind.value, time.perf_counter() - began)
        return outcome

    async def answer_press(self, press_id: str, note: str) -> None:
        """See `Sender.answer_press`."""
        await self._sender.answer_press(press_id, note)


class _Families(Collector):
    """Families that are made already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families


def _now(report: Mapping[str, object]) -> Iterator[Metric]:
    """How it is at this moment."""
    updates, outbox, timers = (_part(report, name) for name in ("updates", "outbox", "timers"))
    yield _gauge("health", "0 green, 1 yellow, 2 red", ORDER.index(str(report["status"])))
    away = _part(report, "database").get("status") == "red"
    yield _gauge("database_away", "1 while the database can't be used", away)
    is_here = _part(report, "keeper").get("is_here") is True
    yield _gauge("keeper", "1 where this process sends and fires timers", is_here)
    if isinstance(taken := updates.get("last_taken_at"), str):
        at = datetime.fromisoformat(taken).timestamp()
        yield _gauge("last_update_timestamp_seconds", "When the last update was taken", at)
    pending = _number(updates, "pending_at_telegram")
    yield _gauge("pending_updates", "Updates that wait at Telegram for the webhook", pending)
    waiting = GaugeMetricFamily(f"{_PREFIX}outbox_waiting", "Unsent rows", labels=["lane"])
    oldest = GaugeMetricFamily(
        f"{_PREFIX}outbox_oldest_seconds", "How long the oldest unsent row has been due", labels=["lane"]
    )
    lanes = _part(outbox, "lanes")
    for lane in Lane:
        waiting.add_metric([lane.value], _number(_part(lanes, lane.value), "waiting"))
        oldest.add_metric([lane.value], _number(_part(lanes, lane.value), "oldest_seconds"))
    yield waiting
    yield oldest
    yield _gauge("timers_overdue", "Timers a minute or more overdue, up to a hundred", _number(timers, "overdue"))
    seconds = _number(timers, "oldest_seconds")
    yield _gauge("timers_overdue_seconds", "How long the oldest of them is overdue", seconds)
    letters = _number(_part(report, "dead_letters"), "last_day")
    yield _gauge("dead_letters", "Updates of the last day that no turn could be made of, up to a hundred", letters)


def _counter(
    name: str, words: str, labels: list[str], counts: Mapping[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(_PREFIX + name, words, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _histogram(name: str, words: str, labels: list[str]) -> HistogramMetricFamily:
    return HistogramMetricFamily(_PREFIX + name, words, labels=labels)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, words, value=float(value))


def _part(report: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = report.get(name)
    return found if isinstance(found, dict) else {}


def _number(report: Mapping[str, object], name: str) -> float:
    found = report.get(name)
    return float(found) if isinstance(found, int | float) else 0.0
