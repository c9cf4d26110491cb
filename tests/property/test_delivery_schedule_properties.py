from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.lanes import Pending
from bot.delivery.limits import NO_LIMITS, Limits
from bot.delivery.schedule import Schedule
from bot.engine.effect import Lane, SendMessage
from bot.ids import ContactId
from bot.store.protocol import OutboxRow

START = datetime(2026, 5, 4, tzinfo=UTC)
MORNING = START.replace(hour=8)
LANES = st.sampled_from(list(Lane))
SPECS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3, -7]),
        LANES,
        st.none() | st.integers(0, 5),
        st.booleans(),
        st.sampled_from([0, 0, 0, 30]),
        st.sampled_from(["", "", "", "UTC"]),
    ),
    max_size=25,
)
Spec = tuple[int, Lane, int | None, bool, int, str]


def rows_of(specs: list[Spec]) -> list[OutboxRow]:
    """Rows of the specs; an edit names an earlier new message of its own chat, if there is one."""
    rows: list[OutboxRow] = []
    for number, (chat, lane, edits, droppable, wait, quiet_in) in enumerate(specs, 1):
        earlier = [row.number for row in rows if row.chat == chat and not is_edit(row)]
        target = earlier[edits % len(earlier)] if edits is not None and earlier else None
        effect = SendMessage(number, "x", lane=lane, edits=target, droppable=droppable, quiet_in=quiet_in)
        due_at = START + timedelta(seconds=wait)
        rows.append(OutboxRow(number, ContactId(abs(chat)), number, chat, lane, effect, START, due_at))
    return rows


def keeps_quiet(row: OutboxRow) -> bool:
    return isinstance(row.effect, SendMessage) and bool(row.effect.quiet_in)


def is_edit(row: OutboxRow) -> bool:
    return isinstance(row.effect, SendMessage) and row.effect.edits is not None


class Driver:
    """Sends everything, moving the clock to each instant that the schedule names."""

    def __init__(self, schedule: Schedule, data: st.DataObject | None = None) -> None:
        self.schedule = schedule
        self.now = START
        self.data = data
        self.sent: list[tuple[datetime, Pending]] = []
        self.under_way: list[Pending] = []
        self.again: dict[int, int] = {}

    def finish(self, item: Pending) -> None:
        self.under_way.remove(item)
        fails = self.data is not None and self.again.get(item.row.id, 0) < 2 and self.data.draw(st.booleans())
        if fails:
            self.again[item.row.id] = self.again.get(item.row.id, 0) + 1
            self.schedule.later(item, self.now + timedelta(seconds=5), self.now)
        else:
            self.sent.append((self.now, item))
            self.schedule.done(item, self.now)

    def run(self) -> None:
        for _ in range(2000):
            while (item := self.schedule.take(self.now)) is not None:
                assert item.row.chat not in {other.row.chat for other in self.under_way}, "one in a chat"
                assert item.due_at <= self.now
                self.under_way.append(item)
            if self.under_way:
                at = 0 if self.data is None else self.data.draw(st.integers(0, len(self.under_way) - 1))
                self.finish(self.under_way[at])
                continue
            next_at = self.schedule.next_at(self.now)
            if next_at is None:
                return
            assert next_at > self.now, "nothing was due, so the next instant lies ahead"
            self.now = next_at
        raise AssertionError("it does not come to an end")


@given(specs=SPECS, data=st.data())
def test_everything_is_sent_in_its_order(specs: list[Spec], data: st.DataObject) -> None:
    schedule = Schedule(NO_LIMITS)
    driver = Driver(schedule, data)
    rows = rows_of(specs)
    replaced = [older.row.id for row in rows if (older := schedule.add(row, START)) is not None]
    driver.run()
    sent = [item for _, item in driver.sent]
    assert sorted([item.row.id for item in sent] + replaced) == [row.id for row in rows]
    assert len(schedule) == 0
    places = {item.names: at for at, item in enumerate(sent)}
    for at, item in enumerate(sent):
        if item.target_names in places:
            assert places[item.target_names] < at, "an edit comes after what it changes"
    for chat in {row.chat for row in rows}:
        plain = [
            item.order
            for item in sent
            if item.row.chat == chat
            and not item.is_alert
            and not item.is_droppable
            and item.row.due_at == START
            and item.target_names not in places  # an edit waits for its message, which may be due later
            and not keeps_quiet(item.row)
        ]
        assert plain == sorted(plain), "order holds within a chat"
    assert all(at >= MORNING for at, item in driver.sent if keeps_quiet(item.row))


