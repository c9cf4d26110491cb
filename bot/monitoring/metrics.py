"""What Prometheus may read: counts and seconds, by lane, kind, outcome and status. Nothing of any person.

No label takes a value that people, flows or Telegram choose, so that there are a few hundred series at most.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.delivery.sender import Sender, SendOutcome
from bot.engine.effect import Lane
from bot.monitoring.health import ORDER
from bot.store.protocol import Mark, OutboxRow, RowStatus

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"clinicbot_{name}", words, labels, registry=self.registry)

        def gauge(name: str, words: str, *labels: str) -> Gauge:
            return Gauge(f"clinicbot_{name}", words, labels, registry=self.registry)

        def histogram(name: str, words: str, *labels: str) -> Histogram:
            return Histogram(f"clinicbot_{name}", words, labels, buckets=SECONDS, registry=self.registry)

        self.updates = counter("updates", "Updates taken", "kind")
        self.update_seconds = histogram("update_seconds", "From an update's coming until its turn is on disk")
        self.webhook_requests = counter("webhook_requests", "Answers to calls of the webhook", "status")
        self.calls = counter("calls", "Calls to Telegram for rows of the outbox", "lane", "outcome")
        self.call_seconds = histogram("call_seconds", "Such a call, from its beginning to its answer", "lane")
        self.messages = counter("messages", "Rows of the outbox that ended", "lane", "status")
        self._health = gauge("health", "0 green, 1 yellow, 2 red")
        self._away = gauge("database_away", "1 while the database can't be used")
        self._keeper = gauge("keeper", "1 where this process sends and fires timers")
        self._last_update = gauge("last_update_timestamp_seconds", "When the last update was taken")
        self._pending = gauge("pending_updates", "Updates that wait at Telegram for the webhook")
        self._waiting = gauge("outbox_waiting", "Unsent rows", "lane")
        self._oldest = gauge("outbox_oldest_seconds", "How long the oldest unsent row has been due", "lane")
        self._overdue = gauge("timers_overdue", "Timers a minute or more overdue, up to a hundred")
        self._overdue_seconds = gauge("timers_overdue_seconds", "How long the oldest of them is overdue")
        self._letters = gauge(
            "dead_letters", "Updates of the last day that no turn could be made of, up to a hundred"
        )
        for lane in Lane:  # so that what has never happened is 0, and an alarm on it can be tried
            self.messages.labels(lane.value, RowStatus.GIVEN_UP.value)

    def marked(self, mark: Mark, row: OutboxRow) -> None:
        """A row has ended, or waits again."""
        if mark.status is not RowStatus.WAITING:
            self.messages.labels(row.lane.value, mark.status.value).inc()

    def answered(self, status: int) -> None:
        """The webhook has answered."""
        self.webhook_requests.labels(str(status)).inc()

    def page(self, report: Mapping[str, object]) -> bytes:
        """The text for Prometheus, with what `Monitor.report` says now."""
        self._health.set(ORDER.index(str(report["status"])))
        database, updates, outbox = (_part(report, name) for name in ("database", "updates", "outbox"))
        timers, letters, keeper = (_part(report, name) for name in ("timers", "dead_letters", "keeper"))
        self._away.set(database.get("status") == "red")
        self._keeper.set(keeper.get("is_here") is True)
        self._pending.set(_number(updates, "pending_at_telegram"))
        if isinstance(taken := updates.get("last_taken_at"), str):
            self._last_update.set(datetime.fromisoformat(taken).timestamp())
        lanes = _part(outbox, "lanes")
        for lane in Lane:
            self._waiting.labels(lane.value).set(_number(_part(lanes, lane.value), "waiting"))
            self._oldest.labels(lane.value).set(_number(_part(lanes, lane.value), "oldest_seconds"))
        self._overdue.set(_number(timers, "overdue"))
        self._overdue_seconds.set(_number(timers, "oldest_seconds"))
        self._letters.set(_number(letters, "last_day"))
        return generate_latest(self.registry)


class MeasuredSender:
    """A channel's sending side, with its calls counted; implements `Sender`."""

    def __init__(self, sender: Sender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        """See `Sender.send`."""
        began = time.perf_counter()
        outcome = await self._sender.send(row, target=target, plain=plain)
        lane = row.lane.value
        self._metrics.call_seconds.labels(lane).observe(time.perf_counter() - began)
        self._metrics.calls.labels(lane, outcome.kind.value).inc()
        return outcome

    async def answer_press(self, press_id: str, note: str) -> None:
        """See `Sender.answer_press`."""
        await self._sender.answer_press(press_id, note)


def _part(report: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = report.get(name)
    return found if isinstance(found, dict) else {}


def _number(report: Mapping[str, object], name: str) -> float:
    found = report.get(name)
    return float(found) if isinstance(found, int | float) else 0.0
