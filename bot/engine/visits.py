"""Visits, their plans, and the check-ins that open when they are due.

Rules:
1. The same treatment on the same local day is the same visit, whoever entered it; what staff entered counts.
   A new one ends the plans of those before it, but for late-lump checks that its own plan does not ask near to.
2. A timer of a plan names visit, occasion and instant for ever, so that it never fires twice. One that fires while
   its check-in is still to come is that of an instant it was moved from.
3. Of several that are due, the last one comes; a check-in that nobody answered makes room for the next.
4. One that is not essential waits for quiet hours to end, and until another conversation has been quiet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.engine import silence
from bot.engine.asking import move_check_ins
from bot.engine.daily import is_follow_up
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, Count, SendCard
from bot.engine.follow_up import plan_follow_up
from bot.engine.lately import LATELY, join_lately, said_lately
from bot.engine.planned import set_plan, timer_key
from bot.engine.session import CheckedIn, ContextValue, PlannedCheckIn, Session, Visit
from bot.ids import VisitId

FLOW = "recovery"
ENDED = frozenset({"ended", "not_ours"})
"""Nothing new is planned after such a visit."""
LUMP = "one_tap_lump"
LUMPS_TOGETHER = timedelta(days=7)
"""A late-lump check of an earlier visit is dropped when the new plan asks this near to it; a judgement."""
FRONT_QUIET = timedelta(minutes=10)
TOLD_AFTER_SECONDS = 12 * 3600
_OF_A_VISIT = ("visit.", "last.")


def open_visit(draft: Draft) -> Visit | None:
    """The newest visit that is under way."""
    return next((visit for visit in reversed(draft.visits) if visit.status != "ended"), None)


def visit_context(draft: Draft, visit: Visit, kind: str, occasion: str = "") -> dict[str, ContextValue]:
    """What a session about a visit knows from its start."""
    context: dict[str, ContextValue] = {
        "visit.id": visit.id,
        "visit.treatment": visit.treatment,
        "visit.kind": kind,
        "visit.occasion": occasion,
        **_days(draft, visit.treated_at),
    }
    if visit.plan:
        context["visit.part_of_day"] = visit.part_of_day
    if visit.asked:
        context["visit.asked"] = " ".join(visit.asked)
    if lately := said_lately(draft, visit):
        context[LATELY] = ",".join(lately)
    answered = [each for each in visit.course if not each.is_typed]
    if answered:
        last = answered[-1].answers
        for name in ("overall", "redness", "swelling", "pain"):
            if last.get(name):
                context[f"last.{name}"] = last[name][0]
    return context


def own_context(draft: Draft, session: Session) -> Mapping[str, ContextValue]:
    """What a session knows, once it has recorded a visit: that one, and no more the one that it began with."""
    mine = next((visit for visit in draft.visits if visit.session == session.id), None)
    if mine is None or session.context.get("visit.id") in {None, mine.id}:
        return session.context
    of_earlier = {name for name in session.context if name.startswith(_OF_A_VISIT) and name != "visit.open"}
    kept = {name: value for name, value in session.context.items() if name not in of_earlier}
    return {**kept, **visit_context(draft, mine, "asked")}


def ticket_context(draft: Draft, entered: Mapping[str, str]) -> dict[str, ContextValue]:
    """What a session knows of the visit that staff entered (`TicketScanned.visit`)."""
    treated_at = datetime.fromisoformat(entered["treated_at"])
    same = find_same(draft, entered["treatment"], treated_at)
    context: dict[str, ContextValue] = {
        "visit.treatment": entered["treatment"],
        "visit.kind": "asked",
        **_days(draft, treated_at),
        "ticket.is_planned": same is not None and bool(same.plan),
        "visit.asked": " ".join(same.asked) if same is not None else None,
    }
    if same is not None:
        context["visit.id"] = same.id
    return context | {f"ticket.{name}": value for name, value in entered.items()}


def days_since(draft: Draft, treated_at: datetime) -> int:
    """Whole days since a treatment, by the person's own clock."""
    treated_on, today = (at.astimezone(draft.zone).date() for at in (treated_at, draft.now))
    return max(0, (today - treated_on).days)


def _days(draft: Draft, treated_at: datetime) -> dict[str, ContextValue]:
    treated_on = treated_at.astimezone(draft.zone).date()
    return {"visit.day": days_since(draft, treated_at), "visit.treated_on": treated_on.isoformat()}


