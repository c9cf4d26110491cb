"""Words where a telephone number is asked for: they reach whoever rings, and hold nobody up."""

from __future__ import annotations

from tests.recovery_patient import Healing


def asked_for_a_number() -> Healing:
    patient = Healing("mesotherapy", phone=None).on_day(1, hour=11)
    patient.say("/human")
    assert patient.question.state == "number"
    return patient


def test_they_are_kept_and_the_number_is_asked_for_once_more() -> None:
    patient = asked_for_a_number()
    patient.say("it is about the sore patch")
    assert "I've kept that for the clinic's team" in patient.question.html
    assert "without" in patient.buttons()
    patient.say("07700 900123")
    (lead,) = patient.person.leads
    assert (lead.phone, lead.notes) == ("07700900123", ("Wrote: “it is about the sore patch”",))


def test_the_second_time_it_goes_on_without() -> None:
    patient = asked_for_a_number()
    patient.say("it is about the sore patch").say("I hate phones")
    (lead,) = patient.person.leads
    assert (lead.phone, lead.notes) == (None, ("Wrote: “it is about the sore patch\nI hate phones”",))
    assert "have no number to give them" in "\n".join(patient.texts())


def test_what_is_nearly_a_number_is_still_asked_for() -> None:
    patient = asked_for_a_number()
    patient.say("0770").say("0770")
    assert "I need a phone number here" in patient.question.html
    assert not patient.person.leads
