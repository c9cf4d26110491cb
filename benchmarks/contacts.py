"""Many contacts: what a bot holds in memory after 100,000, and what an update costs among a million.

Beside it a database of 100, in turn, so that a busy machine hits both alike.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import uvloop
from pydantic import SecretStr

from benchmarks.clinic import NOW, PRESSES, SETTINGS, press, read_book, reading, walk
from benchmarks.measure import Effort, Figure, figure, held_megabytes, progress, time_await
from benchmarks.rivals.http import Json, Reply
from benchmarks.several.server import DURABLE
from benchmarks.telegram import Telegram, running_bot, user
from benchmarks.turns import Patients
from bot.app import ClinicApp, open_clinic
from bot.conversation.incoming import Incoming
from bot.delivery.limits import NO_LIMITS
from bot.engine.event import Started
from bot.engine.session import Person
from bot.ids import SessionId
from bot.operations.restore import import_database
from bot.settings import Settings
from bot.store.opening import open_sqlite
from bot.store.postgres_opening import migrate_postgres
from bot.store.protocol import Batch
from tests.postgres.cluster import Cluster, installed, make_cluster, run_as_postgres

KEY = bytes(range(32))
TEXT_KEY = base64.b64encode(KEY).decode()
FEW = 100
AT_ONCE = 32
FIRST_CHAT = 1_000_000
FILL = 1_000
NEWCOMERS_AT_ONCE = 64
SILENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A database: its name, and where one of so many contacts is."""

    name: str
    places: dict[int, str]


def measure_contacts(effort: Effort) -> list[Figure]:
    """Memory and cost, on SQLite and on PostgreSQL where it is installed."""
    with tempfile.TemporaryDirectory() as text, contextlib.ExitStack() as left:
        folder = Path(text)
        numbers = (FEW, effort.contacts)
        files = {number: folder / f"{number}.db" for number in (0, *numbers)}
        for number, path in files.items():
            if number:
                progress(f"{number:,} contacts")
            asyncio.run(fill(path, number))
        kinds = [Kind("SQLite", {number: f"sqlite:///{path}" for number, path in files.items()})]
        if (binaries := installed()) is not None:
            cluster = make_cluster(binaries, os.getpid(), DURABLE)
            left.callback(cluster.stop, "immediate")
            progress("the same in PostgreSQL")
            kinds.append(Kind("PostgreSQL", asyncio.run(_imported(cluster, files))))
        found = []
        for kind in kinds:
            progress(f"updates among many, on {kind.name}")
            found += asyncio.run(_costs(kind, numbers, effort))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            for kind in kinds:
                progress(f"{effort.newcomers:,} newcomers, on {kind.name}")
                found.append(runner.run(_memory(kind.name, kind.places[0], effort.newcomers)))
    return found


async def fill(path: Path, contacts: int) -> None:
    """A database with so many people, each in the middle of a consultation."""
    steps, _ = walk(read_book(), PRESSES, press)
    person = steps[3].person
    store = await open_sqlite(path, data_key=KEY, synchronous="OFF", now=NOW)
    try:
        await store.book_number(reading().digest, NOW)
        for first in range(0, contacts, FILL):
            batch = Batch(NOW)
            for place in range(first, min(first + FILL, contacts)):
                contact = await store.new_contact(FIRST_CHAT + place, NOW)
                batch.persons.append(_like(person, contact.id, contact.chat))
            await store.commit(batch)
    finally:
        await store.close()


def _like(person: Person, number: int, chat: int) -> Person:
    def of(session: str) -> SessionId:
        return SessionId(f"{number}-{session.partition('-')[2]}")

    contact = replace(person.contact, id=type(person.contact.id)(number), chat=chat)
    return replace(person, contact=contact, sessions=tuple(replace(one, id=of(one.id)) for one in person.sessions))


async def _imported(cluster: Cluster, files: dict[int, Path]) -> dict[int, str]:
    places = {}
    for number, path in files.items():
        name = f"of_{number}"
        run_as_postgres([f"{cluster.binaries}/createdb", "-h", "127.0.0.1", "-p", str(cluster.port), name])
        places[number] = cluster.url(name)
        await migrate_postgres(places[number], data_key=KEY, now=NOW)
        await import_database(_settings(places[number]), {}, str(path), NOW)
    return places


