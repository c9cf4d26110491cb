"""How whoever sets the bot up learns the id of the clinic's group."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.conversation.gather import DESK_CHAT, People
from bot.conversation.groups import Groups
from bot.conversation.incoming import Incoming
from bot.conversation.members import Members
from bot.engine.effect import SendMessage
from bot.engine.event import Said
from bot.engine.session import Contact, Person
from bot.ids import ContactId
from tests.engine_books import book

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GROUP = -1_001_000_000_777


@pytest.mark.parametrize(("staff_chat", "is_told"), [(None, True), (-5, False)])
def test_a_group_is_told_its_id_while_there_is_no_staff_chat(staff_chat: int | None, is_told: bool) -> None:
    people = People()
    people.put(Person(Contact(ContactId(1), DESK_CHAT, NOW)))
    asked = Incoming(GROUP, Said("/help"), is_group=True, to_us=True)
    (turn,) = Groups(book(), lambda: staff_chat, Members()).said(people, asked, NOW)
    (line,) = turn.effects
    assert isinstance(line, SendMessage)
    assert (f"STAFF_CHAT_ID={GROUP}" in line.html) is is_told
    assert "\n" not in line.html
