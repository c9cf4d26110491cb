"""`test`: transcripts are played, differences are shown, and what was never passed is named."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.transcript_coverage import Coverage
from bot.channels.transcript_file import TranscriptBroken, read_transcripts
from bot.engine.effect import Turn
from bot.engine.model import Ask
from bot.engine.session import Contact, Person
from bot.ids import ContactId
from bot.reading import read_clinic
from bot.settings import Settings
from tests.command import clean_environ, run_command

ROOT = Path(__file__).resolve().parents[2]
_NOW = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
GOOD = """\
transcripts:
  grown_up:
    start: poster
    steps:
      - expect: {state: welcome, has_options: [adult, under_18], text: 18 OR over}
      - press: adult
      - expect: {state: consult.consent, not_text: nonsense}
      - press: agree
      - press: [fine_lines]
      - say: in 20 weeks
      - press: none
      - press: none
      - press: none
      - expect: {outcome: microneedling, reasons: [fine_lines, over_3_months]}
      - wait: 1h
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "flows", tmp_path / "flows", ignore=shutil.ignore_patterns("transcripts"))
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "flows" / "transcripts").mkdir()
    return tmp_path


def play(place: Path, content: str) -> tuple[int, str, str]:
    (place / "flows" / "transcripts" / "some.yaml").write_text(content, encoding="utf-8")
    code, out, errors = run_command(ROOT, ["test", str(place)], clean_environ())
    assert "Traceback" not in errors
    return code, out.decode(), errors


def test_a_transcript_that_is_kept(place: Path) -> None:
    code, out, errors = play(place, GOOD)
    assert (code, errors) == (0, "")
    assert out.endswith("1 transcripts, 1 kept, 0 failed\n")
    assert "warning: no transcript comes through aftercare" in out
    assert "aims → when" not in out


DIFFERENCES: list[tuple[str, list[str]]] = [
    ("expect: {outcome: mesotherapy}", ["expected mesotherapy, found microneedling"]),
    ("expect: the moon", ["'the moon' was not said", "+ [consult.card] Microneedling"]),
    ("expect: {not_text: Microneedling}", ["'Microneedling' was said"]),
    ("expect: {state: nowhere}", ["expected nowhere, found card"]),
    ("expect: {options: [one]}", ["options: expected one"]),
    ("expect: {has_options: [moon]}", ["option moon is not offered"]),
    ("expect: {alert: red}", ["expected red, found no alert"]),
    ("expect: {lead: open}", ["expected open, found no request"]),
    ("expect: {to: staff}", ["nothing was sent to staff"]),
    ("expect: {end: completed}", ["found a question is open"]),
    ("expect: {reasons: [adult]}", ["reasons: expected adult, found fine_lines"]),
    ("expect: {picture: moon.png}", ["picture moon.png was not shown"]),
    ("press: moon", ["There is no button moon"]),
]


def test_a_difference_names_line_and_what_came(place: Path) -> None:
    """All in one run: each transcript fails by itself, and the others are still played."""
    head, _, steps = GOOD.partition("  grown_up:\n")
    content = head
    lines = []
    for number, (step, _) in enumerate(DIFFERENCES):
        content += f"  number_{number}:\n" + steps.replace("      - wait: 1h\n", f"      - {step}\n")
        lines.append(len(content.splitlines()))
    code, out, _ = play(place, content + f"  kept:\n{steps}")
    assert code == 1
    assert out.endswith(f"{len(DIFFERENCES) + 1} transcripts, 1 kept, {len(DIFFERENCES)} failed\n")
    shown = out.split("✗ ")[1:]
    for number, ((_, words), line) in enumerate(zip(DIFFERENCES, lines, strict=True)):
        assert shown[number].startswith(f"number_{number}\n")
        assert f"some.yaml:{line}: " in shown[number]
        for word in words:
            assert word in shown[number]


def test_every_mistake_in_a_file_is_told_at_once(place: Path) -> None:
    wrong = (
        GOOD.replace("press: adult", "pres: adult").replace("wait: 1h", "wait: soon").replace("start:", "begin:")
    )
    (place / "flows" / "transcripts" / "some.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(TranscriptBroken) as caught:
        read_transcripts(place / "flows" / "transcripts")
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "6", "15"]
    code, _, errors = play(place, wrong)
    assert code == 1
    assert errors.splitlines() == lines


@pytest.mark.parametrize(
    "content",
    ["", "[1]", "transcripts: 3", "transcripts: {a: {steps: []}}", "transcripts: {a: {steps: [3]}}",
     "transcripts: {a: {steps: [{expect: 3}]}}", "transcripts: {a: {steps: [{expect: {moon: 1}}]}}",
     "transcripts: {a: {now: soon, steps: [{say: x}]}}", "a: &b {}\nc: *b", "transcripts: {a: {}}", "{"],
)  # fmt: skip
def test_a_file_that_is_none_is_the_authors_mistake(tmp_path: Path, content: str) -> None:
    (tmp_path / "some.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(TranscriptBroken):
        read_transcripts(tmp_path)


def test_coverage_counts_what_was_walked_and_nothing_else() -> None:
    book = read_clinic(Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data")).book
    assert book is not None
    coverage = Coverage(book)
    contact = Contact(ContactId(1), 1, created_at=_NOW)

    def turned(*trace: tuple[str, str]) -> None:
        coverage.turned(contact.id, Turn(Person(contact), (), trace))

    def line(flow: str) -> str:
        return next(line for line in coverage.lines() if line.startswith(f"{flow}:"))

    flow = book.flows["consult"]
    first = next(state for state in flow.states.values() if isinstance(state, Ask) and state.next)
    asked, after = f"consult.{first.id}", f"consult.{first.next[0].to}"
    nothing = line("consult")
    assert " 0 of " in nothing
    turned((asked, "?"))
    assert line("consult") == nothing
    turned((asked, "some"), (after, "?"))
    assert " 1 of " in line("consult")
    turned((asked, "some"), (after, "?"))
    assert " 1 of " in line("consult")
    coverage.begin()
    turned((after, "?"))
    assert " 1 of " in line("consult")


def test_the_transcripts_of_this_project_are_kept() -> None:
    code, out, errors = run_command(ROOT, ["test"], clean_environ(), seconds=300)
    assert code == 0, out.decode() + errors
    assert b"warning: no transcript" not in out
