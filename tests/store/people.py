"""Persons, messages and batches to put into a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.engine.effect import ButtonSpec, Lane, SendMessage
from bot.engine.session import (
    Alert,
    Answer,
    CheckedIn,
    Consent,
    Contact,
    Given,
    Lead,
    Person,
    Photo,
    PlannedCheckIn,
    Session,
    Shown,
    Status,
    Touch,
    Visit,
)
from bot.ids import AlertId, ContactId, LeadId, VisitId, session_id
from bot.store.protocol import Batch, Lost, NewRow, OutboxRow, Store, Timer

NOW = datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 7, 1)
DATA_KEY = bytes(range(32))


def a_session(contact: ContactId, number: int = 1, *, answer: str = "acne") -> Session:
    return Session(
        id=session_id(contact, number),
        flow="consult",
        started_at=NOW,
        started_on=TODAY,
        touched_at=NOW,
        status=Status.WAITING,
        context={"language": "en", "is_new": True, "day": 3, "campaign": None},
        answers={"consult.aims": Given(Answer((answer,)), NOW, TODAY, 1)},
        done={"remind/1": "20h"},
        turn=2,
        book=1,
        shown=Shown(4, "<b>What next?</b>", "consult.when"),
        at_key="consult.when",
    )


def a_visit(contact: ContactId, number: int = 1) -> Visit:
    checked = CheckedIn(1, NOW, "amber_soon", {"redness": ("fading",), "signs": ()}, session_id(contact, 1))
    return Visit(
        id=VisitId(f"V{contact}-{number}"),
        treatment="combined",
        treated_at=NOW,
        entered_by="self",
        status="unconfirmed",
        opened_at=NOW,
        name="Zoë Canaryvisit",
        plan=(PlannedCheckIn("day_3", 3, NOW + timedelta(days=3), False, "full", 43_200),),
        course=(checked,),
        photos=(Photo("canaryphoto", NOW, 1),),
        unanswered=1,
        card=7,
        session=session_id(contact, 1),
    )


def a_person(contact: Contact, *, answer: str = "acne") -> Person:
    full = replace(
        contact,
        first_name="Zoë Canaryname",
        phone="+44 7700 900123",
        consent=Consent("a1b2c3", NOW),
        first_touch=Touch("poster", NOW),
        sessions=1,
    )
    session = a_session(contact.id, answer=answer)
    lead = Lead(LeadId(f"{contact.id}-lead-1"), "ring_me", "open", NOW, notes=("asked twice",), urgent=True)
    visit = a_visit(contact.id)
    alert = Alert(
        id=AlertId(f"{contact.id}-alert-1"),
        level="red",
        reason="fever",
        signs=("fever",),
        status="raised",
        raised_at=NOW,
        words="canarywords",
        key="alert/red",
        visit=visit.id,
        day=2,
        called_at=NOW,
    )
    return Person(full, (session,), (lead,), (alert,), (visit,), front=session.id)


def a_message(number: int, text: str = "Hello", edits: int | None = None) -> SendMessage:
    return SendMessage(number, text, ((ButtonSpec("yes", "Yes", data="1-1:2=yes"),),), edits=edits)


def a_row(contact: ContactId, number: int, chat: int, text: str = "Hello", *, lane: Lane = Lane.REPLY) -> NewRow:
    return NewRow(contact, number, chat, lane, a_message(number, text), NOW, NOW)


def a_timer(contact: ContactId, key: str, *, after: timedelta = timedelta(hours=20)) -> Timer:
    return Timer(contact, key, key.partition("/")[0], NOW + after, 3600)


async def put_person(store: Store, chat: int = 5001, *, answer: str = "acne") -> Person:
    """A person who is on disk, as they are loaded."""
    contact = await store.new_contact(chat, NOW)
    await store.commit(Batch(NOW, persons=[a_person(contact, answer=answer)]))
    return (await store.persons([contact.id]))[contact.id]


async def put_rows(store: Store, *rows: NewRow) -> list[OutboxRow]:
    return written(await store.commit(Batch(NOW, rows=list(rows))))


def written(answer: list[OutboxRow] | Lost) -> list[OutboxRow]:
    """What a batch made that could not lose."""
    assert not isinstance(answer, Lost)
    return answer
