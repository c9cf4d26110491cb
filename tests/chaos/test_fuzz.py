"""Anything at all at the two doors: updates, and flow files. `FUZZ_SECONDS` makes it longer.

Each test says with which `FUZZ_SEED` it ran; the same seed makes the same cases.
"""

from __future__ import annotations

import copy
import json
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import ClinicApp, assemble
from bot.authoring.issue import Issues
from bot.authoring.reader import read_yaml
from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import Poller
from bot.channels.telegram.read_update import Item, read_update
from bot.channels.telegram.webhook import SECRET_HEADER, Webhook, hook_at
from bot.conversation.gather import Item as LoopItem
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Kind, SendOutcome
from bot.limits import FLOW_FILE_BYTES
from bot.monitoring.server import Listen, WebServer
from bot.reading import book_of, read_clinic
from bot.settings import Settings
from bot.store.opening import open_sqlite
from bot.store.protocol import OutboxRow
from tests.committed import ROOT, committed_reading

SECONDS = float(os.environ.get("FUZZ_SECONDS", "1.5"))
SEED = int(os.environ.get("FUZZ_SEED", "1122"))
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
SECRET = "s" * 40
USER = {"id": 11, "is_bot": False, "first_name": "Ana", "language_code": "en"}
CHAT = {"id": 11, "type": "private", "first_name": "Ana"}
MESSAGE = {"message_id": 3, "date": 1_780_000_000, "chat": CHAT, "from": USER, "text": "/start poster"}
UPDATES: tuple[dict[str, Any], ...] = (
    {"message": MESSAGE},
    {"edited_message": MESSAGE | {"edit_date": 1_780_000_009}},
    {"message": MESSAGE | {"photo": [{"file_id": "f", "width": 1, "height": 1}], "caption": "x"}},
    {"message": MESSAGE | {"contact": {"phone_number": "+44", "first_name": "A", "user_id": 11}}},
    {"message": MESSAGE | {"chat": {"id": -100, "type": "supergroup"}, "text": "/today"}},
    {"callback_query": {"id": "5", "from": USER, "data": "1-1:0=adult", "message": MESSAGE}},
    {
        "my_chat_member": {
            "chat": CHAT,
            "from": USER,
            "date": 1,
            "old_chat_member": {"status": "member", "user": USER},
            "new_chat_member": {"status": "kicked", "user": USER, "until_date": 0},
        }
    },
)
TEXTS = (
    *("", "\0", "\ud800", "\udfff\ud800", "a\0b", "/start", "/start \ud83d", "\u202eab"),
    *("é" * 5000, "1", "/delete", "😱"),
)
NUMBERS = (0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**400, 1.5, 1e308, float("nan"), float("inf"), True)


def cases() -> Iterator[tuple[int, random.Random]]:
    """Chance for one case after another, until the time is up; at least 50."""
    end, number = time.monotonic() + SECONDS, 0
    while number < 50 or time.monotonic() < end:
        number += 1
        yield number, random.Random(f"{SEED}/{number}")


def any_json(rng: random.Random, depth: int = 4) -> Any:
    kind = rng.randrange(8 if depth else 5)
    if kind < 2:
        return rng.choice(TEXTS)
    if kind < 4:
        return rng.choice(NUMBERS)
    if kind == 4:
        return rng.choice((None, False, "x" * 1_000_000 if rng.random() < 0.02 else "x"))
    if kind == 5:
        return [any_json(rng, depth - 1) for _ in range(rng.randrange(4))]
    names = ("message", "from", "chat", "id", "text", "type", "date", "data", "status", "photo", *TEXTS)
    return {rng.choice(names): any_json(rng, depth - 1) for _ in range(rng.randrange(5))}


def any_update(rng: random.Random, number: int) -> Any:
    """Any JSON, or an update of Telegram's with some of it changed for anything."""
    if rng.random() < 0.2:
        return any_json(rng)
    update = copy.deepcopy(rng.choice(UPDATES))
    for _ in range(rng.randrange(4)):
        holder: Any = update
        while True:
            key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if rng.random() < 0.4 or not isinstance(holder[key], dict | list) or not holder[key]:
                break
            holder = holder[key]
        if isinstance(holder, dict) and rng.random() < 0.3:
            del holder[key]
        else:
            holder[key] = any_json(rng, 2)
        if not update:
            break
    return {"update_id": any_json(rng, 0) if rng.random() < 0.1 else 1_000 + number, **update}


class Silent:
    """Implements `Sender`."""

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        return SendOutcome(Kind.SENT, message_id=row.id)

    async def answer_press(self, press_id: str, note: str) -> None:
        pass


@pytest.fixture
async def app() -> AsyncIterator[ClinicApp]:
    reading = committed_reading()
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    book = book_of(reading, staff_chat=-100)
    found = assemble(book, reading.catalogue, store, Silent(), lambda: NOW, -100, None, None, NO_LIMITS)
    yield found
    await store.close()


def read(update: object) -> Item:
    return read_update(update, bot_username="ClinicBot", staff_chat=-100)


async def take(app: ClinicApp, items: list[Item]) -> None:
    done = [app.loop.put(_taken(item)) for item in items]
    await app.settle()
    assert all(one.done() for one in done)


