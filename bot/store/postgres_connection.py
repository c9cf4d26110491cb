"""One connection to PostgreSQL that is made again whenever it was lost, and its named queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bot.store.database import Parameters
from bot.store.postgres_failures import mapped
from bot.store.protocol import DatabaseAway
from bot.store.queries import SQL_FOLDER, read_queries

POSTGRES_FOLDER: Final = SQL_FOLDER / "postgres"
QUERIES: Final = read_queries((POSTGRES_FOLDER / "queries.sql").read_text("utf-8"))
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
"""A server that says nothing for so long is away: the network may drop packets without a word."""
CHANNEL: Final = "skin_clinic"
"""On which processes tell each other what is new; see the query `tell`."""
SESSION: Final = {
    "application_name": "skin-clinic-bot",
    "timezone": "UTC",
    "statement_timeout": "25s",
    "lock_timeout": "5s",
    # A process that was paused must not hold up everybody else, nor the next keeper: less than its lease.
    "idle_in_transaction_session_timeout": "4s",
    "jit": "off",  # it would cost more than these short queries do
}


def place_of(url: str) -> str:
    """Host and database of a URL, without user and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", ["localhost"])[0]
    return f"{host}{parts.path}"


class PostgresConnection:
    """Implements `Database`. Tasks take turns; within its own transaction a task needs not wait for itself."""

    def __init__(self, url: str, *, heard: Callable[[str], None] | None = None) -> None:
        """`heard` is told what other processes tell, and '' with each new connection: some may be missed."""
        self._url = url
        self._heard = heard
        self._raw: asyncpg.Connection[asyncpg.Record] | None = None
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None
        self._is_closed = False
        self.connections = 0
        """How many there have been: as long as it stays, the server has not crashed."""
        self.place = place_of(url)

    async def read(self, query: str, parameters: Parameters = ()) -> list[Any]:
        """See `Database.read`."""
        async with self._held() as raw:
            return list(await raw.fetch(QUERIES[query], *parameters))

    async def write(self, query: str, parameters: Parameters = ()) -> None:
        """See `Database.write`."""
        async with self._held() as raw:
            await raw.execute(QUERIES[query], *parameters)

    async def write_many(self, query: str, rows: Sequence[Parameters]) -> None:
        """See `Database.write_many`."""
        if rows:
            async with self._held() as raw:
                await raw.executemany(QUERIES[query], rows)

    async def run(self, script: str) -> None:
        """Run the statements of a migration."""
        async with self._held() as raw:
            await raw.execute(script)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """See `Database.transaction`."""
        async with self._held() as raw:
            with mapped(self.place):
                transaction = raw.transaction()
                await transaction.start()
            try:
                yield
            except Exception:
                if not raw.is_closed():
                    await self._ended(raw, transaction.rollback())
                raise
            await self._ended(raw, transaction.commit())

    async def _ended(self, raw: asyncpg.Connection[asyncpg.Record], end: Awaitable[None]) -> None:
        """A connection that could not end its transaction is not used again."""
        try:
            with mapped(self.place):
                await end
        except BaseException:
            raw.terminate()
            raise

    async def close(self) -> None:
        """Close it for good; a second time does nothing."""
        self._is_closed = True
        if self._raw is not None and not self._raw.is_closed():
            try:
                await self._raw.close(timeout=CONNECT_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._raw.terminate()
        self._raw = None

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        task = asyncio.current_task()
        if self._holder is task:
            assert self._raw is not None
            with mapped(self.place):
                yield self._raw
            return
        async with self._lock:
            if self._raw is None or self._raw.is_closed():
                with mapped(self.place):
                    self._raw = await self._connected()
                self.connections += 1
            self._holder = task
            try:
                with mapped(self.place):
                    yield self._raw
            except (DatabaseAway, asyncio.CancelledError):
                self._raw.terminate()  # nobody knows how far it is; PostgreSQL drops what is not committed
                raise
            finally:
                self._holder = None

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._is_closed:
            raise asyncpg.InterfaceError("the connection was closed")
        raw: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=SESSION
        )
        try:
            await raw.execute(QUERIES["be_durable"])
            if self._heard is not None:
                await raw.add_listener(CHANNEL, self._told)
                self._heard("")
        except BaseException:
            raw.terminate()
            raise
        return raw

    def _told(self, raw: object, process: int, _channel: str, word: object) -> None:
        """Of what it has said itself it needs not be told."""
        held = self._raw
        if self._heard is not None and held is not None and raw is held and process != held.get_server_pid():
            self._heard(str(word))
