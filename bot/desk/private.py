"""What one member of staff reads in private: all that is needed to ring somebody, the number first."""

from __future__ import annotations

from dataclasses import replace

from bot.desk.cards import DRILL, KINDS, OVER, Rows, buttons, escape, known_name, local, row_name
from bot.desk.course import COURSE, has_course
from bot.desk.log import was_reached
from bot.desk.roles import sees_courses
from bot.desk.who import may_see
from bot.engine.effect import Lane, SendMessage, To
from bot.engine.model import Book
from bot.engine.session import Alert, Person, Status, Visit
from bot.ids import contact_code

MARKS = {"red": "🔴", "amber_today": "🟠", "amber_soon": "🟡", "green": "🟢"}
REASONS = {
    "silent": "no answer to a check-in that matters",
    "blocked": "has blocked me or left: no check-in arrives any more, so please ring",
    "answered_late": "no answer to a check-in that matters; answered since",
    "urgent": "pressed “This feels urgent”",
    "unclear": "the answers were unclear",
    "heard": "wrote it, at no question or another one",
    "told": "something else than the questions ask about",
    "unread": "wrote words that I couldn't read, and then fine answers",
    "asked": "asked about it, and says that it is there",
    "photo": "has sent a photo",
    "worried": "is worried",
}
ALERTS_SHOWN = 3
COURSE_SHOWN = 14


def private_card(
    book: Book,
    person: Person,
    number: int,
    staff: int,
    target: str | None,
    *,
    lane: Lane = Lane.REPLY,
    note: str = "",
) -> SendMessage:
    """Everything staff need to help one person, for the private chat of one member of staff.

    Args:
        target: The lead or alert it is about; None: they only look, and get no buttons.
        note: A line of ours to stand on top, such as that an answer has changed.
    """
    contact = person.contact
    phone = next((lead.phone for lead in reversed(person.leads) if lead.phone), contact.phone)
    lines = [f"<b>{escape(note)}</b>"] if note else []
    lines.append(
        f"Number: <b>{escape(phone)}</b>" if phone else "Number: none given. They can ring, or write here."
    )
    booked = next((visit.name for visit in reversed(person.visits) if visit.name), "")
    name = escape(contact.first_name or booked) or "no name given"
    lines.append(f"Code <b>{contact_code(contact.id)}</b> · {name}")
    if contact.minor_at is not None:
        lines.append("Said to be <b>under 18</b>: no booking. A mistake? /lift and the code.")
    for alert in _alerts_shown(book, person, target, staff):
        lines.extend(_alert_lines(book, alert))
    for visit in person.visits[-1:]:
        lines.extend(
            _visit_lines(book, visit if sees_courses(book, staff) else replace(visit, course=(), photos=()))
        )
    lines.extend(_request_lines(book, person))
    lines.extend(_answer_lines(book, person))
    rows = () if target is None else _buttons(person, target, staff)
    return SendMessage(number, "\n".join(lines), rows, To.STAFF_MEMBER, staff_chat=staff, lane=lane)


def _buttons(person: Person, target: str, staff: int) -> Rows:
    alert = next((alert for alert in person.alerts if alert.id == target), None)
    charts = buttons(target, (COURSE, "Course")) if has_course(person) else ()
    if alert is None:
        return (*buttons(target, ("called", "Called"), ("no_answer", "No answer"), ("closed", "Close")), *charts)
    if alert.status in OVER:
        return ()
    if alert.taken_by is None:
        return buttons(target, ("have_it", "Take it"))
    if alert.taken_by != staff:
        return buttons(target, ("take_over", f"Take over from {alert.taken_name or 'a colleague'}"))
    return (*buttons(target, ("called", "Called"), ("no_answer", "No answer"), ("close", "Close")), *charts)


def _alerts_shown(book: Book, person: Person, target: str | None, staff: int) -> list[Alert]:
    """The one it is about first, then the latest others."""
    seen = [alert for alert in person.alerts if may_see(book, alert, staff)]
    others = [alert for alert in reversed(seen) if alert.id != target]
    return [*(alert for alert in seen if alert.id == target), *others][:ALERTS_SHOWN]


