"""Standing effects: what the answers ask for now, beside what has been done before.

Rules:
1. Wanted and not done → do it. Done and no longer wanted → withdraw it. Wanted with other content → replace it.
2. An end of the session leaves what is done in force; only its timers go.
3. Facts of the person (minor, stop, language, when they are asked) are never withdrawn by an answer that changes.
4. What a check-in came to stands until it comes to something else: an answer taken back withdraws nothing before
   there is another, and whoever goes away in the middle of changing one lowers nothing.
5. A red stands, whatever is answered after it (`red_stands`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.engine.alerts import FOLLOWS_ANSWERS, LEVELS, raise_alert, withdraw_alert
from bot.engine.asking import ask_in, live_in
from bot.engine.derive import Position
from bot.engine.draft import Draft
from bot.engine.effect import (
    CancelTimer,
    Count,
    ErasePerson,
    ExportPerson,
    Hush,
    Reason,
    ReportLead,
    ReportResult,
    SendCard,
    SetTimer,
)
from bot.engine.guard import holds
from bot.engine.model import Ask, Expire, Standing
from bot.engine.red_stands import hold_open, was_left, with_red
from bot.engine.session import Consent, Lead, Session, Status
from bot.engine.silence import is_told
from bot.engine.visits import end_plan, note_silence, own_context, put_course, put_plan, put_visit, withdraw_plan
from bot.ids import LeadId, contact_code
from bot.quiet_hours import after_quiet_hours

REMIND_CATCH_UP_SECONDS = 12 * 3600
EXPIRE_CATCH_UP_SECONDS = 366 * 86_400
TICKED = "ticked"
"""Kind of the timer after which marks that were left standing are the answer."""
COURSE = "course/"
TELLING = frozenset({"result", "alert", "lead", "plan", "visit"})
"""Kinds after which what is shown says what came of the answers."""
CARDS = frozenset({"ring_me", "human"})
"""Kinds of leads that reach staff at once; a booking waits for the person's own call."""


def compare(draft: Draft, session: Session, position: Position) -> Session:
    """Bring what is done in line with what `position` wants.

    While an answer is open again it stands, and so does what rests on it, until there is another.
    """
    stands = draft.derive(replace(session, reopened=None)) if session.reopened is not None else position
    if not stands.wanted and not session.done:
        return draft.put(_timers(draft, session, position))
    done = dict(session.done)
    asked_for = {f"{standing.kind}/{standing.key}": standing for standing in stands.wanted}
    wanted = with_red(asked_for, done, is_left=was_left(stands))
    # A walk that failed says nothing about what it didn't come to.
    failed = stands.status is Status.FAILED and bool(stands.reason)
    is_judged = any(standing.kind == "course" for standing in stands.wanted)
    lower = _lower(stands, wanted, done)
    gone = [name for name in done if name not in wanted and not _stays(name, is_judged=is_judged)]
    for name in [] if failed else gone:
        _withdraw(draft, session, name, done[name])
        del done[name]
    for name, standing in wanted.items():
        before = done.get(name)
        if before != standing.content and name not in lower:
            done[name] = standing.content
            if before is not None and standing.kind == "lead" and _kind(before) != _kind(standing.content):
                _withdraw(draft, session, name, before)
                before = None
            _perform(draft, session, stands, standing, is_change=before is not None)
    session = replace(session, done=done, context=own_context(draft, session))
    if is_judged:
        session = hold_open(session, position)
    return draft.put(_timers(draft, session, position))


def _stays(name: str, *, is_judged: bool) -> bool:
    """Timers are withdrawn by their own rule; alerts that don't rest on a check-in's answers only by staff.

    What does rest on them stands until they come to a level again.
    """
    if name == f"alert/{FOLLOWS_ANSWERS}":
        return not is_judged
    return name.startswith(("timer/", "alert/", COURSE))


def _lower(position: Position, wanted: Mapping[str, Standing], done: Mapping[str, str]) -> set[str]:
    """What would be less urgent than it was, only because somebody went away before answering again."""
    if not any(passed.given is not None and passed.given.answer.expired for passed in position.passed):
        return set()
    lower = {name for name in wanted.keys() & done.keys() if _urgency(done[name]) > _urgency(wanted[name].content)}
    return {*lower, f"result/{FOLLOWS_ANSWERS}"} if lower else lower


def _urgency(content: str) -> int:
    """Of a level, from 0; -1 where there is none."""
    said: dict[str, Any] = json.loads(content)
    level = said.get("level")
    return LEVELS.index(level) if level in LEVELS else -1


