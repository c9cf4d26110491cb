"""How an open question, and what is said on the way to it, become messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.engine import phrases
from bot.engine.changed import changed
from bot.engine.derive import Passed, Position
from bot.engine.draft import Draft
from bot.engine.effect import ButtonSpec, Drawing, Lane, PinMessage, SendMessage, SendPicture
from bot.engine.event import Verb, button_data, pinned_data
from bot.engine.model import Ask, Choose, Link, Option, Picture, Say, Text
from bot.engine.session import Session, Shown, Status
from bot.engine.value import Phrase
from bot.engine.wording import Wording, plain_text
from bot.limits import CAPTION_CHARACTERS

AFTER_END = "after_end"
"""The flow that opens when somebody writes and nothing is open."""
AFTERCARE = "aftercare"
PINNED = {"is_this_normal": "normal", "urgent": "urgent", "person": "human"}
"""Buttons that open a flow of common.yaml whatever is open: in a pinned message, and always at hand."""
ABOUT_URGENT = frozenset({"urgent", "emergency", "rung"})
"""Flows that are the answer to something urgent."""
CHECK_INS = frozenset({"recovery", "normal"})
MENDED_WITHIN = timedelta(days=1)
"""So long after a check-in its answers can still be changed; a later one asks anew."""
CHOSEN_CHARACTERS = 300
"""What is repeated of an answer: the question and it must fit one message."""
Rows = tuple[tuple[ButtonSpec, ...], ...]


def options_of(draft: Draft, ask: Ask) -> tuple[Option, ...]:
    """The options of a question, those that are made when it is asked included."""
    if ask.listed == "my_answers":
        return tuple(option for option, _, _ in my_answers(draft)) + ask.options
    return ask.options


def is_shown(session: Session, option: Option) -> bool:
    """Whether an option is a button now: of those that are only heard, the marked ones are."""
    return option.shown or option.id in session.marks


def my_answers(draft: Draft) -> list[tuple[Option, Session, str]]:
    """The person's own answers of the session below the global flow: (option, session, key of the question)."""
    below = next((other for other in draft.waiting() if not other.is_detour), None) or _last_check_in(draft)
    if below is None:
        return []
    position = draft.derive(replace(below, reopened=None))
    found: list[tuple[Option, Session, str]] = []
    for passed in position.passed:
        if (
            not isinstance(passed.state, Ask)
            or passed.state.is_step
            or passed.given is None
            or passed.given.answer.expired
        ):
            continue
        label = f"{_short(draft, position, passed.state)}: {_answered(draft, position, passed)}"
        text = Text("", (label.replace("{", "{{").replace("}", "}}"),))
        found.append((Option(f"a{len(found) + 1}", text), below, passed.key))
    return found


def _last_check_in(draft: Draft) -> Session | None:
    """The check-in of a visit under way that ended last, while it can still be mended."""
    open_visits = {str(visit.id) for visit in draft.visits if visit.status != "ended"}
    found = [
        session
        for session in draft.ended()
        if session.flow in CHECK_INS
        and session.status is not Status.FAILED
        and session.context.get("visit.id") in open_visits
        and draft.now - session.touched_at < MENDED_WITHIN
    ]
    return max(found, key=lambda session: session.touched_at, default=None)


def _short(draft: Draft, position: Position, ask: Ask) -> str:
    if ask.short is not None:
        return draft.wording(position).plain(ask.short)
    return ask.id.replace("_", " ").capitalize()


def _answered(draft: Draft, position: Position, passed: Passed) -> str:
    assert isinstance(passed.state, Ask)
    assert passed.given is not None
    return plain_text(chosen_words(draft.wording(position), passed.state, passed.given.answer.options, passed))


