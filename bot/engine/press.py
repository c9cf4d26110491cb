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
from bot.engine.for_today import is_of_check_in
from bot.engine.model import Ask, Choose, Option, Text
from bot.engine.session import Answer, Session, Status
from bot.engine.standing import cancel_timers, renew_ticked
from bot.engine.steps import AFTER_END, answer, begin, detour, go_back, leave_detours, present, reopen
from bot.ids import session_id
from bot.limits import PRESS_NOTE_CHARACTERS


def pressed(draft: Draft, event: Pressed) -> None:
    """Do what the button says, if it is one of ours and still in force."""
    button = read_button(event.data)
    if button is not None and button.verb is Verb.PINNED:
        open_pinned(draft, event, button.option)
        return
    session = draft.session(button.session) if button is not None else None
    if button is None:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif session is None or session.status is not Status.WAITING:
        _of_ended(draft, event, button)
    elif button.turn != session.turn:
        _old(draft, event, button, session)
    else:
        _current(draft, event, button, session)


def is_behind(draft: Draft, button: Button) -> bool:
    """Whether a button is one of this person's whose question is no longer the open one.

    Not one that has done its work, nor an answer that came after its question ran out: that one counts as ever.
    """
    if not _is_own(draft, button):
        return False
    session = draft.session(button.session)
    if session is None:
        return True
    if button.turn > session.turn or _is_repeated(session, button):
        return False
    if session.status is not Status.WAITING:
        return True
    if button.turn == session.turn:
        return moved(session, draft.derive(session))
    return _late(draft, button, session) is None


def open_pinned(draft: Draft, event: Pressed, option: str) -> None:
    """A button of the message on top of the chat: it opens its flow now, whatever is open."""
    flow = show.PINNED.get(option, "")
    if flow not in draft.book.flows:
        _note(draft, event, phrases.NOT_A_BUTTON)
        return
    _note(draft, event, None)
    front = draft.in_front()
    if front is not None and front.flow == flow and not front.answers:
        present(draft, front)
    elif option == "is_this_normal":
        leave_detours(draft)
        begin(draft, flow, {})
    else:
        detour(draft, flow)


def _note(draft: Draft, event: Pressed, text: Text | None) -> None:
    note = show.draft_plain(draft, text)[:PRESS_NOTE_CHARACTERS] if text is not None else ""
    draft.do(AnswerPress(event.press_id, note))


def _of_ended(draft: Draft, event: Pressed, button: Button) -> None:
    """A session that is over, or never was this person's: only the number of their own sessions tells."""
    if not _is_own(draft, button):
        _note(draft, event, phrases.NOT_A_BUTTON)
        return
    ended = draft.session(button.session)
    waiting = draft.current()
    just_left = ended is None and waiting is not None and _is_left_for(draft, _number(button), waiting)
    if just_left or (ended is not None and _is_repeated(ended, button)):
        _note(draft, event, phrases.NOTED_ALREADY)
        return
    _note(draft, event, phrases.OVER)
    if waiting is not None:
        _show_again(draft, waiting)
    elif AFTER_END in draft.book.flows:
        detour(draft, AFTER_END)


def _number(button: Button) -> int:
    return int(button.session.partition("-")[2])


def _is_own(draft: Draft, button: Button) -> bool:
    number = _number(button)
    return button.session == session_id(draft.contact.id, number) and 0 < number <= draft.contact.sessions


def _is_left_for(draft: Draft, number: int, waiting: Session) -> bool:
    """Whether the end of the dropped session of that number was the last thing to happen.

    A detour is gone with its answers. But it was the newest session, or the one before a restart; and nothing has
    come after the question that its end has shown. What a check-in has replaced was not answered.
    """
    newest = draft.contact.sessions
    is_newest = waiting.id == session_id(draft.contact.id, newest)
    was_last = number == newest or (
        number == newest - 1 and is_newest and not waiting.context.get("visit.occasion")
    )
    return was_last and waiting.shown is not None and waiting.shown.row == draft.messages


def _is_repeated(session: Session, button: Button) -> bool:
    """Whether this press has done its work: the turn before was its answer, or was taken back by it."""
    if button.turn != session.turn - 1:
        return False
    given = next((given for given in session.answers.values() if given.order == button.turn), None)
    if button.verb is Verb.EXTRA:
        return given is None
    if given is None or given.answer.expired:  # nobody answered
        return False
    return button.option in given.answer.options or button.verb in {Verb.DONE, Verb.CHOSE}