def _perform(draft: Draft, session: Session, position: Position, standing: Standing, *, is_change: bool) -> None:
    content: dict[str, Any] = json.loads(standing.content)
    draft.is_telling |= standing.kind in TELLING
    match standing.kind:
        case "result":
            _report(draft, position, content)
        case "consent":
            draft.contact = replace(draft.contact, consent=Consent(str(content.get("version", "")), draft.now))
            draft.do(Count("consented", _campaign(draft)))
        case "lead":
            _lead(draft, session, content, is_change=is_change)
        case "alert":
            raise_alert(draft, session, standing.key, content)
        case "visit":
            put_visit(draft, session, content)
        case "plan":
            put_plan(draft, session, content, is_consent=not is_change)
        case "course":
            put_course(draft, session, content)
        case "silence" if is_told(session):
            pass  # it was answered, and left while an answer was being changed
        case "silence":
            note_silence(draft, session, is_essential=bool(content.get("essential")))
        case "fact":
            _fact(draft, standing.key, content)
        case "erase":
            farewell = str(content.get("farewell", ""))
            if farewell or not _is_awaited(draft):
                draft.do(ErasePerson(farewell))
        case "export":
            draft.do(ExportPerson(draft.next_message(), draft.next_message()))
        case _:
            raise AssertionError(f"no such standing effect: {standing.kind}")


def _withdraw(draft: Draft, session: Session, name: str, content: str) -> None:
    kind, _, key = name.partition("/")
    if kind == "alert":
        withdraw_alert(draft, session, key)
    elif kind == "plan":
        withdraw_plan(draft, session)
    elif kind == "consent" and draft.contact.consent is not None:
        draft.contact = replace(draft.contact, consent=replace(draft.contact.consent, withdrawn_at=draft.now))
    elif kind == "lead":
        for place, lead in enumerate(draft.leads):
            is_open = lead.status not in {"withdrawn", "closed"}
            if lead.session == session.id and lead.kind == _kind(content) and is_open:
                _put_lead(draft, place, replace(lead, status="withdrawn"))


def _is_awaited(draft: Draft) -> bool:
    """Whether somebody still has something to do for the person: nobody is forgotten silently before that."""
    leads = any(lead.kind in CARDS and lead.status in {"open", "taken", "no_answer"} for lead in draft.leads)
    alerts = any(alert.status not in {"closed", "withdrawn"} for alert in draft.alerts)
    return leads or alerts or any(visit.status != "ended" for visit in draft.visits)


def _kind(content: str) -> str:
    """Of a lead, as its content says it."""
    return str(json.loads(content)["kind"])


def _report(draft: Draft, position: Position, content: dict[str, Any]) -> None:
    reasons = tuple(
        Reason(state, option)
        for name, option in (str(cited).split("=", 1) for cited in content.get("reasons", ()))
        for state in _states_of(position, name, option)
    )
    draft.do(
        ReportResult(
            action=str(content["action"]),
            outcome=str(content["outcome"]),
            reasons=reasons,
            notes=tuple(str(note) for note in content.get("notes", ())),
            treatment=content.get("treatment"),
            day=content.get("day"),
        )
    )
    draft.do(Count(f"{content['action']}:{content['outcome']}", _campaign(draft)))


def _states_of(position: Position, name: str, option: str) -> list[str]:
    """The question that gave `option` to the value `name`: where an option is asked once, one."""
    for passed in position.passed:
        if isinstance(passed.state, Ask) and passed.given is not None and passed.state.save == name:
            return [passed.state.id]
        if isinstance(passed.state, Ask) and passed.given is not None:
            chosen = passed.given.answer.options
            if option in chosen and any(o.id == option and o.adds == name for o in passed.state.options):
                return [passed.state.id]
    return []


def _campaign(draft: Draft) -> str:
    return draft.contact.first_touch.campaign if draft.contact.first_touch else ""


def _lead(draft: Draft, session: Session, content: dict[str, Any], *, is_change: bool) -> None:
    kind = str(content["kind"])
    notes = tuple(str(note) for note in content.get("notes", ()))
    urgent = bool(content.get("urgent", False))
    phone = content.get("phone") or draft.contact.phone
    if phone and phone != draft.contact.phone:
        draft.contact = replace(draft.contact, phone=str(phone))
    for place, lead in enumerate(draft.leads):
        if lead.kind == kind and (lead.session == session.id or lead.status == "open"):
            again = replace(lead, notes=notes, phone=phone, session=session.id, urgent=lead.urgent or urgent)
            if not is_change:  # asked for once more: whoever had it before is done with it
                again = replace(again, status="open", taken_by=None, taken_name=None)
            _put_lead(draft, place, again, renew=not is_change)
            return
    lead = Lead(
        id=LeadId(f"L{draft.contact.id}-{draft.next_standing()}"),
        kind=kind,
        status="open",
        opened_at=draft.now,
        notes=notes,
        phone=phone,
        session=session.id,
        urgent=urgent,
    )
    draft.leads.append(lead)
    draft.do(Count(f"lead:{kind}", _campaign(draft)))
    _put_lead(draft, len(draft.leads) - 1, lead, renew=True)