def chosen_words(wording: Wording, ask: Ask, options: Sequence[str], passed: Passed) -> str:
    """What was answered, in the words of its options or as typed; plain text."""
    by_id = {option.id: option for option in ask.options}
    labels = [wording.plain(by_id[option].label) for option in options if option in by_id]
    if labels:
        return ", ".join(labels)
    assert passed.given is not None
    answer = passed.given.answer
    if answer.on is not None:
        return wording.format(answer.on, "", {})
    return answer.text if answer.text is not None else f"{answer.number:g}" if answer.number is not None else ""


def keyboard(draft: Draft, session: Session, position: Position, *, can_go_back: bool) -> Rows:
    """The buttons under an open question: options, Done, links, Back."""
    ask = position.ask
    assert ask is not None
    wording = draft.wording(position)
    buttons: list[ButtonSpec] = []
    alone: list[tuple[ButtonSpec, ...]] = []
    for option in options_of(draft, ask):
        if not is_shown(session, option):
            continue
        label = wording.plain(option.label)
        if ask.choose is Choose.MANY and not option.exclusive:
            marked = option.id in session.marks
            verb = Verb.CLEAR if marked else Verb.SET
            data = button_data(session.id, session.turn, verb, option.id)
            buttons.append(ButtonSpec(option.id, label, "option", data, marked=marked))
        else:
            data = button_data(session.id, session.turn, Verb.CHOOSE, option.id)
            button = ButtonSpec(option.id, label, "option", data)
            if option.exclusive:
                alone.append((button,))
            else:
                buttons.append(button)
    rows = [tuple(buttons[start : start + ask.columns]) for start in range(0, len(buttons), ask.columns)]
    rows.extend(_pairs(alone))
    if ask.choose is Choose.MANY:
        data = button_data(session.id, session.turn, Verb.DONE, "")
        rows.append((ButtonSpec("done", draft_plain(draft, phrases.DONE), "done", data),))
    if ask.choose is Choose.CONTACT:
        rows.insert(0, (ButtonSpec("share", draft_plain(draft, phrases.SHARE_PHONE), "contact"),))
    rows.extend(link_rows(wording, ask.links))
    rows.extend(_at_hand(draft, session, ask))
    if can_go_back:
        data = button_data(session.id, session.turn, Verb.EXTRA, "back")
        rows.append((ButtonSpec("back", draft_plain(draft, phrases.BACK), "extra", data),))
    return tuple(rows)


def _at_hand(draft: Draft, session: Session, ask: Ask) -> Rows:
    """What is never far after a treatment: "This feels urgent"; when nothing is open, "Is this normal?" too."""
    is_after = session.flow == AFTERCARE or draft.has_open_visit()
    if not is_after or session.flow in ABOUT_URGENT or draft.has_red(session):
        return ()
    wanted = (("is_this_normal", phrases.IS_NORMAL),) if session.flow == AFTER_END else ()
    wanted = (*wanted, ("urgent", phrases.URGENT))
    has = {option.id for option in ask.options}
    row = tuple(
        ButtonSpec(name, draft_plain(draft, label), "extra", pinned_data(name))
        for name, label in wanted
        if PINNED[name] in draft.book.flows and name not in has
    )
    return (row,) if row else ()


def _pairs(alone: list[tuple[ButtonSpec, ...]]) -> list[tuple[ButtonSpec, ...]]:
    """Put the options that stand alone (none, not sure) side by side."""
    flat = [button for row in alone for button in row]
    return [tuple(flat[start : start + 2]) for start in range(0, len(flat), 2)]


def link_rows(wording: Wording, links: Sequence[Link]) -> Rows:
    """A button for each link whose address is known."""
    rows: list[tuple[ButtonSpec, ...]] = []
    for number, link in enumerate(links, 1):
        url = link.url if link.url.startswith("https://") else wording.value(link.url)
        if isinstance(url, str) and url:
            rows.append((ButtonSpec(f"link{number}", wording.plain(link.label), "link", url=url),))
    return tuple(rows)


