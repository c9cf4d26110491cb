"""A Bot API server for one bot in a process of its own, as quick as this machine allows."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator

import orjson

from benchmarks.clinic import ROOT
from benchmarks.measure import clean_environment
from benchmarks.rivals.bots.questions import TOKEN
from benchmarks.rivals.http import Connection, Json, Reply
from benchmarks.rivals.updates import Updates
from benchmarks.rivals.world import BOT, PREFIX

STOP_SECONDS = 20.0
_DONE = b'{"ok":true,"result":true}'


class Telegram:
    """Gives out updates by long polling, and takes every message."""

    def __init__(self) -> None:
        self.updates = Updates()
        self._messages = 0

    def next_id(self) -> str:
        """For a press."""
        return f"{self.updates.number + 1}77"

    def handle(self, method: str, params: Json, reply: Reply) -> None:
        """Answer one call."""
        chat = params.get("chat_id", 0)
        if method == "getUpdates":
            self.updates.answer(params, reply)
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
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=ROOT,
        env=clean_environment()
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
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
        server.close()
