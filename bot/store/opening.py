"""Opens the SQLite store: looks before it touches, locks, migrates, and holds data and keys against each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from bot.errors import DatabaseBroken, DatabaseBusy, KeyMissing, OperatorError
from bot.store.connection import IN_MEMORY, Connection
from bot.store.database_file import (
    KEYS_APPLICATION_ID,
    MAIN_APPLICATION_ID,
    create,
    inspect,
    is_new,
    keys_path,
)
from bot.store.encryption import MasterKey
from bot.store.instant import to_micros
from bot.store.keyring import Keyring
from bot.store.lock_file import LockFile
from bot.store.migrations import KEY_FOLDER, MAIN_FOLDER, applied_number, migrate, read_migrations
from bot.store.protocol import DatabaseAway
from bot.store.reader import StoreReader
from bot.store.sqlite import SQLiteStore

Synchronous = Literal["FULL", "OFF"]
KEYS_CACHE_KIB: Final = 256
"""Keys are kept opened, and a page of wrapped ones is hardly read twice; SQLite's own choice is 2 MB."""
_KEY_CHECK: Final = "key_check"


async def open_sqlite(
    path: Path | str,
    *,
    data_key: bytes,
    synchronous: Synchronous = "FULL",
    now: datetime | None = None,
    first_contact: int = 1,
) -> SQLiteStore:
    """Open a database for writing, making it and its keys' file when it is new.

    Args:
        path: The file, or `:memory:`, which writes no file at all.
        data_key: 32 bytes; see `find_data_key`.
        synchronous: OFF is for simulations: fast, and a power cut may lose the last turns.
        now: Stands in the list of migrations.
        first_contact: The lowest number that a contact of a new database gets.

    Raises:
        DatabaseBusy: Another process has it open for writing.
        DatabaseBroken: A file is no database of ours, damaged, or of a newer version; it is left as it is.
        KeyMissing: `data_key` or the keys' file is not the one that the data was written with.
        OperatorError: A file can't be made or read.
    """
    master = MasterKey(data_key)
    async with AsyncExitStack() as opened:
        with _reported(path):
            lock = await _prepared(Path(path), opened) if path != IN_MEMORY else None
            main = await Connection.open(path, synchronous=synchronous)
            opened.push_async_callback(main.close)
            last = await _last_contact(main)
            if last is not None:
                await _hold_key(main, master, path)
            if path != IN_MEMORY:
                _make_keys_file(Path(path), last)
            keys_file = IN_MEMORY if path == IN_MEMORY else keys_path(Path(path))
            keys_connection = await Connection.open(keys_file, synchronous=synchronous)
            opened.push_async_callback(keys_connection.close)
            at = to_micros(now or datetime.now(UTC))
            await migrate(keys_connection, KEY_FOLDER, at)
            keys = Keyring(keys_connection, master)
            await _hold_keys(keys, last)
            await keys.begin()
            if first_contact > 1 and last is None:
                await keys.number_from(first_contact)
            await keys.load()
            await migrate(main, MAIN_FOLDER, at)
            if not await _is_checked(main, master):
                await main.write("set_property", (_KEY_CHECK, master.check))
            store = SQLiteStore(main, keys, master, lock)
            await store.clear_erased()
            await keys_connection.run(f"pragma cache_size = -{KEYS_CACHE_KIB}")
        opened.pop_all()
        return store


async def open_read_only(path: Path, *, data_key: bytes) -> StoreReader:
    """Open an existing database for reading, also while another process writes it.

    Raises:
        DatabaseBroken: A file is missing, no database of ours, damaged, or of another version.
        KeyMissing: `data_key` or the keys' file is not the one that the data was written with.
        OperatorError: A file can't be read.
    """
    master = MasterKey(data_key)
    async with AsyncExitStack() as opened:
        with _reported(path):
            if is_new(path):
                raise DatabaseBroken(f"There is no database at {path}. Check DATABASE_URL.")
            await inspect(path, MAIN_APPLICATION_ID, MAIN_FOLDER)
            main = await Connection.open(path, read_only=True)
            opened.push_async_callback(main.close)
            if await applied_number(main) < len(read_migrations(MAIN_FOLDER)):
                raise DatabaseBroken(f"{path} is of an older version. Run: python -m bot migrate")
            last = await _last_contact(main)
            await _hold_key(main, master, path)
            if is_new(keys_path(path)):
                raise _no_keys(path)
            await inspect(keys_path(path), KEYS_APPLICATION_ID, KEY_FOLDER)
            keys_connection = await Connection.open(keys_path(path), read_only=True)
            opened.push_async_callback(keys_connection.close)
            keys = Keyring(keys_connection, master)
            await _hold_keys(keys, last)
            await keys.load()
        opened.pop_all()
        return StoreReader(main, keys, master)


async def _prepared(path: Path, opened: AsyncExitStack) -> LockFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = LockFile(path)
    except OSError as error:
        raise OperatorError(
            f"The folder of {path} can't be written ({error.strerror}). Make it writable, or name another"
            " DATABASE_URL."
        ) from error
    opened.callback(lock.release)
    if not is_new(path):
        await inspect(path, MAIN_APPLICATION_ID, MAIN_FOLDER)
    if not is_new(keys_path(path)):
        await inspect(keys_path(path), KEYS_APPLICATION_ID, KEY_FOLDER)
    if is_new(path):
        create(path, MAIN_APPLICATION_ID)
    return lock


def _make_keys_file(path: Path, last: int | None) -> None:
    if is_new(keys_path(path)):
        if last is not None:
            raise _no_keys(path)
        create(keys_path(path), KEYS_APPLICATION_ID)


def _no_keys(path: Path) -> KeyMissing:
    return KeyMissing(
        f"The keys' file {keys_path(path)} is missing, and without it nobody in {path} can be read. Put it back"
        " beside the database, or restore it from the newest backup of the keys."
    )


async def _last_contact(main: Connection) -> int | None:
    """The highest number of anybody who has anything here; None when there is nothing."""
    rows = await main.read("last_contact") if await applied_number(main) else [(None,)]
    return None if rows[0][0] is None else int(rows[0][0])


async def _is_checked(main: Connection, master: MasterKey) -> bool:
    rows = await main.read("property", (_KEY_CHECK,))
    return bool(rows) and rows[0][0] == master.check


async def _hold_key(main: Connection, master: MasterKey, path: Path | str) -> None:
    if not await _is_checked(main, master):
        raise KeyMissing(
            f"{path} was written with another DATA_KEY. Set DATA_KEY to that one; nothing was changed."
        )


async def _hold_keys(keys: Keyring, last: int | None) -> None:
    if not await keys.check() and (last is not None or await keys.has_holders()):
        raise KeyMissing(
            f"{keys.place} was written with another DATA_KEY. Set DATA_KEY to that one, or put the keys' file that"
            " belongs to the database beside it; nothing was changed."
        )
    if last is not None and last > await keys.last_number():
        raise KeyMissing(
            f"{keys.place} is older than the database: the keys of the newest people are not in it. Restore the"
            " newest backup of the keys; nothing was changed."
        )


@contextmanager
def _reported(path: Path | str) -> Iterator[None]:
    """DatabaseAway is for those who can try again later; whoever opens wants one sentence."""
    try:
        yield
    except DatabaseAway as error:
        if "locked" in str(error):
            raise DatabaseBusy(
                f"{path} is in use by another program, such as a database browser. Close it first."
            ) from error
        raise OperatorError(f"The database can't be used: {error}. Check the disk and the rights.") from error
