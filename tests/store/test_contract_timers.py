"""What every store keeps to about timers and about what is open: the day's list and the turn loop rely on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ids import AlertId
from bot.store.protocol import Batch, Store, Timer, TimerEnd
from tests.store.people import NOW, a_timer, put_person
from tests.store.stores import opener, store

__all__ = ["opener", "store"]


async def test_timers_come_due_in_order(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    late, soon = a_timer(contact, "remind/1/2"), a_timer(contact, "expire/1/2", after=timedelta(hours=1))
    await store.commit(Batch(NOW, timers_set=[late, soon]))
    assert await store.next_timer_at() == soon.fire_at
    assert await store.due_timers(NOW, 10) == []
    assert await store.due_timers(soon.fire_at, 10) == [soon]
    assert await store.due_timers(late.fire_at, 10) == [soon, late]
    assert await store.due_timers(late.fire_at, 1) == [soon]


async def test_timers_of_a_kind_between_two_instants(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    hours = {
        name: a_timer(contact, f"checkin/{name}", after=timedelta(hours=h)) for name, h in (("b", 5), ("a", 1))
    }
    other = a_timer(contact, "remind/1/2", after=timedelta(hours=2))
    ended = a_timer(contact, "checkin/c", after=timedelta(hours=2))
    batch = Batch(NOW, timers_set=[*hours.values(), other, ended])
    batch.timers_ended = [(contact, ended.key, TimerEnd.CANCELLED)]
    await store.commit(batch)
    until = hours["b"].fire_at
    assert await store.timers_between("checkin", NOW, until, 9) == [hours["a"], hours["b"]]
    assert await store.timers_between("checkin", NOW, until, 1) == [hours["a"]]
    assert await store.timers_between("checkin", NOW, until - timedelta(seconds=1), 9) == [hours["a"]]
    assert await store.timers_between("checkin", until, until, 9) == [hours["b"]]


async def test_open_alerts(store: Store) -> None:
    people = [await put_person(store, chat) for chat in (1, 2, 3, 4)]
    first, second, third, fourth = (person.contact.id for person in people)
    alert = people[0].alerts[0]
    older = replace(alert, id=AlertId("A9"), raised_at=NOW - timedelta(days=1))
    second_alerts = (replace(alert, status="acknowledged"), older)
    changed = [
        replace(people[1], alerts=second_alerts),
        replace(people[2], alerts=(replace(alert, status="closed"),)),
        replace(people[3], alerts=(replace(alert, status="withdrawn"),)),
    ]
    await store.commit(Batch(NOW, persons=changed))
    assert await store.open_alerts(9) == [second, first]
    assert await store.open_alerts(1) == [second]
    assert third != fourth


@pytest.mark.parametrize("end", list(TimerEnd))
async def test_an_ended_timer_never_fires_again(store: Store, end: TimerEnd) -> None:
    contact = (await put_person(store)).contact.id
    timer = a_timer(contact, "remind/1/2")
    await store.commit(Batch(NOW, timers_set=[timer]))
    await store.commit(Batch(NOW, timers_ended=[(contact, timer.key, end)]))
    await store.purge(NOW + timedelta(days=400))
    await store.commit(Batch(NOW, timers_set=[timer]))
    assert await store.next_timer_at() is None
    assert await store.due_timers(timer.fire_at + timedelta(days=9), 10) == []


async def test_a_timer_is_set_once(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    timer = a_timer(contact, "remind/1/2")
    await store.commit(Batch(NOW, timers_set=[timer]))
    await store.commit(Batch(NOW, timers_set=[replace(timer, fire_at=NOW)]))
    assert await store.next_timer_at() == timer.fire_at
    batch = Batch(NOW, timers_set=[a_timer(contact, "a/1")], timers_ended=[(contact, "a/1", TimerEnd.CANCELLED)])
    await store.commit(batch)
    assert await store.due_timers(timer.fire_at, 10) == [timer]


async def test_timers_need_no_order_of_names(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    timers = [Timer(contact, f"checkin/1/{day}", "checkin", NOW, 60) for day in (3, 1, 2)]
    await store.commit(Batch(NOW, timers_set=timers))
    assert {timer.key for timer in await store.due_timers(NOW, 9)} == {timer.key for timer in timers}
