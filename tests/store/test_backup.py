"""Backups, tried by restoring them: on both databases, in all four directions, beside a bot that writes."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import DatabaseBroken, DatabaseBusy, KeyMissing, OperatorError
from bot.ids import ContactId
from bot.operations.backup import BackedUp, back_up
from bot.operations.restore import Restored, import_database, restore
from bot.settings import Settings
from bot.store.database_file import keys_path
from bot.store.opening import open_sqlite
from bot.store.postgres_opening import migrate_postgres, open_postgres
from bot.store.protocol import Batch, Counted, DeadLetter, DeskNote, Store
from bot.store.queries import SQL_FOLDER
from bot.store.tables import COPY_QUERIES, DATA, KEYS
from tests.postgres.database import apart
from tests.store.people import DATA_KEY, NOW, TODAY, a_row, a_timer, put_person, put_rows

KINDS = ("sqlite", "postgres")
LATER = NOW + timedelta(hours=1)
Url = Callable[[str], str]


@pytest.fixture
def url_of(request: pytest.FixtureRequest, tmp_path: Path) -> Url:
    made: list[str] = []

    def find(kind: str) -> str:
        if kind == "postgres":
            found: str = request.getfixturevalue("bare_postgres")
            if not made:
                apart(migrate_postgres(found, data_key=DATA_KEY, now=NOW))
                made.append(found)
            return found
        return f"sqlite:///{tmp_path / 'var' / 'clinic.db'}"

    return find


def settings(url: str, key: bytes = DATA_KEY) -> Settings:
    return Settings(database_url=url, data_key=SecretStr(key.hex()))


async def opened(url: str) -> Store:
    if url.startswith("sqlite"):
        return await open_sqlite(url.removeprefix("sqlite:///"), data_key=DATA_KEY)
    return await open_postgres(url, data_key=DATA_KEY)


async def filled(url: str) -> None:
    """Two people with all that a person can have, and what is nobody's."""
    store = await opened(url)
    for chat in (5001, 5002):
        contact = (await put_person(store, chat)).contact.id
        await put_rows(store, a_row(contact, 1, chat, "waits"), a_row(contact, 2, -100, "a card"))
        await store.commit(Batch(NOW, timers_set=[a_timer(contact, "remind/1")]))
        await store.commit(Batch(NOW, dead_letters=[DeadLetter(contact, NOW, "broken", "{}")]))
    nobody = ContactId(0)
    batch = Batch(NOW, update_ids=[77], rows=[a_row(nobody, 9, -100, "to all")])
    batch.counts = [Counted(TODAY, "started", "poster", 3)]
    batch.notes_put = [DeskNote("closed", "2026-12-24", "yes", None)]
    batch.chats_moved = [(-55, -66)]
    await store.commit(batch)
    await store.book_number("a digest", NOW)
    await store.close()


async def all_of(url: str) -> dict[str, object]:
    """Everything that a store can tell."""
    store = await opened(url)
    try:
        persons = await store.persons_of_chats([5001, 5002])
        return {
            "persons": persons,
            "exports": {chat: await store.export(each.contact.id) for chat, each in persons.items()},
            "unsent": await store.waiting_rows(),
            "timers": await store.due_timers(NOW + timedelta(days=9), 99),
            "seen": await store.seen([77, 78]),
            "counts": await store.counters(TODAY, TODAY),
            "notes": await store.desk_notes("closed"),
            "moved": await store.present_chat(-55),
            "book": await store.number_of_book("a digest"),
            "alerts": await store.open_alerts(9),
            "letters": await store.dead_letters(),
        }
    finally:
        await store.close()


async def backed_up(url: str, folder: Path, now: object = None) -> BackedUp:
    return await back_up(settings(url), {}, folder, LATER if now is None else NOW)


async def restored(url: str, file: Path, *, keys: Path | None = None, replace: bool = False) -> Restored:
    return await restore(settings(url), {}, file, LATER, keys=keys, replace=replace)


