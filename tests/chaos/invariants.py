"""What must hold of every history: one checker over what was confirmed, the rows, and what Telegram received.

1. Every confirmed update has exactly one applied turn, or is a dead letter; every press has its answer.
2. No row of the outbox is left unfinished, and none has a bad end without a reason.
3. Each message is received at least once, and more than once only where the bot can't have known.
4. In a chat messages come in the order in which they were written, alerts apart.
5. Each check-in comes once when it is due, or is marked missed.
6. Nothing unasked after /stop; nothing at all after an erasure or a block.
7. Urgent words always lead to an alert that staff receive.
8. No token, name or word of a person is ever logged.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.engine.effect import Lane, PinMessage, SendMessage, SendPicture, To
from bot.ids import ContactId
from bot.store.protocol import OutboxRow, RowStatus
from tests.chaos.crowd import FIRST, MEMBER, NAMES, SECRET
from tests.chaos.history import START, History
from tests.chaos.log import Call
from tests.chaos.weather import NEW, SENDS, TOKEN
from tests.explore.ledger import CHECK_IN, base_of, to_patient

NEVER_SENT = (
    "what it changes was never sent",
    "what it pins was never sent",
    "message to edit not found",
    "message can't be edited",
    "message is not modified",
    "bad request",  # of a pin
)
"""Why a row counts as sent though no message came of it."""
GIVEN_UP = ("its time has passed", "unanswered 3 times", "Bad Request: BUTTON_DATA_INVALID")
_LINES = ("Traceback", "raised", "a turn failed", "has no timers", "failed as a whole", "an error of ours")
"""Of the log: what no fault of ours here explains."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Which invariant, and what."""

    invariant: int
    what: str

    def __str__(self) -> str:
        return f"[{self.invariant}] {self.what}"


def judge(history: History) -> list[Wrong]:
    """Everything that is wrong."""
    return [
        *_updates(history),
        *_presses(history),
        *_rows(history),
        *_messages(history),
        *_order(history),
        *_check_ins(history),
        *_silence(history),
        *_holds(history),
        *_alerts(history),
        *_logged(history),
    ]


def _updates(history: History) -> Iterator[Wrong]:
    applied = Counter(update for commit in history.log.commits for update in commit.batch.update_ids)
    for update, times in applied.items():
        if times > 1:
            yield Wrong(1, f"update {update} was applied {times} times")
    queue = history.telegram.queue
    for update in queue.acked:
        if update not in applied:
            yield Wrong(1, f"update {update} was confirmed and never applied")
    for item in queue.live():
        yield Wrong(1, f"update {item.id} was never taken")
    erased: set[ContactId] = set()
    for commit in history.log.commits:
        batch = commit.batch
        chats = {person.contact.chat for person in batch.persons}
        erased |= {contact for contact, _ in batch.erase}
        for letter in batch.dead_letters:
            if letter.contact is not None:
                yield Wrong(1, f"a turn failed: {letter.error}")
        for update in batch.update_ids:
            whose = history.crowd.updates.get(update)
            is_theirs = whose is not None and whose != MEMBER and whose not in history.crowd.flooded
            if is_theirs and whose not in chats and not (batch.erase or batch.dead_letters or _is_nothing(commit)):
                yield Wrong(1, f"update {update} of {whose} was confirmed without a turn")
    yield from (Wrong(1, f"the process broke: {why}") for why in history.broken)


def _is_nothing(commit: object) -> bool:
    """Forged buttons of staff change nobody, and a block of somebody unknown is nobody's."""
    batch = getattr(commit, "batch")  # noqa: B009
    return not batch.persons or any(person.contact.chat <= 0 for person in batch.persons)


def _presses(history: History) -> Iterator[Wrong]:
    answered = {call.press for call in history.log.calls if call.press}
    for update in history.telegram.queue.acked:
        press = history.crowd.presses.get(update)
        if press is not None and press not in answered:
            yield Wrong(1, f"press {press} (update {update}) has no answer")


