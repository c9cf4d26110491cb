"""Connections that are kept open, over real sockets; the server of each test is a few lines of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.channels.telegram import connections
from bot.channels.telegram.connection import Answer, AnswerBroken, ConnectionLost
from bot.channels.telegram.connections import CertificateRefused, Connections, ConnectTimedOut, NotConnected

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Takes connections, and does with each request what `play` says."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.taken = 0
        self.answers: list[bytes] = []
        """One for each request, the last one for ever; b"" closes the connection."""
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.closed = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        self.tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                self.asked.set()
                await self.may_answer.wait()
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0] if self.answers else OK
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
                if b"Content-Length" not in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the bot's end was closed, or the test is over
        finally:
            writer.close()
            self.closed.set()


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Server, str]]:
    server = Server()
    running = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    kind = "http" if context is None else "https"
    yield server, f"{kind}://127.0.0.1:{running.sockets[0].getsockname()[1]}/bot1:x/"
    running.close()
    for task in server.tasks:
        task.cancel()
    await asyncio.gather(*server.tasks, return_exceptions=True)


async def test_one_connection_serves_calls_that_follow_each_other() -> None:
    async with serving() as (server, base):
        pool = Connections(base)
        for body in (b"{}", b'{"a":1}', b""):
            assert await pool.post("sendMessage", body, 5) == Answer(200, b"{}")
        assert (server.taken, server.bodies) == (1, [b"{}", b'{"a":1}', b""])
        first = server.heads[0]
        assert first.startswith("POST /bot1:x/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:")
        assert "Content-Type: application/json\r\n" in first
        pool.close()


async def test_calls_at_once_have_connections_of_their_own_up_to_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    async with serving() as (server, base):
        pool = Connections(base)
        found = await asyncio.gather(*(pool.post("getMe", b"{}", 5) for _ in range(10)))
        assert [answer.status for answer in found] == [200] * 10
        assert server.taken == 3
        pool.close()


async def test_whoever_waits_for_a_connection_and_goes_away_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 1)
    async with serving() as (server, base):
        server.may_answer.clear()
        pool = Connections(base)
        first, second, third = (asyncio.create_task(pool.post("getMe", b"{}", 5)) for _ in range(3))
        await server.asked.wait()
        first.add_done_callback(lambda _: second.cancel())
        server.may_answer.set()
        assert (await third).status == 200
        assert (await first).status == 200
        with pytest.raises(asyncio.CancelledError):
            await second
        pool.close()


@pytest.mark.parametrize("answer", [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), OK + b"more"])
async def test_after_such_an_answer_another_connection_is_used(answer: bytes) -> None:
    async with serving() as (server, base):
        server.answers = [answer]
        pool = Connections(base)
        for _ in range(2):
            assert (await pool.post("getMe", b"{}", 5)).body == b"{}"
        assert server.taken == 2
        pool.close()


async def test_one_that_was_idle_for_long_is_not_used_again() -> None:
    now = 100.0
    async with serving() as (server, base):
        pool = Connections(base, clock=lambda: now)
        await pool.post("getMe", b"{}", 5)
        now += connections.KEPT_IDLE_SECONDS
        await pool.post("getMe", b"{}", 5)
        assert server.taken == 2
        pool.close()


async def test_one_that_the_server_has_closed_is_not_used_again() -> None:
    async with serving() as (server, base):
        server.answers = [OK, b"", OK]
        pool = Connections(base)
        await pool.post("getMe", b"{}", 5)
        with pytest.raises(ConnectionLost):
            await pool.post("getMe", b"{}", 5)
        assert (await pool.post("getMe", b"{}", 5)).status == 200
        pool.close()


async def test_a_cut_answer_is_lost_and_one_without_a_length_ends_with_its_connection() -> None:
    async with serving() as (server, base):
        server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", b""]
        pool = Connections(base)
        asking = asyncio.create_task(pool.post("getMe", b"{}", 5))
        await server.asked.wait()
        pool.close()
        with pytest.raises(ConnectionLost):
            await asking
        server.answers = [b"HTTP/1.1 200 OK\r\n\r\n{"]
        assert await pool.post("getMe", b"{}", 5) == Answer(200, b"{")
        pool.close()


async def test_what_is_no_http_is_broken() -> None:
    async with serving() as (server, base):
        server.answers = [b"SSH-2.0-OpenSSH\r\n\r\n", OK]
        pool = Connections(base)
        with pytest.raises(AnswerBroken):
            await pool.post("getMe", b"{}", 5)
        assert (await pool.post("getMe", b"{}", 5)).status == 200
        pool.close()


async def test_a_silent_server_costs_no_more_than_the_time_given() -> None:
    async with serving() as (server, base):
        server.may_answer.clear()
        pool = Connections(base)
        with pytest.raises(TimeoutError):
            await pool.post("getMe", b"{}", 0.05)
        server.may_answer.set()
        await server.closed.wait()
        assert (await pool.post("getMe", b"{}", 5)).status == 200
        assert server.taken == 2
        pool.close()


async def test_a_call_that_is_given_up_leaves_no_answer_for_the_next() -> None:
    async with serving() as (server, base):
        server.may_answer.clear()
        pool = Connections(base)
        asking = asyncio.create_task(pool.post("getMe", b"{}", 5))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.may_answer.set()
        assert (await pool.post("getMe", b"{}", 5)).status == 200
        assert server.taken == 2
        pool.close()


async def test_where_nobody_listens_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(ConnectionRefusedError):
            await Connections(base).post("getMe", b"{}", 5)
        taken.listen(0)
        monkeypatch.setattr(connections, "MOST_CONNECTIONS", 0)
        with pytest.raises(ConnectTimedOut):
            await Connections(base).post("getMe", b"{}", 0.05)


async def test_a_host_that_is_not_known_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(socket.gaierror):
        await Connections("http://telegram.example/").post("getMe", b"{}", 5)


@pytest.mark.parametrize("base", ["", "nowhere", "ftp://host/", "http://host:port/", "http:///x", "http://h/a b"])
async def test_what_is_no_address_is_told(base: str) -> None:
    with pytest.raises(aiohttp.InvalidURL):
        await Connections(base).post("getMe", b"{}", 5)


async def test_the_server_has_to_be_who_it_says_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with serving(context) as (_, base):
        with pytest.raises(CertificateRefused):
            await Connections(base).post("getMe", b"{}", 5)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        pool = Connections(base)
        assert (await pool.post("getMe", b"{}", 5)).status == 200
        pool.close()


async def test_a_server_without_tls_where_it_is_expected() -> None:
    def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    base = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(NotConnected):
        await Connections(base).post("getMe", b"{}", 5)
    server.close()


def self_signed(folder: Path) -> Path:
    """A certificate for this machine that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file
