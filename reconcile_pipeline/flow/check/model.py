"""What a check says, as values: remarks on lines of files, and whether they let a change pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    """How much a remark weighs, the worst first. The names are those of SARIF."""

    ERROR = "error"  # pushing would lose data, fail, or open access
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know before a push.

    `rule`: a hazard's name, or one of `remarks.RULES`. `file`: relative to the directory; empty
    where the remark is about the target. `line` counts from 1; 0 where it is about a whole file.
    `rows`: (table, rows) that the statement would delete now.
    """

    level: Level
    rule: str
    message: str
    file: str = ""
    line: int = 0
    rows: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """One check. `online`: production was read; else the directory alone.

    `command`: how the tool is told to push. `files`: what it would run, in order, relative to the
    directory; `tried`: how many of their statements were run on a throwaway copy.
    """

    target: str
    online: bool
    command: str
    files: tuple[str, ...]
    tried: int
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...] = ()
    hidden: int = 0

    def count(self, level: Level) -> int:
        """How many remarks of this level there are."""
        return sum(remark.level is level for remark in self.remarks)

    def fails(self, at: Level) -> bool:
        """True where a remark weighs at least this much."""
        levels = list(Level)
        return any(levels.index(r.level) <= levels.index(at) for r in self.remarks)

    def showing(self, least: Level) -> Checked:
        """The same without remarks that weigh less; `hidden` says how many those are."""
        levels = list(Level)
        kept = tuple(r for r in self.remarks if levels.index(r.level) <= levels.index(least))
        return replace(self, remarks=kept, hidden=self.hidden + len(self.remarks) - len(kept))

    @property
    def rows(self) -> dict[str, int]:
        """Table -> rows that the push would delete now, each counted once."""
        found: dict[str, int] = {}
        for remark in self.remarks:
            for table, number in remark.rows:
                found[table] = max(found.get(table, 0), number)
        return found
