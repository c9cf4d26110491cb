"""What events are made of: begin, answer, go back, open again, detour, restart, present."""

from __future__ import annotations

from dataclasses import replace

from bot.engine import phrases, show, visits
from bot.engine.changed import changed
from bot.engine.derive import Passed, Position, find_option
from bot.engine.draft import Draft
from bot.engine.effect import Lane
from bot.engine.model import Ask, Say
from bot.engine.red_stands import let_go
from bot.engine.session import Answer, ContextValue, Given, Session, Status
from bot.engine.standing import cancel_timers, compare

EMERGENCY = "emergency"
"""The flow whose messages go before all others."""
URGENT = "urgent"
"""The flow of "This feels urgent": a list, and whether it is one of these."""
NORMAL = "normal"
"""The flow of "is this normal?", on any day after a treatment."""
AFTER_END = show.AFTER_END
HOME = "home"
"""The flow that a bare /start opens."""
STOP = "stop"
"""The flow after which nothing comes unasked."""


def begin(
    draft: Draft,
    flow: str,
    context: dict[str, ContextValue],
    *,
    is_detour: bool = False,
    lane: Lane = Lane.REPLY,
) -> Session:
    """Open `flow` in front and say what stands at its start; while a visit is under way, it knows of it."""
    consent = draft.contact.consent
    visit = visits.open_visit(draft)
    fixed: dict[str, ContextValue] = {
        **({} if visit is None else visits.visit_context(draft, visit, "asked")),
        "language": draft.language,
        "contact.time_zone": draft.contact.time_zone,
        "contact.has_phone": draft.contact.phone is not None,
        "visit.open": visit is not None,
        "contact.consented": consent is not None and consent.withdrawn_at is None,
        **context,
    }
    session = draft.open(flow, fixed, is_detour=is_detour)
    is_unasked = lane is not Lane.REPLY  # what stands on a locked screen has no banner before it
    if not is_detour and not is_unasked and draft.book.banner is not None:
        return settle(draft, session, None, lead=draft.words(draft.book.banner))
    return settle(draft, session, None, lane=lane)


def detour(
    draft: Draft, flow: str, context: dict[str, ContextValue] | None = None, *, keep_below: bool = False
) -> Session:
    """Open a global flow on top; one that was on top before is left, unless it is to come back (`keep_below`)."""
    below = draft.in_front()
    if below is not None and (keep_below or not below.is_detour):
        draft.touch(below)  # so that it is this one that comes back
    if not keep_below:
        leave_detours(draft, flow)
    return begin(draft, flow, context or {}, is_detour=True)


def leave_detours(draft: Draft, opening: str = "") -> None:
    """Close the global flows that are open; what is urgent and still a question stays, and runs out.

    Args:
        opening: The flow that opens instead: it takes the place of a question like its own.
    """
    for session in draft.waiting():
        is_replaced = opening in {EMERGENCY, session.flow}
        if session.is_detour and (is_replaced or not is_pending(draft, session)):
            draft.drop(cancel_timers(draft, session))


def is_pending(draft: Draft, session: Session) -> bool:
    """Whether something urgent was said or pressed, and nobody has confirmed or denied it: unclear goes up."""
    if session.flow not in {EMERGENCY, URGENT} or any(name.startswith("alert/") for name in session.done):
        return False
    ask = draft.derive(session).ask
    return ask is not None and ask.expire is not None


def answer(draft: Draft, session: Session, position: Position, given: Answer) -> Session:
    """Answer the open question and go on.

    At a question the walk has come to a second time the new choice replaces the old one, and what was answered
    after it goes.
    """
    ask = position.ask
    assert ask is not None
    answers = _without_later(session, position) if position.again else dict(session.answers)
    path = position.key.removesuffix(ask.id)
    for former in ask.was:
        answers.pop(path + former, None)
    answers[position.key] = Given(given, draft.now, draft.today, session.turn)
    show.mark_chosen(draft, session, lambda: _chosen(draft, position, given))
    session = changed(
        let_go(session, position),
        answers=answers,
        turn=session.turn + 1,
        marks=(),
        misses=0,
        heard=(),
        reopened=None,
        touched_at=draft.now,
    )
    return settle(draft, session, position.key)


