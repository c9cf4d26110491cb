"""Two turn loops over one store, as in two processes: who is slower loses nothing, and tries again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.incoming import GroupChanged
from bot.engine.effect import Turn
from bot.engine.event import Blocked, Said, Started
from bot.engine.session import Person
from bot.errors import BookTooOld
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DatabaseAway, Lost, Mark, OutboxRow, RowStatus
from tests.engine_books import NOW
from tests.unit.test_conversation_loop import ANN, BOB, STAFF, Clinic

CARL = 4713


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Clinic, Clinic]]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Clinic(store), Clinic(store, updates=1000)
    await store.close()


@pytest.fixture
def before_commit(pair: tuple[Clinic, Clinic], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the other process do something between the first one's reading and its commit."""
    commit = pair[0].store.commit
    meanwhile: list[Callable[[], Awaitable[object]]] = []

    async def slowly(batch: Batch) -> list[OutboxRow] | Lost:
        if meanwhile:
            await meanwhile.pop(0)()
        return await commit(batch)

    monkeypatch.setattr(pair[0].store, "commit", slowly)
    return lambda *done: meanwhile.extend(done)


async def test_who_was_slower_waits_and_takes_nobody_along(
    pair: tuple[Clinic, Clinic], before_commit: Callable[..., None]
) -> None:
    one, two = pair
    for chat in (ANN, BOB, CARL):
        await one.take(Started(), chat)
    before_commit(lambda: two.take(Said("x"), ANN))
    slow, late, other = one.put(Said("/back")), one.put(Said("y")), one.put(Said("y"), BOB)
    assert await one.loop.round()
    assert (slow.done(), late.done(), other.done()) == (False, False, True)
    assert "Question b?" in one.texts(BOB)
    await one.loop.settle()
    assert slow.done()
    assert late.done()
    answers = (await one.person()).sessions[0].answers.values()  # x elsewhere, back from that, y
    assert [given.answer.options for given in answers] == [("y",)]
    numbers = [row.number for row in await one.store.waiting_rows() if row.chat == ANN]
    assert len(numbers) == len(set(numbers))


async def test_an_update_that_two_processes_take_is_taken_once(
    pair: tuple[Clinic, Clinic], before_commit: Callable[..., None]
) -> None:
    one, two = pair
    for person in (ANN, BOB):
        before_commit(lambda chat=person: two.take(Started(), chat, update_id=chat))
        done = one.put(Started(), person, update_id=person)
        await one.loop.settle()
        assert done.done()
        assert (one.texts(person), two.texts(person)) == ([], ["Question a?"])


async def test_a_timer_that_another_process_answers_does_not_fire(
    pair: tuple[Clinic, Clinic], before_commit: Callable[..., None]
) -> None:
    one, two = pair
    await one.take(Started())
    one.now = two.now = NOW + timedelta(hours=3)
    count = len(one.texts())
    before_commit(lambda: two.take(Said("x")))
    await one.loop.settle()
    assert len(one.texts()) == count
    assert "Still there?" not in two.texts()


async def test_an_outcome_waits_for_its_person(
    pair: tuple[Clinic, Clinic], before_commit: Callable[..., None]
) -> None:
    one, two = pair
    await one.take(Started())
    (row,) = one.rows
    before_commit(lambda: two.take(Said("x")))
    one.loop.put_mark(Mark(row.id, RowStatus.REFUSED, NOW), row)
    await one.loop.settle()
    assert (await one.person()).contact.blocked_at == NOW
    assert row.id not in {waiting.id for waiting in await one.store.waiting_rows()}


async def test_whoever_always_loses_goes_on_in_the_next_round(
    pair: tuple[Clinic, Clinic], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    commit, lost = one.store.commit, [Lost(notes=frozenset([("ticket", "a")]))] * 6

    async def loses(batch: Batch) -> list[OutboxRow] | Lost:
        return lost.pop() if lost else await commit(batch)

    monkeypatch.setattr(one.store, "commit", loses)
    done = one.put(Started())
    assert await one.loop.round()
    assert not done.done()
    await one.loop.settle()
    assert (done.done(), one.texts(), lost) == (True, ["Question a?"], [])


async def test_a_lost_round_tells_staff_of_their_group_all_the_same(
    pair: tuple[Clinic, Clinic], before_commit: Callable[..., None]
) -> None:
    one, two = pair
    await two.loop.begin(0, Turn)
    before_commit(lambda: two.loop.begin(0, _one_message_more))
    one.loop.put(GroupChanged(STAFF, can_write=False))
    await one.loop.settle()
    assert len(one.turns) == 1
    one.loop.put(GroupChanged(STAFF, can_write=False))
    await one.loop.settle()
    assert len(one.turns) == 1


async def test_a_commit_whose_answer_got_lost_is_handed_over_once(
    pair: tuple[Clinic, Clinic], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = pair
    await one.take(Started(), BOB)
    commit, cut = one.store.commit, [True]

    async def cut_off(batch: Batch) -> list[OutboxRow] | Lost:
        rows = await commit(batch)
        if cut[0]:
            cut[0] = False
            raise DatabaseAway("after the commit")
        return rows

    monkeypatch.setattr(one.store, "commit", cut_off)
    done = one.put(Started())
    one.loop.put_mark(Mark(one.rows[0].id, RowStatus.WAITING, NOW, due_at=NOW, attempts=1), one.rows[0])
    with pytest.raises(DatabaseAway):
        await one.loop.round()
    await one.loop.settle()
    assert done.done()
    assert one.texts() == ["Question a?"]
    assert one.texts(BOB) == ["Question a?"]  # what became of it was not written yet: it is not handed over again


async def test_a_session_of_a_newer_book_is_left_alone(pair: tuple[Clinic, Clinic]) -> None:
    one, two = pair
    two.loop.use(replace(two.loop.book, number=2))
    await two.take(Started())
    before = await two.person()
    done = one.put(Said("x"))
    with pytest.raises(BookTooOld, match=r"book 2.*book 1"):
        await one.loop.round()
    assert not done.done()
    assert await one.person() == before
    one.loop.stop()
    with pytest.raises(BookTooOld):
        await asyncio.wait_for(one.loop.run(), 5)
    one.loop._items.clear()
    one.loop.put_mark(Mark(two.rows[0].id, RowStatus.REFUSED, NOW), two.rows[0])
    with pytest.raises(BookTooOld):
        await one.loop.round()
    assert (await one.person()).contact.blocked_at is None
    await two.take(Blocked())
    assert (await two.person()).contact.blocked_at == NOW


def _one_message_more(desk: Person) -> Turn:
    return Turn(replace(desk, contact=replace(desk.contact, messages=desk.contact.messages + 1)))
