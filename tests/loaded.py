"""Loaded last by the server that forks programs for tests: what any of them does first, it has done once.

Reading the committed flows and data takes a program half a second. Here they are read for all; a program that
finds others, or wants them proved, reads for itself.
"""

from __future__ import annotations

import gc
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import bot.reading
from bot.authoring.book import Reading, read_book
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
_known: dict[tuple[object, ...], Reading] = {}


def _digest(*folders: Path) -> bytes:
    found = sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        found.update(f"{path}\n{len(content)}\n".encode() + content)
    return found.digest()


def _read_once(
    flows: Path, data: Path, *arguments: Any, translator: Any, prove: bool = False, **named: Any
) -> Reading:
    if prove:
        return read_book(flows, data, *arguments, translator=translator, prove=True, **named)
    key = (_digest(flows, data), *sorted((name, repr(value)) for name, value in named.items()))
    if key not in _known:
        _known[key] = read_book(flows, data, *arguments, translator=translator, **named)
    return _known[key]


bot.reading.read_book = _read_once  # type: ignore[attr-defined, assignment]
os.chdir(ROOT)
for folder in (ROOT, Path()):
    bot.reading.read_clinic(Settings(flows_dir=folder / "flows", data_dir=folder / "data", _env_file=None))
gc.collect()
gc.freeze()  # so that no collection in a program touches, and thereby copies, what it shares with the others
