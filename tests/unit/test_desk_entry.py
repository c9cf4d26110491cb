"""A visit being entered by staff: the presses, what is typed, and the ticket it ends in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.desk import entry as entering
from bot.desk import tickets
from bot.desk.entry import Clinic, Entry, entry_of
from bot.desk.tickets import Ticket, ticket_of
from tests.engine_books import NOW

LONDON = ZoneInfo("Europe/London")
ONE = Clinic({"harbour": "Harbour"}, LONDON)
TWO = Clinic({"harbour": "Harbour", "hill": "Hill <House>"}, LONDON)
BEGUN = Entry(7, "treatment", "Rosa", message=7)


def entered(*choices: str, clinic: Clinic = ONE, now: datetime = NOW) -> Entry:
    entry = BEGUN
    for choice in choices:
        assert choice in entering.choices(entry, clinic)
        changed = entering.pressed(entry, choice, clinic, now)
        assert changed is not None
        entry = entry_of(changed.as_json())
        assert entry == changed
    return entry


def test_four_presses_and_a_code_for_the_usual_visit() -> None:
    entry = entered("microneedling", "needles", "just_now", "show")
    assert entry.step == "done"
    assert entering.visit_of(entry) == {
        "treatment": "microneedling",
        "treated_at": NOW.isoformat(),
        "device": "needles_only",
        "note": "",
        "practitioner": "Rosa",
        "location": "harbour",
    }
    assert entered("mesotherapy", "just_now", "show").step == "done"


def test_needling_with_heat_ends_without_a_code() -> None:
    entry = entered("combined", "heat")
    assert entry.step == "heat"
    words, rows = entering.screen(entry, ONE, 12)
    assert "not microneedling" in words
    assert rows == ()
    assert entering.choices(entry, ONE) == {}


@pytest.mark.parametrize(
    ("when", "at"),
    [("just_now", "12:00"), ("earlier_today", "09:00"), ("yesterday", "15:00")],
)
def test_when_it_was(when: str, at: str) -> None:
    treated_at = datetime.fromisoformat(entered("mesotherapy", when).treated_at).astimezone(LONDON)
    assert f"{treated_at:%H:%M}" == at
    assert (NOW.date() - treated_at.date()).days == (1 if when == "yesterday" else 0)


def test_several_places_are_asked_for() -> None:
    entry = entered("mesotherapy", "just_now", clinic=TWO)
    assert entry.step == "place"
    assert list(entering.choices(entry, TWO).values()) == ["Harbour", "Hill <House>", "Cancel"]
    entry = entered("mesotherapy", "just_now", "place_b", clinic=TWO)
    assert entry.location == "hill"
    assert "Hill &lt;House&gt;" in entering.screen(entry, TWO, 12)[0]


def test_a_product_and_another_name_are_typed() -> None:
    entry = entering.typed(entered("mesotherapy", "just_now", "note"), "  Serum\nX  <2 ml> " + "y" * 300)
    assert (entry.step, len(entry.note)) == ("ready", entering.NOTE_KEPT)
    entry = entering.typed(replace(entry, step="other"), "Dr Tom")
    assert entry.practitioner == "Dr Tom"
    words, rows = entering.screen(entry, ONE, 12)
    assert "Serum X &lt;2 ml&gt;" in words
    assert "Dr Tom" in words
    assert rows[0][0].data == "s:v_show:D12-7"


def test_a_button_of_another_step_does_nothing_and_cancel_always_ends() -> None:
    assert entering.pressed(BEGUN, "just_now", ONE, NOW) is None
    assert entering.pressed(entered("mesotherapy", "just_now"), "place_a", ONE, NOW) is None
    for choices in (
        [],
        ["combined"],
        ["mesotherapy"],
        ["mesotherapy", "just_now"],
        ["mesotherapy", "just_now", "note"],
    ):
        entry = entered(*choices, "cancel")
        assert entry.step == "cancelled"
        assert entering.screen(entry, ONE, 12) == (entering.CANCELLED, ())


def test_places_come_from_the_book_in_their_order() -> None:
    held = frozenset({"001:hill:Hill: the house", "000:harbour:Harbour"})
    assert entering.clinic_of(held, "Europe/London").places == {"harbour": "Harbour", "hill": "Hill: the house"}
    assert entering.clinic_of(None, "UTC").places == {}


def test_what_scanning_a_ticket_comes_to() -> None:
    good = Ticket(NOW + tickets.GOOD_FOR, {"treatment": "mesotherapy"})
    assert ticket_of(good.as_json()) == good
    used = replace(good, visit={}, used_by=5)
    before, after = NOW, NOW + timedelta(hours=24)
    found = [tickets.state_of(each, 5, at) for each, at in ((None, before), (good, before), (good, after))]
    assert found == ["unknown", "good", "expired"]
    assert [tickets.state_of(used, contact, before) for contact in (5, 6)] == ["again", "used"]


def test_a_payload_is_one_telegram_takes_and_its_key_is_a_hash() -> None:
    payload = tickets.payload_of("A" * 22)
    assert tickets.is_ticket(payload)
    assert len(payload) <= 64
    assert "A" * 22 not in tickets.key_of(payload)
    assert not any(
        tickets.is_ticket(each) for each in (None, "", "poster", payload[:-1], payload + "A", "v-" + "é" * 22)
    )
