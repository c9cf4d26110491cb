"""What the card says of dates: the last sensible day, what can show by then, and the unhurried way.

Source: data/treatments.yaml (`last_session_days`, `start_days`, the `date_…` texts), data/clinic.yaml.
"""

from __future__ import annotations

from datetime import date

from bot.actions.texts import general, topic
from bot.clinic.catalogue import Catalogue
from bot.clinic.matching import Match
from bot.clinic.timing import plan_dates
from bot.engine.value import Phrase


def date_lines(
    found: Match, when: str | None, event_on: date | None, today: date | None, catalogue: Catalogue
) -> tuple[Phrase, ...]:
    """The lines about dates for a matched treatment, each a phrase.

    Args:
        found: With an outcome that is a treatment.
        when: The timeline chosen, or picked by a typed date.
        event_on: The exact date, if one was typed.
        today: The local day of the answers.
        catalogue: The clinic's rows.
    """
    if event_on is not None and today is not None:
        lines = _for_date(found, event_on, today, catalogue)
    else:
        lines = _for_timeline(found, when, catalogue)
    return tuple(line for line in lines if line is not None)


def _for_date(found: Match, event_on: date, today: date, catalogue: Catalogue) -> tuple[Phrase | None, ...]:
    assert found.outcome is not None
    timing = plan_dates(found.outcome, event_on, today, catalogue)
    assert timing is not None
    event = _dated(general(catalogue, "date_event"), event_on)
    last = _dated(general(catalogue, "date_last"), timing.last_session_on)
    if found.timing_notes or timing.last_session_on < today:
        return event, general(catalogue, "date_not_visible")
    if not timing.fits:
        return event, last, general(catalogue, "date_close")
    return event, last, general(catalogue, "date_enough" if timing.result_by_then else "date_partial")


def _for_timeline(found: Match, when: str | None, catalogue: Catalogue) -> tuple[Phrase | None, ...]:
    """Only a span is known: its far end must leave room for a session, its near end for the result."""
    row = catalogue.timelines.get(when or "")
    if row is None or row.min_days is None:
        return (general(catalogue, "date_none"),)
    outcome = str(found.outcome)
    last = topic(catalogue, outcome, "last_session")
    if found.timing_notes:
        return last, general(catalogue, "date_not_visible")
    treatment = catalogue.treatments.get(outcome)
    last_days = (treatment.last_session_days if treatment else None) or 0
    start_days = treatment.start_days if treatment else None
    wait_days = catalogue.clinic.first_appointment_days if catalogue.clinic else 0
    if row.max_days is not None and row.max_days - last_days < wait_days:
        return last, general(catalogue, "date_close")
    enough = start_days is not None and row.min_days - start_days >= wait_days
    return last, general(catalogue, "date_enough" if enough else "date_partial")


def _dated(heading: Phrase | None, day: date) -> Phrase | None:
    """A heading with its day; only the punctuation is ours."""
    return Phrase("card.dated", "{heading}: {day}", {"heading": heading, "day": day}) if heading else None
