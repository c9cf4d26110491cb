"""One life of the bot's process in virtual time: all that `run` builds, over the real store on a real file."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from bot.app import ClinicApp, assemble
from bot.authoring.book import Reading
from bot.channels.telegram.calls import TelegramSender
from bot.channels.telegram.members import admins_of, is_put_out, look_up
from bot.channels.telegram.poll import Poller, TokenRefused
from bot.channels.telegram.read_update import Item, read_update
from bot.channels.telegram.telegram_channel import TelegramChannel
from bot.channels.telegram.webhook import Webhook, hook_at
from bot.delivery.limits import Limits
from bot.delivery.sender import Sender, SendOutcome
from bot.desk.roles import Membership
from bot.intake import Intake
from bot.monitoring.metrics import Metrics
from bot.practice import Practices
from bot.reading import book_of
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DatabaseAway, Lost, OutboxRow, Store
from bot.store.sqlite import SQLiteStore
from tests.chaos.log import Log
from tests.chaos.telegram import ROW, Api, Telegram
from tests.chaos.virtual_time import VirtualLoop
from tests.explore.run import KEY, ROOT
from tests.explore.seams import Killed, Seam, through
from tests.fake_bot_api.errors import Json

STAFF_CHAT = -1_000_000_123
STOP_SECONDS = 7.0


@dataclass(slots=True)
class Kills:
    """At which calls a process dies: by the name of the seam, and by how often it was passed in the whole history.

    Args:
        at: (seam, time passed) → the fault's name.
    """

    at: dict[tuple[str, int], str] = field(default_factory=dict)
    _passed: Counter[str] = field(default_factory=Counter)

    def due(self, name: str) -> str | None:
        """The name of the fault, where this is the place."""
        self._passed[name] += 1
        return self.at.pop((name, self._passed[name]), None)


class _Flaky:
    """A store that is away for a while: before a call does anything, or after the commit, on the way back."""

    def __init__(self, store: Store, process: Process) -> None:
        self._store = store
        self._process = process

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._store, name)

        async def call(*args: Any, **named: Any) -> Any:
            process = self._process
            process.batch = args[0] if name == "commit" else None
            if name != "close" and process.outside.database_is_away():
                raise DatabaseAway("database is locked")
            found = await inner(*args, **named)
            if name == "commit" and process.outside.commit_is_unheard():
                raise DatabaseAway("disk I/O error")
            return found

        setattr(self, name, call)
        return call


class _SeamSender:
    """Implements `Sender`: seams around each call, and the row's name on what it makes."""

    def __init__(self, sender: Sender, seam: Seam) -> None:
        self._sender = sender
        self._seam = seam

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        self._seam.at("send before")
        ROW.set(row)
        outcome = await self._sender.send(row, target=target, plain=plain)
        if outcome.message_id is not None:
            self._seam.at("send after")
        return outcome

    async def answer_press(self, press_id: str, note: str) -> None:
        self._seam.at("answer before")
        await self._sender.answer_press(press_id, note)


