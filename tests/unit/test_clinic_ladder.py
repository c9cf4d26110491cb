"""The clinic's own ladder, and the numbers of its country."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.authoring.tables import make_clocks
from bot.clinic import rows
from bot.clinic.catalogue import build_catalogue
from bot.clinic.checks import check_catalogue
from bot.clinic.ladder import broken_rungs, rings_on_call_when_closed
from bot.clinic.numbers import Numbers, numbers_of
from bot.engine.clocks import DEFAULT_CLOCKS
from tests.clinic_data import clinic, numbers

AT_ONCE: dict[str, Any] = {"after_minutes": 0, "to": ["group"]}
AGAIN: dict[str, Any] = {"after_minutes": 3, "to": ["group", "on_call", "owner"]}


def level(*rungs: dict[str, Any], call_within_minutes: int = 15, **more: Any) -> dict[str, Any]:
    return {"rungs": list(rungs), "call_within_minutes": call_within_minutes, **more}


def broken(name: str, made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for one in broken_rungs(clinic(ladder={name: made})):
        assert one.mend
        yield one.field, one.message


def test_what_holds_has_nothing_to_mend() -> None:
    assert list(broken_rungs(clinic())) == []
    assert list(broken("red", level(AT_ONCE, AGAIN))) == []
    assert list(broken("amber_today", level(AT_ONCE, {**AGAIN, "after_minutes": 120}))) == []


@pytest.mark.parametrize(
    ("made", "field", "message"),
    [
        (level({**AT_ONCE, "only_closed": True}, AGAIN), "rungs", "the group doesn't get the card at once"),
        (level({**AT_ONCE, "to": ["owner"]}, AGAIN), "rungs", "the group doesn't get the card at once"),
        (
            level(AT_ONCE, {**AGAIN, "after_minutes": 9}, AGAIN),
            "rungs.2.after_minutes",
            "3 minutes come after 9",
        ),
        (level(AT_ONCE), "rungs", "nobody is rung again"),
        (level(AT_ONCE, {**AGAIN, "after_minutes": 16}), "rungs", "it rings again only after 16 minutes"),
        (
            level(AT_ONCE, {**AGAIN, "only_closed": True}, {**AGAIN, "after_minutes": 6}),
            "rungs.1",
            "nobody is rung after 3 minutes while the clinic is open",
        ),
        (
            level(AT_ONCE, AGAIN, call_within_minutes=61),
            "call_within_minutes",
            "61 minutes are too long to wait for a call",
        ),
    ],
)
def test_a_ladder_on_which_an_alert_is_missed(made: dict[str, Any], field: str, message: str) -> None:
    assert list(broken("red", made)) == [(f"ladder.red.{field}", message)]


def test_the_words_about_the_on_call_phone_are_true() -> None:
    assert not rings_on_call_when_closed(clinic(on_call=[]))
    assert rings_on_call_when_closed(clinic(on_call=[5]))
    own = {"red": level(AT_ONCE, AGAIN)}
    assert not rings_on_call_when_closed(clinic(on_call=[5], ladder=own))
    closed = {"after_minutes": 0, "to": ["on_call"], "only_closed": True}
    assert rings_on_call_when_closed(clinic(on_call=[5], ladder={"red": level(AT_ONCE, closed, AGAIN)}))


def test_the_shipped_clock_passes_its_own_check() -> None:
    for name, clock in DEFAULT_CLOCKS.items():
        rungs = [
            {
                "after_minutes": rung.after // timedelta(minutes=1),
                "to": sorted(rung.to),
                "only_closed": rung.only_closed,
            }
            for rung in clock.rungs
        ]
        made = level(*rungs, rings=clock.rings, call_within_minutes=clock.uncalled // timedelta(minutes=1))
        own = clinic(ladder={name: made})
        assert list(broken_rungs(own)) == []
        assert make_clocks(own) == DEFAULT_CLOCKS
    assert make_clocks(clinic()) == DEFAULT_CLOCKS


def resolved(country: str, own: dict[str, Any] | None = None) -> Numbers:
    made = clinic(country=country, numbers=own or {})
    return numbers_of(build_catalogue(clinic=made, numbers=numbers()))


def test_numbers_come_from_the_country_and_each_can_be_the_clinics_own() -> None:
    assert resolved("US")[:4] == ("911", "", "988", "the 988 Lifeline")
    assert resolved("US", {"urgent": "555-0100"}).urgent == "555-0100"
    assert resolved("GB", {"crisis": "0300"})[2:4] == ("0300", "the emergency services")
    assert resolved("GB", {"crisis": "0300", "crisis_name": "Ours"}).crisis_name == "Ours"
    assert resolved("GB", {"crisis_name": "Ours"})[2:4] == ("116 123", "Ours")
    assert resolved("GB", {"text_relay": "Write."}).text_relay == "Write."
    assert resolved("TR")[2:4] == ("112", "the emergency services")
    assert resolved("ZZ") == ("", "", "", "the emergency services", None, "112")
    assert (resolved("GB").abroad, resolved("LT").ambulance) == ("112", "112")
    assert numbers_of(build_catalogue()).abroad is None
    assert numbers_of(build_catalogue()).ambulance == ""


def test_every_country_has_an_ambulance_and_its_sources() -> None:
    made = numbers().countries
    countries = "GB IE US CA AU NZ DE FR ES IT PT NL PL TR AE EU"
    countries = f"{countries} AT BE BG HR CY CZ DK EE FI GR HU LV LT LU MT RO SK SI SE"
    assert " ".join(row.id for row in made) == countries
    for row in made:
        assert row.ambulance
        assert (row.crisis is None) == (row.crisis_name is None)
        assert row.source


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"country": "ZZ"}, ["clinic:numbers", "clinic:numbers", "clinic:crisis_contact"]),
        ({"country": "IE", "crisis_contact": 5}, ["clinic:numbers"]),
        ({"crisis_contact": 5}, []),
        ({"crisis_contact": 5, "ladder": {"red": level(AT_ONCE)}}, ["clinic:ladder"]),
    ],
)
def test_check_asks_for_what_is_missing(more: dict[str, Any], codes: list[str]) -> None:
    made = build_catalogue(clinic=clinic(**more), numbers=numbers())
    assert [one.code for one in check_catalogue(made)] == codes


def test_a_rung_is_for_somebody() -> None:
    with pytest.raises(ValueError, match="to"):
        rows.LadderRung.model_validate({"after_minutes": 0, "to": []})
