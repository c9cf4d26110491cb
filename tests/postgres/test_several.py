"""Two stores on one database, as in two processes: nothing is lost, nobody waits in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from bot.conversation.office import Word
from bot.store import postgres_connection
from bot.store.look import Look
from bot.store.postgres import PostgresStore
from bot.store.postgres_connection import PostgresConnection
from bot.store.postgres_lease import PostgresLease
from bot.store.postgres_opening import open_postgres
from bot.store.protocol import Batch, Counted, DatabaseAway, DeskNote, Lost, Mark, OutboxRow, RowStatus
from tests.postgres.database import execute
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


async def test_there_is_one_keeper_and_the_next_when_it_falls_silent(
    empty_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[list[str]] = [[], []]
    one, two = (PostgresLease(empty_postgres, words.append) for words in heard)
    epochs = await asyncio.gather(one.take("one"), two.take("two"))
    assert sorted(map(str, epochs)) == ["1", "None"]
    if epochs[1]:
        one, two, heard = two, one, heard[::-1]
    assert await one.renew(1)
    assert 4 < await two.seconds_left() <= 5
    await one.tell([Word.WORK, Word.DESK])
    await one.hand_over(1)
    await one.tell([Word.HANDED_OVER])
    assert await two.take("two", even_if_silent=False) == 2
    assert not await one.renew(1)
    assert heard == [[""], ["", Word.DESK, Word.WORK, Word.HANDED_OVER]]
    assert await one.take("one") is None
    execute(empty_postgres, "update skin_clinic.keeper set until_at = 1")
    assert await one.take("one", even_if_silent=False) is None
    assert await two.renew(2)
    execute(empty_postgres, "update skin_clinic.keeper set until_at = 1")
    assert await one.seconds_left() < -1000
    assert await one.take("one") == 3
    for lease in (one, two):
        await lease.close()


async def test_what_a_former_keeper_writes_is_refused(pair: Pair, empty_postgres: str) -> None:
    lease = PostgresLease(empty_postgres, lambda _word: None)
    contact = (await put_person(pair[0])).contact.id
    (row,) = await put_rows(pair[0], a_row(contact, 1, 5001))
    first = await lease.take("one")
    assert first is not None
    tried = Mark(row.id, RowStatus.WAITING, NOW, due_at=NOW, attempts=1)
    assert await pair[0].commit(Batch(NOW, marks=[tried], epoch=first)) == []
    assert await pair[1].unsent_rows([row.id, row.id + 1], first) == {row.id}
    await lease.hand_over(first)
    assert await lease.take("two") == first + 1
    sent = Mark(row.id, RowStatus.SENT, NOW, message_id=7)
    late = Batch(NOW, marks=[sent], counts=[Counted(TODAY, "turns", "", 1)], epoch=first)
    assert await pair[0].commit(late) == Lost(is_deposed=True)
    assert await pair[0].counters(TODAY, TODAY) == []
    assert await pair[1].unsent_rows([row.id], first) == set()
    assert await pair[1].unsent_rows([row.id], first + 1) == {row.id}
    assert await pair[1].commit(Batch(NOW, marks=[sent], epoch=first + 1)) == []
    assert await pair[1].unsent_rows([row.id], first + 1) == set()
    await lease.close()


async def test_whoever_writes_as_the_keeper_holds_up_the_next_and_not_its_own_lease(
    pair: Pair, empty_postgres: str
) -> None:
    one, two = (PostgresLease(empty_postgres, lambda _word: None) for _ in range(2))
    assert await one.take("one") == 1
    execute(empty_postgres, "update skin_clinic.keeper set until_at = 1")
    async with pair[0]._writer.transaction():
        await pair[0]._writer.read("hold_epoch", (1,))
        assert await asyncio.wait_for(one.renew(1), 2)
        execute(empty_postgres, "update skin_clinic.keeper set until_at = 1")
        taking = asyncio.create_task(two.take("two"))
        query = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%keeper%'"
        connection = await asyncpg.connect(empty_postgres)
        while not await connection.fetch(query):
            assert not taking.done()
        await connection.close()
    assert await taking == 2
    for lease in (one, two):
        await lease.close()


async def test_no_new_row_is_overlooked_however_transactions_overlap(pair: Pair) -> None:
    """Ids are given out in another order than transactions end: a row with a lower id may be seen later."""
    people = [await put_person(pair[0], chat) for chat in (5001, 5002)]
    (old,) = await put_rows(pair[0], a_row(people[0].contact.id, 1, 5001))
    rows, since = await pair[1].new_rows(None)
    assert rows == [old]
    slow = pair[0]._writer
    async with slow.transaction():
        row = a_row(people[0].contact.id, 2, 5001)
        ids = await pair[0]._next("next_rows", 1)
        batch = Batch(NOW, rows=[row])
        written = await pair[0]._written(batch, await pair[0]._concern(batch), {}, ids, [])
        for query, parameters in written.writes.in_order():
            await slow.write_many(query, parameters)
        (fast,) = await put_rows(pair[1], a_row(people[1].contact.id, 1, 5002))
        assert fast.id > ids[0]
        seen, since = await pair[1].new_rows(since)
        assert fast.id in {each.id for each in seen}
        assert ids[0] not in {each.id for each in seen}
    seen, since = await pair[1].new_rows(since)
    assert ids[0] in {each.id for each in seen}
    await nothing_new(pair[1], since)


async def nothing_new(store: PostgresStore, since: Look) -> Look:
    """Wait until a look brings nothing: transactions of the server's other databases bring rows again."""
    async with asyncio.timeout(20):
        while True:
            rows, since = await store.new_rows(since)
            if not rows:
                return since
            await asyncio.sleep(0.01)


async def test_after_a_crash_everything_is_looked_at_anew(pair: Pair, empty_postgres: str) -> None:
    """A server that has crashed gives out numbers of transactions again that it had not written down."""
    contact = (await put_person(pair[0])).contact.id
    (first,) = await put_rows(pair[0], a_row(contact, 1, 5001))
    _, look = await pair[1].new_rows(None)
    look = await nothing_new(pair[1], look)
    (second,) = await put_rows(pair[0], a_row(contact, 2, 5001))
    execute(empty_postgres, f"update skin_clinic.outbox set written_in = '3' where id = {second.id}")
    assert second not in (await pair[1].new_rows(look))[0]
    reader = pair[1]._reader
    assert reader._raw is not None
    execute(empty_postgres, f"select pg_terminate_backend({reader._raw.get_server_pid()})")
    rows: list[OutboxRow] = []
    while not rows:
        with suppress(DatabaseAway):  # its farewell may be on its way
            rows, look = await pair[1].new_rows(look)
    assert rows == [first, second]
    after = await nothing_new(pair[1], look)
    assert after.connection == look.connection


async def test_purging_at_once_is_harmless(pair: Pair) -> None:
    await pair[0].commit(Batch(NOW, update_ids=list(range(50)), notes_put=[DeskNote("a", "b", "c", NOW)]))
    await asyncio.gather(*(store.purge(NOW + timedelta(days=3)) for store in pair))
    assert await pair[0].seen(range(50)) == set()
    assert await pair[1].desk_notes("a") == []
