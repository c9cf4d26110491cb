"""Typed text: what it means where the person stands, and a kind word when it means nothing."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.engine import (
    beneath,
    no_number,
    not_a_name,
    phrases,
    press,
    show,
    small_talk,
    usual_news,
    wishes,
    worry,
    yes_no,
)
from bot.engine.age import UNDER_18, says_under_18
from bot.engine.derive import Position, find_option
from bot.engine.draft import Draft
from bot.engine.effect import Count
from bot.engine.expected import expect
from bot.engine.for_today import ask_about, is_of_check_in, look_today
from bot.engine.hear import goes_on, hear_answer, only_denies, only_none, says_whole
from bot.engine.heard import (
    NONE,
    Expected,
    Heard,
    HeardAnswer,
    HeardDone,
    HeardNothing,
    HeardQuestion,
    HeardUnclear,
    words_of,
)
from bot.engine.heard_today import WORRIED, hear_for_today, keep_unread, noted_words, open_emergency, weigh_today
from bot.engine.model import Ask, Choose, Emergency
from bot.engine.scale import is_guarded
from bot.engine.session import Answer, Session
from bot.engine.steps import AFTER_END, NORMAL, answer, begin, detour, go_back, leave, present
from bot.engine.still_told import still_told
from bot.engine.told import TOLD, note, with_told, with_unread
from bot.engine.typed_value import is_past, read_value
from bot.engine.visits import open_visit
from bot.engine.wording import clean
from bot.limits import TYPED_CHARACTERS

COMMANDS = frozenset(
    ["back", "answers", "restart", "help", "human", "language", "privacy", "export", "delete", "stop", "times"]
)
"""Flows of common.yaml that a slash, or the bare word, opens at any moment."""
MISSES_TO_LOST = 2
WITH_A_PERSON = frozenset({"lost", "human", "after_end", "emergency"})
"""Global flows that offer a person themselves."""
HEARD_CHARACTERS = 100
CONFIRMATIONS = frozenset(
    words_of(text)
    for text in ("yes", "y", "yes please", "yeah", "yep", "correct", "right", "exactly", "that's right", "i did")
)
"""What confirms what was heard, where no option has these words."""
_NUMERIC_DAY = re.compile(r"\s*\d{1,2}\s?[./-]\s?\d{1,2}\s?([./-]\s?\d{2,4})?\s*")


_ASKS = re.compile(
    r"\W*(?:(?:so|and|hi|hello|hey|sorry|also|please|ok|at|from|by|until)\W+)*(?:what|whats|which|how|when|who|where"
    r"|should|shall|can|could|is|are|do|does|will|would|may|might)\b",
    re.IGNORECASE,
)


def listen(draft: Draft, text: str) -> bool:
    """Hear an emergency in any text, in any state; True when the emergency flow has been opened.

    Signs for the same day and the very words of an answer are plainer than a guess: nothing has to be asked first.
    """
    heard = draft.book.hear_emergency(text[:TYPED_CHARACTERS]) if text else None
    if heard is None or "emergency" not in draft.book.flows:
        return False
    text = clean(text)
    is_guess = heard.is_guess and not heard.certain
    if not heard.certain and _is_plain_answer(draft, text):
        return False
    if is_guess and (_is_plainer(draft, heard, text) or _is_whole_answer(draft, text)):
        return False
    if is_guess:
        _keep_guessed(draft, text)
    open_emergency(draft, heard, text)
    return True


def _is_plainer(draft: Draft, guessed: Emergency, text: str) -> bool:
    """Whether a text names signs for later. Being unhappy is none that self-harm could be taken for."""
    heard = weigh_today(draft, text)
    return heard is not None and not (guessed.family == "crisis" and heard.signs == (WORRIED,))


def _keep_guessed(draft: Draft, text: str) -> None:
    """Where a check-in asks, words that are perhaps an emergency reach staff with it, also once that is denied."""
    session = beneath.addressed(draft)
    position = draft.derive(session) if session is not None else None
    if session is not None and position is not None and position.ask is not None and is_of_check_in(position):
        keep_unread(draft, session, position, text)


def read_start(text: str) -> str | None:
    """The payload of a typed /start ("" for a bare one); None when the text is something else."""
    command, *words = text.split(maxsplit=2) or [""]
    return (words[0] if words else "") if command.partition("@")[0].casefold() == "/start" else None


def said(draft: Draft, text: str) -> None:
    """Emergency; command; an answer to the open question; a question; else ask again, kindly."""
    text = clean(text[:TYPED_CHARACTERS])
    if listen(draft, text) or hear_for_today(draft, text) or _is_young(draft, text) or _command(draft, text):
        return
    if wishes.hear(draft, text) or worry.hear(draft, text):
        return
    session = draft.current()
    if session is None:
        nothing_open(draft, text)
        return
    position = draft.derive(session)
    if press.moved(session, position):
        present(draft, session, lead=draft.words(phrases.FLOW_CHANGED))
        return
    session = beneath.meant(draft, session, position, text)
    position = draft.derive(session)
    draft.front = session.id
    assert position.ask is not None
    _hear(draft, session, position, position.ask, text)


def _is_young(draft: Draft, text: str) -> bool:
    """Note, once, that somebody says they are under 18: the answer where that is asked, else beside it."""
    if draft.contact.minor_at is not None or not says_under_18(text):
        return False
    session = beneath.addressed(draft)
    position = draft.derive(session) if session is not None else None
    if session is not None and position is not None and position.ask and find_option(position.ask, UNDER_18):
        press.choose(draft, beneath.step_down(draft, session), position, (UNDER_18,))
    elif UNDER_18 in draft.book.flows:
        detour(draft, UNDER_18, keep_below=True)
    else:
        return False
    return True


def _command(draft: Draft, text: str) -> bool:
    word = text.strip().casefold()
    if _asks_if_normal(draft, text) and (not _is_label(draft, text) or _asks_anew(draft, text)):
        if " ".join(words_of(text)) not in {*phrases.IS_THIS_NORMAL, NORMAL}:
            show.send(draft, draft.words(phrases.ASKS_FIRST))
        begin(draft, NORMAL, {})
        return True
    slashed = word.startswith("/")
    name = word.lstrip("/").split("@")[0].split()[0] if word.lstrip("/").split("@")[0].split() else ""
    if not slashed and word not in COMMANDS:
        return False
    if not slashed and _is_label(draft, text) and not _asks_name(draft):
        return False
    session = draft.current()
    if name == "back" and session is not None:
        go_back(draft, session)
    elif name in COMMANDS and name in draft.book.flows:
        detour(draft, name)
    elif slashed:
        missed(draft, session, None, draft.words(phrases.UNKNOWN_COMMAND))
    else:
        return False
    return True


def _asks_if_normal(draft: Draft, text: str) -> bool:
    """Whether somebody asks if what they see is usual; the bare word counts only while a visit is under way."""
    if NORMAL not in draft.book.flows:
        return False
    said = " ".join(words_of(text))
    return (said == NORMAL and open_visit(draft) is not None) or any(
        asked in said for asked in phrases.IS_THIS_NORMAL
    )


def _asks_anew(draft: Draft, text: str) -> bool:
    """Whether the bare question comes behind a check-in that has been judged: it opens another one."""
    session = draft.current()
    return session is not None and session.is_judged and " ".join(words_of(text)) in phrases.IS_THIS_NORMAL


def _open_ask(draft: Draft) -> Ask | None:
    session = draft.current()
    return draft.derive(session).ask if session is not None else None


def _is_label(draft: Draft, text: str) -> bool:
    """Whether the bare word is an answer of the open question: then it answers."""
    ask = _open_ask(draft)
    return wishes.is_label(draft, text) or (ask is not None and ask.choose is Choose.TEXT)


def _asks_name(draft: Draft) -> bool:
    """Whether a name is asked for: nobody's is a command."""
    ask = _open_ask(draft)
    return ask is not None and not_a_name.asks_name(ask)


