"""Webhook delivery: one lane per chat, retries with growing pauses, the secret in a header."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import deque
from collections.abc import Callable

import aiohttp

from .errors import ApiError, Json, bad, too_many
from .updates import Queued, UpdateQueue

_ANSWER_SECONDS = 60  # levlam in tdlib/telegram-bot-api#341
_GONE_SECONDS = 23 * 3600  # TBA WebhookActor.cpp:493-522
_IGNORED_REPLIES = re.compile(r"(?i)get|setwebhook|deletewebhook|close|logout")  # TBA WebhookActor.cpp:620-626


class Webhook:
    """The webhook of the bot, or none.

    Args:
        queue: Where updates wait until a 2xx confirms them.
        run: Runs the method that a webhook's answer names.
    """

    def __init__(self, queue: UpdateQueue, run: Callable[[str, Json], object]) -> None:
        self.queue = queue
        self.run = run
        self.url = ""
        self.secret: str | None = None
        self.last_error: tuple[int, str] | None = None
        self.deliveries: list[Json] = []
        self.doubled = 0
        self._connections = 40
        self._slots = asyncio.Semaphore(40)
        self._lanes: dict[str, deque[Queued]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._last_set = float("-inf")
        self._gone_since: float | None = None

    async def set(self, params: Json) -> bool:
        """API setWebhook; an empty url removes it.

        Raises:
            ApiError: 400 or 429.
        """
        now = self.queue.clock.now()
        if now - self._last_set < 1:
            raise too_many(1)  # TBA Client.cpp:15735
        url, secret = params.get("url", ""), params.get("secret_token")
        # Real ones need HTTPS on 443, 80, 88 or 8443 (HOOK); loopback HTTP is let through here.
        if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook", violation=True)
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters", violation=True)  # API setWebhook
        connections = int(params.get("max_connections", 40))
        if not 1 <= connections <= 100:
            raise bad("max_connections must be 1-100", violation=True)  # API setWebhook
        await self.stop()
        self._last_set = now
        self.queue.allow(params.get("allowed_updates"))
        if params.get("drop_pending_updates"):
            self.queue.clear()
        self.url, self.secret, self._connections = url, secret, connections
        self._slots = asyncio.Semaphore(connections)
        self.queue.webhook_active = bool(url)
        self.last_error = self._gone_since = None
        if url:
            self.queue.abort_poll("Conflict: terminated by setWebhook request")  # TBA Client.cpp:16226
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS))
            self.queue.on_push = self._take
            for item in self.queue.live():
                self._take(item)
        return True

    async def remove(self, *, drop: bool) -> bool:
        """API deleteWebhook."""
        await self.stop()
        self.url, self.secret, self.queue.webhook_active = "", None, False
        if drop:
            self.queue.clear()
        return True

    async def stop(self) -> None:
        """End all deliveries; what was not confirmed waits on."""
        self.queue.on_push = None
        self._lanes.clear()
        for task in list(self._tasks):
            task.cancel()
        if self._session:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        """API getWebhookInfo."""
        found: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.queue.live()),
        }
        if self.url:
            found |= {"max_connections": self._connections, "ip_address": "127.0.0.1"}
        if self.last_error:
            found |= {"last_error_date": self.last_error[0], "last_error_message": self.last_error[1]}
        if self.queue.allowed:
            found["allowed_updates"] = sorted(self.queue.allowed)
        return found

    def _take(self, item: Queued) -> None:
        # Messages queue per chat, presses per user: TBA Client.cpp:17959, 17155, WebhookActor.cpp:466-480
        lane = self._lanes.setdefault(item.lane, deque())
        lane.append(item)
        if len(lane) == 1:
            task = asyncio.get_running_loop().create_task(self._drain(item.lane, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: str, lane: deque[Queued]) -> None:
        while lane:
            item = lane[0]
            failures = 0
            while item.id in self.queue.pending and item.expires > self.queue.clock.now():
                wait = await self._deliver(item)
                if wait is None:
                    self.queue.confirm(item.id)
                    break
                # At once the first time, then 2, 4, 8 ... s up to a random 60-120 s: WebhookActor.cpp:493-522
                pause = wait or (0 if failures == 0 else min(2.0**failures, random.uniform(60, 120)))
                failures += 1
                await self.queue.clock.sleep(pause)
            lane.popleft()
        self._lanes.pop(name, None)

    async def _deliver(self, item: Queued) -> float | None:
        """One POST (or two at once, when a test asks for doubles): None when it was taken."""
        async with self._slots:
            if self.doubled > 0:
                self.doubled -= 1
                results = await asyncio.gather(self._post(item), self._post(item))
                return None if None in results else max(wait for wait in results if wait is not None)
            return await self._post(item)

    async def _post(self, item: Queued) -> float | None:
        """None when taken, else seconds to wait (0: as the schedule says)."""
        if self._session is None:
            return 0.0
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret  # API setWebhook
        status, wait = 0, 0.0
        try:
            async with self._session.post(
                self.url, data=item.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                status, text = answer.status, await answer.text()
                retry = answer.headers.get("Retry-After", "")
                wait = min(float(retry), 3600.0) if retry.isdigit() else 0.0
        except (aiohttp.ClientError, TimeoutError) as error:
            self.last_error = (self.queue.clock.date(), f"{type(error).__name__}")
            text = ""
        self.deliveries.append({"update_id": item.id, "time": self.queue.clock.now(), "status": status})
        if 200 <= status < 300:
            self._gone_since = None
            self._reply(text)
            return None
        if status:
            reason = f"Wrong response from the webhook: {status}"
            self.last_error = (self.queue.clock.date(), reason)
        self._count_gone(status)
        return wait

    def _count_gone(self, status: int) -> None:
        now = self.queue.clock.now()
        if status != 410:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now - self._gone_since > _GONE_SECONDS:
            self.url, self.queue.webhook_active, self.queue.on_push = "", False, None

    def _reply(self, text: str) -> None:
        """A method in the answer is run, its result unknown (APIDOC "making requests when getting updates")."""
        try:
            body = json.loads(text)
        except ValueError:
            return
        name = body.pop("method", None) if isinstance(body, dict) else None
        if not isinstance(name, str) or _IGNORED_REPLIES.match(name):
            return
        try:
            self.run(name, body)
        except ApiError as error:
            self.last_error = (self.queue.clock.date(), error.description)
