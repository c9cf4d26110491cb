"""`enrol`: a treatment that somebody says they have had, and the check-ins they agreed to.

Source: data/recovery.yaml, `plan` (reviewed_on inside).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from bot.actions.course_picture import course_picture
from bot.actions.staff_hours import instant_of, zone_of
from bot.actions.standing import standing, text
from bot.actions.texts import general
from bot.actions.ticket import TICKET, entered_by_staff
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.plan import CheckIn, plan_check_ins
from bot.clinic.rows import PartOfDay
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

NAME_KEPT = 80
"""Characters of a name that are kept: the rest of a longer text is no name."""
REFUSED = "not_now"
CHANGED = ("asking.before", "asking.part_of_day", "asking.time_zone")
"""What a change of the asking time writes beside the answers, while the plan is still shown."""


def enrol(catalogue: Catalogue) -> tuple[Action, ...]:
    """`offer_check_ins` sets `enrol.consent`, the words that are agreed to; `enrol` holds to them."""
    takes_photos = catalogue.clinic is not None and catalogue.clinic.photos
    words = general(catalogue, "check_in_consent_with_photos") if takes_photos else None
    words = words or general(catalogue, "check_in_consent")
    version = sha256((words.text if words else "").encode()).hexdigest()[:16]

    def offer(_values: Values) -> Outcome:
        return Outcome({"enrol.consent": words} if words else {})

    def run(values: Values) -> Outcome:
        treatment = text(values, "treatment") or text(values, "visit.treatment")
        treated_at = instant_of(values.get("care.treated_at") or values.get("ticket.treated_at"))
        now = instant_of(values.get("answered_at"))
        if treatment not in {*TREATMENTS, "combined"} or treated_at is None or now is None:
            return Outcome({"enrol.planned": False})
        asking = text(values, "part_of_day") or text(values, "ticket_asking")
        part: PartOfDay = "morning" if asking == "morning" else "evening"
        own = text(values, "contact.time_zone")
        zone = ZoneInfo(own) if own else zone_of(catalogue)
        planned = plan_check_ins(treatment, treated_at, now, catalogue, zone=zone, part_of_day=part)
        phone, name = text(values, "phone"), text(values, "name")
        visit = standing(
            "visit",
            "visit",
            treatment=treatment,
            treated_at=treated_at.isoformat(),
            device=text(values, "device") or text(values, "ticket.device"),
            name=None if name in {None, REFUSED} else " ".join(str(name).split())[:NAME_KEPT],
            part_of_day=part,
            phone=None if phone == REFUSED else phone,
            phone_refused=phone == REFUSED,
            **entered_by_staff(values),
        )
        plan = standing("plan", "plan", check_ins=[_kept(each) for each in planned], consent=version)
        has_phone = phone not in {None, REFUSED}
        said: dict[str, Value] = {"enrol.planned": bool(planned), "enrol.has_phone": has_phone}
        if planned:
            part, zone = _as_changed(values, part, zone)
            shown = plan_check_ins(treatment, treated_at, now, catalogue, zone=zone, part_of_day=part)
            asked = _asked(values, treatment, treated_at.astimezone(zone).date())
            to_come = [each for each in shown if each.occasion not in asked]
            if not values.get("contact.stopped"):  # a plan that won't come isn't shown
                said["enrol.lines"] = calendar(to_come, now, zone, catalogue)
                said["enrol.heading"] = general(catalogue, "plan_heading")
                said["enrol.commands"] = general(catalogue, "plan_commands")
            said["enrol.course"] = course_picture(treatment, catalogue)
        return Outcome({name: value for name, value in said.items() if value is not None}, (visit, plan))

    reads = (
        "treatment",
        "device",
        "care.treated_at",
        "name",
        "phone",
        "part_of_day",
        "ticket_asking",
        "answered_at",
        "visit.treatment",
        "visit.treated_on",
        "visit.asked",
        "contact.time_zone",
        "contact.stopped",
        *CHANGED,
        *TICKET,
    )
    sets: dict[str, frozenset[str] | None] = dict.fromkeys(
        ("enrol.lines", "enrol.heading", "enrol.commands", "enrol.course")
    )
    sets["enrol.planned"] = sets["enrol.has_phone"] = frozenset({"true", "false"})
    return (
        Action("offer_check_ins", (), {"enrol.consent": None}, frozenset(), offer),
        Action("enrol", reads, sets, frozenset({"visit", "plan"}), run),
    )


def _asked(values: Values, treatment: str, on: date) -> set[str]:
    """What has been asked already of a visit that is entered once more: it is not asked again."""
    is_same = (treatment, on.isoformat()) == (text(values, "visit.treatment"), text(values, "visit.treated_on"))
    return set((text(values, "visit.asked") or "").split()) if is_same else set()


def _as_changed(values: Values, part: PartOfDay, zone: ZoneInfo) -> tuple[PartOfDay, ZoneInfo]:
    """When the person is asked by now: what they have chosen since they enrolled, unless they enrolled anew."""
    changed, where = text(values, "asking.part_of_day"), text(values, "asking.time_zone")
    if where is None or text(values, "asking.before") != part:
        return part, zone
    return ("morning" if changed == "morning" else "evening"), ZoneInfo(where)


def calendar(
    planned: Sequence[CheckIn], now: datetime, zone: ZoneInfo, catalogue: Catalogue
) -> tuple[Phrase, ...]:
    """The check-ins as lines, a day each, in local dates; those of today by their hour."""
    lines: dict[str, Phrase] = {}
    today = now.astimezone(zone).date()
    for each in planned:
        local = each.due_at.astimezone(zone)
        about = general(catalogue, "plan_lumps" if each.kind == "one_tap_lump" else "plan_question")
        if local.date() == today:
            today_said = general(catalogue, "plan_today")
            args: dict[str, Value] = {"on": today_said, "at": f"{local:%H:%M}", "about": about}
        else:
            args = {"on": local.date(), "at": f"{local:%H:%M}", "about": about}
        lines[each.occasion] = Phrase("plan.line", "{on}, {at}: {about}", args)
    return tuple(lines.values())


def _kept(each: CheckIn) -> dict[str, object]:
    return {
        "occasion": each.occasion,
        "day": each.day,
        "due_at": each.due_at.isoformat(),
        "essential": each.essential,
        "kind": each.kind,
        "catch_up_seconds": int(each.catch_up.total_seconds()),
        "told_after_seconds": int(each.told_after.total_seconds()),
    }
