"""A card on which text and shapes are put from the top down, as wide as a phone. Loads the drawing library.

All lengths are points; a phone's screen is 360 of them wide. The card has its own ground, so that it reads the
same in a light chat and in a dark one.
"""

from __future__ import annotations

import io

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.textpath import text_to_path

WIDTH = 360.0
SCALE = 3
"""Pixels of a point."""
GROUND, INK, SOFT, LINE = "#fffdfa", "#22262b", "#565d66", "#e6dfd7"
LEADING = 1.32


class Sheet:
    """What is put later stands on what was put before; the origin is the top left."""

    def __init__(self, width: float = WIDTH) -> None:
        self.width = width
        self._figure = new_figure(width, width)
        self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, width)
        self._axes.axis("off")
        self._layer = 1

    def text_width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide a line is."""
        font = FontProperties(size=size, weight="bold" if bold else "normal")
        width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
        return float(width)

    def lines(self, text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
        """A text, broken between words to lines of at most `width`; a longer word stands alone."""
        found = [""]
        for word in text.split():
            longer = f"{found[-1]} {word}".strip()
            if found[-1] and self.text_width(longer, size, bold=bold) > width:
                found.append(word)
            else:
                found[-1] = longer
        return found

    def text(
        self, x: float, y: float, text: str, size: float, width: float, *, bold: bool = False, ink: str = INK
    ) -> float:
        """Put a text, and say how high it is."""
        step = size * LEADING
        lines = self.lines(text, size, width, bold=bold)
        for number, line in enumerate(lines):
            self._axes.text(
                x,
                y + number * step + size * 1.02,
                line,
                fontsize=size,
                fontweight="bold" if bold else "normal",
                color=ink,
                va="baseline",
                parse_math=False,
                zorder=self._next(),
            )
        return step * len(lines)

    def box(self, x: float, y: float, width: float, height: float, ground: str, *, corner: float = 10.0) -> None:
        """Put a box with round corners."""
        at = (x + corner, y + corner)
        style = f"round,pad={corner}"
        inner = (width - 2 * corner, height - 2 * corner)
        self._axes.add_patch(
            FancyBboxPatch(at, *inner, boxstyle=style, facecolor=ground, linewidth=0, zorder=self._next())
        )

    def dot(self, x: float, y: float, radius: float, ground: str) -> None:
        """Put a dot."""
        self._axes.add_patch(
            Circle((x, y), radius, facecolor=ground, edgecolor=GROUND, linewidth=2, zorder=self._next())
        )

    def line(self, x: float, y: float, x2: float, y2: float, *, thick: float) -> None:
        """Put a straight line."""
        self._axes.plot([x, x2], [y, y2], color=LINE, linewidth=thick, zorder=self._next())

    def png(self, height: float) -> bytes:
        """The card, `height` points high."""
        self._figure.set_size_inches(self.width / 72, height / 72)
        self._axes.set_ylim(height, 0)
        return as_png(self._figure)

    def _next(self) -> int:
        self._layer += 1
        return self._layer


def new_figure(width: float, height: float) -> Figure:
    """An empty card; lengths in points."""
    return Figure(figsize=(width / 72, height / 72), dpi=72 * SCALE, facecolor=GROUND)


def as_png(figure: Figure) -> bytes:
    """The figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=72 * SCALE, facecolor=GROUND, metadata={"Software": None})
    return out.getvalue()