def _is_whole_answer(draft: Draft, text: str) -> bool:
    session = draft.current()
    if session is None:
        return False
    position = draft.derive(session)
    return position.ask is not None and says_whole(text, expect(draft, session, position, position.ask))


def _is_plain_answer(draft: Draft, text: str) -> bool:
    """Whether a text is the yes or no that the open question waits for: "yes please help"."""
    ask = _open_ask(draft)
    return ask is not None and bool(yes_no.plain_answer(text, ask))


def _hear(draft: Draft, session: Session, position: Position, ask: Ask, text: str) -> None:
    expected = expect(draft, session, position, ask)
    heard = hear_answer(text, expected, draft.book.questions)
    if isinstance(heard, HeardNothing) and not_a_name.is_asked(ask, text):
        _answer_first(draft, session, text)
        return
    if isinstance(heard, HeardAnswer) and is_of_check_in(position) and _says_more(heard, expected, text):
        heard = HeardUnclear(heard.options)  # what follows the answer may matter more than the answer
    is_asking = ask.choose is Choose.MANY and is_of_check_in(position) and _ASKS.match(text) is not None
    if isinstance(heard, HeardAnswer) and is_asking:
        heard = HeardUnclear(heard.options)  # "at what temperature should I ring?" names no sign of theirs
    if isinstance(heard, HeardUnclear | HeardNothing) and _asks_for_signs(session, position, expected):
        heard = _none_meant(heard, expected, text)
    if isinstance(heard, HeardUnclear) and ask.dates and _NUMERIC_DAY.fullmatch(text):
        heard = HeardNothing()  # "3/5" is a day here, not two options
    if isinstance(heard, HeardNothing) and session.heard and words_of(text) in CONFIRMATIONS:
        heard = HeardAnswer(session.heard)
    if (plain := yes_no.plain_answer(text, ask)) is not None:
        heard = HeardAnswer((plain,)) if plain else HeardNothing()
    session = replace(session, heard=())
    if isinstance(heard, HeardNothing) and beneath.only_agrees(draft, session, text):
        leave(draft, session)
        return
    if usual_news.hear(draft, session, position, ask, heard, text):
        return
    is_lost = isinstance(heard, HeardNothing | HeardUnclear) and ask.choose is not Choose.TEXT
    if is_lost and session.flow == AFTER_END and _idle_talk(draft, text):
        return
    if is_lost and (lead := still_told(draft, text)):
        present(draft, session, lead=lead)
        return
    if is_lost and is_of_check_in(position) and (lead := noted_words(draft, text)):
        present(draft, session, lead=lead)
        return
    if is_lost and is_of_check_in(position) and _small_talk(draft, session, position, text):
        return
    match heard:
        case HeardAnswer(options):
            if ask.choose is Choose.MANY:
                options = _with_marks(session, expected, options)
            if options:
                press.choose(draft, session, position, options)
            else:
                _unclear(draft, session, position, tuple(session.marks), text)
        case HeardDone():
            if session.marks:
                answer(draft, session, position, Answer(options=press.in_order(position, session.marks)))
            else:
                missed(draft, session, position, draft.words(phrases.CHOOSE_FIRST))
        case HeardQuestion(question):
            draft.put(session)
            if not _asked(draft, question, text):
                present(draft, session)
        case HeardUnclear(options):
            _unclear(draft, session, position, options, text)
        case _:
            _typed_value(draft, session, position, ask, text)


