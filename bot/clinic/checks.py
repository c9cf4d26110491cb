"""What is wrong in the clinic's rows as a whole: facts nobody tells, rows nobody signed, names that lead nowhere.

The shape of single rows, and the lines they stand on, are the reader's: a finding names file, row and field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.ladder import broken_rungs
from bot.clinic.numbers import numbers_of
from bot.clinic.phrases import compile_phrase, one_word
from bot.clinic.recovery import SAID_AS_SIGN
from bot.clinic.rows import Answer, Condition, Sourced, Timeline, Treatment

BASE_FACTS = tuple(f"S{number}" for number in range(1, 62))
WARNINGS = frozenset({"row:unsigned", "answer:empty", "clinic:crisis_contact"})
"""Every other code is an error."""
_ALWAYS_KNOWN = frozenset({"base", "judgement"})


class Finding(NamedTuple):
    """A mistake in the data; `row` and `field` are empty where it belongs to a whole file."""

    code: str
    file: str
    row: str
    field: str
    message: str
    mend: str


def check_catalogue(catalogue: Catalogue) -> tuple[Finding, ...]:
    """Every mistake at once, sorted by file, row, field and code."""
    found = [
        *_facts(catalogue),
        *_signatures(catalogue),
        *_timelines(list(catalogue.timelines.values())),
        *_treatments(catalogue),
        *_sources(catalogue),
        *_answers(catalogue),
        *_campaigns(catalogue),
        *_signs(catalogue),
        *_levels(catalogue),
        *_clinic(catalogue),
    ]
    return tuple(sorted(found, key=lambda each: (each.file, each.row, each.field, each.code, each.message)))


class _Place(NamedTuple):
    file: str
    row: str
    field: str
    safety: bool
    sourced: Sourced | Treatment | Answer


def _sourced(catalogue: Catalogue) -> Iterator[_Place]:
    """Every clinical statement, and whether somebody's safety rests on it."""
    for concern in catalogue.concerns.values():
        yield _Place("concerns.yaml", concern.id, "", concern.points_to == "practitioner_first", concern)
    for precaution in catalogue.precautions.values():
        yield _Place("precautions.yaml", precaution.id, "", True, precaution)
    for timeline in catalogue.timelines.values():
        yield _Place("timelines.yaml", timeline.id, "", True, timeline)
    for sign in catalogue.signs.values():
        yield _Place("recovery.yaml", sign.id, "", True, sign)
    for day in catalogue.course:
        yield _Place("recovery.yaml", day.id, "", True, day)
    for rule in catalogue.levels:
        yield _Place("recovery.yaml", rule.id, "", True, rule)
    for row in catalogue.plan:
        yield _Place("recovery.yaml", row.id, "", True, row)
    for treatment in catalogue.treatments.values():
        yield _Place("treatments.yaml", treatment.id, "", True, treatment)
        for name, topic in treatment.topics.items():
            yield _Place("treatments.yaml", treatment.id, f"topics.{name}", False, topic)
    for answer in catalogue.answers.values():
        if answer.text is not None:
            yield _Place("answers.yaml", answer.id, "", False, answer)


def _facts(catalogue: Catalogue) -> Iterator[Finding]:
    if not any(treatment in catalogue.treatments for treatment in TREATMENTS):
        return
    covered = {
        fact for row in catalogue.treatments.values() for topic in row.topics.values() for fact in topic.covers
    }
    for fact in BASE_FACTS:
        if fact not in covered:
            yield Finding(
                "fact:uncovered", "treatments.yaml", "", "treatments", f"no text carries the base fact {fact}",
                f"say it in a topic's text and add {fact} to its `covers`",
            )  # fmt: skip


def _signatures(catalogue: Catalogue) -> Iterator[Finding]:
    live = catalogue.clinic is not None and catalogue.clinic.mode == "live"
    for place in _sourced(catalogue):
        file, row, field = place.file, place.row, place.field
        who, when = place.sourced.reviewed_by, place.sourced.reviewed_on
        prefix = f"{field}." if field else ""
        if who is None and when is not None:
            yield Finding(
                "row:dated_without_name", file, row, f"{prefix}reviewed_on", "a date, but nobody who signed",
                "name the clinician in `reviewed_by`, or set `reviewed_on: null`",
            )  # fmt: skip
        elif who is not None and when is None:
            yield Finding(
                "row:signed_without_date", file, row, f"{prefix}reviewed_by", f"signed by {who}, but no date",
                "add the day as `reviewed_on`, such as 2026-01-31",
            )  # fmt: skip
        elif who is None:
            code = "row:unsigned_in_live" if live and place.safety else "row:unsigned"
            yield Finding(
                code, file, row, f"{prefix}reviewed_by", "awaits the clinic's clinician",
                "let a clinician read the row, then fill in `reviewed_by` and `reviewed_on`"
                + (", or set `mode: trial` in clinic.yaml" if code == "row:unsigned_in_live" else ""),
            )  # fmt: skip


