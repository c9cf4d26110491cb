"""The commands as somebody types them: a process of their own each, in a folder of their own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.command import clean_environ, run_command

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    *("chat", "check", "test", "run", "qr", "graph", "extract", "migrate"),
    *("backup", "restore", "import", "doctor", "export", "forget"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An operator's folder with the flows and data of this project."""
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def run(place: Path, *arguments: str, given: bytes = b"", **env: str) -> tuple[int, bytes, str]:
    environ = {**clean_environ(), "XDG_CONFIG_HOME": str(place / "config"), "COLUMNS": "100", **env}
    code, out, errors = run_command(place, arguments, environ, given)
    assert "Traceback" not in errors, errors
    return code, out, errors


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_teaches_by_an_example(command: str, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, command, "--help")
    assert code == 0
    assert f"clinicbot {command}" in " ".join(out.decode().split())


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "--help")
    assert code == 0
    for command in COMMANDS:
        assert re.search(rf"│ {command} ", out.decode())


def test_check_finds_nothing_wrong_here(place: Path) -> None:
    code, out, errors = run(place, "check")
    assert code == 0
    assert errors.startswith("0 errors")
    for line in out.decode().splitlines():
        assert re.match(r"[^:]+:\d+:\d+: [a-z_]+:[a-z_]+ .+", line)


def test_check_shows_all_mistakes_with_their_lines_and_fails(place: Path) -> None:
    (place / "flows" / "extra.yaml").write_text(
        "flow: extra\ntitle: An extra one\nstart: hello\nstates:\n  hello:\n    say: Hello\n    nxt: nowhere\n",
        encoding="utf-8",
    )
    code, out, errors = run(place, "check", str(place))
    assert code == 1
    assert re.search(r"extra\.yaml:7:\d+: \S+ .*nxt", out.decode())
    assert re.match(r"[1-9]\d* errors?, ", errors)


def test_check_as_json_holds_the_same_findings(place: Path) -> None:
    (place / "flows" / "broken.yaml").write_text("flow: [\n", encoding="utf-8")
    code, out, _ = run(place, "check", "--json")
    found = json.loads(out)
    assert code == 1
    wrong = [issue for issue in found if issue["level"] == "error"]
    assert wrong
    assert {"file", "line", "column", "code", "message", "mend", "level"} == set(wrong[0])
    _, text, _ = run(place, "check")
    assert len(text.decode().splitlines()) == len(found)


def test_a_broken_flow_starts_nothing_and_says_where(place: Path) -> None:
    (place / "flows" / "broken.yaml").write_text("flow: [\n", encoding="utf-8")
    for command in (["chat"], ["test"], ["graph", "consult"], ["migrate"], ["extract"]):
        code, _, errors = run(place, *command)
        assert code == 1
        assert re.search(r"broken\.yaml:\d+:\d+: \S+ ", errors), command


@pytest.mark.parametrize("command", [["check"], ["test"], ["graph", "consult"], ["extract"]])
def test_a_folder_that_is_not_there_is_told(command: list[str], tmp_path: Path) -> None:
    code, _, errors = run(tmp_path, *command, str(tmp_path / "nowhere"))
    assert code == 1
    assert "is no folder" in errors


def test_graph_draws_the_flow(place: Path) -> None:
    code, out, _ = run(place, "graph", "consult")
    assert code == 0
    assert out.decode().startswith("flowchart ")
    assert "aims" in out.decode()
    code, _, errors = run(place, "graph", "consul")
    assert code == 1
    assert "Did you mean consult?" in errors


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_qr_prints_the_link_and_writes_the_file(place: Path, form: str) -> None:
    code, out, _ = run(place, "qr", "poster", "--format", form, BOT_USERNAME="harbour_bot")
    assert code == 0
    assert out.decode().splitlines() == ["https://t.me/harbour_bot?start=poster", f"poster.{form}"]
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert (place / f"poster.{form}").read_bytes().startswith(starts[form])


def test_qr_writes_where_it_is_told(place: Path) -> None:
    code, out, errors = run(place, "qr", "aftercare", "--out", "-", BOT_USERNAME="@harbour_bot")
    assert code == 0
    (place / "code.png").write_bytes(out)
    (found,) = zxingcpp.read_barcodes(Image.open(place / "code.png"))
    assert found.text == errors.strip() == "https://t.me/harbour_bot?start=aftercare"
    code, _, errors = run(place, "qr", "poster", "--out", str(place / "no" / "x.png"), BOT_USERNAME="harbour_bot")
    assert code == 1
    assert "can't be written" in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["qr", "postr"], ["postr", "Did you mean poster?", "aftercare, poster"]),
        (["qr", "poster"], ["BOT_USERNAME"]),
        (["qr", "poster", "--format", "gif"], ["gif", "png", "svg", "pdf"]),
        (["chat", "--flow", "consul"], ["Did you mean consult?"]),
        (["chat", "--now", "tomorrow"], ["tomorrow", "2026-12-01T09:30+00:00"]),
        (["chat", "--flow", "consult", "--start", "poster"], ["not both"]),
        (["chat", "--db", "/proc/none/chat.db"], ["/proc/none"]),
        (["run"], ["BOT_TOKEN"]),
        (["run", "--only", "web"], ["--only"]),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(place: Path, arguments: list[str], words: list[str]) -> None:
    code, out, errors = run(place, *arguments)
    assert code == 1
    assert out == b""
    said = [line for line in errors.splitlines() if not line.startswith("made a new data key")]
    assert len(said) == 1
    for word in words:
        assert word in errors


def test_a_wrong_variable_is_told_by_every_command(place: Path) -> None:
    for command in (["chat"], ["check"], ["run"], ["migrate"]):
        code, _, errors = run(place, *command, PORT="telegram")
        assert code == 1
        assert "PORT" in errors


def test_an_unknown_command_or_option_is_exit_code_2(tmp_path: Path) -> None:
    assert run(tmp_path, "chatt")[0] == 2
    assert run(tmp_path, "chat", "--colour")[0] == 2


def test_migrate_makes_the_database_and_numbers_the_book(place: Path) -> None:
    code, out, errors = run(place, "migrate")
    assert code == 0
    assert "book 1" in out.decode()
    assert str(place / "config") in errors
    assert (place / "var" / "clinic.db").exists()
    assert "book 1" in run(place, "migrate")[1].decode()
    with (place / "data" / "campaigns.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert "book 2" in run(place, "migrate")[1].decode()


def test_a_database_that_is_none_is_left_alone(place: Path) -> None:
    other = place / "notes.db"
    other.write_bytes(b"my notes, no database at all" * 100)
    code, _, errors = run(place, "migrate", DATABASE_URL=f"sqlite:///{other}")
    assert code == 1
    assert errors.count("\n") == 1
    assert other.read_bytes().startswith(b"my notes")


def test_extract_writes_every_text_once(place: Path) -> None:
    code, out, _ = run(place, "extract")
    assert code == 0
    template = place / "flows" / "locale" / "clinic.pot"
    first = template.read_bytes()
    assert re.match(r"\d+ texts in ", out.decode())
    text = first.decode()
    for place_of_text in (
        "consult.aims",
        "concerns.fine_lines.label",
        "engine.back",
        "treatments.microneedling.",
    ):
        assert f'msgctxt "{place_of_text}' in text
    run(place, "extract")
    assert template.read_bytes() == first
