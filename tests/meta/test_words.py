"""The project speaks only of itself: no file says where or how it was worked on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve()
PATTERNS = {
    "a folder of some machine": re.compile(r"(?<![\w.])/(work|home|root|Users)/[a-z]"),
    "a neighbour of the project's folder": re.compile(r"(?<![\w.])\.\./shared"),
    "a list of things to show": re.compile(r"must show", re.IGNORECASE),
    "a numbered task": re.compile(r"\bissue \d", re.IGNORECASE),
    "who else wrote it": re.compile(r"\b(sub-?agent|language model|prompted|colleague's part)\b", re.IGNORECASE),
    "a host that packages come from": re.compile(
        r"(files\.pythonhosted\.org|pypi\.org/simple|--index-url|\bartifactory\b)"
    ),
}
SPECIFICATION = ROOT / ".ci" / "run"
"""May look for the Bot API's specification beside the project."""


def written_here() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def wrong_in(path: Path) -> list[str]:
    if path == HERE or not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in PATTERNS.items():
            if pattern.search(line) and not (path == SPECIFICATION and "neighbour" in what):
                found.append(f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:80]}")
    return found


def test_no_file_names_a_workplace() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy has no history")
    assert [line for path in written_here() for line in wrong_in(path)] == []


@pytest.mark.parametrize("what", PATTERNS)
def test_each_pattern_finds_what_it_is_for(what: str) -> None:
    examples = {
        "a folder of some machine": "see /" + "work/main for it",
        "a neighbour of the project's folder": "see ../" + "shared/notes.md",
        "a list of things to show": "the Must show list",
        "a numbered task": "as issue 2 says",
        "who else wrote it": "a sub-agent wrote this",
        "a host that packages come from": "pip install --index-url x",
    }
    assert PATTERNS[what].search(examples[what])
