"""A person being advanced: what one event changes and causes, collected until the turn is closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.engine.changed import changed
from bot.engine.daily import next_at
from bot.engine.derive import Position, derive
from bot.engine.effect import Effect, ErasePerson, ExportPerson, Lane, SendMessage, SendPicture, To, Turn
from bot.engine.model import Book, Text
from bot.engine.session import Contact, ContextValue, Person, Session, Shown, Status
from bot.engine.value import Value
from bot.engine.wording import Wording
from bot.ids import SessionId, contact_code, session_id
from bot.quiet_hours import QUIET_FROM

IN_HAND = frozenset({"raised", "changed", "acknowledged", "no_answer"})
"""Statuses of an alert about which nobody has reached the person yet. Self-harm is no matter of the team."""
SAME_MATTER = timedelta(days=1)
"""What is said within this time of one visit counts together."""
TODAY_STANDS = timedelta(hours=36)
"""So long what somebody is to look at "today", and hasn't, is told as open: over the next day's check-in."""

NEXT_AT = {"next.fine_at": "green", "next.off_at": "amber_soon", "next.report_at": "report"}
"""Names of the next question's instant, each for what its level stands for: fine, not fine, or not judged."""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def _spoken(languages: tuple[str, ...], wanted: str) -> str:
    short = wanted.replace("-", "_").split("_")[0]
    return next((code for code in languages if code in {wanted, short}), languages[0])


_code = lru_cache(maxsize=512)(contact_code)


