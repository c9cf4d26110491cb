"""Calls of the Bot API: JSON over connections of our own, uploads over aiohttp's."""

from __future__ import annotations

import json
from typing import Protocol, TypeAlias

import aiohttp

from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.connection import ANSWER_BYTES, Answer, AnswerTooLong
from bot.channels.telegram.connections import CONNECT_SECONDS, Connections
from bot.json_bytes import to_json

__all__ = ["Answer", "BotApi", "Calls"]

Json: TypeAlias = dict[str, object]

CALL_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
_UPLOADS = 20


class Calls(Protocol):
    """What sending needs of `BotApi`."""

    bot_id: str

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call."""
        ...


class BotApi:
    """Calls of one bot. `close` when done.

    Args:
        token: Never shown: it stands in every address.
        base: Scheme, host, port and path before `/bot<token>/`.
    """

    def __init__(self, token: str, base: str = "https://api.telegram.org") -> None:
        self._address = f"{base.rstrip('/')}/bot{token}/"
        self.bot_id = token.partition(":")[0]
        self._connections = Connections(self._address)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"BotApi(bot {self.bot_id})"

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call.

        Args:
            call: What.
            seconds: For the whole call; by default 30, or 120 with a file.

        Raises:
            aiohttp.ClientError, TimeoutError, OSError: As `delivery.outcome` maps them.
        """
        if call.file is None:
            return await self._connections.post(call.method, to_json(call.params), seconds or CALL_SECONDS)
        return await self._upload(call, seconds or UPLOAD_SECONDS)

    async def rebuild(self) -> None:
        """Drop all connections: a half-open one answers nothing for ever."""
        await self.close()

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._connections.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _upload(self, call: ApiCall, seconds: float) -> Answer:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        async with self._open().post(
            self._address + call.method, data=_form(call), timeout=timeout, allow_redirects=False
        ) as response:
            body = await _read(response)
            return Answer(response.status, body, response.headers.get("Retry-After"), response.headers.get("Date"))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_UPLOADS), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > ANSWER_BYTES:
            raise AnswerTooLong("the answer has no end")
        parts.append(part)
    return b"".join(parts)


def _form(call: ApiCall) -> aiohttp.FormData:
    assert call.file is not None
    form = aiohttp.FormData()
    for name, value in call.params.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    file = call.file
    form.add_field(file.field, file.content, filename=file.name, content_type=file.media_type)
    return form
