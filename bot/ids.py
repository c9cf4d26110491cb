"""The identifiers that cross rooms, as types that can't be swapped, and the code a contact is found by."""

from __future__ import annotations

from typing import NewType

ContactId = NewType("ContactId", int)
"""Our own number for whoever writes; never a Telegram id."""
SessionId = NewType("SessionId", str)
"""`<contact>-<n>`: it says whose it is, so that a foreign button can be told."""
LeadId = NewType("LeadId", str)
AlertId = NewType("AlertId", str)
VisitId = NewType("VisitId", str)

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, without the look-alikes 0 O 1 I
_SPACE = 32**4
_STEP = 500_113  # odd, so multiplication modulo 2**20 is a permutation: neighbours get unlike codes
_STEP_BACK = pow(_STEP, -1, _SPACE)


def contact_code(contact: ContactId) -> str:
    """The four characters that a person reads out on the phone; five or more above a million contacts.

    One code for each contact, for ever, and back (`code_contact`): nothing to look up, nothing to collide.
    It is no secret: only staff can use it.
    """
    high, low = divmod(int(contact), _SPACE)
    low = low * _STEP % _SPACE
    letters = "".join(_LETTERS[low >> shift & 31] for shift in (15, 10, 5, 0))
    while high:
        high, digit = divmod(high, 32)
        letters += _LETTERS[digit]
    return letters


def code_contact(code: str) -> ContactId | None:
    """The contact of a code as typed (any case, spaces and hyphens allowed), or None when it can't be one."""
    letters = code.strip().upper().replace(" ", "").replace("-", "")
    if len(letters) < 4 or len(letters) > 12 or any(letter not in _LETTERS for letter in letters):
        return None
    digits = [_LETTERS.index(letter) for letter in letters]
    low = 0
    for digit in digits[:4]:
        low = low * 32 + digit
    number = low * _STEP_BACK % _SPACE
    for place, digit in enumerate(digits[4:]):
        number += digit * _SPACE * 32**place
    return ContactId(number)


def session_id(contact: ContactId, number: int) -> SessionId:
    """The id of a contact's `number`th session."""
    return SessionId(f"{contact}-{number}")
