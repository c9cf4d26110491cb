"""The engine's own words: what stands on buttons and in short notes of every flow. Translated like all others."""

from __future__ import annotations

from bot.engine.model import Text


def _text(place: str, words: str) -> Text:
    return Text(f"engine.{place}", (words,))


BACK = _text("back", "‹ Back")
DONE = _text("done", "Done ✓")
URGENT = _text("urgent", "This feels urgent")
IS_NORMAL = _text("is_normal", "Is this normal?")
SHARE_PHONE = _text("share_phone", "Share my number")
CHOSEN = _text("chosen", "✓ **{chosen}**")

NOTED_ALREADY = _text("noted_already", "I have that already, thank you.")
NOT_A_BUTTON = _text("not_a_button", "That button doesn't work here.")
QUESTION_BEHIND = _text("question_behind", "That one is behind us. Here is where we are:")
OVER = _text("over", "We've finished that one, and I'm still here: just write.")
CHOOSE_FIRST = _text("choose_first", "Choose at least one first, please.")
AS_IT_WAS = _text("as_it_was", "Good, your answers stay as they were.")
CHANGE_THIS = _text("change_this", "Let's look at this one again.")

UNCLEAR = _text("unclear", "I heard “{heard}”, but I'm not sure I understood. Did you mean {meant}?")
UNCLEAR_NOT = _text("unclear_not", "I'm not sure how to take that. Please choose, so that I get it right.")
NOT_UNDERSTOOD = {
    "one": _text("miss.one", "Sorry, I didn't get that. Please tap an answer, or type its number or its words."),
    "many": _text(
        "miss.many", "Sorry, I didn't get that. Tap all that fit and then Done, or type their numbers, like 1 3."
    ),
    "text": _text("miss.text", "Sorry, I can only read words here. Please type your answer."),
    "number": _text("miss.number", "Sorry, I need a number here, like 3."),
    "date": _text("miss.date", "Sorry, I couldn't read a date in that. Try “26 December” or “in 5 weeks”."),
    "photo": _text("miss.photo", "Sorry, I was waiting for a photo here."),
    "contact": _text("miss.contact", "Sorry, I need a phone number here, like 020 7946 0000."),
    "dated": _text(
        "miss.dated",
        "Sorry, I didn't get that. Tap an answer, or type the date, like “26 December” or “in 5 weeks”.",
    ),
}
CLARIFY = {
    "one": _text(
        "clarify.one",
        "I can't make that out, and I want to be sure that I understand you. Which of these is nearest?",
    ),
    "many": _text(
        "clarify.many",
        "I can't make that out, and I want to be sure that I understand you. Which of these fit? Tap them and then"
        " Done; if none does, None of these.",
    ),
}
"""Instead of these, in a check-in: what isn't understood is asked about once."""
NO_NUMBER = _text(
    "no_number",
    "I've kept that for the clinic's team. To ring you they need a number: share it or type it, like"
    " 020 7946 0000. Without one, press a button below.",
)
USUAL_WORDS_HEARD = _text("usual_words_heard", "Thank you for telling me. Which of the buttons fits best?")
USUAL_WORDS_MEANT = _text("usual_words_meant", "Thank you for telling me. Do you mean {meant}?")
SIGN_NOTED = _text("sign_noted", "Thank you for telling me. I've noted it with your answers; let me ask the rest.")
UNHAPPY_NOTED = _text(
    "unhappy_noted",
    "I'm sorry it isn't what you hoped for, and that counts."
    " I've noted it with your answers; let me ask the rest.",
)
NO_NUMBER_AGAIN = _text(
    "no_number_again",
    "I can't make a number of that. Once more, please, with all its digits, or press a button to go on.",
)
NOT_A_NAME = _text(
    "not_a_name",
    "I haven't taken that for your name. What is usual now stands above, and once we're done here you can ask me"
    " “is this normal?” at any time. If it can't wait: {clinic.phone}; in an emergency"
    " {clinic.ambulance|your emergency number}.",
)
KIND_WORDS = _text("kind_words", "It's good to hear from you. One question is still open:")
YOU_ARE_WELCOME = _text("you_are_welcome", "You're welcome. I'm here whenever you write.")
ASKS_FIRST = _text("asks_first", "I can't see your skin, so let me ask a few quick things first.")
FOR_THE_PRACTITIONER = _text(
    "for_the_practitioner",
    "Thank you for telling me. I can't weigh that, so please tell the practitioner before any treatment:"
    " {clinic.phone}. If you've had one and something feels wrong, ask me “is this normal?”.",
)
QUESTION_KEPT = _text(
    "question_kept",
    "That's a question for {clinic.name}, and I don't have their answer. I've put it beside your answers, where"
    " their team reads it; sooner by telephone: {clinic.phone}. Now back to your skin:",
)
QUESTION_UNKEPT = _text(
    "question_unkept",
    "That's a question for {clinic.name}, and I don't have their answer. Please ask them: {clinic.phone}."
    " Now back to your skin:",
)
"""Where a check-in asks, to what needs no reading between the lines."""
PAST_DATE = _text("past_date", "That day has passed already. Which day do you mean?")
CANT_LOOK = _text(
    "cant_look",
    "I can't look at pictures, voice messages or stickers: I only read words and buttons. If somebody should look,"
    " ring {clinic.phone} or send /human; in an emergency {clinic.ambulance|your emergency number}.",
)
CANT_WAIT = _text(
    "cant_wait",
    "Don't wait for me with trouble breathing, swollen lips or tongue, a change in sight, a drooping face, or"
    " fever with hot red skin: {clinic.ambulance|your emergency number}. White, grey or net-like skin:"
    " {clinic.emergency_line|the clinic's emergency line}, and the emergency department (A&E) if nobody answers"
    " within minutes.",
)
"""After these, for whoever has had a treatment: a picture may be of what can't wait."""
NOT_YOUR_CARD = _text("not_your_card", "That is somebody else's card. Please share your own number, or type it.")
NOT_ANSWERED_YET = _text(
    "not_answered_yet",
    "That's a good question for {clinic.name}, and I don't have their answer. Please ask them: {clinic.phone}.",
)
UNKNOWN_COMMAND = _text("unknown_command", "I don't know that command. /help shows what I can do.")
SORRY = _text(
    "sorry",
    "Sorry, something went wrong on my side, and I couldn't use that. Your answers are kept."
    " Please try again, or ring us: {clinic.phone}.",
)
TOO_FAST = _text(
    "too_fast",
    "You are faster than I am, and I haven't read your last messages. Please wait a minute, and then send again"
    " what matters. If you need help now, don't wait for me: {clinic.ambulance|your emergency number}, or the"
    " clinic: {clinic.phone}.",
)
TOO_FAST_TO_PRESS = _text(
    "too_fast_to_press", "One moment, please: I'm still busy with the last ones. Press again."
)
FLOW_CHANGED = _text(
    "flow_changed", "We have improved these questions since you were last here, so this one comes next."
)

STILL_TOLD = _text(
    "still_told",
    "I'm glad if it's better, and thank you for saying so. What you told me before stays with the clinic's team,"
    " and somebody will still ring you, to be sure. If it comes back, don't wait:"
    " {clinic.ambulance|your emergency number}."
    " The clinic's emergency line: {clinic.emergency_line|on their card}.",
)

USUAL_WORDS = {
    "none": ("none", "none of them", "none of those", "nothing", "no", "nope", "neither", "not any", "no none"),
    "not_sure": ("unsure", "not sure", "i dont know", "dont know", "no idea", "maybe", "perhaps", "im not sure"),
}
"""Words for the options with these ids, beside their labels."""

IS_THIS_NORMAL = ("is this normal", "is that normal", "is it normal", "is this usual", "should it be like this")
"""What people type who want to know whether what they see is usual; folded as `words_of` folds."""
