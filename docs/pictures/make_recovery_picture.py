"""Makes recovery.png: what comes when somebody has agreed to check-ins, on a phone in a light and in a dark chat.

Every word and the picture come from the bot itself, with the flows and data of this folder. Needs Chromium:

    python docs/pictures/make_recovery_picture.py [microneedling|mesotherapy|combined]
"""

from __future__ import annotations

import base64
import html
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from photograph import photograph

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("recovery.png")
WIDTH, HEIGHT = 784, 1730
LIGHT = {"ground": "#d5e2cf", "bubble": "#ffffff", "ink": "#111111", "key": "#5f7f68cc", "top": "#517da2"}
DARK = {"ground": "#0e1621", "bubble": "#182533", "ink": "#f5f5f5", "key": "#2b3a4acc", "top": "#17212b"}
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { padding: 16px; display: flex; gap: 16px; background: #fff;
       font: 14px/1.36 "Noto Sans", "DejaVu Sans", "Liberation Sans", sans-serif }
.phone { width: 368px; height: 1698px; border-radius: 24px; overflow: hidden; background: var(--ground);
         flex: none;
         border: 4px solid #20262d }
.top { background: var(--top); color: #fff; padding: 9px 14px; font-weight: 600 }
.pinned { background: var(--bubble); color: var(--ink); padding: 6px 14px; font-size: 12.5px;
          border-left: 3px solid #58a6e0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.chat { padding: 8px 0; display: flex; flex-direction: column; gap: 7px }
.bubble { background: var(--bubble); color: var(--ink); border-radius: 12px; white-space: pre-wrap;
          overflow: hidden;
          margin: 0 6px }
.bubble p { padding: 7px 11px }
.bubble.wide { margin: 0; border-radius: 0 }
.bubble img { display: block; width: 360px }
.keys { margin: -3px 6px 0; display: flex; flex-direction: column; gap: 4px }
.key { background: var(--key); color: #fff; border-radius: 7px; text-align: center; padding: 6px 2px;
       font-size: 13px; font-weight: 600 }
"""


def conversation(treatment: str) -> list[dict[str, Any]]:
    """What the bot answers from the last question before the plan on."""
    lines = [
        {"press": treatment},
        *([] if treatment == "mesotherapy" else [{"press": "needles_only"}]),
        {"press": "just_now"},
        {"press": "agree"},
        {"say": "Maya Reed"},
        {"press": "not_now"},
        {"press": "evening"},
    ]
    asked = "".join(f"{json.dumps(line)}\n" for line in lines)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chat", "--json", "--start", "aftercare", "--now", "2026-09-14T10:00+01:00"],
        cwd=ROOT, input=asked, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    said = [json.loads(line) for line in done.stdout.splitlines()]
    first = next(place for place, each in enumerate(said) if each["type"] == "picture")
    before = [each for each in said[:first] if each.get("text", "").startswith("After")]
    return [*before, *(each for each in said[first:] if each.get("to") == "patient" and "edits" not in each)]


def screen(said: list[dict[str, Any]], colours: dict[str, str]) -> str:
    """A phone that shows the messages."""
    style = ";".join(f"--{name}: {colour}" for name, colour in colours.items())
    pinned = next(each["text"] for each in said if each.get("state") == "at_hand")
    top = '<div class="top">Harbour Skin Clinic</div>'
    top += f'<div class="pinned"><b>Pinned message</b><br>{html.escape(pinned)}</div>'
    return f'<div class="phone" style="{style}">{top}<div class="chat">{"".join(map(bubble, said))}</div></div>'


def bubble(each: dict[str, Any]) -> str:
    """A message, with its picture or its buttons."""
    if each["type"] == "picture":
        content = base64.b64encode(Path(each["path"]).read_bytes()).decode()
        image = f'<img src="data:image/png;base64,{content}">'
        return f'<div class="bubble wide">{image}<p>{html.escape(each["alt"])}</p></div>'
    keys = "".join(
        f'<div class="key">{html.escape(key["label"])}</div>' for key in each["options"] + each["extras"]
    )
    return f'<div class="bubble"><p>{html.escape(each["text"])}</p></div><div class="keys">{keys}</div>'


def main() -> None:
    """Write the picture beside this file."""
    said = conversation(sys.argv[1] if len(sys.argv) > 1 else "microneedling")
    body = screen(said, LIGHT) + screen(said, DARK)
    photograph(body, STYLE, PICTURE, WIDTH, HEIGHT)


if __name__ == "__main__":
    main()
