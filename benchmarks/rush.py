"""A thousand check-ins due at the same instant, and five people who chat meanwhile.

The server refuses what Telegram would: the 31st message within a second, over all chats, and the fifth within a
second in one. It takes about forty seconds, for that is what a thousand messages take.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from benchmarks.measure import Effort, Figure, progress
from benchmarks.rivals.http import Json, Reply
from benchmarks.telegram import Telegram, running_bot, user
from bot.engine.session import Contact, Person, PlannedCheckIn, Visit
from bot.ids import VisitId
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch, Timer

OVERALL, IN_ONE_CHAT = 30, 4
CHATTING = 5
THINKING_SECONDS = (2.0, 3.5)
FIRST_CHAT = 100_000
START_SECONDS = 60.0
AHEAD = timedelta(seconds=12)
"""So long after the database is filled everything falls due: the bot has to start first."""
_TOO_MANY = b'{"ok":false,"error_code":429,"description":"retry after 1","parameters":{"retry_after":1}}'


@dataclass(slots=True)
class Chatter:
    """Somebody who presses whatever stands under the last message, and begins again where nothing does."""

    id: int
    buttons: list[str] = field(default_factory=list)
    message: Json = field(default_factory=dict)
    asked_at: float = 0.0
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class StrictTelegram(Telegram):
    """Counts what it takes, and refuses what is too much."""

    def __init__(self) -> None:
        super().__init__()
        self.chatters = {number: Chatter(number) for number in range(1, CHATTING + 1)}
        self.refused = 0
        self.taken: list[tuple[float, int]] = []
        """When each message or edit came, and to which chat."""
        self.waits: list[float] = []
        self.has_asked = asyncio.Event()
        self._seconds: dict[int, deque[float]] = {}

    @property
    def check_ins(self) -> list[float]:
        """When each check-in came."""
        return [at for at, chat in self.taken if chat >= FIRST_CHAT]

    async def chat(self, chatter: Chatter, choose: random.Random) -> None:
        """One person, until cancelled."""
        while True:
            chatter.answered.clear()
            chatter.asked_at = time.perf_counter()
            if chatter.buttons:
                query = {"id": self.next_id(), "data": choose.choice(chatter.buttons), "from": user(chatter.id)}
                self.updates.put({"callback_query": {**query, "message": chatter.message, "chat_instance": "1"}})
            else:
                said = {**self.message(chatter.id), "text": "/start poster", "from": user(chatter.id)}
                self.updates.put({"message": said})
            await chatter.answered.wait()
            await asyncio.sleep(choose.uniform(*THINKING_SECONDS))

    def take(self, method: str, chat: int, params: Json, reply: Reply) -> Json:
        """As Telegram does it, or 429."""
        now = time.perf_counter()
        windows = [(self._seconds.setdefault(0, deque()), OVERALL)]
        windows.append((self._seconds.setdefault(chat, deque()), IN_ONE_CHAT))
        for window, most in windows:
            while window and window[0] <= now - 1.0:
                window.popleft()
            if len(window) >= most:
                self.refused += 1
                reply(_TOO_MANY)
                return {}
        for window, _ in windows:
            window.append(now)
        self.taken.append((now, chat))
        if chat >= FIRST_CHAT:
            self.has_asked.set()
        message = super().take(method, chat, params, reply)
        if (chatter := self.chatters.get(chat)) is not None:
            self._show(chatter, message, now, is_new=method.startswith("send"))
        return message

    def _show(self, chatter: Chatter, message: Json, now: float, *, is_new: bool) -> None:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        found = [button["callback_data"] for row in rows for button in row if "callback_data" in button]
        if is_new or message["message_id"] == chatter.message.get("message_id"):
            chatter.buttons, chatter.message = found, message
        if not chatter.answered.is_set():
            self.waits.append(now - chatter.asked_at)
            chatter.answered.set()


def measure_rush(effort: Effort) -> list[Figure]:
    """How much of the limit is used, how often it is passed, and how long whoever chats waits."""
    progress(f"{effort.check_ins:,} check-ins at once")
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        telegram = runner.run(_rush(Path(folder), effort.check_ins))
    times = telegram.check_ins
    seconds = times[-1] - times[0]
    used = sum(times[0] <= at <= times[-1] for at, _ in telegram.taken) / seconds / OVERALL * 100
    waits = sorted(wait * 1e3 for wait in telegram.waits)
    name = f"{effort.check_ins:,} check-ins at once"
    words = (
        f"of {OVERALL} messages a second, all kinds together; {telegram.refused} answers of 429; {seconds:.1f} s"
    )
    p99 = waits[int(len(waits) * 0.99)]
    return [
        Figure(f"{name}: used", "%", used, used, used, 1, words),
        Figure(
            f"{name}: replies meanwhile", "ms", waits[len(waits) // 2], waits[0], waits[-1], len(waits),
            f"from a press to what it brings, {CHATTING} people; the 99th of 100 takes {p99:.0f} ms",
        ),
    ]  # fmt: skip


async def _rush(folder: Path, check_ins: int) -> StrictTelegram:
    key = os.urandom(32)
    telegram = StrictTelegram()
    await _fill(folder / "clinic.db", key, check_ins, datetime.now(UTC) + AHEAD)
    async with running_bot(telegram, f"sqlite:///{folder / 'clinic.db'}", key) as process:
        chats = [
            asyncio.create_task(telegram.chat(each, random.Random(each.id))) for each in telegram.chatters.values()
        ]
        try:
            async with asyncio.timeout(START_SECONDS):
                await telegram.has_asked.wait()
            telegram.waits.clear()
            due = time.perf_counter() + 2 * check_ins / OVERALL + 10
            while len(telegram.check_ins) < check_ins:
                await asyncio.sleep(0.1)
                if time.perf_counter() > due or process.returncode is not None:
                    raise RuntimeError(f"{len(telegram.check_ins)} of {check_ins} check-ins came")
        finally:
            for task in chats:
                task.cancel()
    return telegram


async def _fill(path: Path, key: bytes, check_ins: int, due: datetime) -> None:
    """So many people a week after a treatment; where they are it is noon, so that nothing waits for a morning."""
    treated = due - timedelta(days=7)
    noon = f"Etc/GMT{due.hour - 12:+d}" if due.hour != 12 else "Etc/GMT"
    store = await open_sqlite(path, data_key=key, synchronous="OFF", now=treated)
    try:
        for first in range(0, check_ins, 500):
            batch = Batch(treated)
            for place in range(first, min(first + 500, check_ins)):
                contact = await store.new_contact(FIRST_CHAT + place, treated)
                contact = replace(contact, first_name="Pat", standing=1, time_zone=noon)
                batch.persons.append(_enrolled(contact, treated, due))
                batch.timers_set.append(
                    Timer(contact.id, f"checkin/V{contact.id}-1/day_7", "checkin", due, 259_200)
                )
            await store.commit(batch)
    finally:
        await store.close()


def _enrolled(contact: Contact, treated: datetime, due: datetime) -> Person:
    item = PlannedCheckIn("day_7", 7, due, essential=False, kind="full", catch_up_seconds=259_200)
    visit = Visit(VisitId(f"V{contact.id}-1"), "microneedling", treated, "self", "ours", treated, plan=(item,))
    return Person(contact, visits=(visit,))


def main(arguments: Sequence[str]) -> None:
    """`python -m benchmarks.rush [how many]`: this part alone."""
    from benchmarks.measure import FULL

    effort = replace(FULL, check_ins=int(arguments[0]) if arguments else FULL.check_ins)
    for row in measure_rush(effort):
        print(f"{row.name}: {row.median:.1f} {row.unit} ({row.low:.1f} to {row.high:.1f}), {row.note}")


if __name__ == "__main__":
    main(sys.argv[1:])
