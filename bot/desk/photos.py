"""Photos from check-ins, for whoever has the person: by Telegram's own id, in private, never to the group."""

from __future__ import annotations

from bot.desk.cards import OVER, local
from bot.desk.roles import sees_courses
from bot.desk.who import is_crisis
from bot.engine.draft import Draft
from bot.engine.effect import Count, SendPicture, To, Turn
from bot.engine.photos import KEPT, KEY
from bot.engine.session import Person, Photo
from bot.ids import contact_code

SENT_AT_MOST = 10
"""Of one visit, the latest."""


def photos_of(person: Person) -> tuple[Photo, ...]:
    """Those of the latest visit that has any, oldest first."""
    return next((visit.photos for visit in reversed(person.visits) if visit.photos), ())


def send_photos(draft: Draft, staff: int) -> bool:
    """Send the photos to a member of staff who has the person and may see courses; False when there are none."""
    found = photos_of(draft.turn().person) if sees_courses(draft.book, staff) else ()
    for photo in found[-SENT_AT_MOST:]:
        _send(draft, photo, staff)
    return bool(found)


def has_come(turn: Turn) -> bool:
    """Whether a photo was kept in this turn."""
    return any(isinstance(effect, Count) and effect.name == KEPT for effect in turn.effects)


def send_new(draft: Draft) -> None:
    """Send the photo that has just come to those who have the person already."""
    held = (alert for alert in draft.alerts if alert.status not in OVER and not is_crisis(alert))
    owners = {alert.taken_by for alert in held if alert.taken_by is not None}
    for staff in sorted(owners):
        if sees_courses(draft.book, staff):
            _send(draft, photos_of(draft.turn().person)[-1], staff)


def _send(draft: Draft, photo: Photo, staff: int) -> None:
    day = "" if photo.day is None else f", day {photo.day}"
    words = f"{contact_code(draft.contact.id)} · a photo of {local(draft.book, photo.at)}{day}"
    number = draft.next_message()
    draft.do(SendPicture(number, KEY, words, To.STAFF_MEMBER, staff_chat=staff, file_id=photo.file_id))
