"""The flows and data as committed, read once for all tests of a process: reading takes half a second."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.authoring.book import Reading
from bot.reading import read_clinic
from bot.settings import Settings

ROOT = Path(__file__).parents[1]


@cache
def committed_reading(levels: str | None = None) -> Reading:
    """What a start would read; `levels` instead of the clinic's own."""
    return read_clinic(Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data", _env_file=None), levels=levels)
