"""Transcripts as authors write them, read with their lines.

transcripts:
  healthy_fine_lines:
    start: poster                       # or `flow: consult`; a bare /start without either
    now: 2026-06-02T10:00:00+00:00      # in quotes; without it, a Tuesday in June
    levels: report_only                 # a clinic with that setting; without it, the clinic's own
    staffed: false                      # a clinic without a staff chat
    photos: true                        # a clinic that takes photos; without it, the clinic's own setting
    steps:
      - press: adult
      - press: [fine_lines, texture]    # exactly these, and Done
      - say: in 5 weeks
      - expect: {state: face, text: your face}
      - wait: 1d
      - {as: staff, press: have_it}
      - expect: Shall we go on
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.authoring.issue import Issues, did_you_mean
from bot.authoring.node import Kind, Node, Plain
from bot.authoring.reader import read_yaml
from bot.channels.terminal_action import Action, Unreadable, read_object
from bot.errors import AuthorError

USUAL_NOW = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
EXPECTATIONS = frozenset(
    {
        "text",
        "not_text",
        "state",
        "options",
        "has_options",
        "outcome",
        "reasons",
        "alert",
        "lead",
        "to",
        "end",
        "picture",
    }
)
Known = TypeVar("Known", str, bool)
_KEYS = frozenset({"start", "flow", "now", "language", "levels", "staffed", "photos", "steps"})


class TranscriptBroken(AuthorError):
    """Transcript files can't be read; the message lists every place."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be so after the step before; see `EXPECTATIONS`."""

    wanted: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Step:
    line: int
    does: Action | Expect


@dataclass(frozen=True, slots=True)
class Transcript:
    """One conversation. `start` is a payload, `flow` a flow to begin with.

    `levels` and `takes_photos` stand in for the clinic's own settings; a clinic that is not staffed has no staff
    chat.
    """

    name: str
    file: str
    line: int
    steps: tuple[Step, ...]
    now: datetime
    start: str | None = None
    flow: str | None = None
    language: str | None = None
    levels: str | None = None
    is_staffed: bool = True
    takes_photos: bool | None = None


def read_transcripts(folder: Path) -> list[Transcript]:
    """All transcripts of the folder's `*.yaml`, by file and in their order there; none when there is no folder.

    Raises:
        TranscriptBroken: With every mistake in every file.
    """
    found: list[Transcript] = []
    wrong: list[str] = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        issues = Issues()
        root = read_yaml(path.read_bytes(), str(path), issues)
        wrong.extend(str(issue) for issue in issues.sorted())
        if root is None:
            continue
        reading = _Reading(str(path), wrong)
        found.extend(reading.transcripts(root))
    if wrong:
        raise TranscriptBroken("\n".join(wrong))
    return found


@dataclass(slots=True)
class _Reading:
    file: str
    wrong: list[str]

    def transcripts(self, root: Node) -> Iterator[Transcript]:
        held = root.entries.get("transcripts")
        if held is None or held.kind is not Kind.MAPPING or len(root.entries) != 1:
            self._wrong(root, "the file holds one mapping: transcripts, then a name for each")
            return
        for name, node in held.entries.items():
            if node.kind is not Kind.MAPPING or "steps" not in node.entries:
                self._wrong(node, f"{name} needs steps")
                continue
            for key in node.entries.keys() - _KEYS:
                self._wrong(node.entries[key], f"{key} is not known here", did_you_mean(key, _KEYS))
            yield Transcript(
                name=name,
                file=self.file,
                line=node.place[0],
                steps=tuple(self._steps(node.entries["steps"])),
                now=self._now(node),
                start=node.text("start"),
                flow=node.text("flow"),
                language=node.text("language"),
                levels=self._one_of(node, "levels", ("per_patient", "report_only")),
                is_staffed=self._one_of(node, "staffed", (True, False)) is not False,
                takes_photos=self._one_of(node, "photos", (True, False)),
            )

    def _one_of(self, node: Node, key: str, known: tuple[Known, ...]) -> Known | None:
        if key not in node.entries:
            return None
        plain = node.entries[key].plain()
        found = next((each for each in known if plain == each), None)
        if found is None:
            self._wrong(node.entries[key], f"{key} is {' or '.join(str(each).lower() for each in known)}")
        return found

    def _now(self, node: Node) -> datetime:
        written = node.text("now")
        if "now" not in node.entries:
            return USUAL_NOW
        try:
            now = datetime.fromisoformat(written or "")
        except ValueError:
            self._wrong(node.entries["now"], "now is an instant, such as 2026-06-02T10:00:00+00:00")
            return USUAL_NOW
        return now if now.tzinfo else now.replace(tzinfo=UTC)

    def _steps(self, steps: Node) -> Iterator[Step]:
        if steps.kind is not Kind.LIST or not steps.items:
            self._wrong(steps, "steps is a list of what is done and expected")
        for node in steps.items:
            does = self._step(node)
            if does is not None:
                yield Step(node.place[0], does)

    def _step(self, node: Node) -> Action | Expect | None:
        plain = node.plain()
        if not isinstance(plain, dict):
            self._wrong(node, "a step is one of say, press, wait, photo, contact, start or expect")
            return None
        if "expect" in plain and len(plain) == 1:
            return self._expect(node.entries["expect"])
        try:
            return read_object(plain)
        except Unreadable as error:
            self._wrong(node, str(error))
            return None

    def _expect(self, node: Node) -> Expect | None:
        plain = node.plain()
        if isinstance(plain, str):
            return Expect({"text": plain})
        if not isinstance(plain, dict) or not plain:
            self._wrong(node, "expect is a part of the text, or a mapping")
            return None
        for key in plain.keys() - EXPECTATIONS:
            self._wrong(node.entries[key], f"expect knows no {key}", did_you_mean(key, EXPECTATIONS))
        return Expect(plain)

    def _wrong(self, node: Node, message: str, mend: str = "") -> None:
        line, column = node.place
        self.wrong.append(f"{self.file}:{line}:{column}: transcript {message}" + (f" ({mend})" if mend else ""))