class _Channel:
    """What `Intake` asks of the channel."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.group: Callable[[], int | None] = lambda: STAFF_CHAT

    async def member(self, group: int, user: int) -> Membership:
        return await look_up(self._api, group, user)

    async def admins(self) -> list[int]:
        group = self.group()
        return [] if group is None else await admins_of(self._api, group)

    async def is_put_out(self, bot: int) -> bool:
        group = self.group()
        return group is not None and await is_put_out(self._api, group, bot)

    def health(self) -> dict[str, object]:
        return {}


@dataclass(slots=True)
class Outside:
    """What a process finds there, and what outlives it."""

    telegram: Telegram
    log: Log
    now: Callable[[], datetime]
    folder: Path
    reading: Reading
    kills: Kills
    rng: random.Random
    limits: Limits
    polls: bool
    database_is_away: Callable[[], bool]
    commit_is_unheard: Callable[[], bool]
    committed: Callable[[Batch, list[OutboxRow]], None]
    lives: int = 0
    copies: int = 0


class Process:
    """From start to kill, or to an orderly end."""

    def __init__(self, outside: Outside) -> None:
        outside.lives += 1
        self.outside = outside
        self.life = outside.lives
        self.batch: Batch | None = None
        self.died = asyncio.Event()
        self.asked = asyncio.Event()
        """To end, as by SIGTERM."""
        self.app: ClinicApp | None = None
        self.webhook: Webhook | None = None
        self.seam = Seam(self._kills)
        self._store: SQLiteStore | None = None
        self._poller: Poller | None = None
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._before: set[asyncio.Task[Any]] = set()

    def _kills(self, calls: int, name: str) -> bool:
        fault = self.outside.kills.due(name)
        if fault is None and name.startswith("commit") and self.batch is not None:
            if self.batch.update_ids:
                fault = self.outside.kills.due(f"{name} with updates")
            if fault is None and len(self.batch.marks) > 1:
                fault = self.outside.kills.due(f"{name} with marks")
        if fault is None:
            return False
        self.outside.log.injected(fault)
        self.died.set()
        return True

    async def start(self) -> None:
        """As `run` does, up to the first poll.

        Raises:
            Killed: On the way.
            DatabaseAway: It ends then, and is started anew.
        """
        outside = self.outside
        self._before = set(asyncio.all_tasks())
        running = asyncio.get_running_loop()
        assert isinstance(running, VirtualLoop)
        running.stands = True  # an existing file is looked at in a thread, as ever
        path = outside.folder / "clinic.db"
        self._store = store = await open_sqlite(path, data_key=KEY, synchronous="OFF", now=outside.now())
        running.stands = False
        self._seam_the_keys(store)
        seamed = through(store, self.seam, self._committed)
        flaky = cast("Store", _Flaky(seamed, self))
        api = outside.telegram.api(self.life, self.seam.at, lambda: self.seam.is_dead)
        sender = TelegramSender(api, ROOT / "data")
        practices = Practices(sender, outside.limits)
        metrics = Metrics()
        book = book_of(outside.reading, staff_chat=STAFF_CHAT)
        book = replace(book, number=await seamed.book_number(outside.reading.digest, outside.now()))
        chat = await seamed.present_chat(STAFF_CHAT)
        self.app = app = assemble(
            book,
            outside.reading.catalogue,
            flaky,
            _SeamSender(sender, self.seam),
            outside.now,
            chat,
            practices.observe,
            None,
            outside.limits,
            metrics.marked,
        )
        practices.app = app
        channel = _Channel(api)
        channel.group = lambda: app.loop.staff_chat
        await app.load_waiting()
        app.loop.members.is_checked = True
        per_second = outside.limits.chat_per_second
        intake = Intake(app, cast("TelegramChannel", channel), practices, metrics, per_second=per_second)

        def read(update: object) -> Item:
            return read_update(update, bot_username="ClinicBot", staff_chat=app.loop.staff_chat)

        self._tasks["turn loop"] = asyncio.create_task(app.loop.run())
        self._tasks["dispatcher"] = asyncio.create_task(app.dispatcher.run())
        self._tasks["staff"] = asyncio.create_task(intake.look_around(int(Api.bot_id)))
        if outside.polls:
            self._poller = Poller(api, read, intake.take, clock=running.time, jitter=outside.rng.random)
            self._tasks["poller"] = asyncio.create_task(self._poller.run())
        else:
            self.webhook = Webhook(hook_at("https://clinic.invalid", "s" * 32))
            self.webhook.open(read, intake.take)

    async def ended(self) -> str:
        """Wait until something ends it: `killed`, `asked` to, `refused` (the token), or what is broken."""
        watched = [self._tasks[name] for name in ("turn loop", "dispatcher", "poller") if name in self._tasks]
        waits = [asyncio.create_task(event.wait()) for event in (self.died, self.asked)]
        await asyncio.wait({*watched, *waits}, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self.died.is_set():
            return "killed"
        if self.asked.is_set():
            return "asked"
        failures = [task.exception() for task in watched if task.done()]
        is_refused = all(failure is None or isinstance(failure, TokenRefused) for failure in failures)
        return "refused" if is_refused else f"broken: {failures}"

    async def take(self, update: Json) -> bool:
        """One call of the webhook; True for 200."""
        assert self.webhook is not None
        self.webhook._under_way += 1
        try:
            status = await self.webhook._taken(json.loads(json.dumps(update)))
            self.seam.at("confirm before")
        finally:
            self.webhook._under_way -= 1
        return status == 200

    async def stop(self) -> None:
        """As after SIGTERM: no more updates, their turns on disk, calls under way, their marks on disk."""
        assert self.app is not None
        if self.webhook is not None:
            self.webhook.close()
        if self._poller is not None:
            self._poller.stop()
            await asyncio.wait({self._tasks["poller"]}, timeout=STOP_SECONDS / 4)
        await self.app.dispatcher.stop(STOP_SECONDS / 2)
        self.app.loop.stop()
        await asyncio.wait({self._tasks["turn loop"]}, timeout=STOP_SECONDS)
        await self._drop()

    async def kill(self) -> None:
        """The files stay as they are at this moment: a copy of them, taken before anything is closed, goes on."""
        self.seam.is_dead = True
        outside = self.outside
        outside.copies += 1
        kept = outside.folder.parent / f"{outside.folder.name.partition('.')[0]}.{outside.copies}"
        kept.mkdir()
        for file in outside.folder.iterdir():
            if not file.name.endswith(("-shm", ".lock")):
                shutil.copyfile(file, kept / file.name)
        old, outside.folder = outside.folder, kept
        await self._drop()
        shutil.rmtree(old)

    async def _drop(self) -> None:
        mine = [
            task
            for task in asyncio.all_tasks() - self._before
            if task is not asyncio.current_task() and not task.get_name().startswith("outside")
        ]
        # In the order in which they were made: a set of tasks has none that another run would repeat.
        await _end(sorted(mine, key=lambda task: (len(task.get_name()), task.get_name())))
        if self._store is not None:
            await self._store.close()

    def _committed(self, batch: Batch, rows: list[OutboxRow] | Lost) -> None:
        assert not isinstance(rows, Lost), "there is no other process"
        running = asyncio.get_running_loop()
        self.outside.log.committed(running.time(), self.life, batch, rows)
        self.outside.committed(batch, rows)

    def _seam_the_keys(self, store: SQLiteStore) -> None:
        """An erasure writes to two files, one after the other: it may die between them."""
        erase = store._keys.erase

        async def seamed(contacts: Sequence[int], *args: Any) -> None:
            self.seam.at("erase before")
            self.outside.log.forgotten.update(contacts)
            await erase(contacts, *args)
            self.seam.at("erase after")

        store._keys.erase = seamed  # type: ignore[method-assign, assignment]


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Killed, Exception):
            await task
