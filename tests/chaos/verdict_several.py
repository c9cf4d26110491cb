"""What came of a storm over several processes: memory against store, and what was sent against the troubles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from bot.limits import LEASE_SECONDS
from bot.store.postgres_opening import open_postgres
from tests.chaos.patient import ChaosPatient, read_question
from tests.chaos.verdict import MARK_SECONDS, Verdict, judge_presses, judge_store
from tests.fake_bot_api.client import FakeTelegram
from tests.fake_bot_api.shown import Json, shown
from tests.postgres.clinic import KEY

LATE_SECONDS = 1.0  # what a dead process has sent may be taken up so much later


@dataclass(slots=True)
class Trouble:
    """What befell whom (a life of a process; '': PostgreSQL), from when to when, in seconds since 1970."""

    what: str
    whom: str
    at: float
    until: float = 0.0

    def explains(self, item: Json) -> bool:
        """Whether a message sent by that life just then may never have been marked."""
        if self.whom not in {"", item["through"]}:
            return False
        last = self.until + LEASE_SECONDS if self.what in {"pause", "restart"} else self.until + LATE_SECONDS
        return bool(self.at - MARK_SECONDS <= item["time"] <= last)


async def judge(
    telegram: FakeTelegram, database: str, patients: Sequence[ChaosPatient], troubles: Sequence[Trouble]
) -> Verdict:
    """Compare all there is. Every process has ended by now, with nothing left to do."""
    verdict = Verdict()
    for what, number in sorted(Counter(trouble.what for trouble in troubles).items()):
        verdict.figures[f"times: {what}"] = number
    verdict.figures["patients"] = len(patients)
    verdict.figures["through"] = sum(bool(patient.end) for patient in patients)
    store = await open_postgres(database, data_key=bytes.fromhex(KEY))
    try:
        await judge_store(verdict, store, patients)
    finally:
        await store.close()
    judge_presses(verdict, telegram)
    _messages(verdict, telegram, patients, troubles)
    await _rows(verdict, database, telegram)
    verdict.wrong += telegram.violations()
    return verdict


def _messages(
    verdict: Verdict, telegram: FakeTelegram, patients: Sequence[ChaosPatient], troubles: Sequence[Trouble]
) -> None:
    """Each message once, in order; once more only where its first sender can't have marked it."""
    everywhere: Json = telegram.get("sent")
    sent = repeated = disordered = 0
    senders = set()
    for patient in patients:
        name = patient.person.first_name
        items = [item for item in everywhere.get(str(patient.person.id), []) if item["kind"] == "send"]
        known: dict[str, Json] = {}
        last = -1
        for item in items:
            sent += 1
            senders.add(item["through"])
            content = json.dumps([item["html"], item["buttons"]])
            question = read_question(shown(item))
            if content in known:
                repeated += 1
                if not any(trouble.explains(known[content]) for trouble in troubles):
                    verdict.wrong.append(
                        f"{name}: repeated without a reason, by {known[content]['through']} at"
                        f" {known[content]['time']:.1f} and {item['through']} at {item['time']:.1f}:"
                        f" {item['text'][:60]!r}"
                    )
            elif question is not None:
                if question.turn < last:
                    disordered += 1
                    verdict.wrong.append(f"{name}: turn {question.turn} shown after turn {last}")
                last = question.turn
            known[content] = item
    verdict.figures |= {
        "messages": sent,
        "messages repeated": repeated,
        "messages out of order": disordered,
        "lives that have sent": len(senders),
    }


async def _rows(verdict: Verdict, database: str, telegram: FakeTelegram) -> None:
    """Every row has come to a good end, and every update that was acknowledged has its turn."""
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("select status, count(*) from skin_clinic.outbox group by status")
        seen = {row[0] for row in await connection.fetch("select update_id from skin_clinic.seen_updates")}
        epochs = await connection.fetchval("select epoch from skin_clinic.keeper")
    finally:
        await connection.close()
    statuses = {str(status): int(number) for status, number in rows}
    if bad := {name: number for name, number in statuses.items() if name not in {"sent", "cancelled"}}:
        verdict.wrong.append(f"rows of the outbox: {bad}")
    deliveries = telegram.state()["deliveries"]
    acked = {delivery["update_id"] for delivery in deliveries if delivery["status"] == 200}
    if missing := acked - seen:
        verdict.wrong.append(f"{len(missing)} updates were acknowledged and have no turn")
    verdict.figures |= {
        "rows sent": statuses.get("sent", 0),
        "updates acknowledged": len(acked),
        "deliveries that failed": sum(delivery["status"] != 200 for delivery in deliveries),
        "updates acknowledged without a turn": len(missing),
        "keepers": int(epochs),
    }
