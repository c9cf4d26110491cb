from __future__ import annotations

import sqlite3
import sys
from dataclasses import replace

import pytest

from bot.engine.session import Contact, Person
from bot.errors import DatabaseBroken
from bot.ids import ContactId
from bot.store.failures import AWAY, BROKEN, mapped
from bot.store.lock_file import _command
from bot.store.protocol import Batch, DatabaseAway
from bot.store.recent import RecentPersons, estimated_bytes
from bot.store.sqlite import SQLiteStore
from tests.store.people import NOW, a_person, put_person


def person(number: int, chat: int = 0) -> Person:
    return a_person(Contact(ContactId(number), chat or 1000 + number, NOW))


def test_the_least_recently_used_go_first() -> None:
    recent = RecentPersons(most_persons=2)
    recent.put(person(1))
    recent.put(person(2))
    assert recent.get(ContactId(1))
    recent.put(person(3))
    assert recent.get(ContactId(2)) is None
    assert recent.of_chat(1002) is None
    assert recent.of_chat(1001) == person(1)
    assert len(recent) == 2
    recent.clear()
    assert len(recent) == 0
    assert recent.of_chat(1001) is None


def test_bytes_are_bounded_too() -> None:
    big = replace(person(1), sessions=person(1).sessions * 40)
    assert estimated_bytes(big) > 10 * estimated_bytes(person(2))
    recent = RecentPersons(most_bytes=estimated_bytes(big) + 10)
    recent.put(person(2))
    recent.put(big)
    assert [recent.get(ContactId(number)) for number in (1, 2)] == [big, None]
    recent.put(person(1))  # smaller again: its old size counts no more
    for number in range(2, 9):
        recent.put(person(number))
    assert len(recent) == 8


def test_an_estimate_is_not_far_from_what_the_objects_take() -> None:
    whole = person(1)
    objects: list[object] = [whole, whole.contact, *whole.sessions, *whole.leads, *whole.alerts]
    assert sum(sys.getsizeof(item) for item in objects) < estimated_bytes(whole) < 20_000


async def test_a_hot_contact_needs_no_read(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = await put_person(store, 5001)
    await store.commit(Batch(NOW, persons=[replace(loaded, front=None)]))

    def fail(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(store._main, "read", fail)
    expected = replace(loaded, front=None, version=2)
    assert await store.persons_of_chats([5001]) == {5001: expected}
    assert await store.persons([loaded.contact.id]) == {loaded.contact.id: expected}


@pytest.mark.parametrize("code", sorted(AWAY | BROKEN))
def test_what_sqlite_says_is_mapped(code: int) -> None:
    error = sqlite3.OperationalError("something")
    error.sqlite_errorcode = code | (3 << 8)  # an extended code: the low byte decides
    with pytest.raises(DatabaseAway if code in AWAY else DatabaseBroken) as caught, mapped("clinic.db"):
        raise error
    assert caught.value.__cause__ is error


def test_what_is_a_bug_stays_one() -> None:
    error = sqlite3.IntegrityError("UNIQUE constraint failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT
    with pytest.raises(sqlite3.IntegrityError), mapped("clinic.db"):
        raise error


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["/usr/bin/clinicbot", "run"], "clinicbot run"),
        (["/srv/bot/__main__.py", "run", "--only"], "bot run"),
        ([], "python"),
    ],
)
def test_the_lock_says_which_command_holds_it(
    argv: list[str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    assert _command() == command
