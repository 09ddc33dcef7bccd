"""What a transaction did to rows, counted by PostgreSQL inside that transaction, and judged.

Counted: rows inserted, updated, deleted (`pg_stat_get_xact_tuples_*`); tables whose file was
replaced, which is what TRUNCATE and rewrites do; tables and columns that are gone. Rows that are
touched in a savepoint that is rolled back count as touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.model import Step

Rows = tuple[int, int, int]  # inserted, updated, deleted


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `root` is the topmost partitioned table, or itself; columns by number."""

    name: str
    root: str
    file: int
    columns: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Before:
    """A transaction's beginning: the tables by oid, and what the counters say already.

    The server adds a session's counts to its totals at most once a second, so at the beginning of
    a transaction they may still hold those of the one before.
    """

    tables: Mapping[int, Table]
    touched: Mapping[int, Rows]

    def roots(self) -> dict[str, str]:
        """Table -> its topmost partitioned table."""
        return {table.name: table.root for table in self.tables.values()}


@dataclass(frozen=True, slots=True)
class Changes:
    """What one transaction did. Names are `schema.table`, and `schema.table.column`.

    `replaced`: tables whose file is another one now. `dropped`, `created`: tables and columns that
    are gone, or new.
    """

    rows: Mapping[str, Rows]
    replaced: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    created: tuple[str, ...] = ()


def _sql(name: str) -> bytes:
    return (files("reconcile_pipeline.apply") / f"sql/{name}.sql").read_bytes()


def tables(connection: Connection[Any]) -> dict[int, Table]:
    """All tables by oid, as this transaction sees them."""
    return {
        oid: Table(name, root, file, dict(zip(numbers, columns, strict=True)))
        for oid, name, root, file, numbers, columns in connection.execute(_sql("tables"))
    }


def observe(connection: Connection[Any]) -> Before:
    """The state to compare with, read at a transaction's beginning."""
    return Before(tables(connection), _touched(connection))


def _touched(connection: Connection[Any]) -> dict[int, Rows]:
    return {oid: (i, u, d) for oid, i, u, d in connection.execute(_sql("touched"))}


def changes(connection: Connection[Any], before: Before) -> Changes:
    """What the transaction has done since `before`."""
    after = tables(connection)
    touched: dict[int, Rows] = {}
    for oid, (i, u, d) in _touched(connection).items():
        old = before.touched.get(oid, (0, 0, 0))
        if (i, u, d) != old:
            touched[oid] = (i - old[0], u - old[1], d - old[2])
    replaced, dropped = [], []
    for oid, table in before.tables.items():
        if (now := after.get(oid)) is None:
            dropped.append(table.name)
            continue
        if now.file != table.file:
            replaced.append(table.name)
        dropped += [
            f"{table.name}.{name}"
            for number, name in table.columns.items()
            if number not in now.columns
        ]
    created = [table.name for oid, table in after.items() if oid not in before.tables]
    for oid, table in after.items():
        if (old_table := before.tables.get(oid)) is not None:
            created += [
                f"{table.name}.{name}"
                for number, name in table.columns.items()
                if number not in old_table.columns
            ]
    names = {oid: (before.tables.get(oid) or after[oid]).name for oid in touched if oid in after}
    return Changes(
        {names[oid]: touched[oid] for oid in sorted(names, key=lambda o: names[o])},
        tuple(sorted(replaced)),
        tuple(sorted(dropped)),
        tuple(sorted(created)),
    )


def judge(step: Step, done: Changes, roots: Mapping[str, str]) -> None:
    """Raise ApplyError for anything that the step did not announce.

    `roots`: table -> its partitioned root; announcing the root announces its partitions.
    """
    announced = step.rows or {}
    totals: dict[str, Rows] = {}
    for name, rows in done.rows.items():
        root = roots.get(name, name)
        place = root if name not in announced and root in announced else name
        i, u, d = totals.get(place, (0, 0, 0))
        totals[place] = (i + rows[0], u + rows[1], d + rows[2])
    for name, rows in totals.items():
        limits = announced.get(name, (0, 0, 0))
        for what, count, limit in zip(("inserts", "updates", "deletes"), rows, limits, strict=True):
            if limit is not None and count > limit:
                raise _refused(step, f"it {what} {count} rows of {name}", f"{limit} were announced")
    for name in done.replaced:
        if name not in step.rewrites and not _may_lose(announced, name):
            raise _refused(step, f"it truncates or rewrites {name}", "that was not announced")
    for name in done.dropped:
        if not _may_lose(announced, name):
            raise _refused(step, f"it drops {name}", "that was not announced")


def count_rewritten(connection: Connection[Any], step: Step) -> dict[str, int]:
    """Rows of each table that the step says it rewrites, and that is there."""
    found: dict[str, int] = {}
    if not step.rewrites:
        return found
    for table in tables(connection).values():
        if table.name in step.rewrites:
            schema, _, name = table.name.partition(".")
            row = connection.execute(
                SQL("SELECT count(*) FROM {}").format(Identifier(schema, name))
            ).fetchone()
            assert row is not None
            found[table.name] = int(row[0])
    return found


def judge_rewritten(step: Step, before: Mapping[str, int], after: Mapping[str, int]) -> None:
    """Raise ApplyError where a rewritten table holds fewer rows than before."""
    for name, count in before.items():
        if (left := after.get(name, 0)) < count and not _may_lose(step.rows or {}, name):
            raise _refused(step, f"rewriting {name} leaves {left} rows", f"it had {count}")


def _may_lose(
    announced: Mapping[str, tuple[int | None, int | None, int | None]], name: str
) -> bool:
    return name in announced and announced[name][2] is None


def _refused(step: Step, what: str, but: str) -> ApplyError:
    return ApplyError(
        f"Step {step.id} was rolled back: {what}, but {but} in the plan.",
        hint="Make a plan that announces it, or leave the statement out.",
    )
