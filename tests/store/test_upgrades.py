"""A database of an older version, with people in it, opens as if it had always been of this one."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

from bot.store.connection import Connection
from bot.store.encryption import Cipher
from bot.store.migrations import MAIN_FOLDER, applied_number, read_migrations
from bot.store.opening import open_sqlite
from bot.store.places import facts_place, part_place
from bot.store.protocol import Batch
from tests.store.people import DATA_KEY, NOW, a_visit, put_person

NEW_IN_ALERTS = ("session", "key", "visit", "day", "called_at")


def without(cipher: Cipher, sealed: bytes, place: str, names: tuple[str, ...]) -> bytes:
    """The body as a version that did not know `names` wrote it."""
    values = json.loads(cipher.open(sealed, place))
    assert set(names) <= set(values)
    return cipher.seal(json.dumps({k: v for k, v in values.items() if k not in names}).encode(), place)


async def test_people_of_before_there_were_visits_are_read(path: Path) -> None:
    store = await open_sqlite(path, data_key=DATA_KEY)
    person = await put_person(store)
    contact, alert = person.contact.id, person.alerts[0]
    cipher = (await store._keys.ciphers([contact]))[contact]
    await store.close()
    database = sqlite3.connect(path, isolation_level=None)
    ((facts,),) = database.execute("select facts from contacts").fetchall()
    ((body,),) = database.execute("select body from alerts").fetchall()
    old_facts = without(cipher, facts, facts_place(contact), ("visits",))
    old_body = without(cipher, body, part_place("alerts", contact, alert.id), NEW_IN_ALERTS)
    database.execute("update contacts set facts = ?", [old_facts])
    database.execute("update alerts set body = ?", [old_body])
    database.execute("drop table visits")
    database.execute("drop table desk_notes")
    database.execute("drop index alerts_open")
    database.execute("delete from migrations where number > 1")
    database.close()

    store = await open_sqlite(path, data_key=DATA_KEY)
    read = (await store.persons([contact]))[contact]
    old_alert = replace(alert, session=None, key="", visit=None, day=None, called_at=None)
    assert read == replace(person, visits=(), alerts=(old_alert,))
    visited = replace(read, visits=(a_visit(contact),))
    await store.commit(Batch(NOW, persons=[visited]))
    store.forget_recent()
    assert (await store.persons([contact]))[contact].visits == visited.visits
    await store.close()
    connection = await Connection.open(str(path))
    assert await applied_number(connection) == len(read_migrations(MAIN_FOLDER))
    await connection.close()
