"""Every call against the Bot API specification: names, types, required fields, nested types, lengths."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from .errors import Json
from .spec_table import built_in

_LENGTH = re.compile(r"\b(\d+)-(\d+) (characters|bytes)(?! after entities parsing)")
_CONSTANT = re.compile(r'(?:must be|always) [“"*]?([a-z_]+)[”"*]?')
# Judged by limits.py with Telegram's own texts.
_LENGTH_ELSEWHERE = {
    "InlineKeyboardButton.callback_data",
    "answerCallbackQuery.text",
    "setWebhook.secret_token",
}
_TRUE_OR_FALSE = {"true", "false", "1", "0"}


class Spec:
    """The specification, asked for one call or one object at a time.

    Args:
        document: ``{"methods": ..., "types": ...}`` in the form of the public machine-readable
            specification (PaulSonOfLars/telegram-bot-api-spec).
    """

    def __init__(self, document: Json) -> None:
        self.methods: Json = document["methods"]
        self.types: Json = document["types"]
        self._by_lower = {name.lower(): name for name in self.methods}
        self._fields: dict[str, dict[str, Json]] = {}

    @classmethod
    def load(cls) -> Spec:
        """The specification that BOT_API_SPEC names, or the small built-in table."""
        path = os.environ.get("BOT_API_SPEC")
        return cls(json.loads(Path(path).read_text(encoding="utf-8")) if path else built_in())

    def method(self, name: str) -> str | None:
        """The proper spelling of a method (names are case-insensitive: API "Making requests")."""
        return self._by_lower.get(name.lower())

    def check_call(self, method: str, params: Json, *, typed: bool) -> list[str]:
        """All violations of one call.

        Args:
            method: In its proper spelling.
            params: The parameters as sent; an uploaded file stands as ``bytes``.
            typed: True for a JSON body, where a number must be a number; else all is text.
        """
        return self._object(method, self.methods[method].get("fields", []), params, loose=not typed)

    def check_object(self, type_name: str, value: Any) -> list[str]:
        """All violations of one object of a type, nothing loose."""
        return self._value(type_name, [type_name], value, loose=False)

    def _object(self, where: str, fields: list[Json], value: Json, *, loose: bool) -> list[str]:
        known = self._fields.get(where)
        if known is None:
            known = self._fields[where] = {field["name"]: field for field in fields}
        found = [f"{where}.{name}: missing" for name in known if known[name]["required"] and name not in value]
        for name, item in value.items():
            field = known.get(name)
            if field is None:
                found.append(f"{where}.{name}: unknown field")
            else:
                found += self._field(f"{where}.{name}", field, item, loose=loose)
        return found

    def _field(self, where: str, field: Json, value: Any, *, loose: bool) -> list[str]:
        found = self._value(where, field["types"], value, loose=loose)
        if found or not isinstance(value, str) or "String" not in field["types"]:
            return found
        description: str = field.get("description", "")
        if where not in _LENGTH_ELSEWHERE and (rule := _LENGTH.search(description)):
            low, high, unit = int(rule[1]), int(rule[2]), rule[3]
            size = len(value.encode() if unit == "bytes" else value)
            if not low <= size <= high:
                found.append(f"{where}: {size} {unit}, not {low}-{high}")
        fixed = _CONSTANT.search(description) if where.endswith((".type", ".status", ".source")) else None
        if fixed and value != fixed[1]:
            found.append(f"{where}: {value!r}, not {fixed[1]!r}")
        return found

    def _value(self, where: str, types: list[str], value: Any, *, loose: bool) -> list[str]:
        best: list[str] | None = None
        for name in types:
            found = self._one(where, name, value, loose=loose)
            if not found:
                return []
            if best is None or len(found) < len(best):
                best = found
        return best or []

    def _one(self, where: str, name: str, value: Any, *, loose: bool) -> list[str]:
        if name in {"String", "Integer", "Float", "Boolean", "True"}:
            return [] if _scalar(name, value, loose=loose) else [f"{where}: not {name}: {_short(value)}"]
        if name == "Any":
            return []
        if name == "InputFile":
            return [] if isinstance(value, bytes | str) else [f"{where}: not a file: {_short(value)}"]
        if loose and isinstance(value, str):
            # Nested values are JSON-serialized text in a form (API "Making requests").
            try:
                value = json.loads(value)
            except ValueError:
                return [f"{where}: not JSON: {_short(value)}"]
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: not an array: {_short(value)}"]
            return [
                problem
                for index, item in enumerate(value)
                for problem in self._value(f"{where}[{index}]", [name[9:]], item, loose=False)
            ]
        if not isinstance(value, dict):
            return [f"{where}: not an object: {_short(value)}"]
        kind = self.types[name]
        if "subtypes" in kind:
            return self._value(where, kind["subtypes"], value, loose=False)
        return self._object(name, kind.get("fields", []), value, loose=False)


def _scalar(name: str, value: Any, *, loose: bool) -> bool:
    if name == "String":
        return isinstance(value, str)
    if loose and isinstance(value, str):
        if name == "Integer":
            return re.fullmatch(r"-?\d{1,19}", value) is not None
        if name == "Float":
            return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        return value.lower() in _TRUE_OR_FALSE
    if name in {"Boolean", "True"}:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (name == "Float" and isinstance(value, float))


def _short(value: Any) -> str:
    return repr(value)[:60]
