"""What comes of a check-in that was left half answered, though nobody waits for it: by night, after /stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.effect import Lane, SendMessage, To
from bot.engine.event import TimerFired
from tests.recovery_patient import Healing


def at_details(*signs: str, day: int = 3, hour: int = 18, minute: int = 40) -> Healing:
    """Somebody who asks by themselves, says that something is off, and goes away at the first detail."""
    patient = Healing("microneedling").fine_until(day).on_day(day, hour, minute)
    patient.say("is this normal?").press("better").press("like_today").choose(*signs)
    assert patient.asked == "redness"
    return patient


def brought(patient: Healing) -> list[SendMessage]:
    """What the last event brought to the patient, marks on answered questions apart."""
    mine = (effect for effect in patient.sent() if effect.to is To.PATIENT and effect.edits is None)
    return [effect for effect in mine if not effect.occasion]


def left(patient: Healing) -> list[SendMessage]:
    """What comes a quarter of an hour later."""
    patient.until(patient.now + timedelta(minutes=15))
    return brought(patient)


def test_what_makes_room_for_a_check_in_waits_through_the_night_if_it_is_kept_so_long() -> None:
    patient = Healing("microneedling").on_day(1, 14)
    assert patient.asked == "overall", "of the evening before"
    patient.press("better").on_day(1, 18, 48)
    patient.press("like_today").choose("spots").on_day(1, 19)
    words, more = brought(patient)
    assert words.html.startswith("Thank you for telling me. It's worth a look")
    assert more.state == "more"
    (mark,) = [effect for effect in patient.sent() if effect.droppable]
    assert mark.quiet_in == "Europe/London", "a message that stands there is not changed at night either"
    (check_in,) = [effect for effect in patient.sent() if effect.occasion]
    assert (check_in.quiet_in, check_in.window_seconds) == ("", 2 * 3600)
    for effect in (words, more):
        assert (effect.quiet_in, effect.lane, effect.window_seconds) == ("Europe/London", Lane.REPLY, 86_400)


def test_it_goes_by_the_persons_own_night() -> None:
    patient = at_details("spots")
    contact = replace(patient.person.contact, time_zone="Asia/Dubai")
    patient.person = replace(patient.person, contact=contact)
    assert {effect.quiet_in for effect in left(patient)} == {"Asia/Dubai"}


def test_what_somebody_should_look_at_today_waits_for_nothing() -> None:
    """Staff have had it since the signs were chosen; a quarter of an hour later it is told, whatever the hour."""
    patient = at_details("fever", hour=23)
    assert [alert.level for alert in patient.open_alerts()] == ["amber_today"]
    words, more = left(patient)
    assert "Somebody should look at this <b>today</b>" in words.html
    assert {(each.lane, each.quiet_in) for each in (words, more)} == {(Lane.ALERT, "")}


@pytest.mark.parametrize("status", ["called", "closed"])
def test_once_somebody_has_been_reached_it_can_wait(status: str) -> None:
    patient = at_details("fever", hour=23)
    (alert,) = patient.open_alerts()
    patient.person = replace(patient.person, alerts=(replace(alert, status=status),))
    assert {effect.quiet_in for effect in left(patient)} == {"Europe/London"}


def test_after_stop_what_tells_of_an_alert_still_comes() -> None:
    patient = at_details("spots")
    patient.say("/stop")
    words, more = left(patient)
    assert {(each.lane, each.quiet_in) for each in (words, more)} == {(Lane.REPLY, "Europe/London")}


def test_marks_that_were_left_are_answered_like_a_press_unless_it_is_long_ago_or_stopped() -> None:
    def ticked() -> Healing:
        patient = Healing("microneedling").fine_until(3).on_day(3, 22)
        patient.say("is this normal?").press("better").press("like_today").press("spots")
        return patient

    def key(patient: Healing) -> str:
        return next(key for key in patient.waiting_timers() if key.startswith("ticked/"))

    patient = ticked()
    patient.take(TimerFired(key(patient), 60.0))
    assert [(each.lane, each.quiet_in) for each in brought(patient)] == [(Lane.REPLY, "")]
    patient = ticked()
    patient.take(TimerFired(key(patient), 3600.0))
    assert [(each.lane, each.quiet_in) for each in brought(patient)] == [(Lane.CHECK_IN, "Europe/London")]
    patient = ticked()
    stopped = key(patient.say("/stop"))
    patient.take(TimerFired(stopped, 0.0))
    assert (brought(patient), patient.asked) == ([], "redness")
