"""What a scan's replay says of the directory as a whole: does it give production?"""

from __future__ import annotations

from collections.abc import Collection

from reconcile_pipeline.attribution.model import MigrationReport, StatementVerdict, Verdict
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.drift.words import at_lines, count
from reconcile_pipeline.evidence.model import Replay


def replayed(scan: Scan) -> Replay:
    """The directory's replay against production.

    A scan replays the directory from nothing, leaving out what production shows never ran. Where
    it left out nothing of effect, that was the whole directory; what it left out is a difference.
    """
    attribution = scan.attribution
    differences = [str(entry.id) for entry in attribution.unexplained]
    missing = (Verdict.ABSENT, Verdict.DIFFERENT)
    for migration in attribution.migrations:
        out = [str(s.line) for s in migration.statements if not s.ran and s.verdict in missing]
        if out:
            differences.append(
                f"{migration.path}: {count(len(out), 'statement')} not in production "
                f"({at_lines(out, limit=5)})"
            )
        differences += failing(migration)
    objects = sum(1 for _ in attribution.end.ids()) if attribution.end else 0
    ran = [(m, s) for m in attribution.migrations for s in m.statements if s.ran]
    not_run = (_refused(m, s) for m, s in ran if s.error and s.standing)
    unchecked = (_refused(m, s) for m, s in ran if s.unchecked)
    ignored = tuple(map(str, scan.report.ignored))
    return Replay(objects, tuple(differences), tuple(not_run), ignored, tuple(unchecked))


def failing(migration: MigrationReport, of: Collection[str] | None = None) -> list[str]:
    """The statements that the shadow refuses, each with the server's words; not those of which
    production has what they name: those are `Replay.not_run`. `of`: only these texts.
    """
    return [
        _refused(migration, s)
        for s in migration.refused
        if not s.standing and (of is None or s.sql.strip() in of)
    ]


def _refused(migration: MigrationReport, statement: StatementVerdict) -> str:
    why = statement.error or statement.unchecked
    return f"{migration.path}, line {statement.line}: {statement.tag} fails ({why})"