def draft_plain(draft: Draft, text: Text) -> str:
    """Words of the engine's own, without markup."""
    return draft.plain_words(text)


def can_go_back(session: Session, position: Position) -> bool:
    """Whether there is an answer to take back, a detour to leave, or an answer that was opened again."""
    if session.is_detour or session.reopened is not None:
        return True
    return any(isinstance(passed.state, Ask) for passed in position.passed)


def say(draft: Draft, position: Position, passed: Passed, *, lane: Lane) -> None:
    """Send what a `say` state says."""
    state = passed.state
    assert isinstance(state, Say)
    wording = draft.wording(replace(position, prefix=passed.prefix))
    _picture(draft, wording, state.picture, lane)
    html = wording.html(state.text)
    if html:
        rows = (*_pinned_rows(wording, state), *link_rows(wording, state.links))
        send(draft, html, rows=rows, flow=passed.flow, state=state.id, lane=lane)
        if state.pins:
            _pin(draft)


def _pinned_rows(wording: Wording, state: Say) -> Rows:
    return tuple(
        (ButtonSpec(each.id, wording.plain(each.label), "extra", pinned_data(each.id)),) for each in state.pins
    )


def _pin(draft: Draft) -> None:
    """Keep the message just sent on top of the chat, in the place of the one before."""
    sent, before = draft.messages, draft.contact.pinned
    if before is not None:
        draft.do(PinMessage(draft.next_message(), before, unpins=True))
    draft.do(PinMessage(draft.next_message(), sent))
    draft.contact = replace(draft.contact, pinned=sent)


def ask(draft: Draft, session: Session, position: Position, *, lead: str = "", lane: Lane = Lane.REPLY) -> Session:
    """Show the open question as a new message (in place: in the message that was pressed) and remember it.

    Args:
        lead: HTML to stand before the question in the same message.
        lane: REPLY to what a person did, CHECK_IN when nothing was asked for.
    """
    question = position.ask
    assert question is not None
    wording = draft.wording(position)
    _picture(draft, wording, question.picture, lane)
    html = wording.html(question.text)
    if lead:
        html = f"{lead}\n\n{html}"
    rows = keyboard(draft, session, position, can_go_back=can_go_back(session, position))
    replaced = None if question.choose is Choose.CONTACT or lane is not Lane.REPLY else _take_in_hand(draft)
    if session.shown is not None and session.shown.message != replaced:
        _take_buttons(draft, session.shown)
    number = draft.next_message()  # the last of the turn: nothing has come after it
    draft.do(
        SendMessage(
            number=number,
            html=html,
            rows=rows,
            lane=lane,
            edits=replaced,
            flow=position.flow,
            state=question.id,
            choose=question.choose.value,
            is_question=True,
        )
    )
    draft.front = session.id
    message = number if replaced is None else replaced
    unasked = draft.is_unasked or lane is not Lane.REPLY
    stays = unasked or bool(lead) or question.stays or draft.is_telling or draft.is_in_trouble()
    shown = Shown(message, html, position.key, number, stays)
    return draft.put(changed(session, shown=shown, at_key=position.key, book=draft.book.number))


def _take_in_hand(draft: Draft) -> int | None:
    """The message that becomes the next question: the one that was pressed, with nothing new under it."""
    message = draft.in_hand
    if message is None or draft.has_spoken():
        return None
    draft.in_hand = draft.unmarked = None
    return message


def _take_buttons(draft: Draft, shown: Shown) -> None:
    """In place there is one question to press: an older form of it, further up, loses its buttons."""
    if not draft.book.in_place or draft.is_hushed:
        return
    marked = {effect.edits for effect in draft.last_effects if isinstance(effect, SendMessage)}
    if draft.unmarked is not None:
        marked.add(draft.unmarked[1].message)
    if shown.message not in marked and not is_covered(draft, shown):
        number = draft.next_message()
        edit = SendMessage(number, shown.html, edits=shown.message, only_buttons=True, droppable=True)
        draft.do_last(_as_it_came(draft, edit))


