"""The named queries of `sql/queries.sql`, loaded once."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Final

SQL_FOLDER: Final = Path(__file__).parent / "sql"
_NAME: Final = re.compile(r"-- (?P<name>[a-z][a-z0-9_]*): (?P<sentence>.+)")


def read_queries(text: str) -> dict[str, str]:
    """The queries of a file: each begins with a line `-- name: sentence` and goes on to the next such line.

    Raises:
        ValueError: A name stands twice, a query is empty, or something stands before the first name.
    """
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in text.splitlines():
        if match := _NAME.fullmatch(line):
            if match["name"] in found:
                raise ValueError(f"two queries are named {match['name']}")
            lines = found[match["name"]] = []
        elif line.strip() and not line.startswith("--"):
            if lines is None:
                raise ValueError(f"no name before: {line}")
            lines.append(line.strip())
    queries = {name: " ".join(part).removesuffix(";") for name, part in found.items()}
    if empty := [name for name, query in queries.items() if not query]:
        raise ValueError(f"empty queries: {empty}")
    return queries


def split_statements(text: str) -> list[str]:
    """The statements of a script, in order (triggers stay whole), without the comments between them."""
    statements, part = [], ""
    for line in text.splitlines(keepends=True):
        if not part and (not line.strip() or line.startswith("--")):
            continue
        part += line
        if sqlite3.complete_statement(part):
            statements.append(part.strip())
            part = ""
    if part.strip():
        raise ValueError(f"a statement has no end: {part.strip()[:60]}")
    return statements


QUERIES: Final = read_queries((SQL_FOLDER / "queries.sql").read_text("utf-8"))
