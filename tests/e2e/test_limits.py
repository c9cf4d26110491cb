"""What no patient should do and everybody does: wrong words, old buttons, pictures, and help that can't wait.

Nothing is met with silence, nothing takes a step that was not meant, and an emergency is heard in every state.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_json_chat import Chat, Turn, of

NOW = "2026-11-23T10:00:00+00:00"
TO_AIMS = ("adult", "agree")
TO_CARD: tuple[str | list[str], ...] = (*TO_AIMS, ["acne_scars"], "no_date", "none", "none", "none")
Step = str | list[str]

# A way to every kind of state: presses, and what begins with "/" is typed.
STATES: dict[str, tuple[Step, ...]] = {
    "greeting": (),
    "before consent": ("adult",),
    "choose many": TO_AIMS,
    "half marked": (*TO_AIMS, "acne_scars"),
    "a date": (*TO_AIMS, ["acne_scars"]),
    "health, half marked": (*TO_AIMS, ["acne_scars"], "no_date", "none", "pregnant"),
    "the answer": TO_CARD,
    "worth telling": (*TO_CARD, "book", "tell"),
    "after the end": (*TO_CARD, "book", "enough"),
    "browsing": ("browse",),
    "under 18": ("under_18",),
    "a number to ring": ("adult", "/human"),
    "answers": (*TO_AIMS, ["acne_scars"], "/answers"),
    "erase everything?": ("adult", "/delete"),
    "erased": ("adult", "/delete", "yes"),
    "day of the treatment": ("had_treatment", "mesotherapy", "another_day"),
    "aftercare": ("had_treatment", "mesotherapy", "just_now"),
    "lost": (*TO_AIMS, "/qwertz", "/qwertz"),
}
ODD = {
    "random": "asdf qwer",
    "emoji": "😀👍🏽",
    "5000": "x" * 5000,
    "right to left": "שלום עולם",
    "direction marks": "\u200f\u202eabc\u202c",
    "zero width": "\u200b\u200d",
    "markup": "<b>hi</b> & {name} {clinic.name} %s",
    "forged data": "b:1:1:c:zzz",
    "forged staff data": "s:have_it:L1-1",
    "a command that is none": "/frobnicate",
    "a bare slash": "/",
    "a question mark": "?",
}
UNREADABLE = (
    *("{}", "{broken", '{"say":""}', '{"say":null}', '{"press":{"a":1}}', '{"say":"a","press":"b"}'),
    *('{"press":"nope"}', '{"press":["nope"]}', '{"press":"adult","on":99999}', '{"wait":"0d"}', '{"wait":"-1d"}'),
    *('{"as":"nurse","say":"hi"}', '{"as":"staff","press":"frobnicate"}', '{"photo":7}', "   "),
)


@pytest.fixture(scope="module")
def shared_chat() -> Iterator[Chat]:
    with Chat("--now", NOW) as chat:
        yield chat


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    """Somebody new at the greeting; whoever was there is erased."""
    return begin(shared_chat)


def begin(chat: Chat, *steps: Step) -> Chat:
    chat.do(say="/delete")
    chat.do(press="yes")
    chat.do(say="/start")
    for step in steps:
        turn = chat.do(say=step) if isinstance(step, str) and step.startswith("/") else chat.do(press=step)
        assert not of(turn, "error"), (step, of(turn, "error"))
    return chat


def shown(turn: Turn) -> Turn:
    """What somebody sees: new messages, changed keyboards, notes and errors; not the mark of an answer."""
    return [
        one
        for one in turn
        if one["type"] == "error" or (one["type"] == "message" and not ("edits" in one and "options" not in one))
    ]


def said(turn: Turn) -> Turn:
    return [one for one in of(turn, "message") if one["to"] == "patient" and "edits" not in one]


def place(chat: Chat) -> str:
    """What can be pressed now, from the error to a press that nothing has."""
    return str(of(chat.do(press="?"), "error")[0]["text"])


@pytest.mark.parametrize("state", STATES)
def test_nothing_odd_is_met_with_silence_or_takes_a_step(shared_chat: Chat, state: str) -> None:
    for name, text in ODD.items():
        chat = begin(shared_chat, *STATES[state])
        before = place(chat)
        turn = chat.do(say=text)
        assert shown(turn), (state, name)
        for kind in ("result", "alert", "lead"):
            assert of(turn, kind) == [], (state, name)
        for message in said(turn):
            assert "x" * 100 not in message["text"]
            assert "{" not in message["text"]
        if state not in ("after the end", "erased", "lost"):
            assert place(chat) == before, (state, name)


@pytest.mark.parametrize("state", STATES)
def test_what_cannot_be_read_is_answered_and_changes_nothing(shared_chat: Chat, state: str) -> None:
    chat = begin(shared_chat, *STATES[state])
    before = place(chat)
    for line in UNREADABLE:
        turn = chat.line(line.encode())
        assert [one["type"] for one in turn[:-1]] == ["error"], line
        assert place(chat) == before
    assert shown(chat.do(photo="face.jpg"))


EMERGENCIES = {
    "I can't breathe": "999",
    "my cheek has gone white and cold": "020 7946 0199",
    "I want to kill myself": "116 123",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", EMERGENCIES)
def test_an_emergency_is_heard_in_every_state(shared_chat: Chat, state: str, words: str) -> None:
    chat = begin(shared_chat, *STATES[state])
    turn = chat.do(say=words)
    (alert,) = of(turn, "alert")
    assert (alert["level"], alert["status"]) == ("red", "raised")
    first = said(turn)[0]
    assert EMERGENCIES[words] in first["text"]
    assert first["lane"] == "alert"
    cards = [one for one in of(turn, "message") if one["to"] == "staff"]
    assert len(cards) == (alert["reason"] != "crisis")  # of self-harm one named person is told, never the group
    for card in cards:
        assert not any(word in card["text"].casefold() for word in ("breath", "cheek", "pregnant", "acne"))
    # And on it goes, where it was.
    turn = chat.do(press="go_on")
    assert shown(turn)


@pytest.mark.parametrize(
    "words",
    [
        *("I have no vision in my right eye", "i cant breath", "my tongue is swelling up", "everything is blurry"),
        *("half my face is drooping", "the redness is spreading really fast", "I took an overdose"),
        *(
            "no, I can't breathe",
            "swollen lips but no trouble breathing",
            "I CANT BREATHE!!!",
            "worst headache of my life",
        ),
        *(
            "there is a lacy purple pattern on my cheek",
            "blisters and it's really painful",
            "fever and hot red skin",
        ),
    ],
)
def test_plain_words_of_the_red_list_alert(chat: Chat, words: str) -> None:
    assert [one["level"] for one in of(chat.do(say=words), "alert")] == ["red"]


@pytest.mark.parametrize(
    "words",
    [
        *(
            "no trouble breathing",
            "I can breathe fine",
            "no fever, no pus",
            "my vision is fine",
            "no vision problems",
        ),
        *("I'm dying to know", "breathtaking", "these scars are killing me", "never had a seizure", "puffy eyes"),
        *("my lips are dry", "is it normal to be red?", "i'm not suicidal", "I can't see any results"),
    ],
)
def test_figures_of_speech_and_denials_do_not(chat: Chat, words: str) -> None:
    turn = chat.do(say=words)
    assert of(turn, "alert") == []
    assert said(turn)[-1]["flow"] != "emergency"


def test_twice_lost_a_person_is_offered(chat: Chat) -> None:
    chat.do(press="adult")
    assert said(chat.do(say="hmmm"))[-1]["state"] == "consent"
    lost = said(chat.do(say="dunno what"))[-1]
    assert {"go_on", "person", "restart"} <= {option["id"] for option in lost["options"]}
    assert said(chat.do(press="go_on"))[-1]["state"] == "consent"


def test_a_double_press_has_one_effect(chat: Chat) -> None:
    greeting = said(chat.do(say="hello"))[-1]
    first = chat.do(press="adult", on=greeting["id"])
    assert said(first)[-1]["state"] == "consent"
    again = chat.do(press="adult", on=greeting["id"])
    assert shown(again)
    assert not any(one.get("state") == "aims" for one in said(again))


def test_an_old_button_brings_the_present_question(chat: Chat) -> None:
    greeting = said(chat.do(say="hello"))[-1]
    for step in TO_CARD[:4]:
        chat.do(press=step)
    turn = chat.do(press="under_18", on=greeting["id"])
    assert said(turn)[-1]["state"] == "face"
    assert of(turn, "result") == []


def test_a_booking_button_of_before_is_no_way_round_a_stop(chat: Chat) -> None:
    card: dict[str, Any] = {}
    for step in TO_CARD:
        turn = chat.do(press=step)
        card = (said(turn) or [card])[-1]
    chat.do(press="back")
    chat.do(press="back")
    chat.do(press=["distress"])
    chat.do(press="none")
    turn = chat.do(press="book", on=card["id"])
    assert shown(turn)
    assert of(turn, "lead") == []
    assert not any(button["id"].startswith("link") for one in said(turn) for button in one["extras"])


STAFF_SEES_NOT = ("acne", "scar", "pregnan", "07700", "900123", "micro")


def test_the_desk_from_asking_to_closed(chat: Chat) -> None:
    for step in TO_CARD:
        chat.do(press=step)
    chat.do(press="ring_me")
    asked = chat.do(contact="+447700900123")
    (lead,) = of(asked, "lead")
    (card,) = [one for one in of(asked, "message") if one["to"] == "staff"]
    assert lead["code"] in card["text"]
    assert not any(word in card["text"].casefold() for word in STAFF_SEES_NOT)
    assert [button["id"] for button in card["extras"]] == ["have_it"]

    def press(verb: str) -> tuple[list[str], str]:
        turn = chat.do(as_="staff", press=verb, on=lead["id"])
        assert said(turn) == []
        return [one["status"] for one in of(turn, "lead")], "\n".join(one["text"] for one in shown(turn))

    for early in ("called", "no_answer", "closed"):
        assert press(early) == ([], "Take it first.")
    status, text = press("have_it")
    assert status == ["taken"]
    for known in (lead["code"], "+447700900123", "indented acne scars", "Match: Microneedling"):
        assert known in text
    assert press("no_answer")[0] == ["no_answer"]
    assert press("called")[0] == ["called"]
    assert press("closed")[0] == ["closed"]
    assert press("have_it") == ([], "That one is closed.")
    assert press("ours")[0] == []
    # Asked for again, it is a new request.
    chat.do(say="/human")
    assert of(chat.do(say="07700 900123"), "lead")[0]["id"] != lead["id"]


def test_staff_commands(chat: Chat) -> None:
    chat.do(press="under_18")
    asked = chat.do(say="/human") and chat.do(say="07700 900 456")
    code = of(asked, "lead")[0]["code"]

    def staff(text: str) -> str:
        turn = chat.do(as_="staff", say=text)
        assert said(turn) == []
        return "\n".join(one["text"] for one in of(turn, "message"))

    assert "under 18" in staff(f"/find {code.lower()}")
    assert "nobody with that code" in staff("/find QQQQ")
    assert "nobody with that code" in staff("/find")
    assert "/find CODE" in staff("/help")
    assert "/help" in staff("/frobnicate")
    assert staff("thank you, colleagues") == ""  # between colleagues
    assert "start" in staff(f"/lift {code}")
    chat.do(say="/start")
    begun = chat.do(press="restart")
    assert said(begun)[-1]["state"] == "welcome"
    assert said(chat.do(press="adult"))[-1]["state"] == "consent"


def test_a_staff_press_on_what_is_gone_is_answered(chat: Chat) -> None:
    turn = chat.do(as_="staff", press="have_it", on="L99999-9")
    assert [one["text"] for one in shown(turn)] == ["That is no longer there."]
