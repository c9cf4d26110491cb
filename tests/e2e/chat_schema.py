"""The objects that `chat --json` writes, as JSON Schema. Programs may rely on every line here."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$"}
TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "string", "minLength": 1}
BUTTONS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"id": ID, "label": {"type": "string", "minLength": 1}},
        "required": ["id", "label"],
        "additionalProperties": False,
    },
}


def _object(kind: str, properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    every = {"type": {"const": kind}, "at": INSTANT, **properties}
    required = [name for name in every if name not in optional]
    return {"type": "object", "properties": every, "required": required, "additionalProperties": False}


MESSAGE = _object(
    "message",
    {
        "id": {"type": "integer", "minimum": 1},
        "text": TEXT,
        "options": BUTTONS,  # answers only; not on the mark of an answered question
        "extras": BUTTONS,  # back, links, requests; on staff cards everything
        "choose": {"enum": ["one", "many", "text", "number", "date", "photo", "contact"]},  # on questions
        "flow": TEXT,
        "state": TEXT,
        "lane": {"enum": ["alert", "reply", "check_in", "broadcast"]},
        "to": {"enum": ["patient", "staff"]},
        "edits": {"type": "integer", "minimum": 1},  # the message it replaces; it keeps that one's id
    },
    optional=("options", "extras", "choose", "edits"),
) | {
    "dependentRequired": {"options": ["extras"], "extras": ["options"], "choose": ["options"]},
    "if": {"not": {"required": ["options"]}},
    "then": {"required": ["edits"]},
}
PICTURE = _object("picture", {"path": ID, "alt": ID, "to": {"enum": ["patient", "staff"]}})
ALERT = _object(
    "alert",
    {
        "id": ID,
        "level": {"enum": ["amber_soon", "amber_today", "red"]},
        "reason": TEXT,
        "signs": {"type": "array", "items": ID},
        "step": {"type": "integer", "minimum": 0},
        "status": {"enum": ["raised", "changed", "withdrawn", "acknowledged", "closed"]},
    },
)
LEAD = _object("lead", {"id": ID, "code": {"type": "string", "pattern": "^[2-9A-HJ-NP-Z]{4,}$"}, "status": ID})
RESULT = _object(
    "result",
    {
        "action": {"enum": ["match", "level"]},
        "outcome": {
            "enum": [
                *("microneedling", "mesotherapy", "combined", "practitioner_first"),
                *("green", "amber_soon", "amber_today", "red"),
            ]
        },
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"state": ID, "answer": ID},
                "required": ["state", "answer"],
                "additionalProperties": False,
            },
        },
        "notes": {"type": "array", "items": ID},
        "treatment": {"type": ["string", "null"]},
        "day": {"type": ["integer", "null"]},
    },
)
ERROR = _object("error", {"text": {"type": "string", "minLength": 1}})
WAITING = _object("waiting", {})
END = _object("end", {"status": {"enum": ["completed", "expired", "cancelled", "failed", "none"]}})

SCHEMAS: dict[str, Schema] = {
    "message": MESSAGE,
    "picture": PICTURE,
    "alert": ALERT,
    "lead": LEAD,
    "result": RESULT,
    "error": ERROR,
    "waiting": WAITING,
    "end": END,
}
_VALIDATORS = {kind: Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}


def hold(found: Any) -> None:
    """Fail unless `found` is one of the objects."""
    assert isinstance(found, dict)
    assert found.get("type") in _VALIDATORS, found
    errors = [error.message for error in _VALIDATORS[found["type"]].iter_errors(found)]
    assert not errors, (errors, found)


def hold_turn(turn: list[Any]) -> None:
    """Fail unless `turn` is any number of objects and then exactly one `waiting` or `end`."""
    for found in turn:
        hold(found)
    assert turn
    assert [found["type"] in {"waiting", "end"} for found in turn] == [False] * (len(turn) - 1) + [True]
