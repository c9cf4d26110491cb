"""What goes wrong between the bot and Telegram: which call, and how.

A fault has a name, the one that docs/faults.md has; each of its kinds says whether the call took effect, and what
the bot hears.
"""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from bot.channels.telegram.api import Answer

TOKEN = "7000000001:AAHgist-of-a-token_that_no_log_may_hold"
ADDRESS = f"https://api.telegram.invalid/bot{TOKEN}/sendMessage"
_KEY = ConnectionKey("api.telegram.invalid", 443, True, True, None, None, None)
_REQUEST = aiohttp.RequestInfo(URL(ADDRESS), "POST", CIMultiDictProxy(CIMultiDict()), URL(ADDRESS))
_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Struck:
    """What a call meets.

    `takes`: it had its effect all the same. `seconds`: until the bot hears. `hears`: an answer, an exception, or
    None for the true answer cut in half.
    """

    takes: bool
    hears: Answer | Exception | None
    seconds: float = 0.1
    holds: float = 0.0
    """So long the server refuses the chat from now on."""


def refusal(code: int, text: str, parameters: dict[str, Any] | None = None, header: str | None = None) -> Answer:
    """An answer of Telegram's that is not ok."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": text}
    return Answer(code, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode(), header)


def flood(seconds: int) -> Answer:
    return refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}, str(seconds))


def _no_connection(rng: random.Random, _: Mapping[str, object]) -> Struck:
    error = rng.choice(
        (
            aiohttp.ClientConnectorError(_KEY, OSError(111, f"Connection refused by {ADDRESS}")),
            aiohttp.ClientConnectorDNSError(_KEY, OSError(-2, ADDRESS)),
            aiohttp.ConnectionTimeoutError(f"Connection timeout to host {ADDRESS}"),
            socket.gaierror(-3, f"no such host in {ADDRESS}"),
        )
    )
    return Struck(False, error)


def _no_answer(rng: random.Random, _: Mapping[str, object]) -> Struck:
    error = rng.choice((TimeoutError(ADDRESS), aiohttp.SocketTimeoutError(f"Timeout on reading from {ADDRESS}")))
    return Struck(rng.random() < 0.7, error, 30.0)


def _cut(rng: random.Random, _: Mapping[str, object]) -> Struck:
    takes = rng.random() < 0.6
    kind = rng.randrange(6)
    if kind == 0:
        return Struck(True, None)
    if kind == 1:
        return Struck(takes, aiohttp.ServerDisconnectedError(ADDRESS))
    if kind == 2:
        return Struck(takes, aiohttp.ClientOSError(104, f"Connection reset by {ADDRESS}"))
    if kind == 3:
        return Struck(takes, aiohttp.ClientPayloadError(f"Response payload of {ADDRESS} is not completed"))
    if kind == 4:
        return Struck(takes, Answer(502, _PAGE))
    return Struck(False, Answer(200, b'{"ok":false}'))


def _server_error(rng: random.Random, _: Mapping[str, object]) -> Struck:
    code = rng.choice((500, 502, 503))
    return Struck(False, refusal(code, "Internal Server Error: restart"))


def _short_hold(rng: random.Random, _: Mapping[str, object]) -> Struck:
    return Struck(False, flood(5), holds=5)


def _long_hold(rng: random.Random, _: Mapping[str, object]) -> Struck:
    seconds = rng.choice((35, 120, 600, 3600))
    return Struck(False, flood(seconds), holds=seconds)


def _hold_without_time(rng: random.Random, _: Mapping[str, object]) -> Struck:
    if rng.random() < 0.5:
        return Struck(False, refusal(429, "Too Many Requests", header="4"), holds=4)
    return Struck(False, Answer(429, b"slow down"), holds=2)


def _markup(_: random.Random, params: Mapping[str, object]) -> Struck | None:
    if "parse_mode" not in params:
        return None
    text = 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 7'
    return Struck(False, refusal(400, text))


def _too_long(_: random.Random, params: Mapping[str, object]) -> Struck | None:
    if len(str(params.get("text", ""))) <= 300:
        return None
    return Struck(False, refusal(400, "Bad Request: message is too long"))


def _edit(rng: random.Random, params: Mapping[str, object]) -> Struck:
    if rng.random() < 0.4:
        text = "message is not modified: specified new message content and reply markup are exactly the same"
        return Struck(True, refusal(400, f"Bad Request: {text}"))
    text = rng.choice(("message to edit not found", "message can't be edited"))
    return Struck(False, refusal(400, f"Bad Request: {text}"))


def _bug(_: random.Random, __: Mapping[str, object]) -> Struck:
    return Struck(False, refusal(400, "Bad Request: BUTTON_DATA_INVALID"))


def _old_press(_: random.Random, __: Mapping[str, object]) -> Struck:
    text = "query is too old and response timeout expired or query ID is invalid"
    return Struck(False, refusal(400, f"Bad Request: {text}"))


def _other_poller(_: random.Random, __: Mapping[str, object]) -> Struck:
    text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    return Struck(False, refusal(409, text))


def _silent_poll(_: random.Random, __: Mapping[str, object]) -> Struck:
    return Struck(False, TimeoutError(ADDRESS), 40.0)


SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageReplyMarkup"})
NEW = frozenset({"sendMessage", "sendPhoto", "sendDocument"})
EDITS = SENDS - NEW
_ANY = SENDS | {"answerCallbackQuery", "getUpdates", "pinChatMessage", "getChatMember"}
_POLL = frozenset({"getUpdates"})


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` as in docs/faults.md; `of`: the methods it strikes."""

    name: str
    of: frozenset[str]
    strikes: Callable[[random.Random, Mapping[str, object]], Struck | None]


FAULTS = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            Fault("no connection", _ANY, _no_connection),
            Fault("taken, and no answer in time", SENDS, _no_answer),
            Fault("an answer that is cut, or not Telegram's", _ANY, _cut),
            Fault("5xx for minutes", _ANY, _server_error),
            Fault("429 for one chat", SENDS, _short_hold),
            Fault("429 for minutes or an hour", SENDS, _long_hold),
            Fault("429 that names no time", SENDS, _hold_without_time),
            Fault("markup refused", NEW, _markup),
            Fault("a text that is too long", NEW, _too_long),
            Fault("an edit that changes nothing or has lost its message", EDITS, _edit),
            Fault("a call that is our own mistake", NEW, _bug),
            Fault("a press too old to be answered", frozenset({"answerCallbackQuery"}), _old_press),
            Fault("another poller", _POLL, _other_poller),
            Fault("a poll that falls silent", _POLL, _silent_poll),
        )
    }
)


@dataclass(slots=True)
class Spell:
    """Bad weather of one kind: from one second to another, each such call struck by that chance."""

    fault: Fault
    since: float
    until: float
    chance: float
    chats: frozenset[int] | None = None


@dataclass(slots=True)
class Weather:
    """All spells of a history.

    Args:
        rng: Chance.
    """

    rng: random.Random
    spells: list[Spell] = field(default_factory=list)

    def meets(self, at: float, method: str, params: Mapping[str, object]) -> tuple[str, Struck] | None:
        """What strikes this call, if anything does; with its name."""
        for spell in self.spells:
            if method not in spell.fault.of or not spell.since <= at < spell.until:
                continue
            if spell.chats is not None and "chat_id" in params and params["chat_id"] not in spell.chats:
                continue
            if self.rng.random() < spell.chance:
                found = spell.fault.strikes(self.rng, params)
                if found is not None:
                    return spell.fault.name, found
        return None
