"""What the person hears of the desk: who has read it, until when they are rung, and whether they were reached.

The first words name no treatment and no sign: others read lock screens.
"""

from __future__ import annotations

from bot.engine.draft import Draft
from bot.engine.effect import Lane, SendMessage
from bot.engine.model import Text
from bot.engine.value import Phrase

WAIT_FOR_NOBODY = Phrase(
    "desk.wait_for_nobody",
    "If it gets worse, don't wait for us: ring {clinic.ambulance} in an emergency, else {clinic.phone}.",
)

AGAIN = Phrase("desk.again", "They try again before {before}.")
AGAIN_LATER = Phrase("desk.again_later", "They try again.")


def taken(draft: Draft, name: str, before: str) -> None:
    """Somebody has it, and rings before `before` (HH:MM)."""
    text = "{name|Somebody from the clinic} has read this and rings you before {before}. {wait}"
    _send(draft, Phrase("desk.taken", text, {"name": name, "before": before, "wait": WAIT_FOR_NOBODY}))


def taken_without_number(draft: Draft, name: str) -> None:
    """Somebody has it and can't ring: nobody waits for a call that can't come."""
    text = (
        "{name|Somebody from the clinic} has read this, but I have no number to ring you on. Please ring"
        " {clinic.phone}, or send /human to leave your number. {wait}"
    )
    _send(draft, Phrase("desk.taken_without_number", text, {"name": name, "wait": WAIT_FOR_NOBODY}))


def taken_later(draft: Draft, name: str) -> None:
    """Somebody has it, and there is no hurry."""
    text = (
        "{name|Somebody from the clinic} has read this and gets back to you, as a rule within one working day."
        " {wait}"
    )
    _send(draft, Phrase("desk.taken_later", text, {"name": name, "wait": WAIT_FOR_NOBODY}))


def called(draft: Draft, name: str) -> None:
    """Somebody says they have rung; where no flow asks, the person is told what to do if not."""
    text = (
        "Did {name|somebody from the clinic} reach you? If nobody has, write /human here, or ring {clinic.phone}."
        " {wait}"
    )
    _send(draft, Phrase("desk.called", text, {"name": name, "wait": WAIT_FOR_NOBODY}))


def not_reached(draft: Draft, name: str, before: str | None) -> None:
    """Somebody rang, and nobody answered; they try again before `before` (HH:MM)."""
    again = AGAIN_LATER if before is None else Phrase(AGAIN.place, AGAIN.text, {"before": before})
    text = (
        "{name|Somebody from the clinic} has just tried to ring you and couldn't get through. {again}"
        " Please keep your phone near, or ring {clinic.phone}. {wait}"
    )
    _send(draft, Phrase("desk.not_reached", text, {"name": name, "again": again, "wait": WAIT_FOR_NOBODY}))


def given_back(draft: Draft, name: str) -> None:
    """Whoever had it has not said that they rang, or is no longer there: everybody is asked anew."""
    text = (
        "I haven't heard from {name|the clinic} that they rang you, so I'm asking the whole team again."
        " If nobody has rung, please ring {clinic.phone} yourself. {wait}"
    )
    _send(draft, Phrase("desk.given_back", text, {"name": name, "wait": WAIT_FOR_NOBODY}))


def next_morning(draft: Draft, *, is_open: bool) -> None:
    """The day after something urgent, where no check-in can be opened. `is_open`: staff still have it in hand."""
    text = (
        "Good morning. After what you told me I'd like to know that you are looked after."
        " If anything still worries you, write it here, or ring {clinic.phone}. {wait}"
    )
    lane = Lane.REPLY if is_open else Lane.CHECK_IN
    _send_unasked(draft, Phrase("desk.next_morning", text, {"wait": WAIT_FOR_NOBODY}), lane)


def not_ours(draft: Draft) -> None:
    """The clinic does not know the visit, so what was promised does not come."""
    text = (
        "{clinic.name} couldn't find your appointment in its books, so I won't ask you how it goes by myself."
        " You can still ask me here at any time. Is that a mistake? Ring {clinic.phone}."
    )
    _send_unasked(draft, Phrase("desk.not_ours", text))


def _send(draft: Draft, phrase: Phrase) -> None:
    """To somebody who waits for it: about an alert of theirs, or because they asked."""
    draft.do(SendMessage(draft.next_message(), _words(draft, phrase)))


def _send_unasked(draft: Draft, phrase: Phrase, lane: Lane = Lane.CHECK_IN) -> None:
    """To somebody who waits for nothing: through the night it waits as well."""
    html = _words(draft, phrase)
    draft.do(SendMessage(draft.next_message(), html, lane=lane, quiet_in=draft.zone.key))


def _words(draft: Draft, phrase: Phrase) -> str:
    return draft.words(Text(phrase.place, source="desk.line"), **{"desk.line": phrase})


def ours_after_all(draft: Draft) -> None:
    """The clinic has found the visit: what was promised comes."""
    text = "{clinic.name} has found your appointment after all, so I'll ask you how it goes, as planned."
    _send_unasked(draft, Phrase("desk.ours_after_all", text))
