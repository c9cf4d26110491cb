"""Plays transcripts and holds them against what they expect.

Between all steps the person is read from the store again, so every transcript also proves that what is kept is all
that is needed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TextIO

from bot.channels.terminal_action import Start
from bot.channels.terminal_room import (
    PATIENT_CHAT,
    Clinic,
    Clock,
    Entry,
    Message,
    NotPossible,
    Picture,
    Report,
    Room,
)
from bot.channels.transcript_coverage import Coverage
from bot.channels.transcript_file import Expect, Transcript, read_transcripts
from bot.engine.effect import ReportAlert, ReportLead, ReportResult, Turn
from bot.engine.model import Book
from bot.ids import ContactId

Turned = Callable[[ContactId, Turn], None]
OpenRoom = Callable[
    [Room, Turned, Transcript], Awaitable[tuple[Clinic, Callable[[], None], Callable[[], Awaitable[None]]]]
]
"""Builds a clinic around a room; with it come what forgets cached persons, and what closes it."""


class Failed(Exception):
    """A transcript is not kept; the message says what was expected and what came."""


async def run_transcripts(flows: Path, book: Book, open_room: OpenRoom, out: TextIO) -> bool:
    """Play every transcript under `flows/transcripts`, and write what failed and what was never passed.

    Returns:
        Whether all of them are kept; also True when there are none.

    Raises:
        TranscriptBroken: A file can't be read.
    """
    transcripts = read_transcripts(flows / "transcripts")
    coverage = Coverage(book)
    failures = 0
    for transcript in transcripts:
        coverage.begin()
        try:
            await _play(transcript, open_room, coverage)
        except Failed as failure:
            failures += 1
            out.write(f"✗ {transcript.name}\n  {failure}\n")
    out.write("".join(f"{line}\n" for line in coverage.lines()))
    out.write(f"{len(transcripts)} transcripts, {len(transcripts) - failures} kept, {failures} failed\n")
    return failures == 0


async def _play(transcript: Transcript, open_room: OpenRoom, coverage: Coverage) -> None:
    room = Room(Clock(transcript.now), language=transcript.language)
    clinic, forget, close = await open_room(room, coverage.turned, transcript)
    line = transcript.line
    try:
        if transcript.flow is not None:
            if transcript.flow not in clinic.book.flows:
                raise Failed(f"{transcript.file}:{line}: there is no flow {transcript.flow}")
            await clinic.open_flow(PATIENT_CHAT, transcript.flow)
        else:
            await room.act(clinic, Start(transcript.start))
        entries = room.take_entries()
        for step in transcript.steps:
            line = step.line
            forget()
            if isinstance(step.does, Expect):
                problems = list(_problems(step.does, room, entries, await room.end_status(clinic)))
                if problems:
                    raise Failed(_difference(transcript.file, line, problems, entries))
            else:
                await room.act(clinic, step.does)
                entries = room.take_entries()
    except NotPossible as error:
        raise Failed(f"{transcript.file}:{line}: {error}") from None
    finally:
        await close()


def _difference(file: str, line: int, problems: list[str], entries: list[Entry]) -> str:
    lines = [f"{file}:{line}: not as expected", *(f"    - {problem}" for problem in problems), "    what came:"]
    lines.extend(f"    + {shown}" for entry in entries for shown in _shown(entry))
    return "\n".join(lines if entries else [*lines, "    + nothing"])


def _shown(entry: Entry) -> list[str]:
    match entry:
        case Message() if not entry.is_mark:
            options = ", ".join(button.id for button in entry.buttons)
            where = "staff" if entry.to_staff else f"{entry.effect.flow}.{entry.effect.state}".strip(".")
            first, *rest = entry.text.splitlines() or [""]
            return [
                f"[{where}] {first}",
                *(f"  {line}" for line in rest),
                *([f"  ({options})"] if options else []),
            ]
        case Report(_, effect):
            return [str(effect)]
        case Picture(_, effect, _):
            return [f"picture {effect.path}: {effect.alt}"]
        case _:
            return []


def _problems(expect: Expect, room: Room, entries: list[Entry], end: str | None) -> Iterator[str]:
    to_staff = expect.wanted.get("to") == "staff"
    messages = [entry for entry in entries if isinstance(entry, Message) and entry.to_staff is to_staff]
    said = "\n\n".join(message.text for message in messages if not message.is_mark or to_staff)
    notes = "\n".join(entry.text for entry in entries if hasattr(entry, "text") and not isinstance(entry, Message))
    reports = [entry.effect for entry in entries if isinstance(entry, Report)]
    for key, wanted in expect.wanted.items():
        values = [str(value) for value in wanted] if isinstance(wanted, list) else [str(wanted)]
        match key:
            case "text":
                yield from (
                    f"text {part!r} was not said" for part in values if not _holds(f"{said}\n{notes}", part)
                )
            case "not_text":
                yield from (f"text {part!r} was said" for part in values if _holds(said, part))
            case "to":
                if not messages:
                    yield f"nothing was sent to {wanted}"
            case "state":
                yield from _differs(key, values[0], _state(room, long="." in values[0]))
            case "options":
                yield from _differs(key, ", ".join(values), ", ".join(_options(room)))
            case "has_options":
                yield from (f"option {option} is not offered" for option in values if option not in _options(room))
            case "end":
                yield from _differs(key, values[0], end or "a question is open")
            case "picture":
                paths = [entry.effect.path for entry in entries if isinstance(entry, Picture)]
                yield from (f"picture {path} was not shown" for path in values if path not in " ".join(paths))
            case "outcome":
                found = [report.outcome for report in reports if isinstance(report, ReportResult)]
                yield from _differs(key, values[0], ", ".join(found) or "no result")
            case "reasons":
                last = [report for report in reports if isinstance(report, ReportResult)][-1:]
                cited = sorted({reason.answer for report in last for reason in report.reasons})
                yield from _differs(key, ", ".join(sorted(values)), ", ".join(cited))
            case "alert":
                levels = [report.level for report in reports if isinstance(report, ReportAlert)]
                yield from _differs(key, values[0], ", ".join(levels) or "no alert")
            case _:
                statuses = [report.status for report in reports if isinstance(report, ReportLead)]
                yield from _differs(key, values[0], ", ".join(statuses) or "no request")


def _holds(said: str, part: str) -> bool:
    """Line breaks and upper case don't count."""
    return " ".join(part.split()).casefold() in " ".join(said.split()).casefold()


def _differs(key: str, wanted: str, found: str) -> Iterator[str]:
    if wanted != found:
        yield f"{key}: expected {wanted}, found {found}"


def _question(room: Room) -> Message | None:
    return next((m for m in room.newest() if m.effect.is_question and not m.is_mark), None)


def _state(room: Room, *, long: bool) -> str:
    question = _question(room)
    if question is None:
        return "no open question"
    return f"{question.effect.flow}.{question.effect.state}" if long else question.effect.state


def _options(room: Room) -> list[str]:
    question = _question(room)
    return [button.id for button in question.buttons if button.kind == "option"] if question else []
