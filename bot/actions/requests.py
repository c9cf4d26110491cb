"""Actions that ask the clinic's staff for something: a booking, a call, help now.

Notes are for staff, in the clinic's own language; they are shown in private only.
"""

from __future__ import annotations

from datetime import date
from urllib.parse import quote, urlsplit, urlunsplit

from bot.actions.staff_hours import instant_of, who_reads
from bot.actions.standing import ids, standing, text
from bot.actions.texts import general, name_of, name_of_treatment, note_of
from bot.actions.treated import READS, treated_in
from bot.actions.typed_record import typed_record
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action, Outcome, Standing
from bot.engine.value import Phrase, Value, Values

ANSWERS = ("concerns", "precautions", "when", "when_on", "match.outcome")
LEADS = frozenset({"booking", "ring_me"})


def requests(catalogue: Catalogue) -> tuple[Action, ...]:
    """`open_booking`, `ask_to_ring`, `note_tell` and `raise_alert`."""

    def open_booking(values: Values) -> Outcome:
        opened = _opened("booking", values, catalogue)
        link = booking_link(text(values, "clinic.booking_link"), text(values, "campaign"))
        said: dict[str, Value] = {
            "lead.link": link,
            "lead.online": general(catalogue, "book_online") if link else None,
            "lead.code_use": general(catalogue, "code_use") if values.get("clinic.staffed") else None,
        }
        return Outcome(
            {**opened.values, **{name: each for name, each in said.items() if each is not None}}, opened.wanted
        )

    def ask_to_ring(values: Values) -> Outcome:
        return _opened("ring_me", values, catalogue)

    def note_tell(values: Values) -> Outcome:
        key = text(values, "lead.key")
        told = tuple(
            phrase
            for row in catalogue.precautions.values()
            if row.screen == "tell" and row.id in ids(values, "precautions")
            if (phrase := note_of(catalogue, "precautions", row.id)) is not None
        )
        wanted = (_lead(key, values, catalogue),) if key else ()
        return Outcome({"lead.told": told} if told else {}, wanted)

    def raise_alert(values: Values) -> Outcome:
        at = instant_of(values.get("answered_at"))
        is_crisis = text(values, "emergency.family") == "crisis"
        told = who_reads(catalogue, at, staffed=bool(values.get("clinic.staffed")), is_crisis=is_crisis)
        rows = (catalogue.signs.get(sign) for sign in _signs(values))
        said: dict[str, Value] = {
            "alert.told": told,
            "alert.say": _to_say(values, catalogue),
            "alert.harm_done": any(row is not None and row.ambulance_first for row in rows),
        }
        wanted = [_alert(values)]
        found = treated_in(values)
        if found is not None and not is_crisis and text(values, "emergency.family") is not None:
            words = text(values, "emergency.words")
            wanted.append(typed_record(found, "red", _signs(values), words, catalogue))
        return Outcome({name: each for name, each in said.items() if each is not None}, tuple(wanted))

    ringing = (*ANSWERS, "phone", "emergency.family", "ring.words")
    heard = ("emergency.family", "emergency.signs", "emergency.words", "clinic.staffed", "answered_at", *READS)
    key: dict[str, frozenset[str] | None] = {"lead.key": LEADS}
    return (
        Action(
            "open_booking",
            (*ANSWERS, "clinic.staffed", "clinic.booking_link", "campaign"),
            {**key, "lead.code_use": None, "lead.link": None, "lead.online": None},
            frozenset({"lead"}),
            open_booking,
        ),
        Action("ask_to_ring", ringing, key, frozenset({"lead"}), ask_to_ring),
        Action("note_tell", (*ringing, "lead.key"), {"lead.told": None}, frozenset({"lead"}), note_tell),
        Action(
            "raise_alert",
            heard,
            {"alert.told": None, "alert.say": None, "alert.harm_done": frozenset({"true", "false"})},
            frozenset({"alert", "course"}),
            raise_alert,
        ),
    )


def booking_link(link: str | None, campaign: str | None) -> str | None:
    """The clinic's own link with the campaign in it, and never an answer; None where the clinic has no link."""
    if link is None or campaign is None:
        return link
    parts = urlsplit(link)
    query = "&".join(filter(None, (parts.query, f"utm_campaign={quote(campaign, safe='')}")))
    return urlunsplit(parts._replace(query=query))


def _opened(key: str, values: Values, catalogue: Catalogue) -> Outcome:
    return Outcome({"lead.key": key}, (_lead(key, values, catalogue),))


def _lead(key: str, values: Values, catalogue: Catalogue) -> Standing:
    first = text(values, "match.outcome") == "practitioner_first"
    return standing(
        "lead",
        key,
        kind="consultation" if key == "booking" and first else key,
        notes=_notes(values, catalogue),
        phone=_phone(values) if key == "ring_me" else None,
        urgent=text(values, "emergency.family") is not None,
    )


def _phone(values: Values) -> str | None:
    """The number that was given; the ids of other ways on (`without`) are none."""
    given = text(values, "phone")
    return given if given and any(letter.isdigit() for letter in given) else None


def _notes(values: Values, catalogue: Catalogue) -> list[str]:
    """What the practitioner will want to know, a line each."""
    lines = []
    outcome = text(values, "match.outcome")
    if outcome:
        row = catalogue.treatments.get(outcome)
        lines.append(f"Match: {row.label if row else 'a practitioner first'}")
    for heading, kind in (("Would like to improve", "concerns"), ("To know", "precautions")):
        rows = catalogue.concerns if kind == "concerns" else catalogue.precautions
        chosen = ids(values, kind)
        phrases = [name_of(catalogue, kind, each) for each in (*rows, "not_sure") if each in chosen]
        names = [phrase.text for phrase in phrases if phrase]
        if names:
            lines.append(f"{heading}: {', '.join(names)}")
    if words := text(values, "ring.words"):
        lines.append(f"Wrote: “{words}”")
    timeline = catalogue.timelines.get(text(values, "when") or "")
    if timeline:
        on = values.get("when_on")
        lines.append(f"When: {timeline.label}{f' ({on.isoformat()})' if isinstance(on, date) else ''}")
    return lines


def _to_say(values: Values, catalogue: Catalogue) -> Phrase | None:
    """What to say there of the treatment; None where it or its day isn't known."""
    found = treated_in(values)
    name = name_of_treatment(catalogue, found.treatment) if found is not None else None
    if found is None or found.on is None or name is None:
        return None
    words = "Tell them what is happening, and say: “I had {treatment} on {treated_on}.”"
    return Phrase("alert.say", words, {"treatment": name, "treated_on": found.on})


def _alert(values: Values) -> Standing:
    """Red, from what was typed, or from the list of urgent signs when nothing was."""
    reason = text(values, "emergency.family") or "urgent_list"
    return standing("alert", "red", level="red", reason=reason, signs=_signs(values))


def _signs(values: Values) -> list[str]:
    return [sign for sign in (text(values, "emergency.signs") or "").split(",") if sign]
