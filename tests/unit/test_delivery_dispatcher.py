from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Mend
from bot.engine.effect import Lane, SendMessage
from bot.ids import ContactId
from bot.store.protocol import Mark, RowStatus
from tests.delivery_world import AGAIN, START, UNKNOWN, World, flood, mend


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


async def test_a_clock_that_is_set_back_keeps_nothing_waiting_and_changes_no_order() -> None:
    world = World()
    first = world.row(1)
    world.at -= timedelta(hours=2)
    await world.send_all(first, world.row(1))
    assert world.order == [1, 2]


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


async def test_a_question_is_asked_anew_where_the_message_that_it_should_take_over_is_not_known() -> None:
    world = World()
    question = world.row(edits=79, is_question=True, html="what now?")
    await world.send_all(question)
    await world.send_all(world.row(edits=79, is_question=True, only_buttons=True))
    assert [(call.target, call.html) for call in world.calls[:1]] == [(None, "what now?")]
    assert world.calls[1].target == world.last(question).message_id


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


async def test_what_is_under_way_is_asked_for_steadily() -> None:
    world = World()
    row = world.row(answers=[replace(AGAIN, again_after=0.5)] * 12)
    await world.send_all(row)
    await world.wait(10)
    waits = [(b.at - a.at).total_seconds() for a, b in pairwise(world.calls)]
    assert waits == [0.5] * 12
    assert world.last(row).status is RowStatus.SENT


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


async def test_what_nobody_asked_for_is_withdrawn_alone() -> None:
    world = World(NO_LIMITS)
    unasked, reply = world.row(1, lane=Lane.CHECK_IN), world.row(1, html="a reply")
    world.dispatcher.add([unasked, reply])
    world.dispatcher.cancel(ContactId(1), None, only_unasked=True)
    await world.dispatcher.drain()
    assert world.order == [reply.id]
    assert world.dispatcher.next_at() is None


async def test_health_tells_by_lane_what_is_unsent_and_since_when() -> None:
    world = World()
    world.dispatcher.add(
        [world.row(1, lane=Lane.ALERT, answers=[AGAIN]), world.row(2, lane=Lane.CHECK_IN, due_in=60)]
    )
    await world.dispatcher.drain()
    world.at += timedelta(seconds=0.25)
    lanes = world.dispatcher.health()["lanes"]
    assert lanes == {
        "alert": {"waiting": 1, "oldest_seconds": 0.25},
        "reply": {"waiting": 0, "oldest_seconds": 0.0},
        "check_in": {"waiting": 1, "oldest_seconds": 0.0},
        "broadcast": {"waiting": 0, "oldest_seconds": 0.0},
    }
