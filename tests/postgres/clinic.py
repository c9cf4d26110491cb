"""A clinic of several processes on one PostgreSQL database, each with a folder of its own."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from typing import Self

import asyncpg

from tests.e2e.bot_process import BotProcess
from tests.e2e.test_webhook import free_port
from tests.fake_bot_api.client import FakeTelegram

KEY = "0f" * 32
WAITING = "select count(*) from skin_clinic.outbox where status = 'waiting'"
KEEPS = "this process is the keeper now"


class Clinic:
    """Makes processes, and ends them all.

    Args:
        telegram: What they talk to, each by a path of its own, its name, which is kept with what was sent.
        folder: For their folders.
        database: Migrated by now, for these flows and data.
        settings: More variables.
    """

    def __init__(self, telegram: FakeTelegram, folder: Path, database: str, **settings: str) -> None:
        self.telegram = telegram
        self.folder = folder
        self.settings = {"DATABASE_URL": database, "DATA_KEY": KEY, "LOG_LEVEL": "info", **settings}
        self.made: list[BotProcess] = []

    def worker(self, name: str, **settings: str) -> BotProcess:
        """A process that may become the keeper."""
        return self._make(name, ("run",), settings)

    def web(self, name: str, **settings: str) -> BotProcess:
        """A process that only takes updates; `webhook` sends them to it."""
        return self._make(name, ("run", "--only", "web"), {"LISTEN_ADDRESS": "127.0.0.1", **settings})

    def with_webhook(self) -> Self:
        """All that are made from now on share one address, that of the first web process."""
        port = str(free_port())
        self.settings |= {"WEBHOOK_URL": f"http://127.0.0.1:{port}/bots", "PORT": port}
        return self

    def close(self) -> None:
        """End them however they are; their logs are held clean."""
        for process in self.made:
            if process.is_running:
                process.go_on()
            process.close()
            process.hold_log(KEY)

    def _make(self, name: str, arguments: tuple[str, ...], settings: dict[str, str]) -> BotProcess:
        folder = self.folder / name
        folder.mkdir()
        root = f"{self.telegram.root}/{name}"
        made = BotProcess(folder, root, self.telegram.token, {**self.settings, **settings}, arguments)
        self.made.append(made)
        return made


async def all_sent(database: str, seconds: float = 10.0) -> None:
    """Wait until what was sent is marked: whoever is killed before it is would send it once more."""
    connection = await asyncpg.connect(database)
    try:
        async with asyncio.timeout(seconds):
            while True:
                ((waiting,),) = await connection.fetch(WAITING)
                if not waiting:
                    return
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


def said_at(process: BotProcess, words: str) -> float:
    """When it last logged them, in seconds since 1970."""
    line = next(line for line in reversed(process.lines) if words in line)
    moment = datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f")  # noqa: DTZ007  (local, as it was logged)
    return time.mktime(moment.timetuple()) + moment.microsecond / 1e6


def sent_by(telegram: FakeTelegram, chat: int) -> list[str]:
    """Who has sent the messages of a chat, in order."""
    return [item["through"] for item in telegram.sent(chat) if item["kind"] == "send"]
