"""Buttons: the present one, an older one, the same one twice, a forged one.

A press is judged by session and turn alone, never by when it arrives. It always gets an answer.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, show
from bot.engine.derive import Position, find_option
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, Count, SendMessage
from bot.engine.event import Button, Pressed, Verb, read_button
from bot.engine.model import Choose, Option, Text
from bot.engine.session import Answer, Session, Status
from bot.engine.steps import answer, detour, go_back, present, reopen
from bot.limits import PRESS_NOTE_CHARACTERS


def pressed(draft: Draft, event: Pressed) -> None:
    """Do what the button says, if it is one of ours and still in force."""
    draft.pressed = True
    button = read_button(event.data)
    session = draft.session(button.session) if button is not None else None
    if button is None:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif session is None or session.status is not Status.WAITING:
        _of_ended(draft, event, button)
    elif button.turn != session.turn:
        _old(draft, event, button, session)
    else:
        _current(draft, event, button, session)


def _note(draft: Draft, event: Pressed, text: Text | None) -> None:
    note = show.draft_plain(draft, text)[:PRESS_NOTE_CHARACTERS] if text is not None else ""
    draft.do(AnswerPress(event.press_id, note))


def _of_ended(draft: Draft, event: Pressed, button: Button) -> None:
    """A session that is over, or never was this person's: only the number of their own sessions tells."""
    contact, _, number = button.session.partition("-")
    if contact != str(draft.contact.id) or not 0 < int(number) <= draft.contact.sessions:
        _note(draft, event, phrases.NOT_A_BUTTON)
        return
    _note(draft, event, phrases.OVER)
    waiting = draft.in_front() or next(iter(draft.waiting()), None)
    if waiting is not None:
        present(draft, waiting)
    elif "after_end" in draft.book.flows:
        detour(draft, "after_end")


def _old(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    repeated = any(
        given.order == button.turn
        and (button.option in given.answer.options or button.verb in {Verb.DONE, Verb.CHOSE})
        for given in session.answers.values()
    )
    if button.turn > session.turn:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif repeated and button.turn == session.turn - 1:
        _note(draft, event, phrases.NOTED_ALREADY)
    else:
        _note(draft, event, phrases.QUESTION_BEHIND)
        present(draft, session)


def _current(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    position = draft.derive(session)
    if moved(session, position):
        _note(draft, event, None)
        present(draft, session, lead=draft.words(phrases.FLOW_CHANGED))
        return
    draft.front = session.id
    ask = position.ask
    assert ask is not None
    if button.verb is Verb.EXTRA:
        _extra(draft, event, button, session)
        return
    if button.verb is Verb.CHOSE:
        _chose(draft, event, session, position)
        return
    if button.verb is Verb.DONE:
        _done(draft, event, session, position)
        return
    options = {option.id: option for option in show.options_of(draft, session, ask)}
    option = options.get(button.option) or find_option(ask, button.option)
    if option is None or not _fits(button.verb, option, ask.choose):
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif button.verb is Verb.CHOOSE:
        _note(draft, event, None)
        choose(draft, session, position, (option.id,))
    else:
        _mark(draft, event, session, position, option, is_set=button.verb is Verb.SET)


def _fits(verb: Verb, option: Option, kind: Choose) -> bool:
    """Whether a button with this verb was ever shown for this option."""
    is_mark = kind is Choose.MANY and not option.exclusive
    return is_mark == (verb in {Verb.SET, Verb.CLEAR})


def choose(draft: Draft, session: Session, position: Position, options: tuple[str, ...]) -> None:
    """Answer with options; those made when they were asked (`my_answers`) lead where they say."""
    ask = position.ask
    assert ask is not None
    if ask.listed == "my_answers":
        for option, below, key in show.my_answers(draft, session):
            if option.id == options[0]:
                show.mark_chosen(draft, session, show.plain_label(draft, option))
                draft.drop(session)
                reopen(draft, below, key)
                return
    answer(draft, session, position, Answer(options=options))


def _extra(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    if button.option == "back":
        _note(draft, event, None)
        go_back(draft, session)
    elif button.option == "person" and "human" in draft.book.flows:
        _note(draft, event, None)
        detour(draft, "human")
    else:
        _note(draft, event, phrases.NOT_A_BUTTON)


def _chose(draft: Draft, event: Pressed, session: Session, position: Position) -> None:
    """Exactly these, from a channel that chooses and confirms at once."""
    ask = position.ask
    assert ask is not None
    options = [find_option(ask, wanted) for wanted in dict.fromkeys(event.options)]
    chosen = [option for option in options if option is not None]
    alone = any(option.exclusive for option in chosen) and len(chosen) > 1
    if not chosen or len(chosen) < len(options) or alone or (ask.choose is not Choose.MANY and len(chosen) > 1):
        _note(draft, event, phrases.NOT_A_BUTTON)
        return
    _note(draft, event, None)
    choose(draft, session, position, tuple(option.id for option in chosen))


def _done(draft: Draft, event: Pressed, session: Session, position: Position) -> None:
    assert position.ask is not None
    if position.ask.choose is not Choose.MANY:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif not session.marks:
        _note(draft, event, phrases.CHOOSE_FIRST)
    else:
        _note(draft, event, None)
        answer(draft, session, position, Answer(options=in_order(position, session.marks)))


def in_order(position: Position, marks: tuple[str, ...]) -> tuple[str, ...]:
    """Marks in the order of their options, so that the way they were pressed makes no difference."""
    assert position.ask is not None
    return tuple(option.id for option in position.ask.options if option.id in marks)


def _mark(
    draft: Draft, event: Pressed, session: Session, position: Position, option: Option, *, is_set: bool
) -> None:
    _note(draft, event, None)
    if (option.id in session.marks) is is_set:
        return
    marks = (*session.marks, option.id) if is_set else tuple(mark for mark in session.marks if mark != option.id)
    session = draft.put(replace(session, marks=marks, touched_at=draft.now))
    draft.do(Count("marked"))
    if session.shown is not None:
        rows = show.keyboard(draft, session, position, can_go_back=show.can_go_back(session, position))
        draft.do(
            SendMessage(
                draft.next_message(),
                session.shown.html,
                rows,
                edits=session.shown.message,
                only_buttons=True,
                flow=position.flow,
                state=position.ask.id if position.ask else "",
                choose=Choose.MANY.value,
                is_question=True,
            )
        )


def moved(session: Session, position: Position) -> bool:
    """Whether the question that was shown is no longer the open one: the flow was changed meanwhile."""
    if position.status is not Status.WAITING or position.ask is None:
        return True
    if not session.at_key or position.key == session.at_key:
        return False
    path, dot, _ = position.key.rpartition(".")
    return all(f"{path}{dot}{former}" != session.at_key for former in position.ask.was)
