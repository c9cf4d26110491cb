"""Data files → what flows see of them: tables, campaigns, questions, and the clinic's own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel.dates import format_date
from pydantic import BaseModel

from bot.authoring.folder import DataFolder
from bot.authoring.names import find_flow
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.numbers import Numbers
from bot.clinic.opening import WEEKDAYS, closing, is_open, next_opening
from bot.clinic.rows import (
    AnswersFile,
    CampaignsFile,
    Clinic,
    ConcernsFile,
    Ladder,
    LevelLadder,
    Location,
    NumbersFile,
    PrecautionsFile,
    RecoveryFile,
    TimelinesFile,
    TreatmentsFile,
)
from bot.engine.clocks import DEFAULT_CLOCKS, Clock, Rung
from bot.engine.model import CampaignEntry, Property, Question, Row, Text
from bot.engine.value import Phrase, Value, Values

M = TypeVar("M", bound=BaseModel)


def make_catalogue(data: DataFolder) -> Catalogue:
    """The clinic's data as its rules read it; what could not be read is empty."""
    model = {name: file.model for name, file in data.files.items()}
    return build_catalogue(
        clinic=_as(Clinic, model["clinic"]),
        treatments=_as(TreatmentsFile, model["treatments"]),
        concerns=_as(ConcernsFile, model["concerns"]),
        precautions=_as(PrecautionsFile, model["precautions"]),
        timelines=_as(TimelinesFile, model["timelines"]),
        recovery=_as(RecoveryFile, model["recovery"]),
        answers=_as(AnswersFile, model["answers"]),
        campaigns=_as(CampaignsFile, model["campaigns"]),
        numbers=_as(NumbersFile, model["numbers"]),
    )


def _as(kind: type[M], model: BaseModel | None) -> M | None:
    return model if isinstance(model, kind) else None


def make_tables(catalogue: Catalogue) -> Mapping[str, Mapping[str, Row]]:
    """The tables that flows can name, each with its rows in file order; their scalar fields are columns."""
    return MappingProxyType(
        {
            "concerns": _table(catalogue.concerns.values()),
            "precautions": _table(catalogue.precautions.values()),
            "timelines": _table(catalogue.timelines.values()),
            "treatments": _table(catalogue.treatments.values()),
            "signs": _table(catalogue.signs.values()),
        }
    )


def _table(rows: Iterable[BaseModel]) -> Mapping[str, Row]:
    made = (_row(row) for row in rows)
    return MappingProxyType({row.id: row for row in made})


def _row(model: BaseModel) -> Row:
    fields = {name: getattr(model, name) for name in type(model).model_fields}
    properties: dict[str, Property] = {
        name: value
        for name, value in fields.items()
        if value is None or isinstance(value, str | int | float | bool)
    }
    label = str(fields["label"])
    return Row(
        str(fields["id"]), label, str(fields.get("name") or label), tuple(fields.get("also", ())),
        MappingProxyType(properties),
    )  # fmt: skip


def make_campaigns(catalogue: Catalogue, flows: Mapping[str, object]) -> Mapping[str, CampaignEntry]:
    """Campaigns by payload."""
    entries = (
        CampaignEntry(row.id, row.payload or row.id, find_flow(row.flow, "", flows), row.language)
        for row in catalogue.campaigns.values()
    )
    return MappingProxyType({entry.payload: entry for entry in entries})


def make_questions(catalogue: Catalogue) -> tuple[Question, ...]:
    """What people ask at any moment."""
    return tuple(
        Question(row.id, tuple(row.asked), Text(f"answers.{row.id}", (row.text,)) if row.text else None, row.sign)
        for row in catalogue.answers.values()
    )


