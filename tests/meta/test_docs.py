"""What the documents say can be done, can be done; what they show from the program is what it shows now."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from typer.testing import CliRunner

from bot.actions.registry import make_actions
from bot.authoring.book import read_book
from bot.authoring.codes import CODES
from bot.authoring.issue import Issue
from bot.cli import app
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
COMMAND = re.compile(r"(?:python -m bot|clinicbot)((?: +[^\s`#|]+)+)")
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
DESIGNED = {
    "README.md", "CHANGELOG.md", "docs/authors.md", "docs/flows.md", "docs/clinic-data.md", "docs/operating.md",
    "docs/architecture.md", "docs/safety.md", "docs/privacy.md", "docs/benchmarks.md", "docs/glossary.md",
}  # fmt: skip


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands_in(text: str) -> Iterator[str]:
    """Command lines inside code, without the program's name; a span may go on in the next line."""
    for block, span in CODE.findall(text):
        for line in (block or span.replace("\n", " ")).splitlines():
            for found in COMMAND.finditer(line):
                yield found.group(1).strip()


def wrong_with(line: str) -> str:
    """Why `line` is no command of this program, or nothing."""
    words = [word for word in shlex.split(line) if word not in {"…", "..."}]
    words = words[: words.index(">")] if ">" in words else words
    if not words or words[0].startswith("-"):
        return "" if words in (["--help"], ["-h"]) else f"no such option: {line}"
    parsed = CliRunner().invoke(app, [*words, "--help"])  # options are read first, then help stands in for the run
    return "" if parsed.exit_code == 0 else f"{line}: {parsed.output}"


def test_each_document_is_there() -> None:
    assert set(NAMES) >= DESIGNED


@pytest.mark.parametrize("name", NAMES)
def test_each_command_exists_with_its_options(name: str) -> None:
    assert [wrong for line in commands_in(text_of(name)) if (wrong := wrong_with(line))] == []


def test_a_command_that_is_not_there_is_found() -> None:
    block = "```sh\nclinicbot qr x --color\n```"
    text = f"`python -m bot report`, `python -m bot check --loud`, and\n{block}\n`python -m bot chat`"
    found = {line: bool(wrong_with(line)) for line in commands_in(text)}
    assert found == {"report": True, "check --loud": True, "qr x --color": True, "chat": False}


def test_the_readme_shows_every_command_of_the_tour() -> None:
    named = {line.split()[0] for line in commands_in(text_of("README.md"))}
    assert named >= {"chat", "check", "test", "graph", "qr", "migrate", "run"}


@pytest.mark.parametrize("name", NAMES)
def test_each_make_target_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    code = "\n".join(block or span for block, span in CODE.findall(text_of(name)))
    assert set(re.findall(r"^(?:\$ )?make ([a-z]+)", code, re.MULTILINE)) <= targets


@pytest.mark.parametrize("name", NAMES)
def test_each_link_leads_to_a_file(name: str) -> None:
    document = ROOT / name
    for target, anchor in LINK.findall(text_of(name)):
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), f"{name}: {target}"
        if anchor and path.suffix == ".md":
            assert anchor[1:] in anchors(path.read_text(encoding="utf-8")), f"{name}: {target}{anchor}"


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_variable_is_explained_to_operators() -> None:
    example = set(re.findall(r"^([A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    assert example == {name.upper() for name in Settings.model_fields}
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/operating.md"), re.MULTILINE))
    assert explained == example


# What comes from the program


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", ["README.md", "docs/authors.md", "docs/flows.md", "docs/desk.md"])
def test_generated_parts_are_todays(path: str) -> None:
    made = generator()
    part, make = made.PARTS[path]
    assert text_of(path) == made.with_part(text_of(path), part, make()), "run: python docs/generate.py"


def test_every_code_stands_in_the_table() -> None:
    assert set(re.findall(r"^\| `([a-z_]+:[a-z0-9_]+)` \|", text_of("docs/authors.md"), re.MULTILINE)) == set(
        CODES
    )


# Examples


def yaml_blocks(name: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", text_of(name), re.DOTALL)


def checked(flows: Path, data: Path) -> list[Issue]:
    return list(read_book(flows, data, make_actions, environ={}).errors)


def as_flow(block: str) -> str:
    """A block of states alone becomes a flow that starts at its first one."""
    read = yaml.load(block, Loader=yaml.CSafeLoader)
    if "flow" in read:
        return block
    return f"flow: example\ntitle: An example\nstart: {next(iter(read['states']))}\n{block}"


EXAMPLES = [block for block in yaml_blocks("docs/authors.md") if not block.startswith("transcripts:")]
TRANSCRIPTS = [block for block in yaml_blocks("docs/authors.md") if block.startswith("transcripts:")]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """The clinic's data, with no flow yet and no campaign that needs one."""
    (tmp_path / "flows").mkdir()
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "data" / "campaigns.yaml").unlink()
    return tmp_path


@pytest.mark.parametrize("block", EXAMPLES, ids=[block.splitlines()[-1].strip()[:30] for block in EXAMPLES])
def test_each_example_of_a_flow_is_right(block: str, clinic: Path) -> None:
    (clinic / "flows" / "example.yaml").write_text(as_flow(block), encoding="utf-8")
    assert [str(issue) for issue in checked(clinic / "flows", clinic / "data")] == []


def test_a_wrong_example_is_found(clinic: Path) -> None:
    wrong = EXAMPLES[0].replace("next: thanks", "next: thank")
    (clinic / "flows" / "example.yaml").write_text(as_flow(wrong), encoding="utf-8")
    assert "state:unknown" in {issue.code for issue in checked(clinic / "flows", clinic / "data")}


@pytest.mark.parametrize("block", TRANSCRIPTS)
def test_each_example_of_a_transcript_plays(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("flows", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.rmtree(tmp_path / "flows" / "transcripts")
    (tmp_path / "flows" / "transcripts").mkdir()
    (tmp_path / "flows" / "transcripts" / "example.yaml").write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    played = CliRunner().invoke(app, ["test", str(tmp_path)])
    assert played.exit_code == 0, played.output
    assert "1 kept, 0 failed" in played.output


def rows_in(block: str) -> Mapping[str, object]:
    read = yaml.load(block, Loader=yaml.CSafeLoader)
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("block", yaml_blocks("docs/clinic-data.md"))
def test_each_example_of_a_row_is_right(block: str, tmp_path: Path) -> None:
    """A block names its file's list, and holds rows that could be added to it."""
    for folder in ("flows", "data"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (table,) = rows_in(block)
    file = tmp_path / "data" / f"{table}.yaml"
    kept, marked, after = file.read_text(encoding="utf-8").partition(f"\n{table}:\n")
    assert marked, f"{file.name} has no list {table}"
    file.write_text(f"{kept}\n{block}{after}", encoding="utf-8")
    assert [str(issue) for issue in checked(tmp_path / "flows", tmp_path / "data")] == []
