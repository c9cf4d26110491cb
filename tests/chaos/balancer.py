"""A load balancer in front of the web processes: each connection goes to the next one that takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count


class Balancer:
    """Listens on a port of its own.

    Args:
        ports: Of the web processes, on this machine.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.connections = [0] * len(ports)
        self._ports = ports
        self._turn = count()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._ports:
            place = next(self._turn) % len(self._ports)
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._ports[place])
            except OSError:
                continue
            self.connections[place] += 1
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
            return
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
