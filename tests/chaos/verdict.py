"""What came of it: the patients' memory against the store, Telegram's log against the kills."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.engine.session import Session
from bot.store.reader import StoreReader
from tests.chaos.patient import NONSENSE, TYPED_WEEKS, ChaosPatient, read_question
from tests.e2e.bot_process import BotProcess
from tests.fake_bot_api.client import FakeTelegram
from tests.fake_bot_api.shown import Json, shown

MARK_SECONDS = 3.0  # a mark rides in the next commit; what is repeated is no older than this at the kill


@dataclass(slots=True)
class Verdict:
    """Everything wrong, in words, and the figures of a run."""

    wrong: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)


async def judge(
    telegram: FakeTelegram,
    bot: BotProcess,
    patients: Sequence[ChaosPatient],
    killed_at: Sequence[tuple[float, float]],
) -> Verdict:
    """Compare all there is. The bot has ended by now, with nothing left to do."""
    verdict = Verdict()
    store = await bot.read_store()
    try:
        await judge_store(verdict, store, patients)
    finally:
        await store.close()
    judge_presses(verdict, telegram)
    _messages(verdict, telegram, patients, killed_at)
    _outbox(verdict, bot)
    verdict.wrong += telegram.violations()
    return verdict


async def judge_store(verdict: Verdict, store: StoreReader, patients: Sequence[ChaosPatient]) -> None:
    """What the patients remember, against what is kept."""
    await _answers(verdict, store, patients)
    await _counts(verdict, store, patients)


async def _answers(verdict: Verdict, store: StoreReader, patients: Sequence[ChaosPatient]) -> None:
    """0 answers lost, 0 turns applied twice."""
    persons = await store.persons_of_chats([patient.person.id for patient in patients])
    lost = twice = 0
    for patient in patients:
        name, diary = patient.person.first_name, patient.diary
        person = persons.get(patient.person.id)
        sessions = person.sessions if person is not None else ()
        session = next((one for one in sessions if one.id in diary.sessions), None)
        if session is None or len(diary.sessions) != 1 or len(sessions) != 1:
            verdict.wrong.append(f"{name}: sessions {diary.sessions} on screen, {[s.id for s in sessions]} kept")
            continue
        kept = {key.rpartition(".")[2]: given for key, given in session.answers.items()}
        for state, given in diary.answers.items():
            found = kept.get(state)
            day = session.started_on + timedelta(weeks=TYPED_WEEKS) if given.is_date else None
            if found is None or (not given.is_date and frozenset(found.answer.options) != given.options):
                lost += 1
                verdict.wrong.append(f"{name}: {state} answered {sorted(given.options)}, kept {found}")
            elif given.is_date and not _near(found.answer.on, day):
                lost += 1
                verdict.wrong.append(f"{name}: {state} answered with a date, kept {found}")
        if extra := kept.keys() - diary.answers.keys():
            verdict.wrong.append(f"{name}: never answered {sorted(extra)}")
        twice += _turns(verdict, patient, session)
    verdict.figures |= {"answers lost": lost, "turns applied twice": twice}


def _near(on: object, day: object) -> bool:
    """The day that was meant; a run may go on over midnight."""
    return on is not None and abs((on - day).days) <= 1  # type: ignore[operator]


def _turns(verdict: Verdict, patient: ChaosPatient, session: Session) -> int:
    if session.turn == patient.diary.turns:
        return 0
    verdict.wrong.append(
        f"{patient.person.first_name}: {patient.diary.turns} answers and steps back, {session.turn} turns"
    )
    return max(0, session.turn - patient.diary.turns)


async def _counts(verdict: Verdict, store: StoreReader, patients: Sequence[ChaosPatient]) -> None:
    """What the bot counted, in the transactions of the turns themselves."""
    today = datetime.now(UTC).date()
    counted: Counter[str] = Counter()
    for row in await store.counters(today - timedelta(days=2), today + timedelta(days=2)):
        counted[row.name] += row.count
    expected = {
        "started": len(patients),
        "marked": sum(patient.diary.marks for patient in patients),
        "not_understood": sum(patient.diary.nonsense for patient in patients),
    }
    for name, number in expected.items():
        if counted[name] != number:
            verdict.wrong.append(f"{number} times {name}, counted {counted[name]}")
    if letters := await store.dead_letters():
        verdict.wrong.append(f"{len(letters)} dead letters, such as {letters[0].error}")


def judge_presses(verdict: Verdict, telegram: FakeTelegram) -> None:
    """Every press answered, but for those that waited too long at the server."""
    state = telegram.state()
    silent = [query for query in state["queries"] if not query["answers"]]
    expired = len(state["expired"])
    if len(silent) > expired:
        verdict.wrong.append(f"{len(silent)} presses without an answer, {expired} expired at the server")
    if state["pending"]:
        verdict.wrong.append(f"{len(state['pending'])} updates not confirmed")
    verdict.figures |= {
        "presses": len(state["queries"]),
        "presses unanswered": len(silent) - expired,
        "presses expired": expired,
    }


def _messages(
    verdict: Verdict,
    telegram: FakeTelegram,
    patients: Sequence[ChaosPatient],
    killed_at: Sequence[tuple[float, float]],
) -> None:
    """Repeats only where a kill fell between call and mark; per-chat order in each life of the process.

    A mark is on disk soon after its call, so what is repeated was sent right before the kill: mostly one message
    in a chat, more where several turns of one person were under way.
    """
    ends = [end for _, end in killed_at]
    everywhere: Json = telegram.get("sent")
    calls = 0
    of_kills: Counter[tuple[str, int]] = Counter()
    for patient in patients:
        name = patient.person.first_name
        sent = [item for item in everywhere[str(patient.person.id)] if item["kind"] == "send"]
        calls += len(sent)
        known: dict[str, tuple[int, float]] = {}
        last = (0, -1)
        for item in sent:
            life = int(item["through"])
            content = json.dumps([item["html"], item["buttons"]])
            if content in known:
                before, at = known[content]
                of_kills[name, life] += 1
                if before == life:
                    verdict.wrong.append(f"{name}: repeated without a kill: {item['text'][:80]!r}")
                elif ends[before] - at > MARK_SECONDS:
                    verdict.wrong.append(
                        f"{name}: {ends[before] - at:.1f} s old when killed, and still not marked"
                    )
            known[content] = life, item["time"]
            question = read_question(shown(item))
            if question is not None:
                if (life, question.turn) < last:
                    verdict.wrong.append(f"{name}: turn {question.turn} shown after turn {last[1]}")
                last = life, question.turn
        said = sum("I didn't get that" in item["text"] for item in sent)
        if said < patient.diary.nonsense:
            verdict.wrong.append(f"{name}: {patient.diary.nonsense} times {NONSENSE!r}, {said} answers")
    verdict.figures |= {
        "messages": calls,
        "messages repeated": sum(of_kills.values()),
        "most repeated in one chat by one kill": max(of_kills.values(), default=0),
    }


def _outbox(verdict: Verdict, bot: BotProcess) -> None:
    """Every row has come to an end, and none to a bad one."""
    connection = sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True)
    try:
        rows = connection.execute("select status, count(*) from outbox group by status").fetchall()
        (check,) = connection.execute("pragma integrity_check").fetchone()
    finally:
        connection.close()
    statuses = dict(rows)
    if bad := {name: number for name, number in statuses.items() if name not in {"sent", "cancelled"}}:
        verdict.wrong.append(f"rows of the outbox: {bad}")
    if check != "ok":
        verdict.wrong.append(f"integrity_check: {check}")
    verdict.figures["rows sent"] = statuses.get("sent", 0)