def _taken(item: LoopItem) -> LoopItem:
    return item


async def hold(app: ClinicApp) -> None:
    """No turn has failed, and the next person is served as ever."""
    letters = await app.store.dead_letters(10_000)
    assert not [letter.error for letter in letters if letter.contact is not None]
    chat = CHAT | {"id": 12}
    greeting = {"update_id": 999, "message": MESSAGE | {"chat": chat, "from": USER | {"id": 12}}}
    await take(app, [read(greeting)])
    assert (await app.store.persons_of_chats([12]))[12].sessions


async def test_any_json_by_webhook_is_taken_once_and_stops_nothing(app: ClinicApp) -> None:
    webhook = Webhook(hook_at("https://clinic.example", SECRET))
    server = WebServer(Listen("127.0.0.1", 0), webhook.routes())
    port = await server.start()
    webhook.open(read, lambda items: take(app, items))
    address = f"http://127.0.0.1:{port}{webhook.hook.paths[0]}"
    headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    try:
        async with aiohttp.ClientSession() as session:
            for number, rng in cases():
                body = json.dumps(any_update(rng, number)).encode()
                if (is_broken := rng.random() < 0.1) and len(body) > 2:
                    place = rng.randrange(len(body))
                    body = rng.choice(
                        (body[:place], body[:place] + rng.randbytes(3) + body[place:], b"\xff" + body)
                    )
                async with session.post(address, data=body, headers=headers) as answer:
                    wanted = {200, 400} if is_broken else {200}
                    assert answer.status in wanted, (
                        f"FUZZ_SEED={SEED}, case {number}: {answer.status}, {body[:300]!r}"
                    )
    finally:
        await server.close()
    await hold(app)


async def test_any_json_by_polling_is_confirmed_and_stops_nothing(app: ClinicApp) -> None:
    offsets: list[object] = []
    pages = cases()

    class Server:
        async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
            offsets.append(call.params.get("offset"))
            found = next(pages, None)
            if found is None:
                poller.stop()
                return Answer(200, b'{"ok":true,"result":[]}')
            number, rng = found
            page = [any_update(rng, number * 10 + place) for place in range(rng.randrange(1, 4))]
            sent.append(number * 10)
            return Answer(200, json.dumps({"ok": True, "result": page}).encode())

        async def rebuild(self) -> None:
            pass

    async def no_pause(seconds: float, event: object) -> None:
        pass

    sent: list[int] = []
    poller = Poller(Server(), read, lambda items: take(app, items), wait=no_pause)
    await poller.run()
    assert len(sent) >= 50, f"FUZZ_SEED={SEED}: it stopped after {len(sent)} pages"
    assert isinstance(offsets[-1], int)
    await hold(app)


GOOD = b"""
flow: hello
title: Hello
start: a
states:
  a:
    ask: Well?
    options:
      - {id: x, label: X}
    next: b
  b: {end: completed}
"""
PIECES = (
    *(b"&a ", b"*a", b"!!python/object ", b"<<: ", b"\t", b"\0", b"\xff\xfe", b"[" * 400, b"{" * 60, b"? "),
    *(b"- " * 90, b"|\n ", b"'", b'"', b"\xed\xa0\x80", b": ", b"#", b"---\n", b"...\n", b"%YAML 9\n"),
    *(b"\xe2\x80\xa8", b"9" * 400),
)


def any_file(rng: random.Random) -> bytes:
    """A flow file with some of its bytes changed for anything, or anything at all."""
    if rng.random() < 0.15:
        return rng.randbytes(rng.randrange(300))
    content = bytearray(GOOD if rng.random() < 0.7 else (ROOT / "flows" / "rung.yaml").read_bytes())
    for _ in range(rng.randrange(1, 6)):
        place = rng.randrange(len(content) + 1)
        what = rng.choice((rng.choice(PIECES), rng.randbytes(rng.randrange(4)), bytes(content[:place][-30:])))
        content[place : place + rng.randrange(8)] = what
    return bytes(content)


def test_any_bytes_of_a_flow_file_end_in_nodes_or_findings() -> None:
    for number, rng in cases():
        content, issues = any_file(rng), Issues()
        try:
            root = read_yaml(content, "flows/hello.yaml", issues)
        except Exception as error:
            raise AssertionError(f"FUZZ_SEED={SEED}, case {number}: {content!r}") from error
        assert root is not None or issues.found, f"FUZZ_SEED={SEED}, case {number}: {content!r}"
    issues = Issues()
    assert read_yaml(b"a" * (FLOW_FILE_BYTES + 1), "flows/hello.yaml", issues) is None


def test_any_flow_file_gives_a_book_or_findings_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    settings = Settings(flows_dir=tmp_path / "flows", data_dir=tmp_path / "data", _env_file=None)
    for number, rng in cases():
        content = any_file(rng)
        (tmp_path / "flows" / "hello.yaml").write_bytes(content)
        try:
            reading = read_clinic(settings)
        except Exception as error:
            raise AssertionError(f"FUZZ_SEED={SEED}, case {number}: {content!r}") from error
        assert (reading.book is None) == bool(reading.errors), f"FUZZ_SEED={SEED}, case {number}: {content!r}"
        for issue in reading.errors:
            assert min(issue.line, issue.column) >= 1, str(issue)