@given(specs=SPECS)
def test_no_limit_is_passed(specs: list[Spec]) -> None:
    limits = Limits(bulk_per_second=2, chat_per_second=1, group_per_minute=4, chat_burst=2)
    schedule = Schedule(limits)
    driver = Driver(schedule)
    for row in rows_of(specs):
        schedule.add(row, START)
    driver.run()
    for chat in (1, 2, 3, -7):
        times = [at for at, item in driver.sent if item.row.chat == chat and not item.is_alert]
        for first, last in zip(times, times[2:], strict=False):
            assert last - first >= timedelta(seconds=1) - timedelta(milliseconds=1)
        if chat < 0:
            for first, last in zip(times, times[4:], strict=False):
                assert last - first >= timedelta(seconds=60)
    lone = {1, 2, 3, -7} - {item.row.chat for _, item in driver.sent if item.lane in {Lane.REPLY, Lane.ALERT}}
    bulk = [at for at, item in driver.sent if item.row.chat in lone]
    for first, last in itertools.pairwise(bulk):  # who was late by so much is made up for
        assert last - first >= timedelta(seconds=0.5) - timedelta(milliseconds=101)
    for first, last in zip(bulk, bulk[4:], strict=False):
        assert last - first >= timedelta(seconds=2) - timedelta(milliseconds=101)


@given(
    specs=SPECS,
    acts=st.lists(
        st.tuples(
            st.sampled_from(["take", "done", "later", "hold", "cancel", "move", "tick"]), st.integers(0, 30)
        ),
        max_size=60,
    ),
)
def test_any_sequence_of_acts_loses_nothing(specs: list[Spec], acts: list[tuple[str, int]]) -> None:
    schedule = Schedule(Limits(bulk_per_second=5))
    rows = rows_of(specs)
    now = START
    gone: set[int] = set()
    under_way: list[Pending] = []
    waiting = list(rows)
    for act, number in [*acts, *[("tick", 30), ("take", 0), ("done", 0)] * 5]:
        for row in waiting[:3]:
            if (older := schedule.add(row, now)) is not None:
                gone.add(older.row.id)
        del waiting[:3]
        if act == "take" and (item := schedule.take(now)) is not None:
            assert item.row.chat not in {other.row.chat for other in under_way}
            under_way.append(item)
        elif act == "done" and under_way:
            item = under_way.pop(number % len(under_way))
            schedule.done(item, now)
            gone.add(item.row.id)
        elif act == "later" and under_way:
            schedule.later(under_way.pop(number % len(under_way)), now + timedelta(seconds=number), now)
        elif act == "hold":
            for item in schedule.hold_chat(number % 3 + 1, now + timedelta(seconds=number), now, seconds=number):
                gone.add(item.row.id)
        elif act == "cancel":
            for item in schedule.cancel(ContactId(number % 4), None, now):
                if item not in under_way:
                    gone.add(item.row.id)
        elif act == "move":
            schedule.move_chat(-7, -70, now)
            if (mover := next((one for one in under_way if one.row.chat == -70), None)) is not None and number % 2:
                # Its call has brought the news.
                under_way.remove(mover)
                schedule.later(mover, now, now)
        elif act == "tick":
            now += timedelta(seconds=number)
    while waiting:
        if (older := schedule.add(waiting.pop(0), now)) is not None:
            gone.add(older.row.id)
    for item in under_way:
        schedule.done(item, now)
        gone.add(item.row.id)
    driver = Driver(schedule)
    driver.now = now
    driver.run()
    gone |= {item.row.id for _, item in driver.sent}
    assert gone == {row.id for row in rows}
