"""Tells Telegram where to send updates, and tells the operator what Telegram says of it.

It looks at start and then every half minute: whether the webhook is still ours, what the last error was, how many
updates wait. What waits is never dropped. Source: core.telegram.org/bots/api, Bot API 10.1, "WebhookInfo".
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.channels.telegram.api import Calls
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import TokenRefused
from bot.channels.telegram.read_update import WANTED
from bot.channels.telegram.webhook import Hook
from bot.delivery.outcome import outcome_of_answer, outcome_of_exception, read_answer
from bot.delivery.retry import back_off
from bot.delivery.sender import Kind
from bot.errors import OperatorError

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 100  # setWebhook: max_connections; a press holds one until its answer is out
LOOK_SECONDS = 30.0
CALL_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 30.0
FRESH_SECONDS = 120.0  # an error that is older, and nothing new since: it is over
FAILING_SECONDS = 300.0  # errors for so long, while updates wait: health is red
_MESSAGE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Info:
    """What getWebhookInfo says, as far as it concerns us."""

    url: str = ""
    pending: int = 0
    error_at: int = 0
    """Seconds since 1970; 0: none."""
    error: str = ""
    connections: int = 40
    allowed: frozenset[str] = frozenset()


def read_info(found: object) -> Info:
    """A WebhookInfo, read; what is missing or of another type counts as not said."""
    said: Mapping[str, object] = found if isinstance(found, dict) else {}

    def number(name: str, otherwise: int = 0) -> int:
        value = said.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else otherwise

    def text(name: str) -> str:
        value = said.get(name)
        return " ".join(value.split())[:_MESSAGE_CHARACTERS] if isinstance(value, str) else ""

    kinds = said.get("allowed_updates")
    return Info(
        url=url if isinstance(url := said.get("url"), str) else "",
        pending=number("pending_update_count"),
        error_at=number("last_error_date"),
        error=text("last_error_message"),
        connections=number("max_connections", 40),
        allowed=frozenset(map(str, kinds)) if isinstance(kinds, list) else frozenset(),
    )


class WebhookSetting:
    """Sets the webhook and watches it.

    Args:
        api: The bot's calls.
        hook: Where updates are to go.
        clock: Seconds since 1970.
        sleep: Waits so many seconds.
        jitter: A random number of [0, 1).
    """

    def __init__(
        self,
        api: Calls,
        hook: Hook,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._api = api
        self._hook = hook
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._info: Info | None = None
        self._failing_since: float | None = None

    async def set(self) -> None:
        """Set it, and go on until Telegram has taken it.

        Raises:
            TokenRefused: Telegram does not know the token.
            OperatorError: Telegram takes no webhook at this address.
        """
        await self._look()  # first: setting it makes Telegram forget its last error
        failures = 0
        while (wait := await self._set_once(failures + 1)) is not None:
            failures += 1
            await self._sleep(wait)
        await self._look()
        if self._info is not None:
            log.info("the webhook is set; %d updates wait at Telegram", self._info.pending)

    async def watch(self) -> None:
        """Look for ever, and set it again when it is no longer ours.

        Raises:
            TokenRefused: Telegram does not know the token any more.
        """
        while True:
            await self._sleep(LOOK_SECONDS)
            await self._look()
            if self._info is None or self._is_ours(self._info):
                continue
            log.error("the webhook is no longer ours: it is set again. Does another process run with this token?")
            try:
                await self._set_once(1)
            except TokenRefused:
                raise
            except OperatorError as error:
                log.error("the webhook could not be set: %s", error)

    @property
    def pending(self) -> int:
        """Updates that wait at Telegram, as far as is known."""
        return self._info.pending if self._info is not None else 0

    def health(self) -> dict[str, object]:
        """`status`, why, and what Telegram says of deliveries."""
        info = self._info or Info()
        since = self._failing_since
        status, reasons = "green", []
        if since is not None:
            is_red = self._clock() - since >= FAILING_SECONDS
            status = "red" if is_red else "yellow"
            reasons = [f"Telegram can't deliver updates: {info.error}"]
        return {
            "status": status,
            "reasons": reasons,
            "pending_at_telegram": info.pending,
            "last_error": info.error,
            "last_error_at": _instant(info.error_at) if info.error_at else None,
        }

    async def _set_once(self, attempt: int) -> float | None:
        """None when it is set, else the seconds to wait before the next attempt."""
        params: dict[str, object] = {
            "url": self._hook.url,
            "secret_token": self._hook.secret,
            "max_connections": MOST_CONNECTIONS,
            "allowed_updates": list(WANTED),
        }
        try:
            answer = await self._api.call(ApiCall("setWebhook", params), seconds=CALL_SECONDS)
        except Exception as error:
            outcome = outcome_of_exception(error)
            if outcome.kind is Kind.STOPPED:
                raise OperatorError(
                    "BOT_API_URL is no web address; write it as https://host or http://host:port."
                ) from None
        else:
            outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if outcome.kind is Kind.SENT:
            return None
        if outcome.kind is Kind.STOPPED:
            raise _token_refused(outcome.reason)
        if outcome.kind in {Kind.GIVEN_UP, Kind.REFUSED, Kind.MEND}:
            raise OperatorError(
                f"Telegram takes no webhook at WEBHOOK_URL ({outcome.reason}). It needs https, on port 443, 80, 88"
                " or 8443, at a name that is known to everybody."
            )
        wait = max(back_off(attempt, self._jitter(), LONGEST_WAIT_SECONDS), outcome.retry_after or 0.0)
        log.warning("the webhook is not set yet (%s); next try in %.1f s", outcome.reason, wait)
        return wait

    async def _look(self) -> None:
        """Ask once, and say what is new."""
        try:
            answer = await self._api.call(ApiCall("getWebhookInfo", {}), seconds=CALL_SECONDS)
        except Exception as error:
            log.info("the webhook could not be looked up: %s", type(error).__name__)
            return
        body = read_answer(answer.body)
        outcome = outcome_of_answer(answer.status, answer.body)
        if outcome.kind is Kind.STOPPED:
            raise _token_refused(outcome.reason)
        if body is None or body["ok"] is not True:
            log.info("the webhook could not be looked up: Telegram answers %d", answer.status)
            return
        before, self._info = self._info, read_info(body.get("result"))
        self._say(before or Info(), self._info)

    def _say(self, before: Info, now: Info) -> None:
        is_fresh = now.error_at > 0 and self._clock() - now.error_at < FRESH_SECONDS
        if not is_fresh or not now.pending:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._clock()
        if now.error and (now.error_at, now.error) != (before.error_at, before.error):
            log.warning(
                "Telegram's last error with the webhook, at %s: %s; %d updates wait",
                _instant(now.error_at),
                now.error,
                now.pending,
            )
        elif now.pending != before.pending:
            log.info("%d updates wait at Telegram", now.pending)

    def _is_ours(self, info: Info) -> bool:
        return (
            info.url == self._hook.url
            and info.connections == MOST_CONNECTIONS
            and info.allowed == frozenset(WANTED)
        )


def _token_refused(reason: str) -> TokenRefused:
    return TokenRefused(f"Telegram refuses BOT_TOKEN ({reason}). Copy it anew from @BotFather; nothing is lost.")


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
