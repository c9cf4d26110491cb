"""Whole tables of a database that nobody writes meanwhile: read, written and counted, still encrypted.

What a backup holds are SQLite files, whichever database it was made of; so each can be restored into both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.store.connection import BUSY_SECONDS, Connection
from bot.store.database_file import create
from bot.store.failures import mapped
from bot.store.keyring import STORE_KEY
from bot.store.migrations import migrate
from bot.store.queries import SQL_FOLDER, read_queries

COPY_QUERIES: Final = read_queries((SQL_FOLDER / "copy.sql").read_text("utf-8"))
DATA: Final = (
    *("properties", "books", "contacts", "sessions", "leads", "alerts", "visits", "consents", "seen_updates"),
    *("timers", "outbox", "moved_chats", "desk_notes", "counters", "dead_letters"),
)
"""In an order in which they can be written: people before what is theirs."""
KEYS: Final = ("properties", "contact_keys", "row_keys")
NUMBERED: Final = ("outbox", "dead_letters")
"""Whose ids are never used again; among the keys these are the numbers of `contact_keys`."""
ROWS_AT_ONCE: Final = 2000

Rows = Sequence[Sequence[Any]]
Progress = Callable[[str, int, int], None]
"""Told of what, how much of it is done, and how much there is."""


def quiet(_what: str, _done: int, _all: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def opened(file: Path, *, read_only: bool = True) -> Iterator[sqlite3.Connection]:
    """A plain connection, for a short while."""
    mode = "ro" if read_only else "rw"
    with mapped(file):
        address = f"{file.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            yield connection


async def make_file(file: Path, application_id: int, migrations: Path, now_micros: int) -> None:
    """An empty database of ours, as one plain file without a log beside it."""
    create(file, application_id)
    connection = await Connection.open(file, synchronous="OFF")
    try:
        await migrate(connection, migrations, now_micros)
        await connection.run("pragma journal_mode = delete")
    finally:
        await connection.close()


def pages_of(connection: sqlite3.Connection, table: str) -> Iterator[Rows]:
    """All rows of a table, some at a time."""
    cursor = connection.execute(COPY_QUERIES[f"read_{table}"])
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows


def write_rows(connection: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table."""
    connection.executemany(COPY_QUERIES[f"write_{table}"], rows)


def counts_of(connection: sqlite3.Connection, query: str) -> dict[str, int]:
    """How many rows each table has."""
    return dict(connection.execute(COPY_QUERIES[query]).fetchall())


def last_id(connection: sqlite3.Connection, table: str) -> int:
    """The highest id that a table ever gave out."""
    return int(connection.execute(COPY_QUERIES["read_sequence"], (table,)).fetchone()[0])


def set_last_id(connection: sqlite3.Connection, table: str, last: int) -> None:
    """Never give out that id or a lower one again."""
    connection.execute(COPY_QUERIES["drop_sequence"], (table,))
    connection.execute(COPY_QUERIES["write_sequence"], (table, last))


def people(number: int) -> str:
    """So many people, in words."""
    return "1 person" if number == 1 else f"{number:,} people"


@dataclass(frozen=True, slots=True)
class KeySet:
    """Wrapped keys. The store's own key is random, made once and carried along: it tells databases apart.

    `last`: the highest number that ever had a key.
    """

    properties: Mapping[str, str]
    last: int
    contacts: Mapping[int, bytes] = field(repr=False)
    rows: Mapping[int, bytes] = field(repr=False)

    @property
    def own(self) -> bytes | None:
        """The store's own key, wrapped."""
        return self.contacts.get(STORE_KEY)

    def is_of(self, other: KeySet) -> bool:
        """Whether both are keys of one database."""
        return self.own is not None and self.own == other.own

    def without_forgotten_of(self, present: KeySet) -> KeySet:
        """These keys, less those that are gone in `present`, plus those that are newer there."""
        kept = {
            each: key for each, key in self.contacts.items() if each > present.last or each in present.contacts
        }
        newer = {each: key for each, key in present.contacts.items() if each > self.last}
        rows = {row: key for row, key in self.rows.items() if row in present.rows}
        return KeySet(self.properties, max(self.last, present.last), {**kept, **newer}, rows)


def read_keys(file: Path) -> KeySet:
    """The keys of a file."""
    with opened(file) as connection:
        found = {
            table: {name: value for page in pages_of(connection, table) for name, value in page} for table in KEYS
        }
        last = last_id(connection, "contact_keys")
    return KeySet(found["properties"], last, found["contact_keys"], found["row_keys"])


def write_keys(file: Path, keys: KeySet) -> None:
    """Put keys into a file that `make_file` has made."""
    with opened(file, read_only=False) as connection:
        connection.execute("begin")
        write_rows(connection, "properties", keys.properties.items())
        write_rows(connection, "contact_keys", sorted(keys.contacts.items()))
        write_rows(connection, "row_keys", sorted(keys.rows.items()))
        set_last_id(connection, "contact_keys", keys.last)
        connection.execute("commit")
