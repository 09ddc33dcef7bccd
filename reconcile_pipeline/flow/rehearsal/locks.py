"""The locks that a step's transaction really takes, read from `pg_locks` just before it commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.apply.journal import Journal, Record

_RELATIONS = """
SELECT c.oid::int8, n.nspname || '.' || c.relname, c.relkind::text,
       coalesce(i.indrelid, t.oid,
                (SELECT d.refobjid FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                    AND c.relkind = 'S' AND d.deptype IN ('a', 'i')
                    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass LIMIT 1))::int8
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = c.oid AND c.relkind = 't'
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_LOCKS = """
SELECT l.relation::int8, l.mode FROM pg_catalog.pg_locks l
 WHERE l.locktype = 'relation' AND l.granted AND l.pid = %s
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d
                      WHERE d.datname = pg_catalog.current_database())
"""

_WAITS = "SELECT FROM pg_catalog.pg_locks WHERE pid = %s AND NOT granted"
LONGEST_WAIT_S = 1.0  # less than any step's lock_timeout is by default

#: Modes by strength, as `pg_locks` writes them and as `LOCK TABLE` does.
_MODES = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
STRENGTH = {mode: number for number, mode in enumerate(_MODES.values(), 1)}


@dataclass(frozen=True, slots=True)
class Relation:
    """`belongs_to`: the table of an index, of a TOAST table, or of an owned sequence."""

    name: str
    kind: str
    belongs_to: int | None


@dataclass(slots=True)
class Recorder:
    """What one step holds. `there`: the relations before it, since what it makes is only its own.

    `seen`: relation's oid -> strongest mode so far.
    """

    connection: Connection[Any]
    there: Mapping[int, Relation] = field(default_factory=dict)
    seen: dict[int, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Before a step: forget the last one."""
        rows = self.connection.execute(_RELATIONS).fetchall()
        there = {oid: Relation(name, kind, whose) for oid, name, kind, whose in rows}
        # The server's own tables have TOAST tables too, which nobody else waits for.
        self.there = {
            oid: relation
            for oid, relation in there.items()
            if not relation.name.startswith("pg_toast.") or _root(relation, there) is not relation
        }
        self.seen = {}

    def look(self, connection: Connection[Any] | None = None, pid: int | None = None) -> None:
        """Read what is held now, by the asking session unless another one's pid is given."""
        connection = connection or self.connection
        pid = pid if pid is not None else connection.info.backend_pid
        for oid, mode in connection.execute(_LOCKS, (pid,)).fetchall():
            mode = _MODES.get(mode, "ACCESS SHARE")
            if oid in self.there and STRENGTH[mode] > STRENGTH.get(self.seen.get(oid, ""), 0):
                self.seen[oid] = mode

    def _above(self, relation: Relation) -> Iterator[int]:
        while (above := relation.belongs_to) is not None and above in self.there:
            yield above
            relation = self.there[above]

    def held(self) -> dict[str, str]:
        """Relation -> mode. An index, a TOAST table, an owned sequence is said under its own name
        only where its lock is stronger than its table's.
        """
        found: dict[str, str] = {}
        for oid, mode in self.seen.items():
            relation = self.there[oid]
            table = max(
                (self.seen.get(above, "") for above in self._above(relation)),
                key=lambda mode: STRENGTH.get(mode, 0),
                default="",
            )
            if STRENGTH.get(table, 0) < STRENGTH[mode] or relation.kind not in "itS":
                found[relation.name] = mode
        return dict(sorted(found.items()))

    def unforeseen(self, said: Mapping[str, str]) -> dict[str, str]:
        """What is held beyond what was said; of an index only what its table is not held by."""
        found: dict[str, str] = {}
        held = self.held()
        for oid, mode in self.seen.items():
            relation = self.there[oid]
            names = [relation.name, *(self.there[o].name for o in self._above(relation))]
            known = max(STRENGTH.get(said.get(name, ""), 0) for name in names)
            if STRENGTH[mode] > known and relation.name in held:
                found[relation.name] = mode
        return dict(sorted(found.items()))


def _root(relation: Relation, there: Mapping[int, Relation]) -> Relation:
    """The table at the end of what a relation belongs to; itself where that is not among them."""
    one = relation
    while (above := there.get(one.belongs_to or 0)) is not None:
        one = above
    return relation if one.name.startswith("pg_toast.") else one


@contextmanager
def watched_from_outside(
    recorder: Recorder, other: Connection[Any], said: Collection[str]
) -> Iterator[None]:
    """Read the locks of a statement that runs in transactions of its own, as CONCURRENTLY does.

    `said`: the relations that it is to lock; where no table is among them, all are meant. It waits
    for everybody who writes to its table: `other`, which is idle, does so for as long as it takes
    to see the statement waiting, and at most for `LONGEST_WAIT_S`.
    """
    pid = recorder.connection.info.backend_pid
    done, ready = threading.Event(), threading.Event()
    names = [relation.name for relation in recorder.there.values() if relation.kind in "rp"]
    names = [name for name in names if name in said] or names
    tables = [Identifier(*name.split(".", 1)) for name in names]

    def watch() -> None:
        deadline = time.monotonic() + LONGEST_WAIT_S
        with other.transaction():
            for table in tables:  # weak enough for CONCURRENTLY to begin
                other.execute(SQL("LOCK TABLE {} IN ROW EXCLUSIVE MODE").format(table))
            ready.set()
            while not done.is_set() and time.monotonic() < deadline:
                recorder.look(other, pid)
                if other.execute(_WAITS, (pid,)).fetchone() is not None:
                    recorder.look(other, pid)
                    break
                time.sleep(0.005)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    ready.wait(LONGEST_WAIT_S)
    try:
        yield
    finally:
        done.set()
        watcher.join()


class WatchedJournal(Journal):
    """A journal that reads the locks as it is written to, just before each commit."""

    def __init__(self, folder: Path, plan: str, recorder: Recorder) -> None:
        super().__init__(folder, plan)
        self._recorder = recorder

    def write(self, event: str, step: str = "", *, sync: bool = True, **facts: Any) -> Record:
        """As ever; nothing of a rehearsal need survive a crash, so nothing waits for the disk."""
        if event in ("committing", "page"):
            self._recorder.look()
        return super().write(event, step, sync=False, **facts)
