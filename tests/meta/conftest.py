from __future__ import annotations

import os

import pytest

from bot.settings import Settings


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """The environment of a process whose operator has set nothing."""
    names = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in names}
