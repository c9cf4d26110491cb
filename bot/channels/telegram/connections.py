"""Connections to the Bot API that are kept open, and a POST of JSON over one of them.

A call is most of what a tap costs, and most of a general HTTP client's work is of no use to it: no redirects,
cookies, proxies or streams, one server, one method. Uploads go by aiohttp.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohappyeyeballs
import aiohttp

from bot.channels.telegram.connection import Answer, Connection

MOST_CONNECTIONS = 100
CONNECT_SECONDS = 10.0
KEPT_IDLE_SECONDS = 15.0  # servers close them sooner or later, and a call on a closed one may or may not be taken
_EYEBALLS_SECONDS = 0.25  # then the next address is tried beside the first (RFC 8305)


class NotConnected(OSError):
    """There was no connection: surely nothing was sent."""


class ConnectTimedOut(NotConnected):
    """There was none in time."""


class CertificateRefused(NotConnected):
    """The server is not who it says it is."""


class Connections:
    """Open connections to one server.

    Args:
        base: Scheme, host, port and the path that each call's begins with.
        clock: Seconds of a clock that only goes forward.
    """

    def __init__(self, base: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = base
        self._clock = clock
        self._server: _Server | None = None
        self._heads: dict[str, bytes] = {}
        self._open: set[Connection] = set()
        self._idle: list[tuple[Connection, float]] = []
        self._places = MOST_CONNECTIONS
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def post(self, method: str, body: bytes, seconds: float) -> Answer:
        """Call `method`; the whole of it within so many seconds.

        Raises:
            NotConnected, socket.gaierror, ConnectionRefusedError: Nothing was sent.
            ConnectionLost, AnswerBroken, TimeoutError: It may have been taken.
            aiohttp.InvalidURL: The address is none.
        """
        head = self._heads.get(method) or self._head(method)
        until = asyncio.get_running_loop().time() + seconds
        if self._places:
            self._places -= 1
        else:
            await self._place(until)
        try:
            connection = self._take() or await self._connect(until)
            try:
                answer = await connection.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), until)
            except BaseException:  # also when this task was cancelled: what comes now is nobody's
                connection.close()
                raise
            if connection.is_usable:
                self._idle.append((connection, self._clock()))
        finally:
            self._leave()
        return answer

    def close(self) -> None:
        """Close all of them; a later call opens new ones."""
        self._idle.clear()
        for connection in list(self._open):
            connection.close()

    def _head(self, method: str) -> bytes:
        server = self._server = self._server or _Server(self._base)
        lines = (
            f"POST {server.path}{method} HTTP/1.1",
            f"Host: {server.host_header}",
            "User-Agent: skin-clinic-bot",
            "Content-Type: application/json",
            "Content-Length: ",
        )
        head = self._heads[method] = "\r\n".join(lines).encode("ascii")
        return head

    def _take(self) -> Connection | None:
        """The one used last, if it was not idle for too long; then neither were those before it in use."""
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_usable and self._clock() - since < KEPT_IDLE_SECONDS:
                return connection
            connection.close()
        return None

    async def _connect(self, until: float) -> Connection:
        assert self._server is not None
        connection = await self._server.connect(self._open.discard, until)
        if connection.is_usable:  # it may have ended at once
            self._open.add(connection)
        return connection

    async def _place(self, until: float) -> None:
        """Wait until fewer calls are under way (a semaphore costs each of them as much as the wire does)."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout_at(until):
                await waiting
        except BaseException as error:
            if waiting.done() and not waiting.cancelled():
                self._leave()  # it was our turn, and is somebody else's now
            if isinstance(error, TimeoutError):
                raise ConnectTimedOut from None
            raise

    def _leave(self) -> None:
        """Whoever waits longest may call now."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                return
        self._places += 1


class _Server:
    def __init__(self, base: str) -> None:
        try:
            parts = urlsplit(base)
            port = parts.port
            host = (parts.hostname or "").encode("idna").decode("ascii")
            path = parts.path.encode("ascii").decode("ascii")
        except ValueError:
            raise aiohttp.InvalidURL("BOT_API_URL") from None
        if parts.scheme not in {"http", "https"} or not host or any(letter in path for letter in " \r\n"):
            raise aiohttp.InvalidURL("BOT_API_URL")
        self.path = path
        self.host = host
        self.is_secure = parts.scheme == "https"
        self.port = port or (443 if self.is_secure else 80)
        named = f"[{host}]" if ":" in host else host
        self.host_header = named if port is None else f"{named}:{port}"
        self._context: ssl.SSLContext | None = None

    async def connect(self, on_lost: Callable[[Connection], None], until: float) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(until, loop.time() + CONNECT_SECONDS)):
                found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
                plain = await aiohappyeyeballs.start_connection(
                    found, happy_eyeballs_delay=_EYEBALLS_SECONDS, interleave=1, loop=loop
                )
                _, connection = await loop.create_connection(
                    lambda: Connection(on_lost),
                    sock=plain,
                    ssl=self._tls() if self.is_secure else None,
                    server_hostname=self.host if self.is_secure else None,
                )
        except TimeoutError:
            raise ConnectTimedOut from None
        except ssl.SSLCertVerificationError:
            raise CertificateRefused from None
        except (ConnectionRefusedError, socket.gaierror):
            raise
        except OSError as error:
            raise NotConnected(type(error).__name__) from None
        return connection

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context
