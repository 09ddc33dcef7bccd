"""One kind of drift on a production of its own, put back by the commands' own code, for real."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.config import Target
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.scan import scan_target
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.history.supabase_split import split
from reconcile_pipeline.migrations import statements
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.catalog.conftest import BASE, OWN_ROLES

#: Only a superuser makes these, which a migration's owner is not on a hosted platform.
SUPERUSERS = re.compile(
    r"FOREIGN (DATA|TABLE)|SERVER|USER MAPPING|OPERATOR|app\.remote", re.IGNORECASE
)
#: The platform's trigger on its own table, beside the user's.
OWN_TRIGGER = re.compile(r"CREATE TRIGGER platform_own.*?;", re.DOTALL)
_FIRST, _, _REST = BASE.partition("-- Types.")
PLATFORM = _FIRST + "".join(OWN_TRIGGER.findall(_REST))
FILE = ";\n".join(
    s.sql
    for s in statements.split(OWN_TRIGGER.sub("", _REST))
    if not SUPERUSERS.search(s.sql)
) + ";\n"  # fmt: skip

#: Rows that people put in: what is put back must bear them, and keep them.
ROWS = """
INSERT INTO app.client (name, email) VALUES ('Ada', 'ada@example.com'), ('Grace', NULL);
INSERT INTO app.project (client_id, title, tags, status, price, body)
    VALUES (1, 'bridge', 'steel', 'draft', 10, 'of'), (2, 'canal', NULL, 'final', 20, 'a');
INSERT INTO app.log VALUES (1, 'begun');
INSERT INTO app.event VALUES (1, '2024-02-03');
REFRESH MATERIALIZED VIEW app.project_count;
"""
HISTORY = """
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations
    (version text NOT NULL PRIMARY KEY, statements text[], name text);
"""
RECORDED = "SELECT version, name, statements FROM supabase_migrations.schema_migrations ORDER BY 1"
KEPT = """
SELECT (SELECT array_agg((c.id, c.name, c.email) ORDER BY c.id)::text FROM app.client c),
       (SELECT array_agg((p.id, p.client_id, p.title, p.price) ORDER BY p.id)::text
        FROM app.project p),
       (SELECT array_agg((e.id, e.at) ORDER BY e.id)::text FROM app.event e)
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of one kind. `refused`: what the product said where it did not go to the end.

    `seen`: the scan found something. `left`: what a scan still finds afterwards; `differing`: the
    objects of production that are not as they were before anybody changed anything.
    """

    seen: bool
    refused: str = ""
    left: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    rows_kept: bool = True
    history_kept: bool = True
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """True where everything is as before, and the product itself says so."""
        return (
            self.seen and not self.refused and not self.left and not self.differing
            and self.rows_kept and self.history_kept
        )  # fmt: skip

    def __str__(self) -> str:
        wrong = [
            "" if self.seen else "not seen",
            f"refused: {self.refused}" if self.refused else "",
            f"left: {', '.join(self.left)}" if self.left else "",
            f"differing: {', '.join(self.differing)}" if self.differing else "",
            "" if self.rows_kept else "rows changed",
            "" if self.history_kept else "history changed",
        ]
        return "; ".join(filter(None, wrong)) or "restored"


@contextmanager
def production(server: Server) -> Iterator[str]:
    """Name of a database made by base.sql with rows and a history; `restore` copies it."""
    name = f"kinds_{os.getpid()}"
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        with psycopg.connect(server.dsn(name), autocommit=True) as connection:
            for text in (PLATFORM, FILE, ROWS, HISTORY):
                connection.execute(text.encode())
            connection.execute(
                "INSERT INTO supabase_migrations.schema_migrations VALUES ('001', %s, 'base')",
                (list(split(FILE)),),
            )
        try:
            yield name
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            for role in OWN_ROLES:
                admin.execute(f"DROP ROLE {role}")


def restore(server: Server, template: str, drift: str, folder: Path, kind: str) -> Restored:
    """Drift on a copy of the production; then scan, plan, rehearse, approve, apply, scan again."""
    begun = time.monotonic()
    name = f"{template}_{kind}"[:63]
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations/001_base.sql").write_text(FILE)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            target = ResolvedTarget(
                "kinds",
                Target.model_validate({"restore": ["all"]}),
                server.dsn(name),
                folder / "migrations",
                folder / "evidence",
            )
            found = _restore(target, drift)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    seen, refused, left, differing, rows_kept, history_kept = found
    return Restored(
        seen, refused, left, differing, rows_kept, history_kept, time.monotonic() - begun
    )


def _restore(
    target: ResolvedTarget, drift: str
) -> tuple[bool, str, tuple[str, ...], tuple[str, ...], bool, bool]:
    refused = ""
    before, history, rows = _look(target.dsn)
    with psycopg.connect(target.dsn, autocommit=True) as connection:
        connection.execute(drift.encode())
    planned = make_and_write_plan(target)
    seen = not planned.scan.report.in_step
    try:
        if not planned.rehearsal.held:
            refused = f"rehearsal: {'; '.join(planned.rehearsal.problems)}"
        if planned.plan.steps:
            approve_plan(target, planned.run, "Ada", unrehearsed="to see" if refused else "")
            applied = apply_plan(target, planned.run)
            refused = refused or "; ".join(
                f"promise {p.name}: {p}" for p in applied.promises if not p.held
            )
    except ReconcileError as error:
        refused = refused or f"{error}"
    report = scan_target(target).report
    left = tuple(
        [f"{each.id}" for each in report.unexplained]
        + [f"{m.version} {m.finding}" for m in report.migrations if m.finding != "synchronized"]
    )
    after, history_now, rows_now = _look(target.dsn)
    differing = tuple(f"{d.id} {d.facets}" for d in compare(before, after))
    history_kept = all(row in history_now for row in history)  # a plan may add a row of its own
    return seen, refused, left, differing, rows == rows_now, history_kept


def _look(dsn: str) -> tuple[Snapshot, list[tuple[object, ...]], list[tuple[object, ...]]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        with connection.transaction():
            snapshot = read(connection)
        return (
            snapshot,
            connection.execute(RECORDED).fetchall(),
            connection.execute(KEPT).fetchall(),
        )
