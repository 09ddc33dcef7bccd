"""One session on the shadow: runs statements, and says of each what it changed.

A transaction a file, a savepoint a statement: what fails harms nothing, what is only probed is
rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog.model import Difference, ObjectId, Snapshot
from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow import rows, touched
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome, RowChange, Run
from reconcile_pipeline.shadow.prepare import Prepared, Way, prepare, without_commits
from reconcile_pipeline.shadow.state import Entry, State
from reconcile_pipeline.shadow.statement import run as run_statement

_CATALOG_ONLY = ("CREATE ", "ALTER ", "DROP ", "GRANT", "REVOKE", "COMMENT", "SET")
_AFTER = b"SELECT reconcile_shadow.after_statement()"
_CONTROL = (Way.BEGIN, Way.COMMIT, Way.ROLLBACK, Way.SKIP)
_EMPTY = b"SELECT pg_catalog.set_config('reconcile.touched', '', true)"


class Session:
    """The owner's session on a shadow database, with the state of its catalog.

    `supplies`: (file, statement) -> SQL to run before it, which is nobody's effect: what the
    statement builds upon and no file makes.
    """

    connection: Connection[Any]
    state: State

    def __init__(self, database: ShadowDatabase) -> None:
        self.database = database
        self._moves: list[tuple[ObjectId, Entry | None]] = []
        self._begun: int | None = None  # moves made before the file's own BEGIN
        self._counts: rows.Counts = {}
        self._last: list[str] = []
        self.supplies: Mapping[tuple[int, int], Sequence[str]] = {}
        self.reconnect()

    def begin(self) -> Snapshot:
        """Read the catalog as it is; the state starts from there."""
        start = self.database.read(self.connection)
        self.state = State(start)
        return start

    def reconnect(self) -> None:
        """Connect anew, after the database was copied or went back to a copy."""
        self.connection = self.database.connect_owner()

    def close(self) -> None:
        """Let go of the database, so that it can be copied."""
        self.connection.close()

    @property
    def depth(self) -> int:
        """How many moves the state has made; to `take_back` to."""
        return len(self._moves)

    def take_back(self, depth: int) -> None:
        """Undo the state's moves after the first `depth`; the caller undoes the database's."""
        self.state.undo(self._moves[depth:])
        del self._moves[depth:]

    def run_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run these statements of a file for good."""
        depth = self.depth
        runs = self._run_all(number, statements)
        try:
            self.connection.execute(b"COMMIT")
        except psycopg.Error as error:  # a deferred constraint
            self.connection.execute(b"ROLLBACK")
            self.take_back(depth)
            runs = [_failed(run.file, run.index, error) for run in runs]
        self.connection.execute(self.database.reset_sql)
        return runs

    def probe_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run a whole file to see what it would do, and take it back."""
        depth = self.depth
        runs = self._run_all(number, statements, probe=True)
        self.connection.execute(b"ROLLBACK")
        self.take_back(depth)
        self.connection.execute(self.database.reset_sql)
        return [replace(run, outcome=Outcome.PROBED) for run in runs]

    def _run_all(
        self, number: int, statements: Sequence[Statement], probe: bool = False
    ) -> list[Run]:
        self._probing = probe
        self._open()
        runs = [self._run(number, statement) for statement in statements]
        self._control(Way.COMMIT)
        return runs

    def _open(self) -> None:
        self.connection.execute(b"BEGIN")
        self.connection.execute(_EMPTY)
        self._last = self._after()
        self._counts = {}

    def _run(self, number: int, statement: Statement) -> Run:
        prepared = prepare(statement)
        began = time.perf_counter()
        if prepared.way in _CONTROL:
            self._control(prepared.way)
            return Run(number, statement.index, Outcome.RAN)
        for sql in self.supplies.get((number, statement.index), ()):
            self._supply(sql)
        if "truncate" in prepared.sql.lower():
            self._counts = rows.counters(self.connection)  # which files the tables have
        try:
            self._execute(prepared)
        except psycopg.Error as error:
            return _failed(number, statement.index, error)
        first = int(self._last[1])
        effects = self._catch_up(prepared.sql)
        changed: tuple[RowChange, ...] = ()
        if not statement.tag.upper().startswith(_CATALOG_ONLY):
            counts = rows.counters(self.connection)
            changed = rows.changes(self.connection, self._counts, counts, first)
            self._counts = counts
        elapsed = (time.perf_counter() - began) * 1000
        return Run(number, statement.index, Outcome.RAN, effects, changed, milliseconds=elapsed)

    def _supply(self, sql: str) -> None:
        try:
            self._execute(Prepared(Way.OWNER, sql))
        except psycopg.Error:  # then the statement fails as it did without
            return
        self._catch_up(sql)

    def _control(self, way: Way) -> None:
        """A file's own BEGIN, COMMIT or ROLLBACK, as a savepoint inside ours."""
        if self._begun is not None and way is not Way.SKIP:
            if way is Way.ROLLBACK:
                self.connection.execute(b"ROLLBACK TO SAVEPOINT file_transaction")
                self.take_back(self._begun)
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
                run_statement(self.connection, prepared.sql, prepared.data)
        except psycopg.errors.InvalidTransactionTermination:
            self.connection.execute(b"ROLLBACK TO SAVEPOINT statement")
            try:
                run_statement(self.connection, without_commits(prepared.sql))
            except psycopg.Error:
                self._give_up()
                raise
        except psycopg.errors.UnsafeNewEnumValueUsage:
            self._give_up()
            if self._probing:
                raise
            # Somebody ran this file statement by statement, so the new value was committed.
            self.connection.execute(b"COMMIT")
            self._begun = None
            self._open()
            self.connection.execute(b"SAVEPOINT statement")
            try:
                run_statement(self.connection, prepared.sql, prepared.data)
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

    def _catch_up(self, sql: str) -> tuple[Difference, ...]:
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
        effects: tuple[Difference, ...] = ()
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

    def _move(self, old: set[ObjectId], now: Snapshot) -> tuple[Difference, ...]:
        effects, undo = self.state.move(old, now)
        self._moves += undo
        return effects

    def _after(self) -> list[str]:
        row = self.connection.execute(_AFTER).fetchone()
        assert row is not None
        values: list[str] = row[0]
        return values


def _failed(file: int, index: int, error: psycopg.Error) -> Run:
    message = str(error.diag.message_primary or error).strip()
    return Run(file, index, Outcome.FAILED, sqlstate=error.sqlstate or "", error=message)
