"""A whole PostgreSQL database into SQLite files, and back; everything stays encrypted as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import asyncpg

from bot.errors import DatabaseBusy, OperatorError
from bot.store.database_file import KEYS_APPLICATION_ID, MAIN_APPLICATION_ID
from bot.store.file_copy import sync
from bot.store.instant import to_micros
from bot.store.migrations import KEY_FOLDER, MAIN_FOLDER
from bot.store.postgres_connection import CONNECT_SECONDS, QUERIES, SESSION, PostgresConnection
from bot.store.postgres_failures import mapped
from bot.store.postgres_migrations import KEYS as KEYS_SCHEMA
from bot.store.postgres_migrations import MAIN as MAIN_SCHEMA
from bot.store.postgres_migrations import applied, migrate_schema
from bot.store.postgres_opening import hold_not_newer, hold_ready, reached
from bot.store.tables import (
    COPY_QUERIES,
    DATA,
    KEYS,
    NUMBERED,
    ROWS_AT_ONCE,
    KeySet,
    Progress,
    Rows,
    counts_of,
    last_id,
    make_file,
    opened,
    pages_of,
    people,
    quiet,
    read_keys,
    set_last_id,
    write_keys,
    write_rows,
)

_NO_LIMITS: Final = {
    **SESSION,
    "application_name": "skin-clinic-bot copy",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_BOT: Final = SESSION["application_name"]


class _BulkConnection(PostgresConnection):
    """Takes its time: a table of a million rows is one statement."""

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        raw: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self._url, timeout=CONNECT_SECONDS, server_settings=_NO_LIMITS
        )
        await raw.execute(QUERIES["be_durable"])
        return raw

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Everything read inside is of one instant."""
        async with self._held() as raw:
            with mapped(self.place):
                async with raw.transaction(isolation="repeatable_read", readonly=True):
                    yield

    async def pages(self, table: str) -> AsyncIterator[Rows]:
        """All rows of a table in the schema that is searched, some at a time."""
        async with self._held() as raw:
            with mapped(self.place):
                cursor = await raw.cursor(COPY_QUERIES[f"read_{table}"])
                while rows := await cursor.fetch(ROWS_AT_ONCE):
                    yield [tuple(row) for row in rows]

    async def add(self, schema: str, table: str, columns: Sequence[str], rows: Rows) -> None:
        """Add rows to a table, all or none."""
        async with self._held() as raw:
            with mapped(self.place):
                await raw.copy_records_to_table(table, schema_name=schema, columns=columns, records=rows)

    async def copied(self, query: str) -> list[Any]:
        """What a query of `copy.sql` gives in the schema that is searched."""
        async with self._held() as raw:
            with mapped(self.place):
                return list(await raw.fetch(COPY_QUERIES[query]))


async def dump_postgres(
    url: str, data: Path, keys: Path, *, data_key: bytes, now: datetime, progress: Progress = quiet
) -> None:
    """Write a database into two new SQLite files, while processes go on. Keys are read last: they are the newest.

    Raises:
        OperatorError: As `open_postgres`; nothing waits for a server that is away.
        DatabaseAway: The disk is full, or the server went away.
    """
    at = to_micros(now)
    connection = _BulkConnection(url)
    async with reached(connection, url, wait_seconds=0):
        await hold_ready(connection, data_key)
        await make_file(data, MAIN_APPLICATION_ID, MAIN_FOLDER, at)
        async with connection.snapshot():
            await connection.read("search_in", (MAIN_SCHEMA.name,))
            with opened(data, read_only=False) as file:
                file.execute("pragma synchronous = off")
                file.execute("begin")
                expected = dict(await connection.copied("count_data"))
                for table in DATA:
                    done = 0
                    async for rows in connection.pages(table):
                        write_rows(file, table, rows)
                        done += len(rows)
                        progress(f"copying {table}", done, expected.get(table, done))
                for table, query in zip(NUMBERED, ("last_row", "last_dead_letter"), strict=True):
                    set_last_id(file, table, (await connection.read(query))[0][0])
                file.execute("commit")
        sync(data)
        await make_file(keys, KEYS_APPLICATION_ID, KEY_FOLDER, at)
        async with connection.snapshot():
            write_keys(keys, await _keys(connection))
        sync(keys)


async def keys_in_postgres(url: str) -> KeySet | None:
    """The keys of a database; None where it holds nothing of ours.

    Raises:
        OperatorError: As `open_postgres`; nothing waits for a server that is away.
    """
    connection = _BulkConnection(url)
    async with reached(connection, url, wait_seconds=0):
        await hold_not_newer(connection)
        if (await applied(connection, KEYS_SCHEMA)).number == 0:
            return None
        async with connection.snapshot():
            return await _keys(connection)


async def _keys(connection: _BulkConnection) -> KeySet:
    await connection.read("search_in", (KEYS_SCHEMA.name,))
    found: dict[str, dict[Any, Any]] = {}
    for table in KEYS:
        found[table] = dict(await connection.copied(f"read_{table}"))
    last = (await connection.read("last_key"))[0][0]
    return KeySet(found["properties"], last, found["contact_keys"], found["row_keys"])


