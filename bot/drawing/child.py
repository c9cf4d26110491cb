"""The child process that draws: a drawing as JSON on stdin, its PNG on stdout. Alone in loading the library.

echo '{"kind": "course", "content": {…}}' | python -m bot.drawing.child 10 > course.png
"""

from __future__ import annotations

import json
import os
import sys
import warnings


def main() -> None:
    """Draw one picture, behind everything else that the machine has to do: so far as the argument says."""
    os.nice(int(sys.argv[1]))
    # Only now: loading the library is half of the work.
    from bot.drawing.chart import draw_chart
    from bot.drawing.course import draw_course

    warnings.filterwarnings("error", message=".*Glyph")  # a script without letters here: words do, boxes don't
    asked = json.load(sys.stdin)
    draw = {"course": draw_course, "chart": draw_chart}[asked["kind"]]
    sys.stdout.buffer.write(draw(asked["content"]))


if __name__ == "__main__":
    main()
