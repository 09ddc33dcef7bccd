"""Verdicts set against the history: the findings, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconcile_pipeline.attribution.model import MigrationReport, Unexplained
from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.migrations.model import Hazard

if TYPE_CHECKING:
    import pandas


class Finding(StrEnum):
    """What a migration's verdict means, given what the history says of it."""

    SYNCHRONIZED = "synchronized"
    UNRECORDED = "unrecorded"  # applied, not in the history
    HALF_APPLIED = "half_applied"
    PENDING = "pending"
    PENDING_DESTRUCTIVE = "pending_destructive"
    PHANTOM = "phantom"  # recorded, not there
    ALTERED = "altered"  # recorded, changed since
    FILE_MISSING = "file_missing"  # recorded, no local file


@dataclass(frozen=True, slots=True)
class MigrationFinding:
    """One migration: `report` is None for a recorded version without a file.

    `recorded`: the history names its version. `hazards`: what pushing it would do, in words.
    """

    version: str | None
    name: str
    file: str | None
    recorded: bool
    finding: Finding
    report: MigrationReport | None
    hazards: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The migration's verdict; `unverifiable` where there is no file to judge."""
        return self.report.verdict.value if self.report else "unverifiable"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Everything found of one target at one moment.

    `fingerprint` is production's (catalog and history); `inventory_sha256` the directory's.
    `as_it_stands`: what is dangerous in production now, whoever made it; it is no drift. `ignored`:
    what differs, and reconcile.toml leaves to others.
    """

    target: str
    history_tool: str
    fingerprint: str
    inventory_sha256: str
    migrations: tuple[MigrationFinding, ...]
    unexplained: tuple[Unexplained, ...]
    notes: tuple[str, ...] = ()
    as_it_stands: tuple[Hazard, ...] = ()
    ignored: tuple[ObjectId, ...] = ()

    @property
    def in_step(self) -> bool:
        """True when there is nothing to reconcile."""
        return not self.unexplained and all(
            m.finding is Finding.SYNCHRONIZED for m in self.migrations
        )

    def to_frame(self, table: str = "status") -> pandas.DataFrame:
        """One of its tables as a pandas frame: `status`, `statements` or `unexplained`.

        Raises ValueError for another name.
        """
        from reconcile_pipeline.drift.tables import Frame, to_frame

        return to_frame(self, Frame(table))
