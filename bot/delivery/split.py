"""Cut a text that is too long for one message: at a paragraph, else a line, a sentence, a word."""

from __future__ import annotations

import re
from html import escape, unescape

_TOKEN = re.compile(r"<(/?)([bi])>|[^<]+|<")
_BOLD, _ITALIC = 1, 2
_STYLE = {"b": _BOLD, "i": _ITALIC}
_BREAKS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")


def size(text: str) -> int:
    """Length in UTF-16 units: never less than what Telegram counts, so that a text that fits here fits there."""
    return len(text) + sum(1 for letter in text if ord(letter) > 0xFFFF)


def plain_text(html: str) -> str:
    """What is seen of a message's html."""
    return "".join(letters for letters, _ in _runs(html))


def split_html(html: str, limit: int) -> list[str]:
    """Pieces of at most `limit` visible characters each; their markup is closed and opened at the cuts.

    Args:
        html: Escaped text with <b> and <i>.
        limit: Positive, in UTF-16 units.

    Returns:
        At least one piece; only a text that is empty has an empty one.
    """
    text, styles = "", bytearray()
    for letters, style in _runs(html):
        text += letters
        styles += bytes([style]) * len(letters)
    if size(text) <= limit:
        return [html]
    pieces, start = [], 0
    while start < len(text):
        end = _cut(text, start, limit)
        kept = len(text[start:end].rstrip()) or end - start
        piece = _render(text[start : start + kept], styles[start : start + kept])
        if text[start:end].strip():
            pieces.append(piece)
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
    return pieces or [html]


def _cut(text: str, start: int, limit: int) -> int:
    """Where the piece that begins at `start` ends: behind the best break in its second half, else of all."""
    end, units = start, 0
    while end < len(text) and units + size(text[end]) <= limit:
        units += size(text[end])
        end += 1
    if end == len(text):
        return end
    end = max(end, start + 1)
    for earliest in (start + (end - start) // 2, start):
        for mark in _BREAKS:
            # A break that begins right at the limit leaves a full piece before it.
            at = text.rfind(mark, earliest, end + len(mark))
            if at > start and at + len(mark.rstrip()) <= end:
                return at + len(mark.rstrip())
    return end


def _runs(html: str) -> list[tuple[str, int]]:
    style, runs = 0, []
    for token in _TOKEN.finditer(html):
        if token[2]:
            style = style & ~_STYLE[token[2]] if token[1] else style | _STYLE[token[2]]
        else:
            runs.append((unescape(token[0]), style))
    return runs


def _render(text: str, styles: bytearray) -> str:
    html, at = "", 0
    while at < len(text):
        end = at
        while end < len(text) and styles[end] == styles[at]:
            end += 1
        part = escape(text[at:end], quote=False)
        if styles[at] & _ITALIC:
            part = f"<i>{part}</i>"
        if styles[at] & _BOLD:
            part = f"<b>{part}</b>"
        html, at = html + part, end
    return html
