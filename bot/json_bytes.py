"""JSON as bytes, by orjson where there is one: a call's body and Telegram's answers are most of a tap's work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_fast_dump: Callable[[object], bytes] | None = None
_fast_load: Callable[[bytes], Any] | None = None
_fast_dataclass: Callable[[object, Callable[[Any], object]], bytes] | None = None
try:
    import orjson
except ImportError:  # not on every Python
    pass
else:
    _fast_dump, _fast_load, _fast_dataclass = orjson.dumps, orjson.loads, orjson.dumps


def to_json(value: object) -> bytes:
    """Plain values as JSON; half a surrogate pair, which no JSON can hold, becomes a question mark."""
    if _fast_dump is not None:
        try:
            return _fast_dump(value)
        except TypeError:  # half a pair, a whole number of more than 64 bits
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def dataclass_to_json(value: object, default: Callable[[Any], object]) -> bytes | None:
    """A dataclass with its fields' values as JSON; `default` turns what JSON has no form for into what it has.

    Returns:
        None where there is no fast way: the caller has a slow one.
    """
    if _fast_dataclass is None:
        return None
    try:
        return _fast_dataclass(value, default)
    except TypeError:
        return None


def from_json(data: bytes) -> Any:  # noqa: ANN401  (any JSON value)
    """The value of some JSON.

    Raises:
        ValueError: It is none, or nested too deeply.
    """
    if _fast_load is not None:
        try:
            return _fast_load(data)
        except ValueError:  # half a pair, NaN: what Python's own reader takes
            pass
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
