"""The two daily lists: what doesn't ring stands there, at opening and at midday. Codes and counts only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.desk.cards import DRILL, OVER
from bot.desk.log import is_missed
from bot.desk.today import codes_line
from bot.desk.who import is_crisis
from bot.engine.draft import Draft
from bot.engine.effect import Lane, ReportAlert, SendMessage, SetTimer, To, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, Person
from bot.engine.silence import UNSAID

LEVEL = "amber_soon"
"""What stands in the lists: everything above rings by itself."""
KIND = "list"
FIRST, MIDDAY, LAST = time(6, 0), time(12, 30), time(21, 0)
STEP = timedelta(minutes=30)
DAYS_AHEAD = 21
CATCH_UP_SECONDS = 3 * 3600


def wants_list(turn: Turn) -> bool:
    """Whether something for the lists has come."""
    reports = (effect for effect in turn.effects if isinstance(effect, ReportAlert))
    return any(each.level == LEVEL and each.status in {"raised", "changed"} for each in reports)


def plan_list(book: Book, desk: Person, now: datetime) -> Turn:
    """Set the timer of the next list, on the desk's own contact; one that is set already stays."""
    draft = Draft(book, desk, now)
    at = next_list_at(book, now)
    if at is not None:
        draft.do(SetTimer(f"{KIND}/{at:%Y-%m-%dT%H:%MZ}", at, KIND, CATCH_UP_SECONDS))
    return draft.turn()


def send_list(book: Book, desk: Person, people: Iterable[Person], now: datetime) -> Turn:
    """The list to the staff chat, and the timer of the next; nothing of either while nothing is open.

    Args:
        people: At least everybody with an open alert.
    """
    words = list_words(people)
    if words is None:
        return Turn(desk)
    draft = Draft(book, desk, now)
    number = draft.next_message()
    draft.do(SendMessage(number, words, to=To.STAFF, lane=Lane.CHECK_IN))
    for effect in plan_list(book, desk, now).effects:
        draft.do(effect)
    return draft.turn()


def list_words(people: Iterable[Person]) -> str | None:
    """The list as HTML; None when it is empty."""
    still = [(person, alert) for person in people for alert in person.alerts if _is_listed(alert)]
    if not still:
        return None
    still.sort(key=lambda pair: (not is_missed(pair[1]), pair[1].raised_at))
    told = [person.contact.id for person, alert in still if alert.reason not in UNSAID]
    silent = [person.contact.id for person, alert in still if alert.reason in UNSAID]
    lines = ["<b>Not urgent, and open</b>"]
    lines += [codes_line("🟡 worth a look within a working day", told)] if told else []
    lines += [codes_line("Silent, please ring them", silent)] if silent else []
    return "\n".join([*lines, "/take CODE makes one yours."])


def next_list_at(book: Book, now: datetime) -> datetime | None:
    """When the clinic next opens, or midday of a day on which it is open then or later; aware UTC."""
    zone = ZoneInfo(book.time_zone)
    today = now.astimezone(zone).date()
    for day in range(DAYS_AHEAD):
        for first in (FIRST, MIDDAY):
            at = datetime.combine(today + timedelta(days=day), first, zone)
            while at.time() < LAST and not book.moment(at).get("clinic.open_now"):
                at += STEP
            if at.time() < LAST and at > now:
                return at.astimezone(now.tzinfo)
    return None


def _is_listed(alert: Alert) -> bool:
    return alert.level == LEVEL and alert.status not in OVER and alert.reason != DRILL and not is_crisis(alert)
