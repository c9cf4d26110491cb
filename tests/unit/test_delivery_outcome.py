from __future__ import annotations

import asyncio
import inspect
import json
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.connection import ConnectionLost
from bot.channels.telegram.connections import CertificateRefused, ConnectTimedOut, NotConnected
from bot.delivery.outcome import mapped_exceptions, outcome_of_answer, outcome_of_exception
from bot.delivery.sender import Kind, Mend


def refusal(code: int, description: str, parameters: dict[str, Any] | None = None) -> bytes:
    answer: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return json.dumps(answer | ({"parameters": parameters} if parameters else {})).encode()


def test_a_message_is_sent_with_its_id() -> None:
    outcome = outcome_of_answer(200, b'{"ok":true,"result":{"message_id":71,"date":0}}')
    assert (outcome.kind, outcome.message_id) == (Kind.SENT, 71)
    assert outcome_of_answer(200, b'{"ok":true,"result":true}').message_id is None


@pytest.mark.parametrize(
    ("code", "text", "kind", "mend"),
    [
        (400, "Bad Request: message is not modified: specified new message content", Kind.SENT, None),
        (400, "Bad Request: message to delete not found", Kind.SENT, None),
        (400, "Bad Request: query is too old and response timeout expired", Kind.SENT, None),
        (400, "Bad Request: message to edit not found", Kind.MEND, Mend.NEW_MESSAGE),
        (400, "Bad Request: message can't be edited", Kind.MEND, Mend.NEW_MESSAGE),
        (400, "Bad Request: MESSAGE_ID_INVALID", Kind.MEND, Mend.NEW_MESSAGE),
        (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"', Kind.MEND, Mend.PLAIN_TEXT),
        (400, "Bad Request: message is too long", Kind.MEND, Mend.SPLIT),
        (400, "Bad Request: message caption is too long", Kind.MEND, Mend.SPLIT),
        (400, "Bad Request: text is too long", Kind.MEND, Mend.SPLIT),
        (400, "Bad Request: reply markup is too long", Kind.GIVEN_UP, None),
        (400, "Bad Request: message thread not found", Kind.MEND, Mend.NO_THREAD),
        (400, "Bad Request: chat not found", Kind.REFUSED, None),
        (400, "Bad Request: PEER_ID_INVALID", Kind.REFUSED, None),
        (403, "Forbidden: bot was blocked by the user", Kind.REFUSED, None),
        (403, "Forbidden: user is deactivated", Kind.REFUSED, None),
        (403, "Forbidden: bot can't initiate conversation with a user", Kind.REFUSED, None),
        (403, "Forbidden: bot was kicked from the supergroup chat", Kind.REFUSED, None),
        (403, "Forbidden: something new", Kind.REFUSED, None),
        (400, "Bad Request: BUTTON_DATA_INVALID", Kind.GIVEN_UP, None),
        (400, "Bad Request: text must be non-empty", Kind.GIVEN_UP, None),
        (413, "Request Entity Too Large", Kind.GIVEN_UP, None),
        (401, "Unauthorized", Kind.STOPPED, None),
        (404, "Not Found", Kind.STOPPED, None),
        (409, "Conflict: terminated by other getUpdates request", Kind.AGAIN, None),
        (500, "Internal Server Error: restart", Kind.AGAIN, None),
    ],
)
def test_what_telegram_says(code: int, text: str, kind: Kind, mend: Mend | None) -> None:
    outcome = outcome_of_answer(code, refusal(code, text))
    assert (outcome.kind, outcome.mend) == (kind, mend)
    assert outcome.reason == text
    assert outcome_of_answer(200, refusal(code, text)).kind is kind, "200 with ok:false says the same"
    assert outcome_of_answer(code, refusal(code, text.upper())).kind is kind, "letter case may change"


@pytest.mark.parametrize("code", [400, 403])
def test_a_moved_chat_names_its_new_id(code: int) -> None:
    body = refusal(code, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -1001234})
    outcome = outcome_of_answer(code, body)
    assert (outcome.kind, outcome.mend, outcome.moved_to) == (Kind.MEND, Mend.MOVED, -1001234)


