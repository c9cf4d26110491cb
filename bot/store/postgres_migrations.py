"""The migrations of PostgreSQL's two schemas.

Other processes go on while a migration runs and after it: it only adds (expand). What nobody uses any more is
taken away by a later release, whose migration says on its first line which programs it still serves (contract).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import DatabaseBroken
from bot.store.migrations import files_in_order
from bot.store.postgres_connection import POSTGRES_FOLDER, PostgresConnection

_SERVES: Final = re.compile(r"-- serves programs from schema (\d+) on\n")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema and the names of its queries."""

    name: str
    folder: Path
    make: str
    newest: str
    record: str


@dataclass(frozen=True, slots=True)
class Script:
    number: int
    name: str
    text: str
    serves_from: int


@dataclass(frozen=True, slots=True)
class Applied:
    """The newest migration of a schema, 0: none; and the lowest number that a program may know to run on it."""

    number: int = 0
    serves_from: int = 0


MAIN: Final = Schema(
    "skin_clinic", POSTGRES_FOLDER / "migrations", "make_schema", "newest_migration", "record_migration"
)
KEYS: Final = Schema(
    "skin_clinic_keys",
    POSTGRES_FOLDER / "key_migrations",
    "make_key_schema",
    "newest_key_migration",
    "record_key_migration",
)


def read_scripts(folder: Path) -> tuple[Script, ...]:
    """The migrations of a folder: `0001_first.sql`, `0002_…`, without a gap.

    Raises:
        ValueError: A number is missing or stands twice, or the first line does not say whom the migration serves.
    """
    found = []
    for number, name, file in files_in_order(folder):
        text = file.read_text("utf-8")
        serves = _SERVES.match(text)
        if serves is None or not 1 <= int(serves[1]) <= number:
            raise ValueError(f"{file} must begin with: -- serves programs from schema N on")
        found.append(Script(number, name, text, int(serves[1])))
    return tuple(found)


async def applied(connection: PostgresConnection, schema: Schema) -> Applied:
    """How far a schema has come.

    Raises:
        DatabaseBroken: There is a schema of that name, and it is not ours.
    """
    ((is_ours,),) = await connection.read("has_table", (f"{schema.name}.migrations",))
    if is_ours:
        ((number, serves_from),) = await connection.read(schema.newest)
        return Applied(number, serves_from)
    ((tables,),) = await connection.read("table_count", (schema.name,))
    if tables:
        raise DatabaseBroken(
            f"The schema {schema.name} in {connection.place} is of another program; it was left as it is."
            " Name another DATABASE_URL."
        )
    return Applied()


async def migrate_schema(connection: PostgresConnection, schema: Schema, now_micros: int) -> None:
    """Apply what is missing, each migration in a transaction of its own."""
    present = (await applied(connection, schema)).number
    ((is_there,),) = await connection.read("has_schema", (schema.name,))
    if not is_there:
        await connection.write(schema.make)
    for script in read_scripts(schema.folder)[present:]:
        async with connection.transaction():
            await connection.run(script.text)
            await connection.write(schema.record, (script.number, script.name, now_micros, script.serves_from))
