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
    patient.say("0770")
    assert "I need a phone number here" in patient.question.html
    assert not patient.person.leads


def test_a_number_that_is_none_is_asked_for_in_other_words_and_then_it_goes_on_without() -> None:
    patient = asked_for_a_number().say("0770").say("07701")
    assert "I can't make a number of that" in patient.question.html
    patient.say("0770")
    (lead,) = patient.person.leads
    assert (lead.phone, lead.notes) == (None, ("Wrote: “0770”",))


def test_words_after_a_number_that_is_none_are_kept_first() -> None:
    patient = asked_for_a_number().say("0770").say("it is about the sore patch")
    assert "I've kept that for the clinic's team" in patient.question.html
    patient.say("I hate phones")
    assert patient.person.leads[0].phone is None


def test_where_a_number_is_known_it_goes_on_with_that() -> None:
    patient = Healing("mesotherapy").on_day(1, hour=11).say("/human")
    assert patient.question.state == "known"
    for text in ("the other one", "you know", "that one"):
        patient.say(text)
    assert patient.asked != "known"
    assert [lead.phone for lead in patient.person.leads] == ["07700900123"]
