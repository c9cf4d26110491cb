"""Messages as they are on screen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button."""

    text: str
    data: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it is on screen: `text` without entities, `html` as the bot sent it."""

    id: int
    chat_id: int
    by_bot: bool
    sender: str
    date: int
    text: str
    html: str | None
    rows: tuple[tuple[Button, ...], ...]
    keyboard: tuple[str, ...]
    edited: bool
    version: int
    photo: str | None
    document: str | None

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All inline buttons, row by row."""
        return tuple(button for row in self.rows for button in row)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all inline buttons."""
        return tuple(button.text for button in self.buttons)


def peak(times: Iterable[float], window: float) -> int:
    """The most events within any half-open window of `window` seconds."""
    ordered = sorted(times)
    return max((bisect_left(ordered, start + window) - index for index, start in enumerate(ordered)), default=0)


def shown(item: Json) -> Shown:
    rows = tuple(
        tuple(Button(button["text"], button.get("callback_data"), button.get("url")) for button in row)
        for row in item["buttons"]
    )
    keyboard = tuple(
        button if isinstance(button, str) else button["text"] for row in item["keyboard"] for button in row
    )
    same = ("chat_id", "by_bot", "sender", "date", "text", "html", "edited", "version", "photo", "document")
    return Shown(id=item["message_id"], rows=rows, keyboard=keyboard, **{name: item[name] for name in same})
