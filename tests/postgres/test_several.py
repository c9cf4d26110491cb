"""Two stores on one database, as in two processes: nothing is lost, nobody waits in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import DatabaseBusy
from bot.store import postgres_connection
from bot.store.postgres import PostgresStore
from bot.store.postgres_connection import PostgresConnection
from bot.store.postgres_opening import open_postgres
from bot.store.protocol import Batch, Counted, DatabaseAway, DeskNote, Lost, Mark, RowStatus
from tests.store.people import DATA_KEY, NOW, TODAY, a_person, a_row, put_person, put_rows, written

Pair = tuple[PostgresStore, PostgresStore]


@pytest.fixture
async def pair(empty_postgres: str) -> AsyncIterator[Pair]:
    one = await open_postgres(empty_postgres, data_key=DATA_KEY)
    two = await open_postgres(empty_postgres, data_key=DATA_KEY)
    yield one, two
    await one.close()
    await two.close()


async def both(pair: Pair, *batches: Batch) -> tuple[object, object]:
    """Commit at the same instant; the winner's answer first."""
    answers = await asyncio.gather(*(store.commit(batch) for store, batch in zip(pair, batches, strict=True)))
    won, lost = sorted(answers, key=lambda answer: isinstance(answer, Lost))
    return won, lost


async def test_one_of_two_who_change_a_person_at_once_loses(pair: Pair) -> None:
    person = await put_person(pair[0])
    contact = person.contact.id
    assert (await pair[1].persons([contact]))[contact] == person
    batches = [
        Batch(NOW, persons=[replace(person, front=None)], rows=[a_row(contact, number, 5001)]) for number in (1, 2)
    ]
    won, lost = await both(pair, *batches)
    assert lost == Lost(contacts=frozenset([contact]))
    for store in pair:
        assert (await store.persons([contact]))[contact] == replace(person, front=None, version=2)
        assert await store.waiting_rows() == won


async def test_what_one_has_written_the_other_reads_at_once(pair: Pair) -> None:
    person = await put_person(pair[0])
    contact = person.contact.id
    for place in range(4):
        (held,) = (await pair[place % 2].persons_of_chats([5001])).values()
        changed = replace(held, contact=replace(held.contact, messages=place + 1))
        assert await pair[place % 2].commit(Batch(NOW, persons=[changed])) == []
    assert (await pair[0].persons([contact]))[contact].version == 5
    await pair[0].commit(Batch(NOW, erase=[(contact, "")]))
    assert await pair[1].persons_of_chats([5001]) == await pair[1].persons([contact]) == {}


async def test_a_chat_has_one_contact_whoever_is_first(pair: Pair) -> None:
    new = [await store.new_contact(5001, NOW) for store in pair]
    assert new[0].id != new[1].id
    won, lost = await both(pair, *(Batch(NOW, persons=[a_person(contact)]) for contact in new))
    assert won == []
    assert isinstance(lost, Lost)
    (person,) = (await pair[0].persons_of_chats([5001])).values()
    assert lost.contacts == {contact.id for contact in new} - {person.contact.id}


async def test_an_update_that_comes_twice_at_once_is_written_once(pair: Pair) -> None:
    batch = Batch(NOW, update_ids=[9, 8], counts=[Counted(TODAY, "turns", "", 1)])
    won, lost = await both(pair, batch, batch)
    assert (won, lost) == ([], Lost(updates=frozenset([8, 9])))
    assert await pair[0].counters(TODAY, TODAY) == batch.counts


async def test_a_ticket_is_used_once(pair: Pair) -> None:
    ticket, key = DeskNote("ticket", "a", "good"), ("ticket", "a")
    for was in (None, ticket):
        used = [replace(ticket, body=f"used by {number}") for number in (1, 2)]
        await pair[0].commit(Batch(NOW, notes_dropped=[key], notes_put=[] if was is None else [was]))
        won, lost = await both(pair, *(Batch(NOW, notes_put=[note], notes_read={key: was}) for note in used))
        assert (won, lost) == ([], Lost(notes=frozenset([key])))
        assert (await pair[0].desk_notes("ticket"))[0] in used


