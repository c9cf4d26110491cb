from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.delivery.dispatcher import AT_ONCE, Dispatcher
from bot.delivery.limits import NO_LIMITS, Limits
from bot.delivery.sender import Kind, Mend, SendOutcome
from bot.delivery.split import plain_text
from bot.engine.effect import ButtonSpec, Effect, Lane, SendMessage, SendPicture, To
from bot.ids import ContactId
from bot.store.protocol import Mark, OutboxRow, RowStatus

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
AGAIN = SendOutcome(Kind.AGAIN, reason="no connection")
UNKNOWN = SendOutcome(Kind.UNKNOWN, reason="ServerDisconnectedError")
BLOCKED = SendOutcome(Kind.REFUSED, reason="Forbidden: bot was blocked by the user")


def flood(seconds: float) -> SendOutcome:
    return SendOutcome(Kind.AGAIN, retry_after=seconds, reason="Too Many Requests")


def mend(what: Mend, moved_to: int | None = None) -> SendOutcome:
    return SendOutcome(Kind.MEND, mend=what, moved_to=moved_to, reason=f"mend {what}")


class Call:
    def __init__(self, row: OutboxRow, target: int | None, plain: bool, at: datetime) -> None:
        self.row, self.target, self.plain, self.at = row, target, plain, at
        self.html = row.effect.html if isinstance(row.effect, SendMessage) else ""


class World:
    """A clock, a channel that answers by script, and what the dispatcher reported."""

    def __init__(self, limits: Limits = NO_LIMITS) -> None:
        self.at = START
        self.calls: list[Call] = []
        self.script: dict[int, list[SendOutcome]] = {}
        self.marks: list[Mark] = []
        self.stored: dict[tuple[ContactId, int], int] = {}
        self.refused: list[ContactId] = []
        self.moved: list[tuple[int, int]] = []
        self.presses: list[tuple[str, str]] = []
        self.gate: Callable[[], Any] | None = None
        self._next_message = 1000
        self._next_row = 0
        self.limits = limits
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self,
            lambda: self.at,
            on_mark=lambda mark, _: self.marks.append(mark),
            find_target=self.find_target,
            limits=self.limits,
            on_refused=self.refused.append,
            on_moved=lambda old, new: self.moved.append((old, new)),
            jitter=lambda: 1.0,
        )

    async def find_target(self, contact: ContactId, number: int) -> int | None:
        return self.stored.get((contact, number))

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        self.calls.append(Call(row, target, plain, self.at))
        if self.gate is not None:
            await self.gate()
        waiting = self.script.get(row.id)
        if waiting:
            return waiting.pop(0)
        self._next_message += 1
        return SendOutcome(Kind.SENT, message_id=target or self._next_message)

    async def answer_press(self, press_id: str, note: str) -> None:
        self.presses.append((press_id, note))

    def row(
        self,
        chat: int = 1,
        *,
        lane: Lane = Lane.REPLY,
        html: str = "hello",
        contact: int | None = None,
        answers: list[SendOutcome] | None = None,
        effect: Effect | None = None,
        due_in: float = 0,
        number: int | None = None,
        **more: Any,
    ) -> OutboxRow:
        self._next_row += 1
        own = number or self._next_row
        if answers:
            self.script[self._next_row] = list(answers)
        return OutboxRow(
            id=self._next_row,
            contact=ContactId(contact or abs(chat)),
            number=own,
            chat=chat,
            lane=lane,
            effect=effect or SendMessage(number=own, html=html, lane=lane, **more),
            created_at=self.at,
            due_at=self.at + timedelta(seconds=due_in),
        )

    async def send_all(self, *rows: OutboxRow) -> None:
        self.dispatcher.add(rows)
        await self.dispatcher.drain()

    async def wait(self, seconds: float) -> None:
        """Move the clock in small steps, so that everything falls due at its time."""
        end = self.at + timedelta(seconds=seconds)
        while self.at < end:
            self.at = min(end, self.at + timedelta(milliseconds=100))
            await self.dispatcher.drain()

    @property
    def order(self) -> list[int]:
        return [call.row.id for call in self.calls]

    def status(self, row: OutboxRow) -> list[RowStatus]:
        return [mark.status for mark in self.marks if mark.row == row.id]

    def last(self, row: OutboxRow) -> Mark:
        return [mark for mark in self.marks if mark.row == row.id][-1]


