"""An HTTP answer over one connection, in whatever pieces it comes, and whatever a proxy makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.connection import (
    ANSWER_BYTES,
    Answer,
    AnswerBroken,
    AnswerTooLong,
    Connection,
    ConnectionLost,
)

BODY = b'{"ok":true,"result":[1,2,3]}'
PLAIN = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 28\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n"
    + BODY[:5]
    + b"\r\n17\r\n"
    + BODY[5:]
    + b"\r\n0\r\n\r\n"
)
TRAILED = CHUNKED[:-2] + b"Expires: never\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n" + PLAIN


class Wire(asyncio.Transport):
    """Tells what the connection does with it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_cut = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_cut

    def abort(self) -> None:
        self.is_cut = True


@dataclass
class Seen:
    """What came of a request: `found` is None while it waits on."""

    found: Answer | Exception | None = None
    is_usable: bool = False
    lost: list[Connection] = field(default_factory=list)


def ask(*pieces: bytes, ends: bool = False, error: Exception | None = None) -> Seen:
    """A request on a new connection, to which these pieces are the answer; then the connection ends, or not."""
    return asyncio.run(_ask(pieces, ends=ends, error=error))


async def _ask(pieces: Sequence[bytes], *, ends: bool, error: Exception | None) -> Seen:
    seen = Seen()
    connection, wire = Connection(seen.lost.append), Wire()
    connection.connection_made(wire)
    asking = asyncio.create_task(connection.ask(b"request", asyncio.get_running_loop().time() + 60))
    await asyncio.sleep(0)
    assert wire.written == [b"request"]
    for piece in pieces:
        connection.data_received(piece)
    if ends:
        connection.connection_lost(error)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if asking.done():
        failure = asking.exception()
        assert failure is None or isinstance(failure, Exception)
        seen.found = asking.result() if failure is None else failure
    asking.cancel()
    seen.is_usable = connection.is_usable
    return seen


@pytest.mark.parametrize("data", [PLAIN, CHUNKED, TRAILED, CONTINUED])
@given(cuts=st.lists(st.integers(0, 150), max_size=6))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(places)]
    seen = ask(*pieces)
    assert (seen.found, seen.is_usable) == (Answer(200, BODY), True)
    assert ask(*pieces[:-1]).found is None, "whole before its last byte"


@given(
    data=st.sampled_from([PLAIN, CHUNKED, TRAILED, CONTINUED]),
    end=st.integers(0, 200),
    noise=st.binary(max_size=40),
)
def test_whatever_comes_is_an_answer_or_broken_or_lost(data: bytes, end: int, noise: bytes) -> None:
    seen = ask(data[:end] + noise, ends=True)
    assert isinstance(seen.found, Answer | AnswerBroken | ConnectionLost)
    assert not seen.is_usable
    assert len(seen.lost) == 1


def test_an_answer_may_end_with_its_connection() -> None:
    pieces = (b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", b"</html>")
    assert ask(*pieces).found is None
    assert ask(*pieces, ends=True).found == Answer(502, b"<html></html>")
    assert isinstance(ask(*pieces, ends=True, error=OSError()).found, ConnectionLost)


@pytest.mark.parametrize("data", [PLAIN[:-1], CHUNKED[:-2], PLAIN[:20], CONTINUED[:48], b""])
def test_one_that_was_cut_is_lost(data: bytes) -> None:
    assert ask(data).found is None
    assert isinstance(ask(data, ends=True).found, ConnectionLost)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
    ],
)
def test_what_has_no_or_two_meanings_is_refused(data: bytes) -> None:
    seen = ask(data)
    assert isinstance(seen.found, AnswerBroken)
    assert not seen.is_usable


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_what_has_no_end_is_not_read_to_it(head: bytes) -> None:
    seen = ask(head, b"x" * (ANSWER_BYTES - len(head)), b"x")
    assert isinstance(seen.found, AnswerTooLong)
    assert not seen.is_usable


def test_how_long_to_wait_is_told() -> None:
    head = b"HTTP/1.1 429 Too Many Requests\r\nretry-after:  7 \r\nDate: now\r\nContent-Length: 0\r\n\r\n"
    assert ask(head).found == Answer(429, b"", "7", "now")


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", False),
        (PLAIN + PLAIN, False),
        (CHUNKED + b"more", False),
        (TRAILED + b"more", False),
    ],
)
def test_whether_the_connection_can_be_used_again(data: bytes, *, keeps: bool) -> None:
    seen = ask(data)
    assert isinstance(seen.found, Answer)
    assert seen.is_usable is keeps


async def test_what_comes_unasked_is_no_answer_to_the_next_request() -> None:
    connection, wire = Connection(lambda _: None), Wire()
    connection.connection_made(wire)
    connection.data_received(PLAIN)
    assert wire.is_cut
    assert not connection.is_usable


async def test_on_one_that_has_ended_nothing_is_asked() -> None:
    connection, wire = Connection(lambda _: None), Wire()
    connection.connection_made(wire)
    connection.connection_lost(None)
    with pytest.raises(ConnectionLost):
        await connection.ask(b"request", 0)
    assert not wire.written