def _alert_lines(book: Book, alert: Alert) -> list[str]:
    day = "" if alert.day is None else f", day {alert.day}"
    lines = [f"{MARKS.get(alert.level, '⚪')} {alert.level} {local(book, alert.raised_at)}{day} ({alert.status})"]
    if alert.reason == DRILL:
        return ["<b>A drill: there is nobody to ring.</b> Press Called, then Close."]
    if was_reached(alert):
        lines.append("They say that the last call has reached them.")
    lines.extend(f"Remark: {escape(entry.note)}" for entry in alert.log if entry.what == "note")
    if alert.words:
        lines.append(f"Their words: “{escape(alert.words)}”")
    why = [row_name(book, sign).replace("_", " ") for sign in alert.signs]
    why = why or [REASONS.get(alert.reason, alert.reason.replace("_", " "))]
    if why != [""]:
        lines.append(f"Why: {escape(', '.join(why))}")
    if alert.answers_now:
        now = escape(", ".join(_answer_now(book, answer) for answer in alert.answers_now))
        lines.append(f"Has since changed the answer to: {now}; said before: {escape(', '.join(why))}.")
        if alert.level == "red":
            lines.append("That lowers nothing: it stays urgent until you close it.")
    return lines


def _answer_now(book: Book, answer: str) -> str:
    """A sign, or a question and its answer, in words."""
    if answer == "none":
        return "none of the signs"
    question, _, choice = answer.rpartition("=")
    return f"{question} {choice.replace('_', ' ')}" if question else row_name(book, answer).replace("_", " ")


def _visit_lines(book: Book, visit: Visit) -> list[str]:
    whose = {"ours": "ours", "not_ours": "NOT ours", "ended": "over"}.get(visit.status, "not confirmed by you")
    more = [visit.name and f"booked as {visit.name}", visit.device.replace("_", " "), visit.note]
    more.append(visit.practitioner and f"treated by {visit.practitioner}")
    described = "; ".join(escape(part) for part in more if part)
    treatment = escape(row_name(book, visit.treatment))
    lines = [f"Treatment: <b>{treatment}</b>, {local(book, visit.treated_at)} ({whose})"]
    if described:
        lines.append(described[:1].upper() + described[1:])
    if visit.course:
        course = ", ".join(
            f"day {each.day} {MARKS.get(each.level, '⚪')}{' (changed since)' if each.level_now else ''}"
            for each in visit.course[-COURSE_SHOWN:]
        )
        lines.append(f"Course: {course}")
    if visit.photos:
        lines.append(f"Photos: {len(visit.photos)}. Course sends them to whoever has the patient.")
    if visit.unanswered:
        lines.append(f"Check-ins in a row without an answer: {visit.unanswered}")
    return lines


def _request_lines(book: Book, person: Person) -> list[str]:
    lines = []
    for lead in person.leads[-3:]:
        lines.append(f"{KINDS.get(lead.kind, lead.kind)}: {local(book, lead.opened_at)} ({lead.status})")
        lines.extend(f"• {escape(row_name(book, note))}" for note in lead.notes)
    return lines


def _answer_lines(book: Book, person: Person) -> list[str]:
    """Answers of the latest conversation, in the clinic's words."""
    known = [session for session in person.sessions if session.status in {Status.WAITING, Status.COMPLETED}]
    session = max((s for s in known if not s.is_detour and s.answers), key=lambda s: s.touched_at, default=None)
    if session is None:
        return []
    names: list[str] = []
    for given in sorted(session.answers.values(), key=lambda given: given.order):
        names.extend(name for option in given.answer.options if (name := known_name(book, option)) is not None)
        if given.answer.on is not None:
            names.append(given.answer.on.isoformat())
    return [f"Answered: {escape('; '.join(dict.fromkeys(names)))}"] if names else []
