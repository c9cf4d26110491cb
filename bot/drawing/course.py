"""The days after a treatment as a card: what is usual, when we ask, when to call. Loads the drawing library."""

from __future__ import annotations

from typing import Any

from bot.drawing.sheet import LEADING, SOFT, Sheet

MARGIN = 18.0
BESIDE = 42.0
"""Where the days' texts begin: right of the line that joins them."""
TITLE, BODY, SMALL = 21.0, 15.5, 13.5
ASK_GROUND, ASK_INK = "#e3eefb", "#174a7c"
BOXES = {"today": ("#fff0cf", "#5c3c00"), "now": ("#fbdfdc", "#7d1610")}
DOTS = ((0xDD, 0x5F, 0x4E), (0xEE, 0xB4, 0x6B), (0x4F, 0xA5, 0x7A))
"""From the first day to the last: skin that settles."""


def draw_course(content: dict[str, Any]) -> bytes:
    """The card as PNG.

    Args:
        content: `title`, `days` (each with `days`, `usual` and, on some, `asks`), `today` and `now`.
    """
    sheet = Sheet()
    y = MARGIN
    y += sheet.text(MARGIN, y, content["title"], TITLE, sheet.width - 2 * MARGIN, bold=True) + 10
    days = content["days"]
    last: float | None = None
    for place, day in enumerate(days):
        if last is not None:
            sheet.line(MARGIN + 8, last + 22, MARGIN + 8, y + 1, thick=3)
        sheet.dot(MARGIN + 8, y + 11, 8, _between(place / max(1, len(days) - 1)))
        last = y
        y += _day(sheet, y, day)
    for name, (ground, ink) in BOXES.items():
        if text := content.get(name):
            y += _boxed(sheet, y, text, ground, ink)
    return sheet.png(y + MARGIN - 8)


def _day(sheet: Sheet, y: float, day: dict[str, str]) -> float:
    """A day's name with when we ask beside it, what is usual below; its height."""
    width = sheet.width - MARGIN - BESIDE
    top = y
    y += sheet.text(BESIDE, y, day["days"], BODY, width, bold=True)
    if asks := day.get("asks"):
        x = BESIDE + sheet.text_width(day["days"], BODY, bold=True) + 10
        asks_width = sheet.text_width(asks, SMALL) + 16
        high = SMALL * LEADING + 5
        at = top - 1
        if x + asks_width > sheet.width - MARGIN + 4:  # no room beside the name: below it
            x, at = BESIDE, y + 2
            y += high + 4
            asks_width = min(asks_width, width)
        sheet.box(x, at, asks_width, high, ASK_GROUND, corner=8)
        sheet.text(x + 8, at + 2, asks, SMALL, 2 * sheet.width, ink=ASK_INK)
    y += sheet.text(BESIDE, y + 1, day["usual"], BODY, width, ink=SOFT) + 10
    return y - top


def _boxed(sheet: Sheet, y: float, text: str, ground: str, ink: str) -> float:
    """A coloured box; what stands before the first colon is its head. Its height."""
    width = sheet.width - 2 * MARGIN
    inner = width - 24
    head, colon, rest = text.partition(":")
    lines = [*sheet.lines(f"{head}{colon}", BODY, inner, bold=True), *sheet.lines(rest, BODY, inner)]
    height = len(lines) * BODY * LEADING + 18
    sheet.box(MARGIN, y, width, height, ground)
    below = sheet.text(MARGIN + 12, y + 8, f"{head}{colon}", BODY, inner, bold=True, ink=ink)
    sheet.text(MARGIN + 12, y + 8 + below, rest, BODY, inner, ink=ink)
    return height + 8


def _between(part: float) -> str:
    """A colour on the way of the dots, from 0 to 1."""
    at = part * (len(DOTS) - 1)
    first = min(int(at), len(DOTS) - 2)
    mixed = [
        round(one + (two - one) * (at - first)) for one, two in zip(DOTS[first], DOTS[first + 1], strict=True)
    ]
    return "#" + "".join(f"{each:02x}" for each in mixed)