def _rows(history: History) -> Iterator[Wrong]:
    if history.unfinished:
        yield Wrong(2, f"still to do at the end: {history.unfinished}")
    connection = sqlite3.connect(history.database)
    try:
        ((check,),) = connection.execute("pragma integrity_check")
        if check != "ok":
            yield Wrong(2, f"integrity_check: {check}")
        statuses = dict(connection.execute("select id, status from outbox"))
    finally:
        connection.close()
    for row, (_, made) in history.log.made.items():
        status = statuses.get(row)
        if status == RowStatus.WAITING:
            yield Wrong(2, f"row {row} to {made.chat} still waits")
        _, mark = history.log.marks.get(row, (0, None))
        if mark is None:
            continue
        if mark.status is RowStatus.GIVEN_UP and not mark.reason.startswith(GIVEN_UP):
            yield Wrong(2, f"row {row} was given up: {mark.reason}")
        if mark.status is RowStatus.REFUSED and not history.log.faults.keys() & _REFUSING:
            yield Wrong(2, f"row {row} was refused: {mark.reason}")


_REFUSING = {
    "a block found out by sending",
    "a block told by an update",
    "a chat that can't be written to",
    "the bot is put out of the staff group",
}


def _messages(history: History) -> Iterator[Wrong]:
    received: defaultdict[tuple[int, str], list[Call]] = defaultdict(list)
    of_rows: set[int] = set()
    for call in history.log.calls:
        if call.row is None or not call.taken:
            continue
        of_rows.add(call.row.id)
        seq, mark = history.log.marks.get(call.row.id, (0, None))
        if mark is not None and mark.status is RowStatus.SENT and call.seq > seq:
            yield Wrong(3, f"row {call.row.id} was sent again after its mark was on disk")
        if call.method not in NEW:
            continue
        earlier = received[call.row.id, call.text]
        if any(one.known and one.life == call.life for one in earlier):
            yield Wrong(3, f"row {call.row.id} was sent twice in one life, its answer known: {call.text[:40]!r}")
        earlier.append(call)
    for (row, _), calls in received.items():
        lives = len({call.life for call in calls})
        is_alert = calls[0].row is not None and calls[0].row.lane is Lane.ALERT
        if len(calls) > lives + 2 and not is_alert:
            yield Wrong(3, f"row {row} came {len(calls)} times in {lives} lives")
    for row, (_, mark) in history.log.marks.items():
        is_message = row in history.log.made and isinstance(
            history.log.made[row][1].effect, SendMessage | SendPicture
        )
        is_excused = mark.reason.lower().removeprefix("bad request: ").startswith(NEVER_SENT)
        if mark.status is RowStatus.SENT and is_message and row not in of_rows and not is_excused:
            yield Wrong(3, f"row {row} is marked sent and was never received ({mark.reason})")


def _order(history: History) -> Iterator[Wrong]:
    last: dict[int, int] = {}
    seen: set[int] = set()
    for call in history.log.calls:
        row = call.row
        if row is None or not call.taken or call.method not in NEW or row.id in seen or _is_apart(row):
            continue
        seen.add(row.id)
        if row.id < last.get(row.chat, 0):
            yield Wrong(4, f"row {row.id} came to {row.chat} after row {last[row.chat]}")
        last[row.chat] = max(row.id, last.get(row.chat, 0))


def _is_apart(row: OutboxRow) -> bool:
    """Alerts overtake; an edit that comes as a new message has its own place."""
    effect = row.effect
    return row.lane is Lane.ALERT or (isinstance(effect, SendMessage) and effect.edits is not None)


def _check_ins(history: History) -> Iterator[Wrong]:
    ledger = history.ledger
    yield from (Wrong(5, words) for words in ledger.wrong)
    erased = history.log.forgotten
    gone = {chat for contact, chat in ledger._contacts.items() if contact in erased}
    delivered = {call.row.id for call in history.log.calls if call.row is not None and call.taken}
    for (chat, key), rows in ledger.opened.items():
        if sum(row in delivered for row in rows) > 1:
            yield Wrong(5, f"{key} of {chat} came more than once")
    behind = timedelta(hours=2 * history.log.faults["the clock jumps"], minutes=1)  # the bot's clock, at most
    end = START + timedelta(seconds=history.ended_at) - behind
    for (chat, key), (fire_at, catch_up) in ledger.set_at.items():
        if not key.startswith(CHECK_IN) or fire_at > end or chat in gone:
            continue
        ended = ledger.ended.get((chat, key))
        if ended is None:
            yield Wrong(5, f"{key} of {chat} neither came nor was marked")
        elif ended[0] == "fired" and (ended[1] - fire_at).total_seconds() > catch_up:
            yield Wrong(5, f"{key} of {chat} came later than it may ({base_of(key)})")


