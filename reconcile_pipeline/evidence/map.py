"""The map of the drift: one row a migration, one cell a statement, by verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reconcile_pipeline.attribution.model import StatementVerdict, Verdict
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.tables import local_name
from reconcile_pipeline.drift.words import LETTER, VERDICT_MEANING


@dataclass(frozen=True, slots=True)
class MapCell:
    """One statement: its verdict, the verdict's letter, and all of it in words."""

    verdict: str
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """One migration with its finding and its statements in order."""

    name: str
    finding: str
    cells: tuple[MapCell, ...]


LEGEND: tuple[MapCell, ...] = tuple(
    MapCell(verdict.value, LETTER[verdict], f"{verdict.value}: {VERDICT_MEANING[verdict]}")
    for verdict in Verdict
)


def shares(rows: tuple[MapRow, ...]) -> tuple[tuple[MapCell, int], ...]:
    """How many statements have each verdict, in the legend's order; without those of none."""
    counted = Counter(cell.verdict for row in rows for cell in row.cells)
    return tuple((cell, counted[cell.verdict]) for cell in LEGEND if counted[cell.verdict])


def drift_map(report: DriftReport) -> tuple[MapRow, ...]:
    """The map's rows, in the directory's order; a recorded version without a file has no cells."""
    return tuple(
        MapRow(
            local_name(finding) or finding.version or "",
            finding.finding.value,
            tuple(_cell(s) for s in finding.report.statements) if finding.report else (),
        )
        for finding in report.migrations
    )


def _cell(statement: StatementVerdict) -> MapCell:
    verdict = statement.verdict
    text = f"Line {statement.line}, {statement.tag}: {verdict.value}"
    return MapCell(verdict.value, LETTER[verdict], text)