async def test_sends_in_order_and_marks_after_the_call() -> None:
    world = World()
    rows = [world.row() for _ in range(3)]
    await world.send_all(*rows)
    assert world.order == [1, 2, 3]
    assert [(mark.row, mark.status, mark.message_id) for mark in world.marks] == [
        (1, RowStatus.SENT, 1001),
        (2, RowStatus.SENT, 1002),
        (3, RowStatus.SENT, 1003),
    ]
    await world.send_all(*rows)
    assert len(world.calls) == 6, "a row that has left is taken again if the store says it waits"


async def test_a_row_that_is_here_already_is_passed_over() -> None:
    world = World()
    row = world.row()
    world.dispatcher.add([row])
    await world.send_all(row)
    assert world.order == [1]


async def test_an_alert_overtakes_and_better_lanes_go_first() -> None:
    world = World()
    await world.send_all(
        world.row(1, lane=Lane.BROADCAST),
        world.row(2, lane=Lane.CHECK_IN),
        world.row(3),
        world.row(3, lane=Lane.ALERT),
    )
    assert world.order == [4, 3, 2, 1]


async def test_a_row_in_trouble_holds_those_behind_it_but_no_alert_and_no_other_chat() -> None:
    world = World()
    first = world.row(1, answers=[AGAIN])
    await world.send_all(first, world.row(1), world.row(2))
    assert world.order == [1, 3]
    await world.send_all(world.row(1, lane=Lane.ALERT))
    assert world.order == [1, 3, 4]
    assert world.last(first) == Mark(
        1, RowStatus.WAITING, START, START + timedelta(seconds=1), attempts=1, reason="no connection"
    )
    await world.wait(1.1)
    assert world.order == [1, 3, 4, 1, 2]


async def test_a_row_for_later_does_not_hold_the_others() -> None:
    world = World()
    await world.send_all(world.row(due_in=60), world.row())
    assert world.order == [2]
    await world.wait(61)
    assert world.order == [2, 1]


async def test_the_mark_on_a_question_goes_after_the_next_one() -> None:
    world = World()
    question = world.row()
    await world.send_all(question)
    mark = world.row(edits=question.number, droppable=True, html="answered")
    await world.send_all(mark, world.row())
    assert world.order == [1, 3, 2]
    assert world.calls[-1].target == 1001


async def test_an_edit_waits_for_its_target_even_as_an_alert() -> None:
    world = World()
    card = world.row(answers=[AGAIN])
    await world.send_all(card, world.row(lane=Lane.ALERT, edits=card.number))
    assert world.order == [1]
    await world.wait(1.1)
    assert world.order == [1, 1, 2]
    assert world.calls[-1].target == 1001


async def test_an_edit_finds_its_target_in_the_store_after_a_restart() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    await world.send_all(world.row(edits=77))
    assert world.calls[0].target == 555
    assert world.marks[0].message_id == 555


async def test_an_edit_of_what_was_never_sent_is_dropped_but_an_alert_is_said() -> None:
    world = World()
    lost, alert = world.row(edits=77), world.row(edits=78, lane=Lane.ALERT)
    await world.send_all(lost, alert)
    assert world.order == [2]
    assert world.calls[0].target is None
    assert isinstance(world.calls[0].row.effect, SendMessage)
    assert world.calls[0].row.effect.edits is None
    assert world.status(lost) == [RowStatus.SENT]