def _answer_first(draft: Draft, session: Session, text: str) -> None:
    """Answer what was asked in the place of a name, and ask for that again."""
    asked = hear_answer(text, Expected(Choose.ONE, ()), draft.book.questions)
    if not isinstance(asked, HeardQuestion):
        present(draft, session, lead=draft.words(phrases.NOT_A_NAME))
    elif not _asked(draft, asked.id, text):
        present(draft, session)


def _says_more(heard: HeardAnswer, expected: Expected, text: str) -> bool:
    return goes_on(text, expected) and not all(is_guarded(option, expected) for option in heard.options)


def _asks_for_signs(session: Session, position: Position, expected: Expected) -> bool:
    """Whether a check-in asks which of several there are, and nothing is marked yet."""
    has_none = expected.choose is Choose.MANY and any(choice.id == NONE for choice in expected.choices)
    return is_of_check_in(position) and has_none and not session.marks


def _none_meant(heard: HeardUnclear | HeardNothing, expected: Expected, text: str) -> Heard:
    """Said outright, it is the answer; where signs are only denied, it is asked whether none of them is meant."""
    if only_none(text, expected):
        return HeardAnswer((NONE,))
    return HeardUnclear((NONE,)) if isinstance(heard, HeardUnclear) and only_denies(text, expected) else heard


def _small_talk(draft: Draft, session: Session, position: Position, text: str) -> bool:
    """Answer kind words and everyday questions, and show the question again; a question is for staff to read."""
    if small_talk.is_kind(text):
        present(draft, session, lead=draft.words(phrases.KIND_WORDS))
        return True
    if not small_talk.asks_everyday(text):
        return False
    noted = note(draft, session, position, {TOLD: with_told(session, text)})
    is_read = noted.context.get(TOLD) is not None and bool(draft.book.clinic.get("clinic.staffed"))
    lead = phrases.QUESTION_KEPT if is_read else phrases.QUESTION_UNKEPT
    present(draft, noted, lead=draft.words(lead))
    return True


def _with_marks(session: Session, expected: Expected, options: tuple[str, ...]) -> tuple[str, ...]:
    """What is typed joins what is marked, in the order of the options; "none" beside marks is a contradiction."""
    if "none" in options:
        return () if session.marks else options
    both = {*session.marks, *options}
    return tuple(choice.id for choice in expected.choices if choice.id in both)


