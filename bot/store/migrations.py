"""Numbered SQL files, applied in order, each in a transaction of its own and written down in `migrations`.

An empty database gets what all of them come to (a test holds that), at a fifth of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.store.connection import Connection
from bot.store.queries import SQL_FOLDER, split_statements

MAIN_FOLDER: Final = SQL_FOLDER / "migrations"
KEY_FOLDER: Final = SQL_FOLDER / "key_migrations"
_SCHEMAS: Final = {MAIN_FOLDER: SQL_FOLDER / "schema.sql", KEY_FOLDER: SQL_FOLDER / "key_schema.sql"}


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    statements: tuple[str, ...]


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder: `0001_first.sql`, `0002_…`, without a gap.

    Raises:
        ValueError: A number is missing or stands twice.
    """
    return tuple(
        Migration(number, name, tuple(split_statements(file.read_text("utf-8"))))
        for number, name, file in files_in_order(folder)
    )


def files_in_order(folder: Path) -> list[tuple[int, str, Path]]:
    """The number, the name and the place of each file.

    Raises:
        ValueError: A number is missing or stands twice.
    """
    found = []
    for file in sorted(folder.glob("*.sql")):
        number, _, name = file.stem.partition("_")
        found.append((int(number), name, file))
    if [number for number, _, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations in {folder} are not numbered 1, 2, 3…")
    return found


async def applied_number(connection: Connection) -> int:
    """The number of the newest migration in this database; 0 for an empty one."""
    tables = {str(row[0]) for row in await connection.read("list_tables")}
    if "migrations" not in tables:
        return 0
    rows = await connection.read("newest_migration")
    return int(rows[0][0])


async def migrate(connection: Connection, folder: Path, now_micros: int) -> None:
    """Apply what is missing."""
    migrations = read_migrations(folder)
    present = await applied_number(connection)
    if present == 0 and (schema := _SCHEMAS.get(folder)) is not None:
        async with connection.transaction():
            for statement in split_statements(schema.read_text("utf-8")):
                await connection.run(statement)
            for migration in migrations:
                await connection.write("record_migration", (migration.number, migration.name, now_micros))
        return
    for migration in migrations[present:]:
        async with connection.transaction():
            for statement in migration.statements:
                await connection.run(statement)
            await connection.write("record_migration", (migration.number, migration.name, now_micros))
