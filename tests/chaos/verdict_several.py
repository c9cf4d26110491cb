"""What came of a storm over several processes: memory against store, and what was sent against the troubles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from bot.limits import LEASE_SECONDS
from bot.store.encryption import MasterKey
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
    rows = await _rows(verdict, database, telegram, patients)
    _messages(verdict, telegram, patients, troubles, rows)
    verdict.wrong += telegram.violations()
    return verdict


def _messages(
    verdict: Verdict,
    telegram: FakeTelegram,
    patients: Sequence[ChaosPatient],
    troubles: Sequence[Trouble],
    rows: Mapping[tuple[int, int], int],
) -> None:
    """Each message once, in order; once more only where its first sender can't have marked it.

    A message that is no row's own was sent in vain, and once more. `rows`: by chat and message, how often the
    row's call had no answer.
    """
    everywhere: Json = telegram.get("sent")
    sent = repeated = unanswered = disordered = 0
    senders = set()
    for patient in patients:
        name, chat = patient.person.first_name, patient.person.id
        items = [item for item in everywhere.get(str(chat), []) if item["kind"] == "send"]
        own = {
            _content(item): rows[chat, item["message_id"]] for item in items if (chat, item["message_id"]) in rows
        }
        known = set()
        last = -1
        for item in items:
            sent += 1
            senders.add(item["through"])
            content = _content(item)
            if (chat, item["message_id"]) not in rows:
                repeated += 1
                unanswered += own.get(content, 0) > 0
                if not (own.get(content) or any(trouble.explains(item) for trouble in troubles)):
                    verdict.wrong.append(
                        f"{name}: sent in vain without a reason by {item['through']} at {item['time']:.1f}:"
                        f" {item['text'][:60]!r}"
                    )
            question = read_question(shown(item))
            if content not in known and question is not None:
                if question.turn < last:
                    disordered += 1
                    verdict.wrong.append(f"{name}: turn {question.turn} shown after turn {last}")
                last = question.turn
            known.add(content)
    verdict.figures |= {
        "messages": sent,
        "messages repeated": repeated,
        "of these since no answer came": unanswered,
        "messages out of order": disordered,
        "lives that have sent": len(senders),
    }


def _content(item: Json) -> str:
    return json.dumps([item["html"], item["buttons"]])


async def _rows(
    verdict: Verdict, database: str, telegram: FakeTelegram, patients: Sequence[ChaosPatient]
) -> dict[tuple[int, int], int]:
    """Every row has come to a good end, and every update that was acknowledged has its turn.

    Returns:
        By chat and message, how often a row's call had no answer.
    """
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("select status, count(*) from skin_clinic.outbox group by status")
        seen = {row[0] for row in await connection.fetch("select update_id from skin_clinic.seen_updates")}
        sent = await connection.fetch("select chat_hash, message_id, unknown from skin_clinic.outbox")
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
    master = MasterKey(bytes.fromhex(KEY))
    chats = {master.hash_chat(patient.person.id): patient.person.id for patient in patients}
    return {(chats[chat], message): unknown for chat, message, unknown in sent if chat in chats and message}
