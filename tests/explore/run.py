"""Runs the bot through a world: the real store, turn loop, dispatcher and delivery, killed where one wants."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import ClinicApp, assemble
from bot.authoring.book import Reading
from bot.delivery.limits import NO_LIMITS
from bot.desk.roles import Membership
from bot.reading import book_of, read_clinic
from bot.settings import Settings
from bot.store.opening import open_sqlite
from bot.store.protocol import Store
from tests.committed import committed_reading
from tests.explore.seams import Killed, Seam, through
from tests.explore.world import STAFF_CHAT, World

ROOT = Path(__file__).resolve().parents[2]
KEY = bytes(range(32))
MOST_ROUNDS_AT_ONE_INSTANT = 10_000


@cache
def reading_in(zone: str, *, photos: bool = False) -> Reading:
    """The clinic of this project, were it in another time zone, or one that takes photos."""
    if zone == "Europe/London" and not photos:
        return committed_reading()
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(ROOT / "data", data)
        clinic = data / "clinic.yaml"
        text = clinic.read_text(encoding="utf-8")
        changed = text.replace("time_zone: Europe/London", f"time_zone: {zone}")
        assert changed != text or zone == "Europe/London"
        clinic.write_text(changed, encoding="utf-8")
        return read_clinic(Settings(flows_dir=ROOT / "flows", data_dir=data, _env_file=None), photos=photos)


@dataclass(slots=True)
class Runner:
    """One clinic's bot over a world.

    Args:
        world: Everybody outside.
        database: A SQLite file.
        zone: The clinic's time zone.
        wanted: Tells a seam when to kill; asked anew in each life.
        down_for: How long the bot stays down after a kill.
        photos: Whether the clinic takes photos.
    """

    world: World
    database: Path
    zone: str
    wanted: Callable[[int, str], bool] = lambda _calls, _name: False
    down_for: Callable[[], timedelta] = timedelta
    photos: bool = False
    kills: int = 0
    calls: int = 0
    """Of the store and the sender, over all lives."""
    _app: ClinicApp | None = None
    _store: Store | None = field(default=None)
    _chance: random.Random = field(init=False)
    """It spreads the pauses between tries; the instant of a try decides what becomes of it."""

    def __post_init__(self) -> None:
        self._chance = random.Random(f"jitter/{self.world.seed}")

    async def run(self, until: datetime) -> None:
        """Live through everything up to `until`, then close."""
        await self._start()
        try:
            while (at := await self._next_at()) is not None and at <= until:
                self.world.at = max(self.world.at, at)
                await self._alive(self._live)
            self.world.at = max(self.world.at, until)
            await self._alive(self._live)
        finally:
            await self._drop()

    async def _live(self) -> None:
        """Everything of this instant."""
        app = self._app
        assert app is not None
        self.world.take_due()
        items = list(self.world.waiting)
        for item in items:
            self.world.arrives(item)
        done = [app.loop.put(item) for item in items]
        try:
            await app.settle()
        finally:
            for item, future in zip(items, done, strict=True):
                if future.done():
                    self.world.confirm(item)

    async def _next_at(self) -> datetime | None:
        found: list[datetime | None] = [self.world.next_at()]

        async def look() -> None:
            assert self._app is not None
            found.append(await self._app.store.next_timer_at())
            found.append(self._app.dispatcher.next_at())

        await self._alive(look)
        return min((each for each in found if each is not None), default=None)

    async def _alive(self, work: Callable[[], object]) -> None:
        """Do `work`; killed on the way, start again and do it once more."""
        for _ in range(MOST_ROUNDS_AT_ONE_INSTANT):
            try:
                await work()  # type: ignore[misc]
            except Killed:
                await self._die()
                await self._start()
            else:
                return
        raise AssertionError(f"killed for ever at {self.world.at}")

    async def _start(self) -> None:
        """As a process starts: the file is opened, and what is unsent is taken up."""
        for _ in range(MOST_ROUNDS_AT_ONE_INSTANT):
            self.world.seam = Seam(self.wanted)
            store = await open_sqlite(self.database, data_key=KEY, synchronous="OFF", now=self.world.at)
            self._store = store
            reading = reading_in(self.zone, photos=self.photos)
            book = book_of(reading, staff_chat=STAFF_CHAT)
            seamed = through(store, self.world.seam, self.world.ledger.committed)
            try:
                book = replace(book, number=await seamed.book_number(reading.digest, self.world.at))
                self._app = assemble(
                    book,
                    reading.catalogue,
                    seamed,
                    self.world,
                    self.world.now,
                    STAFF_CHAT,
                    None,
                    None,
                    NO_LIMITS,
                    jitter=self._chance.random,
                )
                for desk in self.world.desks:  # looked up, as it would be in Telegram
                    self._app.loop.members.note(desk, Membership.MEMBER, self.world.at)
                await self._app.load_waiting()
            except Killed:
                await self._die()
            else:
                return
        raise AssertionError("killed for ever at the start")

    async def _die(self) -> None:
        self.kills += 1
        await self._drop()
        self.world.at += self.down_for()

    async def _drop(self) -> None:
        """What a kill leaves: the files. Tasks of the dead process never run on."""
        self.calls += self.world.seam.calls
        self.world.seam.calls = 0
        mine = asyncio.current_task()
        for task in asyncio.all_tasks():
            if task is not mine and task.get_coro().__qualname__.startswith(("Dispatcher.", "TurnLoop.")):  # type: ignore[union-attr]
                task.cancel()
                with suppress(Killed, asyncio.CancelledError):
                    await task
        if self._store is not None:
            await self._store.close()
        self._store = self._app = None
