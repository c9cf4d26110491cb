"""What must hold of every run, and that a run with kills tells the same story as one without."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.engine.alerts import RINGS
from bot.engine.effect import Lane, SendMessage
from bot.engine.event import read_button
from bot.engine.photos import MOST
from tests.explore.ledger import CHECK_IN, Handed, base_of, to_patient
from tests.explore.patients import Patient
from tests.explore.world import Line, World

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
RIGHTLY = ("its time has passed", "unanswered 3 times")
"""Why a row may be given up: the delivery's own bounds."""
_CODE = re.compile(r"\b[0-9A-Z]{4}\b")
_OWN = re.compile(r"(?<![0-9])([AVL]?)[0-9]+-")


@dataclass(slots=True)
class Verdict:
    """Everything wrong, in words, and the figures of a run."""

    wrong: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)


def judge(world: World, database: Path, zone: str, until: datetime, *, takes_photos: bool = False) -> Verdict:
    """Hold a finished run against what must hold.

    Args:
        world: As the run left it.
        database: Its file.
        zone: The clinic's time zone.
        until: The last instant of the run.
        takes_photos: The clinic keeps the photos of check-ins for its staff.
    """
    verdict = Verdict(list(world.ledger.wrong))
    ledger = world.ledger
    verdict.wrong += [f"a dead letter: {error}" for error in ledger.letters]
    verdict.wrong += [f"given up: {reason}" for reason in ledger.given_up if not reason.startswith(RIGHTLY)]
    for each in ledger.handed:
        if to_patient(each.row) and each.row.chat in world.patients:
            _unprompted(verdict, world, each, ZoneInfo(each.zone or zone))
    _check_ins(verdict, world, until)
    _files(verdict, database, until)
    if world.waiting:
        verdict.wrong.append(f"{len(world.waiting)} updates never confirmed")
    for patient in world.patients.values():
        if not (world.chats[patient.chat] or world.is_down_at_times):
            verdict.wrong.append(f"{patient.name} was never answered")
        verdict.figures["people who said something red"] += patient.says_red
        has_rung = patient.chat in ledger.persons and any(
            alert.level in RINGS for alert in ledger.persons[patient.chat].alerts
        )
        if patient.says_red and not has_rung:
            verdict.wrong.append(f"{patient.name} has no alert")
        _photos(verdict, world, patient, takes_photos=takes_photos)
    visits = [visit for person in ledger.persons.values() for visit in person.visits]
    verdict.figures["visits by a ticket"] = sum(visit.entered_by == "staff" for visit in visits)
    verdict.figures["messages"] = len(ledger.handed)
    verdict.figures["plans"] = len(world.patients)
    return verdict


def _photos(verdict: Verdict, world: World, patient: Patient, *, takes_photos: bool) -> None:
    """What was sent to a check-in is kept once, and nothing where the clinic takes none."""
    person = world.ledger.persons.get(patient.chat)
    kept = [photo.file_id for visit in person.visits for photo in visit.photos] if person is not None else []
    verdict.figures["photos kept"] += len(kept)
    newest = [photo for photo in patient.shown if photo in patient.owed][-MOST:]  # older ones make room
    owed = set(newest) if takes_photos and patient.pattern != "forgotten" else set()
    if len(set(kept)) < len(kept) or not owed <= set(kept) <= set(patient.shown) or (kept and not takes_photos):
        verdict.wrong.append(f"{patient.name} sent {patient.shown}, {sorted(owed)} to a check-in; kept are {kept}")


def _unprompted(verdict: Verdict, world: World, each: Handed, zone: ZoneInfo) -> None:
    """0 in quiet hours but essential ones, 0 after /stop; what tells of an own open alert may always come."""
    if each.origin.asked or each.row.lane is Lane.ALERT or (each.has_alert and not _is_of_plan(each)):
        return
    patient = world.patients[each.row.chat]
    local = each.at.astimezone(zone)
    verdict.figures["unprompted"] += 1
    verdict.figures["unprompted by a clock of one's own"] += each.zone is not None
    words = f"{patient.name}: unprompted at {local:%d %b %H:%M}, of {each.origin.fired}: {_begin(each)!r}"
    if not QUIET_UNTIL <= local.time() < QUIET_FROM and not each.essential and _rings(each):
        verdict.wrong.append(f"in quiet hours, {words}")
    if patient.is_stopped(each.row.created_at) or patient.is_stopped(each.at):
        verdict.wrong.append(f"after /stop, {words}")
    _right_day(verdict, world, each, zone, words)


def _is_of_plan(each: Handed) -> bool:
    """A check-in, its reminder or its end; an open alert is no excuse for these.

    After an outage a turn may be of both: then what is no question of the plan's lane is the alert's.
    """
    of_plan = [key.startswith((CHECK_IN, "remind/", "expire/")) for key in each.origin.fired]
    return any(of_plan) and (all(of_plan) or each.row.lane is Lane.CHECK_IN)


def _rings(each: Handed) -> bool:
    """Whether it is a new message; an edit makes no sound."""
    return not (isinstance(each.row.effect, SendMessage) and each.row.effect.edits is not None)


