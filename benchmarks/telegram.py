"""A Bot API server for one bot in a process of its own, as quick as this machine allows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import orjson

from benchmarks.clinic import ROOT
from benchmarks.rivals.bots.questions import TOKEN
from benchmarks.rivals.http import Connection, Json, Reply
from benchmarks.rivals.world import BOT, PAGE, PREFIX

STOP_SECONDS = 20.0
_DONE = b'{"ok":true,"result":true}'


class Telegram:
    """Gives out updates by long polling, and takes every message."""

    def __init__(self) -> None:
        self._updates: deque[tuple[int, bytes]] = deque()
        self._poll: tuple[Reply, asyncio.TimerHandle] | None = None
        self._number = 0
        self._messages = 0

    def put(self, content: Json) -> None:
        """An update, without its number."""
        self._number += 1
        self._updates.append((self._number, orjson.dumps({"update_id": self._number, **content})))
        self._end_poll()

    def next_id(self) -> str:
        """For a press."""
        return f"{self._number + 1}77"

    def handle(self, method: str, params: Json, reply: Reply) -> None:
        """Answer one call."""
        chat = params.get("chat_id", 0)
        if method == "getUpdates":
            self._get_updates(params, reply)
        elif method == "getMe":
            reply(orjson.dumps({"ok": True, "result": BOT}))
        elif method.startswith(("send", "edit")) and isinstance(chat, int):
            self.take(method, chat, params, reply)
        else:
            reply(_DONE)

    def take(self, method: str, chat: int, params: Json, reply: Reply) -> Json:
        """A message or an edit: it stands there now."""
        _ = method
        message = {**self.message(chat, params.get("message_id")), "from": BOT, "text": params.get("text", "")}
        if markup := params.get("reply_markup"):
            message["reply_markup"] = markup
        reply(b'{"ok":true,"result":' + orjson.dumps(message) + b"}")
        return message

    def message(self, chat: int, number: int | None = None) -> Json:
        """What all messages of a chat have; a new number unless one is given."""
        if number is None:
            self._messages += 1
        about = {"id": chat, "type": "private", "first_name": "Maya"}
        return {"message_id": number or self._messages, "chat": about, "date": int(time.time())}

    def _get_updates(self, params: Json, reply: Reply) -> None:
        offset = params.get("offset", 0)
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        self._end_poll()
        if self._updates:
            reply(self._page())
        else:
            timer = asyncio.get_running_loop().call_later(min(params.get("timeout", 0), 50), self._end_poll)
            self._poll = reply, timer

    def _end_poll(self) -> None:
        if self._poll is not None:
            reply, timer = self._poll
            self._poll = None
            timer.cancel()
            reply(self._page())

    def _page(self) -> bytes:
        bodies = (body for _, (_, body) in zip(range(PAGE), self._updates, strict=False))
        return b'{"ok":true,"result":[' + b",".join(bodies) + b"]}"


def user(number: int) -> Json:
    """Who writes."""
    return {"id": number, "is_bot": False, "first_name": "Maya", "language_code": "en"}


@contextlib.asynccontextmanager
async def running_bot(
    telegram: Telegram, database: str, key: bytes, **settings: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot run` on that database, until the block ends."""
    serving = asyncio.get_running_loop()
    server = await serving.create_server(lambda: Connection(telegram.handle, PREFIX), "127.0.0.1", 0)
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=ROOT,
        env=clean
        | {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            "DATABASE_URL": database,
            "DATA_KEY": base64.b64encode(key).decode(),
        }
        | settings,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
        server.close()


def megabytes_of(process: int) -> float:
    """What a process holds in memory."""
    held = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    return int(held) * os.sysconf("SC_PAGE_SIZE") / 1e6
