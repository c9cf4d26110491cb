"""Connections that break: nothing is written in part, and everything goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from bot.store import postgres_connection
from bot.store.postgres import PostgresStore
from bot.store.postgres_connection import PostgresConnection
from bot.store.postgres_failures import mapped
from bot.store.postgres_opening import open_postgres
from bot.store.protocol import Batch, DatabaseAway, Timer
from tests.store.people import DATA_KEY, NOW, a_row, put_person

CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""


@pytest.fixture
async def store(empty_postgres: str) -> AsyncIterator[PostgresStore]:
    opened = await open_postgres(empty_postgres, data_key=DATA_KEY)
    yield opened
    await opened.close()


@pytest.fixture
async def admin(empty_postgres: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(empty_postgres)
    yield connection
    await connection.close()


async def test_a_lost_connection_is_made_again(
    store: PostgresStore, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    person = await put_person(store)
    for _ in range(3):
        await admin.fetch(CUT)
        for _ in range(2):
            try:
                assert await store.persons([person.contact.id]) == {person.contact.id: person}
                break
            except DatabaseAway:  # PostgreSQL's farewell may not have been read yet
                continue
        else:
            pytest.fail("it did not come back")


async def test_a_connection_cut_in_a_commit_writes_nothing(
    store: PostgresStore, admin: asyncpg.Connection[asyncpg.Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await put_person(store)
    batch = Batch(
        NOW,
        update_ids=[1],
        persons=[replace(person, front=None)],
        rows=[a_row(person.contact.id, 1, 5001)],
        erase=[((await put_person(store, 5002)).contact.id, "Bye.")],
    )
    write_many, count = store._writer.write_many, 0

    async def breaks(query: str, rows: object) -> None:
        nonlocal count
        count += 1
        if count == place:
            assert store._writer._raw is not None
            await admin.fetch("select pg_terminate_backend($1)", store._writer._raw.get_server_pid())
        await write_many(query, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(store._writer, "write_many", breaks)
    for place in range(1, 7):
        count = 0
        with pytest.raises(DatabaseAway):
            await store.commit(batch)
        assert count >= place
    place = 0
    assert await store.seen([1]) == set()
    assert (await store.persons([person.contact.id]))[person.contact.id] == person
    assert len(await store.commit(batch)) == 2  # type: ignore[arg-type]


async def test_a_cancelled_commit_is_whole_or_nothing(store: PostgresStore) -> None:
    person = await put_person(store)
    version, number = 1, 1
    for steps in range(0, 40, 3):
        batch = Batch(
            NOW,
            update_ids=[number],
            persons=[replace(person, front=None if number % 2 else person.front, version=version)],
            rows=[a_row(person.contact.id, number, 5001)],
        )
        task = asyncio.create_task(store.commit(batch))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        held = (await store.persons([person.contact.id]))[person.contact.id]
        is_written = held.version == version + 1
        assert await store.seen([number]) == ({number} if is_written else set())
        assert (number in {row.number for row in await store.waiting_rows()}) == is_written
        version, number = held.version, number + 1


async def test_a_server_that_says_nothing_is_away(migrated_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_connection, "ANSWER_SECONDS", 0.1)
    connection = PostgresConnection(migrated_postgres)
    with pytest.raises(DatabaseAway, match="no answer in time"):
        await connection.run("select pg_sleep(20)")
    assert await connection.read("has_schema", ("skin_clinic",)) == [(True,)]
    await connection.close()
    with pytest.raises(DatabaseAway, match="closed"):
        await connection.read("server")
    await connection.close()


async def test_nobody_there(cluster: object) -> None:
    connection = PostgresConnection("postgresql://me:secret-word@127.0.0.1:9/clinic")
    with pytest.raises(DatabaseAway, match=r"127\.0\.0\.1") as caught:
        await connection.read("server")
    assert "secret-word" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DiskFullError("disk full"),
        asyncpg.TooManyConnectionsError("too many"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.ReadOnlySQLTransactionError("a standby"),
        asyncpg.DeadlockDetectedError("a circle"),
        asyncpg.AdminShutdownError("shutting down"),
        asyncpg.InvalidPasswordError("wrong"),
        ConnectionResetError(),
        EOFError(),
    ],
)
def test_what_may_pass_is_an_outage(error: Exception) -> None:
    with pytest.raises(DatabaseAway, match=r"db/clinic: ."), mapped("db/clinic"):
        raise error


@pytest.mark.parametrize("odd", ["a\0b", "\ud83d"])
async def test_a_name_that_can_not_be_written_is_no_outage(store: PostgresStore, odd: str) -> None:
    """Names are ours and hold nothing odd. Were one to, its item alone would become a dead letter."""
    person = await put_person(store)
    batch = Batch(NOW, update_ids=[1], timers_set=[Timer(person.contact.id, odd, "remind", NOW, 60)])
    with pytest.raises(asyncpg.DataError):
        await store.commit(batch)
    assert await store.seen([1]) == set()
    assert await store.commit(Batch(NOW, update_ids=[1])) == []