async def fill_postgres(
    url: str,
    data: Path,
    keys: Path,
    *,
    now: datetime,
    replace_as: str | None = None,
    progress: Progress = quiet,
) -> bool:
    """Put two SQLite files of the present version into a database: all of it, or nothing.

    Args:
        url: Where to; its schemas are made when they are missing.
        data: The data; nobody may write it meanwhile.
        keys: The keys that belong to it.
        now: Aware UTC.
        replace_as: A database that holds people is kept under a schema of this name, and replaced. None: it is
            refused.
        progress: Told how far it is.

    Returns:
        Whether something was kept under `replace_as`.

    Raises:
        DatabaseBusy: Processes of the bot are connected.
        OperatorError: It holds people; or as `open_postgres`.
    """
    connection = _BulkConnection(url)
    async with reached(connection, url, wait_seconds=0):
        await hold_not_newer(connection)
        if not (await connection.read("lock_migrating"))[0][0]:
            raise DatabaseBusy(f"Another process migrates or fills {connection.place}. Wait until it has ended.")
        async with connection.transaction():
            if others := (await connection.read("other_processes", (_BOT,)))[0][0]:
                raise DatabaseBusy(
                    f"The bot is connected to {connection.place} ({others} connections). Stop all its"
                    " processes first."
                )
            wanted, was_kept = await _emptied(connection, read_keys(keys), replace_as)
            for schema in (KEYS_SCHEMA, MAIN_SCHEMA):
                await migrate_schema(connection, schema, to_micros(now))
            await connection.write("empty_data")
            await connection.write("empty_keys")
            await _filled(connection, data, wanted, progress)
    return was_kept


async def _emptied(connection: _BulkConnection, given: KeySet, replace_as: str | None) -> tuple[KeySet, bool]:
    """Make place. The keys to write: those given, but of nobody who was forgotten here; whether any were here."""
    is_there = (await applied(connection, MAIN_SCHEMA)).number > 0
    if not is_there or (await connection.read("last_contact"))[0][0] is None:
        return given, False
    if replace_as is None:
        await connection.read("search_in", (MAIN_SCHEMA.name,))
        number = (await connection.copied("people_of"))[0][0]
        raise OperatorError(
            f"{connection.place} is in use: it holds {people(number)}. Nothing was changed. Name an empty database"
            " in DATABASE_URL."
        )
    present = await _keys(connection)
    await _run_made(connection, "aside", (MAIN_SCHEMA.name, replace_as))
    if given.is_of(present):  # its keys go on: what is kept aside is opened by them too
        await _run_made(connection, "drop_keys", (KEYS_SCHEMA.name,))
        return given.without_forgotten_of(present), True
    await _run_made(connection, "aside", (KEYS_SCHEMA.name, f"{replace_as}_keys"))
    return given, True


async def _run_made(connection: _BulkConnection, query: str, names: tuple[str, ...]) -> None:
    await connection.run((await connection.read(query, names))[0][0])


async def _filled(connection: _BulkConnection, data: Path, keys: KeySet, progress: Progress) -> None:
    with opened(data) as file:
        expected = counts_of(file, "count_data")
        for table in DATA:
            done = 0
            for rows in pages_of(file, table):
                columns = _columns(table)
                await connection.add(MAIN_SCHEMA.name, table, columns, _for_postgres(table, rows))
                done += len(rows)
                progress(f"copying {table}", done, expected.get(table, done))
        last_row, last_letter = (last_id(file, table) for table in NUMBERED)
    for table, found in (
        ("properties", keys.properties),
        ("contact_keys", keys.contacts),
        ("row_keys", keys.rows),
    ):
        items = list(found.items())
        for start in range(0, len(items), ROWS_AT_ONCE):
            rows = items[start : start + ROWS_AT_ONCE]
            await connection.add(KEYS_SCHEMA.name, table, _columns(table), rows)
    await connection.read("set_last_ids", (last_row, last_letter, keys.last))
    await connection.read("search_in", (MAIN_SCHEMA.name,))
    counted = dict(await connection.copied("count_data"))
    await connection.read("search_in", (KEYS_SCHEMA.name,))
    counted_keys = dict(await connection.copied("count_keys"))
    wanted_keys = {
        "properties": len(keys.properties), "contact_keys": len(keys.contacts), "row_keys": len(keys.rows)
    }  # fmt: skip
    if counted != expected or counted_keys != wanted_keys:
        raise OperatorError(
            f"The copy in {connection.place} is not whole; nothing was changed. Please report this."
        )
    for query in ("clear_contacts", "clear_rows", "clear_dead_letters", "purge_row_keys"):
        await connection.write(query)


def _columns(table: str) -> list[str]:
    """Those that are read, in their order; `process` of the counters is this copy's own."""
    written = COPY_QUERIES[f"write_{table}"]
    names = written[written.index("(") + 1 : written.index(")")].split(", ")
    return [*names, "process"] if table == "counters" else names


def _for_postgres(table: str, rows: Rows) -> Rows:
    return [(*row, 0) for row in rows] if table == "counters" else rows
