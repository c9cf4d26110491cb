"""A campaign's deep link as a code to print. Pure: text in, bytes out."""

from __future__ import annotations

import io
from enum import StrEnum

QUIET_ZONE_MODULES = 4  # ISO/IEC 18004: four modules of white on every side
SMALLEST_PNG_PIXELS = 600
PRINTED_MODULE_POINTS = 6  # about 2 mm a module, readable from half a metre


class CodeFormat(StrEnum):
    """What a code can be saved as."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def deep_link(username: str, payload: str) -> str:
    """The address that opens the bot with `payload`.

    Source: https://core.telegram.org/bots/features#deep-linking
    """
    return f"https://t.me/{username}?start={payload}"


def draw_code(link: str, form: CodeFormat) -> bytes:
    """The QR code of `link` as the bytes of a file: black on white, with its quiet zone.

    Error correction is M or better; a PNG is at least 600 pixels wide.
    """
    import segno

    code = segno.make(link, error="m", boost_error=True, micro=False)
    width = code.symbol_size(border=QUIET_ZONE_MODULES)[0]
    scale = -(-SMALLEST_PNG_PIXELS // width) if form is CodeFormat.PNG else PRINTED_MODULE_POINTS
    file = io.BytesIO()
    code.save(file, kind=form.value, scale=scale, border=QUIET_ZONE_MODULES, dark="black", light="white")
    return file.getvalue()
