"""The child process that draws: a drawing as JSON on stdin, its PNG on stdout. Alone in loading the library.

echo '{"kind": "course", "content": {…}}' | python -m bot.drawing.child > course.png
"""

from __future__ import annotations

import json
import os
import sys
import warnings

from bot.drawing.chart import draw_chart
from bot.drawing.course import draw_course

KINDS = {"course": draw_course, "chart": draw_chart}


def main() -> None:
    """Draw one picture, behind everything else that the machine has to do."""
    os.nice(10)
    warnings.filterwarnings("error", message=".*Glyph")  # a script without letters here: words do, boxes don't
    asked = json.load(sys.stdin)
    sys.stdout.buffer.write(KINDS[asked["kind"]](asked["content"]))


if __name__ == "__main__":
    main()
