"""Errors, by whose fault they are.

ClinicBotError
├── AuthorError       flows or data are wrong: shown with file, line and mend; nothing starts
├── OperatorError     settings, files or machine are wrong: one sentence with what to do; exit code 1
│   ├── DatabaseBusy      another process holds the database
│   ├── DatabaseBroken    not a database of ours, damaged, or of a newer version
│   ├── KeyMissing        the database holds people, and the key to read them is not here
│   ├── NotMigrated       the database is of another version than the program, or the book is new to it
│   └── BookTooOld        somebody's session went on with newer flows and data than this process has
└── EngineError       a caller used the engine wrongly: a bug
"""

from __future__ import annotations


class ClinicBotError(Exception):
    """Whatever this program raises on purpose."""


class AuthorError(ClinicBotError):
    """Flows or data can't be used."""


class OperatorError(ClinicBotError):
    """The message says what is wrong and what to do."""


class DatabaseBusy(OperatorError):
    """Another process holds the database."""


class DatabaseBroken(OperatorError):
    """The file is no database of ours, is damaged, or is of a newer version."""


class KeyMissing(OperatorError):
    """The database holds people, and the key to read them is not here."""


class NotMigrated(OperatorError):
    """`migrate` has to be run first."""


class BookTooOld(OperatorError):
    """Somebody's session went on with newer flows and data than this process has."""


class EngineError(ClinicBotError):
    """The engine was called with what it can't be called with."""