async def test_a_newer_edit_takes_the_place_of_one_that_waits() -> None:
    world = World()
    target = world.row(answers=[AGAIN])
    old, between = world.row(edits=1, html="old"), world.row(html="between")
    new, buttons = world.row(edits=1, html="new"), world.row(edits=1, only_buttons=True)
    await world.send_all(target, old, between, new, buttons)
    await world.wait(2)
    assert [call.html for call in world.calls] == ["hello", "hello", "new", "between", "hello"]
    assert world.order == [1, 1, 4, 3, 5], "taking off buttons does not replace an edit of the text"
    assert world.status(old) == [RowStatus.CANCELLED]


async def test_an_edit_whose_target_is_gone_comes_as_a_new_message() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    gone = mend(Mend.NEW_MESSAGE)
    text, keys = world.row(edits=77, answers=[gone]), world.row(edits=77, only_buttons=True, answers=[gone])
    mark = world.row(edits=77, droppable=True, answers=[gone])
    await world.send_all(text)
    assert [call.target for call in world.calls] == [555, None]
    assert world.last(text).message_id == 1001
    await world.send_all(keys)
    assert world.calls[-1].target == 1001, "what replaced the lost message is the target from now on"
    await world.send_all(mark)
    assert world.order == [1, 1, 2, 3]
    assert world.status(keys) == world.status(mark) == [RowStatus.SENT]


async def test_backing_off_until_the_window_ends() -> None:
    world = World()
    row = world.row(answers=[AGAIN] * 99, window_seconds=100)
    await world.send_all(row)
    await world.wait(200)
    waits = [(b.at - a.at).total_seconds() for a, b in pairwise(world.calls)]
    assert waits == [1, 2, 4, 8, 16, 32]
    assert world.last(row).status is RowStatus.GIVEN_UP
    late = world.row(window_seconds=10)
    world.at += timedelta(seconds=11)
    await world.send_all(late)
    assert late.id not in world.order
    assert world.status(late) == [RowStatus.GIVEN_UP]


async def test_an_alert_is_tried_for_ever() -> None:
    world = World()
    alert = world.row(lane=Lane.ALERT, answers=[AGAIN, UNKNOWN] * 400, window_seconds=60)
    await world.send_all(alert)
    await world.wait(3600)
    assert len(world.calls) > 230, "at least every 15 s"
    assert set(world.status(alert)) == {RowStatus.WAITING}


async def test_an_unanswered_new_message_is_repeated_twice_at_most() -> None:
    world = World()
    row = world.row(answers=[UNKNOWN] * 9)
    await world.send_all(row)
    await world.wait(60)
    assert len(world.calls) == 3
    assert [mark.unknown for mark in world.marks] == [1, 2, 2]
    assert world.status(row)[-1] is RowStatus.GIVEN_UP


async def test_the_count_of_unanswered_calls_survives_a_restart() -> None:
    world = World()
    await world.send_all(replace(world.row(answers=[UNKNOWN]), attempts=5, unknown=2))
    assert world.marks[0].status is RowStatus.GIVEN_UP


async def test_unanswered_edits_are_not_counted() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    row = world.row(edits=77, answers=[UNKNOWN] * 6)
    await world.send_all(row)
    await world.wait(120)
    assert len(world.calls) == 7
    assert world.last(row).status is RowStatus.SENT


async def test_a_429_holds_its_chat_and_drops_the_marks_of_it() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    slow, other = world.row(1, answers=[flood(5)]), world.row(2)
    mark, alert = world.row(1, edits=77, droppable=True), world.row(1)
    await world.send_all(slow, other, mark, alert)
    assert world.order == [1, 2]
    assert world.status(mark) == [RowStatus.CANCELLED]
    await world.send_all(world.row(1, lane=Lane.ALERT))
    assert world.order == [1, 2], "a held chat takes nothing at all"
    await world.wait(5)
    assert world.order == [1, 2]
    await world.wait(0.2)
    assert world.order == [1, 2, 5, 1, 4]


async def test_a_mark_that_meets_a_429_is_left_out() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    mark = world.row(edits=77, droppable=True, answers=[flood(5)])
    await world.send_all(mark)
    await world.wait(10)
    assert world.order == [1]
    assert world.status(mark) == [RowStatus.CANCELLED]


