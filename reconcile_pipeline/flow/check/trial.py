"""Run migration files on a throwaway copy, to see which statements would fail.

A copy has production's structure and none of its rows. So a statement that fails there over rows
(a missing parent, a check in a DO block) may succeed in production: such a failure is not certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.clone import dump, restore
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline.shadow.platforms.platform import build
from reconcile_pipeline.shadow.platforms.source import Source
from reconcile_pipeline.shadow.replaying.replay import Replayer
from reconcile_pipeline.shadow.servers.cluster import cluster

#: Classes of SQLSTATE that rows decide: integrity, no data, cardinality, RAISE in PL/pgSQL.
_ABOUT_ROWS = ("23", "02", "21", "P0")
_NO_ROWS = ("INSERT", "UPDATE", "DELETE", "SELECT", "DO", "CALL", "COPY", "MERGE")


@dataclass(frozen=True, slots=True)
class Failing:
    """The first statement of a file that fails on the copy.

    `certain`: it would fail in production, too.
    """

    file: str
    line: int
    tag: str
    error: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What running the files showed. `statements`: how many were run."""

    statements: int
    failing: tuple[Failing, ...]
    notes: tuple[str, ...] = ()


def on_a_copy(
    source: Source, dsn: str, files: Sequence[MigrationFile], shadow_url: str | None = None
) -> Trial:
    """Run these files, in this order, on a copy of production's structure. Production is only read.

    Raises ShadowError.
    """
    return _run(source, dsn, files, shadow_url, copied=True)


def from_nothing(
    source: Source, dsn: str, files: Sequence[MigrationFile], shadow_url: str | None = None
) -> Trial:
    """Run these files on a database that has the platform of `source` and nothing else."""
    return _run(source, dsn, files, shadow_url, copied=False)


def _run(
    source: Source,
    dsn: str,
    files: Sequence[MigrationFile],
    shadow_url: str | None,
    *,
    copied: bool,
) -> Trial:
    if not files:
        return Trial(0, ())
    script = "" if copied else "\n".join(file.text for file in files)
    with cluster(shadow_url) as shadow:
        database, notes = build(shadow, source, dsn, script, MANAGED_SCHEMAS)
        if copied:
            # The platform's own schemas are there already; what else hangs on them is not.
            restore(shadow.dsn(database.name), dump(dsn))
        with Replayer(database, files) as replayer:
            runs = replayer.run(lambda file, index: True).runs
    failing: dict[int, Failing] = {}
    for run in runs:
        if run.outcome is not Outcome.FAILED or run.file in failing:
            continue
        file = files[run.file]
        statement = next(s for s in file.statements if s.index == run.index)
        about_rows = run.sqlstate[:2] in _ABOUT_ROWS and (
            run.sqlstate[:2] != "23" or statement.tag.upper().startswith(_NO_ROWS)
        )
        failing[run.file] = Failing(
            file.path, statement.line, statement.tag, run.error, not (copied and about_rows)
        )
    return Trial(len(runs), tuple(failing.values()), notes)
