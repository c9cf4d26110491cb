"""A turn loop that shares its store: only the keeper fires timers and hands over rows, those of everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.conversation.incoming import ChatMoved, GroupChanged, MemberChanged
from bot.conversation.office import Word
from bot.conversation.turn_loop import TurnLoop
from bot.desk.roles import Membership
from bot.engine.event import Said, Started
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DatabaseAway, Lost, Mark, OutboxRow, RowStatus
from tests.engine_books import NOW
from tests.unit.test_conversation_loop import ANN, STAFF, Clinic, made


@dataclass
class Desk:
    """Implements `Office`."""

    clinic: Clinic
    epoch: int | None = None
    held: bool = False
    words: list[Word] = field(default_factory=list)
    is_deposed: bool = False
    is_away: bool = False

    def is_held(self) -> bool:
        return self.held

    async def new_rows(self) -> Sequence[OutboxRow]:
        if self.is_away:
            raise DatabaseAway("gone")
        return await self.clinic.store.waiting_rows()

    def tell(self, word: Word) -> None:
        self.words.append(word)

    def depose(self) -> None:
        self.is_deposed, self.held, self.epoch = True, False, None


@pytest.fixture
async def clinic() -> AsyncIterator[Clinic]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Clinic(store)
    await store.close()


@pytest.fixture
def office(clinic: Clinic) -> Desk:
    desk = Desk(clinic)
    hooks = clinic.loop._hooks
    clinic.loop = TurnLoop(clinic.store, made(), lambda: clinic.now, hooks, staff_chat=STAFF, office=desk)
    return desk


def sent(row: OutboxRow) -> Mark:
    return Mark(row.id, RowStatus.SENT, NOW, message_id=9)


async def test_one_that_is_not_the_keeper_sends_nothing_and_wakes_it(clinic: Clinic, office: Desk) -> None:
    await clinic.take(Started())
    assert clinic.rows == []
    assert office.words == [Word.WORK]
    clinic.now += timedelta(hours=4)
    await clinic.loop.settle()  # a reminder is due, by another's hand
    assert len(await clinic.store.due_timers(clinic.now, 9)) == 1
    office.held, office.epoch = True, 1
    clinic.loop.look()
    await clinic.loop.settle()
    assert await clinic.store.due_timers(clinic.now, 9) == []
    assert clinic.texts()[0] == "Question a?"
    assert any("Still there?" in text for text in clinic.texts())


async def test_the_keeper_hands_over_what_others_have_written_before_its_own(clinic: Clinic, office: Desk) -> None:
    await clinic.take(Started())  # as if another process had
    office.held, office.epoch = True, 1
    await clinic.take(Said("x"))
    assert clinic.texts()[:2] == ["Question a?", "Question b?"]
    # A row whose mark is not on disk yet is not handed over again.
    clinic.loop.put_mark(sent(clinic.rows[0]), clinic.rows[0])
    clinic.rows.clear()
    office.words.clear()
    clinic.loop.look()
    assert await clinic.loop.round()
    assert [text for text in clinic.texts() if text == "Question a?"] == []
    assert office.words == []


async def test_new_rows_that_can_not_be_read_come_with_the_next_look(clinic: Clinic, office: Desk) -> None:
    office.held = office.is_away = True
    office.epoch = 1
    clinic.put(Started())
    assert await clinic.loop.round()  # it is on disk, and confirmed
    assert clinic.rows == []
    with pytest.raises(DatabaseAway):
        await clinic.loop.round()
    office.is_away = False
    await clinic.loop.settle()
    assert clinic.texts() == ["Question a?"]


async def test_marks_of_a_former_term_are_left_out(clinic: Clinic, office: Desk) -> None:
    office.held, office.epoch = True, 1
    await clinic.take(Started())
    row = clinic.rows[0]
    clinic.loop.put_mark(sent(row), row)
    office.epoch = 3
    await clinic.loop.settle()
    assert await clinic.store.waiting_rows() == [row]
    clinic.loop.put_mark(sent(row), row)  # of the same term, though the lease has run out for a moment: still good
    office.held = False
    await clinic.loop.settle()
    assert await clinic.store.waiting_rows() == []


async def test_what_is_sent_at_the_very_beginning_of_a_term_is_marked_in_it(
    clinic: Clinic, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[int] = []

    def send(rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            handed.append(row.id)
            clinic.loop.put_mark(sent(row), row)

    async def new_rows() -> Sequence[OutboxRow]:
        office.epoch = 2  # the term begins while a round is under way
        return await clinic.store.waiting_rows()

    office.held, office.epoch = True, 1
    await clinic.loop.settle()
    monkeypatch.setattr(clinic.loop._several, "_hooks", replace(clinic.loop._hooks, rows=send))
    monkeypatch.setattr(office, "new_rows", new_rows)
    await clinic.take(Started())
    await clinic.loop.settle()
    assert len(handed) == len(set(handed)) > 0
    assert await clinic.store.waiting_rows() == []


async def test_a_term_that_begins_in_the_middle_of_a_round_loses_no_row(
    clinic: Clinic, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    present_chat, waiting_rows = clinic.store.present_chat, clinic.store.waiting_rows
    shown: set[int] = set()

    async def begins_meanwhile(chat: int) -> int:
        """While the desk is read a term begins, and a first update comes in."""
        office.held, office.epoch = True, 1
        clinic.loop.look()
        clinic.put(Said("x"))
        return await present_chat(chat)

    async def new_rows() -> Sequence[OutboxRow]:
        """As the real keeper does: each row once in a term."""
        rows = [row for row in await waiting_rows() if row.id not in shown]
        shown.update(row.id for row in rows)
        return rows

    await clinic.take(Started())  # its question is left unsent by whoever was the keeper
    monkeypatch.setattr(clinic.store, "present_chat", begins_meanwhile)
    monkeypatch.setattr(office, "new_rows", new_rows)
    clinic.loop.look_at_desk()
    assert await clinic.loop.round()
    assert clinic.rows == []
    await clinic.loop.settle()
    assert clinic.texts()[:2] == ["Question a?", "Question b?"]


async def test_what_the_store_refuses_ends_the_term_and_the_rest_goes_on(
    clinic: Clinic, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.held, office.epoch = True, 1
    await clinic.take(Started())
    row = clinic.rows[0]
    commit = clinic.store.commit
    epochs: list[int | None] = []

    async def deposed(batch: Batch) -> list[OutboxRow] | Lost:
        epochs.append(batch.epoch)
        return Lost(is_deposed=True) if batch.epoch == 1 else await commit(batch)

    monkeypatch.setattr(clinic.store, "commit", deposed)
    clinic.loop.put_mark(sent(row), row)
    await clinic.take(Said("x"))
    assert epochs == [1, None]
    assert office.is_deposed
    assert row in await clinic.store.waiting_rows()
    assert len((await clinic.person()).sessions[0].answers) == 1
    assert office.words == [Word.WORK]
    # Nor does it forget anybody.
    clinic.loop.book.clinic["clinic.keep_days"] = 30  # type: ignore[index]
    office.held, office.epoch = True, 1
    await clinic.loop.settle()
    epochs.clear()
    await clinic.loop.forget_old(NOW + timedelta(days=99))
    assert epochs == [1]
    assert (await clinic.person()).contact.chat == ANN


async def test_a_commit_whose_answer_got_lost_wakes_the_keeper(
    clinic: Clinic, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = clinic.store.commit

    async def unanswered(batch: Batch) -> list[OutboxRow] | Lost:
        await commit(batch)
        monkeypatch.undo()
        raise DatabaseAway("gone")

    monkeypatch.setattr(clinic.store, "commit", unanswered)
    clinic.put(Started())
    with pytest.raises(DatabaseAway):
        await clinic.loop.round()
    await clinic.loop.settle()
    assert Word.WORK in office.words
    assert clinic.rows == []


async def test_others_are_told_of_what_they_keep(clinic: Clinic, office: Desk) -> None:
    async def take(item: object) -> list[Word]:
        office.words.clear()
        clinic.loop.put(item)  # type: ignore[arg-type]
        await clinic.loop.settle()
        return [word for word in office.words if word is not Word.WORK]

    assert await take(MemberChanged(7, Membership.MEMBER)) == []
    assert await take(MemberChanged(7, Membership.OUT, update_id=900)) == [Word.MEMBERS]
    assert await take(GroupChanged(STAFF, can_write=False, update_id=901)) == [Word.GROUP_SHUT]
    assert await take(GroupChanged(STAFF, can_write=True, update_id=902)) == [Word.GROUP_OPEN]
    assert await take(ChatMoved(STAFF, -200, update_id=903)) == [Word.DESK]
    # And whoever is told reads it again.
    told = TurnLoop(
        clinic.store, made(), lambda: NOW, clinic.loop._hooks, staff_chat=STAFF, office=replace(office)
    )
    told.look_at_desk()
    assert not await told.round()
    assert told.staff_chat == -200
