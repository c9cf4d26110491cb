"""What the checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.authoring.folder import DataFolder, FlowFolder
from bot.authoring.issue import Issues
from bot.authoring.names import Names
from bot.authoring.node import Node
from bot.clinic.catalogue import Catalogue

TABLE_FILES = {
    "concerns": ("concerns", "concerns"),
    "precautions": ("precautions", "precautions"),
    "timelines": ("timelines", "timelines"),
    "treatments": ("treatments", "treatments"),
    "sources": ("treatments", "sources"),
    "signs": ("recovery", "signs"),
    "course": ("recovery", "course"),
    "levels": ("recovery", "levels"),
    "plan": ("recovery", "plan"),
    "answers": ("answers", "answers"),
    "campaigns": ("campaigns", "campaigns"),
    "locations": ("clinic", "locations"),
}
"""Table → its data file, and the key its rows stand under."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that was read, and where findings go."""

    issues: Issues
    flows: FlowFolder
    data: DataFolder
    catalogue: Catalogue
    names: Names
    _rows: dict[str, dict[str, Node]] = field(default_factory=dict)

    def flows_are_sound(self) -> bool:
        """Whether the flows can be built and walked: no mistake in them, and every row they offer is there."""
        wrong = {issue.file for issue in self.issues.found.values() if not issue.is_warning}
        sound = not self.flows.lost and not any(source.file in wrong for source in self.flows.sources)
        return sound and self.data.is_whole

    def is_table_whole(self, table: str) -> bool:
        """Whether all rows of a table could be read."""
        return self.data.files[TABLE_FILES[table][0]].is_whole

    def rows(self, table: str) -> Iterator[Node]:
        """The rows of a table as they stand in its file."""
        name, key = TABLE_FILES[table]
        root = self.data.files[name].root
        node = root.find(key) if root is not None else None
        yield from node.items if node is not None else ()

    def row_place(self, table: str, row: str) -> tuple[str, Node] | None:
        """The file and the node of a row; of two with one id the first."""
        if table not in self._rows:
            found: dict[str, Node] = {}
            for node in self.rows(table):
                found.setdefault(node.text("id") or "", node)
            self._rows[table] = found
        wanted = self._rows[table].get(row)
        return None if wanted is None else (self.data.files[TABLE_FILES[table][0]].file, wanted)
