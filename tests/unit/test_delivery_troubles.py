from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.delivery.dispatcher import AT_ONCE
from bot.delivery.limits import Limits
from bot.delivery.sender import Kind, Mend, SendOutcome
from bot.delivery.split import plain_text
from bot.engine.effect import ButtonSpec, Lane, PinMessage, SendMessage, SendPicture, To
from bot.ids import ContactId
from bot.store.protocol import RowStatus
from tests.delivery_world import AGAIN, BLOCKED, START, World, flood, mend


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


async def test_what_is_too_long_for_the_first_part_is_too_long_for_the_others() -> None:
    world = World()
    done = SendOutcome(Kind.SENT, message_id=1)
    row = world.row(html="word " * 700)
    world.script[row.id] = [*[mend(Mend.SPLIT)] * 4, *[done] * 40]
    await world.send_all(row)
    assert all(len(call.html) <= 256 for call in world.calls[4:])
    assert world.last(row).status is RowStatus.SENT


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
    assert world.staff_refused == [(1, True)]
    later = world.row(-100, contact=3, to=To.STAFF, lane=Lane.ALERT)
    world.dispatcher.add([later, world.row(5)])
    assert world.staff_refused == [(1, True), (3, False)]
    await world.wait(125)
    assert world.order == [1, 4, 1, 1, 2, 3]
    assert world.dispatcher.health()["status"] == "green"
    assert world.staff_refused == [(1, True), (3, False)]


async def test_a_staff_chat_that_is_held_long_is_told_of_and_one_held_briefly_is_not() -> None:
    world = World()
    brief = world.row(-100, to=To.STAFF, lane=Lane.ALERT, answers=[flood(5)])
    await world.send_all(brief)
    await world.wait(6)
    assert world.staff_refused == []
    long = world.row(-100, to=To.STAFF, lane=Lane.ALERT, answers=[flood(40)])
    await world.send_all(long, world.row(-100, to=To.STAFF))
    assert world.staff_refused == [(2, False), (3, False)], "what waits behind it is told of as well"
    assert world.dispatcher.health()["status"] == "red"
    world.dispatcher.add([world.row(-100, to=To.STAFF, lane=Lane.ALERT)])
    assert world.staff_refused == [(2, False), (3, False), (4, False)]
    await world.wait(41)
    assert world.dispatcher.health()["status"] == "green"
    world.dispatcher.add([world.row(-100, to=To.STAFF, lane=Lane.ALERT)])
    assert world.staff_refused == [(2, False), (3, False), (4, False)]


async def test_a_staff_chat_that_is_held_again_and_again_is_held_long() -> None:
    world = World()
    row = world.row(-100, to=To.STAFF, lane=Lane.ALERT, answers=[flood(6)] * 6)
    await world.send_all(row)
    await world.wait(20)
    assert world.staff_refused == []
    await world.wait(15)
    assert world.staff_refused == [(1, False)]
    assert world.dispatcher.health()["reasons"] == ["Telegram holds the staff chat"]
    await world.wait(25)
    assert world.status(row)[-1] is RowStatus.SENT
    assert world.staff_refused == [(1, False)]
    assert world.dispatcher.health()["status"] == "green"


async def test_a_staff_chat_we_are_put_out_of_is_red_at_once_and_green_once_we_are_back() -> None:
    world = World()
    kicked = SendOutcome(Kind.REFUSED, reason="Forbidden: bot was kicked from the supergroup chat")
    world.dispatcher.staff_chat_changed(-100, is_open=False)
    assert world.dispatcher.health()["reasons"] == ["the staff chat takes no messages"]
    first, second = (world.row(-100, to=To.STAFF, lane=Lane.ALERT, answers=[kicked]) for _ in range(2))
    await world.send_all(first, second)
    assert world.staff_refused == [(1, False), (2, False)], "whoever brought the word has told people already"
    world.dispatcher.staff_chat_changed(-100, is_open=False)
    world.script.clear()
    world.dispatcher.staff_chat_changed(-100, is_open=True)
    world.dispatcher.staff_chat_changed(-500, is_open=True)
    assert world.dispatcher.health()["status"] == "green"
    await world.dispatcher.drain()
    assert world.order == [1, 1, 2], "what was kept goes out without waiting for its next try"


async def test_a_row_that_waits_when_we_are_put_out_is_told_of_by_whoever_brought_the_word() -> None:
    world = World()
    world.dispatcher.add([world.row(-100, to=To.STAFF, lane=Lane.ALERT)])
    world.dispatcher.staff_chat_changed(-100, is_open=False)
    world.script[1] = [SendOutcome(Kind.REFUSED, reason="Bad Request: chat not found")]
    await world.dispatcher.drain()
    assert world.staff_refused == []


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


async def passes() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_row_that_finds_its_group_moved_waits_its_turn_in_the_new_one() -> None:
    world = World()
    old, new, after = (world.row(chat, to=To.STAFF, contact=9) for chat in (-5, -1005, -5))
    world.script[1] = [mend(Mend.MOVED, -1005)]
    gates = {-5: asyncio.Event(), -1005: asyncio.Event()}

    async def gate() -> None:
        await gates[world.calls[-1].row.chat].wait()

    world.gate = gate
    running = asyncio.create_task(world.dispatcher.run())
    world.dispatcher.add([old, new, after])
    await passes()
    assert world.order == [1, 2]
    gates[-5].set()  # the news comes while the other row is under way
    await passes()
    assert world.moved
    assert world.order == [1, 2]
    gates[-1005].set()
    await passes()
    await world.dispatcher.stop(1)
    await running
    assert world.order == [1, 2, 1, 3]
    assert [world.last(row).status for row in (old, new, after)] == [RowStatus.SENT] * 3


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


async def test_a_pin_waits_for_its_message_and_nothing_waits_for_it() -> None:
    world = World()
    message = world.row(answers=[AGAIN], number=1)
    pin = world.row(effect=PinMessage(2, 1), number=2, answers=[AGAIN, AGAIN])
    later = world.row(number=3)
    await world.send_all(message, pin, later)
    await world.wait(10)
    assert world.order[:2] == [message.id, message.id]
    assert world.order[2:] == [later.id, pin.id, pin.id, pin.id]
    sent = next(mark.message_id for mark in world.marks if mark.row == message.id and mark.message_id)
    assert {call.target for call in world.calls if call.row.id == pin.id} == {sent}
    assert world.status(pin)[-1] is RowStatus.SENT


async def test_a_pin_and_an_edit_of_one_message_both_go_and_a_pin_of_nothing_does_not() -> None:
    world = World()
    world.stored[ContactId(1), 5] = 500
    edit, pin = world.row(edits=5), world.row(effect=PinMessage(2, 5))
    newer, unpin = world.row(edits=5, html="newer"), world.row(effect=PinMessage(4, 5, unpins=True))
    of_nothing = world.row(effect=PinMessage(6, 9))
    await world.send_all(edit, pin, newer, unpin, of_nothing)
    assert world.order == [newer.id, pin.id, unpin.id], "the older edit is replaced, nothing else"
    assert world.status(of_nothing) == [RowStatus.SENT]


async def test_a_pin_has_its_time() -> None:
    world = World()
    world.stored[ContactId(1), 5] = 500
    pin = world.row(effect=PinMessage(2, 5), answers=[AGAIN] * 200)
    await world.send_all(pin)
    world.at += timedelta(hours=2)
    await world.send_all()
    assert world.status(pin)[-1] is RowStatus.GIVEN_UP
