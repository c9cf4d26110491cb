"""The real `clinicbot run` as a process of its own, with a folder of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from bot.store.data_key import find_data_key
from bot.store.opening import open_read_only
from bot.store.reader import StoreReader
from tests.command import Program, clean_environ, run_command

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
LAST_LINES = 60
_open: list[BotProcess] = []


def last_words() -> list[tuple[str, str]]:
    """Of each bot that is not closed yet: heading and end of its log, for the report of a test that fails."""
    found = []
    for bot in _open:
        lines = [line for line in bot.lines if "aiosqlite: " not in line]  # three for each of its calls
        found.append((f"Log of {' '.join(bot.arguments)} in {bot.folder}", "\n".join(lines[-LAST_LINES:])))
    return found


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """This process's environment without the bot's own variables, plus a database and a key below `folder`."""
    own = {
        "PYTHONPATH": str(ROOT),
        "FLOWS_DIR": str(ROOT / "flows"),
        "DATA_DIR": str(ROOT / "data"),
        "DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "LIMIT_CHAT_PER_SECOND": "0",
        "LIMIT_GROUP_PER_MINUTE": "0",
        "LOG_LEVEL": "debug",
    }
    return clean_environ() | own | settings


class BotProcess:
    """Start, watch and end the bot. Everything it writes to stderr is kept, over restarts too.

    Args:
        folder: Where its database, key and working folder are.
        api_url: What it gets as BOT_API_URL.
        token: What it gets as BOT_TOKEN.
        settings: More variables.
        arguments: What stands after `clinicbot`.
    """

    def __init__(
        self,
        folder: Path,
        api_url: str,
        token: str,
        settings: Mapping[str, str] | None = None,
        arguments: Sequence[str] = ("run",),
    ) -> None:
        self.folder = folder
        self.arguments = arguments
        self.token = token
        self.environ = environment(folder, BOT_TOKEN=token, BOT_API_URL=api_url, **(settings or {}))
        self.lines: list[str] = []
        self._process: Program | None = None
        self._reader: threading.Thread | None = None
        self._said = threading.Condition()

    def start(self) -> Self:
        """Start it; returns at once."""
        assert self._process is None
        if self not in _open:
            _open.append(self)
        self._process = Program(self.arguments, self.folder, self.environ)
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        return self

    def _read(self, process: Program) -> None:
        for line in process.stderr:
            with self._said:
                self.lines.append(line.decode().rstrip("\n"))
                self._said.notify_all()

    def wait_log(self, part: str, *, since: int = 0, seconds: float = START_SECONDS) -> int:
        """Wait until a line with `part` stands in the log from line `since` on; the number of the line after it.

        Raises:
            TimeoutError: None came, or the process has ended without one; with the log's end.
        """

        def found() -> int:
            return next((n + 1 for n, line in enumerate(self.lines) if n >= since and part in line), 0)

        due = time.monotonic() + seconds
        with self._said:
            while not (line := found()):
                self._said.wait(0.2)
                if found():
                    continue
                if time.monotonic() > due or not self.is_running:
                    raise TimeoutError("\n".join([f"no {part!r} in the log", *self.lines[-20:]]))
        return line

    def start_polling(self) -> Self:
        """Start it, and wait until it polls."""
        since = len(self.lines)
        self.start()
        self.wait_log("polling as @", since=since)
        return self

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float = 10.0) -> int:
        """Wait for its end; the exit code.

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        assert self._process is not None
        code = self._process.wait(seconds)
        self._closed()
        return code

    def terminate(self, seconds: float = 10.0) -> int:
        """SIGTERM, and the exit code. Ten seconds are what hosts allow."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def pause(self) -> None:
        """SIGSTOP: it stands still, and doesn't know it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._closed()

    def _closed(self) -> None:
        assert self._process is not None
        assert self._reader is not None
        self._reader.join()
        self._process.close()
        self._process = None

    def close(self) -> None:
        """End it however it is."""
        if self._process is not None:
            self.kill()
        if self in _open:
            _open.remove(self)

    def hold_log(self, *unspoken: str) -> None:
        """Hold that the log names neither the token nor any of `unspoken`, and no traceback."""
        log = "\n".join(self.lines)
        assert self.token not in log
        assert self.token.partition(":")[2] not in log
        assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
        for part in unspoken:
            assert part not in log, part

    @property
    def database(self) -> Path:
        return self.folder / "clinic.db"

    async def read_store(self) -> StoreReader:
        """The database, opened for reading with the bot's own key."""
        key = find_data_key(None, self.environ, database=self.database)
        return await open_read_only(self.database, data_key=key.value)


def run_to_end(folder: Path, settings: Mapping[str, str], seconds: float = 30.0) -> tuple[int, str]:
    """Run the bot until it ends by itself: exit code and stderr."""
    code, _, errors = run_command(folder, ["run"], environment(folder, **settings), seconds=seconds)
    return code, errors
