"""`/healthz`, `/readyz` and `/metrics`, asked over HTTP; and the dashboard and the alarms that rest on them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.conversation.incoming import ChatMoved, HeldBack, Incoming, Unreadable, Unwanted
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.effect import Lane
from bot.engine.event import Blocked, OtherSent, Pressed, Said, StaffPressed, Started, TextEdited
from bot.ids import ContactId
from bot.intake import kind_of
from bot.monitoring.health import ALERT_SECONDS, FRESH_SECONDS, LETTERS_OF, Monitor, Report
from bot.monitoring.metrics import MeasuredSender, Metrics
from bot.monitoring.pages import pages
from bot.monitoring.server import Listen, WebServer
from bot.store.protocol import DatabaseAway, DeadLetter, Mark, OutboxRow, RowStatus, Timer
from tests.delivery_world import BLOCKED, World
from tests.engine_books import NOW

ROOT = Path(__file__).resolve().parents[2]
GREEN: Report = {"status": "green", "reasons": []}


@dataclass
class Process:
    """A process as its monitor sees it: what its parts and its store say is set by the test."""

    updates: dict[str, object] = field(default_factory=lambda: {**GREEN, "by": "polling"})
    outbox: dict[str, object] = field(default_factory=lambda: dict(GREEN))
    timers: list[Timer] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    trouble: Exception | None = None
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    is_ready: bool = True
    now: datetime = NOW
    looks: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    port: int = 0

    def __post_init__(self) -> None:
        self.answers.set()
        parts = {
            "updates": lambda: self.updates,
            "outbox": lambda: self.outbox,
            "keeper": lambda: {**GREEN, "is_here": True},
        }
        self.monitor = Monitor(self, lambda: self.now, parts, answer_seconds=0.05)
        self.server = WebServer(Listen("127.0.0.1", 0), pages(self.monitor, self.metrics, lambda: self.is_ready))

    async def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        self.looks += 1
        await self.answers.wait()
        if self.trouble is not None:
            raise self.trouble
        return [timer for timer in self.timers if timer.fire_at <= now][:limit]

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        return self.letters[:limit]

    async def get(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def health(self) -> tuple[int, dict[str, object]]:
        """A while later, so that the store is looked at again."""
        self.now += timedelta(seconds=FRESH_SECONDS)
        status, text = await self.get("/healthz")
        found = json.loads(text)
        assert isinstance(found, dict)
        return status, found

    def timer(self, seconds: float) -> Timer:
        """One that is so long overdue when `health` is asked next."""
        due = self.now + timedelta(seconds=FRESH_SECONDS - seconds)
        return Timer(ContactId(1), "expire/1-1/1", "expire", due, 0)


@pytest.fixture
async def process() -> AsyncIterator[Process]:
    found = Process()
    found.port = await found.server.start()
    yield found
    await found.server.close()


async def test_all_is_well(process: Process) -> None:
    status, health = await process.health()
    assert status == 200
    assert health == {
        "status": "green",
        "reasons": [],
        "at": process.now.isoformat(),
        "updates": {"status": "green", "by": "polling"},
        "outbox": {"status": "green"},
        "keeper": {"status": "green", "is_here": True},
        "database": {"status": "green"},
        "timers": {"status": "green", "overdue": 0, "oldest_seconds": 0.0},
        "dead_letters": {"status": "green", "last_day": 0},
    }


async def test_red_is_503_and_yellow_is_not(process: Process) -> None:
    process.updates = {"status": "yellow", "reasons": ["Telegram can't deliver updates: x"]}
    status, health = await process.health()
    assert (status, health["status"], health["reasons"]) == (200, "yellow", ["Telegram can't deliver updates: x"])
    process.outbox = {"status": "red", "reasons": ["the token is refused"]}
    status, health = await process.health()
    assert (status, health["status"]) == (503, "red")


@pytest.mark.parametrize(("seconds", "status"), [(0.0, "green"), (59.9, "green"), (ALERT_SECONDS, "red")])
async def test_an_alert_that_waits_is_red(process: Process, seconds: float, status: str) -> None:
    waiting = {"waiting": 1, "oldest_seconds": seconds}
    process.outbox = {
        "status": "yellow",
        "reasons": ["rows wait"],
        "lanes": {"alert": waiting, "reply": {"waiting": 1, "oldest_seconds": 10_000}},
    }
    _, health = await process.health()
    assert health["status"] == ("yellow" if status == "green" else status)
    assert ("an alert waits unsent" in str(health["reasons"])) is (status == "red")
    assert isinstance(health["outbox"], dict)
    assert health["outbox"]["lanes"]["alert"] == waiting


@pytest.mark.parametrize(("seconds", "status"), [(59.0, "green"), (60.0, "yellow"), (300.0, "red")])
async def test_timers_that_are_overdue(process: Process, seconds: float, status: str) -> None:
    process.timers = [process.timer(1.0), process.timer(seconds), process.timer(-100.0)]
    _, health = await process.health()
    late = seconds >= 60
    assert health["timers"] == {"status": status, "overdue": int(late), "oldest_seconds": seconds if late else 0.0}
    assert health["reasons"] == (["timers are overdue"] if late else [])


async def test_dead_letters_of_the_last_day_are_counted_and_not_shown(process: Process) -> None:
    at = [timedelta(0), LETTERS_OF - timedelta(minutes=1), LETTERS_OF, timedelta(days=30)]
    process.letters = [DeadLetter(ContactId(1), process.now - ago, "ValueError", "their words") for ago in at]
    _, text = await process.get("/healthz")
    assert json.loads(text)["dead_letters"]["last_day"] == 2
    assert "their words" not in text


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (DatabaseAway("disk full"), "the database is away"),
        (ValueError("their words"), "the database can't be read"),
        (None, "the database does not answer"),
    ],
)
async def test_a_database_that_gives_nothing_is_red_and_comes_back(
    process: Process, trouble: Exception | None, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    process.timers = [process.timer(100)]
    await process.health()
    process.trouble = trouble
    if trouble is None:
        process.answers.clear()
    status, health = await process.health()
    assert status == 503
    assert reason in str(health["reasons"])
    assert health["timers"] == {"status": "yellow", "overdue": 1, "oldest_seconds": 100.0}  # as last seen
    assert "their words" not in caplog.text
    process.trouble, process.timers = None, []
    process.answers.set()
    status, health = await process.health()
    assert (status, health["reasons"]) == (200, [])


async def test_the_store_is_looked_at_no_oftener_than_it_changes(process: Process) -> None:
    await asyncio.gather(*(process.get(path) for path in ["/healthz", "/metrics"] * 5))
    assert process.looks == 1
    process.now += timedelta(seconds=FRESH_SECONDS)
    await process.get("/metrics")
    assert process.looks == 2
    process.now -= timedelta(days=1)  # a clock that is set back does not stop it
    await process.get("/metrics")
    assert process.looks == 3


async def test_it_goes_on_looking_by_itself(process: Process) -> None:
    async def sleep(seconds: float) -> None:
        process.now += timedelta(seconds=seconds)
        if process.looks == 3:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await process.monitor.keep_looking(sleep)


async def test_ready_while_updates_may_come(process: Process) -> None:
    assert await process.get("/readyz") == (200, '{"ready": true}')
    process.is_ready = False
    assert (await process.get("/readyz"))[0] == 503
    assert (await process.get("/healthz"))[0] == 200
    assert (await process.get("/"))[0] == 404


# Metrics


def samples(page: str) -> dict[tuple[str, str], float]:
    """By name and labels, as `lane=alert`."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[sample.name, labels] = sample.value
    return found