class Draft:
    """The working copy. Everything it is given stays as it was; `turn()` gives the frozen result.

    Args:
        book: Flows and data.
        person: As loaded.
        now: Aware UTC instant of the event.
    """

    def __init__(self, book: Book, person: Person, now: datetime) -> None:
        self.book = book
        self.now = now
        self.contact: Contact = person.contact
        self.messages = person.contact.messages
        """The highest message number so far; `contact` has it when the turn is closed."""
        self.leads = list(person.leads)
        self.alerts = list(person.alerts)
        self.visits = list(person.visits)
        self.front: SessionId | None = person.front
        self.effects: list[Effect] = []
        self.last_effects: list[Effect] = []
        self.trace: list[tuple[str, str]] = []
        self.in_hand: int | None = None
        """The message whose button was pressed, where the next question may take its place."""
        self.unmarked: tuple[int, Shown, str | Callable[[], str]] | None = None
        """Its mark (number, what it shows, what was chosen), for where no question takes its place."""
        self.is_telling = False
        """What came of the answers is told now: a result, a plan, a request, an alert."""
        self.is_unasked = False
        """A timer caused this, not the person."""
        self.occasion = ""
        """The key of the check-in that is being opened."""
        self.is_essential = False
        """What it says may come at night."""
        self.is_hushed = False
        """Not even a message that stands there already may change: after /stop, and at night."""
        self.restarting = False
        self._person = person
        self._sessions = {session.id: session for session in person.sessions}
        self._at_moment: Mapping[str, Value] | None = None

    def _moment(self) -> Mapping[str, Value]:
        """What the clinic says of this instant; worked out only when a text asks."""
        if self._at_moment is None:
            self._at_moment = self.book.moment(self.now)
        return self._at_moment

    @property
    def today(self) -> date:
        """The clinic's local date."""
        return self.now.astimezone(_zone(self.book.time_zone)).date()

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone: what comes unasked keeps to their day and night."""
        return _zone(self.contact.time_zone or self.book.time_zone)

    @property
    def language(self) -> str:
        """The person's language, where there are words in it; else the first of the book's."""
        return _spoken(self.book.languages, self.contact.language or "")

    def facts(self) -> dict[str, Value]:
        """What holds for the person as a whole, as flows name it.

        `present_on`, the date where they are, is for texts alone: what is judged goes by when answers were given.
        """
        contact = self.contact
        return {
            "first_name": contact.first_name or None,
            "language": self.language,
            "contact.minor": contact.minor_at is not None,
            "contact.consented": contact.consent is not None and contact.consent.withdrawn_at is None,
            "contact.stopped": contact.stopped_at is not None,
            "contact.phone": contact.phone,
            "contact.code": _code(contact.id),
            "visit.open": self.has_open_visit(),
            "contact.red_open": any(
                alert.level == "red" and alert.reason != "crisis" and alert.status in IN_HAND
                for alert in self.alerts
            ),
            "contact.has_session": self._has_session(),
            "present_on": self.now.astimezone(self.zone).date(),
        }

    def has_open_visit(self) -> bool:
        """Whether a treatment is still being followed."""
        return any(visit.status != "ended" for visit in self.visits)

    def has_red(self, session: Session) -> bool:
        """Whether something urgent was said in it, which its open question is the answer to."""
        return any(alert.level == "red" and alert.session == session.id for alert in self.alerts)

    def derive(self, session: Session) -> Position:
        """Where `session` stands now."""
        of_session = {"contact.today_open": self._has_today(session), **self._next_asked(session)}
        return derive(self.book, session, {**self.facts(), **of_session})

    def _has_today(self, session: Session) -> bool:
        """Whether something said elsewhere was to be looked at on its day, and nobody has reached them yet."""
        return any(
            alert.level == "amber_today" and alert.session != session.id and alert.status in IN_HAND
            for alert in self.alerts
            if self.now - alert.raised_at < TODAY_STANDS
        )

    def _next_asked(self, session: Session) -> dict[str, Value]:
        """When a question next comes by itself, by what a check-in comes to, as their clock says it; for texts."""
        is_asked = session.context.get("visit.id") is not None and any(visit.plan for visit in self.visits)
        if not is_asked or self.contact.stopped_at is not None:
            return {}
        found: dict[str, Value] = {}
        for name, level in NEXT_AT.items():
            at = next_at(self.visits, session, level, self.now, self.zone)
            found[name] = at.astimezone(self.zone).isoformat() if at is not None else None
        return found

    def wording(self, position: Position) -> Wording:
        """Renders texts with what `position` knows."""
        return Wording(self.book, self.language, position.lookup, self._moment)

    def words(self, text: Text, **extra: Value) -> str:
        """A text of the engine's own, as HTML: facts of the person and `extra` can stand in it."""
        return self._worded(extra).html(text)

    def plain_words(self, text: Text) -> str:
        """The same without markup."""
        return self._worded({}).plain(text)

    def _worded(self, extra: Mapping[str, Value]) -> Wording:
        def look(name: str) -> Value:
            return extra[name] if name in extra else self.facts().get(name)

        return Wording(self.book, self.language, look, self._moment)

    def _has_session(self) -> bool:
        for session in self._sessions.values():
            if not session.is_detour and session.status is Status.WAITING:
                return True
        return False

    def waiting(self) -> list[Session]:
        """Sessions with an open question, the most recently touched first (of equals the newest)."""
        waiting = [session for session in self._sessions.values() if session.status is Status.WAITING]
        if len(waiting) < 2:
            return waiting
        waiting.reverse()
        return sorted(waiting, key=lambda session: session.touched_at, reverse=True)

    def ended(self) -> list[Session]:
        """Sessions without an open question, the oldest first."""
        return [session for session in self._sessions.values() if session.status is not Status.WAITING]

    def has_spoken(self) -> bool:
        """Whether this turn has put a new message under those that stand in the person's chat."""
        return any(
            isinstance(effect, ExportPerson)
            or (isinstance(effect, SendPicture) and effect.to is To.PATIENT)
            or (isinstance(effect, SendMessage) and effect.to is To.PATIENT and effect.edits is None)
            for effect in self.effects
        )

    def is_in_trouble(self) -> bool:
        """Whether staff still have to reach the person about an alert."""
        return any(alert.status in IN_HAND for alert in self.alerts)

    def is_erased(self) -> bool:
        """Whether everything about the person goes with this turn."""
        return any(isinstance(effect, ErasePerson) for effect in self.effects)

    def in_front(self) -> Session | None:
        """The session whose question was shown last, while it waits."""
        if self.front is None:
            return None
        session = self._sessions.get(self.front)
        return session if session is not None and session.status is Status.WAITING else None

    def current(self) -> Session | None:
        """The session that typed text goes to."""
        return self.in_front() or next(iter(self.waiting()), None)

    def session(self, wanted: SessionId) -> Session | None:
        return self._sessions.get(wanted)

    def put(self, session: Session) -> Session:
        """Keep `session` as it is now."""
        self._sessions[session.id] = session
        return session

    def touch(self, session: Session) -> Session:
        """Keep `session` as the most recent one."""
        self._sessions.pop(session.id, None)
        return self.put(replace(session, touched_at=self.now))

    def drop(self, session: Session) -> None:
        """Forget a session with all its answers."""
        self._sessions.pop(session.id, None)
        if self.front == session.id:
            self.front = None

    def open(self, flow: str, context: dict[str, ContextValue], *, is_detour: bool) -> Session:
        """A new session at the start of `flow`, in front."""
        number = self.contact.sessions + 1
        self.contact = replace(self.contact, sessions=number)
        session = Session(
            id=session_id(self.contact.id, number),
            flow=flow,
            started_at=self.now,
            started_on=self.today,
            touched_at=self.now,
            context=context,
            book=self.book.number,
            is_detour=is_detour,
        )
        self.front = session.id
        return self.put(session)

    def next_message(self) -> int:
        """A message number that was never used."""
        self.messages += 1
        return self.messages

    def next_standing(self) -> int:
        """A number for a lead or an alert."""
        number = self.contact.standing + 1
        self.contact = replace(self.contact, standing=number)
        return number

    def do(self, effect: Effect) -> None:
        """Add an effect; what asks unasked comes by the evening of its own day, or not at all.

        What only tells (`quiet_in`) waits for the morning.
        """
        if isinstance(effect, SendMessage | SendPicture) and effect.lane is Lane.CHECK_IN and not effect.quiet_in:
            effect = replace(effect, window_seconds=self._seconds_left_today())
            if isinstance(effect, SendMessage) and effect.is_question:
                effect = replace(effect, occasion=self.occasion)
        self.effects.append(effect)

    def _seconds_left_today(self) -> int:
        here = self.now.astimezone(self.zone)
        midnight = datetime.combine(here.date() + timedelta(days=1), time(0), self.zone)
        end = midnight if self.is_essential else datetime.combine(here.date(), QUIET_FROM, self.zone)
        return max(0, int((end - self.now).total_seconds()))

    def do_last(self, effect: Effect) -> None:
        """After everything else of this turn: marks on answered questions."""
        self.last_effects.append(effect)

    def turn(self) -> Turn:
        if self.messages != self.contact.messages:
            self.contact = changed(self.contact, messages=self.messages)
        person = Person(
            contact=self.contact,
            sessions=tuple(self._sessions.values()),
            leads=tuple(self.leads),
            alerts=tuple(self.alerts),
            visits=tuple(self.visits),
            front=self.front,
            version=self._person.version,
        )
        return Turn(person, tuple(self.effects + self.last_effects), tuple(self.trace))
