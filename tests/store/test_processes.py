"""With a second real process: the lock, SIGKILL in the middle of commits, and reading beside a writer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.errors import DatabaseBusy
from bot.store.opening import open_read_only, open_sqlite
from bot.store.sqlite import SQLiteStore
from tests.store.people import DATA_KEY, put_person
from tests.store.writer import CHATS

Process = asyncio.subprocess.Process
Writer = Callable[[], Awaitable[Process]]


@pytest.fixture
async def start_writer(path: Path) -> AsyncIterator[Writer]:
    started: list[Process] = []

    async def start() -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.store.writer", str(path), stdout=asyncio.subprocess.PIPE
        )
        started.append(process)
        assert await next_word(process) == "open"
        return process

    yield start
    for process in started:
        if process.returncode is None:
            await kill(process)


async def next_word(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def kill(process: Process) -> list[str]:
    """SIGKILL; what it had still said comes back."""
    process.kill()
    assert process.stdout is not None
    rest = (await process.stdout.read()).decode()
    await process.wait()
    return [word for word in rest.split("\n")[:-1] if word]


async def test_a_second_process_is_told_who_holds_the_database(path: Path, start_writer: Writer) -> None:
    process = await start_writer()
    with pytest.raises(DatabaseBusy, match=rf"process {process.pid} \(.*writer.*\)\. Stop that first"):
        await open_sqlite(path, data_key=DATA_KEY)
    await kill(process)
    store = await open_sqlite(path, data_key=DATA_KEY)  # the lock went with the process
    assert set(await store.persons_of_chats(CHATS)) == set(CHATS)
    await store.close()


async def test_a_second_store_of_the_same_process_is_refused(store: SQLiteStore, path: Path) -> None:
    with pytest.raises(DatabaseBusy, match=str(os.getpid())):
        await open_sqlite(path, data_key=DATA_KEY)


async def test_the_lock_is_let_go_on_closing(path: Path) -> None:
    for _ in range(2):
        store = await open_sqlite(path, data_key=DATA_KEY)
        await store.close()
        await store.close()
    assert (path.parent / "clinic.db-lock").read_bytes() == b""


async def test_reports_read_beside_the_writer(store: SQLiteStore, path: Path) -> None:
    person = await put_person(store)
    reader = await open_read_only(path, data_key=DATA_KEY)
    assert await reader.persons([person.contact.id]) == {person.contact.id: person}
    assert await reader.export(person.contact.id) == await store.export(person.contact.id)
    await put_person(store, 6001)
    assert len(await reader.persons_of_chats([5001, 6001])) == 2
    await reader.close()


@pytest.mark.slow
@pytest.mark.chaos
async def test_nothing_confirmed_is_lost_when_the_process_is_killed(path: Path, start_writer: Writer) -> None:
    confirmed = 0
    for kill_after in (1, 7, 2, 12, 4):
        process = await start_writer()
        words = [await next_word(process) for _ in range(kill_after)]
        words += await kill(process)  # wherever it stands: mostly in a commit, for it does little else
        confirmed = int(words[-1])
        store = await open_sqlite(path, data_key=DATA_KEY)
        persons = await store.persons_of_chats(CHATS)
        written = {len(person.sessions[0].answers) for person in persons.values()}
        assert len(written) == 1, "a batch was written in part"
        last = written.pop()
        assert last in (confirmed, confirmed + 1)
        assert await store.seen(range(2, last + 2)) == set(range(2, last + 1))
        assert len(await store.waiting_rows()) == len(CHATS) * (last - 1)
        await store.close()
    assert confirmed >= 26