def _timelines(rows: list[Timeline]) -> Iterator[Finding]:
    if not rows:
        return
    spans: list[tuple[int, int | None, str]] = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        most = spans[-1][1] if spans else -1
        follows = None if most is None else most + 1
        if row.min_days is not None and (row.max_days is None or row.min_days <= row.max_days):
            spans.append((row.min_days, row.max_days, row.id))
        elif row.min_days is not None or row.max_days is not None:
            # Of the two ends, the one that fits its neighbour is taken to be right.
            begins_well = row.min_days is not None and row.min_days == follows
            end = after.min_days - 1 if begins_well and after and after.min_days else row.max_days
            begin = row.min_days if begins_well else follows
            if begin is not None and (end is None or begin <= end):
                spans.append((begin, end, row.id))
            yield _timeline(
                "backwards", row.id, "its days run backwards or begin nowhere", "min_days <= max_days",
                "max_days" if begins_well else "min_days",
            )  # fmt: skip
    expected: int | None = 0
    last = ""
    for least, most, row_id in sorted(spans, key=lambda span: span[0]):
        if expected is None or least < expected:
            yield _timeline(
                "overlap", row_id, f"day {least} belongs to {last} too", "begin after the one before ends"
            )
        elif least > expected:
            days = f"day {expected}" if least == expected + 1 else f"days {expected} to {least - 1}"
            yield _timeline("gap", row_id, f"no timeline holds {days}", f"begin at {expected}")
        expected = None if most is None or expected is None else max(expected, most + 1)
        last = row_id
    if expected is not None:
        yield _timeline(
            "gap",
            last,
            f"no timeline holds day {expected} and later",
            "give the last one `max_days: null`",
            "max_days",
        )
    if all(row.min_days is not None or row.max_days is not None for row in rows):
        yield _timeline(
            "gap", "", "no timeline stands for no date", "add one with `min_days: null` and `max_days: null`"
        )


def _timeline(reason: str, row: str, message: str, mend: str, field: str = "min_days") -> Finding:
    return Finding(f"timeline:{reason}", "timelines.yaml", row, field, message, mend)


def _treatments(catalogue: Catalogue) -> Iterator[Finding]:
    pointed = {(row.id, row.points_to) for row in catalogue.concerns.values() if row.points_to in TREATMENTS}
    named: list[tuple[str, str, str, str]] = [
        ("concerns.yaml", row, "points_to", treatment) for row, treatment in sorted(pointed)
    ]
    named += [("recovery.yaml", day.id, "treatment", day.treatment) for day in catalogue.course]
    named += [("recovery.yaml", row.id, "treatment", row.treatment) for row in catalogue.plan]
    if len({treatment for _, treatment in pointed}) == len(TREATMENTS):
        named.append(("treatments.yaml", "", "treatments", "combined"))
    for file, row, field, treatment in named:
        if treatment not in catalogue.treatments:
            yield Finding(
                "treatment:unknown", file, row, field, f"treatments.yaml holds no {treatment}",
                f"add the treatment {treatment}, or let the row name another",
            )  # fmt: skip


def _sources(catalogue: Catalogue) -> Iterator[Finding]:
    known = _ALWAYS_KNOWN | catalogue.sources.keys()
    for place in _sourced(catalogue):
        for number, code in enumerate(place.sourced.source):
            if code not in known:
                field = f"{place.field}.source.{number}" if place.field else f"source.{number}"
                yield Finding(
                    "source:unknown", place.file, place.row, field, f"no source has the code {code}",
                    "add it to `sources` in treatments.yaml, or mend the code",
                )  # fmt: skip


def _answers(catalogue: Catalogue) -> Iterator[Finding]:
    for answer in catalogue.answers.values():
        if answer.text is None:
            yield Finding(
                "answer:empty", "answers.yaml", answer.id, "text", "the clinic has not answered this yet",
                "write the clinic's own words; until then people are told to ask the clinic",
            )  # fmt: skip
        if answer.sign is not None and answer.sign not in catalogue.signs:
            yield Finding(
                "sign:unknown", "answers.yaml", answer.id, "sign", f"there is no sign {answer.sign}",
                "name one of `signs` in recovery.yaml",
            )  # fmt: skip


def _campaigns(catalogue: Catalogue) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    locations = {location.id for location in catalogue.clinic.locations} if catalogue.clinic else set()
    for campaign in catalogue.campaigns.values():
        payload = campaign.payload or campaign.id
        if payload in taken:
            yield Finding(
                "campaign:payload_clash", "campaigns.yaml", campaign.id, "payload",
                f"{taken[payload]} has the payload {payload} already", "give it another `payload`",
            )  # fmt: skip
        taken.setdefault(payload, campaign.id)
        if campaign.location is not None and campaign.location not in locations:
            yield Finding(
                "campaign:unknown_location", "campaigns.yaml", campaign.id, "location",
                f"clinic.yaml has no location {campaign.location}", "name one of its `locations`, or none",
            )  # fmt: skip


