"""The turn loop over a real store in memory: one commit a batch, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.conversation import advancing, turn_loop
from bot.conversation.hooks import Hooks
from bot.conversation.incoming import ChatMoved, Incoming, Unreadable, Unwanted
from bot.conversation.turn_loop import TurnLoop
from bot.engine.advance import open_flow
from bot.engine.effect import Effect, SendDocument, SendMessage, To, Turn
from bot.engine.event import Blocked, Event, Pressed, Said, StaffPressed, Started
from bot.engine.model import Ask, Book, Do, Expire, Outcome, Remind
from bot.engine.session import Person
from bot.ids import ContactId, contact_code
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, DatabaseAway, Lost, Mark, OutboxRow, RowStatus, Timer
from bot.store.sqlite import SQLiteStore
from tests.engine_books import NOW, ask, book, computes, end, flow, say, words

STAFF = -100
ANN, BOB = 4711, 4712


def made() -> Book:
    first: Ask = ask("a", "b", "x", "y", save="a", remind=Remind(timedelta(hours=3), words("Still there?")))
    waits = ask("b", "act", "ok", "poison", save="b", expire=Expire(timedelta(days=1), "forget"))

    def fails(values: object) -> Outcome:
        raise ValueError(f"never log {values}")

    return book(
        flow(
            "main",
            first,
            waits,
            Do("act", "fails", ask("", "c").next),
            Do("forget", "forget_me", ask("", "c").next),
            ask("c", "done", "z"),
            say("s", "done"),
            end(),
        ),
        more=(computes("fails", ("b",), (), fails),),
    )


@dataclass
class Clinic:
    """A loop with its store, and everything that it has told others."""

    store: SQLiteStore
    now: datetime = NOW
    rows: list[OutboxRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[tuple[ContactId, bool]] = field(default_factory=list)
    seen: list[Effect] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    updates: int = 0

    def __post_init__(self) -> None:
        hooks = Hooks(
            rows=self.rows.extend,
            answer=lambda press, note: self.notes.append((press, note)),
            cancelled=lambda contact, everything: self.cancelled.append((contact, everything)),
            observe=lambda _contact, effect: self.seen.append(effect),
            turned=lambda _contact, turn: self.turns.append(turn),
        )
        self.loop = TurnLoop(self.store, made(), lambda: self.now, hooks, staff_chat=STAFF)

    def put(self, event: Event | StaffPressed, chat: int = ANN, **more: object) -> asyncio.Future[None]:
        self.updates += 1
        item = Incoming(chat, event, update_id=self.updates, user=chat, first_name="Ann", update={})
        return self.loop.put(replace(item, **more))  # type: ignore[arg-type]

    async def take(self, event: Event | StaffPressed, chat: int = ANN, **more: object) -> None:
        done = self.put(event, chat, **more)
        await self.loop.settle()
        assert done.done()

    async def person(self, chat: int = ANN) -> Person:
        return (await self.store.persons_of_chats([chat]))[chat]

    async def press(self, button: str, chat: int = ANN) -> None:
        data = next(
            spec.data
            for row in reversed(self.sent(chat))
            for keys in row.rows
            for spec in keys
            if spec.id == button and spec.data
        )
        await self.take(Pressed(data, f"p{self.updates}"), chat)

    def sent(self, chat: int = ANN) -> list[SendMessage]:
        return [row.effect for row in self.rows if row.chat == chat and isinstance(row.effect, SendMessage)]

    def texts(self, chat: int = ANN) -> list[str]:
        return [message.html for message in self.sent(chat)]

    def staff(self, verb: str, target: str, staff: int, name: str) -> StaffPressed:
        return StaffPressed(verb, target, staff, name, f"s{staff}{verb}")


@pytest.fixture
async def clinic() -> AsyncIterator[Clinic]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Clinic(store)
    await store.close()


async def test_a_turn_is_on_disk_before_anybody_hears_of_it(clinic: Clinic) -> None:
    await clinic.take(Started())
    assert clinic.texts() == ["Question a?"]
    assert [row.effect for row in await clinic.store.waiting_rows()] == [row.effect for row in clinic.rows]
    assert (await clinic.person()).contact.first_name == "Ann"
    assert clinic.loop.committed_at == NOW


async def test_an_update_that_comes_twice_is_taken_once(clinic: Clinic) -> None:
    await clinic.take(Started())
    await clinic.take(Said("x"), update_id=50)
    await clinic.take(Said("x"), update_id=50)
    both = clinic.put(Said("ok then"), update_id=51), clinic.put(Said("ok then"), update_id=51)
    await clinic.loop.settle()
    assert all(each.done() for each in both)
    assert len((await clinic.person()).sessions[0].answers) == 1
    assert len(clinic.turns) == 3


async def test_several_items_of_a_person_build_on_each_other_in_one_batch(clinic: Clinic) -> None:
    await clinic.take(Started())
    for event in (Said("x"), Said("/back"), Said("y")):
        clinic.put(event)
    clinic.put(Started(), BOB)
    await clinic.loop.settle()
    assert [given.answer.options for given in (await clinic.person()).sessions[0].answers.values()] == [("y",)]
    assert clinic.texts(BOB) == ["Question a?"]
    assert [text for text in clinic.texts() if text == "Question b?"] == ["Question b?"]


async def test_a_turn_that_fails_is_a_dead_letter_with_an_apology(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    await clinic.take(Started())
    await clinic.take(Said("x"))
    before = await clinic.person()
    clinic.put(Started(), BOB)
    await clinic.press("ok")
    (letter,) = await clinic.store.dead_letters()
    assert letter.error.startswith("ValueError in")
    assert "Sorry, something went wrong" in clinic.texts()[-1]
    assert clinic.notes[-1][1] == ""
    assert (await clinic.person()).sessions == before.sessions
    assert clinic.texts(BOB) == ["Question a?"]
    assert "never log" not in caplog.text


async def test_a_timer_that_fails_apologises_to_nobody(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    await clinic.take(Started())
    count = len(clinic.rows)

    def fails(*_args: object) -> Turn:
        raise ValueError

    monkeypatch.setattr(advancing, "advance", fails)
    clinic.now += timedelta(hours=3)
    await clinic.loop.settle()
    assert len(clinic.rows) == count
    assert len(await clinic.store.dead_letters()) == 1


async def test_what_can_not_be_written_alone_is_buried_and_the_others_go_on(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clinic.take(Started())
    await clinic.take(Started(), BOB)
    commit = clinic.store.commit

    async def poisoned(batch: Batch) -> list[OutboxRow] | Lost:
        if any(row.chat == BOB for row in batch.rows):
            raise ValueError("cannot be written")
        return await commit(batch)

    monkeypatch.setattr(clinic.store, "commit", poisoned)
    data = clinic.sent(BOB)[-1].rows[0][0].data
    assert data is not None
    done = clinic.put(Said("x")), clinic.put(Pressed(data, "bob"), BOB)
    clinic.loop.put_mark(Mark(clinic.rows[0].id, RowStatus.SENT, NOW, message_id=5), clinic.rows[0])
    await clinic.loop.settle()
    assert all(each.done() for each in done)
    assert clinic.texts()[-2:] == ["Question b?", "Question a?\n\n✓ <b>X</b>"]
    assert len(await clinic.store.dead_letters()) == 1
    assert ("bob", "") in clinic.notes
    assert await clinic.store.sent_message(clinic.rows[0].contact, clinic.rows[0].number) == 5


async def test_while_the_database_is_away_nothing_is_confirmed(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = clinic.store.commit
    away = [True]

    async def sometimes(batch: Batch) -> list[OutboxRow] | Lost:
        if away[0]:
            raise DatabaseAway("gone")
        return await commit(batch)

    monkeypatch.setattr(clinic.store, "commit", sometimes)
    done = clinic.put(Started())
    for _ in range(2):
        with pytest.raises(DatabaseAway):
            await clinic.loop.round()
    assert (done.done(), clinic.rows) == (False, [])
    away[0] = False
    await clinic.loop.settle()
    assert (done.done(), clinic.texts()) == (True, ["Question a?"])


@pytest.mark.parametrize("is_on_disk", [True, False])
async def test_what_is_withdrawn_stays_withdrawn_when_the_commits_answer_is_lost(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, *, is_on_disk: bool
) -> None:
    await clinic.take(Started())
    person, commit, cut = await clinic.person(), clinic.store.commit, [True]
    clinic.rows.clear()

    async def cut_off(batch: Batch) -> list[OutboxRow] | Lost:
        is_cut, cut[0] = cut[0], False
        if is_cut and not is_on_disk:
            raise DatabaseAway("before the commit")
        rows = await commit(batch)
        if is_cut:
            raise DatabaseAway("after the commit")
        return rows

    monkeypatch.setattr(clinic.store, "commit", cut_off)
    clinic.put(Blocked())
    with pytest.raises(DatabaseAway):
        await clinic.loop.round()
    assert (clinic.cancelled, clinic.rows) == ([(person.contact.id, False)], [])
    await clinic.loop.settle()
    told_again = [] if is_on_disk else ["Question a?"]  # it waits there, and is withdrawn once more
    assert (clinic.texts(), len(clinic.cancelled)) == (told_again, 1 if is_on_disk else 2)
    assert await clinic.store.waiting_rows() == []


async def test_the_loop_outlives_an_outage(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    due_timers, failures = clinic.store.due_timers, [3]

    async def sometimes(now: datetime, limit: int) -> object:
        if failures[0]:
            failures[0] -= 1
            raise DatabaseAway("gone")
        return await due_timers(now, limit)

    monkeypatch.setattr(turn_loop, "BACK_OFF_SECONDS", (0.0,))
    monkeypatch.setattr(clinic.store, "due_timers", sometimes)
    running = asyncio.create_task(clinic.loop.run())
    await asyncio.wait_for(clinic.put(Started()), 5)
    clinic.loop.stop()
    await asyncio.wait_for(running, 5)
    assert (clinic.loop.is_away, clinic.texts()) == (False, ["Question a?"])


async def test_who_writes_after_erasing_everything_begins_anew(clinic: Clinic) -> None:
    await clinic.take(Started())
    await clinic.take(Said("/delete"))
    first = (await clinic.person()).contact
    clinic.put(Said("yes"))
    clinic.put(Said("hello again"))
    await clinic.loop.settle()
    after = await clinic.person()
    assert after.contact.id != first.id
    assert (first.id, True) in clinic.cancelled
    assert clinic.texts()[-1] == "Question a?"
    assert "Gone." in clinic.texts()
    assert (await clinic.store.persons([first.id])) == {}


async def test_reminders_fire_once_and_late_ones_are_missed(clinic: Clinic) -> None:
    await clinic.take(Started())
    clinic.now += timedelta(hours=3)
    await clinic.loop.settle()
    assert clinic.texts().count("Still there?\n\nQuestion a?") == 1
    count = len(clinic.rows)
    await clinic.loop.settle()
    assert len(clinic.rows) == count
    await clinic.take(Started(), BOB)
    clinic.now += timedelta(hours=20)
    await clinic.loop.settle()
    assert clinic.texts(BOB) == ["Question a?"]
    assert await clinic.store.next_timer_at() is None


async def test_a_timer_may_erase_and_nothing_of_the_person_is_left(clinic: Clinic) -> None:
    await clinic.take(Started())
    await clinic.take(Said("x"))
    contact = (await clinic.person()).contact.id
    row = clinic.rows[0]
    clinic.now += timedelta(days=1)
    clinic.loop.put_mark(Mark(row.id, RowStatus.REFUSED, clinic.now), row)
    await clinic.loop.settle()
    assert await clinic.store.persons([contact]) == {}
    assert await clinic.store.waiting_rows() == []


async def test_a_refused_message_pauses_the_person_and_their_next_word_resumes(clinic: Clinic) -> None:
    await clinic.take(Started())
    clinic.loop.put_mark(Mark(clinic.rows[0].id, RowStatus.REFUSED, NOW), clinic.rows[0])
    await clinic.loop.settle()
    person = await clinic.person()
    assert person.contact.blocked_at == NOW
    assert (person.contact.id, False) in clinic.cancelled
    clinic.now += timedelta(hours=3)
    await clinic.loop.settle()
    assert clinic.texts() == ["Question a?"]
    await clinic.take(Said("x"))
    assert clinic.texts()[-2:] == ["Question b?", "Question a?\n\n✓ <b>X</b>"]
    assert (await clinic.person()).contact.blocked_at is None


async def test_whoever_writes_just_after_a_refusal_is_answered(clinic: Clinic) -> None:
    """What became of a row waits a moment for company: a word that is written with it is the newer of both."""
    await clinic.take(Started())
    clinic.loop.put_mark(Mark(clinic.rows[0].id, RowStatus.REFUSED, NOW), clinic.rows[0])
    await clinic.take(Said("x"))
    assert "Question b?" in clinic.texts()
    assert (await clinic.person()).contact.blocked_at is None
    assert clinic.rows[-1] in await clinic.store.waiting_rows()


async def test_what_comes_while_the_last_round_looks_is_written_before_the_end(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clinic.take(Started())
    row = clinic.rows[0]
    look = clinic.store.due_timers
    looks: list[datetime] = []

    async def due_timers(now: datetime, limit: int) -> list[Timer]:
        looks.append(now)
        if len(looks) == 1:
            clinic.loop.put_mark(Mark(row.id, RowStatus.SENT, NOW, message_id=9), row)
            clinic.loop.stop()
        return await look(now, limit)

    monkeypatch.setattr(clinic.store, "due_timers", due_timers)
    await asyncio.wait_for(clinic.loop.run(), 10)
    assert row not in await clinic.store.waiting_rows()


async def test_who_blocks_without_ever_having_written_is_nobody(clinic: Clinic) -> None:
    await clinic.take(Blocked(), 99)
    assert await clinic.store.persons_of_chats([99]) == {}


async def test_a_refused_card_blocks_nobody(clinic: Clinic) -> None:
    await clinic.take(Said("help me"))
    card = next(row for row in clinic.rows if row.chat == STAFF)
    clinic.loop.put_mark(Mark(card.id, RowStatus.REFUSED, NOW), card)
    await clinic.loop.settle()
    assert (await clinic.person()).contact.blocked_at is None


async def test_what_is_unreadable_is_kept_and_what_is_unwanted_confirmed(clinic: Clinic) -> None:
    done = clinic.loop.put(Unreadable(7, "no such thing", "{}")), clinic.loop.put(Unwanted(8, "poll"))
    await clinic.loop.settle()
    assert all(each.done() for each in done)
    assert [letter.error for letter in await clinic.store.dead_letters()] == ["no such thing"]
    assert await clinic.store.seen([7, 8]) == {7, 8}


async def test_a_flow_can_be_begun_for_somebody(clinic: Clinic) -> None:
    await clinic.loop.begin(ANN, lambda person: open_flow(made(), person, "main", NOW))
    assert clinic.texts() == ["Question a?"]


async def asked_to_be_rung(clinic: Clinic) -> str:
    await clinic.take(Said("/human"))
    await clinic.take(Said("07700 900123"))
    return (await clinic.person()).leads[0].id


async def test_one_of_two_who_take_it_has_it(clinic: Clinic) -> None:
    lead = await asked_to_be_rung(clinic)
    assert clinic.texts(STAFF)[0].startswith("<b>Please ring</b>")
    clinic.put(clinic.staff("have_it", lead, 5, "Bo"), STAFF, is_group=True, user=5)
    clinic.put(clinic.staff("have_it", lead, 6, "Cy"), STAFF, is_group=True, user=6)
    await clinic.loop.settle()
    assert [note for _, note in clinic.notes] == [
        "It's yours. I've sent you the details in our private chat.",
        "Bo has it already.",
    ]
    assert "07700900123" in clinic.texts(5)[0]
    assert clinic.texts(6) == []
    assert clinic.texts(STAFF)[-1].endswith("Bo has it")
    await clinic.take(clinic.staff("closed", lead, 5, "Bo"), 5)
    assert (await clinic.person()).leads[0].status == "closed"


async def test_staff_buttons_of_others_and_of_nobody(clinic: Clinic) -> None:
    lead = await asked_to_be_rung(clinic)
    await clinic.take(clinic.staff("have_it", lead, 9, "Eve"), 9)
    await clinic.take(clinic.staff("have_it", lead, 9, "Eve"), -200, is_group=True)
    for target in ("L999-1", "", "L", "x" * 40):
        await clinic.take(clinic.staff("have_it", target, 5, "Bo"), STAFF, is_group=True)
    assert [note for _, note in clinic.notes[:2]] == ["That button isn't for you."] * 2
    assert len(clinic.notes) == 6
    assert (await clinic.person()).leads[0].status == "open"


async def test_staff_find_a_person_and_lift_under_18(clinic: Clinic) -> None:
    await asked_to_be_rung(clinic)
    code = contact_code((await clinic.person()).contact.id)
    await clinic.take(Said(f"/find {code.lower()}"), STAFF, is_group=True, to_us=True, user=5)
    assert f"Code <b>{code}</b>" in clinic.texts(5)[0]
    assert "Sent to you in private." in clinic.texts(STAFF)[-1]
    await clinic.take(Said(f"/lift@SkinBot {code}"), STAFF, is_group=True, to_us=True, user=5)
    assert "Done." in clinic.texts(STAFF)[-1]
    for text in ("/find", "/find 0000", "/find ZZZZ", "/lift"):
        await clinic.take(Said(text), STAFF, is_group=True, to_us=True, user=5)
        assert "nobody with that code" in clinic.texts(STAFF)[-1]
    await clinic.take(Said("/dance"), STAFF, is_group=True, to_us=True)
    assert "I don't know /dance" in clinic.texts(STAFF)[-1]
    await clinic.take(Started(), STAFF, is_group=True, to_us=True)
    assert "/find CODE" in clinic.texts(STAFF)[-1]


async def test_other_groups_get_one_line_to_a_command_and_nothing_else(clinic: Clinic) -> None:
    group = -300
    for event, to_us in [(Said("hello"), False), (Said("a reply to it"), True), (Said("/find K7QX"), False)]:
        await clinic.take(event, group, is_group=True, to_us=to_us)
    assert clinic.texts(group) == []
    await clinic.take(Said("/find K7QX"), group, is_group=True, to_us=True)
    assert len(clinic.texts(group)) == 1
    await clinic.take(Pressed("1-1:0=x", "g"), group, is_group=True)
    assert clinic.notes == [("g", "")]
    assert await clinic.store.persons_of_chats([group]) == {}


async def test_the_staff_chat_may_move(clinic: Clinic) -> None:
    clinic.loop.put(ChatMoved(STAFF, -1001, 900))
    clinic.loop.put(ChatMoved(-5, -6, 901))
    await clinic.loop.settle()
    await asked_to_be_rung(clinic)
    assert clinic.texts(STAFF) == []
    assert len(clinic.texts(-1001)) == 1
    assert await clinic.store.present_chat(STAFF) == -1001


async def test_the_export_is_a_page_and_the_same_as_data(clinic: Clinic) -> None:
    await clinic.take(Started())
    await clinic.take(Said("x"), first_name="<Ann>")
    await clinic.take(Said("/export"))
    page, data = [row.effect for row in clinic.rows if isinstance(row.effect, SendDocument)]
    assert (page.name, page.media_type, data.media_type) == ("my-data.html", "text/html", "application/json")
    code = contact_code((await clinic.person()).contact.id)
    assert code in page.content
    assert "&lt;Ann&gt;" in page.content
    assert "<Ann>" not in page.content
    held = json.loads(data.content)
    assert "<Ann>" in json.dumps(held)
    assert page.to is To.PATIENT


def orders(rows: Sequence[OutboxRow]) -> list[int]:
    return [row.id for row in rows]


async def test_rows_are_handed_over_in_order(clinic: Clinic) -> None:
    for text in ("hi", "x", "/back", "/answers", "y"):
        await clinic.take(Said(text))
    assert orders(clinic.rows) == sorted(orders(clinic.rows))
    numbers = [row.number for row in clinic.rows]
    assert len(set(numbers)) == len(numbers)


async def test_whoever_blocks_us_in_the_round_of_their_own_words_gets_no_answer(clinic: Clinic) -> None:
    await clinic.take(Started())
    before = len(clinic.sent())
    for event in (Said("/answers"), Blocked()):
        clinic.put(event)
    await clinic.loop.settle()
    assert len(clinic.sent()) == before
    assert not [row for row in await clinic.store.waiting_rows() if row.id > clinic.rows[-1].id]
    for event in (Blocked(), Said("/answers")):
        clinic.put(event)
    await clinic.loop.settle()
    assert len(clinic.sent()) > before, "they are back"
