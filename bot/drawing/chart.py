"""A patient's course for staff: level, redness and pain by day, and what is usual. Loads the drawing library."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bot.drawing.sheet import GROUND, INK, LINE, SOFT, WIDTH, as_png, new_figure

HEIGHT = 560.0
LEFT, RIGHT, TOP, BOTTOM = 0.31, 0.955, 0.88, 0.115
TITLE, HEAD, SMALL = 18, 14, 12.5
LEVEL_INKS = {"green": "#2e8b57", "amber_soon": "#d9a400", "amber_today": "#e07b00", "red": "#c8281e"}
OTHER_INK = "#7c848d"
USUAL, OWN = "#d3ead9", "#1f4e79"


def draw_chart(content: dict[str, Any]) -> bytes:
    """The chart as PNG.

    Args:
        content: `title`; `last_day`; `levels` (`day`, `level`); `level_names` from the mildest, (id, name) each;
            `scales`, each with its `name`, its `steps` from the mildest, `own` answers (`day`, `step`) and the
            worst `usual` step of each day from 0; a `legend`.
    """
    figure = new_figure(WIDTH, HEIGHT)
    figure.text(0.05, 0.955, content["title"], fontsize=TITLE, fontweight="bold", color=INK, parse_math=False)
    panels = figure.subplots(
        1 + len(content["scales"]),
        1,
        sharex=True,
        squeeze=False,
        gridspec_kw={
            "height_ratios": [4, *(len(scale["steps"]) for scale in content["scales"])],
            "left": LEFT,
            "right": RIGHT,
            "top": TOP,
            "bottom": BOTTOM,
            "hspace": 0.32,
        },
    )[:, 0]
    last = content["last_day"]
    _levels(panels[0], content)
    for axes, scale in zip(panels[1:], content["scales"], strict=True):
        _scale(axes, scale, last)
    lowest = panels[-1]
    lowest.set_xlim(-0.5, last + 0.5)
    lowest.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    lowest.tick_params(axis="x", labelsize=SMALL, labelcolor=INK)
    figure.text(0.05, 0.022, content["legend"], fontsize=SMALL, color=SOFT, parse_math=False)
    return as_png(figure)


def _levels(axes: Axes, content: dict[str, Any]) -> None:
    names = content["level_names"]
    _panel(axes, "Level", [name for _, name in names])
    places = {level: place for place, (level, _) in enumerate(names)}
    for point in content["levels"]:
        place = places.get(point["level"])
        if place is not None:
            axes.plot(point["day"], place, "o", color=LEVEL_INKS.get(point["level"], OTHER_INK), markersize=13)


def _scale(axes: Axes, scale: dict[str, Any], last: int) -> None:
    _panel(axes, scale["name"], scale["steps"])
    if usual := scale["usual"]:
        days = [each - 0.5 for each in range(len(usual))] + [last + 0.5]
        tops = [each + 0.5 for each in usual]
        axes.fill_between(days, [-0.5] * len(days), [*tops, tops[-1]], step="post", color=USUAL, linewidth=0)
    own = scale["own"]
    axes.plot([point["day"] for point in own], [point["step"] for point in own], "-o", color=OWN, lw=2, ms=9)


def _panel(axes: Axes, name: str, steps: list[str]) -> None:
    axes.set_title(name, loc="left", fontsize=HEAD, fontweight="bold", color=INK, pad=4)
    axes.set_facecolor(GROUND)
    axes.set_ylim(-0.5, len(steps) - 0.5)
    axes.set_yticks(range(len(steps)), steps, fontsize=SMALL, color=INK)
    axes.grid(axis="y", color=LINE, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
