"""`/today`: who is asked today, who is silent, what is open. Counts and codes, no names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk.cards import DRILL, OVER, escape
from bot.desk.log import is_missed
from bot.desk.who import is_crisis
from bot.engine.model import Book
from bot.engine.session import Alert, Person
from bot.engine.silence import BLOCKED, UNSAID
from bot.ids import ContactId, contact_code

CODES_SHOWN = 30
HEADS = {"red": "🔴 urgent", "amber_today": "🟠 today", "amber_soon": "🟡 soon"}


def today_words(
    book: Book, people: Iterable[Person], due: Iterable[tuple[ContactId, datetime]], now: datetime
) -> str:
    """The list, as HTML.

    Args:
        people: At least everybody with an open alert.
        due: Check-ins still to come, with their instants; those of later days are left out.
        now: Aware UTC.
    """
    zone = ZoneInfo(book.time_zone)
    here = now.astimezone(zone)
    asked = [contact for contact, at in due if at.astimezone(zone).date() == here.date()]
    still = [
        (person, alert)
        for person in people
        for alert in person.alerts
        if alert.status not in OVER and alert.reason != DRILL and not is_crisis(alert)
    ]
    silent = [person.contact.id for person, alert in still if alert.reason in UNSAID - {BLOCKED}]
    blocked = [person.contact.id for person, alert in still if alert.reason == BLOCKED]
    told = [(person, alert) for person, alert in still if alert.reason not in UNSAID]
    missed = [(person, alert) for person, alert in told if is_missed(alert)]
    lines = [
        f"<b>{here:%a %d %b, %H:%M}</b>",
        codes_line("Still asked today", asked),
        codes_line("Silent", silent),
        *([codes_line("Silent, and has blocked me", blocked)] if blocked else []),
        f"Open alerts: <b>{len(told)}</b>",
    ]
    if missed:
        lines.append(f"❗ <b>Called, not reached: {', '.join(_one(*pair) for pair in missed[:CODES_SHOWN])}</b>")
    for level, head in HEADS.items():
        of_level = sorted((pair for pair in told if pair[1].level == level), key=lambda pair: pair[1].raised_at)
        if of_level:
            each = Counter(_one(person, alert) for person, alert in of_level)  # who is asked daily has many
            shown = [f"{one} ×{count}" if count > 1 else one for one, count in each.items()]
            lines.append(f"{head}: {', '.join(shown[:CODES_SHOWN])}{_rest(len(shown))}")
    if still:
        lines.append("/take CODE makes one yours.")
    return "\n".join(lines)


def _one(person: Person, alert: Alert) -> str:
    code = contact_code(person.contact.id)
    return f"{code} ({escape(alert.taken_name)})" if alert.taken_name else f"<b>{code}</b> (nobody)"


def codes_line(head: str, contacts: Collection[ContactId]) -> str:
    """How many, and their codes."""
    codes = list(dict.fromkeys(contact_code(contact) for contact in contacts))
    shown = f" · {', '.join(codes[:CODES_SHOWN])}{_rest(len(codes))}" if codes else ""
    return f"{head}: <b>{len(codes)}</b>{shown}"


def _rest(count: int) -> str:
    return f" and {count - CODES_SHOWN} more" if count > CODES_SHOWN else ""