def row(lane: Lane = Lane.REPLY) -> OutboxRow:
    world = World()
    return world.row(lane=lane)


async def test_metrics_show_what_was_counted_and_how_it_is_now(process: Process) -> None:
    process.updates = {
        "status": "red",
        "reasons": [],
        "pending_at_telegram": 7,
        "last_taken_at": NOW.isoformat(),
    }
    process.outbox["lanes"] = {"alert": {"waiting": 2, "oldest_seconds": 3.5}}
    process.timers = [process.timer(FRESH_SECONDS + 70)]
    for seconds in (0.004, 0.2, 99.0):
        process.metrics.taken("message", seconds)
    process.metrics.answered(403)
    for status in (RowStatus.SENT, RowStatus.WAITING, RowStatus.GIVEN_UP):
        process.metrics.marked(Mark(1, status, NOW), row(Lane.CHECK_IN))
    found = samples((await process.get("/metrics"))[1])
    expected = {
        ("clinicbot_health", ""): 2,
        ("clinicbot_keeper", ""): 1,
        ("clinicbot_database_away", ""): 0,
        ("clinicbot_pending_updates", ""): 7,
        ("clinicbot_last_update_timestamp_seconds", ""): NOW.timestamp(),
        ("clinicbot_outbox_waiting", "lane=alert"): 2,
        ("clinicbot_outbox_waiting", "lane=reply"): 0,
        ("clinicbot_outbox_oldest_seconds", "lane=alert"): 3.5,
        ("clinicbot_timers_overdue", ""): 1,
        ("clinicbot_timers_overdue_seconds", ""): 70,
        ("clinicbot_updates_total", "kind=message"): 3,
        ("clinicbot_update_seconds_bucket", "le=0.005"): 1,
        ("clinicbot_update_seconds_bucket", "le=0.1"): 1,
        ("clinicbot_update_seconds_bucket", "le=0.25"): 2,
        ("clinicbot_update_seconds_bucket", "le=30.0"): 2,
        ("clinicbot_update_seconds_bucket", "le=+Inf"): 3,
        ("clinicbot_update_seconds_count", ""): 3,
        ("clinicbot_update_seconds_sum", ""): 0.004 + 0.2 + 99.0,
        ("clinicbot_webhook_requests_total", "status=403"): 1,
        ("clinicbot_messages_total", "lane=check_in,status=sent"): 1,
        ("clinicbot_messages_total", "lane=check_in,status=given_up"): 1,
        ("clinicbot_messages_total", "lane=alert,status=given_up"): 0,
    }
    assert {key: found[key] for key in expected} == expected
    assert ("clinicbot_messages_total", "lane=check_in,status=waiting") not in found
    assert found["process_resident_memory_bytes", ""] > 10**6


