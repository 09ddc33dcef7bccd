"""What pushing the directory would do to production as it is: the danger, in rows."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.drift.model import DriftReport, Finding, MigrationFinding
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.evidence.model import AtStake, Push
from reconcile_pipeline.flow.doomed import deletes, doomed_rows
from reconcile_pipeline.flow.target import ResolvedTarget

PUSH = "supabase db push"
#: How other tools are told to push.
OTHERS = {
    "flyway": "flyway migrate",
    "liquibase": "liquibase update",
    "atlas": "atlas migrate apply",
    "prisma": "prisma migrate deploy",
    "drizzle": "drizzle-kit migrate",
    "sqlx": "sqlx migrate run",
    "goose": "goose up",
    "golang-migrate": "migrate up",
    "dbmate": "dbmate up",
    "alembic": "alembic upgrade head",
}


def measure_push(target: ResolvedTarget, scan: Scan) -> Push | None:
    """The files that a push would run, in order, and the rows that they would delete.

    None where no history tool is there to push. Production is only read, in one transaction.
    """
    if scan.report.history_tool == "none":
        return None
    pending = [m for m in scan.report.migrations if m.file and m.version and not m.recorded]
    pending.sort(key=lambda m: m.version or "")
    return Push(
        command_of(scan.report),
        tuple(m.file for m in pending if m.file),
        tuple(_at_stake(target, pending)),
    )


def command_of(report: DriftReport) -> str:
    """The push that runs every pending file, by the client's own advice where it first refuses.

    It refuses while a recorded version has no file, and to run files older than the newest
    recorded version.
    """
    if report.history_tool in OTHERS:
        return OTHERS[report.history_tool]
    lost = [m.version for m in report.migrations if m.finding is Finding.FILE_MISSING and m.version]
    recorded = {m.version for m in report.migrations if m.recorded and m.version} - set(lost)
    pending = [m.version for m in report.migrations if not m.recorded and m.version]
    command = PUSH
    if recorded and any(version < max(recorded) for version in pending):
        command += " --include-all"
    if lost:
        return f"supabase migration repair --status reverted {' '.join(lost)} && {command}"
    return command


def _at_stake(target: ResolvedTarget, pending: list[MigrationFinding]) -> list[AtStake]:
    statements = [
        (m.file or "", statement)
        for m in pending
        for statement in (m.report.statements if m.report else ())
        if deletes(statement.sql)
    ]
    if not statements:
        return []
    found = []
    with connect_to_read(target.dsn) as connection:
        try:
            with looking(connection, "10s"):
                for file, statement in statements:
                    if rows := doomed_rows(connection, statement.sql):
                        words = " ".join(statement.sql.split())
                        found.append(AtStake(file, statement.line, words, rows))
        except psycopg.Error as error:
            raise unread(error, target.dsn, "The rows at stake") from None
    return found
