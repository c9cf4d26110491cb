"""One event, one turn.

`advance` puts the event's answer in, walks the flow anew (`derive`), and says what must happen: what the walk
passes after the question just answered is said, the next question is shown, and standing effects are brought in
line. Buttons are read in `press`, typed text in `typed`; both end in `answer` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.engine import beneath, photos, phrases, press, pressed_late, show, typed, unticked, visits
from bot.engine.draft import Draft
from bot.engine.effect import Count, PausePerson, Turn
from bot.engine.event import (
    Blocked,
    ContactShared,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    Started,
    TextEdited,
    TicketScanned,
    TimerFired,
    Unblocked,
    Undelivered,
)
from bot.engine.model import Book, Call, CampaignEntry, Choose
from bot.engine.session import Answer, ContextValue, Person, Session, Touch
from bot.engine.silence import tell_blocked
from bot.engine.standing import cancel_timers
from bot.engine.steps import HOME, answer, begin, detour, leave_detours, present, restart
from bot.engine.timers import fire, undelivered
from bot.engine.typed_value import read_phone

TICKET = "aftercare"
"""The flow that a ticket opens."""


def advance(book: Book, person: Person, event: Event, now: datetime) -> Turn:
    """Apply one event to a person and say what must happen next.

    Pure: equal arguments give an equal Turn; `person` is not changed.

    Args:
        book: Flows and data, checked.
        person: A contact with all that is theirs.
        event: What the person or the clock did; repeated updates were dropped before.
        now: Aware UTC instant.

    Returns:
        The person after it, the effects in sending order, and the states and transitions passed.

    Raises:
        Any exception is a bug: nothing that a person can send raises.
    """
    draft = Draft(book, person, now)
    if draft.contact.blocked_at is not None and not isinstance(event, Blocked | TimerFired | Undelivered):
        draft.contact = replace(draft.contact, blocked_at=None)
    match event:
        case Started(payload):
            _start(draft, payload)
        case TicketScanned():
            scanned(draft, event)
        case Said(text):
            payload = typed.read_start(text)
            if payload is None:
                typed.said(draft, text)
            else:
                _start(draft, payload)
        case TextEdited(text):
            typed.listen(draft, text)
        case Pressed():
            if not pressed_late.is_serious(draft, event) and not unticked.is_asked(draft, event):
                press.pressed(draft, event)
        case PhotoSent(file_id, caption, album):
            _came(draft, caption, album, Answer(text=file_id))
        case ContactShared(phone, own):
            _shared(draft, phone, own=own)
        case OtherSent(_, caption, album):
            _came(draft, caption, album, None)
        case TimerFired():
            fire(draft, event)
        case Undelivered(occasion):
            undelivered(draft, occasion)
        case Blocked():
            draft.contact = replace(draft.contact, blocked_at=now)
            draft.do(PausePerson())
            tell_blocked(draft)
        case _:
            assert isinstance(event, Unblocked)
    if draft.restarting:
        restart(draft)
    show.mark_in_hand(draft)
    return draft.turn()


def open_flow(
    book: Book, person: Person, flow: str, now: datetime, context: Mapping[str, ContextValue] | None = None
) -> Turn:
    """Begin `flow` for a person as if they had come for it (the terminal's `--flow`, transcripts)."""
    draft = Draft(book, person, now)
    begin(draft, flow, dict(context or {}))
    return draft.turn()


def _start(draft: Draft, payload: str | None) -> None:
    campaign = draft.book.campaigns.get(payload) if payload else None
    if payload and campaign is None:
        draft.do(Count("unknown_payload"))
    if campaign is not None:
        touch = Touch(campaign.id, draft.now)
        draft.contact = replace(draft.contact, first_touch=draft.contact.first_touch or touch, last_touch=touch)
        if campaign.language in draft.book.languages:
            draft.contact = replace(draft.contact, language=campaign.language)
    draft.do(Count("started", campaign.id if campaign else ""))
    leave_detours(draft)
    wanted = campaign.flow if campaign else "home"
    same = next((session for session in draft.waiting() if _covers(draft.book, session.flow, wanted)), None)
    if campaign is None:
        same = same or draft.current()
    if same is None:
        _leave_unanswered(draft)
        begin(draft, wanted, _context(campaign))
    elif not same.answers or "start" not in draft.book.flows:
        present(draft, same)
    else:
        draft.front = same.id
        detour(draft, "start")  # which comes back to what is in front


def _context(campaign: CampaignEntry | None) -> dict[str, ContextValue]:
    return {"campaign": campaign.id} if campaign else {}


def _leave_unanswered(draft: Draft) -> None:
    """Nothing is lost with a greeting that was never answered, and it would come back at the end of the other."""
    for session in draft.waiting():
        if not session.answers and not session.is_detour:
            show.mark_chosen(draft, session, "")
            draft.drop(cancel_timers(draft, session))


def _covers(book: Book, flow: str, wanted: str) -> bool:
    """Whether a session of `flow` is already a conversation of `wanted`: `home` stands for the flow it calls."""
    if HOME in {flow, wanted}:
        return flow == wanted or wanted in _called(book, flow) or flow in _called(book, wanted)
    return flow == wanted


def _called(book: Book, flow: str) -> set[str]:
    found = book.flows.get(flow)
    return {state.flow for state in found.states.values() if isinstance(state, Call)} if found else set()


def scanned(draft: Draft, event: TicketScanned) -> None:
    """The code of a visit that staff entered: record it, offer check-ins; without a good one, self-entering."""
    if event.state == "again" or TICKET not in draft.book.flows:
        _start(draft, None)
        return
    context: dict[str, ContextValue] = {"ticket.state": event.state}
    if event.state == "good":
        context |= visits.ticket_context(draft, event.visit)
    draft.do(Count(f"ticket:{event.state}"))
    leave_detours(draft)
    for session in draft.waiting():  # what somebody began to say themselves is said now
        if session.flow == TICKET and not session.is_detour:
            show.mark_chosen(draft, session, "")
            draft.drop(cancel_timers(draft, session))
    _leave_unanswered(draft)
    begin(draft, TICKET, context)


def _came(draft: Draft, caption: str, album: str, photo: Answer | None) -> None:
    """Something that is no text came. Its caption is heard like typed text; an album has one answer."""
    is_kept = photo is not None and photos.keep(draft, photo.text or "")
    is_again = bool(album) and album == draft.contact.album
    draft.contact = replace(draft.contact, album=album)
    if typed.listen(draft, caption):
        return
    session = _asked_for(draft, Choose.PHOTO)
    if photo is not None and session is not None:
        answer(draft, beneath.step_down(draft, session), draft.derive(session), photo)
        return
    if caption.strip():
        if not is_kept and not is_again and (draft.current() is not None or draft.facts()["visit.open"]):
            show.send(draft, _cant_look_words(draft))
        typed.said(draft, caption)
    elif not is_kept and not is_again:
        _cant_look(draft, is_miss=photo is None)
    if is_kept and not is_again:
        detour(draft, photos.ANSWER, keep_below=True)


def _asked_for(draft: Draft, kind: Choose) -> Session | None:
    """The session whose open question is answered by such a thing, also beneath what only leads back to it."""
    session = beneath.addressed(draft)
    if session is None:
        return None
    position = draft.derive(session)
    is_open = position.ask is not None and not press.moved(session, position)
    return session if is_open and position.ask is not None and position.ask.choose is kind else None


def _cant_look(draft: Draft, *, is_miss: bool) -> None:
    """A kind word, and the open question again. A photo is no answer gone wrong."""
    session = draft.current()
    if session is None:
        if draft.contact.sessions:
            show.send(draft, _cant_look_words(draft))
        typed.nothing_open(draft, "")
        return
    lead = "" if _asked_for(draft, Choose.PHOTO) else _cant_look_words(draft)
    if is_miss:
        typed.missed(draft, session, draft.derive(session), lead)
    else:
        present(draft, session, lead=lead)


def _cant_look_words(draft: Draft) -> str:
    """That nobody looks here and, after a treatment, what can't wait for anybody."""
    words = draft.words(phrases.CANT_LOOK)
    return f"{words}\n\n{draft.words(phrases.CANT_WAIT)}" if draft.facts()["visit.open"] else words


def _shared(draft: Draft, phone: str, *, own: bool) -> None:
    asked, session = _asked_for(draft, Choose.CONTACT), draft.current()
    number = read_phone(phone)
    if session is None:
        typed.nothing_open(draft, "")
    elif asked is None:
        typed.missed(draft, session, draft.derive(session), "")
    elif own and number:
        answer(draft, beneath.step_down(draft, asked), draft.derive(asked), Answer(text=number))
    else:
        asked = beneath.step_down(draft, asked)
        typed.missed(draft, asked, draft.derive(asked), draft.words(phrases.NOT_YOUR_CARD))