async def forget(url: str, chat: int, farewell: str = "") -> None:
    store = await opened(url)
    contact = (await store.persons_of_chats([chat]))[chat].contact.id
    await store.commit(Batch(NOW, erase=[(contact, farewell)]))
    await store.close()


def gone(path: Path) -> None:
    for file in path.parent.glob("*.db*"):
        file.unlink()


@pytest.mark.parametrize("source", KINDS)
@pytest.mark.parametrize("target", KINDS)
async def test_what_was_backed_up_is_restored_whole(
    url_of: Url, source: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await filled(url_of(source))
    before = await all_of(url_of(source))
    done = await backed_up(url_of(source), tmp_path / "backups")
    assert (done.verified.people, done.verified.forgotten) == (2, 0)
    url = url_of(target)
    if source == target == "postgres":
        url = request.getfixturevalue("empty_postgres")
    elif source == target:
        gone(tmp_path / "var" / "clinic.db")
    found = await restored(url, done.data, keys=done.keys)
    assert (found.verified.people, found.aside) == (2, None)
    assert await all_of(url) == before
    store = await opened(url)
    fresh = await store.new_contact(1, NOW)
    assert fresh.id > 2, "a number was given out twice"
    (row,) = await put_rows(store, a_row(ContactId(1), 3, 5001))
    assert row.id == 6
    await store.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_the_forgotten_stay_forgotten(url_of: Url, kind: str, tmp_path: Path) -> None:
    url, folder = url_of(kind), tmp_path / "backups"
    await filled(url)
    await forget(
        url, 5002, "Bye."
    )  # its farewell is unsent in the backup, and its key is gone when it is restored
    store = await opened(url)
    await put_person(store, 5003)
    await store.close()
    old = await backed_up(url, folder)
    before = await all_of(url)
    await forget(url, 5003)
    store = await opened(url)
    await store.purge(NOW + timedelta(days=2))
    await store.close()
    await backed_up(url, folder, NOW)
    with pytest.raises(OperatorError, match="holds 1 person"):
        await restored(url, old.data)
    found = await restored(url, old.data, replace=True)
    assert (found.verified.people, found.verified.forgotten) == (1, 1)
    assert found.aside is not None
    store = await opened(url)
    assert set(await store.persons_of_chats([5001, 5002, 5003])) == {5001}
    after = await store.waiting_rows()
    assert [row.id for row in after] == [row.id for row in before["unsent"] if row.contact in {0, 1}][:3]  # type: ignore[attr-defined]
    await store.close()


async def test_those_forgotten_after_the_last_backup_stay_so_where_their_keys_are_known_to_be_gone(
    tmp_path: Path, url_of: Url
) -> None:
    url = url_of("sqlite")
    await filled(url)
    old = await backed_up(url, tmp_path / "backups")
    await forget(url, 5002)
    found = await restored(url, old.data, replace=True)
    assert (found.verified.people, found.verified.forgotten) == (1, 1)
    back = await restored(url, Path(str(found.aside)), replace=True)  # what is kept aside opens with the same keys
    assert back.verified.people == 1


async def test_a_backup_beside_a_writer_is_one_instant_of_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "clinic.db"
    path.parent.mkdir()
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.writer", str(path), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout is not None
    url = f"sqlite:///{path}"
    try:
        while (await writer.stdout.readline()).strip() != b"9":
            pass
        done = await backed_up(url, tmp_path / "backups")
        with pytest.raises(DatabaseBusy, match=f"process {writer.pid}"):
            await restored(url, done.data, replace=True)
    finally:
        writer.kill()
        await writer.wait()
    gone(path)
    await restored(url, done.data)
    store = await opened(url)
    persons = await store.persons_of_chats([1, 2, 3])
    last = {max(each.sessions[0].answers, key=lambda key: int(key.rpartition(".")[2] if key[0] == "u" else 0))
            for each in persons.values()}  # fmt: skip
    assert len(persons) == 3
    assert len(last) == 1
    assert int(last.pop().rpartition(".")[2]) >= 9
    await store.close()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9000])


