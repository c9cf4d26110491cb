"""What every store keeps to."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.effect import Lane, SendDocument, SendMessage, SendPicture
from bot.engine.session import Answer, Consent, Given, Person, Status
from bot.errors import EngineError
from bot.ids import ContactId
from bot.store.protocol import (
    Batch,
    Counted,
    DeadLetter,
    Mark,
    NewRow,
    RowStatus,
    Store,
)
from tests.store.people import (
    NOW,
    TODAY,
    a_message,
    a_person,
    a_row,
    a_session,
    a_timer,
    a_visit,
    put_person,
    put_rows,
    written,
)
from tests.store.stores import Opener, lasting, opener, reopened, store

__all__ = ["lasting", "opener", "reopened", "store"]

STAFF_CHAT = -100


async def test_a_person_comes_back_as_written(store: Store) -> None:
    contact = await store.new_contact(5001, NOW)
    person = a_person(contact)
    await store.commit(Batch(NOW, persons=[person]))
    expected = replace(person, version=1)
    assert await store.persons([contact.id]) == {contact.id: expected}
    assert await store.persons_of_chats([5001, 9999]) == {5001: expected}


async def test_unknown_people_are_left_out(store: Store) -> None:
    assert await store.persons([ContactId(77)]) == {}
    assert await store.persons_of_chats([77]) == {}
    assert await store.persons([]) == {}


async def test_new_contacts_have_numbers_of_their_own(store: Store) -> None:
    numbers = [(await store.new_contact(chat, NOW)).id for chat in range(100)]
    assert len(set(numbers)) == 100
    assert min(numbers) > 0


@pytest.mark.parametrize("is_reopened", [False, True])
async def test_changes_are_all_written(
    lasting: Opener, reopened: Callable[[Store], Awaitable[Store]], is_reopened: bool
) -> None:
    store: Store = await lasting()
    person = await put_person(store)
    contact = person.contact.id
    first = replace(
        person.sessions[0],
        answers={**person.sessions[0].answers, "consult.when": Given(Answer(on=TODAY), NOW, TODAY, 2)},
        status=Status.COMPLETED,
    )
    changes: list[Person] = [
        replace(person, sessions=(first,)),
        replace(person, sessions=(a_session(contact, 2), first), front=a_session(contact, 2).id),
        replace(person, sessions=(first, a_session(contact, 3)), front=None),
        replace(person, leads=(replace(person.leads[0], status="taken", taken_by=9),), alerts=()),
        replace(person, leads=(), sessions=()),
        replace(person, visits=(replace(person.visits[0], status="ours", plan=()),)),
        replace(person, visits=(a_visit(contact, 2), replace(person.visits[0], status="ended", course=()))),
        replace(person, visits=()),
        replace(person, contact=replace(person.contact, minor_at=NOW, messages=8)),
    ]
    for place, change in enumerate(changes, 2):
        await store.commit(Batch(NOW, persons=[replace(change, version=place - 1)]))
        if is_reopened:
            store = await reopened(store)
        assert (await store.persons([contact]))[contact] == replace(change, version=place)
    await store.close()


async def test_an_unchanged_person_keeps_their_version(store: Store) -> None:
    person = await put_person(store)
    await store.commit(Batch(NOW, persons=[replace(person)]))
    assert (await store.persons([person.contact.id]))[person.contact.id].version == 1


async def test_seen_updates(store: Store) -> None:
    await store.commit(Batch(NOW, update_ids=[10, 11]))
    assert await store.seen([9, 10, 11, 12]) == {10, 11}
    assert await store.seen([]) == set()


async def test_rows_come_back_in_order_with_ids(store: Store) -> None:
    one, two = [(await put_person(store, chat)).contact.id for chat in (1, 2)]
    rows = await put_rows(store, a_row(two, 1, 2), a_row(one, 1, 1), a_row(one, 2, 1))
    more = await put_rows(store, a_row(two, 2, 2, lane=Lane.ALERT))
    ids = [row.id for row in rows + more]
    assert ids == sorted(set(ids))
    assert [(row.contact, row.number) for row in rows] == [(two, 1), (one, 1), (one, 2)]
    assert await store.waiting_rows() == rows + more
    assert await store.waiting_rows(limit=2) == rows[:2]
    assert await store.waiting_rows(after=rows[1].id) == [rows[2], *more]


async def test_every_kind_of_message_survives(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    effects: list[SendMessage | SendPicture | SendDocument] = [
        a_message(1, "<b>Hi</b> \U0001f600"),
        SendPicture(2, "course.png", "a course"),
        SendDocument(3, "me.json", "application/json", '{"a": 1}', "All of it"),
    ]
    rows = [NewRow(contact, effect.number, 5001, Lane.REPLY, effect, NOW, NOW) for effect in effects]
    await put_rows(store, *rows)
    assert [row.effect for row in await store.waiting_rows()] == effects


async def test_marks(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    rows = await put_rows(store, *(a_row(contact, number, 5001) for number in range(1, 6)))
    later = NOW + timedelta(minutes=1)
    marks = [
        Mark(rows[0].id, RowStatus.SENT, NOW, attempts=1, message_id=901),
        Mark(rows[1].id, RowStatus.WAITING, NOW, due_at=later, attempts=2, unknown=1),
        Mark(rows[2].id, RowStatus.REFUSED, NOW, attempts=1, reason="blocked"),
        Mark(rows[3].id, RowStatus.GIVEN_UP, NOW, attempts=1),
        Mark(rows[4].id, RowStatus.WAITING, NOW, attempts=1),
    ]
    await store.commit(Batch(NOW, marks=marks))
    assert await store.waiting_rows() == [
        replace(rows[1], due_at=later, attempts=2, unknown=1),
        replace(rows[4], attempts=1),
    ]
    assert await store.sent_message(contact, 1) == 901
    assert await store.sent_message(contact, 2) is None
    assert await store.sent_message(contact, 3) is None


async def test_a_cancelled_row_may_turn_out_sent_but_never_waits_again(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    rows = await put_rows(store, a_row(contact, 1, 5001), a_row(contact, 2, 5001), a_row(contact, 3, 5001))
    await store.commit(Batch(NOW, cancel_rows=[(contact, 1), (contact, 2)]))
    assert await store.waiting_rows() == rows[2:]
    marks = [
        Mark(rows[0].id, RowStatus.SENT, NOW, message_id=5),
        Mark(rows[1].id, RowStatus.WAITING, NOW, due_at=NOW),
    ]
    await store.commit(Batch(NOW, marks=marks))
    assert await store.waiting_rows() == rows[2:]
    assert await store.sent_message(contact, 1) == 5


async def test_a_row_that_its_own_batch_cancels_is_not_sent(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    batch = Batch(NOW, rows=[a_row(contact, 1, 5001), a_row(contact, 2, 5001)], cancel_rows=[(contact, 1)])
    rows = written(await store.commit(batch))
    assert [row.number for row in rows] == [2]
    assert await store.waiting_rows() == rows


async def test_cancel_all_leaves_staff_cards_and_the_rows_of_the_same_batch(store: Store) -> None:
    contact = (await put_person(store, 5001)).contact.id
    other = (await put_person(store, 5002)).contact.id
    await put_rows(
        store, a_row(contact, 1, 5001), a_row(contact, 2, STAFF_CHAT, lane=Lane.ALERT), a_row(other, 1, 5002)
    )
    await store.commit(Batch(NOW, rows=[a_row(contact, 3, 5001)], cancel_all_rows=[contact]))
    assert [(row.contact, row.number) for row in await store.waiting_rows()] == [
        (contact, 2),
        (other, 1),
        (contact, 3),
    ]


async def test_what_comes_unasked_is_withdrawn_and_replies_and_cards_are_not(store: Store) -> None:
    contact, other = [(await put_person(store, chat)).contact.id for chat in (5001, 5002)]
    await put_rows(
        store,
        a_row(contact, 1, 5001),
        a_row(contact, 2, 5001, lane=Lane.CHECK_IN),
        a_row(contact, 3, 5001, lane=Lane.BROADCAST),
        a_row(contact, 4, STAFF_CHAT, lane=Lane.CHECK_IN),
        a_row(other, 1, 5002, lane=Lane.CHECK_IN),
    )
    await store.commit(Batch(NOW, cancel_unasked=[contact]))
    left = [(row.contact, row.number) for row in await store.waiting_rows()]
    assert left == [(contact, 1), (contact, 4), (other, 1)]


async def test_a_message_number_is_used_once(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    await put_rows(store, a_row(contact, 1, 5001))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await put_rows(store, a_row(contact, 1, 5001))


async def test_rows_of_nobody(store: Store) -> None:
    nobody = ContactId(0)
    rows = await put_rows(store, a_row(nobody, 0, -7), a_row(nobody, 0, -8))
    assert await store.waiting_rows() == rows


async def test_rows_of_somebody_without_a_key_are_refused(store: Store) -> None:
    with pytest.raises(EngineError, match="no key"):
        await put_rows(store, a_row(ContactId(999), 1, 5001))


async def test_counters_add_up(store: Store) -> None:
    yesterday = TODAY - timedelta(days=1)
    for _ in range(2):
        counts = [Counted(TODAY, "starts", "poster", 2), Counted(TODAY, "starts", "", 1)]
        await store.commit(Batch(NOW, counts=[*counts, Counted(yesterday, "starts", "", 5)]))
    assert await store.counters(TODAY, TODAY) == [
        Counted(TODAY, "starts", "", 2),
        Counted(TODAY, "starts", "poster", 4),
    ]
    assert len(await store.counters(yesterday, TODAY)) == 3


async def test_dead_letters(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    letters = [DeadLetter(contact, NOW, "KeyError", '{"update_id": 1}'), DeadLetter(None, NOW, "bad", "\ud83d")]
    await store.commit(Batch(NOW, dead_letters=letters))
    assert await store.dead_letters() == [replace(letters[1], update="\ufffd"), letters[0]]
    assert len(await store.dead_letters(limit=1)) == 1


async def test_erased_is_gone_and_the_farewell_is_sent_last(store: Store) -> None:
    person = await put_person(store, 5001)
    other = await put_person(store, 5002)
    contact = person.contact.id
    await store.commit(
        Batch(
            NOW,
            rows=[a_row(contact, 1, 5001), a_row(contact, 2, STAFF_CHAT), a_row(other.contact.id, 1, 5002)],
            timers_set=[a_timer(contact, "remind/1/1")],
            dead_letters=[DeadLetter(contact, NOW, "x", "y")],
        )
    )
    batch = Batch(
        NOW,
        update_ids=[3],
        persons=[replace(person, front=None)],
        rows=[a_row(contact, 3, 5001)],
        timers_set=[a_timer(contact, "remind/1/2")],
        dead_letters=[DeadLetter(contact, NOW, "x", "z")],
        erase=[(contact, "All of it is gone.")],
    )
    sent = written(await store.commit(batch))
    assert await store.persons([contact]) == {}
    assert await store.persons_of_chats([5001, 5002]) == {5002: other}
    assert await store.export(contact) == {}
    assert await store.next_timer_at() is None
    assert await store.dead_letters() == []
    assert await store.seen([3]) == {3}
    assert [(row.chat, row.contact) for row in sent] == [(5001, 0)]
    assert isinstance(sent[0].effect, SendMessage)
    assert sent[0].effect.html == "All of it is gone."
    waiting = await store.waiting_rows()
    assert waiting[-1:] == sent
    assert [row.contact for row in waiting] == [other.contact.id, 0]
    await store.commit(Batch(NOW, marks=[Mark(sent[0].id, RowStatus.SENT, NOW, message_id=8)]))
    assert [row.contact for row in await store.waiting_rows()] == [other.contact.id]


async def test_erased_without_a_farewell_sends_nothing(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    assert await store.commit(Batch(NOW, erase=[(contact, "")])) == []
    assert await store.waiting_rows() == []


async def test_who_was_erased_may_come_back_as_somebody_new(store: Store) -> None:
    person = await put_person(store, 5001)
    fresh = await store.new_contact(5001, NOW)
    assert fresh.id != person.contact.id
    await store.commit(Batch(NOW, persons=[Person(fresh)], erase=[(person.contact.id, "Bye.")]))
    assert (await store.persons_of_chats([5001]))[5001].contact == fresh


async def test_a_farewell_is_not_tried_for_longer_than_a_day(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    await store.commit(Batch(NOW, erase=[(contact, "Bye.")]))
    await store.purge(NOW + timedelta(hours=23))
    assert len(await store.waiting_rows()) == 1
    await store.purge(NOW + timedelta(hours=24))
    assert await store.waiting_rows() == []


async def test_purge_forgets_what_has_had_its_time(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    rows = await put_rows(store, a_row(contact, 1, 5001), a_row(contact, 2, 5001))
    await store.commit(
        Batch(
            NOW,
            update_ids=[1],
            marks=[Mark(rows[0].id, RowStatus.SENT, NOW, message_id=7)],
            dead_letters=[DeadLetter(None, NOW, "x", "y")],
        )
    )
    await store.purge(NOW + timedelta(hours=47))
    assert await store.seen([1]) == {1}
    await store.purge(NOW + timedelta(hours=49))
    assert await store.seen([1]) == set()
    assert await store.sent_message(contact, 1) == 7
    await store.purge(NOW + timedelta(days=91))
    assert await store.sent_message(contact, 1) is None
    assert await store.dead_letters() == []
    assert await store.waiting_rows() == rows[1:]
    assert (await put_rows(store, a_row(contact, 3, 5001)))[0].id > rows[1].id


async def test_a_moved_chat_takes_its_rows_along(store: Store) -> None:
    contact = (await put_person(store)).contact.id
    await put_rows(store, a_row(contact, 1, STAFF_CHAT), a_row(contact, 2, 5001))
    batch = Batch(NOW, rows=[a_row(contact, 3, STAFF_CHAT)], chats_moved=[(STAFF_CHAT, -100200)])
    rows = written(await store.commit(batch))
    assert [row.chat for row in rows] == [-100200]
    assert [row.chat for row in await store.waiting_rows()] == [-100200, 5001, -100200]
    assert await store.present_chat(STAFF_CHAT) == -100200
    assert await store.present_chat(5001) == 5001


async def test_books_are_numbered_upwards(store: Store) -> None:
    assert await store.newest_book() == 0
    assert await store.book_number("aaa", NOW) == 1
    assert await store.book_number("aaa", NOW) == 1
    assert await store.book_number("bbb", NOW) == 2
    assert await store.book_number("aaa", NOW) == 3
    assert await store.newest_book() == 3


async def test_export_holds_everything_in_plain_values(store: Store) -> None:
    person = await put_person(store)
    contact = person.contact.id
    rows = await put_rows(store, a_row(contact, 1, 5001, "was sent"), a_row(contact, 2, 5001, "still waits"))
    await store.commit(
        Batch(
            NOW,
            marks=[Mark(rows[0].id, RowStatus.SENT, NOW, message_id=7)],
            timers_set=[a_timer(contact, "remind/1/1")],
            dead_letters=[DeadLetter(contact, NOW, "KeyError", "what I wrote")],
        )
    )
    held = await store.export(contact)
    text = json.dumps(held)
    parts = ["Zoë", "+44 7700", "acne", "asked twice", "canarywords", "still waits", "what I wrote", "a1b2c3"]
    for part in [*parts, "Canaryvisit"]:
        assert json.dumps(part)[1:-1] in text
    assert "was sent" not in text
    assert set(held) == {
        "contact",
        "in_front",
        "sessions",
        "leads",
        "alerts",
        "visits",
        "consents",
        "timers",
        "messages",
        "failed_updates",
    }
    assert await store.export(ContactId(999)) == {}


async def test_every_consent_is_kept_with_how_it_ended(store: Store) -> None:
    person = await put_person(store)
    contact = person.contact
    later, last = NOW + timedelta(days=1), NOW + timedelta(days=2)
    steps = [
        Consent("newer", later),
        Consent("newer", later, withdrawn_at=last),
        Consent("newest", last),
        None,
    ]
    for version, consent in enumerate(steps, 1):
        changed = Person(replace(contact, consent=consent), version=version)
        await store.commit(Batch(last, persons=[changed]))
    consents = (await store.export(contact.id))["consents"]
    assert isinstance(consents, list)
    assert [(row["version"], row["ended"]) for row in consents] == [
        ("a1b2c3", "replaced"),
        ("newer", "withdrawn"),
        ("newest", "withdrawn"),
    ]
