"""Instants as the database keeps them: whole microseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """The instant as a number.

    Raises:
        TypeError: `at` is not aware.
    """
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant of a number, in UTC."""
    return _EPOCH + micros * _MICROSECOND
