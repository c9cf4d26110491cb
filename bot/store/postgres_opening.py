"""Opens the PostgreSQL store: waits for the server, looks before it touches, holds data against keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Final

import asyncpg

from bot.errors import DatabaseBroken, DatabaseBusy, KeyMissing, NotMigrated, OperatorError
from bot.store.encryption import MasterKey
from bot.store.instant import to_micros
from bot.store.postgres import PostgresStore
from bot.store.postgres_connection import PostgresConnection, place_of
from bot.store.postgres_keyring import PostgresKeyring
from bot.store.postgres_migrations import KEYS, MAIN, Schema, applied, migrate_schema, read_scripts
from bot.store.protocol import DatabaseAway

log = logging.getLogger(__name__)

OLDEST_SERVER: Final = 130_000
WAIT_SECONDS: Final = 30.0
"""So long a start waits for a server that is starting itself."""
_PAUSE_SECONDS: Final = 0.5
_KEY_CHECK: Final = "key_check"
_REFUSED: Final = ("28", "3D", "42501")
"""Log-in, no such database, no right: waiting does not help."""


async def open_postgres(url: str, *, data_key: bytes, wait_seconds: float = WAIT_SECONDS) -> PostgresStore:
    """Open a database that `migrate_postgres` has made.

    Args:
        url: `postgresql://user:password@host:port/name`.
        data_key: 32 bytes, the same for all processes.
        wait_seconds: How long to try again while the server can't be reached.

    Raises:
        NotMigrated: Its schema is older than this program, or too new for it.
        DatabaseBroken: A schema of that name is of another program, or the server does not suit.
        KeyMissing: `data_key` is not the one that the data was written with, or keys are missing.
        OperatorError: The server can't be reached, or refuses us.
    """
    master = MasterKey(data_key)
    async with AsyncExitStack() as opened:
        reader = PostgresConnection(url)
        writer = PostgresConnection(url)
        opened.push_async_callback(reader.close)
        opened.push_async_callback(writer.close)
        with _reported(url):
            await _reach(reader, wait_seconds)
            for schema in (MAIN, KEYS):
                await _hold_schema(reader, schema)
            keys = PostgresKeyring(reader, master)
            await _hold_key(reader, keys, master)
            await writer.read("server")
        opened.pop_all()
    return PostgresStore(reader, writer, keys, master)


async def migrate_postgres(
    url: str, *, data_key: bytes, now: datetime | None = None, wait_seconds: float = WAIT_SECONDS
) -> None:
    """Make both schemas, or bring them up to date, while other processes go on.

    Raises:
        DatabaseBusy: Another process is at it.
        OperatorError: As `open_postgres`.
    """
    master = MasterKey(data_key)
    async with AsyncExitStack() as opened:
        connection = PostgresConnection(url)
        opened.push_async_callback(connection.close)
        with _reported(url):
            await _reach(connection, wait_seconds)
            if not (await connection.read("lock_migrating"))[0][0]:
                raise DatabaseBusy(f"Another process is migrating {connection.place}. Wait until it has ended.")
            for schema in (MAIN, KEYS):
                await _hold_not_newer(connection, schema)
            at = to_micros(now or datetime.now(UTC))
            is_new = (await applied(connection, MAIN)).number == 0
            keys = PostgresKeyring(connection, master)
            if not is_new:
                await _hold_key(connection, keys, master)
            await migrate_schema(connection, KEYS, at)
            await migrate_schema(connection, MAIN, at)
            if is_new and not await keys.check() and await keys.has_holders():
                raise _other_key(connection.place)
            await keys.begin()
            await connection.write("set_property", (_KEY_CHECK, master.check))
            store = PostgresStore(connection, connection, keys, master)
            await store.clear_erased()
            await connection.read("unlock_migrating")


@asynccontextmanager
async def reached(
    connection: PostgresConnection, url: str, *, wait_seconds: float = WAIT_SECONDS
) -> AsyncIterator[None]:
    """Inside, the server is there and suits; whatever goes wrong is one sentence. At its end it is closed."""
    try:
        with _reported(url):
            await _reach(connection, wait_seconds)
            yield
    finally:
        await connection.close()


async def hold_ready(connection: PostgresConnection, data_key: bytes) -> None:
    """Hold that both schemas are those of this program, and that `data_key` opens them.

    Raises:
        NotMigrated: They are older or too new.
        KeyMissing: Another key, or keys are missing.
    """
    for schema in (MAIN, KEYS):
        await _hold_schema(connection, schema)
    master = MasterKey(data_key)
    await _hold_key(connection, PostgresKeyring(connection, master), master)


async def hold_not_newer(connection: PostgresConnection) -> None:
    """Hold that no newer program has migrated it.

    Raises:
        NotMigrated: One has.
    """
    for schema in (MAIN, KEYS):
        await _hold_not_newer(connection, schema)


async def _reach(connection: PostgresConnection, wait_seconds: float) -> None:
    """Connect, again and again while that may help."""
    clock = asyncio.get_running_loop().time
    end = clock() + wait_seconds
    is_told = False
    while True:
        try:
            ((version, encoding, is_standby),) = await connection.read("server")
            break
        except DatabaseAway as error:
            cause = error.__cause__
            code = cause.sqlstate or "" if isinstance(cause, asyncpg.PostgresError) else ""
            if code.startswith(_REFUSED) or clock() >= end:
                raise
            if not is_told:
                log.warning("the database can't be reached (%s); trying for %.0f s", error, wait_seconds)
                is_told = True
            await asyncio.sleep(_PAUSE_SECONDS)
    if version < OLDEST_SERVER:
        raise DatabaseBroken(f"{connection.place} is PostgreSQL {version // 10_000}; 13 or newer is needed.")
    if encoding != "UTF8":
        raise DatabaseBroken(
            f"{connection.place} keeps text as {encoding}. Make a database with: create database … encoding 'UTF8'"
        )
    if is_standby:
        raise OperatorError(f"{connection.place} is a standby and takes no writes. Name the primary.")


async def _hold_schema(connection: PostgresConnection, schema: Schema) -> None:
    found, newest = await applied(connection, schema), len(read_scripts(schema.folder))
    if found.number < newest:
        what = "is empty" if found.number == 0 else "is of an older version"
        raise NotMigrated(f"The database {connection.place} {what}. Run: python -m bot migrate")
    if found.serves_from > newest:
        raise _newer(connection, found.number, newest)


async def _hold_not_newer(connection: PostgresConnection, schema: Schema) -> None:
    found, newest = await applied(connection, schema), len(read_scripts(schema.folder))
    if found.number > newest:
        raise _newer(connection, found.number, newest)


def _newer(connection: PostgresConnection, number: int, newest: int) -> NotMigrated:
    return NotMigrated(
        f"The database {connection.place} was migrated by a newer version of this program (schema {number}, this"
        f" one knows {newest}); it was left as it is. Start the newer version."
    )


async def _hold_key(connection: PostgresConnection, keys: PostgresKeyring, master: MasterKey) -> None:
    rows = await connection.read("property", (_KEY_CHECK,))
    if not await keys.check() or not rows or rows[0][0] != master.check:
        raise _other_key(connection.place)
    last = (await connection.read("last_contact"))[0][0] or 0
    if last > await keys.last_number():
        raise KeyMissing(
            f"The keys in {connection.place} are older than the data: those of the newest people are missing."
            " Restore the newest backup of the keys; nothing was changed."
        )


def _other_key(place: str) -> KeyMissing:
    return KeyMissing(f"{place} was written with another DATA_KEY. Set DATA_KEY to that one; nothing was changed.")


@contextmanager
def _reported(url: str) -> Iterator[None]:
    """DatabaseAway is for those who can try again later; whoever opens wants one sentence."""
    try:
        yield
    except DatabaseAway as error:
        cause = error.__cause__
        what = "refuses us" if isinstance(cause, asyncpg.PostgresError) else "can't be reached"
        raise OperatorError(
            f"The database {what}: {error}. Check DATABASE_URL, and that PostgreSQL runs there."
        ) from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise OperatorError(
            f"{place_of(url)}: {error.args[0]}. `migrate` is for a database user who may create schemas there, and"
            " `run` for one who may read and write the tables: best the same one."
        ) from error
    except (asyncpg.InterfaceError, ValueError) as error:
        raise OperatorError(
            "DATABASE_URL can't be read; write it like postgresql://user:password@host:5432/name."
        ) from error
