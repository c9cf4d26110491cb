"""The flow language, declared once: the reader, the JSON Schema and the checks all rest on these models.

What the author wrote tells the members of a union apart (`_tag_…`), so that only the form meant is reported.
Tags stand in angle brackets, which no key of a file can hold at the place of a tag.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
)

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
FlowName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=121)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=121)]
Words = Annotated[str, Field(min_length=1)]
Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[mhdw]$")]
"""Minutes, hours, days or weeks: 30m, 20h, 7d, 2w."""
Scalar: TypeAlias = "StrictBool | StrictInt | StrictFloat | StrictStr"


class Declared(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


def _tag_scalar_or_list(value: object) -> str | None:
    if isinstance(value, list):
        return "<list>"
    return "<mapping>" if isinstance(value, dict) else "<scalar>" if value is not None else None


# Texts


class PluralText(Declared):
    """One text for one, another for other counts; `by` names the number, or a set that is counted."""

    one: Words
    other: Words
    by: Name


class TextOfValue(Declared):
    """The text that a value holds."""

    from_: Annotated[Name, Field(alias="from")]


def _tag_text(value: object) -> str | None:
    match value:
        case str():
            return "<text>"
        case list():
            return "<list>"
        case dict():
            return "<from>" if "from" in value else "<plural>"
        case _:
            return None


Paragraph = Annotated[
    Annotated[Words, Tag("<text>")] | Annotated[PluralText, Tag("<plural>")],
    Discriminator(lambda value: "<plural>" if isinstance(value, dict) else _only(_tag_text(value), "<text>")),
]
TextDeclared = Annotated[
    Annotated[Words, Tag("<text>")]
    | Annotated[list[Paragraph], Field(min_length=1), Tag("<list>")]
    | Annotated[PluralText, Tag("<plural>")]
    | Annotated[TextOfValue, Tag("<from>")],
    Discriminator(_tag_text),
]


def _only(tag: str | None, *allowed: str) -> str | None:
    return tag if tag in allowed else None


# Guards


class Conditions(Declared):
    """What a value must satisfy; several keys must all hold."""

    has_any: IdsDeclared | None = None
    has_all: IdsDeclared | None = None
    has_none: IdsDeclared | None = None
    at_least: ScalarDeclared | None = None
    at_most: ScalarDeclared | None = None
    is_: Annotated[Literal["set", "unset"] | None, Field(alias="is")] = None


def _tag_scalar(value: object) -> str | None:
    return "<scalar>" if isinstance(value, bool | int | float | str) else None


def _tag_ids(value: object) -> str | None:
    tags: dict[type, str] = {str: "<id>", list: "<list>", dict: "<rows>"}
    return tags.get(type(value))


ScalarDeclared = Annotated[Annotated[Scalar, Tag("<scalar>")], Field(union_mode="smart")]
RowsWhere = Annotated[
    dict[
        Id,
        Annotated[
            Annotated[Scalar, Tag("<scalar>")] | Annotated[list[Scalar], Field(min_length=1), Tag("<list>")],
            Discriminator(lambda value: _only(_tag_scalar_or_list(value), "<scalar>", "<list>")),
        ],
    ],
    Field(min_length=1),
]
"""Rows by a property: `{microneedling: stop}`, `{microneedling: [stop, wait]}`."""
IdOrRows = Annotated[
    Annotated[Id, Tag("<id>")] | Annotated[RowsWhere, Tag("<rows>")],
    Discriminator(lambda value: _only(_tag_ids(value), "<id>", "<rows>")),
]
IdsDeclared = Annotated[
    Annotated[Id, Tag("<id>")]
    | Annotated[list[IdOrRows], Field(min_length=1), Tag("<list>")]
    | Annotated[RowsWhere, Tag("<rows>")],
    Discriminator(_tag_ids),
]
Wanted = Annotated[
    Annotated[Scalar, Tag("<scalar>")]
    | Annotated[list[Scalar], Field(min_length=1), Tag("<list>")]
    | Annotated[Conditions, Tag("<mapping>")],
    Discriminator(_tag_scalar_or_list),
]


class GuardDeclared(BaseModel):
    """`{name: value}`, `{name: [a, b]}`, `{name: {has_any: …}}`, `any_of`, `all_of`, `not`; all must hold."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, Wanted]
    any_of: Annotated[list[GuardDeclared] | None, Field(min_length=1)] = None
    all_of: Annotated[list[GuardDeclared] | None, Field(min_length=1)] = None
    not_: Annotated[GuardDeclared | None, Field(alias="not")] = None

    @property
    def wanted(self) -> dict[str, Scalar | list[Scalar] | Conditions]:
        """What is wanted of each name."""
        return self.model_extra or {}


# States


class TransitionDeclared(Declared):
    """Where to go on; the last one of a state has no `when`."""

    when: GuardDeclared | None = None
    to: Id


Next = Annotated[
    Annotated[Id, Tag("<state>")] | Annotated[list[TransitionDeclared], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: {str: "<state>", list: "<list>"}.get(type(value))),
]


class OptionDeclared(Declared):
    """An answer written into the flow. `also`: other words that people type for it; `was`: its former ids."""

    id: Id
    label: TextDeclared
    to: Id | None = None
    also: list[Words] = []
    was: list[Id] = []


class SourceDeclared(Declared):
    """Answers from a table of the data folder, or from `my_answers` or `languages`.

    `shown: false`: they are no buttons, and heard when they are typed.
    """

    from_: Annotated[Id, Field(alias="from")]
    where: RowsWhere | None = None
    add: Name | None = None
    shown: bool = True