def _show_again(draft: Draft, session: Session, *, lead: str = "") -> None:
    """The open question as a new message, for whoever pressed a button far above it."""
    if not session.is_detour:
        leave_detours(draft)
    present(draft, session, lead=lead)


def _old(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    if button.turn > session.turn:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif _is_repeated(session, button):
        _note(draft, event, phrases.NOTED_ALREADY)
    elif late := _late(draft, button, session):
        _note(draft, event, None)
        _to_front(draft, session)
        show.mark_chosen(draft, session, "")
        session = replace(session, reopened=late.key, shown=None)
        if button.verb is Verb.CHOOSE:
            choose(draft, session, late, (button.option,))
        else:
            _mark_late(draft, session, late, button.option)
    else:
        _note(draft, event, phrases.QUESTION_BEHIND)
        _show_again(draft, session)


def _late(draft: Draft, button: Button, session: Session) -> Position | None:
    """Where a question of a check-in stands that ran out and is answered after all: that answer counts."""
    keys = (key for key, given in session.answers.items() if given.order == button.turn and given.answer.expired)
    key = next(keys, None)
    if key is None or button.verb not in {Verb.CHOOSE, Verb.SET}:
        return None
    position = draft.derive(replace(session, reopened=key))
    option = find_option(position.ask, button.option) if position.key == key and position.ask else None
    is_known = option is not None and position.ask is not None and fits(button.verb, option, position.ask.choose)
    return position if is_known and is_of_check_in(position) else None


def _mark_late(draft: Draft, session: Session, late: Position, option: str) -> None:
    """Show a question that ran out again, with what was just marked in it; that counts like any other mark."""
    assert late.ask is not None
    session = draft.put(replace(session, turn=session.turn + 1, marks=(option,), misses=0, heard=()))
    session = present(draft, replace(session, at_key=late.key))
    renew_ticked(draft, session, late.ask)


def _current(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    position = draft.derive(session)
    if moved(session, position):
        _note(draft, event, None)
        _show_again(draft, session, lead=draft.words(phrases.FLOW_CHANGED))
        return
    ask = position.ask
    assert ask is not None
    shown = session.shown
    if draft.book.in_place and shown is not None and not shown.stays:
        draft.in_hand = shown.message
    if button.verb is Verb.EXTRA:
        _extra(draft, event, button, session)
        return
    if button.verb is Verb.CHOSE:
        _chose(draft, event, session, position)
        return
    if button.verb is Verb.DONE:
        _done(draft, event, session, position)
        return
    option = _option(draft, session, ask, button.option)
    if option is None or not fits(button.verb, option, ask.choose):
        _refuse(draft, event, session)
        return
    is_covered = shown is not None and show.is_covered(draft, shown)
    _to_front(draft, session)
    if button.verb is Verb.CHOOSE:
        _note(draft, event, None)
        choose(draft, session, position, with_marks(session, position, (option.id,)))
    else:
        is_set = button.verb is Verb.SET
        _mark(draft, event, session, position, option, is_set=is_set, is_covered=is_covered)


def _option(draft: Draft, session: Session, ask: Ask, wanted: str) -> Option | None:
    options = {option.id: option for option in show.options_of(draft, ask)}
    option = options.get(wanted) or find_option(ask, wanted)
    return option if option is not None and show.is_shown(session, option) else None


def _refuse(draft: Draft, event: Pressed, session: Session) -> None:
    """No button of this question: forged, or of an option that a changed flow has no more."""
    if session.book == draft.book.number:
        _note(draft, event, phrases.NOT_A_BUTTON)
    else:
        _note(draft, event, None)
        _show_again(draft, session, lead=draft.words(phrases.FLOW_CHANGED))


def _to_front(draft: Draft, session: Session) -> None:
    """Its button was pressed: it is what the person looks at, and a global flow that was open above is left."""
    if not session.is_detour:
        leave_detours(draft)
    draft.front = session.id


def fits(verb: Verb, option: Option, kind: Choose) -> bool:
    """Whether a button with this verb was ever shown for this option."""
    is_mark = kind is Choose.MANY and not option.exclusive
    return is_mark == (verb in {Verb.SET, Verb.CLEAR})


def choose(draft: Draft, session: Session, position: Position, options: tuple[str, ...]) -> None:
    """Answer with options; those made when they were asked (`my_answers`) lead where they say."""
    ask = position.ask
    assert ask is not None
    if ask.listed == "my_answers":
        for option, below, key in show.my_answers(draft):
            if option.id == options[0]:
                show.mark_chosen(draft, session, show.plain_label(draft, option))
                draft.drop(cancel_timers(draft, session))
                reopen(draft, below, key)
                return
    answer(draft, session, position, Answer(options=options))


def with_marks(session: Session, position: Position, options: tuple[str, ...]) -> tuple[str, ...]:
    """An answer that stands alone, beside marks: "not sure" joins them, so that nothing serious gets lost.

    "None" replaces them: whoever presses it sees the marks go.
    """
    if not session.marks or "none" in options:
        return options
    return in_order(position, (*session.marks, *options))


def _extra(draft: Draft, event: Pressed, button: Button, session: Session) -> None:
    if button.option == "back":
        _note(draft, event, None)
        _to_front(draft, session)
        go_back(draft, session)
    elif button.option == "person" and "human" in draft.book.flows:
        _note(draft, event, None)
        _to_front(draft, session)
        detour(draft, "human")
    else:
        _note(draft, event, phrases.NOT_A_BUTTON)


def _chose(draft: Draft, event: Pressed, session: Session, position: Position) -> None:
    """Exactly these, from a channel that chooses and confirms at once."""
    ask = position.ask
    assert ask is not None
    options = [_option(draft, session, ask, wanted) for wanted in dict.fromkeys(event.options)]
    chosen = [option for option in options if option is not None]
    alone = any(option.exclusive for option in chosen) and len(chosen) > 1
    if not chosen or len(chosen) < len(options) or alone or (ask.choose is not Choose.MANY and len(chosen) > 1):
        _refuse(draft, event, session)
        return
    _note(draft, event, None)
    _to_front(draft, session)
    wanted = tuple(option.id for option in chosen)
    choose(draft, session, position, wanted if len(wanted) == 1 else in_order(position, wanted))


def _done(draft: Draft, event: Pressed, session: Session, position: Position) -> None:
    assert position.ask is not None
    if position.ask.choose is not Choose.MANY:
        _note(draft, event, phrases.NOT_A_BUTTON)
    elif not session.marks:
        _note(draft, event, phrases.CHOOSE_FIRST)
    else:
        _note(draft, event, None)
        _to_front(draft, session)
        answer(draft, session, position, Answer(options=in_order(position, session.marks)))


def in_order(position: Position, marks: tuple[str, ...]) -> tuple[str, ...]:
    """Marks in the order of their options, so that the way they were pressed makes no difference."""
    assert position.ask is not None
    return tuple(option.id for option in position.ask.options if option.id in marks)


def _mark(
    draft: Draft,
    event: Pressed,
    session: Session,
    position: Position,
    option: Option,
    *,
    is_set: bool,
    is_covered: bool,
) -> None:
    _note(draft, event, None)
    if (option.id in session.marks) is is_set:
        return
    marks = (*session.marks, option.id) if is_set else tuple(mark for mark in session.marks if mark != option.id)
    session = draft.put(replace(session, marks=marks, touched_at=draft.now))
    draft.do(Count("marked"))
    assert session.shown is not None
    assert position.ask is not None
    rows = show.keyboard(draft, session, position, can_go_back=show.can_go_back(session, position))
    number = draft.next_message()
    draft.do(
        SendMessage(
            number,
            session.shown.html,
            rows,
            edits=session.shown.message,
            only_buttons=not is_covered,
            flow=position.flow,
            state=position.ask.id,
            choose=Choose.MANY.value,
            is_question=True,
        )
    )
    renew_ticked(draft, session, position.ask)


def moved(session: Session, position: Position) -> bool:
    """Whether the question that was shown is no longer the open one: the flow was changed meanwhile."""
    if position.status is not Status.WAITING or position.ask is None:
        return True
    if not session.at_key or position.key == session.at_key:
        return False
    path, dot, _ = position.key.rpartition(".")
    return all(f"{path}{dot}{former}" != session.at_key for former in position.ask.was)