async def test_three_429_in_different_chats_hold_the_bulk() -> None:
    world = World()
    await world.send_all(*(world.row(chat, answers=[flood(30)]) for chat in (1, 2)))
    await world.send_all(world.row(7, lane=Lane.CHECK_IN))
    await world.send_all(world.row(3, answers=[flood(30)]))
    await world.send_all(world.row(8, lane=Lane.CHECK_IN), world.row(9), world.row(10, lane=Lane.ALERT))
    assert world.order == [1, 2, 3, 4, 7, 6]
    assert world.dispatcher.health()["status"] == "yellow"
    await world.wait(31)
    assert 5 in world.order


async def test_refused_markup_is_sent_plain_once() -> None:
    world = World()
    good, bad = world.row(answers=[mend(Mend.PLAIN_TEXT)]), world.row(answers=[mend(Mend.PLAIN_TEXT)] * 2)
    await world.send_all(good, bad)
    assert [call.plain for call in world.calls] == [False, True, False, True]
    assert (world.status(good), world.status(bad)) == ([RowStatus.SENT], [RowStatus.GIVEN_UP])


async def test_a_long_text_is_split_with_the_keyboard_on_the_last_part() -> None:
    world = World()
    keys = ((ButtonSpec("a", "A", data="1-1:1=a"),),)
    text = "<b>" + "word " * 1600 + "</b>"
    row = world.row(html=text, rows=keys)
    await world.send_all(row, world.row())
    sent = [call.row.effect for call in world.calls[:2]]
    assert all(isinstance(effect, SendMessage) and len(plain_text(effect.html)) <= 4096 for effect in sent)
    assert [effect.rows for effect in sent if isinstance(effect, SendMessage)] == [(), keys]
    assert world.order == [1, 1, 2]
    assert world.last(row).message_id == 1002


async def test_a_text_that_is_refused_as_too_long_is_split_smaller() -> None:
    world = World()
    row = world.row(html="word " * 700, answers=[mend(Mend.SPLIT)])
    hopeless = world.row(html="word " * 700, answers=[mend(Mend.SPLIT)] * 9)
    await world.send_all(row)
    assert [len(call.html) <= 2048 for call in world.calls] == [False, True, True]
    await world.send_all(hopeless)
    assert world.last(hopeless).status is RowStatus.GIVEN_UP


async def test_an_interrupted_split_goes_on_where_it_was() -> None:
    world = World()
    row = world.row(html="a" * 4096 + " " + "b" * 10)
    world.script[row.id] = [SendOutcome(Kind.SENT, message_id=1), AGAIN]
    await world.send_all(row)
    await world.wait(2)
    assert [call.html[0] for call in world.calls] == ["a", "b", "b"]


async def test_a_long_edit_changes_its_target_and_sends_the_rest() -> None:
    world = World()
    world.stored[ContactId(1), 77] = 555
    await world.send_all(world.row(edits=77, html="word " * 1000))
    assert [call.target for call in world.calls] == [555, None]


async def test_a_person_who_blocked_us_is_reported_once_and_their_rows_go() -> None:
    world = World()
    first, second = world.row(1, answers=[BLOCKED]), world.row(1, lane=Lane.CHECK_IN)
    about = world.row(-100, contact=1, to=To.STAFF)
    await world.send_all(first, second, about)
    assert world.refused == [ContactId(1)]
    assert (world.status(first), world.status(second)) == ([RowStatus.REFUSED], [RowStatus.CANCELLED])
    assert world.order == [1, 3], "what staff should know about the person is still sent"
    assert world.last(first).reason == BLOCKED.reason


async def test_a_colleague_whose_chat_refuses_does_not_pause_the_person() -> None:
    world = World()
    row = world.row(5, contact=1, to=To.STAFF_MEMBER, answers=[BLOCKED])
    await world.send_all(row, world.row(1))
    assert world.refused == []
    assert world.order == [1, 2]
    assert world.status(row) == [RowStatus.REFUSED]


