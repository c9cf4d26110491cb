"""Which row is sent next, and when. Pure: it is told the time, and makes no call.

Rules:
1. One row of a chat is under way at a time; `done`, `later` or `put_back` ends that.
2. Within a chat the order of `Pending.sort_key` holds; a row that was tried holds those behind it, a row whose
   first time has not come does not. An edit waits for the message it changes.
3. Between chats the better lane goes first. A chat has the lane of its best row, so that a reply behind a
   check-in does not wait for the bulk.
4. A hold (429) stops all rows of a chat. Its limits stop all but alerts, and so does the limit over all chats: a
   reply waits there for the few milliseconds after which it is not refused.
5. A row that keeps quiet at night waits for the morning whenever its turn comes, and holds none behind it.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from math import ceil

from bot.delivery.lanes import RANK, Pending, is_bulk, is_paced, pending
from bot.delivery.limits import Bucket, BulkPace, Call, Limits, MinuteWindow, OverallWindow
from bot.engine.effect import Lane, To
from bot.ids import ContactId
from bot.store.protocol import OutboxRow

_FORGET_IDLE_ABOVE = 1_000


@dataclass(slots=True, eq=False)
class _Chat:
    id: int
    bucket: Bucket
    window: MinuteWindow | None
    """Of a group alone: an empty one takes more memory than all the rest of a chat."""
    items: list[Pending] = field(default_factory=list)
    under_way: Pending | None = None
    call: Call | None = None
    held_until: datetime | None = None
    version: int = 0  # entries of an older one in the heaps are void


class Schedule:
    """All unsent rows.

    Args:
        limits: How fast may be sent.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bulk = BulkPace(limits.bulk_per_second)
        self._overall = OverallWindow(limits.most_in_a_second)
        self._chats: dict[int, _Chat] = {}
        self._rows: dict[int, Pending] = {}
        self._moved: dict[int, int] = {}
        self._timed: list[tuple[datetime, int, int]] = []  # (when to look again, version, chat)
        self._ready: list[tuple[int, int, int, int]] = []  # (rank, order, version, chat)
        self._versions = count(1)  # over all chats, for one may be forgotten and come again

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Pending]:
        return iter(self._rows.values())

    def add(self, row: OutboxRow, now: datetime) -> Pending | None:
        """Take in an unsent row (one that is here already is passed over).

        Returns:
            The older edit of the same message whose place it takes; its row is to be closed.
        """
        if row.id in self._rows:
            return None
        item = pending(row)
        if row.chat in self._moved:
            item.move(self._moved[row.chat])
        chat = self._chat(item.row.chat)
        waiting = (other for other in chat.items if other is not chat.under_way)
        older = next((other for other in waiting if _replaces(item, other)), None)
        if older is not None:
            self._take_out(chat, older)
            item.order = older.order
            item.is_droppable = item.is_droppable and older.is_droppable
        self._put_in(chat, item)
        self._look(chat, now)
        return older

    def take(self, now: datetime) -> Pending | None:
        """The row to be sent now, counted against the limits; None when none is due."""
        self._wake(now)
        while self._ready:
            rank, _, version, chat_id = self._ready[0]
            chat = self._current(chat_id, version)
            if chat is None:
                heapq.heappop(self._ready)
                continue
            if self._free_at(rank, now) > now:
                return None
            heapq.heappop(self._ready)
            item, ready_at, _ = self._head(chat, now)
            if item is None or ready_at > now:
                self._look(chat, now)
                continue
            chat.under_way = item
            chat.version = next(self._versions)
            item.attempts += 1
            self.count(chat_id, now)
            return item
        return None

    def count(self, chat_id: int, now: datetime) -> None:
        """One call more for a chat (each further piece of a split text is one)."""
        chat = self._chat(chat_id)
        if self._limits.chat_per_second > 0:
            chat.bucket.take(now)
        if chat.window is not None:
            chat.window.take(now)
        self._bulk.take(now)
        self._answered(chat, now)
        chat.call = self._overall.take(now)

    def next_at(self, now: datetime) -> datetime | None:
        """When to ask again; None when only something new can change the answer."""
        self._wake(now)
        while self._ready:
            rank, _, version, chat_id = self._ready[0]
            if self._current(chat_id, version) is None:
                heapq.heappop(self._ready)
                continue
            first = self._free_at(rank, now)
            return min(first, self._timed[0][0]) if self._timed else first
        return self._timed[0][0] if self._timed else None

    def _free_at(self, rank: int, now: datetime) -> datetime:
        """When the limits over all chats let the best row of a chat go."""
        if rank == RANK[Lane.ALERT]:
            return now
        free = self._overall.ready_at(now)
        return max(free, self._bulk.ready_at(now)) if is_paced(rank) else free

    def done(self, item: Pending, now: datetime) -> None:
        """The row has left the outbox."""
        chat = self._chats[item.row.chat]
        self._take_out(chat, item)
        self._free(chat, item, now)

    def later(self, item: Pending, due_at: datetime, now: datetime) -> None:
        """The row was not taken; it waits until `due_at`."""
        item.due_at = due_at
        self._free(self._chats[item.row.chat], item, now)

    def hold_chat(self, chat_id: int, until: datetime, now: datetime, *, seconds: float = 0.0) -> list[Pending]:
        """Nothing goes to a chat before `until`.

        Args:
            chat_id: The chat.
            until: Aware UTC.
            now: Aware UTC.
            seconds: What a 429 asks for; 0 when it is no 429 (a staff chat that refuses).

        Returns:
            The rows that are left out for it; they are no longer here.
        """
        chat = self._chat(chat_id)
        chat.held_until = max(until, chat.held_until or until)
        if seconds > 0:
            self._bulk.flooded(chat_id, now, seconds)
        left_out = [item for item in chat.items if item.is_droppable and item is not chat.under_way]
        for item in left_out:
            self._take_out(chat, item)
        self._look(chat, now)
        return left_out

    def free_chat(self, chat_id: int, now: datetime) -> None:
        """What a chat has held until later may go now: it is known to take messages again."""
        chat = self._chats.get(self._moved.get(chat_id, chat_id))
        if chat is None:
            return
        chat.held_until = None
        for item in chat.items:
            if item.was_tried:
                item.due_at = min(item.due_at, now)
        self._look(chat, now)

    def cancel(
        self,
        contact: ContactId,
        number: int | None,
        now: datetime,
        *,
        everything: bool = False,
        only_unasked: bool = False,
    ) -> list[Pending]:
        """Withdraw a contact's rows: one message, all to their own chat, or `everything` about them.

        `only_unasked`: of these only check-ins and broadcasts.

        Returns:
            What was withdrawn; a row under way is only marked so, and ends with its call.
        """
        found = [
            item
            for item in self._rows.values()
            if item.row.contact == contact
            and (item.row.number == number if number is not None else everything or item.to is To.PATIENT)
            and (is_bulk(item.lane) or not only_unasked)
        ]
        for item in found:
            chat = self._chats[item.row.chat]
            if chat.under_way is item:
                item.was_cancelled = True
            else:
                self._take_out(chat, item)
                self._look(chat, now)
        return found

    def move_chat(self, old: int, new: int, now: datetime) -> None:
        """A group became a supergroup: its rows, also those that come later, go to the new id.

        The row that was under way is so no more: its call has brought this news.
        """
        if old == new:
            return
        self._moved[old] = new
        for first, last in self._moved.items():
            if last == old:
                self._moved[first] = new
        left = self._chats.pop(old, None)
        if left is None:
            return
        chat = self._chat(new)
        for item in left.items:
            item.move(new)
            insort(chat.items, item, key=_key)
        self._look(chat, now)

    def is_held(self, now: datetime) -> bool:
        """Telegram slows all chats."""
        return self._bulk.is_held(now)

    def _chat(self, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is None:
            limits = self._limits
            chat = _Chat(
                chat_id,
                Bucket(limits.chat_per_second, max(1, limits.chat_burst)),
                MinuteWindow(ceil(limits.group_per_minute)) if chat_id < 0 else None,
            )
            self._chats[chat_id] = chat
        return chat

    def _put_in(self, chat: _Chat, item: Pending) -> None:
        insort(chat.items, item, key=_key)
        self._rows[item.row.id] = item

    def _take_out(self, chat: _Chat, item: Pending) -> None:
        chat.items.remove(item)
        self._rows.pop(item.row.id, None)

    def _free(self, chat: _Chat, item: Pending, now: datetime) -> None:
        if chat.under_way is item:
            chat.under_way = None
            self._answered(chat, now)
        self._look(chat, now)
        if len(self._chats) > _FORGET_IDLE_ABOVE + 2 * len(self._rows):
            self._forget_idle(now)

    def _answered(self, chat: _Chat, now: datetime) -> None:
        if chat.call is not None:
            self._overall.answered(chat.call, now)
            chat.call = None

    def _forget_idle(self, now: datetime) -> None:
        for chat in list(self._chats.values()):
            held = chat.held_until is not None and chat.held_until > now
            if not chat.items and not held and chat.id >= 0 and chat.bucket.is_full(now):
                del self._chats[chat.id]

    def _look(self, chat: _Chat, now: datetime) -> None:
        """Put the chat where it belongs: ready, or to be looked at when something of it may be due."""
        chat.version = next(self._versions)
        if chat.under_way is not None or not chat.items:
            return
        item, ready_at, again_at = self._head(chat, now)
        if item is not None and ready_at <= now:
            rank = min(other.rank for other in chat.items if _is_due(other, now))
            heapq.heappush(self._ready, (rank, item.order, chat.version, chat.id))
        else:
            heapq.heappush(self._timed, (again_at, chat.version, chat.id))

    def _wake(self, now: datetime) -> None:
        while self._timed:
            at, version, chat_id = self._timed[0]
            chat = self._current(chat_id, version)
            if chat is not None and at > now:
                return
            heapq.heappop(self._timed)
            if chat is not None:
                self._look(chat, now)

    def _current(self, chat_id: int, version: int) -> _Chat | None:
        chat = self._chats.get(chat_id)
        return chat if chat is not None and chat.version == version else None

    def _head(self, chat: _Chat, now: datetime) -> tuple[Pending | None, datetime, datetime]:
        """The row that goes next, when it may go, and when the answer may change by itself."""
        unsent = {item.names for item in chat.items if item.edits is None}
        head: Pending | None = None
        again_at: datetime | None = None
        for item in chat.items:
            if item.target_names in unsent:
                continue
            if _is_due(item, now):
                head = item
                break
            at = max(item.due_at, item.quiet_until(now))
            again_at = min(at, again_at or at)
        if head is None:
            assert again_at is not None, "an edit never waits for an edit"
            return None, again_at, again_at
        ready_at = max(now, head.due_at, chat.held_until or now)
        if not head.is_alert:
            # A mark leaves one call for the next question.
            ready_at = max(ready_at, chat.bucket.ready_at(now, 2.0 if head.is_droppable else 1.0))
            if chat.window is not None:
                ready_at = max(ready_at, chat.window.ready_at(now))
        return head, ready_at, min(ready_at, again_at or ready_at)


def _key(item: Pending) -> tuple[bool, bool, int]:
    return item.sort_key


def _is_due(item: Pending, now: datetime) -> bool:
    return (item.due_at <= now or item.was_tried) and item.quiet_until(now) == now


def _replaces(newer: Pending, older: Pending) -> bool:
    """Both change the same message, and nothing of the older one would be seen."""
    return (
        older.edits is not None
        and newer.edits is not None
        and newer.target_names == older.target_names
        and newer.row.id > older.row.id
        and (not newer.is_only_buttons or older.is_only_buttons)
        and RANK[newer.lane] <= RANK[older.lane]
    )
