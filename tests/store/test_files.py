"""Files that can't be used are told by what is wrong with them, and stay as they are."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import DatabaseBroken, DatabaseBusy, KeyMissing, OperatorError
from bot.store.connection import Connection
from bot.store.database_file import MAIN_APPLICATION_ID, create, keys_path
from bot.store.encryption import new_key
from bot.store.opening import open_read_only, open_sqlite
from bot.store.protocol import Batch, DatabaseAway, DeadLetter
from bot.store.sqlite import SQLiteStore
from tests.store.people import DATA_KEY, NOW, a_person, a_row, put_person, put_rows, written


async def make(path: Path, *, people: int = 1) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    for chat in range(people):
        await put_person(store, 5000 + chat)
    await store.close()


def content(path: Path) -> bytes:
    return path.read_bytes()


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()


def make_text(path: Path) -> None:
    path.write_text("No database at all, only a long enough text that somebody put here. " * 9)


def make_short(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def make_foreign(path: Path) -> None:
    change(path, "create table notes (text text)")


def garble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(4096, len(data), 4096):  # the head of every page but the first
        data[place : place + 64] = b"\xa5" * 64
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 5 * 4096])


def make_newer(path: Path) -> None:
    change(path, "insert into migrations values (99, 'of_the_future', 0)")


@pytest.mark.parametrize(
    ("harm", "is_ours", "message"),
    [
        (make_text, False, "no SQLite database"),
        (make_short, False, "no SQLite database"),
        (make_foreign, False, "another program"),
        (garble, True, "damaged"),
        (cut, True, "damaged"),
        (make_newer, True, "newer version"),
    ],
)
@pytest.mark.parametrize("which", ["data", "keys"])
async def test_a_file_that_cant_be_used_is_left_as_it_is(
    path: Path, harm: Callable[[Path], None], is_ours: bool, message: str, which: str
) -> None:
    file = path if which == "data" else keys_path(path)
    await make(path)
    if not is_ours:
        file.unlink()
    harm(file)
    before = file.read_bytes()
    for opener in (open_sqlite, open_read_only):
        with pytest.raises(DatabaseBroken, match=message):
            await opener(path, data_key=DATA_KEY)
    assert file.read_bytes() == before


async def test_another_data_key_is_told_at_once(path: Path) -> None:
    await make(path)
    before = content(path)
    for opener in (open_sqlite, open_read_only):
        with pytest.raises(KeyMissing, match="another DATA_KEY"):
            await opener(path, data_key=new_key())
    assert content(path) == before


async def test_another_data_key_will_do_while_nobody_is_there(path: Path) -> None:
    await make(path, people=0)
    other = new_key()
    store = await open_sqlite(path, data_key=other)
    person = await put_person(store)
    await store.close()
    store = await open_sqlite(path, data_key=other)
    assert person.contact.id in await store.persons([person.contact.id])
    await store.close()


async def test_what_is_nobodys_needs_its_key_too(path: Path) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    await store.commit(Batch(NOW, dead_letters=[DeadLetter(None, NOW, "x", "y")]))
    await store.close()
    with pytest.raises(KeyMissing):
        await open_sqlite(path, data_key=new_key())


async def test_a_missing_keys_file_is_told_and_nobody_is_cleared_away(path: Path) -> None:
    await make(path)
    kept = keys_path(path).rename(path.parent / "kept")
    for opener in (open_sqlite, open_read_only):
        with pytest.raises(KeyMissing, match=r"clinic\.keys\.db is missing"):
            await opener(path, data_key=DATA_KEY)
    assert not keys_path(path).exists()
    kept.rename(keys_path(path))
    store = await open_sqlite(path, data_key=DATA_KEY)
    assert len(await store.persons_of_chats([5000])) == 1
    await store.close()


async def test_an_older_copy_of_the_keys_is_told_and_nobody_is_cleared_away(path: Path) -> None:
    await make(path)
    old = keys_path(path).read_bytes()
    store = await open_sqlite(path, data_key=DATA_KEY)
    await put_person(store, 7000)
    await store.close()
    keys_path(path).write_bytes(old)
    with pytest.raises(KeyMissing, match="older than the database"):
        await open_sqlite(path, data_key=DATA_KEY)


async def test_keys_of_another_database_are_told(path: Path, tmp_path: Path) -> None:
    await make(path)
    other = tmp_path / "other.db"
    store = await open_sqlite(other, data_key=new_key())
    await put_person(store)
    await store.close()
    keys_path(path).write_bytes(keys_path(other).read_bytes())
    with pytest.raises(KeyMissing, match=r"clinic\.keys\.db was written with another DATA_KEY"):
        await open_sqlite(path, data_key=DATA_KEY)


async def test_the_stores_own_key_can_not_be_lost_unseen(path: Path) -> None:
    await make(path)
    change(keys_path(path), "delete from contact_keys where contact = 0")
    reader = await open_read_only(path, data_key=DATA_KEY)
    with pytest.raises(KeyMissing, match="own key"):
        await reader._keys.own()
    await reader.close()


async def test_reading_needs_a_database_of_the_present_version(path: Path) -> None:
    with pytest.raises(DatabaseBroken, match="no database at"):
        await open_read_only(path, data_key=DATA_KEY)
    await make(path)
    change(path, "delete from migrations")
    with pytest.raises(DatabaseBroken, match="migrate"):
        await open_read_only(path, data_key=DATA_KEY)


async def test_reading_can_not_write(path: Path) -> None:
    await make(path)
    reader = await open_read_only(path, data_key=DATA_KEY)
    with pytest.raises(DatabaseAway):
        await reader._main.write("insert_book", ("x", 0))
    await reader.close()


async def test_folders_are_made_and_files_are_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "clinic.db"
    await make(path)
    assert modes(path.parent) == {"clinic.db": 0o600, "clinic.keys.db": 0o600, "clinic.db-lock": 0o600}


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_a_place_that_can_not_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OperatorError, match="another DATABASE_URL"):
        await open_sqlite(tmp_path / "file" / "clinic.db", data_key=DATA_KEY)
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(OperatorError, match=r"folder\.db"):
        await open_sqlite(tmp_path / "folder.db", data_key=DATA_KEY)
    (tmp_path / "clinic.keys.db").mkdir()
    with pytest.raises(OperatorError, match=r"clinic\.keys\.db"):
        await open_sqlite(tmp_path / "clinic.db", data_key=DATA_KEY)


async def test_a_program_that_knows_no_lock_file_is_told_apart(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make(path)
    change(path, "delete from migrations")  # so that there is something to write at the opening
    change(path, "drop table books")
    monkeypatch.setattr("bot.store.connection.BUSY_SECONDS", 0.0)
    browser = sqlite3.connect(path, isolation_level=None)
    browser.execute("begin immediate")
    with pytest.raises(DatabaseBusy, match="database browser"):
        await open_sqlite(path, data_key=DATA_KEY)
    browser.close()


async def test_a_full_disk_takes_nothing_and_gives_nothing_away(store: SQLiteStore) -> None:
    person = await put_person(store)
    contact = person.contact.id
    ((pages,),) = await store._main.run("pragma page_count")
    await store._main.run(f"pragma max_page_count = {pages}")
    fresh = await store.new_contact(9, NOW)
    batch = Batch(NOW, update_ids=[5], persons=[a_person(fresh)])
    batch.rows = [a_row(contact, number, 5001, "long " * 700) for number in range(1, 9)]
    with pytest.raises(DatabaseAway, match="full"):
        await store.commit(batch)
    assert await store.seen([5]) == set()
    assert await store.persons([contact, fresh.id]) == {contact: person}
    assert await store.waiting_rows() == []
    batch.erase = [(contact, "Bye.")]
    batch.rows = [a_row(fresh.id, number, 9, "long " * 700) for number in range(1, 9)]
    with pytest.raises(DatabaseAway, match="full"):
        await store.commit(batch)
    assert await store.persons([contact]) == {contact: person}, "an erasure that failed took the key"
    await store._main.run("pragma max_page_count = 1000000")
    assert len(written(await store.commit(batch))) == 9
    assert set(await store.persons([contact, fresh.id])) == {fresh.id}


async def test_full_keys_file_stops_an_erasure_whole(store: SQLiteStore) -> None:
    person = await put_person(store)
    keys = store._keys._connection
    await keys.run("pragma query_only = on")
    with pytest.raises(DatabaseAway):
        await store.commit(Batch(NOW, erase=[(person.contact.id, "Bye.")]))
    assert await store.persons([person.contact.id]) == {person.contact.id: person}
    chats = range(100)
    with pytest.raises(DatabaseAway):
        [await store.new_contact(chat, NOW) for chat in chats]
    await keys.run("pragma query_only = off")
    assert len(written(await store.commit(Batch(NOW, erase=[(person.contact.id, "Bye.")])))) == 1
    assert await store.persons([person.contact.id]) == {}


async def test_an_erasure_that_loses_its_last_step_is_finished_by_the_next_batch(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await put_person(store, 5001)
    erase = store._keys.erase

    async def erase_and_lose_the_disk(*arguments: object) -> None:
        await erase([person.contact.id], {})
        raise DatabaseAway("the disk went")

    monkeypatch.setattr(store._keys, "erase", erase_and_lose_the_disk)
    with pytest.raises(DatabaseAway):
        await store.commit(Batch(NOW, erase=[(person.contact.id, "Bye.")]))
    assert await store.persons_of_chats([5001]) == {}
    fresh = await store.new_contact(5001, NOW)
    await store.commit(Batch(NOW, persons=[a_person(fresh)]))  # the same chat: the old rows must be gone
    assert set(await store.persons_of_chats([5001])) == {5001}
    assert [row[0] for row in await store._main.run("select id from contacts")] == [fresh.id]


async def test_rows_whose_key_is_gone_are_as_if_not_there(store: SQLiteStore) -> None:
    gone, other = [(await put_person(store, chat)).contact.id for chat in (1, 2)]
    await put_rows(store, a_row(gone, 1, -100), a_row(other, 1, -100))
    await store.commit(Batch(NOW, dead_letters=[DeadLetter(gone, NOW, "x", "y")]))
    await store._keys.erase([gone], {})
    store.forget_recent()
    assert set(await store.persons([gone, other])) == {other}
    assert [row.contact for row in await store.waiting_rows()] == [other]
    assert await store.dead_letters() == []
    assert await store.export(gone) == {}
    await store.commit(Batch(NOW, chats_moved=[(-100, -200)]))
    assert [row.chat for row in await store.waiting_rows()] == [-200]


async def test_a_disk_that_fails_at_the_opening_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await make(path)

    async def fail(*_: object) -> None:
        raise DatabaseAway("disk I/O error")

    monkeypatch.setattr("bot.store.opening.migrate", fail)
    with pytest.raises(OperatorError, match=r"disk I/O error\. Check the disk"):
        await open_sqlite(path, data_key=DATA_KEY)
    monkeypatch.undo()
    await make(path, people=0)  # everything was closed and the lock let go


async def test_a_connection_that_fails_to_open_is_closed(path: Path) -> None:
    make_text(path)
    with pytest.raises(DatabaseBroken):
        await Connection.open(path)


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OperatorError, match="can't be made"):
        create(tmp_path / "folder", MAIN_APPLICATION_ID)


async def test_an_index_that_lost_entries_is_damage(path: Path) -> None:
    await make(path, people=3)
    lose_entries(path, "consents_in_force")
    with pytest.raises(DatabaseBroken, match="damaged"):
        await open_sqlite(path, data_key=DATA_KEY)


def lose_entries(path: Path, index: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    ((page,),) = connection.execute("select rootpage from sqlite_master where name = ?", (index,))
    connection.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 + 4] = 1  # the number of cells: fewer than there are, which only a whole check sees
    path.write_bytes(data)


async def test_damage_while_running_is_told(store: SQLiteStore, path: Path) -> None:
    person = await put_person(store)
    await put_rows(store, *(a_row(person.contact.id, number, 5001, "x" * 3000) for number in range(1, 400)))
    await store._main.checkpoint()
    garble(path)
    store.forget_recent()
    await store._main.run("pragma cache_size = 0")
    with pytest.raises(DatabaseBroken, match="damaged"):
        await store.waiting_rows()


async def test_two_writers_of_one_process_take_turns(store: SQLiteStore) -> None:
    numbers = await asyncio.gather(*(store.book_number(f"digest {place}", NOW) for place in range(9)))
    assert sorted(numbers) == list(range(1, 10))


async def test_a_commit_that_is_cancelled_is_whole_or_not_at_all(store: SQLiteStore) -> None:
    person = await put_person(store)
    for update in range(1, 40):
        batch = Batch(NOW, update_ids=[update], rows=[a_row(person.contact.id, update, 5001)])
        task = asyncio.create_task(store.commit(batch))
        for _ in range(update % 8):
            await asyncio.sleep(0)  # lets it come a little further each time
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    seen = await store.seen(range(1, 40))
    assert [row.number for row in await store.waiting_rows()] == sorted(seen)
    await store.commit(Batch(NOW, erase=[(person.contact.id, "")]))
    assert await store.waiting_rows() == []
