"""The queue of updates as the server keeps it, and getUpdates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from .clock import Clock
from .errors import ApiError, Json
from .limits import POLL_BYTES, POLL_SECONDS, QUERY_SECONDS, UPDATE_SECONDS

# Not sent unless asked for by name: API getUpdates.allowed_updates.
_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class Queued:
    """One update: its id, kind, end of life, queue ("lane") and JSON text."""

    id: int
    kind: str
    expires: float
    lane: str
    body: str


class UpdateQueue:
    """Updates of one bot: kept until confirmed or expired.

    Args:
        clock: Tells when an update is too old.
        first_id: The first update_id.
    """

    def __init__(self, clock: Clock, first_id: int = 731_000_001) -> None:
        self.clock = clock
        self.next_id = first_id
        self.pending: dict[int, Queued] = {}
        self.allowed: frozenset[str] | None = None
        self.webhook_active = False
        self.strict_timing = True
        self.acked: list[int] = []
        self.expired: list[int] = []
        self.on_push: Callable[[Queued], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._last_offset: int | None = None
        self._last_start = self._last_finish = self._next_conflict = float("-inf")

    def allow(self, kinds: list[str] | None) -> None:
        """Set allowed_updates; None keeps the previous list, an empty one is the default (API)."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def push(self, kind: str, payload: Json, lane: str) -> int | None:
        """Queue one update; None where allowed_updates leaves it out.

        Callback queries live 150 s, others 24 h from now (TBA Client.cpp:17152-17155, 17053).
        """
        if kind in _NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return None
        life = QUERY_SECONDS if kind == "callback_query" else UPDATE_SECONDS
        return self._put(kind, {kind: payload}, lane, life)

    def inject(self, update: Json, lane: str) -> int:
        """Queue a raw update as it stands; its update_id is filled in where missing."""
        kind = next((name for name in update if name != "update_id"), "unknown")
        return self._put(
            kind, {key: item for key, item in update.items() if key != "update_id"}, lane, UPDATE_SECONDS
        )

    def jump(self, next_id: int) -> None:
        """Go on with another update_id: random after a week of silence (APIDOC Update).

        Raises:
            ValueError: Updates wait still; Telegram only jumps in an empty queue.
        """
        self.live()
        if self.pending:
            raise ValueError("updates are waiting: the id can't jump")
        self.next_id = next_id

    def confirm(self, update_id: int) -> None:
        """Take one update out: a webhook answered 2xx."""
        if self.pending.pop(update_id, None):
            self.acked.append(update_id)

    def live(self) -> list[Queued]:
        """The updates waiting now, oldest first, the expired ones dropped."""
        now = self.clock.now()
        for item in [item for item in self.pending.values() if item.expires <= now]:
            del self.pending[item.id]
            self.expired.append(item.id)
        return list(self.pending.values())

    def clear(self) -> None:
        """drop_pending_updates."""
        self.pending.clear()

    def abort_poll(self, text: str) -> None:
        """End the waiting long poll with a 409 (TBA Client.cpp:16226-16252)."""
        waiter, self._waiter = self._waiter, None
        if waiter and not waiter.done():
            waiter.set_exception(ApiError(409, text))

    async def poll(self, offset: int, limit: int, timeout: int) -> str:  # noqa: ASYNC109 (the API's name)
        """One getUpdates.

        Returns:
            The JSON text of the array of updates.

        Raises:
            ApiError: 409 for a webhook, or when another poll takes over.
        """
        if self.webhook_active:
            raise ApiError(409, WEBHOOK_ACTIVE)  # TBA Client.cpp:15703
        self.abort_poll(OTHER_POLLER)
        loop = asyncio.get_running_loop()
        now = loop.time()
        limit = min(max(limit, 1), 100)  # API getUpdates
        timeout = min(max(timeout, 0), POLL_SECONDS)  # TBA Client.h:1610
        if self.strict_timing and offset == self._last_offset:
            # TBA Client.cpp:15713-15719
            if now < self._last_start + 3.0:
                timeout = max(timeout, 3)
            if now < self._last_finish + 0.5:
                limit = 1
        self._last_offset, self._last_start = offset, now
        self._confirm_before(offset)
        found = self._collect(limit)
        due = now + timeout
        while not found and (left := due - loop.time()) > 0:
            await self._wait(left)
            found = self._collect(limit)
        self._last_finish = loop.time()
        return f"[{','.join(found)}]"

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return
        except ApiError:
            # The first conflict is answered at once, further ones after 3 s: TBA Client.cpp:16226-16252
            now = loop.time()
            if self.strict_timing and now < self._next_conflict:
                await asyncio.sleep(3.0)
            self._next_conflict = loop.time() + 3.0
            raise
        finally:
            if self._waiter is waiter:
                self._waiter = None

    def _put(self, kind: str, payload: Json, lane: str, life: float) -> int:
        update_id, self.next_id = self.next_id, self.next_id + 1
        body = json.dumps({"update_id": update_id, **payload})
        item = self.pending[update_id] = Queued(update_id, kind, self.clock.now() + life, lane, body)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
        if self.on_push:
            self.on_push(item)
        return update_id

    def _confirm_before(self, offset: int) -> None:
        """An offset confirms all updates before it; a negative one counts from the end (API)."""
        if offset > self.next_id + 10:
            # An offset of before the id jumped down: answered from the head of the queue (inferred
            # from TD TQueue.cpp, which refuses a from_id more than 10 past the tail).
            return
        if offset < 0:
            ids = sorted(self.pending)
            kept = ids[offset:]
            offset = kept[0] if kept else 0
        for update_id in [update_id for update_id in self.pending if update_id < offset]:
            self.confirm(update_id)

    def _collect(self, limit: int) -> list[str]:
        found: list[str] = []
        size = 0
        now = self.clock.now()
        if any(item.expires <= now for item in self.pending.values()):
            self.live()
        for item in self.pending.values():
            size += len(item.body)
            if len(found) >= limit or (found and size > POLL_BYTES):  # TBA Client.cpp:16307
                break
            found.append(item.body)
        return found
