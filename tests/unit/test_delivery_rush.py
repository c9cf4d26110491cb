"""Hundreds of check-ins due at once, people who chat meanwhile, and a server that refuses the 31st in a second."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from bot.delivery.limits import Limits
from bot.delivery.sender import SendOutcome
from bot.engine.effect import Lane
from bot.store.protocol import OutboxRow
from tests.delivery_world import START, World, flood

CHECK_INS = 600
CHATTING = range(9_001, 9_006)
SECOND = timedelta(seconds=1)


class StrictWorld(World):
    """Refuses what is too much in any second, and remembers when everything came."""

    def __init__(self) -> None:
        super().__init__(Limits())
        self.taken: deque[datetime] = deque()
        self.refusals = 0
        self.came: dict[int, datetime] = {}

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        while self.taken and self.at - self.taken[0] >= SECOND:
            self.taken.popleft()
        if len(self.taken) >= 30:
            self.refusals += 1
            return flood(1)
        self.taken.append(self.at)
        self.came[row.id] = self.at
        return await super().send(row, target=target, plain=plain)

    async def move_to(self, until: datetime) -> None:
        """Send whatever falls due before that, each at its instant."""
        await self.dispatcher.drain()
        while (at := self.dispatcher.next_at()) is not None and at < until:
            self.at = max(self.at, at)
            await self.dispatcher.drain()
        self.at = until


async def test_the_limit_is_used_nobody_is_refused_and_whoever_chats_hardly_waits() -> None:
    world = StrictWorld()
    check_ins = [world.row(chat, lane=Lane.CHECK_IN) for chat in range(1, CHECK_INS + 1)]
    world.dispatcher.add(check_ins)
    replies: list[OutboxRow] = []
    marks: list[OutboxRow] = []
    for beat in range(7):  # now and then all of them press at the same instant, which is the worst
        at = START + timedelta(seconds=2.5 * beat)
        for place, chat in enumerate(CHATTING):
            await world.move_to(at + timedelta(seconds=0 if beat % 2 else 0.3 * place))
            question = world.row(chat, html="next?", is_question=True)
            world.stored[question.contact, 999] = 5
            mark = world.row(chat, html="last", edits=999, droppable=True)
            replies.append(question)
            marks.append(mark)
            world.dispatcher.add([question, mark])
            await world.dispatcher.drain()
    await world.move_to(START + timedelta(minutes=2))
    assert world.refusals == 0
    waits = [(world.came[row.id] - row.created_at).total_seconds() for row in replies]
    assert max(waits) <= 0.2
    done_at = max(world.came[row.id] for row in check_ins)
    used = sum(at <= done_at for at in world.came.values()) / (done_at - START).total_seconds()
    assert used >= 0.95 * 30
    assert all(
        (world.came[row.id] - row.created_at) <= timedelta(seconds=5) for row in marks if row.id in world.came
    )


async def test_an_alert_waits_for_no_limit() -> None:
    world = World(Limits())
    world.dispatcher.add([world.row(chat) for chat in range(1, 41)])
    await world.dispatcher.drain()
    assert len(world.calls) == 30
    alert = world.row(77, lane=Lane.ALERT)
    world.dispatcher.add([alert])
    await world.dispatcher.drain()
    assert world.order[-1] == alert.id