async def test_what_cant_be_restored_changes_nothing(tmp_path: Path, url_of: Url) -> None:
    url, path = url_of("sqlite"), tmp_path / "var" / "clinic.db"
    await filled(url)
    done = await backed_up(url, tmp_path / "backups")
    before = await all_of(url)
    files = {each.name: each.read_bytes() for each in path.parent.glob("*.db")}
    other = tmp_path / "other" / "clinic.db"
    await filled(f"sqlite:///{other}")
    bad = tmp_path / "bad.db"
    shutil.copy(done.data, bad)
    cut(bad)
    with pytest.raises(DatabaseBroken, match=r"damaged"):
        await restored(url, bad, keys=done.keys, replace=True)
    with pytest.raises(KeyMissing, match="does not open"):
        await restored(url, done.data, keys=keys_path(other), replace=True)
    with pytest.raises(KeyMissing, match="another DATA_KEY"):
        await restore(settings(url, bytes(32)), {}, done.data, LATER, replace=True)
    with pytest.raises(OperatorError, match="no backup at"):
        await restored(url, tmp_path / "nowhere.db", replace=True)
    shutil.copy(done.data, tmp_path / "alone.db")
    with pytest.raises(OperatorError, match="newest keys with --keys"):
        await restored(url, tmp_path / "alone.db", replace=True)
    bad.write_text("no database " * 99)
    with pytest.raises(DatabaseBroken, match="no SQLite database"):
        await restored(url, bad, keys=done.keys, replace=True)
    assert {each.name: each.read_bytes() for each in path.parent.glob("*.db")} == files
    assert not list(path.parent.glob(".restoring-*"))
    assert await all_of(url) == before


async def test_a_damaged_database_is_not_backed_up_over_the_last_good_one(tmp_path: Path, url_of: Url) -> None:
    url, path, folder = url_of("sqlite"), tmp_path / "var" / "clinic.db", tmp_path / "backups"
    await filled(url)
    good = await backed_up(url, folder)
    files = {each.name: each.read_bytes() for each in folder.glob("*.db")}
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.glob("*.db")} == dict.fromkeys(
        files, 0o600
    )
    with pytest.raises(KeyMissing, match=r"var/clinic\.db was written with another DATA_KEY"):
        await back_up(settings(url, bytes(32)), {}, folder, NOW)
    cut(path)
    with pytest.raises(DatabaseBroken, match="damaged"):
        await backed_up(url, folder, NOW)
    gone(path)
    await filled(url)  # somebody has started anew: these keys must not replace those of the backups
    with pytest.raises(OperatorError, match="keys of another database"):
        await backed_up(url, folder, NOW)
    assert {each.name: each.read_bytes() for each in folder.glob("*.db")} == files
    cut(path)
    found = await restored(url, good.data, replace=True)
    assert found.verified.people == 2
    assert (await all_of(url))["seen"] == {77}


async def test_a_backup_that_is_killed_leaves_the_last_one_and_the_next_cleans_up(
    tmp_path: Path, url_of: Url
) -> None:
    url, folder = url_of("sqlite"), tmp_path / "backups"
    await filled(url)
    await backed_up(url, folder)
    (folder / "clinic-2026-07-01T09-30-00Z.db.partial").write_text("half of it")
    done = await backed_up(url, folder, NOW)
    assert done.data.name == "clinic-2026-07-01T09-30-00Z.db"
    assert sorted(each.name for each in folder.iterdir() if each.suffix != "") == [
        "clinic-2026-07-01T09-30-00Z.db", "clinic-2026-07-01T10-30-00Z.db", "clinic.keys.db"
    ]  # fmt: skip


