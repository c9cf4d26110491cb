"""A patient on a phone: presses what is on screen and waits for what comes."""

from __future__ import annotations

from bot.drawing.drawer import DRAW_SECONDS
from tests.fake_bot_api.client import FakePerson, FakeTelegram, Shown

WAIT_SECONDS = 15.0
PICTURE_SECONDS = DRAW_SECONDS + WAIT_SECONDS
"""For what stands behind a picture: so long drawing may take before its words go alone."""
AGE = "Are you 18 or over?"
CONSENT = "Before we begin"
AIMS = "What would you like to improve?"
WHEN = "Is there a date"
FACE = "Three quick checks"
ABOUT_YOU = "And about you"
EARLIER = "Last one"
CARD = "A practitioner decides with you."
CODE = "Your code is"
REFERRAL = "This one needs eyes"

TO_AIMS = ("Yes, 18 or over", "I agree, use my answers")
TO_CARD = ("Done ✓", "No date in mind", "None of these", "None of these", "None of these")


class Patient:
    """One person's side of the chat."""

    def __init__(self, person: FakePerson) -> None:
        self.person = person

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def telegram(self) -> FakeTelegram:
        return self.person.telegram

    def messages(self) -> list[Shown]:
        """The bot's messages, oldest first."""
        return [message for message in self.person.chat() if message.by_bot]

    def last_id(self) -> int:
        """The newest message's id, whoever wrote it."""
        return max((message.id for message in self.person.chat()), default=0)

    async def sees(self, part: str, *, after: int = 0, seconds: float = WAIT_SECONDS) -> Shown:
        """Wait for a message of the bot's, newer than `after`, that holds `part`."""

        def found(chat: list[Shown]) -> Shown | None:
            fitting = [one for one in chat if one.by_bot and one.id > after and part in one.text]
            return fitting[-1] if fitting else None

        message = await self.person.wait_for(found, seconds)
        assert message is not None
        return message

    async def start(self, payload: str | None = None, *, expect: str = AGE) -> Shown:
        """Tap Start and wait for the answer."""
        after = self.last_id()
        self.person.start(payload)
        return await self.sees(expect, after=after)

    async def says(self, text: str, expect: str = "") -> Shown:
        """Type, and wait for the answer."""
        after = self.last_id()
        self.person.say(text)
        return await self.sees(expect, after=after)

    async def presses(self, label: str, expect: str = "", *, seconds: float = WAIT_SECONDS) -> Shown:
        """Press a button that answers, and wait for the next message."""
        after = self.last_id()
        query = self.person.press(label)
        message = await self.sees(expect, after=after, seconds=seconds)
        await self.answered(query)
        return message

    async def marks(self, label: str) -> None:
        """Press an option of a choose-many, and wait until it shows its mark."""
        query = self.person.press(label)
        await self.person.wait_for(lambda chat: any(f"✓ {label}" in one.labels for one in chat), WAIT_SECONDS)
        await self.answered(query)

    async def answered(self, query: str) -> str:
        """Wait until a press has its answer; the note in it."""
        found = await self.telegram.until(lambda: self.person.answers(query), WAIT_SECONDS)
        assert len(found) == 1
        return str(found[0]["text"])

    async def forges(self, data: str, message_id: int | None = None, chat_id: int | None = None) -> str:
        """Send any data as a press; the note that answers it."""
        return await self.answered(self.person.forge(data, message_id, chat_id))

    async def to_aims(self, payload: str | None = None) -> None:
        """From Start to the first question about skin."""
        await self.start(payload)
        await self.presses(TO_AIMS[0], CONSENT)
        await self.presses(TO_AIMS[1], AIMS)

    async def to_card(self, aim: str = "Acne scars") -> Shown:
        """From Start to the answer, in perfect health."""
        await self.to_aims()
        await self.marks(aim)
        for label, expected in zip(TO_CARD, (WHEN, FACE, ABOUT_YOU, EARLIER, CARD), strict=True):
            message = await self.presses(label, expected)
        return message
