"""The HTTP side of the Bot API: tokens, parameters, faults, the log, the answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from .errors import ApiError, Json, too_many
from .faults import Fault, Faults
from .methods import METHODS, RATED
from .params import convert, read_params
from .people import People
from .rates import Rates
from .spec import Spec
from .updates import UpdateQueue
from .webhook import Webhook
from .world import World

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
_QUEUE_METHODS = {"getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "logOut", "close"}
_LAUNCH_SECONDS = 600  # API close: refused in the first 10 minutes


class Server:
    """One bot's Bot API.

    Args:
        token: The valid token.
        username: The bot's username.
        lean: No specification check and no log: for benchmarks.
    """

    def __init__(self, token: str, username: str, *, lean: bool = False) -> None:
        self.token, self.username, self.lean = token, username, lean
        self.spec = Spec.load()
        self.reset()

    def reset(self) -> None:
        """Forget everything: a new world at the real time."""
        self.world = World(self.token, self.username)
        self.world.lean = self.lean
        self.queue = UpdateQueue(self.world.clock)
        self.webhook = Webhook(self.queue, self.run)
        self.rates = Rates(self.world.clock)
        self.faults = Faults()
        self.people = People(self.world, self.queue)
        self.revoked = self.logged_out = False
        self.launched = self.world.clock.now()

    def routes(self) -> list[web.AbstractRouteDef]:
        """The routes of the Bot API and of file downloads."""
        return [
            web.get("/file/bot{token}/{path:.+}", self.download),
            web.route("*", "/bot{token}/{method}", self.call),
            web.route("*", "/{through}/bot{token}/{method}", self.call),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        entry: Json = {"time": self.world.clock.now(), "method": request.match_info["method"]}
        fault: Fault | None = None
        try:
            self._check_token(request.match_info["token"])
            if request.method not in {"GET", "POST"}:
                raise ApiError(405, "Method Not Allowed")
            method = self.spec.method(request.match_info["method"])
            if method is None:
                raise ApiError(404, "Not Found: method not found", violation=True)
            params, typed = await read_params(request)
            entry |= {"method": method, "params": _loggable(params)} if not self.world.lean else {"method": method}
            fault = self.faults.take(method, _chat_id(params)) if self.faults.rules else None
            if fault and not fault.accept and fault.kind not in {"truncate", "delay"}:
                return await self._spoil(request, fault, b"", entry)
            if fault and fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            self.world.through = request.match_info.get("through", "")
            text = await self._execute(method, params, typed=typed)
            status, body = 200, f'{{"ok":true,"result":{text}}}'.encode()
            entry["result"] = text
        except ApiError as error:
            status, body = error.code, json.dumps(error.body()).encode()
            entry["error"] = error.description
            if error.violation:
                self._violation(entry, error.description)
        entry["status"] = status
        if fault and fault.kind != "delay":
            return await self._spoil(request, fault, body, entry)
        self._log(entry)
        return web.Response(
            body=body, status=status, content_type="application/json", headers=_retry_header(status, body)
        )

    async def download(self, request: web.Request) -> web.Response:
        """A file by its path (API getFile)."""
        try:
            self._check_token(request.match_info["token"])
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        for kept in self.world.files.values():
            if kept.path == request.match_info["path"]:
                return web.Response(body=kept.content, content_type="application/octet-stream")
        return web.json_response(ApiError(404, "Not Found").body(), status=404)

    def run(self, name: str, params: Json, *, typed: bool = True) -> Any:
        """Run one method that touches neither the queue nor the webhook.

        Raises:
            ApiError: The call is refused.
        """
        method = self.spec.method(name)
        if method not in METHODS:
            raise ApiError(501, f"Not Implemented: {name} is not played by this server", violation=True)
        if not self.world.lean:
            self._check_spec(method, params, typed=typed)
        values = convert(params)
        if method in RATED:
            self.rates.take(values.get("chat_id", 0))
        self.world.counts[method] += 1
        return METHODS[method](self.world, values)

    async def _execute(self, method: str, params: Json, *, typed: bool) -> str:
        if method not in _QUEUE_METHODS:
            return json.dumps(self.run(method, params, typed=typed))
        if not self.world.lean:
            self._check_spec(method, params, typed=typed)
        values = convert(params)
        self.world.counts[method] += 1
        if method == "getUpdates":
            self.queue.allow(values.get("allowed_updates"))
            return await self.queue.poll(
                values.get("offset", 0), values.get("limit", 100), values.get("timeout", 0)
            )
        if method == "setWebhook":
            return json.dumps(await self.webhook.set(values))
        if method == "deleteWebhook":
            return json.dumps(await self.webhook.remove(drop=bool(values.get("drop_pending_updates"))))
        if method == "getWebhookInfo":
            return json.dumps(self.webhook.info())
        if method == "logOut":
            self.logged_out = True
            return "true"
        left = int(self.launched + _LAUNCH_SECONDS - self.world.clock.now())
        if left > 0:
            raise too_many(left)
        self.launched = self.world.clock.now()
        return "true"

    def _check_token(self, token: str) -> None:
        """As TBA ClientManager.cpp:76 and Client.cpp:12664 do."""
        number = token.partition(":")[0]
        if token.startswith("0") or len(token) > 80 or ":" not in token:
            raise ApiError(401, "Unauthorized: invalid token specified")
        if not number.isdigit():
            raise ApiError(421, "Misdirected Request: unallowed token specified")
        if token != self.world.token or self.revoked:
            raise ApiError(401, "Unauthorized")
        if self.logged_out:
            raise ApiError(400, "Logged out")  # TBA Client.cpp get_closing_error

    def _check_spec(self, method: str, params: Json, *, typed: bool) -> None:
        # Files named by attach://<name> come as extra parts (API "Sending files").
        attached = json.dumps(params, default=lambda _: "")
        checked = {
            name: value
            for name, value in params.items()
            if not (isinstance(value, bytes) and f"attach://{name}" in attached)
        }
        problems = self.spec.check_call(method, checked, typed=typed)
        if not problems:
            return
        # Telegram's own words where it has some (TBA Client.cpp:11401, check_chat), else ours.
        texts = {
            f"{method}.text: missing": "message text is empty",
            f"{method}.chat_id: missing": "chat_id is empty",
        }
        for problem in problems[1:]:
            self.world.violations.append({"method": method, "problem": problem, "time": self.world.clock.now()})
        raise ApiError(400, f"Bad Request: {texts.get(problems[0], problems[0])}", violation=True)

    async def _spoil(self, request: web.Request, fault: Fault, body: bytes, entry: Json) -> web.StreamResponse:
        entry |= {"fault": fault.kind, "accepted": bool(body)}
        self._log(entry)
        if fault.kind == "status":
            if fault.html:
                return web.Response(text=_PAGE, status=fault.status, content_type="text/html")
            error = ApiError(fault.status, fault.description or f"Fault {fault.status}", fault.parameters)
            answer = json.dumps(error.body()).encode()
            headers = fault.headers if fault.headers is not None else _retry_header(fault.status, answer)
            return web.Response(body=answer, status=fault.status, content_type="application/json", headers=headers)
        if fault.kind == "ok_false":
            error = ApiError(fault.status, fault.description or "Fault")
            return web.json_response(error.body(), status=200)
        if fault.kind == "body":
            return web.Response(text=fault.body, status=fault.status, content_type="application/json")
        if fault.kind == "truncate":
            half = web.StreamResponse(
                headers={"Content-Type": "application/json", "Content-Length": str(len(body))}
            )
            await half.prepare(request)
            await half.write(body[: len(body) // 2])
            _cut(request)
            return half
        if fault.kind == "stall":
            await asyncio.sleep(fault.seconds)
        _cut(request)
        return web.Response()

    def _violation(self, entry: Json, problem: str) -> None:
        self.world.violations.append({"method": entry["method"], "problem": problem, "time": entry["time"]})

    def _log(self, entry: Json) -> None:
        if self.world.lean:
            return
        entry["seq"] = len(self.world.calls) + 1
        self.world.calls.append(entry)
        if entry["method"] != "getUpdates":
            self.world.events.note("call", None, method=entry["method"], status=entry.get("status"))


def _chat_id(params: Json) -> Any:
    value = params.get("chat_id")
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _loggable(params: Json) -> Json:
    return {name: f"<{len(item)} bytes>" if isinstance(item, bytes) else item for name, item in params.items()}


def _retry_header(status: int, body: bytes) -> dict[str, str]:
    if status != 429:
        return {}
    seconds = json.loads(body).get("parameters", {}).get("retry_after")
    return {"Retry-After": str(seconds)} if seconds else {}  # TBA HttpConnection.cpp:71


def _cut(request: web.Request) -> None:
    if request.transport:
        request.transport.close()