def make_clinic(clinic: Clinic, numbers: Numbers) -> Values:
    """The names `clinic.*` that never depend on the moment, of the clinic's first location."""
    location = clinic.locations[0]
    found: dict[str, Value] = {
        "clinic.name": location.name,
        "clinic.phone": location.phone,
        "clinic.address": location.address,
        "clinic.emergency_line": location.emergency_line,
        "clinic.hours": hours_in_words(location),
        "clinic.booking_link": location.booking_link,
        "clinic.country": clinic.country,
        "clinic.ambulance": numbers.ambulance,
        "clinic.urgent": numbers.urgent,
        "clinic.crisis": numbers.crisis,
        "clinic.crisis_name": numbers.crisis_name,
        "clinic.text_relay": numbers.text_relay,
        "clinic.abroad": numbers.abroad,
        "clinic.privacy_contact": clinic.privacy_contact,
        "clinic.keep_days": clinic.keep_days,
        "clinic.on_call": frozenset(str(member) for member in clinic.on_call),
        "clinic.crisis_contact": frozenset(str(one) for one in (clinic.crisis_contact,) if one is not None),
        "clinic.staff": frozenset(f"{member.id}:{member.role}" for member in clinic.staff),
        "clinic.locations": frozenset(
            f"{number:03}:{place.id}:{place.name}" for number, place in enumerate(clinic.locations)
        ),
        "clinic.closed_on": frozenset(
            f"{each.first_on.isoformat()}/{each.last_on.isoformat()}" for each in location.closed_on
        ),
        "clinic.owners": frozenset(str(member.id) for member in clinic.staff if member.role == "owner"),
        "clinic.first_appointment_days": clinic.first_appointment_days,
        "clinic.photos": clinic.photos,
        "clinic.staffed": False,
    }
    return MappingProxyType(found)


def make_clocks(clinic: Clinic) -> Mapping[str, Clock]:
    """The clinic's ladder; a level that it leaves out rings as usual."""
    ladder = clinic.ladder or Ladder()
    own = {"red": ladder.red, "amber_today": ladder.amber_today}
    made = {name: _clock(level) for name, level in own.items() if level is not None}
    return MappingProxyType({**DEFAULT_CLOCKS, **made})


def _clock(level: LevelLadder) -> Clock:
    rungs = tuple(
        Rung(timedelta(minutes=rung.after_minutes), frozenset(rung.to), rung.only_closed) for rung in level.rungs
    )
    return Clock(rungs, level.rings, timedelta(minutes=level.call_within_minutes))


def hours_in_words(location: Location) -> str:
    """The week as lines of text, equal days together: `Mon-Wed 09:00-18:00`."""
    groups: list[tuple[list[str], str]] = []
    for day in WEEKDAYS:
        periods = " and ".join(sorted(location.hours.get(day, []))) or "closed"
        name = day[:3].capitalize()
        if groups and groups[-1][1] == periods:
            groups[-1][0].append(name)
        else:
            groups.append(([name], periods))
    return "\n".join(
        f"{days[0] if len(days) == 1 else f'{days[0]}–{days[-1]}'} {periods}" for days, periods in groups
    )


def make_moment(clinic: Clinic) -> _Moment:
    """What depends on the present moment, of the clinic's first location."""
    return _Moment(clinic.locations[0], ZoneInfo(clinic.time_zone))


CLOSES_SOON = timedelta(minutes=35)
"""From then on nobody is promised a call before it closes (bot.actions.staff_hours): it is said when it opens."""


class _Moment:
    """Called with an aware instant."""

    def __init__(self, location: Location, zone: ZoneInfo) -> None:
        self._location = location
        self._zone = zone

    def __call__(self, now: object) -> Values:
        assert isinstance(now, datetime)
        opened = is_open(self._location, self._zone, now)
        opens = next_opening(self._location, self._zone, now)
        next_open = None if opens is None else _spoken(opens, now.astimezone(self._zone))
        found: dict[str, Value] = {"clinic.open_now": opened, "clinic.next_open": next_open}
        closes = closing(self._location, self._zone, now)
        if closes is not None and closes - now < CLOSES_SOON and next_open is not None:
            words = "The clinic closes at {closes} and opens again {opens}."
            args = {"closes": f"{closes:%H:%M}", "opens": next_open}
            found["clinic.open_line"] = Phrase("clinic.open_line.closes", words, args)
        elif opened:
            found["clinic.open_line"] = Phrase("clinic.open_line.open", "The clinic is open now.")
        elif next_open is None:
            found["clinic.open_line"] = Phrase("clinic.open_line.closed", "The clinic is closed at the moment.")
        else:
            text = "The clinic is closed now and opens {opens}."
            found["clinic.open_line"] = Phrase("clinic.open_line.opens", text, {"opens": next_open})
        return found


def _spoken(opens: datetime, now: datetime) -> Value:
    """When it opens, as one says it."""
    days = (opens.date() - now.date()).days
    at = f"{opens:%H:%M}"
    if days == 0:
        return Phrase("clinic.opens.today", "today at {at}", {"at": at})
    if days == 1:
        return Phrase("clinic.opens.tomorrow", "tomorrow at {at}", {"at": at})
    day = format_date(opens.date(), "EEEE" if days < 7 else "EEEE d MMMM", locale="en")
    return Phrase("clinic.opens.day", "on {day} at {at}", {"day": day, "at": at})
