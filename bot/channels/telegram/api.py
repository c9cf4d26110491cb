"""One HTTP connection pool to the Bot API, and one call over it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import aiohttp

from bot.channels.telegram.bodies import ApiCall
from bot.json_bytes import to_json

Json: TypeAlias = dict[str, object]

CALL_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
CONNECT_SECONDS = 10.0
_CONNECTIONS = 100
_ANSWER_BYTES = 16 * 2**20  # getUpdates is capped at 4 MiB by the server


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status, body as it came, and the headers `Retry-After` and `Date`."""

    status: int
    body: bytes
    retry_after: str | None = None
    date: str | None = None


class Calls(Protocol):
    """What sending needs of `BotApi`."""

    bot_id: str

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """Make one call."""
        ...


class AnswerTooLong(aiohttp.ClientPayloadError):
    """No answer of the Bot API is so long."""


class BotApi:
    """Calls of one bot. `close` when done.

    Args:
        token: Never shown: it stands in every address.
        base: Scheme, host, port and path before `/bot<token>/`.
    """

    def __init__(self, token: str, base: str = "https://api.telegram.org") -> None:
        self._address = f"{base.rstrip('/')}/bot{token}/"
        self.bot_id = token.partition(":")[0]
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
        total = seconds or (CALL_SECONDS if call.file is None else UPLOAD_SECONDS)
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_SECONDS)
        data: aiohttp.FormData | bytes
        headers: dict[str, str] = {}
        if call.file is None:
            data = to_json(call.params)
            headers["Content-Type"] = "application/json"
        else:
            data = _form(call)
        async with self._open().post(
            self._address + call.method, data=data, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            body = await _read(response)
            return Answer(response.status, body, response.headers.get("Retry-After"), response.headers.get("Date"))

    async def rebuild(self) -> None:
        """Drop all connections: a half-open one answers nothing for ever."""
        await self.close()

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > _ANSWER_BYTES:
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
