"""Each format is read back by two decoders that know nothing of each other."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
import resvg_py
import segno
import zxingcpp
from PIL import Image

from bot.qr import CodeFormat, deep_link, draw_code

Pixels = npt.NDArray[np.uint8]
LINKS = [
    deep_link("harbour_skin_bot", "poster"),
    deep_link("abcde", "a"),
    deep_link("b" * 32, "A-_9" * 16),
]


def pixels(content: bytes, form: CodeFormat) -> Pixels:
    match form:
        case CodeFormat.PNG:
            picture = Image.open(io.BytesIO(content))
        case CodeFormat.SVG:
            drawn = resvg_py.svg_to_bytes(svg_string=content.decode(), width=800)
            picture = Image.open(io.BytesIO(bytes(drawn)))
        case CodeFormat.PDF:
            document = pypdfium2.PdfDocument(content)
            assert len(document) == 1
            picture = document[0].render(scale=4).to_pil()
            document.close()
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def by_opencv(picture: Pixels) -> str:
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    return str(text)


def by_zxing(picture: Pixels) -> str:
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


@pytest.mark.parametrize("decode", [by_opencv, by_zxing])
@pytest.mark.parametrize("form", CodeFormat)
@pytest.mark.parametrize("link", LINKS)
def test_a_code_reads_back(link: str, form: CodeFormat, decode: Callable[[Pixels], str]) -> None:
    assert decode(pixels(draw_code(link, form), form)) == link


@pytest.mark.parametrize("form", CodeFormat)
def test_ground_is_white_and_the_quiet_zone_four_modules(form: CodeFormat) -> None:
    link = LINKS[0]
    picture = pixels(draw_code(link, form), form)
    modules = segno.make(link, error="m", micro=False).symbol_size(border=4)[0]
    zone = int(picture.shape[0] / modules * 4) - 1
    assert zone > 0
    for side in (picture[:zone], picture[-zone:], picture[:, :zone], picture[:, -zone:]):
        assert side.min() == 255
    assert picture.min() == 0


def test_a_png_is_large_enough_to_print() -> None:
    for link in LINKS:
        assert pixels(draw_code(link, CodeFormat.PNG), CodeFormat.PNG).shape[0] >= 600


@pytest.mark.parametrize("link", LINKS)
def test_error_correction_is_m_or_better(link: str) -> None:
    (found,) = zxingcpp.read_barcodes(pixels(draw_code(link, CodeFormat.PNG), CodeFormat.PNG))
    assert re.fullmatch("[MQH]", str(found.ec_level))
