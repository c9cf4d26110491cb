"""The receiving end, over real sockets: what is refused, what is held, and when 200 is said."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.channels.telegram import webhook as module
from bot.channels.telegram.read_update import Item, read_update
from bot.channels.telegram.webhook import MOST_BYTES, Webhook, derived_secret, hook_at
from bot.conversation.incoming import Unreadable
from bot.monitoring.server import Listen, WebServer

SECRET = "s" * 40
HOOK = hook_at("https://clinic.example/bots", SECRET)
UPDATE = b'{"update_id": 7, "poll_answer": {}}'
JSON = "application/json"


@dataclass
class Receiver:
    """A webhook that listens; its turns are on disk when a test says so."""

    webhook: Webhook
    server: WebServer
    port: int = 0
    taken: list[Item] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    on_disk: asyncio.Event = field(default_factory=asyncio.Event)
    fails: int = 0
    statuses: list[int] = field(default_factory=list)

    def open(self) -> None:
        self.webhook.open(lambda update: read_update(update, bot_username="bot", staff_chat=None), self.take)

    async def take(self, items: list[Item]) -> None:
        self.taken += items
        self.came.set()
        await self.on_disk.wait()
        if self.fails:
            self.fails -= 1
            raise OSError("somebody's words")

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, body: bytes = UPDATE, *, path: str = HOOK.paths[0], **headers: str | None) -> int:
        """The status of one POST over a connection of its own."""
        return (await self.ask(request("POST", path, body, **headers)))[0]

    async def ask(self, sent: bytes) -> tuple[int, str]:
        reader, writer = await self.connect()
        try:
            writer.write(sent)
            return await answer(reader)
        finally:
            writer.close()


def request(method: str, path: str, body: bytes = b"", **changes: str | None) -> bytes:
    """A request as Telegram makes it; a header that is None is left out."""
    headers: dict[str, str | None] = {
        "Host": "clinic.example",
        "Content-Type": JSON,
        "Content-Length": str(len(body)),
        "X-Telegram-Bot-Api-Secret-Token": SECRET,
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode() + body


async def answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    return int(head.split()[1]), head


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    webhook = Webhook(HOOK, body_seconds=0.2)
    found = Receiver(webhook, WebServer(Listen("127.0.0.1", 0), webhook.routes()))
    webhook.count = found.statuses.append
    found.port = await found.server.start()
    found.open()
    found.on_disk.set()
    yield found
    await found.server.close()


def test_the_path_is_the_same_for_all_who_have_the_secret_and_tells_nothing() -> None:
    assert hook_at("https://clinic.example/bots", SECRET) == HOOK
    assert HOOK.paths == ("/bots" + HOOK.paths[1], HOOK.paths[1])
    assert HOOK.url == "https://clinic.example" + HOOK.paths[0]
    assert hook_at("https://clinic.example", "t" * 40).paths != hook_at("https://clinic.example", SECRET).paths
    key = bytes(range(32))
    assert derived_secret(key, "700001") == derived_secret(key, "700001") != derived_secret(key, "700002")
    assert derived_secret(key, "700001") != derived_secret(bytes(32), "700001")
    for secret in (SECRET, derived_secret(key, "700001")):
        hook = hook_at("https://clinic.example", secret)
        assert secret not in hook.url
        assert secret not in repr(hook)
        assert hook.url not in repr(hook)


async def test_200_is_said_only_when_the_turn_is_on_disk(receiver: Receiver) -> None:
    receiver.on_disk.clear()
    reader, writer = await receiver.connect()
    writer.write(request("POST", HOOK.paths[0], UPDATE))
    answering = asyncio.create_task(answer(reader))
    await receiver.came.wait()
    assert not answering.done()
    receiver.on_disk.set()
    assert (await answering)[0] == 200
    # The same connection takes the next one, also where a proxy has taken the address's own path away.
    writer.write(request("POST", HOOK.paths[1], UPDATE))
    assert (await answer(reader))[0] == 200
    writer.close()
    assert [item.update_id for item in receiver.taken] == [7, 7]
    assert receiver.statuses == [200, 200]


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (403, request("POST", HOOK.paths[0], UPDATE, X_Telegram_Bot_Api_Secret_Token=None)),
        (403, request("POST", HOOK.paths[0], UPDATE, X_Telegram_Bot_Api_Secret_Token="")),
        (403, request("POST", HOOK.paths[0], UPDATE, X_Telegram_Bot_Api_Secret_Token=SECRET[:-1])),
        (403, request("POST", HOOK.paths[0], UPDATE, X_Telegram_Bot_Api_Secret_Token=SECRET + "s")),
        (403, request("POST", HOOK.paths[0], UPDATE, X_Telegram_Bot_Api_Secret_Token="š")),
        (404, request("POST", "/", UPDATE)),
        (404, request("POST", HOOK.paths[1] + "0", UPDATE)),
        (405, request("GET", HOOK.paths[0])),
        (405, request("PUT", HOOK.paths[0], UPDATE)),
        (415, request("POST", HOOK.paths[0], UPDATE, Content_Type="text/plain")),
        (415, request("POST", HOOK.paths[0], UPDATE, Content_Type=None)),
        (413, request("POST", HOOK.paths[0], b"", Content_Length=str(MOST_BYTES + 1))),
        (400, request("POST", HOOK.paths[0], b"")),
        (400, request("POST", HOOK.paths[0], b"{")),
        (400, request("POST", HOOK.paths[0], b"\xff\xfe")),
        (400, request("POST", HOOK.paths[0], b"[" * 200_000)),
        (400, request("POST", HOOK.paths[0], b"1" * 10_000)),
        (400, b"nonsense\r\n\r\n"),
    ],
)
async def test_what_is_not_telegrams_is_refused(receiver: Receiver, status: int, sent: bytes) -> None:
    assert (await receiver.ask(sent))[0] == status
    assert receiver.taken == []
    assert await receiver.post() == 200


@pytest.mark.parametrize("body", [b"null", b"[]", b'{"update_id": "x"}', json.dumps({"message": {}}).encode()])
async def test_what_telegram_sends_and_nobody_can_read_is_taken_once(receiver: Receiver, body: bytes) -> None:
    assert await receiver.post(body) == 200
    (item,) = receiver.taken
    assert isinstance(item, Unreadable)


async def test_a_megabyte_is_taken_and_ten_are_not(receiver: Receiver) -> None:
    assert await receiver.post(b'{"update_id": 7, "x": "' + b"y" * 2**20 + b'"}') == 200
    taken = len(receiver.taken)
    assert await receiver.post(b" " * (10 * 2**20)) == 413
    # In chunks that name no length, too; it is not read to its end.
    reader, writer = await receiver.connect()
    writer.write(request("POST", HOOK.paths[0], Content_Length=None, Transfer_Encoding="chunked"))
    chunk = b"%x\r\n%b\r\n" % (2**16, b" " * 2**16)
    for _ in range(MOST_BYTES // 2**16 + 2):
        writer.write(chunk)
    assert (await answer(reader))[0] == 413
    writer.close()
    # Packed a thousandfold it is not even unpacked.
    assert await receiver.post(gzip.compress(UPDATE), Content_Encoding="gzip") == 400
    assert len(receiver.taken) == taken


async def test_a_slow_body_is_not_waited_for(receiver: Receiver) -> None:
    reader, writer = await receiver.connect()
    writer.write(request("POST", HOOK.paths[0], UPDATE[:5], Content_Length=str(len(UPDATE))))
    assert (await answer(reader))[0] == 408
    writer.close()
    # One that breaks off is answered by nobody, and says nothing in the log.
    reader, writer = await receiver.connect()
    writer.write(request("POST", HOOK.paths[0], UPDATE[:5], Content_Length=str(len(UPDATE))))
    await writer.drain()
    writer.close()
    assert await receiver.post() == 200
    assert len(receiver.taken) == 1


async def test_while_nothing_can_be_written_nothing_is_confirmed(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.fails = 1
    status, head = await receiver.ask(request("POST", HOOK.paths[0], UPDATE))
    assert status == 503
    assert "Retry-After: 5" in head
    assert await receiver.post() == 200
    assert "somebody's words" not in caplog.text
    assert "OSError" in caplog.text
    # A turn that is not on disk in time: the same.
    receiver.on_disk.clear()
    receiver.webhook._turn_seconds = 0.05
    assert await receiver.post() == 503
    receiver.on_disk.set()
    assert await receiver.post() == 200


async def test_before_it_opens_and_from_its_end_on_it_takes_nothing(receiver: Receiver) -> None:
    early = Webhook(HOOK)
    server = WebServer(Listen("127.0.0.1", 0), early.routes())
    other = Receiver(early, server, await server.start())
    assert await other.post() == 503
    await server.close()
    receiver.on_disk.clear()
    under_way = asyncio.create_task(receiver.post())
    await receiver.came.wait()
    reader, writer = await receiver.connect()  # open before the end
    receiver.webhook.close()
    await receiver.server.stop_listening()
    finishing = asyncio.create_task(receiver.webhook.finished())
    writer.write(request("POST", HOOK.paths[0], UPDATE))
    assert (await answer(reader))[0] == 503
    writer.close()
    assert not finishing.done()
    receiver.on_disk.set()
    await finishing
    assert await under_way == 200
    with pytest.raises(ConnectionError):
        await receiver.connect()
    assert len(receiver.taken) == 1


async def test_a_turn_that_never_ends_does_not_hold_the_end(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "ENDING_SECONDS", 0.05)
    receiver.on_disk.clear()
    reader, writer = await receiver.connect()
    writer.write(request("POST", HOOK.paths[0], UPDATE))
    await receiver.came.wait()
    receiver.webhook.close()
    await receiver.webhook.finished()
    assert "1 updates are not on disk yet" in caplog.text
    await receiver.server.close()
    assert await reader.read() == b""
    writer.close()


async def test_a_thousand_connections_at_once(receiver: Receiver) -> None:
    """Half of them say nothing at all; each of the others gets its answer, and a stranger's flood is refused."""
    silent = [await receiver.connect() for _ in range(500)]
    talking = [await receiver.connect() for _ in range(500)]
    for number, (_, writer) in enumerate(talking):
        secret = SECRET if number % 2 else "wrong"
        body = b'{"update_id": %d, "poll_answer": {}}' % number
        writer.write(request("POST", HOOK.paths[0], body, X_Telegram_Bot_Api_Secret_Token=secret))
    statuses = [(await answer(reader))[0] for reader, _ in talking]
    assert statuses == [403, 200] * 250
    assert sorted(item.update_id or 0 for item in receiver.taken) == list(range(1, 500, 2))
    for _, writer in silent + talking:
        writer.close()


async def test_more_calls_than_can_be_held_are_sent_away(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 3)
    receiver.on_disk.clear()
    held = [asyncio.create_task(receiver.post()) for _ in range(3)]
    while len(receiver.taken) < 3:
        await receiver.came.wait()
        receiver.came.clear()
    assert await receiver.post() == 503
    receiver.on_disk.set()
    assert await asyncio.gather(*held) == [200, 200, 200]