def put_visit(draft: Draft, session: Session, content: dict[str, Any]) -> None:
    """Record the treatment that somebody says they have had, or correct the one this session recorded."""
    treated_at = datetime.fromisoformat(str(content["treated_at"]))
    treatment = str(content["treatment"])
    mine = next((visit for visit in draft.visits if visit.session == session.id), None)
    same = mine or find_same(draft, treatment, treated_at)
    is_staffs = content.get("entered_by") == "staff"
    fields: dict[str, Any] = {
        "treatment": treatment,
        "treated_at": treated_at,
        "part_of_day": str(content.get("part_of_day") or "evening"),
        "name": str(content.get("name") or ""),
        "device": str(content.get("device") or ""),
        "session": session.id,
        "entered_by": "staff" if is_staffs else "self",
        "status": "ours" if is_staffs else "unconfirmed",
    }
    if is_staffs:
        fields |= {each: str(content.get(each) or "") for each in ("note", "practitioner", "location")}
    phone = content.get("phone")
    if phone:
        draft.contact = replace(draft.contact, phone=str(phone))
    if same is not None:
        _put_again(draft, same, fields)
        return
    for older in draft.visits:
        lumps = {item.occasion for item in older.plan if item.kind == LUMP}
        _put(draft, replace(_without_plan(draft, older, keep=lumps), plan=_lumps(older), status="ended"))
    number = draft.next_standing()
    visit = Visit(id=VisitId(f"V{draft.contact.id}-{number}"), opened_at=draft.now, **fields)
    if draft.book.clinic.get("clinic.staffed") and not is_staffs:
        card = draft.next_message()
        visit = replace(visit, card=card)
        draft.do(SendCard(card, visit.id))
    draft.visits.append(visit)
    draft.do(Count("visit"))


def _put_again(draft: Draft, same: Visit, fields: dict[str, Any]) -> None:
    """A visit that is known already: entered again, corrected, or entered by staff as well."""
    is_staffs = fields["entered_by"] == "staff"
    if same.entered_by == "staff" and not is_staffs:  # staff know what they did, and when
        fields = {name: fields[name] for name in ("part_of_day", "name", "session")}
    elif not is_staffs or same.status == "ended":
        del fields["status"]
    if is_staffs and same.plan and not fields["name"]:  # scanned after enrolling: what was agreed to stays
        fields = {name: value for name, value in fields.items() if name not in {"part_of_day", "session"}}
    fields["name"] = fields["name"] or same.name
    changed = replace(same, **fields)
    _put(draft, changed)
    if changed.status != same.status and changed.card is not None:
        draft.do(SendCard(draft.next_message(), changed.id, edits=changed.card))


def _lumps(visit: Visit) -> tuple[PlannedCheckIn, ...]:
    return tuple(item for item in visit.plan if item.kind == LUMP)


def find_same(draft: Draft, treatment: str, treated_at: datetime) -> Visit | None:
    """The visit that this treatment at this instant (aware) already is."""
    return next((visit for visit in draft.visits if _is_same(draft, visit, treatment, treated_at)), None)


def _is_same(draft: Draft, visit: Visit, treatment: str, treated_at: datetime) -> bool:
    zone = ZoneInfo(draft.book.time_zone)
    same_day = visit.treated_at.astimezone(zone).date() == treated_at.astimezone(zone).date()
    return visit.status != "ended" and visit.treatment == treatment and same_day


def _put(draft: Draft, changed: Visit) -> None:
    draft.visits = [changed if visit.id == changed.id else visit for visit in draft.visits]


def put_plan(draft: Draft, session: Session, content: dict[str, Any], *, is_consent: bool) -> None:
    """The check-ins that the person agreed to, but for those that have come; what was to come before goes.

    `is_consent`: they have just agreed, which is also a word against an earlier /stop; a correction is none.
    """
    if is_consent:
        draft.contact = replace(draft.contact, stopped_at=None)
    visit = next((visit for visit in draft.visits if visit.session == session.id), None)
    if visit is None or visit.status in ENDED:
        return
    planned = tuple(_planned(item) for item in content.get("check_ins", ()))
    new = tuple(item for item in planned if item.occasion not in visit.asked)
    moved = {item.occasion for item in new}
    stays = (item for item in visit.plan if is_follow_up(item) or item.due_at <= draft.now)
    _put(draft, set_plan(draft, visit, (*new, *(item for item in stays if item.occasion not in moved))))
    if session.context.get("contact.time_zone") != draft.contact.time_zone:  # it has changed since they began
        move_check_ins(draft)
    for older in draft.visits:
        if older.status == "ended" and older.plan:
            _put(draft, _without_lumps_near(draft, older, planned))


def _without_lumps_near(draft: Draft, older: Visit, planned: tuple[PlannedCheckIn, ...]) -> Visit:
    """An earlier visit without the late-lump checks that a new plan asks for anyway."""
    kept = tuple(
        item
        for item in older.plan
        if not any(abs(other.due_at - item.due_at) <= LUMPS_TOGETHER for other in planned)
    )
    return replace(_without_plan(draft, older, keep={item.occasion for item in kept}), plan=kept)


def withdraw_plan(draft: Draft, session: Session) -> None:
    """No more check-ins: the answer that agreed to them is gone."""
    visit = next((visit for visit in draft.visits if visit.session == session.id), None)
    if visit is not None:
        _put(draft, _without_plan(draft, visit))


