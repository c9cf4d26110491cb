"""A copy of a SQLite file while another process writes it: one instant of it, as one plain file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from bot.store.failures import mapped
from bot.store.queries import QUERIES
from bot.store.tables import Progress, opened, quiet

_PAGES_AT_ONCE: Final = 1000


def copy_file(source: Path, target: Path, progress: Progress = quiet) -> None:
    """Copy a database; the target must not exist, and only this user may read it.

    A writer goes on meanwhile: its log keeps what the copy must not see. Without the open transaction, each of its
    commits would make the copy begin anew.

    Raises:
        DatabaseAway: A file can't be read, or the disk is full.
        DatabaseBroken: The source is damaged.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with opened(source) as reader:
        reader.execute("begin")
        reader.execute(QUERIES["list_tables"]).fetchone()  # from here on it sees no other commit
        with mapped(target), closing(sqlite3.connect(target, isolation_level=None)) as writer:
            writer.execute("pragma synchronous = off")

            def tell(_status: int, remaining: int, pages: int) -> None:
                progress(f"copying {source.name}", pages - remaining, pages)

            reader.backup(writer, pages=_PAGES_AT_ONCE, progress=tell)
            writer.execute("pragma journal_mode = delete")
    sync(target)


def sync(path: Path) -> None:
    """On disk when this returns: a file, or the names in a folder."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
