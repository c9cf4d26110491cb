"""What a name in a flow can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Phrase:
    """Source-language text with the place it stands at, so that wording can translate it and fill its names.

    Args:
        place: Its gettext context, such as `treatments.microneedling.how`.
        text: The text, with `{name}` marks.
        args: What its own marks hold, before the session's values are asked.
    """

    place: str
    text: str
    args: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


Value: TypeAlias = "str | int | float | bool | date | frozenset[str] | Phrase | tuple[Phrase, ...] | None"
Values: TypeAlias = Mapping[str, Value]
