"""What the one process that writes need not ask the database: it must never know better than that."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, TimerEnd
from bot.store.sqlite import SQLiteStore
from tests.store.people import DATA_KEY, NOW, a_row, a_timer, put_person, written


async def test_updates_of_an_earlier_process_are_known_whatever_their_numbers(path: Path) -> None:
    first = await open_sqlite(path, data_key=DATA_KEY)
    await first.commit(Batch(NOW, update_ids=[900, 901, 7]))
    await first.close()
    store = await open_sqlite(path, data_key=DATA_KEY)
    assert await store.seen([902, 950]) == set()
    assert await store.seen([7, 8, 900, 902]) == {7, 900}
    await store.commit(Batch(NOW, update_ids=[950, 3]))  # Telegram has begun to count anew
    assert await store.seen([3, 4, 950, 951]) == {3, 950}
    await store.close()


async def test_a_timer_that_is_set_later_and_is_due_sooner_fires(store: SQLiteStore) -> None:
    contact = (await put_person(store)).contact.id
    assert await store.due_timers(NOW, 10) == []
    assert await store.next_timer_at() is None
    late, soon = (a_timer(contact, f"remind/1/{n}", after=timedelta(hours=n)) for n in (9, 1))
    await store.commit(Batch(NOW, timers_set=[late]))
    assert await store.due_timers(NOW + timedelta(hours=2), 10) == []
    await store.commit(Batch(NOW, timers_set=[soon]))
    assert await store.next_timer_at() == soon.fire_at
    assert await store.due_timers(soon.fire_at - timedelta(microseconds=1), 10) == []
    assert await store.due_timers(soon.fire_at, 10) == [soon]
    await store.commit(Batch(NOW, timers_ended=[(contact, soon.key, TimerEnd.FIRED)]))
    assert await store.due_timers(soon.fire_at, 10) == []
    assert await store.due_timers(late.fire_at, 10) == [late]


async def test_after_a_failed_commit_the_database_is_asked_again(store: SQLiteStore) -> None:
    contact = (await put_person(store)).contact.id
    row = a_row(contact, 1, 5001)
    assert await store.due_timers(NOW, 10) == []
    written(await store.commit(Batch(NOW, rows=[row], update_ids=[5])))
    timer = a_timer(contact, "remind/1/1", after=timedelta(hours=1))
    with pytest.raises(sqlite3.IntegrityError):
        await store.commit(Batch(NOW, rows=[row], update_ids=[6], timers_set=[timer]))
    assert await store.seen([5, 6]) == {5}
    assert await store.due_timers(timer.fire_at, 10) == []
    await store.commit(Batch(NOW, update_ids=[6], timers_set=[timer]))
    assert await store.due_timers(timer.fire_at, 10) == [timer]


async def test_an_update_that_is_on_disk_already_is_lost_and_not_the_batch(store: SQLiteStore) -> None:
    await store.commit(Batch(NOW, update_ids=[5]))
    lost = await store.commit(Batch(NOW, update_ids=[5, 6]))
    assert getattr(lost, "updates", None) == {5}
    assert await store.seen([5, 6]) == {5}