def _typed_value(draft: Draft, session: Session, position: Position, ask: Ask, text: str) -> None:
    kind = "dated" if ask.dates else ask.choose.value
    clarify = phrases.CLARIFY.get(kind) if is_of_check_in(position) else None
    lead = draft.words(clarify or phrases.NOT_UNDERSTOOD[kind])
    if ask.choose is Choose.TEXT and text.strip():
        answer(draft, session, position, Answer(text=with_unread(session, ask, text.strip())))
        return
    given = read_value(draft, ask, text)
    if given is not None and is_past(draft, ask, given):
        given, lead = None, draft.words(phrases.PAST_DATE)
    if given is not None:
        answer(draft, session, position, given)
    elif not no_number.hear(draft, session, position, ask, text):
        missed(draft, session, position, lead, text)


def _asked(draft: Draft, wanted: str, text: str) -> bool:
    """Answer a question that people type at any moment; True when it opens one of ours."""
    question = next(question for question in draft.book.questions if question.id == wanted)
    draft.do(Count(f"asked:{wanted}"))
    if question.answer is None:
        draft.do(Count(f"unanswered:{wanted}"))
    show.send(draft, draft.words(question.answer or phrases.NOT_ANSWERED_YET))
    return question.sign is not None and ask_about(draft, question.sign, text)


def _unclear(draft: Draft, session: Session, position: Position, options: tuple[str, ...], text: str) -> None:
    """Ask again with what was heard; nothing is taken for granted."""
    ask = position.ask
    assert ask is not None
    wording = draft.wording(position)
    labels = [wording.plain(option.label) for option in show.options_of(draft, ask) if option.id in options]
    if labels:
        meant = ", ".join(f"“{label}”" for label in labels)
        lead = draft.words(phrases.UNCLEAR, heard=text[:HEARD_CHARACTERS], meant=meant)
        alone = any(option.exclusive for option in show.options_of(draft, ask) if option.id in options)
        if len(labels) == 1 or (ask.choose is Choose.MANY and not alone):
            session = replace(session, heard=options)
    else:
        lead = draft.words(phrases.UNCLEAR_NOT)
    is_understood = options == (NONE,)  # nothing that staff would have to read
    missed(draft, session, position, lead, "" if is_understood else text)


def missed(draft: Draft, session: Session | None, position: Position | None, lead: str, heard: str = "") -> None:
    """Nothing was understood: say how to answer, and after two of these offer a person.

    Where a check-in asks (`heard`: what was typed there), unclear goes up: a person looks the same day.
    """
    draft.do(Count("not_understood"))
    if session is None:
        nothing_open(draft, "")
        return
    if heard:
        session = _keep(draft, session, heard)
    misses = session.misses + 1
    if misses >= MISSES_TO_LOST and session.flow not in WITH_A_PERSON:
        draft.front = draft.put(replace(session, misses=0)).id
        if heard and position is not None and look_today(draft, session, position, heard):
            return
        if "lost" in draft.book.flows:
            detour(draft, "lost", keep_below=True)
            return
    ask = position.ask if position is not None else None
    words = lead or (draft.words(phrases.NOT_UNDERSTOOD[ask.choose.value]) if ask else "")
    present(draft, draft.put(replace(session, misses=misses)), lead=words)


def _keep(draft: Draft, session: Session, text: str) -> Session:
    """Keep what was typed with the check-in that asks, also where only an offer of a person stands above it."""
    below = beneath.addressed(draft)
    is_above = below is not None and below.id != session.id
    asks = below if below is not None and is_above else session
    position = draft.derive(asks)
    kept = keep_unread(draft, asks, position, text) if is_of_check_in(position) else asks
    return session if is_above else kept


def nothing_open(draft: Draft, text: str) -> None:
    """No question is open: answer what people ask, else offer the ways on."""
    heard = hear_answer(text, Expected(Choose.ONE, ()), draft.book.questions) if text else HeardNothing()
    if isinstance(heard, HeardQuestion) and _asked(draft, heard.id, text):
        return
    if lead := still_told(draft, text):
        show.send(draft, lead)
        return
    is_new = draft.contact.sessions == 0
    if not is_new and not isinstance(heard, HeardQuestion) and _idle_talk(draft, text):
        return
    if "after_end" in draft.book.flows and not (is_new and "home" in draft.book.flows):
        detour(draft, "after_end")
    elif "home" in draft.book.flows:
        begin(draft, "home", {})


def _idle_talk(draft: Draft, text: str) -> bool:
    """Answer thanks, everyday questions and what somebody tells of their health, while nothing is asked."""
    if small_talk.is_thanks(text):
        said = phrases.YOU_ARE_WELCOME
    elif small_talk.asks_everyday(text):
        said = phrases.NOT_ANSWERED_YET
    elif small_talk.tells_of_health(text):
        said = phrases.FOR_THE_PRACTITIONER
    else:
        return False
    show.send(draft, draft.words(said))
    return True
