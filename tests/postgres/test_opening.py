"""What is refused, with what to do about it; and migrating."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import DatabaseBroken, DatabaseBusy, KeyMissing, NotMigrated, OperatorError
from bot.store import postgres_opening
from bot.store.encryption import new_key
from bot.store.postgres_connection import PostgresConnection, place_of
from bot.store.postgres_migrations import KEYS, MAIN, Applied, applied, migrate_schema, read_scripts
from bot.store.postgres_opening import migrate_postgres, open_postgres
from tests.postgres.cluster import Cluster
from tests.postgres.database import dropped, execute
from tests.store.people import DATA_KEY, put_person


async def refused(url: str, error: type[Exception], match: str, *, data_key: bytes = DATA_KEY) -> None:
    with pytest.raises(error, match=match) as caught:
        await open_postgres(url, data_key=data_key, wait_seconds=0)
    assert "secret-word" not in str(caught.value)


async def test_an_empty_database_asks_for_migrate_which_may_run_twice(bare_postgres: str) -> None:
    await refused(bare_postgres, NotMigrated, r"is empty\. Run: python -m bot migrate")
    for _ in range(2):
        await migrate_postgres(bare_postgres, data_key=DATA_KEY)
    store = await open_postgres(bare_postgres, data_key=DATA_KEY)
    person = await put_person(store)
    await store.close()
    await migrate_postgres(bare_postgres, data_key=DATA_KEY)
    store = await open_postgres(bare_postgres, data_key=DATA_KEY)
    assert (await store.persons([person.contact.id])) == {person.contact.id: person}
    await store.close()


async def test_an_old_schema_and_a_newer_one(empty_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = read_scripts

    def one_more(folder: Path) -> object:
        return (*scripts(folder), scripts(folder)[-1])

    with monkeypatch.context() as later:
        later.setattr(postgres_opening, "read_scripts", one_more)
        await refused(empty_postgres, NotMigrated, r"older version\. Run: python -m bot migrate")
    newest = len(scripts(MAIN.folder))
    record = "insert into skin_clinic.migrations values ({}, 'later', 0, {})"
    try:
        execute(empty_postgres, record.format(newest + 1, newest))
        await (await open_postgres(empty_postgres, data_key=DATA_KEY)).close()  # it still serves this program
        with pytest.raises(NotMigrated, match="newer version"):
            await migrate_postgres(empty_postgres, data_key=DATA_KEY)
        execute(empty_postgres, record.format(newest + 2, newest + 1))
        await refused(empty_postgres, NotMigrated, "newer version")
    finally:
        execute(empty_postgres, f"delete from skin_clinic.migrations where number > {newest}")


async def test_another_key(empty_postgres: str) -> None:
    await refused(empty_postgres, KeyMissing, "another DATA_KEY", data_key=new_key())
    with pytest.raises(KeyMissing, match="another DATA_KEY"):
        await migrate_postgres(empty_postgres, data_key=new_key())
    await (await open_postgres(empty_postgres, data_key=DATA_KEY)).close()


async def test_keys_older_than_the_data(empty_postgres: str) -> None:
    store = await open_postgres(empty_postgres, data_key=DATA_KEY)
    for chat in range(3):
        await put_person(store, chat)
    await store.close()
    execute(empty_postgres, "select setval('skin_clinic_keys.contact_numbers', 1)")
    await refused(empty_postgres, KeyMissing, "older than the data")


async def test_another_programs_schema_is_left_alone(bare_postgres: str) -> None:
    execute(bare_postgres, "create schema skin_clinic; create table skin_clinic.of_others (a integer)")
    await refused(bare_postgres, DatabaseBroken, "of another program")
    with pytest.raises(DatabaseBroken, match="of another program"):
        await migrate_postgres(bare_postgres, data_key=DATA_KEY)


async def test_a_schema_made_by_the_databases_owner_is_taken(bare_postgres: str) -> None:
    execute(bare_postgres, "create schema skin_clinic; create schema skin_clinic_keys")
    await migrate_postgres(bare_postgres, data_key=DATA_KEY)
    await (await open_postgres(bare_postgres, data_key=DATA_KEY)).close()


async def test_one_migrates_at_a_time(empty_postgres: str) -> None:
    other = PostgresConnection(empty_postgres)
    await other.read("lock_migrating")
    with pytest.raises(DatabaseBusy, match="Another process is migrating"):
        await migrate_postgres(empty_postgres, data_key=DATA_KEY)
    await other.close()
    await migrate_postgres(empty_postgres, data_key=DATA_KEY)


async def test_a_migration_that_fails_leaves_nothing(bare_postgres: str, tmp_path: Path) -> None:
    schema = MAIN.__class__(MAIN.name, tmp_path, MAIN.make, MAIN.newest, MAIN.record)
    (tmp_path / "0001_first.sql").write_text((MAIN.folder / "0001_first.sql").read_text("utf-8"))
    (tmp_path / "0002_more.sql").write_text(
        "-- serves programs from schema 2 on\ncreate table skin_clinic.half (a integer); select 1 / 0;"
    )
    connection = PostgresConnection(bare_postgres)
    with pytest.raises(Exception, match="division by zero"):
        await migrate_schema(connection, schema, 5)
    assert await applied(connection, schema) == Applied(1, 1)
    assert await connection.read("has_table", ("skin_clinic.half",)) == [(False,)]
    await connection.close()


def test_every_migration_says_whom_it_serves(tmp_path: Path) -> None:
    for schema in (MAIN, KEYS):
        assert read_scripts(schema.folder)
    for wrong in ("create table a (b integer);", "-- serves programs from schema 2 on\n"):
        (tmp_path / "0001_first.sql").write_text(wrong)
        with pytest.raises(ValueError, match="must begin with"):
            read_scripts(tmp_path)


async def test_servers_that_do_not_suit(cluster: Cluster) -> None:
    execute(cluster.url("postgres"), "create database latin encoding 'LATIN1' template template0")
    await refused(cluster.url("latin"), DatabaseBroken, "LATIN1.*UTF8")
    dropped(cluster, "latin")
    await refused(cluster.url("nowhere"), OperatorError, "refuses us.*nowhere")
    await refused("postgresql://me:secret-word@127.0.0.1:9/clinic", OperatorError, "can't be reached.*127.0.0.1:9")
    await refused("postgresql://me:secret-word@host:port/clinic", OperatorError, "can't be read")


async def test_a_start_waits_for_a_server_that_is_starting(
    empty_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, failures = PostgresConnection._connected, [2]

    async def late(self: PostgresConnection) -> object:
        if failures[0]:
            failures[0] -= 1
            raise ConnectionRefusedError("not yet")
        return await connect(self)

    monkeypatch.setattr(PostgresConnection, "_connected", late)
    monkeypatch.setattr(postgres_opening, "_PAUSE_SECONDS", 0)
    store = await asyncio.wait_for(open_postgres(empty_postgres, data_key=DATA_KEY), 20)
    assert failures == [0]
    await store.close()


async def test_an_ordinary_user_needs_rights(bare_postgres: str, cluster: Cluster) -> None:
    execute(cluster.url("postgres"), "create role plain login")
    with pytest.raises(OperatorError, match=r"permission denied.*migrate"):
        await migrate_postgres(bare_postgres.replace("postgres@", "plain@"), data_key=DATA_KEY)
    execute(cluster.url("postgres"), "drop role plain")


def test_the_place_names_no_user() -> None:
    assert place_of("postgresql://me:secret-word@db:5433/clinic?sslmode=require") == "db:5433/clinic"
    assert place_of("postgresql:///clinic?host=/var/run/postgresql") == "/var/run/postgresql/clinic"
    assert place_of("postgresql:///clinic") == "localhost/clinic"
