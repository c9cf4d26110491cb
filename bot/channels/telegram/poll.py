"""Takes updates by long polling. The offset moves only after the turn loop has the page on disk.

Rules:
- A page is confirmed by the next call's offset, so a page whose turns failed is simply asked for again; the
  store drops what it has seen.
- The offset is the last update of the page plus one: Telegram's own order counts, for after a quiet week its
  numbers begin anew, perhaps lower (core.telegram.org/bots/api, "Update").
- It never spins: a server that answers at once with nothing new is asked again after a pause that grows.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.read_update import WANTED, Item
from bot.delivery.outcome import outcome_of_answer, outcome_of_exception, read_answer
from bot.delivery.retry import back_off
from bot.delivery.sender import Kind, SendOutcome
from bot.errors import OperatorError

log = logging.getLogger(__name__)

PAGE = 100  # getUpdates: limit
POLL_SECONDS = 25  # the server holds an empty answer for so long; capped at 50
ANSWER_SECONDS = 40.0  # for the whole call, well above
SILENT_SECONDS = 90.0  # without one whole answer: health is red
QUICK_SECONDS = 1.0  # an empty answer that comes sooner has not waited for updates
PAUSES_SECONDS = (0.3, 0.5, 1.0, 1.5, 2.0)
LONGEST_WAIT_SECONDS = 30.0
CONFLICT_SECONDS = 5.0  # the other poller is delayed by 3 s (tdlib/telegram-bot-api Client.cpp:16226)

Take: TypeAlias = Callable[[list[Item]], Awaitable[None]]


class TokenRefused(OperatorError):
    """Telegram does not know this token (any more)."""


class Calls(Protocol):
    """What the poller needs of `BotApi`."""

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call."""
        ...

    async def rebuild(self) -> None:
        """Drop all connections."""
        ...


class Poller:
    """The loop of getUpdates.

    Args:
        api: Connections of its own: they are dropped when Telegram falls silent.
        read: One update, read; total.
        take: Returns when the turns of a page are on disk; raises to have the page again.
        clock: Seconds of a clock that only goes forward.
        wait: Waits so many seconds, or less when the event is set.
        jitter: A random number of [0, 1).
    """

    def __init__(
        self,
        api: Calls,
        read: Callable[[object], Item],
        take: Take,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float, asyncio.Event], Awaitable[None]] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._api = api
        self._read = read
        self._take = take
        self._clock = clock
        self._wait = wait or _wait
        self._jitter = jitter
        self._offset: int | None = None
        self._failures = 0
        self._quick = 0
        self._answered_at = clock()
        self._stopping = asyncio.Event()
        self._asking: asyncio.Task[Answer] | None = None

    async def run(self) -> None:
        """Poll until `stop`.

        Raises:
            TokenRefused: Telegram does not know the token.
        """
        self._answered_at = self._clock()
        while not self._stopping.is_set():
            pause = await self._round()
            if pause > 0:
                await self._wait(pause, self._stopping)

    def stop(self) -> None:
        """End after the page that is being taken; a call under way is dropped."""
        self._stopping.set()
        if self._asking is not None:
            self._asking.cancel()

    def health(self) -> dict[str, object]:
        """`status` green or red, why, and the seconds since Telegram last answered."""
        silent = self._clock() - self._answered_at
        is_silent = silent > SILENT_SECONDS
        return {
            "status": "red" if is_silent else "green",
            "reasons": ["Telegram gives no updates"] if is_silent else [],
            "silent_seconds": silent,
        }

    async def _round(self) -> float:
        """Ask once and take what comes. Returns the seconds to pause before the next call."""
        began = self._clock()
        try:
            answer = await self._ask()
        except asyncio.CancelledError:
            if self._stopping.is_set():
                return 0.0
            raise
        except Exception as error:
            return await self._silence(outcome_of_exception(error), self._clock() - began)
        body = read_answer(answer.body)
        page = body.get("result") if body is not None and body["ok"] is True else None
        if not isinstance(page, list):
            return await self._refusal(outcome_of_answer(answer.status, answer.body, answer.retry_after), answer)
        self._answered_at = self._clock()
        if page and not await self._taken(page):
            return self._failed()
        self._failures = 0
        return self._pause(page, self._clock() - began)

    async def _ask(self) -> Answer:
        params: dict[str, object] = {"limit": PAGE, "timeout": POLL_SECONDS, "allowed_updates": list(WANTED)}
        if self._offset is not None:
            params["offset"] = self._offset

        async def ask() -> Answer:
            # Bounded here as well: a wedged connection must not be what tells us that it is wedged.
            call = self._api.call(ApiCall("getUpdates", params), seconds=ANSWER_SECONDS)
            async with asyncio.timeout(ANSWER_SECONDS + 10):
                return await call

        self._asking = asyncio.ensure_future(ask())
        try:
            return await self._asking
        finally:
            self._asking.cancel()
            self._asking = None

    async def _taken(self, page: list[object]) -> bool:
        try:
            await self._take([self._read(update) for update in page])
        except Exception as error:
            # Its class alone: an error's text may quote what a person wrote.
            log.error("%d updates are not on disk (%s) and are asked for again", len(page), type(error).__name__)
            return False
        return True

    def _pause(self, page: list[object], seconds: float) -> float:
        numbers = [number for update in page if (number := _number(update)) is not None]
        offset = numbers[-1] + 1 if numbers else self._offset
        is_new = bool(numbers) and offset != self._offset
        self._offset = offset
        if is_new or (not page and seconds >= QUICK_SECONDS):
            self._quick = 0
            return 0.0
        pause = PAUSES_SECONDS[min(self._quick, len(PAUSES_SECONDS) - 1)]
        self._quick += 1
        return pause

    async def _silence(self, outcome: SendOutcome, seconds: float) -> float:
        if outcome.kind is Kind.STOPPED:
            raise OperatorError("BOT_API_URL is no web address; write it as https://host or http://host:port.")
        pause = self._failed()
        log.warning("Telegram can't be reached (%s); next try in %.1f s", outcome.reason, pause)
        if seconds >= POLL_SECONDS:
            # Longer than the server may hold a call: the connection is half-open, and its neighbours may be too.
            log.error("no answer in %.0f s: all connections are opened anew", seconds)
            await self._api.rebuild()
        return pause

    async def _refusal(self, outcome: SendOutcome, answer: Answer) -> float:
        if outcome.kind is Kind.STOPPED:
            raise TokenRefused(
                f"Telegram refuses BOT_TOKEN ({outcome.reason}). Copy it anew from @BotFather; nothing is lost."
            )
        pause = self._failed()
        if outcome.retry_after is not None:
            pause = max(pause, outcome.retry_after)
        elif answer.status == 409:
            pause = max(pause, CONFLICT_SECONDS)
            if "webhook" in outcome.reason.lower():
                log.warning("a webhook is set: it is removed, its waiting updates are kept")
                await self._drop_webhook()
            else:
                log.error("another process polls with this token; only one can. Next try in %.0f s", pause)
            return pause
        log.warning("Telegram answers %d (%s); next try in %.1f s", answer.status, outcome.reason, pause)
        return pause

    async def _drop_webhook(self) -> None:
        try:
            await self._api.call(ApiCall("deleteWebhook", {}))
        except Exception as error:
            log.warning("the webhook could not be removed: %s", type(error).__name__)

    def _failed(self) -> float:
        self._failures += 1
        return back_off(self._failures, self._jitter(), LONGEST_WAIT_SECONDS)


def _number(update: object) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


async def _wait(seconds: float, stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
