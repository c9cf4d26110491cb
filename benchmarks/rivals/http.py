"""HTTP/1.1 as far as a Bot API server on this machine needs it.

The strict stand-in of the tests takes longer for a call than the quickest of the bots: it would be what is
measured. This one reads a request with a few string methods.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl

import orjson

Json: TypeAlias = dict[str, Any]
Reply: TypeAlias = Callable[[bytes], None]
Handle: TypeAlias = Callable[[str, Json, Reply], None]
"""Takes the path's last part, the parameters and what answers the call, now or later."""


class Connection(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self, handle: Handle, prefix: str) -> None:
        self._handle = handle
        self._prefix = prefix
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            line, _, rest = head.partition(b"\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (each.partition(b":") for each in rest.split(b"\r\n"))
            }
            whole = end + 4 + int(headers.get(b"content-length", b"0"))
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            path = line.split(b" ")[1].decode()
            if not path.startswith(self._prefix):
                self._answer(404, b'{"ok":false,"error_code":404,"description":"Not Found"}')
                continue
            params = read_params(body, headers.get(b"content-type", b""))
            self._handle(path[len(self._prefix) :], params, self._reply)

    def _reply(self, body: bytes) -> None:
        # As Telegram does it: frameworks tell by the status what kind of refusal it is.
        self._answer(200 if body.startswith(b'{"ok":true') else orjson.loads(body)["error_code"], body)

    def _answer(self, status: int, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = b"HTTP/1.1 %d \r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % (status, len(body)) + body)


def read_params(body: bytes, kind: bytes) -> Json:
    """Parameters as JSON, as a form, or as a form in parts (without files)."""
    if not body:
        return {}
    if kind.startswith(b"application/json"):
        found: Json = orjson.loads(body)
        return found
    if kind.startswith(b"application/x-www-form-urlencoded"):
        return {name: _value(value) for name, value in parse_qsl(body.decode(), keep_blank_values=True)}
    boundary = b"--" + kind.partition(b"boundary=")[2].strip(b'"')
    parts = (part.partition(b"\r\n\r\n") for part in body.split(boundary)[1:-1])
    return {
        head.partition(b'name="')[2].partition(b'"')[0].decode(): _value(value.removesuffix(b"\r\n").decode())
        for head, _, value in parts
    }


def _value(text: str) -> object:
    """Of a form, where everything is text."""
    if text[:1] in {"{", "["}:
        return orjson.loads(text)
    return int(text) if text.lstrip("-").isdigit() and len(text) < 17 else text