@pytest.mark.parametrize(
    ("parameters", "header", "seconds"),
    [
        ({"retry_after": 35}, None, 35.0),
        ({"retry_after": 35}, "7", 35.0),
        (None, "7", 7.0),
        (None, None, 3.0),
        ({"retry_after": "soon"}, "Mon, 23 Nov", 3.0),
        ({"retry_after": 10**30}, None, 86_400.0),
    ],
)
def test_a_429_says_how_long(parameters: dict[str, Any] | None, header: str | None, seconds: float) -> None:
    outcome = outcome_of_answer(429, refusal(429, "Too Many Requests", parameters), header)
    assert (outcome.kind, outcome.retry_after) == (Kind.AGAIN, seconds)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html>Bad Gateway</html>", Kind.UNKNOWN),
        (504, b"", Kind.UNKNOWN),
        (200, b'{"ok":true,"result":{"mess', Kind.UNKNOWN),
        (200, b"[]", Kind.UNKNOWN),
        (200, b'{"ok":"true"}', Kind.UNKNOWN),
        (200, b"[" * 50_000, Kind.UNKNOWN),
        (200, b'{"ok":false}', Kind.AGAIN),
        (403, b"<html>firewall</html>", Kind.AGAIN),
        (404, b"nginx", Kind.AGAIN),
        (302, b"", Kind.AGAIN),
        (429, b"slow down", Kind.AGAIN),
        (401, b"", Kind.STOPPED),
    ],
)
def test_what_a_proxy_says(status: int, body: bytes, kind: Kind) -> None:
    assert outcome_of_answer(status, body).kind is kind


# Every status beside every shape of a body: by rows of (first status, last status, outcome), the last that fits.
OF_TELEGRAM = (
    (0, 999, Kind.AGAIN),
    (400, 499, Kind.GIVEN_UP),
    (401, 401, Kind.STOPPED),
    (403, 403, Kind.REFUSED),
    (404, 404, Kind.STOPPED),
    (408, 409, Kind.AGAIN),
    (425, 425, Kind.AGAIN),
    (429, 429, Kind.AGAIN),
)
OF_A_PROXY = (
    (0, 999, Kind.UNKNOWN),
    (300, 499, Kind.AGAIN),
    (401, 401, Kind.STOPPED),
)
OF_SUCCESS = ((0, 999, Kind.SENT),)
SHAPES: dict[str, tuple[bytes, tuple[tuple[int, int, Kind], ...]]] = {
    "a message": (b'{"ok":true,"result":{"message_id":5}}', OF_SUCCESS),
    "true": (b'{"ok":true,"result":true}', OF_SUCCESS),
    "nothing but ok": (b'{"ok":true}', OF_SUCCESS),
    "no code": (b'{"ok":false,"description":"What"}', OF_TELEGRAM),
    "no description": (b'{"ok":false}', OF_TELEGRAM),
    "a code that is none": (b'{"ok":false,"error_code":true,"description":5,"parameters":[]}', OF_TELEGRAM),
    "a page": (b"<html><body>Bad Gateway</body></html>", OF_A_PROXY),
    "nothing": (b"", OF_A_PROXY),
    "cut off": (b'{"ok":true,"result":{"message_', OF_A_PROXY),
    "a list": (b'[{"ok":true}]', OF_A_PROXY),
    "ok in words": (b'{"ok":"true"}', OF_A_PROXY),
    "null": (b"null", OF_A_PROXY),
    "no text": (b"\xff\xfe\x00", OF_A_PROXY),
    "other JSON": (b'{"error":"no"}', OF_A_PROXY),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_status_with_every_shape_of_body(shape: str) -> None:
    body, rows = SHAPES[shape]
    for status in range(1000):
        wanted = [kind for first, last, kind in rows if first <= status <= last][-1]
        assert outcome_of_answer(status, body).kind is wanted, status
        if status and rows is OF_TELEGRAM:
            own = refusal(status, "What")
            assert outcome_of_answer(200, own).kind is wanted, f"error_code {status} counts, not the status"


def test_a_code_of_telegrams_counts_more_than_the_status() -> None:
    assert outcome_of_answer(502, refusal(403, "Forbidden")).kind is Kind.REFUSED
    assert outcome_of_answer(200, refusal(401, "Unauthorized")).kind is Kind.STOPPED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    status=st.integers(0, 1000),
    answer=st.fixed_dictionaries(
        {"ok": st.booleans() | JSON},
        optional={"error_code": JSON, "description": JSON, "parameters": JSON, "result": JSON},
    ),
    header=st.none() | st.text(max_size=10),
)
def test_any_answer_has_an_outcome(status: int, answer: dict[str, Any], header: str | None) -> None:
    outcome = outcome_of_answer(status, json.dumps(answer).encode(), header)
    assert (outcome.mend is not None) == (outcome.kind is Kind.MEND)
    assert outcome.retry_after is None or 0 <= outcome.retry_after <= 86_400


