"""Where a mistake is reported, in the cases in which YAML's own parser would point elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
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


ROW = {
    "screen": "face",
    "microneedling": "stop",
    "mesotherapy": "none",
    "source": "[judgement]",
    "reviewed_by": "A",
    "reviewed_on": "2026-01-05",
}


def row(row_id: str, **changed: str) -> str:
    entries = "".join(f"    {key}: {value}\n" for key, value in {**ROW, **changed}.items())
    return f"  - id: {row_id}\n    label: {row_id}\n{entries}"


def data_found(folder: Path, **files: str) -> list[tuple[str, int, str]]:
    """What is found in data files beside a flow that asks for precautions, warnings left out."""
    (folder / "flows").mkdir()
    (folder / "data").mkdir()
    (folder / "flows" / "hello.yaml").write_text(
        f"{HEAD}  hi:\n    ask: Any?\n    choose: many\n    options: {{from: precautions}}\n    add: precautions\n"
        "    none: None\n    not_sure: Not sure\n    next:\n"
        "      - {when: {precautions: {has_any: [sunburm]}}, to: done}\n      - {to: done}\n"
        f"{TAIL}"
    )
    for name, text in files.items():
        (folder / "data" / f"{name}.yaml").write_text(text)
    issues = read_book(folder / "flows", folder / "data", make_actions, environ={}).errors
    return [(Path(issue.file).name, issue.line, issue.code) for issue in issues]


def test_a_broken_row_hides_no_other_mistake(tmp_path: Path) -> None:
    rows = row("sunburn") + row("rash", mesotherapy="later") + row("cold", source="[]", reviewed_on="null")
    timelines = (
        "timelines:\n"
        "  - {id: soon, label: Soon, min_days: 5, max_days: null, source: [judgement], reviewed_by: A,"
        " reviewed_on: 2026-01-05}\n"
        "  - {id: no_date, label: No date, min_days: null, max_days: null, source: [judgement], reviewed_by: A,"
        " reviewed_on: 2026-01-05}\n"
    )
    assert data_found(tmp_path, precautions=f"precautions:\n{rows}", timelines=timelines) == [
        ("precautions.yaml", 14, "shape:wrong_value"),
        ("precautions.yaml", 23, "row:without_source"),
        ("precautions.yaml", 24, "row:signed_without_date"),
        ("timelines.yaml", 2, "timeline:gap"),
        ("hello.yaml", 13, "guard:impossible_value"),
    ]


def test_a_wrong_entry_of_clinic_yaml_hides_no_other(tmp_path: Path) -> None:
    clinic = (
        "name: A\nmode: test\ncountry: GB\ntime_zone: Europe/Londn\nfirst_appointment_days: five\n"
        'numbers: {ambulance: "999", urgent: "111", crisis: "116 123", crisis_name: Samaritans}\n'
        "privacy_contact: a@example.org\n"
        f'locations:\n  - {{id: one, name: {"A" * 61}, address: Here, phone: "1", emergency_line: "2",'
        " hours: {mondy: []}}\n"
    )
    assert data_found(tmp_path, clinic=clinic, precautions=f"precautions:\n{row('sunburm')}") == [
        ("clinic.yaml", 2, "shape:wrong_value"),
        ("clinic.yaml", 4, "clinic:time_zone"),
        ("clinic.yaml", 5, "shape:wrong_kind"),
        ("clinic.yaml", 9, "shape:wrong_value"),
        ("clinic.yaml", 9, "shape:wrong_value"),
    ]


@pytest.mark.parametrize("action", ["match_treatmnt", "frobnicate"])
def test_an_unknown_action_is_reported_once_and_not_every_name_that_it_sets(action: str, tmp_path: Path) -> None:
    body = (
        f"  hi: {{do: {action}, next: [{{when: {{match.outcome: combined}}, to: bye}}, {{to: bye}}]}}\n"
        '  bye: {say: "{match.label|} {match.how|}", next: done}\n'
    )
    assert found(tmp_path, body) == [(5, 12, "do:unknown_action")]


def test_names_of_a_misspelt_call_are_known(tmp_path: Path) -> None:
    body = '  hi: {call: languag, next: bye}\n  bye: {say: "{new_language|}", next: done}\n'
    assert found(tmp_path, body) == [(5, 14, "call:unknown_flow")]


@pytest.mark.parametrize("name", ["flows", "data"])
def test_a_folder_that_may_not_be_read_is_reported(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    listed = Path.iterdir

    def refuse(self: Path) -> Iterator[Path]:
        if self == tmp_path / name:
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert (1, 1, "file:unreadable") in found(tmp_path, "  hi: {say: Hello., next: done}\n")