def _silence(history: History) -> Iterator[Wrong]:
    """Calls are held against what was on disk when they began."""
    commits = iter(history.log.commits)
    commit = next(commits, None)
    erased: set[int] = set()
    blocked: dict[int, bool] = {}
    stopped: dict[int, bool] = {}
    alerted: set[int] = set()
    of_alerts: set[int] = set()
    for call in history.log.calls:
        while commit is not None and commit.seq < call.seq:
            had_alert = set(alerted)
            for person in commit.batch.persons:
                is_open = any(alert.status not in {"closed", "withdrawn"} for alert in person.alerts)
                (alerted.add if is_open else alerted.discard)(person.contact.chat)
                blocked[person.contact.chat] = person.contact.blocked_at is not None
                stopped[person.contact.chat] = person.contact.stopped_at is not None
            erased |= {contact for contact, _ in commit.batch.erase}
            of_alerts |= {row.id for row in commit.rows if row.chat in had_alert | alerted}
            commit = next(commits, None)
        row = call.row
        if row is None or call.method not in SENDS:
            continue
        if row.contact in erased:
            yield Wrong(6, f"row {row.id} was sent after its contact was erased")
        is_farewell = not row.contact  # the last word, to whoever asked for it
        if call.chat is not None and blocked.get(call.chat) and to_patient(row) and not is_farewell:
            yield Wrong(6, f"row {row.id} was sent to {call.chat} who has blocked us")
        if call.chat is None or not stopped.get(call.chat) or row.id in of_alerts:
            continue
        if _is_unasked(history, row):
            yield Wrong(6, f"row {row.id} was sent unasked to {call.chat} after /stop")


def _is_unasked(history: History, row: OutboxRow) -> bool:
    origin = history.ledger.origins.get(row.id)
    asked = origin is None or origin.asked
    return to_patient(row) and not asked and row.lane is not Lane.ALERT


def _holds(history: History) -> Iterator[Wrong]:
    """While Telegram holds a chat nothing is sent there, by the process that was told."""
    held: dict[tuple[int, int], float] = {}
    for call in history.log.calls:
        if call.chat is None or call.method not in SENDS:
            continue
        key = call.life, call.chat
        if call.at < held.get(key, 0.0):
            yield Wrong(3, f"a call to {call.chat} {held[key] - call.at:.1f} s before its hold ends")
        if call.status == 429 and call.held:
            held[key] = max(held.get(key, 0.0), call.heard_at + call.held)


def _alerts(history: History) -> Iterator[Wrong]:
    applied = {update: commit for commit in history.log.commits for update in commit.batch.update_ids}
    cards: set[ContactId] = set()
    advice: set[ContactId] = set()
    for call in history.log.calls:
        row = call.row
        if row is not None and call.taken and row.lane is Lane.ALERT and not isinstance(row.effect, PinMessage):
            to = getattr(row.effect, "to", To.PATIENT)
            (advice if to is To.PATIENT else cards).add(row.contact)
    erased = {contact for commit in history.log.commits for contact, _ in commit.batch.erase}
    for urgent in history.crowd.urgent:
        commit = applied.get(urgent.update)
        if commit is None:
            continue  # that it was never applied is told already
        person = next((one for one in commit.batch.persons if one.contact.chat == urgent.person), None)
        if person is None or person.contact.id in erased:
            continue
        if not any(alert.level == "red" for alert in person.alerts):
            yield Wrong(7, f"urgent words of {urgent.person} raised nothing")
        if person.contact.id not in cards:
            yield Wrong(7, f"no alert for {urgent.person} ever reached staff")
        if person.contact.id not in advice and urgent.person not in history.crowd.blockers:
            yield Wrong(7, f"{urgent.person} was never told what to do")


def _logged(history: History) -> Iterator[Wrong]:
    secrets = (TOKEN, TOKEN.partition(":")[2], SECRET, *NAMES, str(FIRST)[:-1], str(MEMBER)[:-1])
    for line in history.log.told.lines:
        for secret in secrets:
            if secret in line:
                yield Wrong(8, f"logged: {line[:200]!r}")
                break
        if any(words in line for words in _LINES) and "seams.Killed" not in line:
            yield Wrong(1, f"the bot says: {line[-600:]}")