async def test_a_staff_chat_that_refuses_loses_nothing_and_turns_red() -> None:
    world = World()
    kicked = SendOutcome(Kind.REFUSED, reason="Forbidden: bot was kicked from the supergroup chat")
    rows = [world.row(-100, contact=chat, to=To.STAFF, lane=Lane.ALERT) for chat in (1, 2)]
    world.script[1] = [kicked, kicked]
    await world.send_all(*rows)
    assert world.order == [1]
    assert world.refused == []
    assert world.dispatcher.health()["status"] == "red"
    await world.wait(125)
    assert world.order == [1, 1, 1, 2]
    assert world.dispatcher.health()["status"] == "green"


async def test_a_refused_token_stops_everything_and_keeps_the_rows() -> None:
    world = World()
    rows = [world.row(1, answers=[SendOutcome(Kind.STOPPED, reason="Unauthorized")]), world.row(2)]
    await world.send_all(*rows)
    await world.wait(60)
    assert world.order == [1]
    assert world.marks == []
    assert world.dispatcher.health()["status"] == "red"
    assert world.dispatcher.health()["waiting"] == 2
    await world.dispatcher.run()


async def test_another_400_is_given_up_and_the_next_row_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    bug = SendOutcome(Kind.GIVEN_UP, reason="Bad Request: BUTTON_DATA_INVALID")
    row = world.row(answers=[bug], html="Ada Lovelace's answer")
    await world.send_all(row, world.row())
    assert world.order == [1, 2]
    assert world.status(row) == [RowStatus.GIVEN_UP]
    assert "outbox row 1 is given up: Bad Request: BUTTON_DATA_INVALID" in caplog.text
    assert "Ada" not in caplog.text


async def test_a_moved_group_takes_its_rows_along() -> None:
    world = World()
    rows = [world.row(-5, to=To.STAFF, contact=9) for _ in range(3)]
    world.script[1] = [mend(Mend.MOVED, -1005)]
    await world.send_all(*rows[:2])
    await world.send_all(rows[2])
    assert [call.row.chat for call in world.calls] == [-5, -1005, -1005, -1005]
    assert world.moved == [(-5, -1005)]


async def test_cancelled_rows_are_not_sent() -> None:
    world = World()
    rows = [world.row(1), world.row(1), world.row(-100, contact=1, to=To.STAFF), world.row(2)]
    world.dispatcher.add(rows)
    world.dispatcher.cancel(ContactId(1), 1)
    world.dispatcher.cancel(ContactId(1), None)
    await world.dispatcher.drain()
    assert sorted(world.order) == [3, 4]
    world.dispatcher.add([world.row(-100, contact=1, to=To.STAFF)])
    world.dispatcher.cancel(ContactId(1), None, everything=True)
    await world.dispatcher.drain()
    assert len(world.calls) == 2


async def test_a_row_cancelled_under_way_ends_with_its_call() -> None:
    world = World()
    row = world.row(answers=[AGAIN])

    async def cancel() -> None:
        world.dispatcher.cancel(ContactId(1), None)

    world.gate = cancel
    await world.send_all(row)
    world.gate = None
    await world.wait(5)
    assert world.order == [1]
    assert world.marks == []


async def test_a_burst_in_a_chat_then_one_a_second() -> None:
    world = World(Limits())
    await world.send_all(*(world.row(1) for _ in range(6)))
    assert len(world.calls) == 3
    await world.wait(4)
    assert [(call.at - START).total_seconds() for call in world.calls] == [0, 0, 0, 1.1, 2.1, 3.1]


async def test_eighteen_a_minute_in_a_group_edits_counted_alerts_not_held() -> None:
    world = World(Limits())
    rows = [world.row(-5, contact=9, edits=500 + at if at % 2 else None) for at in range(30)]
    for at in range(30):
        world.stored[ContactId(9), 500 + at] = 5 + at
    world.dispatcher.add(rows)
    await world.wait(59)
    assert len(world.calls) == 18
    await world.send_all(world.row(-5, contact=9, lane=Lane.ALERT))
    assert len(world.calls) == 19
    await world.wait(61)
    assert len(world.calls) == 31