def _signs(catalogue: Catalogue) -> Iterator[Finding]:
    for sign in catalogue.signs.values():
        for number, other in enumerate(sign.red_with):
            if other not in catalogue.signs:
                yield Finding(
                    "sign:unknown", "recovery.yaml", sign.id, f"red_with.{number}", f"there is no sign {other}",
                    "name one of `signs`",
                )  # fmt: skip
    for row, field, read, line in _phrases(catalogue):
        try:
            read(line)
        except ValueError as error:
            yield Finding(
                "sign:phrase", "recovery.yaml", row, field, str(error),
                "write words that count (not only small ones such as my, is, very)",
            )  # fmt: skip


def _phrases(catalogue: Catalogue) -> Iterator[tuple[str, str, Callable[[str], object], str]]:
    """Row, field, how it is read, and the line, of all that a sign is heard by."""
    with_lists = partial(compile_phrase, named=catalogue.words)
    for name, listed in catalogue.words.items():
        for number, word in enumerate(listed):
            yield "", f"words.{name}.{number}", one_word, word
    for sign in catalogue.signs.values():
        for number, line in enumerate(sign.heard):
            yield sign.id, f"heard.{number}", with_lists, line
        for number, line in enumerate(sign.heard_today):
            yield sign.id, f"heard_today.{number}", with_lists, line
        for language, lines in sign.heard_abroad.items():
            for number, line in enumerate(lines):
                yield sign.id, f"heard_abroad.{language}.{number}", compile_phrase, line
        for number, word in enumerate(sign.unless_beside):
            yield sign.id, f"unless_beside.{number}", one_word, word
        for number, word in enumerate(sign.asked_beside):
            yield sign.id, f"asked_beside.{number}", one_word, word


def _levels(catalogue: Catalogue) -> Iterator[Finding]:
    named: set[str] = set()
    for rule in catalogue.levels:
        for field, sign in _asked(rule.when, "when"):
            named.add(sign)
            if sign not in catalogue.signs:
                yield Finding(
                    "sign:unknown", "recovery.yaml", rule.id, field, f"there is no sign {sign}",
                    "name one of `signs`",
                )  # fmt: skip
        if rule.to_day is not None and rule.to_day < rule.from_day:
            yield Finding(
                "level:days", "recovery.yaml", rule.id, "to_day",
                f"to_day {rule.to_day} comes before from_day {rule.from_day}", "swap them",
            )  # fmt: skip
    for sign in catalogue.signs if catalogue.levels else ():
        if sign not in named and sign not in SAID_AS_SIGN:
            yield Finding(
                "level:sign_unheeded", "recovery.yaml", sign, "id", "no level rule asks for this sign",
                "name it in a rule of `levels`, or nobody is told of it",
            )  # fmt: skip


def _asked(when: Condition, field: str) -> Iterator[tuple[str, str]]:
    """Every sign that a condition names, with its place below `field`."""
    for number, sign in enumerate(when.signs or ()):
        yield f"{field}.signs.{number}", sign
    for key in ("any_of", "all_of"):
        for number, each in enumerate(getattr(when, key) or ()):
            yield from _asked(each, f"{field}.{key}.{number}")


def _clinic(catalogue: Catalogue) -> Iterator[Finding]:
    if catalogue.clinic is None:
        return
    try:
        ZoneInfo(catalogue.clinic.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Finding(
            "clinic:time_zone", "clinic.yaml", "", "time_zone", f"no time zone {catalogue.clinic.time_zone}",
            "write it as Europe/London",
        )  # fmt: skip
    for broken in broken_rungs(catalogue.clinic):
        yield Finding("clinic:ladder", "clinic.yaml", "", broken.field, broken.message, broken.mend)
    numbers = numbers_of(catalogue)
    for name in ("ambulance", "urgent"):
        if not getattr(numbers, name):
            yield Finding(
                "clinic:numbers", "clinic.yaml", "", "country",
                f"no {name} number is known for {catalogue.clinic.country}",
                f"write it under numbers: {{{name}: …}}",
            )  # fmt: skip
    if catalogue.clinic.crisis_contact is None:
        yield Finding(
            "clinic:crisis_contact", "clinic.yaml", "", "name", "nobody is named who reads about self-harm",
            "write crisis_contact: and their Telegram number; until then it is an owner, or the first on call",
        )  # fmt: skip
    for location in catalogue.clinic.locations:
        for number, closed in enumerate(location.closed_on):
            if closed.last_on < closed.first_on:
                yield Finding(
                    "clinic:closed_backwards", "clinic.yaml", location.id, f"closed_on.{number}",
                    f"closed from {closed.first_on} to {closed.last_on}: the end comes first", "swap the two days",
                )  # fmt: skip
