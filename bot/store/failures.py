"""SQLite's errors as ours, in one place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.errors import DatabaseBroken
from bot.store.protocol import DatabaseAway

AWAY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""What may pass by itself, or when somebody frees the disk. Everything else but BROKEN is a bug of ours."""

BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def mapped(path: Path | str) -> Iterator[None]:
    """Raises DatabaseAway or DatabaseBroken where SQLite says so; other errors of SQLite go through."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without the extended part
        if code in AWAY:
            raise DatabaseAway(f"{path}: {error}") from error
        if code in BROKEN:
            raise damaged(path) from error
        raise


def damaged(path: Path | str) -> DatabaseBroken:
    """The error of a file that SQLite can't make sense of."""
    return DatabaseBroken(
        f"The database {path} is damaged; nothing in it was changed. Move it away and restore the newest backup."
    )
