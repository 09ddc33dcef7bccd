"""Replay a directory on the shadow, statement by statement, and see what each one does.

One long transaction, a savepoint a statement: a failed statement harms nothing, a probed one is
taken back, and at the end everything is. The catalog is kept in memory and moved on by reading
only what the recorder says was touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog.model import ObjectId, Snapshot
from reconcile_pipeline.migrations.model import MigrationFile, Statement
from reconcile_pipeline.shadow import rows, touched
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome, Replay, Run
from reconcile_pipeline.shadow.prepare import Prepared, Way, prepare, without_commits
from reconcile_pipeline.shadow.state import Entry, State

Keep = Callable[[int, int], bool]
_CATALOG_ONLY = ("CREATE ", "ALTER ", "DROP ", "GRANT", "REVOKE", "COMMENT", "SET")
_AFTER = b"SELECT reconcile_shadow.after_statement()"
_CONTROL = (Way.BEGIN, Way.COMMIT, Way.ROLLBACK, Way.SKIP)
_EMPTY = b"SELECT pg_catalog.set_config('reconcile.touched', '', true)"


def replay(
    database: ShadowDatabase, start: Snapshot, files: Sequence[MigrationFile], keep: Keep
) -> Replay:
    """Run the statements that `keep(file, index)` names; probe the others where they stand.

    `start` is the shadow's catalog before. The shadow is as before afterwards.
    """
    with database.connect_owner() as connection, connection.transaction(force_rollback=True):
        session = _Session(connection, database, State(start))
        runs: list[Run] = []
        for number, file in enumerate(files):
            kept = [keep(number, s.index) for s in file.statements]
            if all(kept):
                runs += session.run_file(number, file.statements)
                continue
            probed = session.probe_file(number, file.statements)
            if any(kept):
                chosen = [s for s, k in zip(file.statements, kept, strict=True) if k]
                ran = {run.index: run for run in session.run_file(number, chosen)}
            else:
                ran = {}
            runs += [ran.get(p.index, p) for p in probed]
        return Replay(start, tuple(runs), session.state.snapshot())


class _Session:
    """The transaction under way, with the state of its catalog."""

    def __init__(
        self, connection: Connection[Any], database: ShadowDatabase, state: State
    ) -> None:
        self.connection = connection
        self.database = database
        self.state = state
        self._moves: list[tuple[Any, Entry | None]] = []
        self._begun: int | None = None  # moves made before the file's own BEGIN
        connection.execute(_EMPTY)
        self._last = self._after()
        self._counts = rows.counters(connection)

    def run_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run these statements of a file for good."""
        runs = [self._run(number, statement) for statement in statements]
        self._control(Way.COMMIT)
        self.connection.execute(self.database.reset_sql)
        return runs

    def probe_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run a whole file to see what it would do, and take it back."""
        depth = len(self._moves)
        self.connection.execute(b"SAVEPOINT probe")
        probed = self.run_file(number, statements)
        self.connection.execute(b"ROLLBACK TO SAVEPOINT probe")
        self.connection.execute(b"RELEASE SAVEPOINT probe")
        self._take_back(depth)
        return [
            Run(r.file, r.index, Outcome.PROBED, r.effects, r.rows, r.sqlstate, r.error)
            for r in probed
        ]

    def _run(self, number: int, statement: Statement) -> Run:
        prepared = prepare(statement)
        began = time.perf_counter()
        if prepared.way in _CONTROL:
            self._control(prepared.way)
            return Run(number, statement.index, Outcome.RAN)
        try:
            self._execute(prepared)
        except psycopg.Error as error:
            message = str(error.diag.message_primary or error).strip()
            return Run(
                number, statement.index, Outcome.FAILED,
                sqlstate=error.sqlstate or "", error=message,
            )  # fmt: skip
        first = int(self._last[1])
        effects = self._catch_up(prepared.sql)
        changed: tuple[rows.RowChange, ...] = ()
        if not statement.tag.upper().startswith(_CATALOG_ONLY):
            counts = rows.counters(self.connection)
            changed = rows.changes(self.connection, self._counts, counts, first)
            self._counts = counts
        elif " AS" in statement.sql.upper() or "SELECT" in statement.sql.upper():
            self._counts = rows.counters(self.connection)  # CREATE TABLE … AS fills its table
        elapsed = (time.perf_counter() - began) * 1000
        return Run(
            number, statement.index, Outcome.RAN, effects, changed, milliseconds=elapsed
        )

    def _control(self, way: Way) -> None:
        """A file's own BEGIN, COMMIT or ROLLBACK, as a savepoint inside ours."""
        if self._begun is not None and way is not Way.SKIP:
            if way is Way.ROLLBACK:
                self.connection.execute(b"ROLLBACK TO SAVEPOINT file_transaction")
                self._take_back(self._begun)
            self.connection.execute(b"RELEASE SAVEPOINT file_transaction")
            self._begun = None
        if way is Way.BEGIN:
            self.connection.execute(b"SAVEPOINT file_transaction")
            self._begun = len(self._moves)

    def _execute(self, prepared: Prepared) -> None:
        self.connection.execute(b"SAVEPOINT statement")
        try:
            if prepared.way is Way.FOR_OWNER:
                self.database.run_for_owner(self.connection, prepared.sql)
            else:
                self.connection.execute(prepared.sql.encode(), prepare=False)
        except psycopg.errors.InvalidTransactionTermination:
            self.connection.execute(b"ROLLBACK TO SAVEPOINT statement")
            try:
                self.connection.execute(without_commits(prepared.sql).encode(), prepare=False)
            except psycopg.Error:
                self._give_up()
                raise
        except psycopg.Error:
            self._give_up()
            raise
        self.connection.execute(b"RELEASE SAVEPOINT statement")

    def _give_up(self) -> None:
        self.connection.execute(b"ROLLBACK TO SAVEPOINT statement")
        self.connection.execute(b"RELEASE SAVEPOINT statement")

    def _catch_up(self, sql: str) -> tuple[Any, ...]:
        before, now = self._last, self._after()
        self._last = now
        words = (now[0] or "").split()
        unwatched = [
            kinds
            for kinds, old, new in zip(touched.UNWATCHED, before[2:], now[2:], strict=True)
            if old != new
        ]
        if not words and not unwatched:
            return ()
        if words:
            self.connection.execute(_EMPTY)
        effects: tuple[Any, ...] = ()
        if words and touched.SPREADS.search(sql):
            effects = self._move(self.state.everything(), self.database.read(self.connection))
        elif words:
            found, _ = touched.roots(words, self.state, self.connection, int(before[1]))
            if "table" in sql.lower():
                found = touched.with_descendants(found, self.connection)
            if found:
                there = self.database.read_roots(self.connection, found)
                effects = self._move(self.state.below(found), there)
        for kinds in unwatched:
            now_there = self.database.read_kinds(self.connection, kinds)
            effects += self._move(self.state.of_kinds(kinds), now_there)
        return effects

    def _move(self, old: set[ObjectId], now: Snapshot) -> tuple[Any, ...]:
        effects, undo = self.state.move(old, now)
        self._moves += undo
        return effects

    def _take_back(self, depth: int) -> None:
        self.state.undo(self._moves[depth:])
        del self._moves[depth:]
        self.connection.execute(_EMPTY)
        self._last = self._after()
        self._counts = rows.counters(self.connection)

    def _after(self) -> list[str]:
        row = self.connection.execute(_AFTER).fetchone()
        assert row is not None
        values: list[str] = row[0]
        return values
