"""Findings for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from bot.authoring.issue import Issue


class IssueObject(TypedDict):
    """A finding as JSON. `level`: error or warning."""

    file: str
    line: int
    column: int
    code: str
    message: str
    mend: str
    level: str


def render_objects(issues: Iterable[Issue]) -> list[IssueObject]:
    """Findings as objects, for `--json`."""
    return [
        IssueObject(
            file=issue.file,
            line=issue.line,
            column=issue.column,
            code=issue.code,
            message=issue.message,
            mend=issue.mend,
            level="warning" if issue.is_warning else "error",
        )
        for issue in sorted(issues)
    ]
