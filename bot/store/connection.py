"""One SQLite connection with the settings that durability and forgetting need, and its named queries."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import aiosqlite

from bot.store.database import Parameters
from bot.store.failures import mapped
from bot.store.queries import QUERIES

IN_MEMORY = ":memory:"
BUSY_SECONDS = 5.0  # a reader's checkpoint or a backup may hold the file for a moment


LOG_PAGES = 8000
"""Of 4 KiB, before they are moved into the file: that is work, and a rush of check-ins need not wait for it."""
Step = tuple[str, Sequence[Parameters]]
"""A named query, and the parameters of each of its runs."""
_TRANSACTION = "transaction"


class _Batching(sqlite3.Connection):
    """Runs a whole transaction in one call.

    A call costs 0.1 ms, for it goes to aiosqlite's thread and back; a statement costs a few microseconds. It also
    leaves no place in the middle at which the caller could be cancelled.
    """

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """As ever; with `_TRANSACTION` for `sql`, `parameters` are steps: statements with their rows."""
        if sql != _TRANSACTION:
            return super().executemany(sql, parameters)
        cursor = self.cursor()
        try:
            cursor.execute(QUERIES["begin"])
            for statement, rows in parameters:
                cursor.executemany(statement, rows)
            return cursor.execute(QUERIES["commit"])
        except BaseException:
            if self.in_transaction:
                cursor.execute(QUERIES["rollback"])
            raise


class _Direct:
    """What is used of aiosqlite's connection and cursor, without its thread: for what waits for no disk."""

    def __init__(self, address: str) -> None:
        self._raw = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, factory=_Batching
        )
        self._raw.row_factory = sqlite3.Row

    async def execute_fetchall(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        return self._raw.execute(sql, parameters).fetchall()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> object:
        return self._raw.execute(sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> object:
        return self._raw.executemany(sql, parameters)

    async def close(self) -> None:
        self._raw.close()


class Connection:
    """A thin layer over aiosqlite: queries by name, explicit transactions, errors mapped."""

    def __init__(self, raw: aiosqlite.Connection | _Direct, path: Path | str) -> None:
        self._raw = raw
        self._cursor: aiosqlite.Cursor | _Direct | None = None
        self.path = path

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    @classmethod
    async def open(cls, path: Path | str, *, synchronous: str = "FULL", read_only: bool = False) -> Self:
        """Open a database (a path, or `:memory:`).

        Args:
            path: The file; it must exist to be read only.
            synchronous: FULL, or OFF for simulations that need no durability, and no thread.
            read_only: Nothing can be written through it.
        """
        with mapped(path):
            address = str(path) if path == IN_MEMORY else f"{_address(path)}?mode={'ro' if read_only else 'rwc'}"
            raw: aiosqlite.Connection | _Direct
            if path == IN_MEMORY or synchronous == "OFF":
                raw = _Direct(address)
            else:
                raw = await aiosqlite.connect(
                    address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, factory=_Batching
                )
                raw.row_factory = sqlite3.Row
            connection = cls(raw, path)
            try:
                if not read_only:
                    await connection.run("pragma journal_mode = wal")
                    await connection.run(f"pragma synchronous = {synchronous}")
                    await connection.run("pragma secure_delete = on")
                    await connection.run(f"pragma wal_autocheckpoint = {LOG_PAGES}")
                    await connection.run("pragma foreign_keys = on")
                    await connection.run("pragma trusted_schema = off")
                connection._cursor = raw if isinstance(raw, _Direct) else await raw.cursor()
            except BaseException:
                await raw.close()
                raise
            return connection

    async def run(self, statement: str) -> list[sqlite3.Row]:
        """Run a statement that has no name: of a migration, or a pragma."""
        with mapped(self.path):
            return list(await self._raw.execute_fetchall(statement))

    async def read(self, query: str, parameters: Parameters = ()) -> list[Any]:
        """The rows of a named query, as tuples that also know their columns' names."""
        with mapped(self.path):
            return list(await self._raw.execute_fetchall(QUERIES[query], _as_json(parameters)))

    async def write(self, query: str, parameters: Parameters = ()) -> None:
        """Run a named query that gives nothing back."""
        with mapped(self.path):
            assert self._cursor is not None
            await self._cursor.execute(QUERIES[query], _as_json(parameters))

    async def write_many(self, query: str, rows: Sequence[Parameters]) -> None:
        """Run a named query once for each of `rows`, in one call; nothing is called for no rows."""
        if rows:
            with mapped(self.path):
                assert self._cursor is not None
                await self._cursor.executemany(QUERIES[query], rows)

    async def write_at_once(self, steps: Iterable[Step]) -> None:
        """Run these queries in one transaction: on disk when this returns, or nothing of it when it raises."""
        with mapped(self.path):
            await self._raw.executemany(_TRANSACTION, [(QUERIES[query], rows) for query, rows in steps])

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A writing transaction: on disk when the block has ended, or nothing of it when it raised."""
        try:
            await self.write("begin")
            yield
            await self.write("commit")
        except BaseException:
            await asyncio.shield(self._roll_back())  # also when this task was cancelled in mid-commit
            raise

    async def checkpoint(self) -> None:
        """Move everything from the write-ahead log into the file and empty the log, if no reader holds it."""
        await self.run("pragma wal_checkpoint(truncate)")

    async def close(self) -> None:
        """Close it; a second time does nothing."""
        with mapped(self.path):
            await self._raw.close()

    async def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # there may be no transaction any more: SQLite ends one on a full disk
            await self._raw.execute_fetchall(QUERIES["rollback"])


def _as_json(parameters: Parameters) -> Sequence[Any]:
    """SQLite knows no lists: it reads them from a JSON array."""
    return [json.dumps(value) if type(value) is list else value for value in parameters]


def _address(path: Path | str) -> str:
    return Path(path).absolute().as_uri()
