"""The processes of one clinic, with a Telegram of its own in this process."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import clean_environment
from benchmarks.rivals.bots.questions import TOKEN
from benchmarks.rivals.http import Connection
from benchmarks.rivals.world import PREFIX, World
from benchmarks.several.posts import Posts
from benchmarks.several.server import processor_seconds
from bot.channels.telegram.webhook import hook_at
from tests.e2e.test_webhook import free_port

ROOT = Path(__file__).resolve().parents[2]
RIVALS = ROOT / "benchmarks" / "rivals"
KEY = base64.b64encode(bytes(range(32))).decode()
SECRET = "s" * 32
START_SECONDS = 90.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Which processes there are: `web` that take updates and one `run` that sends; none: `run` does it all."""

    name: str
    is_postgres: bool
    web: int = 0


LAYOUTS = (
    Layout("SQLite: run", is_postgres=False),
    Layout("PostgreSQL: run", is_postgres=True),
    Layout("PostgreSQL: 1 web, run", is_postgres=True, web=1),
    Layout("PostgreSQL: 2 web, run", is_postgres=True, web=2),
)


@dataclass(slots=True)
class Clinic:
    """One that is running."""

    layout: Layout
    world: World
    url: str
    posts: Posts | None = None
    web: list[asyncio.subprocess.Process] = field(default_factory=list)
    worker: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def seconds(self) -> tuple[float, float]:
        """What the web processes and the other one have used of the processor."""
        web, worker = (sum(processor_seconds(each.pid) for each in group) for group in (self.web, self.worker))
        return web, worker


@contextlib.asynccontextmanager
async def running(layout: Layout, folder: Path, url: str, patients: int) -> AsyncIterator[Clinic]:
    """A clinic in which everybody has the first question, until the block ends.

    Args:
        layout: Its processes.
        folder: For what they write; it is there.
        url: Its database, empty.
        patients: So many.
    """
    ports = [free_port() for _ in range(layout.web)]
    address = f"http://127.0.0.1:{ports[0]}/bots" if ports else ""
    hook = hook_at(address, SECRET) if ports else None
    posts = Posts(ports, hook) if hook is not None else None
    world = World(patients, posts)
    world.hook = hook.url if hook is not None else ""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(world.handle, PREFIX), "127.0.0.1", 0
    )
    environ = _environment(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", url, folder)
    if address:
        environ |= {"WEBHOOK_URL": address, "WEBHOOK_SECRET": SECRET, "LISTEN_ADDRESS": "127.0.0.1"}
    clinic = Clinic(layout, world, url, posts)
    log = os.open(folder / "stderr", os.O_WRONLY | os.O_CREAT)
    try:
        if layout.is_postgres and await (await _started(["migrate"], environ, log)).wait():
            raise RuntimeError((folder / "stderr").read_text(encoding="utf-8"))
        for port in ports:
            clinic.web.append(await _started(["run", "--only", "web"], environ | {"PORT": str(port)}, log))
        clinic.worker.append(await _started(["run"], environ | {"PORT": "0"}, log))
        async with asyncio.timeout(START_SECONDS):
            for port in ports:
                await _listens(port)
            if posts is not None:
                posts.start()
            await world.start()
        yield clinic
        if world.wrong:
            raise RuntimeError(f"{layout.name}: {world.wrong[:3]}")
    finally:
        if posts is not None:
            await posts.stop()
        await _end([*clinic.web, *clinic.worker])
        os.close(log)
        server.close()


def _environment(base: str, url: str, folder: Path) -> dict[str, str]:
    return clean_environment() | {
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": base,
        "DATABASE_URL": url,
        "DATA_KEY": KEY,
        "XDG_CACHE_HOME": str(folder),
        "FLOWS_DIR": str(RIVALS / "flows"),
        "DATA_DIR": str(RIVALS / "data"),
        "PRESENTATION": "in_place",
        "LIMIT_BULK_PER_SECOND": "0",
        "LIMIT_CHAT_PER_SECOND": "0",
        "LIMIT_GROUP_PER_MINUTE": "0",
    }


async def _started(words: list[str], environ: Mapping[str, str], log: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=log,
    )


async def _listens(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


async def _end(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