async def test_old_versions_are_backed_up_and_restored(tmp_path: Path, url_of: Url) -> None:
    url, path = url_of("sqlite"), tmp_path / "var" / "clinic.db"
    await filled(url)
    with closing(sqlite3.connect(path)) as connection:  # as it was before staff could set anything
        connection.executescript("drop table desk_notes; delete from migrations where number >= 3;")
    done = await backed_up(url, tmp_path / "backups")
    gone(path)
    await restored(url, done.data)
    found = await all_of(url)
    assert found["notes"] == []
    assert len(found["persons"]) == 2  # type: ignore[arg-type]


async def test_import_is_all_or_nothing_and_refuses_people(
    tmp_path: Path, url_of: Url, bare_postgres: str
) -> None:
    url, path = url_of("sqlite"), tmp_path / "var" / "clinic.db"
    await filled(url)
    before = await all_of(url)
    store = await opened(url)
    with pytest.raises(DatabaseBusy):
        await import_database(settings(bare_postgres), {}, str(path), LATER)
    await store.close()
    with pytest.raises(KeyMissing, match="another DATA_KEY"):
        await import_database(settings(bare_postgres, bytes(32)), {}, str(path), LATER)
    with pytest.raises(OperatorError, match="must name PostgreSQL"):
        await import_database(settings(url), {}, str(path), LATER)
    with pytest.raises(OperatorError, match="no database at"):
        await import_database(settings(bare_postgres), {}, str(tmp_path / "nowhere.db"), LATER)
    done = await import_database(settings(bare_postgres), {}, url, LATER)
    assert done.verified.people == 2
    assert await all_of(bare_postgres) == before == await all_of(url)
    with pytest.raises(OperatorError, match=r"holds 2 people\. Nothing was changed"):
        await import_database(settings(bare_postgres), {}, url, LATER)
    running = await open_postgres(bare_postgres, data_key=DATA_KEY)
    with pytest.raises(DatabaseBusy, match="Stop all its processes"):
        await import_database(settings(bare_postgres), {}, url, LATER)
    await running.close()


async def test_places_that_cant_be_used_are_told(tmp_path: Path, url_of: Url) -> None:
    url = url_of("sqlite")
    with pytest.raises(OperatorError, match="no database at"):
        await backed_up(url, tmp_path / "backups")
    await filled(url)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OperatorError, match=r"file.* can't be used"):
        await backed_up(url, tmp_path / "file" / "deep")
    nobody = "postgresql://clinic:geheim@127.0.0.1:1/clinic"
    with pytest.raises(OperatorError, match="can't be reached") as error:
        await backed_up(nobody, tmp_path / "backups")
    assert "geheim" not in str(error.value)
    with pytest.raises(OperatorError, match="can't be reached"):
        await import_database(settings(nobody), {}, url, LATER)


def test_every_table_is_carried_with_every_column() -> None:
    connection = sqlite3.connect(":memory:")
    for schema, tables in (("schema.sql", DATA), ("key_schema.sql", KEYS)):
        connection.executescript((SQL_FOLDER / schema).read_text("utf-8"))
        names = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
        assert {name for name in names if not name.startswith("sqlite_")} - {"migrations"} == set(tables)
        for table in tables:
            columns = [row[1] for row in connection.execute(f"pragma table_info({table})")]
            assert [each[0] for each in connection.execute(COPY_QUERIES[f"read_{table}"]).description] == columns
            written = re.fullmatch(
                r"insert into (\w+) \((.*)\) values \(([?, ]+)\)", COPY_QUERIES[f"write_{table}"]
            )
            assert written
            assert (written[1], written[2].split(", ")) == (table, columns)
            assert written[3].count("?") == len(columns)
        counted = {
            row[0] for row in connection.execute(COPY_QUERIES["count_data" if tables is DATA else "count_keys"])
        }
        assert counted == set(tables) - {"counters"}  # PostgreSQL has a row of these for each process
        for name in names - {each for each in names if each.startswith("sqlite_")}:
            connection.execute(f"drop table {name}")
    connection.close()
