"""Takes updates by webhook: one POST is one update, and 200 is said only when its turn is on disk.

Rules:
- The path is a keyed hash of the secret, never the token; the secret that Telegram sends along in a header is
  compared in constant time, and before that nothing of the body is read.
- What is no update of Telegram's is refused and never reaches the turn loop. What Telegram sends and nobody can
  read is taken, for it would come again for a day.
- While the database is away the call is held, then answered 503: Telegram sends the update again, and the store
  drops what it has seen.

Source: core.telegram.org/bots/api, Bot API 10.1, "setWebhook"; tdlib/telegram-bot-api#341 for the 60 seconds.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.telegram.read_update import Item

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (its name, not its value)
GUESSABLE_CHARACTERS = 32  # a secret of fewer is worth a warning
MOST_BYTES = 2 * 2**20  # one update; the longest that Telegram makes are far below
BODY_SECONDS = 10.0  # a body that takes longer is no update
TURN_SECONDS = 50.0  # Telegram itself gives up after 60
MOST_AT_ONCE = 1000  # calls held for their turns: ten times what Telegram opens
ENDING_SECONDS = 1.5
RETRY_SECONDS = "5"

Take: TypeAlias = Callable[[list[Item]], Awaitable[None]]
Read: TypeAlias = Callable[[object], Item]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where Telegram sends updates.

    Args:
        url: What Telegram is told.
        paths: What arrives here: with the address's own path, and without it, where a proxy takes that away.
        secret: What must stand in the header.
    """

    url: str = field(repr=False)
    paths: tuple[str, ...] = field(repr=False)
    secret: str = field(repr=False)


def hook_at(base: str, secret: str) -> Hook:
    """The webhook below a public address; the same for every process that has the same secret.

    Args:
        base: The address, with or without a path.
        secret: The webhook's secret.
    """
    own = "/telegram/" + hmac.digest(secret.encode(), b"the path of the webhook", sha256).hex()[:32]
    before = urlsplit(base).path.rstrip("/")
    return Hook(base.rstrip("/") + own, tuple(dict.fromkeys((before + own, own))), secret)


def derived_secret(data_key: bytes, bot_id: str) -> str:
    """A secret for a bot whose operator has set none: every process with the same data key comes to the same."""
    return hmac.digest(data_key, f"the secret of the webhook of bot {bot_id}".encode(), sha256).hex()


class Webhook:
    """The receiving end. It answers 503 until `open`, and from `close` on.

    Args:
        hook: Where it is.
        body_seconds: For the whole body of one call.
        turn_seconds: For its turn.
        count: Told the status of every answer.
    """

    def __init__(
        self,
        hook: Hook,
        *,
        body_seconds: float = BODY_SECONDS,
        turn_seconds: float = TURN_SECONDS,
        count: Callable[[int], None] = lambda _status: None,
    ) -> None:
        self.hook = hook
        self.count = count
        self._body_seconds = body_seconds
        self._turn_seconds = turn_seconds
        self._read: Read | None = None
        self._take: Take | None = None
        self._is_closed = False
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def routes(self) -> list[web.AbstractRouteDef]:
        """For the web server; other methods than POST are answered 405 there."""
        return [web.post(path, self.handle) for path in self.hook.paths]

    def open(self, read: Read, take: Take) -> None:
        """Take updates from now on.

        Args:
            read: One update, read; total.
            take: Returns when its turn is on disk; raises to have the update again.
        """
        self._read, self._take = read, take

    @property
    def is_open(self) -> bool:
        return self._take is not None and not self._is_closed

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True

    async def finished(self) -> None:
        """Wait until what was taken has its answer, for a moment at most; Telegram sends the rest again."""
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d updates are not on disk yet: Telegram sends them again", self._under_way)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call."""
        self._under_way += 1
        self._idle.clear()
        try:
            status = await self._status(request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
        self.count(status)
        answer = web.Response(status=status, text="" if status == HTTPStatus.OK else HTTPStatus(status).phrase)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = RETRY_SECONDS
        if status != HTTPStatus.OK:
            answer.force_close()
        return answer

    async def _status(self, request: web.Request) -> HTTPStatus:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.hook.secret.encode()):
            return HTTPStatus.FORBIDDEN
        if not self.is_open or self._under_way > MOST_AT_ONCE:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if request.content_type != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        if (request.content_length or 0) > MOST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await _body(request)
        except TimeoutError:
            return HTTPStatus.REQUEST_TIMEOUT
        except (web.RequestPayloadError, ConnectionError):
            return HTTPStatus.BAD_REQUEST
        if body is None:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return HTTPStatus.BAD_REQUEST
        return await self._taken(update)

    async def _taken(self, update: object) -> HTTPStatus:
        assert self._read is not None
        assert self._take is not None
        try:
            # The turn goes on when we stop waiting for it: the update that comes again is then one seen before.
            async with asyncio.timeout(self._turn_seconds):
                await self._take([self._read(update)])
        except TimeoutError:
            log.error("an update is not on disk after %.0f s: Telegram sends it again", self._turn_seconds)
            return HTTPStatus.SERVICE_UNAVAILABLE
        except Exception as error:
            # Its class alone: an error's text may quote what a person wrote.
            log.error("an update is not on disk (%s): Telegram sends it again", type(error).__name__)
            return HTTPStatus.SERVICE_UNAVAILABLE
        return HTTPStatus.OK


async def _body(request: web.Request) -> bytes | None:
    """All of it, or None as soon as it is too long: what a client says of its length is not trusted."""
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
