"""Execute one prepared statement in a savepoint, which stays until the next one, or `give_up`."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.shadow.collations import stand_in
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.prepare import Prepared, Way, without_commits
from reconcile_pipeline.shadow.replaying.statement import run, run_between

COPY = re.compile(r"\bcopy\b", re.IGNORECASE)

_UNCHECKED = b"SET LOCAL check_function_bodies = off"
_CHECKED = b"SET LOCAL check_function_bodies = on"
_GIVEN = re.compile(r"""\bOWNER\s+TO\s+("(?:[^"]|"")+"|\w+)\s*;?\s*$""", re.IGNORECASE)


class Executor:
    """Runs statements on the owner's connection. `ended`: there is no savepoint at the moment."""

    def __init__(self, database: ShadowDatabase, connection: Connection[Any]) -> None:
        self._database = database
        self._connection = connection
        self.ended = True

    def execute(self, prepared: Prepared, after: bytes) -> list[str] | None:
        """Run it. Answers what `after` gives, where it could be asked for in the same message.

        Raises psycopg.Error, with nothing left of the statement.
        """
        try:
            if prepared.way is Way.OWNER and not COPY.search(prepared.sql):
                before = self.opening()
                self.ended = False
                words: list[str] = run_between(self._connection, before, prepared.sql, after)[0]
                return words
            self._connection.execute(b";".join(self.opening()))
            self.ended = False
            if prepared.way is Way.FOR_OWNER:
                self._database.run_for_owner(self._connection, prepared.sql)
            else:
                run(self._connection, prepared.sql, prepared.data)
        except psycopg.errors.InvalidTransactionTermination:
            self._connection.execute(b"ROLLBACK TO SAVEPOINT statement")
            try:
                run(self._connection, without_commits(prepared.sql))
            except psycopg.Error:
                self.give_up()
                raise
        except psycopg.errors.InsufficientPrivilege:
            self.give_up()
            given = _GIVEN.search(prepared.sql)
            role = _name(given[1]) if given else self._acting()
            if prepared.way is not Way.OWNER or not role or not self._let(prepared.sql, role):
                raise
        except psycopg.errors.FeatureNotSupported:
            self.give_up()
            if not self._make_stand_in(prepared):
                raise
        except psycopg.Error:
            self.give_up()
            raise
        return None

    def execute_unchecked(self, prepared: Prepared, after: bytes) -> list[str]:
        """Run a function's statement, which was refused while its body was checked, without that;
        as `execute` otherwise. What comes after it is checked again."""
        before = [*self.opening(), _UNCHECKED]
        self.ended = False
        try:
            words: list[str] = run_between(self._connection, before, prepared.sql, after)[0]
            self._connection.execute(_CHECKED)
        except psycopg.Error:
            self.give_up()
            raise
        return words

    def _make_stand_in(self, prepared: Prepared) -> bool:
        """Make what stands in for a collation that the server cannot make and production has."""
        found = stand_in(prepared.sql, self._database.icu) if prepared.way is Way.OWNER else None
        if found is None:
            return False
        self._connection.execute(b"SAVEPOINT statement")
        self.ended = False
        try:
            run(self._connection, found[1])
        except psycopg.Error:
            self.give_up()
            return False
        self._database.stood_in.add(found[0])
        return True

    def _acting(self) -> str | None:
        """The role that a file has set; what it may create where is production's to say."""
        asked = "SELECT nullif(current_user, session_user)::text"
        found = self._connection.execute(asked, prepare=False).fetchone()
        return found[0] if found else None

    def _let(self, sql: str, role: str) -> bool:
        """Run it with this role creating wherever it likes: as a superuser gives things away, or
        as one acts for whom somebody has allowed by hand what no file does."""
        self._connection.execute(b"SAVEPOINT statement")
        self.ended = False
        try:
            self._database.let_create(self._connection, role)
            run(self._connection, sql)
            self._database.let_create(self._connection, None)
        except psycopg.Error:
            self.give_up()
            return False
        return True

    def opening(self) -> list[bytes]:
        """Commands that end the last statement's savepoint and begin the next one's."""
        return [*([] if self.ended else [b"RELEASE SAVEPOINT statement"]), b"SAVEPOINT statement"]

    def release(self) -> None:
        """End the last statement's savepoint, where there is one."""
        if not self.ended:
            self._connection.execute(b"RELEASE SAVEPOINT statement")
        self.ended = True

    def give_up(self) -> None:
        """Take back what ran in the savepoint."""
        self._connection.execute(b"ROLLBACK TO SAVEPOINT statement; RELEASE SAVEPOINT statement")
        self.ended = True


def _name(written: str) -> str:
    """The role that an identifier in SQL stands for."""
    return written[1:-1].replace('""', '"') if written.startswith('"') else written.lower()