def _without_later(session: Session, position: Position) -> dict[str, Given]:
    """The answers without those that the walk passes after the open menu, or that were set aside since."""
    keys = [passed.key for passed in position.passed]
    menu = position.passed[keys.index(position.key)].given
    later = {id(passed.given) for passed in position.passed[keys.index(position.key) :]}
    before = {id(passed.given) for passed in position.passed} - later
    return {
        key: given
        for key, given in session.answers.items()
        if id(given) in before or (id(given) not in later and menu is not None and given.order < menu.order)
    }


def _chosen(draft: Draft, position: Position, given: Answer) -> str:
    ask = position.ask
    assert ask is not None
    wording = draft.wording(position)
    if given.options:
        by_id = {option.id: option for option in show.options_of(draft, ask)}
        return ", ".join(wording.plain(by_id[option].label) for option in given.options if option in by_id)
    if given.on is not None:
        return wording.format(given.on, "", {})
    if given.number is not None:
        return f"{given.number:g}"
    return (given.text or "") if ask.choose.value != "photo" else "✓"


def settle(
    draft: Draft,
    session: Session,
    answered: str | None,
    *,
    lead: str = "",
    lane: Lane = Lane.REPLY,
    quiet: bool = False,
) -> Session:
    """Walk, say what the walk passes after `answered`, bring standing effects in line, show the next question.

    Args:
        answered: Key of the question just answered; None says everything from the start (`quiet`: nothing).
        lead: HTML to stand before the first message.
    """
    if session.flow == EMERGENCY:
        lane = Lane.ALERT
    position = draft.derive(session)
    draft.put(session)
    _say(draft, position, answered, quiet=quiet, lane=lane)
    session = compare(draft, session, position)
    if position.status is Status.WAITING:
        assert position.ask is not None
        return show.ask(draft, session, position, lead=lead, lane=lane)
    return _end(draft, session, position)


def _say(draft: Draft, position: Position, answered: str | None, *, quiet: bool, lane: Lane) -> None:
    keys = [passed.key for passed in position.passed]
    start = keys.index(answered) if answered in keys else 0
    for passed in position.passed[start:]:
        draft.trace.append((passed.key, passed.way))
        if isinstance(passed.state, Say) and not quiet:
            show.say(draft, position, passed, lane=lane)
    draft.trace.append((position.key, "?" if position.ask else position.status.value))


def _end(draft: Draft, session: Session, position: Position) -> Session:
    session = cancel_timers(draft, session)
    if position.status is Status.FAILED and position.reason:
        show.send(draft, draft.words(phrases.SORRY))
    kept = {step.key: step.given for step in position.passed if step.given is not None}
    session = replace(session, status=position.status, answers=kept, marks=(), shown=None, at_key="")
    if session.is_detour:
        draft.drop(session)
    else:
        draft.put(session)
        _forget_older(draft, session)
    if draft.front in {None, session.id}:
        draft.front = None
        if not draft.restarting and not draft.is_erased():
            waiting = [other for other in draft.waiting() if _comes_back(draft, other, after=session)]
            if waiting and not draft.is_unasked:  # where a timer ended it, nobody is there: silence, also at night
                present(draft, waiting[0])
    return session


def _comes_back(draft: Draft, session: Session, *, after: Session) -> bool:
    """Whether a question is shown again when another session ends.

    What was offered when nothing was open is no question to come back to; and to whoever has just said stop, a
    plan, or what came unasked, would sound as if nobody had listened. All can still be answered.
    """
    if session.flow == AFTER_END:
        return False
    has_stopped = after.flow == STOP and draft.contact.stopped_at == draft.now
    is_asked_for = session.context.get("visit.kind") == "asked"
    return not has_stopped or is_asked_for or visits.of_session(draft, session) is None


def _forget_older(draft: Draft, session: Session) -> None:
    """Of ended sessions of a flow only the latest is kept."""
    for other in draft.ended():
        if other.flow == session.flow and other.id != session.id:
            draft.drop(other)


