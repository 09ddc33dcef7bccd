"""Build a production whose truth is known: what each file did there, and what was done by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.collapse import roots
from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Difference, ObjectId, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import create_platform
from reconcile_pipeline_tests.attribution.drifting.fates import Run

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'
   AND n.nspname NOT IN ('information_schema', 'auth', 'realtime', 'vault')"""
#: On the platform the owner may do this, though no superuser.
_HOSTED = (
    "ALTER TABLE storage.objects OWNER TO postgres",
    "ALTER TABLE storage.buckets OWNER TO postgres",
    # There it is the extension's, so that a file's CREATE EXTENSION IF NOT EXISTS does nothing.
    "DROP FUNCTION extensions.uuid_generate_v4()",
    'CREATE EXTENSION "uuid-ossp" SCHEMA extensions',
)
Hand = Callable[[Connection[Any]], None]


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened.

    `effects`: for each file, what it did to the catalog. `failed`: files of which a statement
    failed; `refused`: (file, index) of these. `before_hand` and `after`: the catalog
    before and after the changes by hand, which are `by_hand`. `counts`: rows a table
    before them, `counts_after` after them. `base`: what was there before any file.
    """

    runs: tuple[Run, ...]
    effects: tuple[tuple[Difference, ...], ...]
    before_hand: Snapshot
    after: Snapshot
    by_hand: tuple[Difference, ...]
    counts: dict[str, int]
    counts_after: dict[str, int]
    failed: frozenset[int] = frozenset()
    base: frozenset[ObjectId] = frozenset()
    refused: frozenset[tuple[int, int]] = frozenset()


def build(
    server: Server,
    name: str,
    files: Sequence[MigrationFile],
    runs: Sequence[Run],
    hand: Hand,
    base: Iterable[str] = (),
    watched: bool = True,
) -> Truth:
    """Make the database `name` anew. `base`: SQL that was run in a dashboard before any file.

    `watched`: read the catalog after each file; without it `effects` are empty.
    """
    create_platform(server, name)
    for sql in _HOSTED:
        _execute_as(server, name, None, sql)
    with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as production:
        for sql in base:
            _execute(production, sql)
        effects = []
        before = start = _read(server, name)
        refused = set()
        for number, (file, run) in enumerate(zip(files, runs, strict=True)):
            if run.before:
                _execute(production, run.before)
            for index in run.indices:
                if not _execute(production, file.statements[index].sql):
                    refused.add((number, index))
            now = _read(server, name) if run.indices and watched else before
            effects.append(tuple(compare(before, now)))
            before = now
            if run.recorded and file.version is not None:
                production.execute(
                    "INSERT INTO supabase_migrations.schema_migrations (version, name)"
                    " VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (file.version, file.name),
                )
        before = before if watched else _read(server, name)
        counts = _counts(production)
        production.execute("RESET ALL")
        hand(production)
        counts_after = _counts(production)
    after = _read(server, name)
    return Truth(
        tuple(runs), tuple(effects), before, after, roots(compare(before, after)), counts,
        counts_after, frozenset(n for n, _ in refused), frozenset(start.ids()),
        frozenset(refused),
    )  # fmt: skip


def undisturbed(truth: Truth, clean: Callable[[Sequence[Run], bool], Truth]) -> Truth:
    """What the files do where nothing is in their way; all else was done by hand, but for what is
    just as the statements that were refused leave it by not having run: nobody removed that.

    Of a statement that adds nine columns and was refused since somebody had added one, the eight
    others were never made. That it was refused was seen on this very production, and what it would
    have made is seen by running the files without it. `clean` builds a production of other runs in
    which nobody changed anything; the second argument is `watched`.
    """
    runs = [replace(run, before="") for run in truth.runs]
    whole = clean(runs, True)
    by_hand = compare(whole.before_hand, truth.after)
    if stopped := truth.refused - whole.refused:
        kept = [
            replace(run, indices=tuple(i for i in run.indices if (number, i) not in stopped))
            for number, run in enumerate(runs)
        ]
        told = {d.id for d in compare(clean(kept, False).before_hand, truth.after)}
        by_hand = tuple(d for d in by_hand if d.id in told)
    return replace(truth, effects=whole.effects, by_hand=roots(by_hand), failed=whole.failed)


def _execute_as(server: Server, name: str, user: str | None, sql: str) -> None:
    with psycopg.connect(server.dsn(name, user), autocommit=True) as connection:
        _execute(connection, sql)


def _execute(production: Connection[Any], sql: str) -> bool:
    """As a person at a prompt: what fails is left, and the next one is tried. True if it ran."""
    try:
        production.execute(sql.encode(), prepare=False)
    except psycopg.Error:
        if production.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            production.execute("ROLLBACK")
        return False
    return True


def _read(server: Server, name: str) -> Snapshot:
    with psycopg.connect(server.dsn(name, "postgres")) as connection:
        return read(connection, managed=MANAGED_SCHEMAS)


def _counts(production: Connection[Any]) -> dict[str, int]:
    counts = {}
    for schema, table in production.execute(_TABLES).fetchall():
        row = production.execute(
            SQL("SELECT count(*) FROM {}").format(Identifier(schema, table))
        ).fetchone()
        counts[f"{schema}.{table}"] = row[0] if row else 0
    return counts
