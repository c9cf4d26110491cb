"""What stands in the files: nothing that could be read, and after an erasure nothing that could be opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.session import Answer, Given
from bot.errors import DatabaseBroken
from bot.ids import ContactId
from bot.store.database_file import keys_path
from bot.store.encryption import Cipher, MasterKey, new_key
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DeadLetter, Mark, RowStatus
from bot.store.sqlite import SQLiteStore
from tests.store.people import DATA_KEY, NOW, TODAY, a_row, a_timer, put_person, put_rows, written

CHAT = 5_550_123_987
CANARIES = ["canary", "Zoë", "7700", str(CHAT), "acne", "consult.aims", "consult.when", "fever", '"en"', "poster"]
CANARIES += ["Canaryvisit", "combined", "redness", "amber_soon", "day_3"]


def raw_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if not file.name.endswith("-lock"))


def file_names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def assert_no_canary(folder: Path) -> None:
    raw = raw_bytes(folder)
    assert raw
    for canary in CANARIES:
        for encoding in ("utf-8", "utf-16-le"):
            assert canary.encode(encoding) not in raw, canary
    assert CHAT.to_bytes(8, "big") not in raw  # as SQLite writes a whole number
    assert CHAT.to_bytes(6, "big") not in raw


async def fill(store: SQLiteStore) -> ContactId:
    person = await put_person(store, CHAT)
    contact = person.contact.id
    answer = Given(Answer(text="canary of mine"), NOW, TODAY, 2)
    session = replace(person.sessions[0], answers={**person.sessions[0].answers, "consult.note": answer})
    await store.commit(
        Batch(
            NOW,
            update_ids=[1],
            persons=[replace(person, sessions=(session,))],
            rows=[a_row(contact, 1, CHAT, "canary sent"), a_row(contact, 2, CHAT, "canary waiting")],
            timers_set=[a_timer(contact, "remind/1/1")],
            dead_letters=[
                DeadLetter(contact, NOW, "canary error", "canary update"),
                DeadLetter(None, NOW, "x", "canary"),
            ],
            chats_moved=[(CHAT, CHAT + 1)],
        )
    )
    return contact


async def test_nothing_about_a_person_stands_in_clear(store: SQLiteStore, path: Path) -> None:
    contact = await fill(store)
    assert (path.parent / "clinic.db-wal").exists()
    assert_no_canary(path.parent)
    await store.commit(Batch(NOW, marks=[Mark(1, RowStatus.SENT, NOW, message_id=4)]))
    assert_no_canary(path.parent)
    await store.commit(Batch(NOW, erase=[(contact, "canary farewell")]))
    assert_no_canary(path.parent)
    await store.close()
    assert_no_canary(path.parent)


async def test_memory_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_sqlite(":memory:", data_key=DATA_KEY)
    await fill(store)
    await store.close()
    assert file_names(tmp_path) == []


async def test_after_an_erasure_the_key_is_nowhere_and_old_copies_open_no_more(
    store: SQLiteStore, path: Path
) -> None:
    contact = await fill(store)
    copy = [bytes(row[0]) for row in await store._main.run("select facts from contacts")]
    wrapped = [bytes(row[0]) for row in await store._keys._connection.run("select wrapped from contact_keys")]
    keys_files = [keys_path(path), path.parent / "clinic.keys.db-wal"]
    assert all(any(key in file.read_bytes() for file in keys_files) for key in wrapped)
    await store.commit(Batch(NOW, erase=[(contact, "Bye.")]))
    raw = raw_bytes(path.parent)
    of_contact = [key for key in wrapped if key in raw]
    assert len(of_contact) == len(wrapped) - 1  # the store's own, and keys that nobody came for, stay
    left = await store._keys.ciphers([0, *range(1, 50)])
    for cipher in left.values():
        with pytest.raises(DatabaseBroken):
            cipher.open(copy[0], f"contacts|facts|{contact}")
    for table in ("contacts", "sessions", "leads", "alerts", "visits", "consents", "timers"):
        assert await store._main.run(f"select * from {table}") == []
    assert await store._main.run("select contact from dead_letters where contact is not null") == []
    assert [row[0] for row in await store._main.run("select contact from outbox")] == [None]


async def test_the_farewells_key_goes_when_it_is_sent(store: SQLiteStore) -> None:
    contact = await fill(store)
    rows = written(await store.commit(Batch(NOW, erase=[(contact, "Bye.")])))
    assert len(await store._keys._connection.run("select * from row_keys")) == 1
    await store.commit(Batch(NOW, marks=[Mark(rows[-1].id, RowStatus.WAITING, NOW, attempts=1)]))
    assert len(await store._keys._connection.run("select * from row_keys")) == 1
    await store.commit(Batch(NOW, marks=[Mark(rows[-1].id, RowStatus.REFUSED, NOW)]))
    assert await store._keys._connection.run("select * from row_keys") == []


async def test_a_farewell_survives_a_restart(path: Path) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    contact = await fill(store)
    rows = written(await store.commit(Batch(NOW, erase=[(contact, "Bye.")])))
    await store.close()
    store = await open_sqlite(path, data_key=DATA_KEY)
    assert await store.waiting_rows() == rows
    await store.close()


async def test_rows_left_by_a_crash_in_an_erasure_go_at_the_next_opening(path: Path) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    contact = await fill(store)
    other = await put_person(store, 77)
    await store._keys.erase([contact], {})  # and here the process dies
    await store.close()
    store = await open_sqlite(path, data_key=DATA_KEY)
    assert [row[0] for row in await store._main.run("select id from contacts")] == [other.contact.id]
    assert await store.waiting_rows() == []
    assert await store.persons([contact, other.contact.id]) == {other.contact.id: other}
    assert [letter.contact for letter in await store.dead_letters()] == [None]
    await store.close()


async def test_a_row_moved_to_another_place_is_refused(store: SQLiteStore) -> None:
    one, two = [(await put_person(store, chat)).contact.id for chat in (1, 2)]
    await put_rows(store, a_row(one, 1, 1), a_row(one, 2, 1))
    await store._main.run("update outbox set body = (select body from outbox where id = 1) where id = 2")
    with pytest.raises(DatabaseBroken, match="outbox"):
        await store.waiting_rows()
    await store._main.run("update contacts set facts = x'00'")
    store.forget_recent()
    with pytest.raises(DatabaseBroken, match="contacts"):
        await store.persons([one, two])
    await store._main.run("delete from contacts where id = 1")


async def test_a_missing_row_of_a_person_is_told(store: SQLiteStore) -> None:
    contact = (await put_person(store)).contact.id
    await store._main.run("delete from sessions")
    store.forget_recent()
    with pytest.raises(DatabaseBroken, match="missing"):
        await store.persons([contact])


def test_a_cipher_opens_only_its_own() -> None:
    cipher = Cipher(new_key())
    sealed = cipher.seal(b"text", "outbox|body|1")
    assert cipher.open(sealed, "outbox|body|1") == b"text"
    assert sealed != cipher.seal(b"text", "outbox|body|1")
    for other, data, place in [
        (cipher, sealed, "outbox|body|2"),
        (Cipher(new_key()), sealed, "outbox|body|1"),
        (cipher, sealed[:-1], "outbox|body|1"),
        (cipher, b"\x02" + sealed[1:], "outbox|body|1"),
        (cipher, b"", "outbox|body|1"),
        (cipher, b"\x01short", "outbox|body|1"),
    ]:
        with pytest.raises(DatabaseBroken):
            other.open(data, place)


def test_chats_are_hashed_with_the_key() -> None:
    one, two = MasterKey(DATA_KEY), MasterKey(new_key())
    assert one.hash_chat(5) == MasterKey(DATA_KEY).hash_chat(5) == one.hash_chat(5)
    assert one.hash_chat(5) != one.hash_chat(-5)
    assert one.hash_chat(5) != two.hash_chat(5)
    for chat in range(9000):  # more than are kept in memory
        one.hash_chat(chat)
    assert one.hash_chat(5) == MasterKey(DATA_KEY).hash_chat(5)
    assert one.check != two.check
    with pytest.raises(ValueError, match="32"):
        MasterKey(b"short")


async def test_more_keys_than_are_kept_in_memory(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.keyring._KEPT", 2)
    people = [(await put_person(store, chat)) for chat in range(5)]
    store.forget_recent()
    found = await store.persons([person.contact.id for person in people])
    assert list(found.values()) == people
    assert len(store._keys._kept) == 2
