"""The lock beside a database: one process writes it."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from bot.errors import DatabaseBusy


class LockFile:
    """An advisory lock (`flock`): the system lets go of it whenever its process ends, however it ends.

    The file stays: removing it would let two processes hold two files of one name.
    """

    def __init__(self, database: Path) -> None:
        """Take the lock of `database`.

        Raises:
            DatabaseBusy: Another process (or another store of this one) holds it; says which.
            OSError: The file can't be made.
        """
        self.path = database.with_name(database.name + "-lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 400, 0).decode("utf-8", "replace").strip() or "an unknown process"
            os.close(self._file)
            raise DatabaseBusy(
                f"{database} is in use by {holder}. Stop that first, or use another database."
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"process {os.getpid()} ({_command()})\n".encode(), 0)

    def release(self) -> None:
        """Let go of it."""
        os.ftruncate(self._file, 0)
        os.close(self._file)


def holder_of(database: Path) -> str | None:
    """Who has the database open for writing, as far as can be told without touching the lock; None: nobody."""
    try:
        words = database.with_name(database.name + "-lock").read_text("utf-8", "replace").strip()
        os.kill(int(words.split()[1]), 0)
    except (OSError, ValueError, IndexError):  # no file, nothing in it, or a process that was killed
        return None
    return words


def _command() -> str:
    program, *arguments = sys.argv or ["python"]
    path = Path(program)
    name = path.parent.name if path.name == "__main__.py" else path.name
    return " ".join([name, *arguments[:1]])[:200]