def is_covered(draft: Draft, shown: Shown) -> bool:
    """Whether another question has taken this one's message over since."""
    return draft.book.in_place and any(
        other.shown is not None and other.shown.message == shown.message and other.shown.row > shown.row
        for other in draft.waiting()
    )


def send(
    draft: Draft, html: str, *, rows: Rows = (), flow: str = "", state: str = "", lane: Lane = Lane.REPLY
) -> None:
    """Send the person a message that is no question."""
    draft.do(SendMessage(draft.next_message(), html, rows, flow=flow, state=state, lane=lane))


def mark_chosen(draft: Draft, session: Session, chosen: str | Callable[[], str]) -> None:
    """Write the chosen answer into the question's message and take its buttons away.

    `chosen` may be what gives the words: where the next question takes the message over, nobody asks for them.
    """
    shown = session.shown
    if shown is None or draft.is_hushed or is_covered(draft, shown):
        return
    number = draft.next_message()
    if shown.message == draft.in_hand:
        draft.unmarked = number, shown, chosen  # it may become the next question
    else:
        _mark(draft, number, shown, chosen)


def mark_in_hand(draft: Draft) -> None:
    """At the end of a turn: no question has taken the pressed message's place, so it is marked like any other."""
    if draft.unmarked is not None:
        _mark(draft, *draft.unmarked)
        draft.unmarked = None


def _mark(draft: Draft, number: int, shown: Shown, chosen: str | Callable[[], str]) -> None:
    if not isinstance(chosen, str):
        chosen = chosen()
    if len(chosen) > CHOSEN_CHARACTERS:
        chosen = f"{chosen[:CHOSEN_CHARACTERS]}…"
    mark = draft.words(phrases.CHOSEN, chosen=chosen) if chosen else ""
    html = f"{shown.html}\n\n{mark}".strip()
    draft.do_last(_as_it_came(draft, SendMessage(number, html, edits=shown.message, droppable=True)))


def _as_it_came(draft: Draft, edit: SendMessage) -> SendMessage:
    """An edit that nobody asked for waits for the morning, and /stop withdraws it, as what it came with."""
    return replace(edit, lane=Lane.CHECK_IN, quiet_in=draft.zone.key) if draft.is_unasked else edit


def _picture(draft: Draft, wording: Wording, picture: Picture | None, lane: Lane) -> None:
    if picture is None:
        return
    found = picture.path if picture.path is not None else wording.value(picture.source or "")
    words = wording.plain(picture.alt)
    drawing = drawing_of(wording, found) if isinstance(found, Phrase) else None
    path = found if drawing is None else drawing.name
    if not (isinstance(path, str) and path):
        return
    if len(words) > CAPTION_CHARACTERS:  # all is said, and the picture comes after it with its first line
        send(draft, wording.html(picture.alt), lane=lane)
        words = words.partition("\n")[0][:CAPTION_CHARACTERS]
    draft.do(SendPicture(draft.next_message(), path, words, lane=lane, drawing=drawing))


def drawing_of(wording: Wording, phrase: Phrase) -> Drawing:
    """A phrase as what a picture shows: its last name is the kind, its arguments are the parts."""
    content = json.dumps(_parts(wording, phrase), ensure_ascii=False, sort_keys=True)
    return Drawing(phrase.place.rpartition(".")[2], content)


def _parts(wording: Wording, phrase: Phrase) -> dict[str, object]:
    """The arguments in words; in a list of phrases each has parts of its own."""
    return {
        name: [_parts(wording, each) for each in value]
        if isinstance(value, tuple)
        else plain_text(wording.format(value, "", {}))
        for name, value in phrase.args.items()
        if value is not None
    }


def plain_label(draft: Draft, option: Option) -> str:
    """An option's label without markup; only facts of the person can stand in it."""
    return draft_plain(draft, option.label)
