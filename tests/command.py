"""Commands as somebody types them, each in a process of its own, which needn't load everything again.

A server that has loaded the program forks a process for each command: `multiprocessing`'s forkserver. What only a
new interpreter shows (how `python -m bot` starts, what a command loads) is tested with one, elsewhere.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.settings import Settings

_NAMES = {name.upper() for name in Settings.model_fields}
_LOADED = [
    "aiohttp", "babel", "prompt_toolkit", "typer.rich_utils", "rich.console",
    "bot.cli", "bot.app", "bot.reading", "bot.qr", "bot.telegram_app", "bot.channels.json_chat",
    "bot.channels.terminal", "bot.channels.transcript", "tests.fake_bot_api.__main__", "tests.loaded",
]  # fmt: skip
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(_LOADED)


def clean_environ() -> dict[str, str]:
    """This process's environment without the bot's own variables."""
    return {name: value for name, value in os.environ.items() if name.upper() not in _NAMES}


class Program:
    """A running program, to be used like a `subprocess.Popen` in binary mode.

    Args:
        arguments: What stands after its name.
        folder: Its working folder.
        environ: The whole environment.
        module: Whose `main` it is.
        stderr: False: it complains where this process does, and nobody has to read it.

    Attributes:
        stdin: What it reads is written here.
        stdout: What it writes.
        stderr: What it complains of.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        *,
        module: str = "bot.cli",
        stderr: bool = True,
    ) -> None:
        self.arguments = list(arguments)
        ours: list[Connection] = []
        theirs: list[Connection] = []
        for number in range(3 if stderr else 2):
            reader, writer = multiprocessing.Pipe(duplex=False)
            ours.append(writer if number == 0 else reader)
            theirs.append(reader if number == 0 else writer)
        self.stdin = os.fdopen(os.dup(ours[0].fileno()), "wb", buffering=0)
        self.stdout = os.fdopen(os.dup(ours[1].fileno()), "rb")
        self.stderr = os.fdopen(os.dup(ours[2].fileno()), "rb") if stderr else io.BytesIO()
        target = (module, folder, self.arguments, dict(environ), theirs)
        self._process = _processes.Process(target=_run, args=target)
        self._process.start()
        for each in (*ours, *theirs):
            each.close()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the exit code, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """A signal, unless it has ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """No more to read for it: what it still writes until its end, and what it complains of.

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        if self.stdout.closed:
            return b"", b""
        self.stdin.close()
        out, errors = self.stdout.read(), self.stderr.read()
        self.wait(timeout)
        self.close()
        return out, errors

    def close(self) -> None:
        """Close our ends of the pipes."""
        for each in (self.stdin, self.stdout, self.stderr):
            each.close()


def run_command(
    folder: Path, arguments: Sequence[str], environ: Mapping[str, str], given: bytes = b"", seconds: float = 60.0
) -> tuple[int, bytes, str]:
    """Run `clinicbot` to its end.

    Args:
        folder: Its working folder.
        arguments: What stands after `clinicbot`.
        environ: The whole environment.
        given: What it reads.
        seconds: So long it may take.

    Returns:
        Exit code, stdout and stderr.

    Raises:
        TimeoutError: It goes on.
    """
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place) / name for name in ("in", "out", "err")]
        files[0].write_bytes(given)
        opened = [os.open(files[0], os.O_RDONLY), *(os.open(each, os.O_WRONLY | os.O_CREAT) for each in files[1:])]
        streams = [Connection(each, writable=number > 0) for number, each in enumerate(opened)]
        target = ("bot.cli", folder, list(arguments), dict(environ), streams)
        process = _processes.Process(target=_run, args=target)
        process.start()
        for each in streams:
            each.close()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"clinicbot {' '.join(arguments)} goes on after {seconds} s")
        return process.exitcode, files[1].read_bytes(), files[2].read_text(encoding="utf-8")


def run_on_terminal(
    terminal: int, folder: Path, arguments: Sequence[str], environ: Mapping[str, str]
) -> BaseProcess:
    """Start `clinicbot` on a terminal: it reads, writes and complains there.

    Args:
        terminal: The program's end of a pseudo-terminal.
        folder: Its working folder.
        arguments: What stands after `clinicbot`.
        environ: The whole environment.
    """
    streams = [Connection(os.dup(terminal)) for _ in range(3)]
    process = _processes.Process(target=_run, args=("bot.cli", folder, list(arguments), dict(environ), streams))
    process.start()
    for each in streams:
        each.close()
    return process


def _run(
    module: str, folder: Path, arguments: list[str], environ: dict[str, str], streams: list[Connection]
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate(("r", "w", "w"))
    )
    sys.argv = ["clinicbot", *arguments]
    importlib.import_module(module).main()
