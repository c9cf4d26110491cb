"""One bot as a process, pinned to a core, with its own Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.measure import clean_environment, held_megabytes
from benchmarks.rivals.bots.questions import TOKEN
from benchmarks.rivals.http import Connection
from benchmarks.rivals.world import PREFIX, World

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
RIVALS = ROOT / ".venv-rivals" / "bin" / "python"
START_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Kind:
    """`script` is a file of `bots`; "" is this bot. `loop`: what it runs on; this bot chooses for itself."""

    name: str
    script: str = ""
    loop: str = "uvloop"


_FRAMEWORKS = (
    Kind("aiogram, FSM in memory", "aiogram_fsm.py"),
    Kind("aiogram-dialog, in memory", "dialog.py"),
    Kind("ConversationHandler, pickled", "conversation_handler.py"),
)
KINDS = (
    Kind("this bot"),
    Kind("aiohttp, no framework", "bare.py"),
    *_FRAMEWORKS,
    *(Kind(f"{kind.name}; as it comes", kind.script, "asyncio") for kind in _FRAMEWORKS),
)
"""The frameworks twice: on uvloop, which makes each of them quicker and this bot uses too, and on the loop that
they start on where nobody says anything (aiogram's `run_polling` takes uvloop where its extra `fast` is there)."""


class Bot:
    """A bot that runs, and its world. Open it with `open_bot`."""

    def __init__(
        self, kind: Kind, world: World, server: asyncio.Server, process: asyncio.subprocess.Process
    ) -> None:
        self.kind = kind
        self.world = world
        self._server = server
        self._process = process

    @property
    def processor_seconds(self) -> float:
        """What it has used of the processor so far, in all its threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def megabytes(self) -> float:
        """What it holds in memory."""
        return held_megabytes(self._process.pid)

    async def start(self) -> Self:
        """Wait until everybody has the first question.

        Raises:
            RuntimeError: It has ended, or did not answer in time.
        """
        started = asyncio.create_task(self.world.start())
        ended = asyncio.create_task(self._process.wait())
        done, _ = await asyncio.wait({started, ended}, timeout=START_SECONDS, return_when="FIRST_COMPLETED")
        for task in (started, ended):
            task.cancel()
        if started not in done:
            raise RuntimeError(f"{self.kind.name} did not start: {self.world.wrong[:3]} {dict(self.world.calls)}")
        return self

    async def close(self) -> None:
        """End it, and its server."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._server.close()


async def open_bot(kind: Kind, folder: Path, patients: int, core: int | None) -> Bot:
    """Start a bot on `core`, with a server of its own in this process."""
    world = World(patients)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(world.handle, PREFIX), "127.0.0.1", 0
    )
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    log = _make(folder)
    process = await asyncio.create_subprocess_exec(
        *_command(kind, base, folder),
        env=_environment(kind, base, folder),
        cwd=ROOT if not kind.script else folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=log,
        preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
    )
    os.close(log)
    return Bot(kind, world, server, process)


def _make(folder: Path) -> int:
    """A bot's folder, with what it says on stderr."""
    folder.mkdir(parents=True)
    return os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT)


def python_of(kind: Kind) -> Path | None:
    """What runs a bot; None where its environment was never made."""
    if not kind.script:
        return Path(sys.executable)
    if RIVALS.exists():
        return RIVALS
    return Path(sys.executable) if kind.script == "bare.py" else None


def _command(kind: Kind, base: str, folder: Path) -> Sequence[str]:
    python = python_of(kind)
    assert python is not None
    return (
        [str(python), "-m", "bot", "run"]
        if not kind.script
        else [str(python), str(HERE / "bots" / kind.script), base, str(folder), kind.loop]
    )


def _environment(kind: Kind, base: str, folder: Path) -> Mapping[str, str]:
    if kind.script:
        return clean_environment()
    return clean_environment() | {
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": base,
        "DATABASE_URL": f"sqlite:///{folder / 'clinic.db'}",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "FLOWS_DIR": str(HERE / "flows"),
        "DATA_DIR": str(HERE / "data"),
        "PRESENTATION": "in_place",
        "LIMIT_BULK_PER_SECOND": "0",
        "LIMIT_CHAT_PER_SECOND": "0",
        "LIMIT_GROUP_PER_MINUTE": "0",
    }
