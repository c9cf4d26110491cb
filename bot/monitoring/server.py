"""The one web server of a process: the channel's webhook, `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.errors import OperatorError

log = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 75.0  # also for a connection that never says anything whole
LINGER_SECONDS = 5.0  # what a refused client still sends is read so long, so that it reads our answer
WAITING_CONNECTIONS = 1024  # not accepted yet
OPEN_FILES = 8192
ENDING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen; port 0: any free one."""

    host: str
    port: int


class WebServer:
    """Listens from `start` until `close`.

    Args:
        listen: Where.
        routes: What it answers.
    """

    def __init__(self, listen: Listen, routes: Iterable[web.AbstractRouteDef]) -> None:
        self._listen = listen
        app = web.Application()
        app.add_routes(routes)
        # No log of accesses: addresses of people and the webhook's path would stand in it. Nothing is unpacked:
        # Telegram packs nothing, and a packed body may be a thousand times its length.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            shutdown_timeout=ENDING_SECONDS,
        )
        self._site: web.TCPSite | None = None

    async def start(self) -> int:
        """Listen. Returns the port.

        Raises:
            OperatorError: Somebody else listens there, or it is not ours to listen at.
        """
        _allow_open_files()
        await self._runner.setup()
        host, port = self._listen.host, self._listen.port
        site = web.TCPSite(self._runner, host or None, port, backlog=WAITING_CONNECTIONS)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise OperatorError(
                f"PORT {port} can't be listened at ({error.strerror or error}): set another one, or end what uses"
                " it; PORT=0 without WEBHOOK_URL listens nowhere."
            ) from None
        self._site = site
        found: int = self._runner.addresses[0][1]
        log.info("listening on %s, port %d", host or "all addresses", found)
        return found

    async def stop_listening(self) -> None:
        """Take no more connections; those that are open go on."""
        site, self._site = self._site, None
        if site is not None:
            await site.stop()

    async def close(self) -> None:
        """Close all connections, within a second."""
        await self.stop_listening()
        await self._runner.cleanup()


def _allow_open_files() -> None:
    """A thousand connections need more open files than most systems grant unasked."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
