"""One session on the shadow: runs statements, and lets the follower see what each one changes.

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

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.prepared import replaced
from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Outcome
from reconcile_pipeline.shadow.replaying import parents, reach, rows, together, unchecked
from reconcile_pipeline.shadow.replaying.execute import Executor
from reconcile_pipeline.shadow.replaying.follow import AFTER, Follower
from reconcile_pipeline.shadow.replaying.pending import Running, Wanted
from reconcile_pipeline.shadow.replaying.prepare import ALONE, Prepared, Way, prepare
from reconcile_pipeline.shadow.replaying.statement import run_together

_CATALOG_ONLY = ("CREATE ", "ALTER ", "DROP ", "GRANT", "REVOKE", "COMMENT", "SET")
_OPENING = [b"BEGIN", AFTER]
_Ready = tuple[Statement, Prepared]
#: A statement that took longer is not run again to see better what it did.
AGAIN_SECONDS = 5.0


class Session:
    """The owner's session on a shadow database.

    `follower`: the catalog, as far as it has been read. `supplies`: (file, statement) -> SQL to run
    before it, which is nobody's effect: what the statement builds upon and no file makes.
    """

    connection: Connection[Any]

    def __init__(self, database: ShadowDatabase, proved: unchecked.Proved | None = None) -> None:
        self.database = database
        self._proved = proved
        self.follower = Follower(database)
        self.supplies: Mapping[tuple[int, int], Sequence[str]] = {}
        self._begun: int | None = None  # moves made before the file's own BEGIN
        self._opened = False  # a file's transaction
        self._ahead: Sequence[Statement] = ()
        self._trust = together.AT_ONCE  # so many at once, as long as all goes well
        self._counts: rows.Counts | None = None  # before the statement, where they are known
        self._told = 0  # the last transaction whose rows were told of this file's statements
        self.reconnect()

    def begin(self) -> Snapshot:
        """Read the catalog as it is; the state starts from there."""
        return self.follower.begin(self.connection)

    def reconnect(self) -> None:
        """Connect anew, after the database was copied or went back to a copy."""
        self.connection = self.database.connect_owner()
        self._executor = Executor(self.database, self.connection)
        self._opened = False

    def close(self) -> None:
        """Let go of the database, so that it can be copied."""
        self.connection.close()

    def check(self) -> None:
        """Raise ShadowError where a file put statements of its own in the place of the reader's."""
        if texts := replaced(self.connection):
            raise ShadowError(
                "A migration file puts prepared statements of its own in the place of those that "
                f"read what the files do: {' '.join(texts[0].split())[:100]} …",
                hint="Take that out of the file: nothing that it shows could be believed.",
            )

    def run_file(
        self, number: int, statements: Sequence[Statement], ahead: Sequence[Statement] = ()
    ) -> list[Running]:
        """Run these statements of a file for good. `ahead`: those that most likely follow."""
        self._ahead = ahead
        ran = self._run_all(number, statements)
        begin = b"BEGIN;" + AFTER if ahead else b""
        self._opened, self._executor.ended = False, True
        try:
            cursor = self.database.reset(self.connection, b"COMMIT;", begin)
            if ahead:
                while cursor.nextset():
                    pass
                self._has_opened(cursor.fetchall()[0][0])
        except psycopg.Error as error:  # a deferred constraint
            self.connection.execute(b"ROLLBACK")
            self.follower.pending.forget(ran)
            self.follower.settle(self.connection)
            ran = [Running.failed(one.file, one.index, error) for one in ran]
            self.follower.look(self.connection)
            self.database.reset(self.connection)
        return ran

    def probe_file(self, number: int, statements: Sequence[Statement]) -> list[Running]:
        """Run a whole file to see what it would do, and take it back."""
        self.follower.settle(self.connection)
        depth = self.follower.depth
        ran = self._run_all(number, statements, probe=True)
        self.follower.settle(self.connection)
        self._opened, self._executor.ended = False, True
        self.database.reset(self.connection, b"ROLLBACK;")
        self.follower.take_back(depth)
        for one in ran:
            one.outcome = Outcome.PROBED
        return ran

    def _run_all(
        self, number: int, statements: Sequence[Statement], probe: bool = False
    ) -> list[Running]:
        self._probing = probe
        prepared = [prepare(statement) for statement in statements]
        self._rolls_back = any(ready.way is Way.ROLLBACK for ready in prepared)
        ready = list(zip(statements, prepared, strict=True))
        ran: list[Running] = []
        while len(ran) < len(ready):
            ran += self._run_some(number, ready[len(ran) :])
        if self._begun is not None:
            self._control(Way.COMMIT)
        return ran

    def _open(self) -> None:
        """Begin the file's transaction, where it has not begun."""
        if not self._opened:
            said, failed = run_together(self.connection, _OPENING)
            if failed is not None:
                raise failed
            self._has_opened(said[1])

    def _has_opened(self, said: list[str]) -> None:
        self.follower.listen(said)
        self._opened, self._executor.ended, self._counts, self._told = True, True, None, 0

    def _run_some(self, number: int, ready: Sequence[_Ready]) -> list[Running]:
        """Run the first of these, or as many as go well in one message."""
        count = 1
        if self.follower.sees_ahead and self._trust > 1:
            count = together.how_many(ready[: self._trust], self.supplies, number)
        most = count
        done: list[Running] = []
        while count > 1 and not done:
            match self._run_together(number, ready[:count]):
                case int(first):
                    count = first
                case list(runs):
                    done = runs
        if count == 1:
            done = [self._run(number, *ready[0])]
        self._trust = min(2 * self._trust, together.AT_ONCE)
        if count < most:  # the one that went otherwise
            done.append(self._run(number, *ready[count]))
            self._trust = 1
        elif any(one.outcome is Outcome.FAILED for one in done):
            self._trust = 1
        return done

    def _run_together(self, number: int, ready: Sequence[_Ready]) -> list[Running] | int:
        """Run them in one message; the number of the first that goes not as expected, if one does.
        Then nothing has happened."""
        statements = [statement for statement, _ in ready]
        if about := self.follower.about(*statements):
            try:
                self._open()
                self.follower.read(self.connection, about)
            except psycopg.Error:
                return 0
        commands = [] if self._opened else _OPENING
        commands = [*commands, *self._executor.opening()]
        first = len(commands)
        texts = [prepared.sql.encode() for _, prepared in ready]
        commands += [*texts, AFTER]
        said, failed = run_together(self.connection, commands, self._look_ahead)
        if not self._opened and len(said) > 1:
            self._has_opened(said[1])
        self._counts = None
        if failed is not None and len(said) < first:
            raise failed
        self._executor.ended = False
        done: list[Running] | int = min(len(said) - first, len(texts) - 1)
        if failed is None:
            done = self.follower.note_together(self.connection, number, statements, texts, said[-1])
        if isinstance(done, int):
            self._executor.give_up()
        return done

    def _look_ahead(self) -> None:
        """Judge the words of the next file's statements, while the server is busy."""
        for statement in self._ahead:
            prepare(statement)
            reach.aim(statement)
        self._ahead = ()

    def _run(self, number: int, statement: Statement, prepared: Prepared) -> Running:
        began = time.perf_counter()
        self._open()
        if prepared.way in ALONE:
            self._control(prepared.way)
            return Running(number, statement.index)
        for sql in self.supplies.get((number, statement.index), ()):
            self._supply(number, replace(statement, sql=sql, tag="DO"))
        for _ in range(parents.MOST + 1):
            running = Running(number, statement.index)
            try:
                self.follower.expect(self.connection, statement)
                if clash := self._attempt(statement, prepared, running, False):
                    if again := time.perf_counter() - began < AGAIN_SECONDS:
                        self._executor.give_up()
                        self.follower.read(self.connection, clash)
                    self._attempt(statement, prepared, running, True, execute=again)
                return running
            except psycopg.Error as error:
                self._counts = None  # they went on counting
                failed = Running.failed(number, statement.index, error)
                if not parents.make(self.connection, prepared.sql, error):
                    break
        if self._proved and unchecked.may_be(statement, failed):
            with_it = (self.connection, self.follower, self._executor)
            return unchecked.make(*with_it, statement, prepared, failed, self._proved)
        return failed

    def _attempt(
        self,
        statement: Statement,
        prepared: Prepared,
        running: Running,
        again: bool,
        execute: bool = True,
    ) -> Wanted:
        """Run it and note its effects; answers what should have been read before."""
        said = None
        writes = not statement.tag.upper().startswith(_CATALOG_ONLY)
        if execute:
            # Not nothing, even before a file's first: they may still hold what the last one did.
            if writes and (again or self._counts is None):
                self._counts = rows.counters(self.connection)
            said = self._execute(prepared)
        first = self.follower.first_transaction
        if clash := self.follower.note(self.connection, statement, running, again, said):
            return clash
        counts = None
        if writes:
            counts = rows.counters(self.connection)
            # No savepoint that ends moves on what a transaction takes for the next one.
            since = max(first, self._told + 1)
            running.rows, self._told = rows.changes(
                self.connection, self._counts or {}, counts, since
            )
        self._counts = counts
        return {}

    def _supply(self, number: int, supplied: Statement) -> None:
        self.follower.settle(self.connection)
        self._counts = None
        try:
            said = self._execute(Prepared(Way.OWNER, supplied.sql))
        except psycopg.Error:
            return  # then the statement fails as it did without
        self.follower.note(self.connection, supplied, Running(number, supplied.index), True, said)
        self.follower.settle(self.connection)

    def _control(self, way: Way) -> None:
        """A file's own BEGIN, COMMIT or ROLLBACK, as a savepoint inside ours."""
        self._executor.release()
        self._counts = None
        if self._begun is not None and way is not Way.SKIP:
            if way is Way.ROLLBACK:
                self.follower.settle(self.connection)
                self.connection.execute(b"ROLLBACK TO SAVEPOINT file_transaction")
                self.follower.take_back(self._begun)
            self.connection.execute(b"RELEASE SAVEPOINT file_transaction")
            self._begun = None
        if way is Way.BEGIN:
            if self._rolls_back:
                self.follower.settle(self.connection)
            self.connection.execute(b"SAVEPOINT file_transaction")
            self._begun = self.follower.depth

    def _execute(self, prepared: Prepared) -> list[str] | None:
        """Run it; answers the recorder's words, where they came in the same message."""
        try:
            return self._executor.execute(prepared, AFTER)
        except psycopg.errors.UnsafeNewEnumValueUsage:
            if self._probing:
                raise
            # Somebody ran this file statement by statement, so the new value was committed.
            self.connection.execute(b"COMMIT")
            self._begun = None
            self._opened = False
            self._open()
            return self._executor.execute(prepared, AFTER)
