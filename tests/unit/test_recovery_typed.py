"""What is typed at any moment after a treatment and isn't red: heard at the first message, and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.engine.model import Weighed
from bot.engine.session import Alert
from tests.recovery_patient import Healing, committed_book

FINE = ("better", "like_today")


def idle(day: int = 3, treatment: str = "mesotherapy") -> Healing:
    patient = Healing(treatment).fine_until(day).on_day(day, 14)
    assert patient.asked == ""
    return patient


def asked(day: int = 3) -> Healing:
    return idle(day).say("is this normal?")


def the_alert(patient: Healing) -> Alert:
    (alert,) = patient.open_alerts()
    return alert


def answer_fine(patient: Healing) -> Healing:
    for option in FINE:
        patient.press(option)
    patient.choose("none")
    while patient.asked in {"redness", "swelling", "pain"}:
        patient.press("none")
    return patient


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("temperature of 38.3 since this morning", "fever"),
        ("I have a fever", "fever"),
        ("there is pus coming out of one spot", "pus_or_crust"),
        ("I have a new lump on my cheek that hurts", "new_lump"),
        ("my lump is red, hot and leaking", "leaking_lump"),
        ("my skin is hot and swelling is getting worse since yesterday", "rising"),
        ("fever is gone but redness is spreading", "spreading_slowly"),
        ("yellow crust with pus", "pus_or_crust"),
        ("the spots hurt terribly, painkillers do nothing", "strong"),
        ("I've got a cold sore coming on my lip", "cold_sore"),
        ("tiny blisters on my chin", "blisters"),
        ("is this normal? there is pus coming out", "pus_or_crust"),
    ],
)
def test_with_nothing_open_a_person_looks_today(typed: str, sign: str) -> None:
    patient = idle().say(typed)
    alert = the_alert(patient)
    assert (alert.level, alert.reason, alert.words) == ("amber_today", "heard", typed)
    assert sign in alert.signs
    assert "If nobody has rung you by" in patient.texts()[0]
    assert (alert.visit, alert.day) == (patient.visit.id, 3)


@pytest.mark.parametrize("typed", ["I have a fever of 39", "I'm covered in itchy welts"])
def test_what_the_red_list_hears_goes_first(typed: str) -> None:
    assert idle().say(typed).at.startswith("emergency.")


HOT = "I have flu and my cheek is hot and spreading"


@pytest.mark.parametrize("at", ["idle", "check-in"])
def test_a_sign_beside_an_emergency_that_is_denied_reaches_a_person_all_the_same(at: str) -> None:
    patient = (idle() if at == "idle" else asked()).say(HOT)
    assert (patient.at, patient.person.alerts) == ("emergency.sure", ())
    patient.press("no")
    alert = the_alert(patient)
    assert (alert.level, alert.reason, alert.signs, alert.words) == ("amber_today", "heard", ("hot_skin",), HOT)
    assert patient.visit.course[-1].is_typed
    assert patient.asked == ("" if at == "idle" else "overall")
    patient.say("I have pus, can it cause trouble breathing?").press("yes")
    assert patient.at == "emergency.ambulance", "a yes is red as ever"


def test_two_signs_that_are_red_together_are_not_asked_about_because_of_a_third() -> None:
    patient = idle().say("I have a fever. Can it cause blindness? And my cheek is hot and red")
    assert (patient.at, the_alert(patient).level) == ("emergency.ambulance", "red")


def test_nor_is_a_sign_kept_from_a_consultation_that_asks_itself() -> None:
    patient = idle().start("poster").press("adult").press("agree").say(HOT).press("no")
    assert (patient.at, patient.open_alerts()) == ("emergency.calm", [])


@pytest.mark.parametrize(
    ("typed", "sign"),
    [
        ("better but I have a fever", "fever"),
        ("about the same but I have pus", "pus_or_crust"),
        ("better but it is so painful that I cannot sleep", "strong"),
    ],
)
def test_an_answer_that_goes_on_with_a_sign_is_no_plain_answer(typed: str, sign: str) -> None:
    patient = asked().say(typed)
    alert = the_alert(patient)
    assert (alert.level, alert.signs, alert.words, patient.asked) == ("amber_today", (sign,), typed, "overall")
    answer_fine(patient)
    record = patient.visit.course[-1]
    assert (record.level, record.answers["words"]) == ("amber_today", (typed,))
    assert [each.id for each in patient.person.alerts] == [alert.id], "one matter, one card"
    assert the_alert(patient).status == "raised"


def test_unbearable_pain_is_red() -> None:
    patient = asked().say("it hurts so much I can not touch it, I cannot sleep for the pain")
    assert patient.at.startswith("emergency.")


@pytest.mark.parametrize(
    ("state", "typed"),
    [
        ("picture", "like that, but there is pus"),
        ("signs", "none, but yellow crust"),
        ("redness", "fading, and pus"),
    ],
)
def test_at_every_question(state: str, typed: str) -> None:
    patient = asked().press("worse" if state == "redness" else "better")
    if state != "picture":
        patient.press("like_today")
    if state == "redness":
        patient.choose("none")
    patient.say(typed)
    assert (patient.asked, the_alert(patient).signs) == (state, ("pus_or_crust",))
    patient.say("and I have a fever")
    assert (the_alert(patient).signs, the_alert(patient).words) == (
        ("pus_or_crust", "fever"),
        f"{typed}\nand I have a fever",
    )


def test_signs_that_are_options_answer_as_options() -> None:
    patient = asked().press("better").press("like_today").say("blisters, cold sore")
    assert (patient.asked, patient.person.alerts[-1].key) == ("redness", "level")


def test_what_was_chosen_and_what_is_typed_are_red_together() -> None:
    patient = asked().press("better").press("like_today").choose("fever")
    patient.press("none").press("none").press("none")
    assert (patient.asked, the_alert(patient).level) == ("more", "amber_today")
    patient.say("and my skin is now very hot and red and swollen")
    assert patient.at == "emergency.ambulance"
    assert patient.person.alerts[-1].level == "red"
    patient.press("go_on").say("pus as well")
    assert [alert.level for alert in patient.open_alerts()].count("red") == 1


def test_two_messages_are_red_together() -> None:
    patient = idle().say("I have a fever").say("my cheek is hot")
    assert (patient.at, patient.person.alerts[-1].level) == ("emergency.ambulance", "red")
    assert set(patient.person.alerts[-1].signs) >= {"fever", "hot_skin"}
    patient.press("go_on").say("and there is pus")
    assert [alert.level for alert in patient.open_alerts()].count("red") == 1


def test_after_a_mild_answer_the_box_for_more_is_heard() -> None:
    patient = asked().press("better").press("like_today").choose("spots")
    patient.press("none").press("none").press("none")
    assert (patient.asked, the_alert(patient).level) == ("more", "amber_soon")
    patient.say("the spots hurt terribly, painkillers do nothing")
    assert [alert.level for alert in patient.open_alerts()] == ["amber_soon", "amber_today"]
    assert patient.asked == "more"
    patient.say("nothing else")
    assert patient.asked == ""


def test_after_an_amber_more_words_stand_beside_it() -> None:
    patient = asked().press("better").press("like_today").choose("blisters")
    patient.press("none").press("none").press("none").say("and a cold sore")
    assert (the_alert(patient).words, patient.asked) == ("and a cold sore", "")


@pytest.mark.parametrize(
    "typed",
    [
        "one cheek is much paler than the other and feels cold",
        "yellow crust with pus on one side",
        "I have a temperature of 38.6",
        "it looks strange",
    ],
)
def test_something_else_is_for_a_person_the_same_day(typed: str) -> None:
    patient = asked().press("better").press("like_today").choose("something_else").say(typed)
    while patient.asked in {"redness", "swelling", "pain"}:
        patient.press("none")
    assert "emergency." in patient.at or patient.visit.course[-1].level == "amber_today"
    alert = the_alert(patient)
    assert alert.level in {"amber_today", "red"}
    assert alert.words == typed
    said = " ".join(text for turn in patient.turns[-4:] for text in patient.texts_of(turn))
    assert "isn't an emergency" not in said


def test_something_else_without_words_is_looked_at_soon() -> None:
    patient = asked().press("better").press("like_today").choose("something_else").on_day(4, 13)
    assert patient.visit.course[-1].level == "amber_soon"


def test_words_that_were_not_understood_reach_staff_beside_fine_answers() -> None:
    patient = asked().say("my nose makes bubbles")
    assert "Which of these" in patient.texts()[0]
    answer_fine(patient)
    alert = the_alert(patient)
    assert (alert.level, alert.reason, alert.words) == ("amber_soon", "unread", "my nose makes bubbles")
    assert "isn't an emergency" not in " ".join(patient.texts())


def test_they_stand_before_what_is_told_later() -> None:
    patient = asked().say("my nose makes bubbles").press("better").press("like_today").choose("something_else")
    patient.say("like soap")
    assert the_alert(patient).words == "my nose makes bubbles\nlike soap"


@pytest.mark.parametrize("typed", ["77", "???", "not worse", "better and the same", "not bad"])
def test_what_says_no_more_than_an_answer_is_no_task(typed: str) -> None:
    patient = answer_fine(asked().say(typed))
    assert (patient.visit.course[-1].level, patient.open_alerts()) == ("green", [])


def test_an_answer_that_goes_on_is_asked_about() -> None:
    typed = "grandma believes strangely upstairs that it is better"
    patient = asked().say(typed)
    assert ("Did you mean" in patient.texts()[0], patient.asked) == (True, "overall")
    patient.say("yes").press("like_today").choose("none")
    assert (patient.visit.course[-1].level, the_alert(patient).words) == ("amber_soon", typed)


def test_and_the_second_time_a_person_looks_today() -> None:
    patient = asked().press("better").say("like that, but grandma believes it wobbles upstairs")
    patient.say("like that, but grandpa thinks it glows at midnight")
    assert (the_alert(patient).level, patient.asked) == ("amber_today", "picture")


HARMLESS = """
no fever
is pus normal?
had a cold sore last year
a bit red
slight swelling
it's itchy
dry and flaky
tiny bumps
a small bruise
a bit warm and tight
the redness has gone down a lot
swelling is going down
no pain at all
the pain is gone
no blisters, no pus
can I take a hot shower
is it ok to go out in hot weather
what if I get a fever?
my skin feels like sunburn
it stings a little
a little sore when I touch it
slightly tender
the fever is gone
it doesn't hurt much
it hurts a bit
I never had hives
is a lump normal
I have small bumps
the little lumps are getting smaller
how long does the swelling last
can I take painkillers
my son has a fever
my husband gets cold sores
less swollen than yesterday
swelling isn't getting any worse
redness is not spreading
I have a blister on my heel
it was painful yesterday but fine now
the injections were painful
can I have a hot drink
does pus mean infection
I had a fever two years ago
my bruise is turning green and yellow
the scabs are falling off
skin is flaking on my nose
""".strip().splitlines()


def test_what_is_usual_asked_over_or_somebody_elses_raises_nothing() -> None:
    hear = committed_book().hear_today
    assert len(HARMLESS) >= 40
    assert [line for line in HARMLESS if hear(line, frozenset(), "mesotherapy", 3)] == []


@pytest.mark.parametrize("typed", HARMLESS[:8])
def test_nor_does_it_with_nothing_open(typed: str) -> None:
    assert idle().say(typed).open_alerts() == []


@pytest.mark.parametrize(
    "typed", ["much better today, thank you so much for asking!", "better, a bit dry and itchy", "about the same"]
)
def test_a_plain_answer_stays_one(typed: str) -> None:
    patient = asked().say(typed)
    assert (patient.asked, patient.open_alerts()) == ("picture", [])


def test_heat_on_the_first_day_opens_the_questions() -> None:
    patient = idle(1, "microneedling").say("my face is hot and red")
    assert (patient.asked, patient.open_alerts()) == ("overall", [])
    answer_fine(patient)
    assert (patient.visit.course[-1].level, the_alert(patient).level) == ("amber_soon", "amber_soon")


def test_a_question_about_a_sign_is_answered_by_it_and_without_a_visit_nobody_looks() -> None:
    patient = idle().say("can it cause fever?").say("yes, I have a fever")
    assert [alert.reason for alert in patient.open_alerts()] == ["heard"]
    assert patient.asked == "", "that answered it"
    patient.person = replace(patient.person, alerts=(), visits=())
    patient.say("I have a fever")
    assert patient.open_alerts() == []


def test_a_new_sign_after_the_call_is_a_new_matter() -> None:
    patient = idle().say("I have a fever")
    patient.person = replace(
        patient.person, alerts=tuple(replace(each, status="called") for each in patient.person.alerts)
    )
    patient.say("and blisters on my chin")
    assert [alert.status for alert in patient.open_alerts()] == ["called", "raised"]


def test_heat_on_the_first_day_counts_in_the_check_in_that_is_open() -> None:
    patient = idle(1, "microneedling").say("is this normal?").say("better but my face is hot and red")
    assert (patient.asked, patient.open_alerts()) == ("overall", []), "asked back, and the sign is noted beside it"
    patient.press("better").press("like_today").choose("none")
    while patient.asked in {"redness", "swelling", "pain"}:
        patient.press("none")
    record = patient.visit.course[-1]
    assert (record.level, record.answers["signs"]) == ("amber_soon", ("hot_skin",))


def test_what_no_rule_minds_is_answered_as_ever() -> None:
    patient = idle()
    patient.book = replace(patient.book, hear_today=lambda *_: Weighed(("bumps",), "green"))
    assert patient.say("bumps").at == "normal.ask/recovery.overall"


def test_without_a_flow_for_it_a_sign_is_kept_with_the_check_in() -> None:
    patient = asked()
    flows = {name: flow for name, flow in patient.book.flows.items() if name != "look_today"}
    patient.book = replace(patient.book, flows=flows)
    patient.say("I have a fever")
    assert patient.asked == "overall"
    answer_fine(patient)
    assert the_alert(patient).signs == ("fever",)


def test_where_another_question_would_be_open_then_only_the_alert_is_raised() -> None:
    patient = asked().press("better").press("more_than_this").choose("none")
    patient.press("none").press("none").press("none")
    assert patient.asked == "clarify"
    patient.say("there is pus")
    assert (patient.asked, the_alert(patient).signs) == ("clarify", ("pus_or_crust",))
    patient.press("like_today")
    assert [alert.key for alert in patient.open_alerts()] == ["today"], "what was typed stands by itself"


def test_a_yes_to_is_that_happening_stands_by_itself() -> None:
    patient = asked().say("can it cause fever?").press("yes").say("there is pus")
    assert [alert.signs for alert in patient.open_alerts()] == [("fever", "pus_or_crust")]
    answer_fine(patient)
    assert [alert.level for alert in patient.open_alerts()] == ["amber_today", "amber_today"]


def test_what_is_typed_and_then_chosen_is_red_on_the_same_card() -> None:
    patient = asked().say("better but I have a fever")
    alert = the_alert(patient)
    patient.press("better").press("like_today").choose("breathing")
    (red,) = patient.open_alerts()
    assert (red.id, red.level, red.status, red.signs) == (alert.id, "red", "changed", ("fever", "breathing"))
    assert [report.level for report in patient.reports()] == ["red"], "it rings again"


def test_what_staff_have_called_about_stays_beside_what_the_answers_come_to() -> None:
    patient = asked().say("better but I have a fever")
    called = tuple(replace(each, status="called") for each in patient.person.alerts)
    patient.person = replace(patient.person, alerts=called)
    answer_fine(patient)
    kept = [(each.key, each.status) for each in patient.open_alerts()]
    assert kept == [("today", "called"), ("level", "raised")]


def of_the_plan(day: int = 3) -> Healing:
    """Somebody who enrolled late, and asks from the plan that was just shown: the same conversation goes on."""
    patient = Healing.at_the_plan()
    visit = replace(patient.visit, treated_at=patient.visit.treated_at - timedelta(days=day))
    patient.person = replace(patient.person, visits=(visit,))
    patient.press("is_this_normal")
    assert patient.asked == "overall"
    return patient


@pytest.mark.parametrize("typed", ["38.5 this morning, skin ok", "there is pus coming out of one spot"])
def test_a_check_in_that_goes_on_from_the_plan_hears_signs_as_any(typed: str) -> None:
    patient = of_the_plan().press("better").press("like_today").say(typed)
    assert patient.asked == "signs", "the same check-in goes on"
    (alert,) = patient.open_alerts()
    assert (alert.level, alert.visit) == ("amber_today", patient.visit.id)
    patient.choose("hot_skin")
    red = [each.level for each in patient.open_alerts() if "fever" in each.signs]
    assert red == (["red"] if "38" in typed else [])


def test_words_like_an_emergency_are_kept_when_that_is_denied() -> None:
    patient = asked().press("better").press("like_today").say("fell over my own feet on the way out, all good")
    assert patient.at == "emergency.sure_any"
    patient.press("no").press("go_on")
    assert patient.asked == "signs"
    patient.choose("none")
    alert = the_alert(patient)
    assert (alert.level, alert.reason, alert.words) == (
        "amber_soon",
        "unread",
        "fell over my own feet on the way out, all good",
    )


def test_a_question_at_the_signs_chooses_none() -> None:
    patient = asked().press("better").press("like_today").say("at what temperature should I ring you")
    assert (patient.asked, patient.open_alerts()) == ("signs", [])
    assert "Did you mean “Fever or shivers”?" in patient.texts_of(patient.turns[-1])[0]
    patient.say("yes")
    assert the_alert(patient).signs == ("fever",)


def test_is_this_normal_behind_an_answered_check_in_opens_another() -> None:
    patient = asked().press("better").press("like_today").choose("fever")
    patient.press("none").press("none").press("none")
    assert patient.asked == "more"
    patient.say("is this normal").press("better").press("like_today").choose("hot_skin")
    assert "red" in {alert.level for alert in patient.open_alerts()}


@pytest.mark.parametrize(
    ("typed", "level"),
    [
        ("no trouble breathing except when I lie down", "red"),
        ("no fever except at night, 38.5 then", "amber_today"),
        ("no lumps except one by the jaw", "amber_today"),
    ],
)
def test_what_is_denied_with_an_exception_is_not_denied(typed: str, level: str) -> None:
    patient = asked().press("better").press("like_today").say(typed)
    if patient.at.startswith("emergency.sure"):
        patient.press("yes")
    assert level in {alert.level for alert in patient.open_alerts()}