def _tag_option(value: object) -> str | None:
    return ("<source>" if "from" in value else "<option>") if isinstance(value, dict) else None


SourceOrOption = Annotated[
    Annotated[OptionDeclared, Tag("<option>")] | Annotated[SourceDeclared, Tag("<source>")],
    Discriminator(_tag_option),
]
Options = Annotated[
    Annotated[SourceDeclared, Tag("<source>")]
    | Annotated[list[SourceOrOption], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: {dict: "<source>", list: "<list>"}.get(type(value))),
]


class TableDeclared(Declared):
    """A table whose rows hold days, picked by a typed date."""

    from_: Annotated[Id, Field(alias="from")]


class RemindDeclared(Declared):
    """One reminder when the question has been open for `after`."""

    after: Duration
    say: TextDeclared


class SoonerDeclared(Declared):
    """Where `when` holds as the question is shown, it runs out after this time instead."""

    when: GuardDeclared
    after: Duration


class ExpireDeclared(Declared):
    """When the question has been open for `after`, the flow goes on at `to`."""

    after: Duration
    to: Id
    sooner: SoonerDeclared | None = None


class PictureDeclared(Declared):
    """A picture (`path` in the data folder, or `from` a value) and the same content in words."""

    path: Words | None = None
    from_: Annotated[Name | None, Field(alias="from")] = None
    alt: Annotated[
        Annotated[Words, Tag("<text>")] | Annotated[TextOfValue, Tag("<from>")],
        Discriminator(lambda value: "<from>" if isinstance(value, dict) else _only(_tag_text(value), "<text>")),
    ]


class LinkDeclared(Declared):
    """A button that opens an address: https://…, or the name of a value."""

    label: Words
    url: Words


class PinnedDeclared(Declared):
    """A button of a pinned message; it works on any day."""

    id: Literal["is_this_normal", "urgent", "person"]
    label: Words


class SayDeclared(Declared):
    """Says something and goes on. With `pin`, its buttons, the message is kept on top of the chat."""

    say: TextDeclared
    picture: PictureDeclared | None = None
    links: list[LinkDeclared] = []
    pin: list[PinnedDeclared] = []
    next: Next | None = None
    was: list[Id] = []


class AskDeclared(Declared):
    """Asks a question and waits for the answer."""

    ask: TextDeclared
    short: Words | None = None
    choose: Literal["one", "many", "text", "number", "date", "photo", "contact"] = "one"
    options: Options | None = None
    none: Words | None = None
    not_sure: Words | None = None
    columns: Literal[1, 2] = 1
    stays: StrictBool = False
    scale: Annotated[list[Id], Field(min_length=2)] = []
    dates: TableDeclared | None = None
    at_least: StrictInt | StrictFloat | None = None
    at_most: StrictInt | StrictFloat | None = None
    save: Name | None = None
    add: Name | None = None
    remind: RemindDeclared | None = None
    expire: ExpireDeclared | None = None
    done_after: Duration | None = None
    picture: PictureDeclared | None = None
    links: list[LinkDeclared] = []
    next: Next | None = None
    was: list[Id] = []


class DoDeclared(Declared):
    """Runs an action, which sets values."""

    do: Id
    next: Next | None = None
    was: list[Id] = []


class CallDeclared(Declared):
    """Runs another flow and comes back; its values are then named `<as>.<name>`."""

    call: FlowName
    as_: Annotated[Id | None, Field(alias="as")] = None
    next: Next | None = None
    was: list[Id] = []


class EndDeclared(Declared):
    """Where the flow ends."""

    end: Literal["completed", "expired", "cancelled", "failed"]
    was: list[Id] = []


StateDeclared: TypeAlias = "SayDeclared | AskDeclared | DoDeclared | CallDeclared | EndDeclared"
STATE_KINDS: dict[str, type[Declared]] = {
    "say": SayDeclared,
    "ask": AskDeclared,
    "do": DoDeclared,
    "call": CallDeclared,
    "end": EndDeclared,
}


def _tag_state(value: object) -> str | None:
    found = [kind for kind in STATE_KINDS if isinstance(value, dict) and kind in value]
    return f"<{found[0]}>" if len(found) == 1 else None


AnyState = Annotated[
    Annotated[SayDeclared, Tag("<say>")]
    | Annotated[AskDeclared, Tag("<ask>")]
    | Annotated[DoDeclared, Tag("<do>")]
    | Annotated[CallDeclared, Tag("<call>")]
    | Annotated[EndDeclared, Tag("<end>")],
    Discriminator(_tag_state),
]


class NeverDeclared(Declared):
    """No path may reach this state while the guard holds."""

    reach: Id
    when: GuardDeclared


class AlwaysDeclared(Declared):
    """Every path on which the guard holds passes a state before it comes to another (or to an `end`)."""

    when: GuardDeclared
    pass_: Annotated[Id, Field(alias="pass")]
    before: Id


class FlowDeclared(Declared):
    """One flow of a file with several."""

    title: Words
    start: Id
    states: Annotated[dict[Id, AnyState], Field(min_length=1)]
    never: list[NeverDeclared] = []
    always: list[AlwaysDeclared] = []


class OneFlowFile(FlowDeclared):
    """A file with one flow."""

    flow: Id


class ManyFlowsFile(Declared):
    """A file with several flows; their ids are `file.name`, in common.yaml the bare name."""

    flows: Annotated[dict[Id, FlowDeclared], Field(min_length=1)]
