"""Every code has a broken example, and each example gives exactly its findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.actions.registry import make_actions
from bot.authoring.book import Reading, read_book
from bot.authoring.checks import invariants
from bot.authoring.codes import CODES, WARNINGS
from bot.authoring.translation import Catalogs
from bot.limits import FLOW_FILE_BYTES, FLOW_FILE_NODES

BROKEN = Path(__file__).parent.parent / "broken_flows"
HELLO = """\
flow: hello
title: Hello
start: hi
states:
  hi: {say: Hello., next: done}
  done: {end: completed}
"""


def read(folder: Path) -> Reading:
    catalogs = Catalogs(folder / "flows" / "locale")
    languages = ("en", *catalogs.languages)
    return read_book(
        folder / "flows",
        folder / "data",
        make_actions,
        environ={},
        translator=catalogs,
        languages=languages,
        prove=True,
    )


def found(folder: Path) -> list[str]:
    return places(read(folder), folder)


def places(reading: Reading, folder: Path) -> list[str]:
    found = []
    for issue in reading.issues:
        if issue.file != "common.yaml":
            name = Path(issue.file).relative_to(folder).as_posix()
            found.append(f"{name}:{issue.line}:{issue.column}: {issue.code}")
    return found


def _too_large(folder: Path) -> None:
    (folder / "flows" / "large.yaml").write_text("#" * (FLOW_FILE_BYTES + 1))


def _too_many_nodes(folder: Path) -> None:
    (folder / "flows" / "many.yaml").write_text("a: [" + "0," * FLOW_FILE_NODES + "0]\n")


def _undecided(folder: Path) -> None:
    questions = "".join(
        f"  q{number}: {{ask: Yes or no?, options: [{{id: a, label: A}}, {{id: b, label: B}}], save: s{number},"
        f" next: q{number + 1}}}\n"
        for number in range(12)
    )
    guard = ", ".join(f"s{number}: a" for number in range(1, 12))
    (folder / "flows" / "hello.yaml").write_text(
        "flow: hello\ntitle: Hello\nstart: q0\nstates:\n"
        f"{questions}  q12: {{say: Well done., next: done}}\n  done: {{end: completed}}\n"
        f"never:\n  - {{reach: done, when: {{s0: {{is: unset}}, {guard}}}}}\n"
    )


BUILT: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "yaml:too_large": (_too_large, ["flows/large.yaml:1:1: yaml:too_large"]),
    "yaml:too_many_nodes": (
        _too_many_nodes,
        [f"flows/many.yaml:1:{2 * FLOW_FILE_NODES - 1}: yaml:too_many_nodes"],
    ),
}
"""Too large for a folder of examples."""


def examples() -> list[Path]:
    return sorted(path for path in BROKEN.iterdir() if path.is_dir())


def test_every_code_has_an_example() -> None:
    written = {path.name.replace("-", ":", 1) for path in examples()}
    assert written | set(BUILT) | {"invariant:undecided"} == set(CODES)
    assert set(CODES) >= WARNINGS


@pytest.mark.parametrize("folder", examples(), ids=lambda path: str(path.name))
def test_an_example_gives_exactly_its_findings(folder: Path) -> None:
    expected = (folder / "expected.txt").read_text().splitlines()
    reading = read(folder)
    assert places(reading, folder) == expected
    code = folder.name.replace("-", ":", 1)
    assert any(line.endswith(f": {code}") for line in expected)
    assert (reading.book is None) is any(line.rpartition(" ")[2] not in WARNINGS for line in expected)


@pytest.mark.parametrize("code", BUILT)
def test_a_built_example_gives_exactly_its_findings(code: str, tmp_path: Path) -> None:
    build, expected = BUILT[code]
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hello.yaml").write_text(HELLO)
    build(tmp_path)
    assert found(tmp_path) == expected


def test_too_many_positions_are_not_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "MOST_POSITIONS", 500)
    (tmp_path / "flows").mkdir()
    _undecided(tmp_path)
    assert found(tmp_path) == ["flows/hello.yaml:19:1: invariant:undecided"]
    reading = read(tmp_path)
    assert reading.book is None
    (issue,) = reading.errors
    assert "the most different values: `s8` 2, `s7` 2" in issue.message
    assert reading.proof is not None
    assert 500 < reading.proof.positions < 600


def test_all_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text(
        "flow: a\n"  # 1
        "title: A\n"
        "start: hi\n"
        "states:\n"
        "  hi:\n"  # 5
        "    ask: How are you, {nmae|friend}?\n"
        "    chose: one\n"
        "    options:\n"
        "      - {id: good, label: Good, to: doen}\n"
        "      - {id: good}\n"  # 10
        "      - {id: bad, label: no}\n"
        "    next: done\n"
        "  lost: {say: Nobody comes here., next: done}\n"
        "  done: {end: completed}\n"
        "  done: {end: failed}\n"  # 15
    )
    (tmp_path / "flows" / "b.yaml").write_text("flow: b\n\ttitle: B\n")
    (tmp_path / "data" / "campaigns.yaml").write_text("campaigns:\n  - {id: Poster, label: Poster, flow: a}\n")
    assert found(tmp_path) == [
        "data/campaigns.yaml:2:10: shape:wrong_value",
        "flows/a.yaml:6:10: name:unknown",
        "flows/a.yaml:7:5: shape:unknown_key",
        "flows/a.yaml:9:37: state:unknown",
        "flows/a.yaml:10:9: shape:missing_key",
        "flows/a.yaml:10:14: option:duplicate_id",
        "flows/a.yaml:11:26: yaml:implicit_type",
        "flows/a.yaml:13:3: state:unreachable",
        "flows/a.yaml:15:3: yaml:duplicate_key",
        "flows/b.yaml:2:1: yaml:syntax",
    ]


def test_the_shipped_committed_reading_have_no_errors_and_prove_their_rules() -> None:
    root = Path(__file__).parent.parent.parent
    reading = read_book(root / "flows", root / "data", make_actions, environ={}, prove=True)
    assert [str(issue) for issue in reading.errors] == []
    assert "invariant:undecided" not in {issue.code for issue in reading.issues}


def test_the_packages_own_common_flows_serve_a_folder_with_one_flow(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hello.yaml").write_text(HELLO)
    reading = read_book(tmp_path / "flows", tmp_path / "data", make_actions, environ={})
    assert reading.issues == ()
    assert reading.book is not None
    assert {"hello", "home", "delete", "emergency"} <= set(reading.book.flows)
    assert reading.book.banner is None


def test_the_digest_changes_with_any_byte_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "hello.yaml").write_text(HELLO)

    def digest() -> str:
        return read_book(tmp_path / "flows", tmp_path / "data", make_actions, environ={}).digest

    before = digest()
    assert digest() == before
    (tmp_path / "flows" / "hello.yaml").write_text(HELLO + "# changed\n")
    assert digest() != before