async def test_counters_of_all_processes_add_up(pair: Pair) -> None:
    for store in pair:
        await store.commit(Batch(NOW, counts=[Counted(TODAY, "starts", "poster", 2)]))
    assert await pair[0].counters(TODAY, TODAY) == [Counted(TODAY, "starts", "poster", 4)]


async def test_erasing_takes_the_key_in_the_same_commit(pair: Pair) -> None:
    one, two = pair
    contact = (await put_person(one)).contact.id
    await put_rows(one, a_row(contact, 1, 5001))
    (farewell,) = written(await two.commit(Batch(NOW, erase=[(contact, "Bye.")])))
    for store in pair:
        assert await store.waiting_rows() == [farewell]
        assert await store._keys._wrapped([contact]) == []
    await one.commit(Batch(NOW, marks=[Mark(farewell.id, RowStatus.SENT, NOW)]))
    assert await one._main.read("keys_of_rows", ([farewell.id],)) == []
    again = await put_person(one, 5002)
    stays = await put_person(one, 5003)
    await one._writer.write("delete_key", (again.contact.id,))  # as a copy from before an erasure would have it
    await one.clear_erased()
    left = await one._main.read("versions", ([again.contact.id, stays.contact.id],))
    assert [row[0] for row in left] == [stays.contact.id]


async def test_batches_never_wait_in_a_circle(pair: Pair) -> None:
    """Both change the same rows, in opposite orders; a circle would be DatabaseAway for one of them."""
    people = [await put_person(pair[0], chat) for chat in range(40)]
    rows = await put_rows(pair[0], *(a_row(person.contact.id, 1, person.contact.chat) for person in people))
    marks = [Mark(row.id, RowStatus.WAITING, NOW, due_at=NOW, attempts=1) for row in rows]
    for place in range(5):
        for batches in (
            (Batch(NOW, marks=marks), Batch(NOW, marks=marks[::-1])),
            tuple(Batch(NOW, cancel_unasked=[row.contact for row in some]) for some in (rows, rows[::-1])),
            tuple(Batch(NOW, update_ids=list(range(place, 900, 2))[::step]) for step in (1, -1)),
            tuple(
                Batch(NOW, persons=[replace(person, front=None) for person in people[::step]]) for step in (1, -1)
            ),
            tuple(
                Batch(NOW, counts=[Counted(TODAY, str(name), "", 1) for name in range(40)[::step]])
                for step in (1, -1)
            ),
        ):
            await asyncio.gather(*(store.commit(batch) for store, batch in zip(pair, batches, strict=True)))


async def test_whoever_stands_still_in_a_transaction_holds_up_nobody_for_long(
    pair: Pair, empty_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = (await put_person(pair[0])).contact.id
    session = {**postgres_connection.SESSION, "idle_in_transaction_session_timeout": "300ms", "lock_timeout": "5s"}
    monkeypatch.setattr(postgres_connection, "SESSION", session)
    paused = PostgresConnection(empty_postgres)

    async def stand_still() -> None:
        async with paused.transaction():
            await paused.read("lock_contacts", ([contact], [None]))
            changed = replace((await pair[1].persons([contact]))[contact], front=None)
            assert await pair[1].commit(Batch(NOW, persons=[changed])) == []

    with pytest.raises(DatabaseAway):
        await stand_still()
    await paused.close()


async def test_one_alone(empty_postgres: str) -> None:
    one = await open_postgres(empty_postgres, data_key=DATA_KEY, alone=True)
    with pytest.raises(DatabaseBusy, match="another process runs on it"):
        await open_postgres(empty_postgres, data_key=DATA_KEY, alone=True)
    await one.close()
    two = await open_postgres(empty_postgres, data_key=DATA_KEY, alone=True)
    await two.close()


async def test_purging_at_once_is_harmless(pair: Pair) -> None:
    await pair[0].commit(Batch(NOW, update_ids=list(range(50)), notes_put=[DeskNote("a", "b", "c", NOW)]))
    await asyncio.gather(*(store.purge(NOW + timedelta(days=3)) for store in pair))
    assert await pair[0].seen(range(50)) == set()
    assert await pair[1].desk_notes("a") == []
