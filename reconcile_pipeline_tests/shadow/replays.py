"""Directories as text, replayed with all that is clever, and by reading everything every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Difference
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.prepare import Way, prepare
from reconcile_pipeline.shadow.replaying.replay import Replayer
from reconcile_pipeline.shadow.replaying.statement import run as run_statement

#: (file, index) -> the effects, each as (change, kind, identity, facets that differ).
Effects = dict[tuple[int, int], list[tuple[str, str, str, tuple[str, ...]]]]


def directory(texts: Sequence[str]) -> tuple[MigrationFile, ...]:
    """Migration files of these texts, in order."""
    return tuple(
        MigrationFile(
            path=Path(f"{number:03}_file.sql").name, version=f"{number:03}", name="file",
            sha256="", text=text, statements=split(text),
        )
        for number, text in enumerate(texts)
    )  # fmt: skip


@contextmanager
def replayer(shadow: ShadowDatabase, texts: Sequence[str]) -> Iterator[Replayer]:
    """A replayer of these files."""
    with Replayer(shadow, directory(texts)) as made:
        yield made


def replayed(shadow: ShadowDatabase, texts: Sequence[str]) -> Effects:
    """The effects that a whole replay shows."""
    with replayer(shadow, texts) as made:
        runs = made.run(lambda file, index: True).runs
        assert made.missed == ()
    return {(r.file, r.index): listed(r.effects) for r in runs if r.effects}


def watched(shadow: ShadowDatabase, texts: Sequence[str]) -> Effects:
    """The same by the slow way: the whole catalog is read after every statement."""
    found: Effects = {}
    with shadow.connect_owner() as connection:
        before = shadow.read(connection)
        for file in directory(texts):
            connection.execute("BEGIN")
            for statement in file.statements:
                prepared = prepare(statement)
                connection.execute("SAVEPOINT s")
                try:
                    if prepared.way is Way.FOR_OWNER:
                        shadow.run_for_owner(connection, prepared.sql)
                    elif prepared.way in (Way.OWNER, Way.COPY):
                        run_statement(connection, prepared.sql, prepared.data)
                except psycopg.Error:
                    connection.execute("ROLLBACK TO SAVEPOINT s")
                now = shadow.read(connection)
                if effects := listed(compare(before, now)):
                    found[int(file.version or 0), statement.index] = effects
                before = now
            connection.execute("COMMIT")
            shadow.reset(connection)
    return found


def listed(effects: Sequence[Difference]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Effects in an order of their own, without what a dropped column moves."""
    kept = []
    for e in effects:
        facets = tuple(facet for facet in e.facets if facet != "position")
        kept.append((e.change.value, e.id.kind.value, e.id.identity, facets))
    return sorted(one for one in kept if one[0] != "altered" or one[3])
