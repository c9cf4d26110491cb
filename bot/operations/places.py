"""Where backups lie and how their files are named."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.databases import database_path
from bot.errors import OperatorError
from bot.store.database_file import keys_path
from bot.store.protocol import DatabaseAway

_STAMP: Final = re.compile(r"(-before)?-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$")
PARTIAL: Final = ".partial"


def stamp(now: datetime) -> str:
    """An instant as part of a file's name; sorts by time, and has no colon."""
    return now.strftime("%Y-%m-%dT%H-%M-%SZ")


def name_of(url: str) -> str:
    """What a database's backups are named after: its file, or its name in PostgreSQL."""
    path = database_path(url)
    found = path.stem if path is not None else urlsplit(url).path.strip("/")
    return re.sub(r"[^\w.-]", "_", found) or "clinic"


def backup_folder(url: str) -> Path:
    """Where backups go when no folder is named: beside the SQLite file; for PostgreSQL below `var`."""
    path = database_path(url)
    return (path.parent if path is not None else Path("var")) / "backups"


def keys_beside(data: Path) -> Path:
    """The copy of the keys that belongs to a backup of the data, in the same folder."""
    return keys_path(data.with_name(_STAMP.sub("", data.stem) + data.suffix))


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of the data in a folder."""

    file: Path
    changed_at: float


def backups_in(folder: Path, name: str) -> list[Backup]:
    """Those of a database, the newest first; none where the folder can't be read."""
    try:
        files = [each for each in folder.glob(f"{name}-*.db") if _STAMP.search(each.stem)]
        found = [Backup(each, each.stat().st_mtime) for each in files if "-before-" not in each.stem]
    except OSError:
        return []
    return sorted(found, key=lambda each: each.file.name, reverse=True)


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    """What a folder or a disk refuses, as one sentence."""
    try:
        yield
    except DatabaseAway as error:
        if "full" in str(error):
            raise _full(folder) from error
        raise OperatorError(f"{error}. Check the disk and the rights.") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _full(folder) from error
        where = error.filename or folder
        raise OperatorError(
            f"{where} can't be used ({error.strerror or type(error).__name__}). Check that it is there, and its"
            " rights."
        ) from error


def _full(folder: Path) -> OperatorError:
    return OperatorError(
        f"The disk of {folder} is full; what was there before is untouched. Make room, or name another folder."
    )
