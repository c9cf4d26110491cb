"""Findings for people and for programs."""

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


def render_text(issues: Iterable[Issue]) -> str:
    """One finding a line, sorted: `file:line:column: code message (how to mend it)`."""
    return "\n".join(str(issue) for issue in sorted(issues))


def render_objects(issues: Iterable[Issue]) -> list[IssueObject]:
    """The same, as objects for `--json`."""
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


def render_summary(issues: Iterable[Issue]) -> str:
    """`2 errors, 1 warning`, or that there is nothing wrong."""
    found = list(issues)
    warnings = sum(issue.is_warning for issue in found)
    errors = len(found) - warnings
    parts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return ", ".join(parts) or "no mistakes"