def present(draft: Draft, session: Session, *, lead: str = "", lane: Lane = Lane.REPLY) -> Session:
    """Show a session's open question again, in front.

    Where a changed flow has ended it meanwhile, say so and offer the ways on.
    """
    session = settle(draft, session, session.at_key or None, lead=lead, lane=lane, quiet=True)
    is_over = session.status is not Status.WAITING and not draft.restarting and not draft.is_erased()
    if is_over and not draft.waiting():
        show.send(draft, draft.words(phrases.OVER))
        if AFTER_END in draft.book.flows:
            detour(draft, AFTER_END)
    return session


def go_back(draft: Draft, session: Session) -> None:
    """Take the last answer out; with none, leave the detour, or say that there is nothing to take back."""
    position = draft.derive(session)
    asked = [passed for passed in position.passed if isinstance(passed.state, Ask) and passed.given is not None]
    if session.reopened is not None:
        again = settle(
            draft, replace(session, reopened=None, turn=session.turn + 1, marks=(), heard=()), None, quiet=True
        )
        if again.status is not Status.WAITING:
            show.send(draft, draft.words(phrases.AS_IT_WAS))
        return
    if not asked:
        if session.is_detour:
            leave(draft, session)
        elif "back" in draft.book.flows:
            detour(draft, "back")
        else:
            present(draft, session)
        return
    session, key = _without_last(session, asked)
    if position.again and key == position.key:  # a menu one came back to: what was chosen before it is meant
        asked = [passed for passed in asked if passed.key != key]
        session, _ = _without_last(session, asked) if asked else (session, "")
    show.mark_chosen(draft, session, "")
    settle(draft, replace(session, turn=session.turn + 1, marks=(), misses=0, heard=()), None, quiet=True)


def _without_last(session: Session, asked: list[Passed]) -> tuple[Session, str]:
    """The session without the answer that was given last, and that one's key."""
    last = max(asked, key=lambda passed: passed.given.order if passed.given else 0)
    answers = {key: given for key, given in session.answers.items() if given is not last.given}
    return replace(session, answers=answers), last.key


def leave(draft: Draft, session: Session) -> None:
    """Drop a detour and come back to what was open before it."""
    show.mark_chosen(draft, session, "")
    is_kept = session.flow == EMERGENCY and is_pending(draft, session)
    if not is_kept:
        draft.drop(cancel_timers(draft, session))
    waiting = [other for other in draft.waiting() if other.id != session.id]
    if waiting:
        present(draft, waiting[0])
    elif AFTER_END in draft.book.flows and session.flow != AFTER_END:
        detour(draft, AFTER_END)
    elif is_kept:
        present(draft, session)


def reopen(draft: Draft, session: Session, key: str) -> None:
    """Ask an answered question again; its answer stands until there is another."""
    session = replace(session, status=Status.WAITING)
    marks = _marks(draft, session, key)
    session = replace(session, reopened=key, turn=session.turn + 1, marks=marks, misses=0, heard=())
    present(draft, session, lead=draft.words(phrases.CHANGE_THIS))


def _marks(draft: Draft, session: Session, key: str) -> tuple[str, ...]:
    """The options that were chosen there, so that one can be added or taken away."""
    position = draft.derive(replace(session, reopened=key))
    given = session.answers.get(key)
    if given is None or position.ask is None or position.ask.choose.value != "many":
        return ()
    options = (find_option(position.ask, option) for option in given.answer.options)
    return tuple(option.id for option in options if option is not None and not option.exclusive)


def restart(draft: Draft) -> None:
    """Close what is open and begin at home again, with the same campaign."""
    draft.restarting = False
    context: dict[str, ContextValue] = {}
    flow = HOME
    leave_detours(draft)
    for session in draft.waiting():
        if session.is_detour:
            continue
        flow = session.flow if flow == HOME and session.flow in draft.book.flows else flow
        context |= {name: value for name, value in session.context.items() if name.startswith("campaign")}
        show.mark_chosen(draft, session, "")
        draft.drop(cancel_timers(draft, session))
    begin(draft, flow, context)
