"""Parameters of a call: read from any encoding, turned into Python values."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from .errors import Json, bad

_INTEGERS = {"message_id", "message_thread_id", "user_id", "offset", "limit", "timeout", "max_connections"}
_NESTED = {
    "reply_markup",
    "entities",
    "caption_entities",
    "link_preview_options",
    "reply_parameters",
    "allowed_updates",
    "message_ids",
    "commands",
    "scope",
    "menu_button",
}
_BOOLEANS = {"show_alert", "drop_pending_updates", "protect_content", "disable_notification"}


async def read_params(request: web.Request) -> tuple[Json, bool]:
    """The raw parameters, and whether they were typed (a JSON body).

    The query string and the body count together; bodies may be urlencoded, multipart or JSON
    (API "Making requests").

    Raises:
        ApiError: 400 for a body that cannot be read.
    """
    params: Json = dict(request.query)
    kind = request.content_type
    if request.method != "POST" or not request.body_exists:
        return params, False
    if kind == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise bad("Can't parse JSON object", violation=True) from None
        if not isinstance(body, dict):
            raise bad("Can't parse JSON object", violation=True)
        return {**params, **body}, True
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        for name, value in (await request.post()).items():
            params[name] = value.file.read() if isinstance(value, web.FileField) else value
        return params, False
    if await request.read():
        raise bad("unsupported content type of the body", violation=True)
    return params, False


def convert(params: Json) -> Json:
    """Numbers as int, nested JSON parsed, booleans as bool.

    Raises:
        ApiError: 400 where a value can't be read.
    """
    out: Json = {}
    for name, value in params.items():
        if name == "chat_id" or name in _INTEGERS:
            out[name] = _integer(name, value)
        elif name in _NESTED:
            out[name] = _nested(name, value)
        elif name in _BOOLEANS:
            out[name] = value is True or str(value).lower() in {"true", "1"}  # TD misc.cpp to_bool
        else:
            out[name] = value
    return out


def _integer(name: str, value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        return int(value)
    if isinstance(value, int) or name == "chat_id":
        return value
    raise bad(f"invalid {name} specified", violation=True)


def _nested(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if not value:
            return None
        try:
            value = json.loads(value)
        except ValueError:
            what = "reply keyboard markup" if name == "reply_markup" else name
            raise bad(f"can't parse {what} JSON object", violation=True) from None  # TBA get_reply_markup
    if name == "reply_markup" and not isinstance(value, dict):
        raise bad("object expected as reply markup", violation=True)  # TBA get_reply_markup
    return value
