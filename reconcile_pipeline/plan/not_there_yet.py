"""Which missing statement makes what another one needs, and production does not have yet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconcile_pipeline.attribution.model import StatementVerdict
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.drift.model import Finding, MigrationFinding


def made_by(sql: str, said: str, label: str, migrations: Sequence[MigrationFinding]) -> str:
    """A sentence on the last migration before the labelled one that makes what `sql` lacks, and how
    to have it run; empty where none does.

    `said`: the server's words, which name what it lacks.
    """
    labels = [m.version or m.name for m in migrations]
    before = migrations[: labels.index(label)] if label in labels else ()
    for m in reversed(before):
        for s in m.report.statements if m.report else ():
            if not s.ran and makes(s, sql, said):
                line = f"{m.version or m.name}, line {s.line} ({s.tag}), makes it, and"
                if m.finding in (Finding.PENDING, Finding.PENDING_DESTRUCTIVE) and m.version:
                    return f"{line} never ran: named in run_pending, it runs first."
                return f"{line} is not run either."
    return ""


def makes(statement: StatementVerdict, sql: str, said: str) -> bool:
    """Whether the statement makes what `sql` lacks, as the server `said`."""
    from reconcile_pipeline.migrations.references import names  # slow to import

    named = names(sql).mentioned | names(sql).in_bodies | names(sql).touched
    for effect in statement.effects:
        name = effect.identity.partition("(")[0]
        above, _, last = name.rpartition(".")
        if (
            effect.change is Change.CREATED
            and not named.isdisjoint({name, above})
            and re.search(rf"(?<!\w){re.escape(last)}(?!\w)", said)
        ):
            return True
    return False


def fills(sql: str, statement: StatementVerdict) -> bool:
    """Whether `sql` writes rows of a table, or gives values to a column, that the statement makes;
    or reads or calls what it makes. So it cannot have run before that.
    """
    from reconcile_pipeline.migrations.references import names  # slow to import

    named = names(sql)
    written = {f"{row.table}.{column}" for row in named.rows for column in row.columns}
    written |= {row.table for row in named.rows} | named.mentioned
    made = {e.identity.partition("(")[0] for e in statement.effects if e.change is Change.CREATED}
    return not made.isdisjoint(written)
