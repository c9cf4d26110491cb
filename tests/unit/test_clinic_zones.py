"""Whose clock somebody goes by: clocks, cities and countries as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.clinic.zones import PLACES, find_zone, place_of

LONDON = ZoneInfo("Europe/London")
SUMMER = datetime(2026, 6, 2, 13, 20, tzinfo=UTC)
WINTER = datetime(2026, 12, 2, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Madrid", "Europe/Madrid"),
        ("in Spain until Sunday", "Europe/Madrid"),
        ("ESPAÑA", "Europe/Madrid"),
        ("sao paulo", "America/Sao_Paulo"),
        ("St. John's", "America/St_Johns"),
        ("new_york", "America/New_York"),
        ("Barcelna", "Europe/Madrid"),
        ("mexico city", "America/Mexico_City"),
        ("UK", "Europe/London"),
        ("UAE", "Asia/Dubai"),
        ("I think the uk", None),
        ("somewhere", None),
        ("", None),
        ("the first of May", None),
    ],
)
def test_a_city_or_a_country(typed: str, zone: str | None) -> None:
    assert find_zone(typed, SUMMER, LONDON) == zone


@pytest.mark.parametrize(
    ("typed", "now", "zone"),
    [
        ("14:20", SUMMER, "Europe/London"),
        ("14:20", WINTER, "Europe/Paris"),
        ("it's 15:18 here now", SUMMER, "Europe/Paris"),
        ("2.20 pm", SUMMER, "Europe/London"),
        ("2:20", SUMMER, "Europe/London"),
        ("9:20", SUMMER, "America/New_York"),
        ("9h20 am", SUMMER, "America/New_York"),
        ("12:20 pm", WINTER, "Atlantic/Azores"),
        ("12:20 am", SUMMER, None),
        ("18:50", SUMMER, "Asia/Kolkata"),
        ("١٥:٢٠", SUMMER, "Europe/Paris"),
        ("01:20", SUMMER, "Pacific/Auckland"),
        ("0:20", WINTER, "Australia/Sydney"),
        ("14:20 in Lisbon", WINTER, "Europe/Lisbon"),
        ("between 14:20 and 15:20", SUMMER, None),
        ("25:20", SUMMER, None),
        ("14:75", SUMMER, None),
        ("13:20 pm", SUMMER, None),
        ("2 pm", SUMMER, None),
        ("14:47", SUMMER, None),
        ("1234:56", SUMMER, None),
    ],
)
def test_what_a_clock_shows(typed: str, now: datetime, zone: str | None) -> None:
    assert find_zone(typed, now, LONDON) == zone


def test_of_zones_that_agree_the_clinics_own_is_meant() -> None:
    assert find_zone("16:20", SUMMER, ZoneInfo("Africa/Nairobi")) == "Africa/Nairobi"
    assert find_zone("16:20", SUMMER, LONDON) == "Europe/Athens"
    assert find_zone("14:20", SUMMER, ZoneInfo("Europe/Jersey")) == "Europe/Jersey"


def test_every_zone_is_there_and_no_place_is_in_two() -> None:
    assert all(ZoneInfo(zone).key == zone for zone in PLACES)
    names = [name for found in PLACES.values() for name in found]
    assert len(set(names)) == len(names)
    assert all(find_zone(place_of(zone), SUMMER, LONDON) == zone for zone in PLACES)


def test_a_zone_is_named_by_a_city() -> None:
    assert place_of("Asia/Kolkata") == "Mumbai"
    assert place_of("America/North_Dakota/New_Salem") == "New Salem"
