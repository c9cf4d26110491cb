"""A page of our own, drawn by Chromium into a PNG."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def photograph(body: str, style: str, picture: Path, width: int, height: int) -> None:
    """Write `picture`, `width` times `height` pixels, of an HTML body with its style."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("Chromium is needed to draw the picture.")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{body}", encoding="utf-8")
        subprocess.run(  # noqa: S603 - our own page, nothing from outside
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", f"--user-data-dir={folder}/profile", f"--screenshot={picture}",
                f"--window-size={width},{height}", page.as_uri(),
            ],
            check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
