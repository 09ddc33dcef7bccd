"""Every statement with its verdict and the catalog fact behind it."""

from __future__ import annotations

from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.tables import local_name, statement_fact
from reconcile_pipeline.evidence.document import Code, Section, Table
from reconcile_pipeline.evidence.model import ReportFacts


def section(facts: ReportFacts) -> Section:
    """One table a migration, as judged before the run."""
    tables = (_table(m) for m in facts.before.migrations if m.report and m.report.statements)
    return Section("Every statement before the run", "statements", tuple(tables))


def _table(finding: MigrationFinding) -> Table:
    statements = finding.report.statements if finding.report else ()
    return Table(
        local_name(finding),
        ("Line", "Statement", "Verdict", "Why"),
        tuple(
            (
                (str(s.line),),
                (Code(_short(s.sql) or s.tag),),
                (s.verdict.value,),
                (statement_fact(s),),
            )
            for s in statements
        ),
        right=(0,),
        folded=True,
    )


def _short(sql: str, limit: int = 240) -> str:
    one_line = " ".join(sql.split())
    return one_line if len(one_line) <= limit else one_line[: limit - 1] + "…"