async def test_bulk_is_evenly_spaced_and_replies_are_not_held() -> None:
    world = World(Limits(bulk_per_second=10))
    world.dispatcher.add([world.row(chat, lane=Lane.BROADCAST) for chat in range(1, 41)])
    await world.dispatcher.drain()
    assert len(world.calls) == 1
    await world.send_all(*(world.row(chat) for chat in range(100, 120)))
    assert len(world.calls) == 21
    await world.wait(6)
    assert len(world.calls) == 60


async def test_a_reply_behind_a_check_in_does_not_wait_for_the_bulk() -> None:
    world = World(Limits(bulk_per_second=1))
    await world.send_all(world.row(1, lane=Lane.BROADCAST))
    await world.send_all(world.row(2, lane=Lane.CHECK_IN), world.row(2))
    assert world.order == [1, 2, 3]


async def test_pictures_go_as_they_are() -> None:
    world = World()
    row = world.row(effect=SendPicture(number=1, path="a.png", alt="Redness fades"))
    hopeless = world.row(effect=SendPicture(number=2, path="a.png", alt="x"), answers=[mend(Mend.SPLIT)])
    await world.send_all(row, hopeless)
    assert (world.status(row), world.status(hopeless)) == ([RowStatus.SENT], [RowStatus.GIVEN_UP])


async def test_presses_are_answered_beside_the_queue() -> None:
    world = World()
    world.dispatcher.answer("p1", "Already noted")
    await world.dispatcher.drain()
    assert world.presses == [("p1", "Already noted")]


async def test_a_store_that_is_away_delays_an_edit() -> None:
    world = World()

    async def away(contact: ContactId, number: int) -> int | None:
        raise ConnectionError

    row = world.row(edits=77)
    world.dispatcher._find_target = away
    await world.send_all(row)
    assert world.status(row) == [RowStatus.WAITING]
    world.stored[ContactId(1), 77] = 5
    world.dispatcher._find_target = world.find_target
    await world.wait(2)
    assert world.status(row)[-1] is RowStatus.SENT


async def test_run_sends_across_chats_at_once_one_in_each_and_stops_cleanly() -> None:
    world = World()
    release, full = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        if len(world.calls) == AT_ONCE:
            full.set()
        await release.wait()

    world.gate = hold
    world.dispatcher.add([world.row(chat) for chat in range(1, 101) for _ in range(2)])
    running = asyncio.create_task(world.dispatcher.run())
    await full.wait()
    chats = [call.row.chat for call in world.calls]
    assert len(chats) == len(set(chats)) == AT_ONCE
    stopping = asyncio.create_task(world.dispatcher.stop(5))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(running, stopping)
    assert len(world.calls) == AT_ONCE == len(world.marks)


async def test_stop_cuts_a_call_that_never_ends_and_its_row_stays() -> None:
    world = World()
    began = asyncio.Event()

    async def never() -> None:
        began.set()
        await asyncio.Event().wait()

    world.gate = never
    running = asyncio.create_task(world.dispatcher.run())
    world.dispatcher.add([world.row()])
    await began.wait()
    await world.dispatcher.stop(0)
    await running
    assert world.marks == []


async def test_run_wakes_when_something_falls_due() -> None:
    world = World()
    asked: list[datetime | None] = []
    done = asyncio.Event()

    async def wait_until(until: datetime | None, event: asyncio.Event) -> None:
        asked.append(until)
        if until is None:
            if len(world.marks) == 2:
                done.set()
            await event.wait()
        else:
            world.at = max(world.at, until)
            await asyncio.sleep(0)

    world.dispatcher._wait_until = wait_until
    running = asyncio.create_task(world.dispatcher.run())
    world.dispatcher.add([world.row(due_in=3600, answers=[AGAIN])])
    await done.wait()
    assert world.marks[-1].status is RowStatus.SENT
    assert START + timedelta(seconds=3600) in asked
    await world.dispatcher.stop(1)
    await running