def _planned(item: Mapping[str, Any]) -> PlannedCheckIn:
    return PlannedCheckIn(
        occasion=str(item["occasion"]),
        day=int(item["day"]),
        due_at=datetime.fromisoformat(str(item["due_at"])),
        essential=bool(item["essential"]),
        kind=str(item["kind"]),
        catch_up_seconds=int(item["catch_up_seconds"]),
        told_after=timedelta(seconds=int(item.get("told_after_seconds", TOLD_AFTER_SECONDS))),
    )


def _without_plan(draft: Draft, visit: Visit, keep: set[str] | None = None) -> Visit:
    for item in visit.plan:
        if keep is None or item.occasion not in keep:
            draft.do(CancelTimer(timer_key(visit, item)))
    return replace(visit, plan=())


def end_plan(draft: Draft, visit: Visit) -> None:
    """Nothing more comes by itself for this visit."""
    _put(draft, _without_plan(draft, visit))


def renewed(draft: Draft, visit: Visit) -> Visit:
    """The visit as it is by now."""
    return next(each for each in draft.visits if each.id == visit.id)


def put_course(draft: Draft, session: Session, content: dict[str, Any]) -> None:
    """Write an answered check-in into its visit's course; a changed answer replaces what it was.

    Typed words stand there as well. They answer no question, so what is silent or asked today stays so.
    """
    visit = of_session(draft, session)
    if visit is None:
        return
    answers = {str(name): tuple(str(i) for i in ids) for name, ids in content.get("answers", {}).items()}
    level, level_now = str(content["level"]), str(content.get("level_now", ""))
    is_typed = bool(content.get("is_typed"))
    record = CheckedIn(int(content["day"]), draft.now, level, answers, session.id, is_typed, level_now)
    course = tuple(each for each in visit.course if each.session != session.id)
    visit = replace(visit, course=(*course, record))
    if is_typed:
        _put(draft, plan_follow_up(draft, visit, session, is_answered=False))
        open_beside = [each for each in draft.waiting() if each.id != session.id and _is_open(draft, each, visit)]
        join_lately(draft, renewed(draft, visit), open_beside)
        return
    visit = replace(visit, unanswered=0, unanswered_day=None)
    _put(draft, plan_follow_up(draft, visit, session, is_answered=True))
    silence.answered(draft, visit)


def note_silence(draft: Draft, session: Session, *, is_essential: bool) -> None:
    """A check-in was not answered in its time; of one that matters staff hear.

    Two of one day count once: hours after an injection and its evening, unanswered, are one busy day. Else three
    were gone by day 1, and nobody would be asked on day 3, when most that goes wrong shows.
    """
    visit = of_session(draft, session)
    if visit is None:
        return
    day = session.context.get("visit.day")
    if day is None or day != visit.unanswered_day:
        number = day if isinstance(day, int) else None
        visit = replace(visit, unanswered=visit.unanswered + 1, unanswered_day=number)
        _put(draft, visit)
    draft.do(Count("check_in_unanswered"))
    if is_essential:
        silence.tell(draft, visit, silence.SILENT, session)


def plan_next(draft: Draft, visit: Visit, session: Session) -> None:
    """A check-in was sent: where the course asks for it, so is the next day's."""
    _put(draft, plan_follow_up(draft, visit, session, is_answered=False))


def note_asked(draft: Draft, visit: Visit, item: PlannedCheckIn) -> Visit:
    """The visit, one of whose check-ins comes: entered again, it has it no more."""
    held = renewed(draft, visit)
    held = replace(held, asked=tuple(dict.fromkeys((*held.asked, item.occasion))))
    _put(draft, held)
    return held


def of_session(draft: Draft, session: Session) -> Visit | None:
    """The visit that a session is about, or the one that it has recorded itself."""
    wanted = session.context.get("visit.id")
    mine = (visit for visit in draft.visits if visit.session == session.id)
    return next((visit for visit in draft.visits if visit.id == wanted), None) or next(mine, None)


def _is_open(draft: Draft, session: Session, visit: Visit) -> bool:
    """Whether a conversation is about the visit, and has come to no level yet: else there is an alert of it."""
    about = of_session(draft, session)
    return about is not None and about.id == visit.id and not session.is_judged


def due_check_in(draft: Draft, key: str) -> tuple[Visit, PlannedCheckIn] | None:
    """The check-in of a timer's key, if it is still wanted and no later one of its visit is due as well."""
    _, visit_id, occasion = (*key.split("/"), "", "")[:3]
    visit = next((visit for visit in draft.visits if visit.id == visit_id), None)
    if visit is None or visit.status == "not_ours" or draft.contact.stopped_at or draft.contact.blocked_at:
        return None
    item = next((item for item in visit.plan if item.occasion == occasion), None)
    if item is None or item.due_at > draft.now:
        return None
    later = any(item.due_at < other.due_at <= draft.now <= _until(other) for other in visit.plan)
    return None if later else (visit, item)


def _until(item: PlannedCheckIn) -> datetime:
    """Until when a check-in may come."""
    return item.due_at + timedelta(seconds=item.catch_up_seconds)