def _put_lead(draft: Draft, place: int, lead: Lead, *, renew: bool = False) -> None:
    """Keep the lead; staff see a new card when `renew`, else the present one changes."""
    if lead.kind in CARDS and draft.book.clinic.get("clinic.staffed"):
        number = draft.next_message()
        draft.do(SendCard(number, lead.id, edits=None if renew else lead.card))
        if renew or lead.card is None:
            lead = replace(lead, card=number)
    draft.leads[place] = lead
    draft.do(ReportLead(lead.id, contact_code(draft.contact.id), lead.status))


def _fact(draft: Draft, key: str, content: dict[str, Any]) -> None:
    match key:
        case "minor":
            draft.contact = replace(draft.contact, minor_at=draft.contact.minor_at or draft.now)
            for visit in draft.visits:
                end_plan(draft, visit)
        case "stop":
            draft.contact = replace(draft.contact, stopped_at=draft.now)
            draft.do(Hush())
        case "resume":
            draft.contact = replace(draft.contact, stopped_at=None)
        case "language":
            draft.contact = replace(draft.contact, language=str(content["language"]))
        case "part_of_day":
            ask_in(draft, str(content["part_of_day"]))
        case "time_zone":
            live_in(draft, str(content["time_zone"]))
        case "restart":
            draft.restarting = True
        case _:
            raise AssertionError(f"no such fact: {key}")


def _timers(draft: Draft, session: Session, position: Position) -> Session:
    """Timers of the open question; those of a question that is behind are withdrawn."""
    wanted: dict[str, tuple[datetime, int]] = {}
    ask = position.ask
    if position.status is Status.WAITING and ask is not None:
        if ask.remind is not None and draft.contact.stopped_at is None and not session.is_detour:
            at = after_quiet_hours(draft.now + ask.remind.after, draft.zone)
            wanted[f"remind/{session.id}/{session.turn}"] = (at, REMIND_CATCH_UP_SECONDS)
        if ask.expire is not None:
            at = draft.now + _open_for(draft, position, ask.expire)
            wanted[f"expire/{session.id}/{session.turn}"] = (at, EXPIRE_CATCH_UP_SECONDS)
        ticked = ticked_timer(session)
        if ticked and session.marks:  # set at the last press; to see the question again doesn't renew it
            wanted[ticked] = (draft.now, EXPIRE_CATCH_UP_SECONDS)
    if not wanted and not session.done:
        return session
    done = dict(session.done)
    for name in [name for name in done if name.startswith("timer/") and name.removeprefix("timer/") not in wanted]:
        draft.do(CancelTimer(name.removeprefix("timer/")))
        del done[name]
    for key, (at, catch_up) in wanted.items():
        if f"timer/{key}" not in done:
            done[f"timer/{key}"] = at.isoformat()
            draft.do(SetTimer(key, at, key.split("/")[0], catch_up))
    return replace(session, done=done)


def _open_for(draft: Draft, position: Position, expire: Expire) -> timedelta:
    """How long the open question waits for its answer."""
    if expire.sooner is None:
        return expire.after
    when, after = expire.sooner
    return after if holds(when, draft.wording(position).value) else expire.after


def ticked_timer(session: Session) -> str:
    """The key of the timer for the marks of the open question; "" where none is set."""
    start = f"timer/{TICKED}/{session.id}/{session.turn}/"
    return next((name.removeprefix("timer/") for name in session.done if name.startswith(start)), "")


def renew_ticked(draft: Draft, session: Session, ask: Ask) -> Session:
    """Count anew from this press how long the marks have been left; without marks there is nothing to count.

    A key names one occasion for ever: the number of the message that shows the marks makes it one.
    """
    done = dict(session.done)
    before = ticked_timer(session)
    if before:
        draft.do(CancelTimer(before))
        del done[f"timer/{before}"]
    if ask.done_after is not None and session.marks:
        at = draft.now + ask.done_after
        key = f"{TICKED}/{session.id}/{session.turn}/{draft.messages}"
        done[f"timer/{key}"] = at.isoformat()
        draft.do(SetTimer(key, at, TICKED, EXPIRE_CATCH_UP_SECONDS))
    return draft.put(replace(session, done=done))


def cancel_timers(draft: Draft, session: Session) -> Session:
    """Withdraw all timers of a session that has ended."""
    done = dict(session.done)
    for name in [name for name in done if name.startswith("timer/")]:
        draft.do(CancelTimer(name.removeprefix("timer/")))
        del done[name]
    return replace(session, done=done)
