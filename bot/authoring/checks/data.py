"""Data files: rows twice, words twice, days and hours, where campaigns lead, and what the clinic's rules find."""

from __future__ import annotations

from collections.abc import Iterator

from bot.authoring.checks.world import TABLE_FILES, World
from bot.authoring.issue import did_you_mean
from bot.authoring.names import find_flow
from bot.authoring.node import Kind, Node, Path, Place
from bot.clinic.checks import Finding, check_catalogue
from bot.engine.heard import words_of

_ROW_TABLES = {
    "concerns.yaml": ("concerns",),
    "precautions.yaml": ("precautions",),
    "timelines.yaml": ("timelines",),
    "treatments.yaml": ("treatments",),
    "recovery.yaml": ("course", "signs", "levels", "plan"),
    "answers.yaml": ("answers",),
    "campaigns.yaml": ("campaigns",),
    "clinic.yaml": ("locations",),
}

_RESTS_ON = {
    "fact": "treatments",
    "treatment": "treatments",
    "source": "treatments",
    "timeline": "timelines",
    "sign": "recovery",
    "level": "recovery",
    "campaign:unknown_location": "clinic",
}
"""Findings that would be false beside a file of which rows are lost."""


def check_data(world: World) -> None:
    """Everything that the data says beyond the shape of its rows."""
    for table in TABLE_FILES:
        _ids(world, table)
    _answers(world)
    _hours(world)
    _course(world)
    _campaigns(world)
    for finding in check_catalogue(world.catalogue):
        rests_on = _RESTS_ON.get(finding.code, _RESTS_ON.get(finding.code.partition(":")[0]))
        if rests_on is None or world.data.files[rests_on].is_whole:
            _report(world, finding)


def _ids(world: World, table: str) -> None:
    name = TABLE_FILES[table][0]
    first: dict[str, Place] = {}
    for node in world.rows(table):
        row = node.text("id")
        if row is None:
            continue
        if row in first:
            message = f"`{row}` is a row already, in line {first[row][0]}"
            world.issues.add(
                world.data.files[name].file, node.at("id"), "row:duplicate_id", message, "give it another id"
            )
        first.setdefault(row, node.at("id"))


def _answers(world: World) -> None:
    taken: dict[tuple[str, ...], str] = {}
    for node in world.rows("answers"):
        row = node.text("id") or ""
        asked = node.find("asked")
        for phrase in asked.items if asked is not None else ():
            said = words_of(str(phrase.scalar))
            owner = taken.setdefault(said, row)
            if said and owner != row:
                message = f"`{phrase.scalar}` is a phrase of `{owner}` already"
                world.issues.add(
                    world.data.files["answers"].file, phrase.place, "answer:phrase_clash", message, "let one go"
                )


def _hours(world: World) -> None:
    file = world.data.files["clinic"].file
    for location in world.rows("locations"):
        hours = location.find("hours")
        for day in hours.entries.values() if hours is not None and hours.kind is Kind.MAPPING else ():
            periods = [
                (str(node.scalar).partition("-"), node) for node in day.items if isinstance(node.scalar, str)
            ]
            last = ""
            for (opens, _, closes), node in sorted(periods, key=lambda each: each[0]):
                if closes <= opens:
                    message = f"`{node.scalar}` closes before it opens"
                    world.issues.add(file, node.place, "clinic:hours", message, "write opening-closing of one day")
                elif last and opens < last:
                    message = f"`{node.scalar}` overlaps the hours before it"
                    world.issues.add(file, node.place, "clinic:hours", message, "let one period end first")
                last = max(last, closes)


def _course(world: World) -> None:
    file = world.data.files["recovery"].file
    taken: dict[tuple[object, int], str] = {}
    for node in world.rows("course"):
        first, last = node.find("from_day"), node.find("to_day")
        if first is None or last is None or not isinstance(first.scalar, int) or not isinstance(last.scalar, int):
            continue
        row = node.text("id") or ""
        if last.scalar < first.scalar:
            message = f"to_day {last.scalar} comes before from_day {first.scalar}"
            world.issues.add(file, last.place, "course:days", message, "swap them")
            continue
        for day in range(first.scalar, min(last.scalar, first.scalar + 400) + 1):
            owner = taken.setdefault((node.text("treatment"), day), row)
            if owner != row:
                message = f"day {day} belongs to `{owner}` already"
                world.issues.add(file, first.place, "course:days", message, "let one of them end before")
                break


def _campaigns(world: World) -> None:
    file = world.data.files["campaigns"].file
    sources = world.names.sources
    for node in world.rows("campaigns"):
        flow = node.text("flow")
        if flow is not None and find_flow(flow, "", sources) not in sources and not world.flows.lost:
            mend = did_you_mean(flow, sources, "name a flow, or file.flow")
            world.issues.add(file, node.at("flow"), "campaign:unknown_flow", f"there is no flow `{flow}`", mend)
        language = node.text("language")
        if language is not None and language not in world.names.languages:
            message = f"nothing is translated into `{language}`"
            mend = "leave it out, or add flows/locale/" + language
            world.issues.add(file, node.at("language"), "campaign:language", message, mend)


def _report(world: World, finding: Finding) -> None:
    """A finding of the clinic's own rules, at the place it names."""
    name = finding.file.removesuffix(".yaml")
    file = world.data.files[name]
    code = finding.code
    if file.root is None or file.is_ours or _is_beside(world, code):
        return
    node, path = file.root, _path(finding.field)
    if finding.row:
        found = next(_row_nodes(world, finding.file, finding.row), None)
        node = found if found is not None else file.root
    elif code == "fact:uncovered":
        path = ()
    world.issues.add(file.file, node.at(*path), code, finding.message, finding.mend)


def _is_beside(world: World, code: str) -> bool:
    """Whether a finding is about a reference into a file that this folder does without."""
    if code in ("source:unknown", "treatment:unknown"):
        return world.data.files["treatments"].root is None
    return code == "campaign:unknown_location" and world.data.files["clinic"].is_ours


def _row_nodes(world: World, file: str, row: str) -> Iterator[Node]:
    for table in _ROW_TABLES.get(file, ()):
        found = world.row_place(table, row)
        if found is not None:
            yield found[1]


def _path(field: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in field.split(".")) if field else ()
