"""One connection to the Bot API: a request, its answer, then the next. HTTP/1.1, read by httptools (llhttp)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

ANSWER_BYTES = 16 * 2**20  # getUpdates is capped at 4 MiB by the server
_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})
_FINAL = 200  # what is below only says that the answer proper follows


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status, body as it came, and the headers `Retry-After` and `Date`."""

    status: int
    body: bytes
    retry_after: str | None = None
    date: str | None = None


class AnswerBroken(aiohttp.ClientPayloadError):
    """It is no answer that HTTP knows: the call may have been taken."""


class AnswerTooLong(AnswerBroken):
    """No answer of the Bot API is so long."""


class ConnectionLost(ConnectionError):
    """It ended before the whole answer was there: the call may have been taken."""


class Connection(asyncio.Protocol):
    """Takes one request at a time. `on_lost`: told once, when it has ended."""

    def __init__(self, on_lost: Callable[[Connection], None]) -> None:
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._keeps = True
        self._parser = HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self._size = 0
        self._has_head = False

    @property
    def is_usable(self) -> bool:
        """A further request can go over it."""
        return self._keeps and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, until: float) -> Answer:
        """Send a request, and wait for the whole answer until this time of the loop; when it raises, `close`.

        Raises:
            AnswerBroken, ConnectionLost, TimeoutError: The call may have been taken.
        """
        if self._transport is None:
            raise ConnectionLost
        loop = asyncio.get_running_loop()
        self._begin()
        self._answer = loop.create_future()
        timer = loop.call_at(until, self._late)
        try:
            self._transport.write(request)
            return await self._answer
        finally:
            timer.cancel()

    def close(self) -> None:
        """Close it at once; what is under way is lost."""
        self._keeps = False
        if self._transport is not None:
            self._transport.abort()

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass of asyncio's

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        try:
            if self._size > ANSWER_BYTES:
                raise AnswerTooLong("the answer has no end")
            self._parser.feed_data(data)
        except AnswerTooLong as error:
            self._fail(error)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._fail(AnswerBroken(type(error).__name__))
        if not self._keeps:
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is None and self._has_head and _LENGTHS.isdisjoint(self._headers):
            self.on_message_complete()  # one without a length ends with its connection
        self._fail(ConnectionLost())
        self._transport = None
        self._on_lost(self)

    # What the parser tells

    def on_message_begin(self) -> None:
        if self._answer is None or self._answer.done():
            self._keeps = False  # nobody has asked: the next answer would not be ours

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._has_head = self._parser.get_status_code() >= _FINAL

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < _FINAL:
            self._headers.clear()
            return
        self._keeps = self._keeps and self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            answer = Answer(status, body, self._text(b"retry-after"), self._text(b"date"))
            self._answer.set_result(answer)

    def _late(self) -> None:
        self._fail(TimeoutError())

    def _text(self, header: bytes) -> str | None:
        value = self._headers.get(header)
        return None if value is None else value.decode("latin-1").strip()

    def _fail(self, error: Exception) -> None:
        self._keeps = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
