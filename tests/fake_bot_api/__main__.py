"""Run the server: ``python -m tests.fake_bot_api --port 0``."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web

from .control import Control
from .errors import ApiError
from .limits import FILE_BYTES
from .server import Server

TOKEN = "700001:AAFake-Token_for-tests-only-0123456789ab"
USERNAME = "skin_clinic_test_bot"


@web.middleware
async def _not_found(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        # TBA HttpConnection.cpp: anything that is not /bot<token>/<method>
        return web.json_response(ApiError(404, "Not Found").body(), status=404)
    except web.HTTPRequestEntityTooLarge:
        return web.json_response(ApiError(413, "Request Entity Too Large").body(), status=413)


async def _serve(options: argparse.Namespace) -> None:
    server = Server(options.token, options.username, lean=options.lean)
    app = web.Application(client_max_size=FILE_BYTES + 1024 * 1024, middlewares=[_not_found])
    app.add_routes([*Control(server).routes(), *server.routes()])
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1, keepalive_timeout=3600
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port, backlog=2048, reuse_address=True)
    await site.start()
    port = runner.addresses[0][1]
    sys.stdout.write(json.dumps({"port": port, "token": options.token, "username": options.username}) + "\n")
    sys.stdout.flush()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    await done.wait()
    await server.webhook.stop()
    await runner.cleanup()


def main() -> None:
    """Read the options and serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake_bot_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--username", default=USERNAME)
    parser.add_argument("--lean", action="store_true", help="no specification check, no log: for benchmarks")
    options = parser.parse_args()
    try:
        import uvloop  # absent on some systems

        uvloop.run(_serve(options))
    except ImportError:
        asyncio.run(_serve(options))


if __name__ == "__main__":
    main()
