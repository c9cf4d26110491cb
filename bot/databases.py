"""Which database the settings name, opened; and `migrate`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bot.errors import NotMigrated, OperatorError
from bot.reading import book_of, read_clinic
from bot.settings import Settings
from bot.store.data_key import DataKey, find_data_key, require_data_key
from bot.store.encryption import new_key
from bot.store.opening import open_sqlite
from bot.store.protocol import DatabaseAway, Store

log = logging.getLogger(__name__)

IN_MEMORY = ":memory:"
SQLITE_SCHEME = "sqlite:///"


def is_postgres(url: str) -> bool:
    """Whether a DATABASE_URL names PostgreSQL."""
    return not url.startswith(SQLITE_SCHEME)


def database_path(url: str) -> Path | None:
    """The SQLite file of a DATABASE_URL; None for PostgreSQL."""
    return None if is_postgres(url) else Path(url.removeprefix(SQLITE_SCHEME))


def data_key(settings: Settings, environ: Mapping[str, str], database: Path | None = None) -> DataKey:
    """The key of the settings' database, or of that SQLite file; for a new SQLite file one is made.

    Raises:
        OperatorError: There is none, or it can't be used.
    """
    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    path = database or database_path(settings.database_url)
    return require_data_key(given, environ) if path is None else find_data_key(given, environ, database=path)


async def open_store(
    settings: Settings,
    database: Path | None,
    *,
    in_memory: bool,
    now: Callable[[], datetime],
    environ: Mapping[str, str],
) -> Store:
    """The store, open for writing; a SQLite file is made and migrated on the way.

    Args:
        settings: Name the database and perhaps its key.
        database: A SQLite file instead.
        in_memory: Neither; nothing is kept.
        now: Aware UTC clock.
        environ: Where the config folder is.

    Raises:
        OperatorError: It can't be opened.
    """
    if in_memory:
        return await open_sqlite(IN_MEMORY, data_key=new_key(), synchronous="OFF", now=now())
    key = data_key(settings, environ, database)
    path = database or database_path(settings.database_url)
    if path is None:
        from bot.store.postgres_opening import open_postgres

        return await open_postgres(settings.database_url, data_key=key.value)
    if key.is_new:
        log.warning("made a new data key: %s. Keep a copy of it, apart from the database.", key.place)
    return await open_sqlite(path, data_key=key.value, now=now())


async def book_number(store: Store, digest: str, now: datetime, *, is_shared: bool) -> int:
    """The number of the present book.

    Args:
        store: Open.
        digest: Of flows and data.
        now: Aware UTC.
        is_shared: Other processes use the database too: only `migrate` gives numbers.

    Raises:
        NotMigrated: The book has none.
    """
    if not is_shared:
        return await store.book_number(digest, now)
    number = await store.number_of_book(digest)
    if number is None:
        raise NotMigrated("Flows or data have changed since the last migrate. Run: python -m bot migrate")
    return number


async def migrate(settings: Settings, environ: Mapping[str, str], now: Callable[[], datetime]) -> int:
    """Make the database, or bring it up to date; the number of the present book.

    Raises:
        AuthorError: Flows or data are wrong.
        OperatorError: The database can't be used.
    """
    reading = read_clinic(settings)
    book_of(reading, staff_chat=None)  # what no process could start with gets no number
    if is_postgres(settings.database_url):
        from bot.store.postgres_opening import migrate_postgres, open_postgres

        key = data_key(settings, environ).value
        await migrate_postgres(settings.database_url, data_key=key, now=now())
        store: Store = await open_postgres(settings.database_url, data_key=key)
    else:
        store = await open_store(settings, None, in_memory=False, now=now, environ=environ)
    try:
        with reported():
            return await store.book_number(reading.digest, now())
    finally:
        await store.close()


@contextmanager
def reported() -> Iterator[None]:
    """An outage in the middle of a start, in one sentence: whoever starts us tries again."""
    try:
        yield
    except DatabaseAway as error:
        raise OperatorError(f"The database went away in the middle of it: {error}. Try again.") from error
