"""The pages that say how the process is: `/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import json
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.monitoring.health import Monitor
from bot.monitoring.metrics import Metrics


def pages(monitor: Monitor, metrics: Metrics, is_ready: Callable[[], bool]) -> list[web.AbstractRouteDef]:
    """Their routes. None of them shows anything of a person.

    Args:
        monitor: Knows how everything is.
        metrics: Counted so far.
        is_ready: Whether updates may be sent here.
    """

    async def healthz(_request: web.Request) -> web.Response:
        report = await monitor.report()
        status = 503 if report["status"] == "red" else 200
        return web.json_response(report, status=status, dumps=lambda found: json.dumps(found, indent=1))

    async def readyz(_request: web.Request) -> web.Response:
        ready = is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def show_metrics(_request: web.Request) -> web.Response:
        page = metrics.page(await monitor.report())
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", show_metrics)]
