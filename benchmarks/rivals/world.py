"""Telegram and fifty patients, for one bot: what they tap, what must come of it, and how long that took.

It is lean, and yet holds each call to what matters: an answer belongs to a press that waits for one, an edit
changes the patient's own message, and its text is the next one of the flow. So no bot is quick by leaving
something out.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from benchmarks.rivals.bots.questions import TEXTS, TOKEN, labels
from benchmarks.rivals.http import Json, Reply
from benchmarks.rivals.updates import Updates

BOT = {"id": 123456, "is_bot": True, "first_name": "Six", "username": "six_bot"}
QUIET_SECONDS = 20.0
_SAME = b'{"ok":false,"error_code":400,"description":"Bad Request: message is not modified: same content"}'
_DONE = b'{"ok":true,"result":true}'


class Deliver(Protocol):
    """How updates come to the bot."""

    def put(self, content: Json) -> None: ...

    def answer(self, params: Json, reply: Reply) -> None: ...


@dataclass(slots=True)
class Patient:
    """`place` is the text in front of them; `tapped_at` is when they tapped, or were to tap (seconds)."""

    id: int
    place: int = -1
    message: int = 0
    buttons: list[str] = field(default_factory=list)
    shown: Json = field(default_factory=dict)
    query: str = ""
    tapped_at: float = 0.0
    is_answered: bool = True
    is_shown: bool = True
    is_lost: bool = False
    taps: int = 0


class World:
    """One bot's Telegram.

    Attributes:
        taken: Taps that were answered and came to the next question.
        seconds: How long each of them took.
        lost: Taps after which the same question was shown again (Telegram: "message is not modified"), or an
            earlier one: they count for nothing. aiogram-dialog reads a context before it takes the lock on it, and
            patients here tap within a millisecond.
        hook: Where it wants updates to be sent; empty where it asks for them.
        wrong: What a bot did that it should not; empty, or the run counts for nothing.
    """

    def __init__(self, patients: int, updates: Deliver | None = None) -> None:
        self.patients = {number: Patient(number) for number in range(1001, 1001 + patients)}
        self.calls: Counter[str] = Counter()
        self.hook = ""
        self.wrong: list[str] = []
        self.seconds: list[float] = []
        self.taken = 0
        self.lost = 0
        self.tapping = False
        self.idle: deque[Patient] = deque()
        self.paced: deque[float] = deque()
        """When taps were due that nobody was free for."""
        self._updates = updates or Updates()
        self._presses = 0
        self._queries: dict[str, Patient] = {}
        self._messages = 0
        self._started = asyncio.Event()

    @property
    def calls_a_tap(self) -> float:
        """Exact while nobody taps."""
        calls = self.calls["editMessageText"] + self.calls["answerCallbackQuery"]
        return calls / (self.taken + self.lost)

    async def start(self) -> None:
        """Everybody writes /start; returns when all of them see the first question."""
        for patient in self.patients.values():
            message = {"message_id": self._next_message(), **self._chat(patient), "text": "/start six"}
            entities = [{"type": "bot_command", "offset": 0, "length": 6}]
            self._updates.put({"message": {**message, "from": self._user(patient), "entities": entities}})
        await self._started.wait()

    def tap(self, patient: Patient, at: float) -> None:
        """Press a button of the question in front: the answers in turn, at the last word always *again*."""
        self._presses += 1
        options = patient.buttons[: len(labels(patient.place))]
        data = options[patient.taps % len(options)] if patient.place < len(TEXTS) - 1 else options[0]
        patient.query, patient.tapped_at, patient.taps = f"{self._presses}0001", at, patient.taps + 1
        patient.is_answered = patient.is_shown = False
        self._queries[patient.query] = patient
        query = {"id": patient.query, "from": self._user(patient), "message": patient.shown, "data": data}
        self._updates.put({"callback_query": {**query, "chat_instance": "42"}})

    def all_tap(self) -> None:
        """Everybody taps, and again as soon as the next question is there."""
        self.tapping = True
        for patient in self.patients.values():
            if patient.is_answered and patient.is_shown:
                self.tap(patient, time.perf_counter())

    async def tap_at(self, per_second: float, seconds: float) -> None:
        """So many taps a second, whether or not the bot keeps up: each counts from when it was due."""
        self.idle = deque(each for each in self.patients.values() if each.is_answered and each.is_shown)
        begun = time.perf_counter()
        for number in range(int(per_second * seconds)):
            due = begun + number / per_second
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self.paced.append(due)
            self._pace()
        self.paced.clear()

    async def quiet(self) -> None:
        """Nobody taps any more; wait for what is under way.

        Raises:
            RuntimeError: A tap is never answered.
        """
        self.tapping = False
        due = time.perf_counter() + QUIET_SECONDS
        while not all(each.is_answered and each.is_shown for each in self.patients.values()):
            if time.perf_counter() > due:
                raise RuntimeError(f"a tap is left: {self.wrong[:3]} {dict(self.calls)}")
            await asyncio.sleep(0.02)

    def handle(self, method: str, params: Json, reply: Reply) -> None:
        """Answer one call."""
        self.calls[method] += 1
        match method:
            case "getUpdates":
                self._updates.answer(params, reply)
            case "editMessageText":
                self._shows(params, reply, params.get("message_id"))
            case "sendMessage":
                self._shows(params, reply, None)
            case "answerCallbackQuery":
                self._answers(params)
                reply(_DONE)
            case "getMe":
                reply(orjson.dumps({"ok": True, "result": BOT}))
            case "getWebhookInfo":
                info = {"url": self.hook, "has_custom_certificate": False, "pending_update_count": 0}
                reply(orjson.dumps({"ok": True, "result": info}))
            case _:
                reply(_DONE)

    def _answers(self, params: Json) -> None:
        patient = self._queries.pop(str(params.get("callback_query_id")), None)
        if patient is None or patient.is_answered:
            self.wrong.append("an answer to no press")
            return
        patient.is_answered = True
        self._look(patient)

    def _shows(self, params: Json, reply: Reply, message: int | None) -> None:
        patient = self.patients.get(params.get("chat_id", 0))
        text = params.get("text", "")
        markup = params.get("reply_markup") or {}
        if patient is None or (message is not None and message != patient.message):
            self._refuse(reply, "message to edit not found")
            return
        place = (patient.place + 1) % len(TEXTS)
        rows = markup.get("inline_keyboard", [])
        buttons = [button for row in rows for button in row]
        words = tuple(button["text"] for button in buttons)
        if text in TEXTS and text != TEXTS[place] and message is not None and not patient.is_shown:
            self.lost += 1
            patient.is_lost = True
            if text == TEXTS[patient.place]:
                reply(_SAME)
                patient.is_shown = True
                self._look(patient)
                return
            place = TEXTS.index(text)
        if text != TEXTS[place] or words[: len(labels(place))] != labels(place):
            self._refuse(reply, f"not the next question: {text[:60]}")
            return
        patient.place = place
        patient.message = message or self._next_message()
        patient.buttons = [button["callback_data"] for button in buttons]
        keyboard = {"inline_keyboard": rows}
        patient.shown = {"message_id": patient.message, **self._chat(patient), "from": BOT, "text": text}
        patient.shown["reply_markup"] = keyboard
        reply(b'{"ok":true,"result":' + orjson.dumps(patient.shown) + b"}")
        patient.is_shown = True
        if not self._started.is_set():
            if all(each.place == 0 for each in self.patients.values()):
                self._started.set()
            return
        self._look(patient)

    def _look(self, patient: Patient) -> None:
        """A tap is over when its spinner has stopped and the next question is there."""
        if not (patient.is_answered and patient.is_shown):
            return
        now = time.perf_counter()
        if patient.is_lost:
            patient.is_lost = False
        else:
            self.taken += 1
            self.seconds.append(now - patient.tapped_at)
        if self.tapping:
            self.tap(patient, now)
        else:
            self.idle.append(patient)
            self._pace()

    def _pace(self) -> None:
        while self.paced and self.idle:
            self.tap(self.idle.popleft(), self.paced.popleft())

    def _refuse(self, reply: Reply, why: str) -> None:
        self.wrong.append(why)
        reply(orjson.dumps({"ok": False, "error_code": 400, "description": f"Bad Request: {why}"}))

    def _next_message(self) -> int:
        self._messages += 1
        return self._messages

    def _user(self, patient: Patient) -> Json:
        return {"id": patient.id, "is_bot": False, "first_name": "Maya", "language_code": "en"}

    def _chat(self, patient: Patient) -> Json:
        chat = {"id": patient.id, "type": "private", "first_name": "Maya"}
        return {"chat": chat, "date": int(time.time())}


PREFIX = f"/bot{TOKEN}/"
