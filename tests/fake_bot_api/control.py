"""The control side: people, clock, faults, the logs; plain JSON over HTTP."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .errors import Json
from .server import Server
from .updates import OTHER_POLLER
from .world import Group, Person, World, view


class Control:
    """The handlers under /control; a refused request is a 400 with an ``error``."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @property
    def world(self) -> World:
        """The world as it is since the last reset."""
        return self.server.world

    def routes(self) -> list[web.AbstractRouteDef]:
        """All routes under /control."""
        posts = {
            "person": self.person,
            "group": self.group,
            "act": self.act,
            "inject": self.inject,
            "clock": self.clock,
            "faults": self.faults,
            "settings": self.settings,
        }
        gets = {
            "state": self.state,
            "calls": self.calls,
            "sent": self.sent,
            "chat": self.chat,
            "events": self.events,
        }
        return [
            *(web.post(f"/control/{name}", self._posted(handler)) for name, handler in posts.items()),
            web.post("/control/reset", self.reset),
            *(web.get(f"/control/{name}", handler) for name, handler in gets.items()),
        ]

    def person(self, body: Json) -> Json:
        """Make or change a person."""
        known = self.world.people.get(body["id"])
        if known:
            for name, value in body.items():
                setattr(known, name, value)
        else:
            self.world.people[body["id"]] = Person(**body)
        return {}

    def group(self, body: Json) -> Json:
        """Make or change a group; members as ``{"<id>": status}``."""
        body["members"] = {int(key): value for key, value in body.get("members", {}).items()}
        body["threads"] = set(body.get("threads", []))
        self.world.groups[body["id"]] = Group(**body)
        return {}

    def act(self, body: Json) -> Json:
        """Something that a person does: ``{"do": "say", "person": 1, ...}``."""
        people, world = self.server.people, self.world
        person = world.people[body["person"]]
        chat_id = body.get("chat_id")
        do = body["do"]
        if do == "say":
            return {"updates": people.say(person, body["text"], chat_id, body.get("reply_to"))}
        if do == "press":
            return people.press(person, body.get("button"), body.get("data"), body.get("message_id"), chat_id)
        if do == "edit":
            return {"updates": people.edit(person, body["text"], body.get("message_id"), chat_id)}
        if do == "photo":
            return {"updates": people.photo(person, body.get("caption", ""), chat_id, body.get("album", ""))}
        if do == "sticker":
            return {"updates": people.sticker(person, body.get("emoji", "🙂"))}
        if do == "contact":
            return {"updates": people.contact(person, body["phone"], body.get("owner"))}
        if do == "send":
            return {"updates": people.send(person, body["content"], chat_id)}
        if do in {"block", "unblock"}:
            return {"updates": people.block(person, blocked=do == "block")}
        if do == "move_bot":
            return {"updates": people.move_bot(world.groups[body["chat_id"]], person, body["status"])}
        if do == "move_member":
            moved = world.people[body["who"]]
            return {"updates": people.move_member(world.groups[body["chat_id"]], moved, person, body["status"])}
        if do == "migrate":
            return {"updates": people.migrate(world.groups[body["chat_id"]], body["new_id"])}
        raise ValueError(f"unknown act {do!r}")

    def inject(self, body: Json) -> Json:
        """Queue a raw update."""
        return {"updates": [self.server.queue.inject(body["update"], body.get("lane", "raw"))]}

    def clock(self, body: Json) -> Json:
        """Move the clock."""
        self.world.clock.advance(float(body.get("advance", 0)))
        return {"now": self.world.clock.now()}

    def faults(self, body: Json) -> Json:
        """Add a rule (``{"add": {...}}``) or remove one or all (``{"remove": id or null}``)."""
        if "add" in body:
            return {"id": self.server.faults.add(body["add"])}
        self.server.faults.remove(body.get("remove"))
        return {}

    def settings(self, body: Json) -> Json:
        """Switches: rates, revoked, strict_timing, next_update_id, doubled."""
        server = self.server
        if "rates" in body:
            server.rates.set(body["rates"])
        if "revoked" in body:
            server.revoked = bool(body["revoked"])
        if "strict_timing" in body:
            server.queue.strict_timing = bool(body["strict_timing"])
        if "next_update_id" in body:
            server.queue.jump(int(body["next_update_id"]))
        if "doubled" in body:
            server.webhook.doubled = int(body["doubled"])
        return {}

    async def reset(self, _: web.Request) -> web.Response:
        """Start over with an empty world; waiting polls end."""
        await self.server.webhook.stop()
        self.server.queue.abort_poll(OTHER_POLLER)
        self.server.reset()
        return web.json_response({})

    async def state(self, _: web.Request) -> web.Response:
        """Counts, violations, faults and the queue."""
        server, world = self.server, self.world
        return web.json_response(
            {
                "now": world.clock.now(),
                "bot": world.bot,
                "violations": world.violations,
                "counts": dict(world.counts),
                "pending": [item.id for item in server.queue.live()],
                "acked": server.queue.acked,
                "expired": server.queue.expired,
                "webhook": server.webhook.info(),
                "deliveries": server.webhook.deliveries,
                "faults": [{"id": rule.id, "kind": rule.kind, "hits": rule.hits} for rule in server.faults.rules],
                "rate_refusals": server.rates.refused,
                "profile": world.profile,
                "queries": [
                    {"id": item.id, "person": item.person, "data": item.data, "answers": item.answers}
                    for item in world.queries.values()
                ],
                "people": {
                    str(key): {"started": item.started, "blocked": item.blocked}
                    for key, item in world.people.items()
                },
            }
        )

    async def calls(self, request: web.Request) -> web.Response:
        """All calls in order, later than ``since``, of one ``method``."""
        since, method = int(request.query.get("since", 0)), request.query.get("method")
        found = [item for item in self.world.calls[since:] if method in {None, item["method"]}]
        return web.json_response(found)

    async def sent(self, request: web.Request) -> web.Response:
        """What the bot sent to one chat, or to all, in order."""
        chat_id = request.query.get("chat_id")
        if chat_id is not None:
            return web.json_response(self.world.sent.get(int(chat_id), []))
        return web.json_response({str(key): items for key, items in self.world.sent.items()})

    async def chat(self, request: web.Request) -> web.Response:
        """A chat as it is on screen; with ``since`` it waits up to ``timeout`` s for a change."""
        chat_id = int(request.query["chat_id"])
        if "since" in request.query:
            seconds = float(request.query.get("timeout", 10))
            await self.world.events.wait(chat_id, int(request.query["since"]), seconds)
        person = self.world.people.get(chat_id)
        messages = [view(item) for _, item in sorted(self.world.messages.get(chat_id, {}).items())]
        notices = person.notices if person else []
        return web.json_response(
            {"seq": self.world.events.last(chat_id), "messages": messages, "notices": notices}
        )

    async def events(self, request: web.Request) -> web.Response:
        """Events later than ``since``; waits up to ``timeout`` s for the first."""
        since = int(request.query.get("since", 0))
        await self.world.events.wait(None, since, float(request.query.get("timeout", 10)))
        return web.json_response({"seq": self.world.events.seq, "events": self.world.events.after(since)})

    @staticmethod
    def _posted(handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            try:
                return web.json_response(handler(await request.json()))
            except (ValueError, KeyError, TypeError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

        return answer