def _right_day(verdict: Verdict, world: World, each: Handed, zone: ZoneInfo, words: str) -> None:
    """The day that a question speaks of is the day on which it comes."""
    person = world.ledger.persons[each.row.chat]
    base = next((base_of(key) for key in each.origin.fired if key.startswith(CHECK_IN)), None)
    if base is None or not isinstance(each.row.effect, SendMessage) or not each.row.effect.is_question:
        return
    visit = next((visit for visit in person.visits if visit.id == base.split("/")[1]), None)
    data = next((button.data for keys in each.row.effect.rows for button in keys if button.data), "")
    asked = read_button(data or "")
    session = next((session for session in person.sessions if asked and session.id == asked.session), None)
    if visit is None or session is None or session.context.get("visit.occasion") != base.split("/")[2]:
        return
    days = (each.at.astimezone(zone).date() - visit.treated_at.astimezone(zone).date()).days
    if session.context.get("visit.day") != days:
        verdict.wrong.append(f"words of day {session.context.get('visit.day')} on day {days}, {words}")


def _check_ins(verdict: Verdict, world: World, until: datetime) -> None:
    """0 lost, 0 fired twice, every missed one marked."""
    ledger = world.ledger
    for (chat, key), rows in ledger.opened.items():
        came = len([row for row in rows if row in ledger.delivered])
        if came > 1:
            verdict.wrong.append(f"{world.patients[chat].name}: {key} came {came} times")
    for (chat, key), (fire_at, catch_up) in ledger.set_at.items():
        if not key.startswith(CHECK_IN) or fire_at > until:
            continue
        ended = ledger.ended.get((chat, key))
        if ended is None:
            verdict.wrong.append(f"{chat}: {key}, due {fire_at:%d %b %H:%M}, neither fired nor marked")
            continue
        end, at = ended
        verdict.figures[f"check-ins {end.value}"] += 1
        late = (at - fire_at).total_seconds()
        if end.value == "fired" and (late < 0 or late > catch_up):
            verdict.wrong.append(f"{chat}: {key} fired {late:.0f} s after it was due, {catch_up} allowed")


def _files(verdict: Verdict, database: Path, until: datetime) -> None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        micros = int(until.timestamp() * 1_000_000)
        due = "select kind, count(*) from timers where status = 'waiting' and fire_at <= ? group by kind"
        for kind, number in connection.execute(due, (micros,)):
            verdict.wrong.append(f"{number} timers of kind {kind} are due and wait")
        for status, number in connection.execute("select status, count(*) from outbox group by status"):
            verdict.figures[f"rows {status}"] += number
        unsent = "select count(*) from outbox where status = 'waiting' and due_at <= ?"
        ((number,),) = connection.execute(unsent, (micros,))
        if number:
            verdict.wrong.append(f"{number} rows of the outbox are due and wait")
        ((found,),) = connection.execute("pragma integrity_check")
        if found != "ok":
            verdict.wrong.append(f"integrity_check: {found}")
    finally:
        connection.close()


def differences(plain: World, killed: World) -> list[str]:
    """Where the transcript with kills tells another story than the one without; repeats are left out.

    Contacts may have other numbers, for the key of one who was never written is spent.
    """
    found = []
    for chat in sorted({*plain.chats, *killed.chats}):
        ours, theirs = (_story(world, chat) for world in (plain, killed))
        if chat < 0 or chat not in plain.patients:  # many people's cards: their order within an instant is open
            ours, theirs = sorted(ours), sorted(theirs)
        if ours != theirs:
            place = next((n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), -1)
            found.append(f"chat {chat}: {ours[place]!r} without kills, {theirs[place : place + 1]!r} with them")
    ended = _ends(killed)
    for (chat, key), (end, at) in _ends(plain).items():
        if ended.get((chat, key)) != (end, at):
            found.append(f"chat {chat}: {key} {end} at {at} without kills, not with them")
    return found


def _ends(world: World) -> Mapping[tuple[int, str], tuple[str, datetime]]:
    ended = world.ledger.ended.items()
    return {(chat, _OWN.sub(r"\1@-", key)): (end.value, at) for (chat, key), (end, at) in ended}


def _story(world: World, chat: int) -> list[str]:
    """The messages in order, then what became of each by edits: a newer edit may take an older one's place."""
    told = [line for line in world.chats[chat] if not line.is_repeat]
    edited = {(line.contact, line.edits): line for line in told if line.edits is not None}
    codes = world.ledger.codes()
    new = [_told(line, codes) for line in told if line.edits is None]
    return [*new, *(_told(line, codes) for _, line in sorted(edited.items(), key=lambda item: item[1].number))]


def _told(line: Line, codes: Mapping[str, int]) -> str:
    html = _CODE.sub(lambda found: str(codes.get(found[0], found[0])), line.html)
    if line.chat < 0:
        html = " ".join(sorted(re.findall(r"\w+", html)))  # people in a list stand in the order of their numbers
    return f"{line.at:%d %b %H:%M:%S} {'edit ' if line.edits is not None else ''}{html} {' '.join(line.buttons)}"


def _begin(each: Handed) -> str:
    effect = each.row.effect
    return effect.html[:60] if isinstance(effect, SendMessage) else type(effect).__name__