async def _costs(kind: Kind, numbers: Sequence[int], effort: Effort) -> list[Figure]:
    async with contextlib.AsyncExitStack() as opened:
        clinics = [await opened.enter_async_context(_clinic(kind.places[number])) for number in numbers]
        updates = count(1)
        taken: list[list[float]] = [[] for _ in numbers]
        choose = random.Random(7)
        for _ in range(effort.batches + 1):
            for place, number in enumerate(numbers):
                chats = choose.sample(range(number), AT_ONCE)
                taken[place].append(await _round(clinics[place], chats, updates) / AT_ONCE)
    words = f"one update of {AT_ONCE} in a commit: load, advance, encrypt, commit; each time of other people"
    rows = [
        figure(f"an update on {kind.name}: {number:,} contacts", "ms", values[1:], words)
        for number, values in zip(numbers, taken, strict=True)
    ]
    return [rows[0], replace(rows[1], beside=rows[0].name, ratio=rows[1].median / rows[0].median)]


def _settings(url: str) -> Settings:
    return SETTINGS.model_copy(update={"data_key": SecretStr(TEXT_KEY), "database_url": url})


@contextlib.asynccontextmanager
async def _clinic(url: str) -> AsyncIterator[ClinicApp]:
    clinic = await open_clinic(
        _settings(url),
        sender=Patients(1),
        now=lambda: NOW,
        staff_chat=-1,
        limits=NO_LIMITS,
        may_keep=False,
        reading=reading(),
    )
    try:
        yield clinic
    finally:
        await clinic.close()


async def _round(clinic: ClinicApp, chats: Sequence[int], updates: Iterable[int]) -> int:
    """Nanoseconds. They scan the code again, and get their question again: always the same work."""
    numbers = iter(updates)
    done = [
        clinic.loop.put(
            Incoming(FIRST_CHAT + chat, Started("poster"), next(numbers), FIRST_CHAT + chat, first_name="Maya")
        )
        for chat in chats
    ]
    taken = await time_await(clinic.loop.round)
    assert all(future.done() for future in done), "a batch was not taken in one round"
    await clinic.dispatcher.drain()
    await clinic.loop.settle()
    return taken


class Newcomers(Telegram):
    """So many people begin, a few at a time."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = iter(range(number))
        self.missing = number
        self.all_answered = asyncio.Event()
        self._answered: set[int] = set()

    def begin(self) -> None:
        """The next one, if there is one."""
        place = next(self.left, None)
        if place is not None:
            chat = 2 * FIRST_CHAT + place
            self.updates.put({"message": {**self.message(chat), "text": "/start poster", "from": user(chat)}})

    def take(self, method: str, chat: int, params: Json, reply: Reply) -> Json:
        message = super().take(method, chat, params, reply)
        if chat not in self._answered:
            self._answered.add(chat)
            self.missing -= 1
            self.begin()
            if not self.missing:
                self.all_answered.set()
        return message


async def _memory(name: str, url: str, newcomers: int) -> Figure:
    telegram = Newcomers(newcomers)
    for _ in range(NEWCOMERS_AT_ONCE):
        telegram.begin()
    # All else as shipped: a limit for each person is remembered for each person.
    async with running_bot(telegram, url, KEY, LIMIT_BULK_PER_SECOND="0") as process:
        left = newcomers + 1
        while not telegram.all_answered.is_set():
            if telegram.missing == left or process.returncode is not None:
                raise RuntimeError(f"{telegram.missing} of {newcomers} were not answered")
            left = telegram.missing
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENT_SECONDS):
                    await telegram.all_answered.wait()
        held = held_megabytes(process.pid)
    words = "the process that `run` is, once each of them has begun and has the first question"
    return Figure(f"memory on {name}: {newcomers:,} newcomers", "MB", held, held, held, 1, words)


def main(arguments: Sequence[str]) -> None:
    """`python -m benchmarks.contacts [how many [newcomers]]`: this part alone."""
    from benchmarks.measure import FULL

    numbers = [int(argument) for argument in arguments]
    effort = replace(FULL, **dict(zip(("contacts", "newcomers"), numbers, strict=False)))
    for row in measure_contacts(effort):
        ratio = "" if row.ratio is None else f", {row.ratio:.2f} ×"
        print(f"{row.name}: {row.median:.2f} {row.unit} ({row.low:.2f} to {row.high:.2f}{ratio}), {row.note}")


if __name__ == "__main__":
    main(sys.argv[1:])
