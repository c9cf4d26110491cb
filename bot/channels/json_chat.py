"""`chat --json`: the conversation for another program, one JSON object a line.

Out: any number of objects, then exactly one `waiting` (or `end`, when no question is open), at the start and after
every line of input. In: see `terminal_action`. Each object's shape stands in tests/e2e/chat_schema.py.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, BinaryIO

from bot.channels.terminal_action import Unreadable, read_line
from bot.channels.terminal_room import Clinic, Document, Entry, Message, Note, NotPossible, Picture, Report, Room
from bot.engine.effect import ReportAlert, ReportLead, ReportResult, To

Json = dict[str, Any]


async def run_json_chat(room: Room, clinic: Clinic, lines: AsyncIterator[str], out: BinaryIO) -> None:
    """Answer line after line until the input ends. Nothing that a line can hold raises.

    Args:
        room: Where it happens; what already happened in it is written first.
        clinic: The assembled program.
        lines: Input, already decoded.
        out: Where the objects go, UTF-8, flushed after each turn.
    """
    await _write(room, clinic, out)
    async for line in lines:
        try:
            await room.act(clinic, read_line(line))
        except (Unreadable, NotPossible) as error:
            await _write(room, clinic, out, error=str(error))
        else:
            await _write(room, clinic, out)


async def _write(room: Room, clinic: Clinic, out: BinaryIO, *, error: str = "") -> None:
    objects = [as_object(entry) for entry in room.take_entries()]
    at = room.clock.now().isoformat()
    if error:
        objects.append({"type": "error", "at": at, "text": error})
    status = await room.end_status(clinic)
    objects.append(
        {"type": "waiting", "at": at} if status is None else {"type": "end", "at": at, "status": status}
    )
    for found in objects:
        out.write(json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n")
    out.flush()


def as_object(entry: Entry) -> Json:
    """An entry as one object of the protocol."""
    match entry:
        case Message():
            return _message(entry)
        case Picture(at, effect, path):
            return {"type": "picture", **_at(at), "path": path, "alt": effect.alt, "to": _to(effect.to)}
        case Document(at, number, effect):
            text = "\n\n".join(part for part in (effect.caption, effect.name, effect.content) if part)
            return _plain_message(at, number, text, effect.lane.value, effect.to)
        case Note(at, number, text, to):
            return _plain_message(at, number, text, "reply", to)
        case Report(at, effect):
            return _report(at, effect)


def _message(message: Message) -> Json:
    effect = message.effect
    found: Json = {"type": "message", **_at(message.at), "id": message.id, "text": message.text}
    if not message.is_mark:
        shown = [button for button in message.buttons if button.kind != "done"]
        options = [button for button in shown if button.kind == "option" and not message.to_staff]
        found["options"] = [{"id": button.id, "label": button.label} for button in options]
        found["extras"] = [{"id": button.id, "label": button.label} for button in shown if button not in options]
        if effect.choose:
            found["choose"] = effect.choose
    found |= {"flow": effect.flow, "state": effect.state, "lane": effect.lane.value, "to": _to(effect.to)}
    if message.is_edit:
        found["edits"] = message.id
    return found


def _plain_message(at: datetime, number: int, text: str, lane: str, to: To) -> Json:
    shown: Json = {"type": "message", **_at(at), "id": number, "text": text, "options": [], "extras": []}
    return shown | {"flow": "", "state": "", "lane": lane, "to": _to(to)}


def _report(at: datetime, effect: ReportAlert | ReportLead | ReportResult) -> Json:
    match effect:
        case ReportAlert():
            found: Json = {
                "type": "alert",
                **_at(at),
                "id": effect.id,
                "level": effect.level,
                "reason": effect.reason,
            }
            return found | {"signs": list(effect.signs), "step": effect.step, "status": effect.status}
        case ReportLead():
            return {"type": "lead", **_at(at), "id": effect.id, "code": effect.code, "status": effect.status}
        case ReportResult():
            reasons = [{"state": reason.state, "answer": reason.answer} for reason in effect.reasons]
            found = {"type": "result", **_at(at), "action": effect.action, "outcome": effect.outcome}
            found |= {"reasons": reasons, "notes": list(effect.notes)}
            return found | {"treatment": effect.treatment, "day": effect.day}


def _at(at: datetime) -> Json:
    return {"at": at.isoformat()}


def _to(to: To) -> str:
    return "patient" if to is To.PATIENT else "staff"
