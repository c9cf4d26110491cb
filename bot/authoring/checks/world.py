"""What the checks look at."""

from __future__ import annotations

from dataclasses import dataclass

from bot.authoring.folder import DataFolder, FlowFolder
from bot.authoring.issue import Issues
from bot.authoring.names import Names
from bot.clinic.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class World:
    """Everything that was read, and where findings go."""

    issues: Issues
    flows: FlowFolder
    data: DataFolder
    catalogue: Catalogue
    names: Names