@given(status=st.integers(0, 1000), body=st.binary())
def test_any_bytes_have_an_outcome(status: int, body: bytes) -> None:
    assert outcome_of_answer(status, body).kind in Kind


def descendants(kind: type[BaseException]) -> set[type[BaseException]]:
    found = {kind}
    for below in kind.__subclasses__():
        found |= descendants(below)
    return found


# By what is known when it is raised: nothing went out; something may have; the address itself is wrong.
OF_AIOHTTP: dict[Kind, str] = {
    Kind.AGAIN: """
        ClientConnectorError ClientConnectorDNSError ClientProxyConnectionError UnixClientConnectorError
        ClientSSLError ClientConnectorSSLError
        ClientConnectorCertificateError ServerFingerprintMismatch ConnectionTimeoutError
        ClientHttpProxyError RedirectClientError InvalidUrlRedirectClientError NonHttpUrlRedirectClientError
    """,
    Kind.UNKNOWN: """
        ClientError ClientConnectionError ClientConnectionResetError ClientOSError ServerConnectionError
        ServerDisconnectedError ServerTimeoutError SocketTimeoutError ClientPayloadError ClientResponseError
        ContentTypeError WSServerHandshakeError TooManyRedirects UploadAbortedError
        AnswerBroken AnswerTooLong
    """,
    Kind.STOPPED: "InvalidURL InvalidUrlClientError NonHttpUrlClientError",
}
WEBSOCKETS_ALONE = {"WSMessageTypeError"}


def test_every_exception_of_aiohttp_has_an_outcome_of_its_own() -> None:
    ours = {kind for kind in descendants(aiohttp.ClientError) if not kind.__module__.startswith("tests.")}
    named = {
        kind
        for _, kind in inspect.getmembers(client_exceptions, inspect.isclass)
        if issubclass(kind, BaseException) and kind.__module__.startswith("aiohttp")
    }
    known = {kind.__name__: kind for kind in ours | named if kind.__name__ not in WEBSOCKETS_ALONE}
    expected = {name: kind for kind, names in OF_AIOHTTP.items() for name in names.split()}
    assert known.keys() == expected.keys()
    for name, kind in known.items():
        assert outcome_of_exception(_built(kind)).kind is expected[name], name
    unmapped = known.keys() - mapped_exceptions()
    assert not unmapped, "the outcome of its base class is not chosen for it"


def _built(kind: type[BaseException]) -> BaseException:
    return kind.__new__(kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (aiohttp.ClientConnectorError, Kind.AGAIN),
        (aiohttp.ClientConnectorDNSError, Kind.AGAIN),
        (aiohttp.ClientConnectorCertificateError, Kind.AGAIN),
        (aiohttp.ConnectionTimeoutError, Kind.AGAIN),
        (ConnectionRefusedError, Kind.AGAIN),
        (NotConnected, Kind.AGAIN),
        (ConnectTimedOut, Kind.AGAIN),
        (CertificateRefused, Kind.AGAIN),
        (ConnectionLost, Kind.UNKNOWN),
        (socket.gaierror, Kind.AGAIN),
        (aiohttp.ServerDisconnectedError, Kind.UNKNOWN),
        (aiohttp.SocketTimeoutError, Kind.UNKNOWN),
        (aiohttp.ClientPayloadError, Kind.UNKNOWN),
        (aiohttp.ClientConnectionResetError, Kind.UNKNOWN),
        (TimeoutError, Kind.UNKNOWN),
        (ConnectionResetError, Kind.UNKNOWN),
        (BrokenPipeError, Kind.UNKNOWN),
        (asyncio.CancelledError, Kind.UNKNOWN),
        (FileNotFoundError, Kind.GIVEN_UP),
        (KeyError, Kind.GIVEN_UP),
        (aiohttp.InvalidURL, Kind.STOPPED),
    ],
)
def test_what_an_exception_means(kind: type[BaseException], expected: Kind) -> None:
    outcome = outcome_of_exception(_built(kind))
    assert outcome.kind is expected
    assert outcome.reason == kind.__name__
