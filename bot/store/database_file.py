"""Looks at a database file before anything opens it for writing, so that no foreign file is ever changed."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from bot.errors import DatabaseBroken, OperatorError
from bot.store.connection import IN_MEMORY, Connection
from bot.store.failures import damaged
from bot.store.migrations import applied_number, read_migrations
from bot.store.protocol import DatabaseAway

MAIN_APPLICATION_ID: Final = 0x534B4342  # "SKCB"; stands at offset 68 of the file, sqlite.org/fileformat2.html
KEYS_APPLICATION_ID: Final = 0x534B434B  # "SKCK"
LARGEST_CHECKED_BYTES: Final = 32 * 1024 * 1024
"""A larger file is only looked into at a start, which would take as long as reading all of it otherwise."""
_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100


def keys_path(path: Path) -> Path:
    """The file of the wrapped keys: `clinic.keys.db` beside `clinic.db`."""
    return path.with_name(f"{path.stem}.keys{path.suffix or '.db'}")


def is_new(path: Path | str) -> bool:
    """Whether there is nothing in this database yet."""
    return path == IN_MEMORY or not Path(path).exists() or Path(path).stat().st_size == 0


async def inspect(path: Path, application_id: int, migrations: Path) -> None:
    """Hold an existing file against what this program writes.

    Raises:
        DatabaseBroken: It is no SQLite database, another program's, damaged, or of a newer version.
        OperatorError: It can't be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            is_small = file.seek(0, os.SEEK_END) <= LARGEST_CHECKED_BYTES
    except OSError as error:
        raise OperatorError(f"The database {path} can't be read ({error.strerror}).") from error
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise DatabaseBroken(f"{path} is no SQLite database; it was left as it is. Name another DATABASE_URL.")
    if int.from_bytes(header[68:72], "big") != application_id:
        raise DatabaseBroken(
            f"{path} is a database of another program; it was left as it is. Name another DATABASE_URL."
        )
    connection = await Connection.open(path, read_only=True)
    try:
        of = "1" if is_small else "migrations"
        findings = await connection.run(f"pragma quick_check({of})")
        if [row[0] for row in findings] != ["ok"]:
            raise damaged(path)
        newest = len(read_migrations(migrations))
        if (number := await applied_number(connection)) > newest:
            raise DatabaseBroken(
                f"{path} was written by a newer version of this program (schema {number}, this one knows"
                f" {newest}); it was left as it is. Start the newer version."
            )
    except (DatabaseAway, sqlite3.Error) as error:
        raise damaged(path) from error
    finally:
        await connection.close()


def create(path: Path, application_id: int) -> None:
    """Make a new database that only this user can read, marked as ours before anything else is in it.

    Raises:
        OperatorError: It can't be made there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None)
        try:  # in the rollback journal, not the log: `inspect` reads the mark from the file itself
            connection.execute(f"pragma application_id = {application_id}")
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise OperatorError(
            f"The database {path} can't be made ({error}). Make its folder writable, or name another DATABASE_URL."
        ) from error
