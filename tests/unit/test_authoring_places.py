"""Where a mistake is reported, in the cases in which YAML's own parser would point elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.actions.registry import make_actions
from bot.authoring.book import read_book

HEAD = "flow: hello\ntitle: Hello\nstart: hi\nstates:\n"
TAIL = "  done: {end: completed}\n"


def found(folder: Path, body: str) -> list[tuple[int, int, str]]:
    (folder / "flows").mkdir()
    (folder / "flows" / "hello.yaml").write_bytes(f"{HEAD}{body}{TAIL}".encode())
    issues = read_book(folder / "flows", folder / "data", make_actions, environ={}).issues
    return [(issue.line, issue.column, issue.code) for issue in issues]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "  hi:\n    say: >-\n      Hello there,\n      dear {frist_name|you}.\n    next: done\n",
            (8, 12, "name:unknown"),
        ),
        ("  hi:\n    say: |\n      Hello,\n\n      {first_name}.\n    next: done\n", (9, 7, "name:maybe_unset")),
        (
            "  hi:\n    say: Hello there,\n      dear {clinic.name:lisst}.\n    next: done\n",
            (7, 12, "text:format"),
        ),
        ('  hi:\n    say: "Hello,\n      dear {Name}"\n    next: done\n', (7, 12, "text:braces")),
        ("  hi:\n    say: >-\n      Hello {{there}},\n      dear {you.\n    next: done\n", (8, 7, "text:braces")),
    ],
)
def test_a_mistake_inside_a_long_text_is_reported_in_its_own_line(
    body: str, expected: tuple[int, int, str], tmp_path: Path
) -> None:
    assert found(tmp_path, body) == [expected]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  hi:\n    say Hello\n    next: done\n", (6, 5, "yaml:syntax")),
        ("  hi:\n    say:Hello\n    next: done\n", (6, 5, "yaml:syntax")),
        ("  hi\n    say: Hello\n    next: done\n", (5, 3, "yaml:syntax")),
        ('  hi:\n    say: "Hello\n    next: done\n  bye:\n    say: "Bye"\n', (6, 10, "yaml:unclosed")),
        ("  hi:\n\N{NO-BREAK SPACE}   say: Hello\n    next: done\n", (6, 1, "yaml:unprintable")),
        ("  hi: {say: a\N{LINE SEPARATOR}b, next: done}\n", (5, 14, "yaml:unprintable")),
        ('  hi: {say: "a\\0b", next: done}\n', (5, 13, "yaml:unprintable")),
    ],
)
def test_what_is_no_yaml_is_reported_where_it_went_wrong(
    body: str, expected: tuple[int, int, str], tmp_path: Path
) -> None:
    assert expected in found(tmp_path, body)


def test_a_line_separator_does_not_shift_the_lines_after_it(tmp_path: Path) -> None:
    body = "  hi: {say: a\N{LINE SEPARATOR}b\N{NEXT LINE}, next: done}\n  bye: {say: Bye., nxt: done}\n"
    assert (6, 20, "shape:unknown_key") in found(tmp_path, body)


@pytest.mark.parametrize("word", ["y", "n", "Y", "N"])
def test_a_single_letter_is_a_text(word: str, tmp_path: Path) -> None:
    assert found(tmp_path, f"  hi: {{say: {word}, next: done}}\n") == []