async def test_calls_are_counted_by_lane_and_outcome() -> None:
    world, metrics = World(), Metrics()
    sender = MeasuredSender(world, metrics)
    world.script[1] = [BLOCKED]
    outcome = await sender.send(world.row(lane=Lane.ALERT), target=5)
    assert outcome is BLOCKED
    assert world.calls[-1].target == 5
    assert await sender.send(world.row(), target=None, plain=True) == SendOutcome(Kind.SENT, message_id=1001)
    assert world.calls[-1].plain
    await sender.answer_press("p", "note")
    assert world.presses == [("p", "note")]
    found = samples(metrics.page({"status": "green"}).decode())
    assert found["clinicbot_calls_total", "lane=alert,outcome=refused"] == 1
    assert found["clinicbot_calls_total", "lane=reply,outcome=sent"] == 1
    assert found["clinicbot_call_seconds_count", "lane=reply"] == 1


def test_every_update_is_of_a_kind() -> None:
    def came(event: object) -> str:
        return kind_of(Incoming(1, event))  # type: ignore[arg-type]

    assert [came(event) for event in (Said("x"), Started(), TextEdited("x"), OtherSent("voice"), Blocked())] == [
        "message",
        "message",
        "edit",
        "other_message",
        "block",
    ]
    assert came(Pressed("x")) == came(StaffPressed("v", "A1-1", 1, "Ann")) == "press"
    assert kind_of(HeldBack(1)) == "held_back"
    assert kind_of(Unreadable(1, "e", "r")) == "unreadable"
    assert kind_of(Unwanted(1, "poll")) == "unwanted"
    assert kind_of(ChatMoved(1, 2)) == "membership"


def everything() -> dict[tuple[str, str], float]:
    """What a query may ask for, once all kinds of things have happened."""
    metrics = Metrics()
    metrics.marked(Mark(1, RowStatus.SENT, NOW), row())
    metrics.taken("message", 0.1)
    metrics.answered(200)
    metrics.called("reply", "sent", 0.1)
    report = {"status": "green", "updates": {"last_taken_at": NOW.isoformat()}}
    return samples(metrics.page(report).decode())


def offered() -> set[str]:
    return {name for name, _ in everything()}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:clinicbot|process)_[a-z_]+\b", text))


def test_the_dashboard_asks_only_for_what_there_is() -> None:
    board = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) >= len(board["panels"]) >= 12
    assert all(panel["description"] for panel in board["panels"])
    asked = named_in(" ".join(queries))
    assert asked <= offered()
    # Everything of our own is on it, but for the sums that no query needs.
    unused = {name for name in offered() - asked if name.startswith("clinicbot_")}
    assert {name for name in unused if not name.endswith(("_sum", "_count"))} == {"clinicbot_database_away"}


def test_the_alarms_ask_only_for_what_there_is() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    part = text.partition("## Alarms")[2].partition("\n## ")[0]
    asked = named_in(part)
    assert len(asked) >= 8
    assert asked <= offered()


def test_labels_take_few_values_and_none_of_any_person() -> None:
    labels = {part.partition("=")[0] for _, labels in everything() for part in labels.split(",") if part}
    assert labels == {"lane", "status", "kind", "outcome", "le"}
