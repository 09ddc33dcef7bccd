"""Replay a directory on the shadow, statement by statement, and see what each one does.

One long transaction, a savepoint a statement: a failed statement harms nothing, a probed one is
taken back, and at the end everything is. The catalog is kept in memory and moved on by reading
only what the recorder says was touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
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
MARKS = 8  # savepoints that stay open for going back
_CATALOG_ONLY = ("CREATE ", "ALTER ", "DROP ", "GRANT", "REVOKE", "COMMENT", "SET")
_AFTER = b"SELECT reconcile_shadow.after_statement()"
_CONTROL = (Way.BEGIN, Way.COMMIT, Way.ROLLBACK, Way.SKIP)
_EMPTY = b"SELECT pg_catalog.set_config('reconcile.touched', '', true)"


class Replayer:
    """Replays one directory again and again with other choices; use it as a context manager.

    Its one transaction stays open: a new choice goes back to the savepoint of the first file that
    it treats otherwise, and on from there. The shadow is as before afterwards.
    """

    def __init__(
        self, database: ShadowDatabase, start: Snapshot, files: Sequence[MigrationFile]
    ) -> None:
        self._database = database
        self._start = start
        self._files = files
        self._done: list[_Done] = []
        self._stack = ExitStack()

    def __enter__(self) -> Replayer:
        connection = self._stack.enter_context(self._database.connect_owner())
        self._stack.enter_context(connection.transaction(force_rollback=True))
        self._session = _Session(connection, self._database, State(self._start))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, tb)

    def run(self, keep: Keep) -> Replay:
        """Run the statements that `keep(file, index)` names; probe the others where they stand."""
        choices = [
            tuple(keep(number, s.index) for s in file.statements)
            for number, file in enumerate(self._files)
        ]
        same = 0
        while same < len(self._done) and self._done[same].kept == choices[same]:
            same += 1
        if same < len(self._done):
            while self._done[same].depth is None:
                same -= 1
            self._session.back_to(f"file_{same}", self._done[same].depth or 0)
            del self._done[same:]
        for number in range(same, len(self._files)):
            self._run_file(number, choices[number])
        runs = tuple(run for done in self._done for run in done.runs)
        return Replay(self._start, runs, self._session.state.snapshot())

    def _run_file(self, number: int, kept: tuple[bool, ...]) -> None:
        statements = self._files[number].statements
        # Few marks: every row version the server looks at is sought in each open savepoint.
        marked = number % max(1, -(-len(self._files) // MARKS)) == 0
        depth = self._session.mark(f"file_{number}") if marked else None
        if all(kept):
            runs = self._session.run_file(number, statements)
        else:
            runs = self._session.probe_file(number, statements)
            chosen = [s for s, k in zip(statements, kept, strict=True) if k]
            if chosen:
                ran = {run.index: run for run in self._session.run_file(number, chosen)}
                runs = [ran.get(run.index, run) for run in runs]
        self._done.append(_Done(kept, depth, tuple(runs)))


@dataclass(frozen=True, slots=True)
class _Done:
    """A file that has been run: by which choice, and what it did.

    `depth`: how many moves there were before, where there is a savepoint to go back to.
    """

    kept: tuple[bool, ...]
    depth: int | None
    runs: tuple[Run, ...]


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

    def mark(self, name: str) -> int:
        """Set a savepoint to come back to; the depth of the moves so far."""
        self.connection.execute(f"SAVEPOINT {name}".encode())
        return len(self._moves)

    def back_to(self, name: str, depth: int) -> None:
        """Undo everything since a savepoint, and the savepoint."""
        self.connection.execute(f"ROLLBACK TO SAVEPOINT {name}".encode())
        self.connection.execute(f"RELEASE SAVEPOINT {name}".encode())
        self._take_back(depth)

    def run_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run these statements of a file for good."""
        runs = [self._run(number, statement) for statement in statements]
        self._control(Way.COMMIT)
        self.connection.execute(self.database.reset_sql)
        return runs

    def probe_file(self, number: int, statements: Sequence[Statement]) -> list[Run]:
        """Run a whole file to see what it would do, and take it back."""
        depth = self.mark("probe")
        probed = self.run_file(number, statements)
        self.back_to("probe", depth)
        return [replace(run, outcome=Outcome.PROBED) for run in probed]

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
