"""Who may do what: roles by id and by standing in the group, and the sentences that say no."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.desk import roles
from bot.desk.roles import COMMANDS, MAY, Membership, Right, Role, role_of
from bot.engine.model import Book
from tests.engine_books import book, end, flow

OWNER, PRACTITIONER, RECEPTION, OTHER, ON_CALL = 1, 2, 3, 4, 5


def with_roles(*entries: str) -> Book:
    clinic = {"clinic.staff": frozenset(entries), "clinic.on_call": frozenset({str(ON_CALL)})}
    return book(flow("main", end()), clinic=clinic)


PLAIN = with_roles()
LISTED = with_roles("1:owner", "2:practitioner", "3:reception")


@pytest.mark.parametrize(
    ("of", "user", "membership", "role"),
    [
        (PLAIN, OTHER, Membership.ADMIN, Role.OWNER),
        (PLAIN, OTHER, Membership.MEMBER, Role.PRACTITIONER),
        (PLAIN, OTHER, Membership.OUT, None),
        (PLAIN, OTHER, Membership.UNKNOWN, None),
        (PLAIN, OTHER, Membership.GROUP_GONE, None),
        (LISTED, OWNER, Membership.MEMBER, Role.OWNER),
        (LISTED, PRACTITIONER, Membership.ADMIN, Role.PRACTITIONER),
        (LISTED, RECEPTION, Membership.MEMBER, Role.RECEPTION),
        (LISTED, OTHER, Membership.ADMIN, None),
        (LISTED, OWNER, Membership.OUT, None),
        (LISTED, OWNER, Membership.UNKNOWN, None),
        (LISTED, PRACTITIONER, Membership.GROUP_GONE, Role.PRACTITIONER),
        (LISTED, ON_CALL, Membership.MEMBER, Role.PRACTITIONER),
        (PLAIN, ON_CALL, Membership.GROUP_GONE, Role.PRACTITIONER),
        (PLAIN, ON_CALL, Membership.OUT, None),
    ],
)
def test_the_role_that_counts(of: Book, user: int, membership: Membership, role: Role | None) -> None:
    assert role_of(of, user, membership) is role


def test_of_two_roles_for_one_person_the_smaller_counts() -> None:
    assert roles.listed(with_roles("1:owner", "1:reception")) == {1: Role.RECEPTION}
    assert roles.listed(with_roles("1:practitioner", "1:owner")) == {1: Role.PRACTITIONER}


def test_each_role_may_what_the_one_below_may_and_more() -> None:
    ladder = [MAY[role] for role in Role]
    assert all(lower < higher for lower, higher in pairwise(ladder))
    assert MAY[Role.OWNER] == set(Right)
    assert not roles.may(None, Right.ALERTS)
    assert not roles.may(Role.RECEPTION, Right.CLOSE_RED)
    assert not roles.may(Role.PRACTITIONER, Right.OWN)


def test_reception_reads_no_courses() -> None:
    assert [roles.sees_courses(LISTED, user) for user in (OWNER, PRACTITIONER, RECEPTION)] == [True, True, False]
    assert roles.sees_courses(PLAIN, OTHER)


def test_a_refusal_says_why_and_what_to_do() -> None:
    assert "4" in roles.refusal(4, Membership.MEMBER)
    assert "try again" in roles.refusal(4, Membership.UNKNOWN)
    assert "team" in roles.refusal(4, Membership.OUT)
    assert roles.lacks(Role.RECEPTION, Right.CLOSE_RED) == (
        "That takes the role practitioner or owner; yours is reception."
    )


@pytest.mark.parametrize("role", list(Role))
def test_help_teaches_what_the_role_may_and_nothing_else(role: Role) -> None:
    shown = {line.split()[0].strip("/:") for line in roles.help_lines(role).splitlines()}
    assert shown == {command.name for command in COMMANDS if command.right in MAY[role]}
    assert roles.ROLE_NAMES[role] in roles.who_am_i(role)
