"""Turns through the turn loop onto a real SQLite file, each commit fsynced."""

from __future__ import annotations

import asyncio
import base64
import os
import tempfile
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from benchmarks.clinic import NOW, PRESSES, SETTINGS, buttons_of, reading
from benchmarks.measure import Effort, Figure, figure, progress, time_await
from bot.app import ClinicApp, open_clinic
from bot.conversation.incoming import Incoming
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.event import Event, Pressed, Started
from bot.store.protocol import OutboxRow


class Patients:
    """So many people at once, each walking the consultation again and again, and their screens."""

    def __init__(self, number: int) -> None:
        self.places = [0] * number
        self.chats = list(range(1, number + 1))
        self.buttons: dict[int, dict[str, str]] = {}
        self.messages = count(1)
        self.updates = count(1)

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        _ = plain
        if found := buttons_of([row.effect]):
            self.buttons[row.chat] = found
        return SendOutcome(Kind.SENT, message_id=target or next(self.messages))

    async def answer_press(self, press_id: str, note: str) -> None:
        _ = press_id, note

    def next(self) -> list[Incoming]:
        """What each of them does now."""
        return [self._next(number) for number in range(len(self.chats))]

    def _next(self, number: int) -> Incoming:
        place = self.places[number]
        event: Event = Started("poster")
        if place == 0:
            self.chats[number] += len(self.chats)  # somebody new
        else:
            event = Pressed(self.buttons[self.chats[number]][PRESSES[place - 1]], press_id="1")
        self.places[number] = (place + 1) % (len(PRESSES) + 1)
        chat = self.chats[number]
        return Incoming(chat, event, update_id=next(self.updates), user=chat, first_name="Maya")


def measure_turns(effort: Effort) -> list[Figure]:
    """Time on one update, alone in its commit and with 31 others."""
    return [asyncio.run(_measure(size, effort)) for size in (1, 32)]


async def _measure(size: int, effort: Effort) -> Figure:
    progress(f"turns on disk, {size} at a time")
    with tempfile.TemporaryDirectory() as folder:
        patients = Patients(size)
        key = SecretStr(base64.b64encode(os.urandom(32)).decode())
        clinic = await open_clinic(
            SETTINGS.model_copy(update={"data_key": key}),
            sender=patients,
            database=Path(folder) / "clinic.db",
            now=lambda: NOW,
            staff_chat=-1,
            reading=reading(),
            limits=NO_LIMITS,
        )
        try:
            taken = [await _round(clinic, patients) / size for _ in range(effort.batches + len(PRESSES) + 1)]
        finally:
            await clinic.close()
    # The first consultation warms up; what it sent is marked in the rounds after it, as when the bot runs.
    return figure(
        f"turn on disk: {size} in a commit",
        "ms",
        taken[len(PRESSES) + 1 :],
        "one update: load, advance, encrypt, commit with fsync, marks of the last sends",
    )


async def _round(clinic: ClinicApp, patients: Patients) -> int:
    done = [clinic.loop.put(item) for item in patients.next()]
    taken = await time_await(clinic.loop.round)
    assert all(future.done() for future in done), "a batch was not taken in one round"
    await clinic.dispatcher.drain()
    return taken
