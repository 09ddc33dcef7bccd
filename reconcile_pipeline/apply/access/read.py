"""Read the access matrix: privileges and policies from the catalog, probed under each role.

Probing only reads. How many rows a subject could update or delete is counted by the policies' own
conditions, under that subject's role and claims: no row is locked. Whether it may insert follows
from privileges and policies alone. Where we may not take on a role, that is noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier

from reconcile_pipeline.apply.access.matrix import Action, Cell, Matrix, Reach
from reconcile_pipeline.apply.access.subjects import Subject
from reconcile_pipeline.apply.batches import ask_together
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.session import looking

COUNTED_TO = 10_000  # rows a probe counts at most
TIMEOUT_MS = 3_000

_COMMANDS = {
    Action.SELECT: ("r", "using"),
    Action.INSERT: ("a", "check"),
    Action.UPDATE: ("w", "using"),
    Action.DELETE: ("d", "using"),
}
_ACCESS = (files("reconcile_pipeline.apply") / "sql/access.sql").read_bytes()


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    identifier: Identifier
    is_view: bool
    filtered: bool
    privileges: frozenset[str]
    policies: tuple[dict[str, Any], ...]

    def rule(self, action: Action) -> str:
        """The policies' condition for this action; empty where no policy lets anything through."""
        letter, part = _COMMANDS[action]
        mine = [p for p in self.policies if p["command"] in (letter, "*")]
        texts = [
            (p["permissive"], p[part] or (p["using"] if part == "check" else None)) for p in mine
        ]
        either = [text for permissive, text in texts if permissive and text]
        every = [text for permissive, text in texts if not permissive and text]
        if not either:
            return ""
        allowed = " OR ".join(f"({text})" for text in either)
        return " AND ".join([f"({allowed})" if every else allowed, *(f"({t})" for t in every)])


def read_access(connection: Connection[Any], subjects: Sequence[Subject]) -> Matrix:
    """The whole matrix, in one read-only transaction that is rolled back."""
    cells: list[Cell] = []
    notes: list[str] = []
    asked: list[str] = []
    probes = 0
    with looking(connection, "60s"):
        totals = _read_totals(connection)
        for subject in subjects:
            tables = _tables(connection, subject.role)
            if tables is None:
                notes.append(f"There is no role {subject.role}.")
                continue
            asked.append(subject.label)
            may_probe = _may_take_on(connection, subject.role)
            if not may_probe:
                notes.append(f"We may not act as {subject.role}: read from the catalog alone.")
            with _as(connection, subject if may_probe else None):
                found = [
                    _cell(subject, table, action, may_probe=may_probe)
                    for table in tables
                    for action in Action
                    if not (table.is_view and action is Action.TRUNCATE)
                ]
                questions = [each.question for each in found if isinstance(each, _Probe)]
                answers = iter(_counts(connection, questions))
                for each in found:
                    if isinstance(each, _Probe):
                        each = _answered(each, *next(answers), totals.get(each.table.name))
                    cells.append(each)
                probes += len(questions)
    return Matrix(tuple(asked), tuple(cells), probes, tuple(dict.fromkeys(notes)))


def _read_totals(connection: Connection[Any]) -> dict[str, int | None]:
    """Rows in each table, counted once, as the connected user sees them without any filter."""
    names = _names(connection)
    with _undone(connection):
        connection.execute("SELECT pg_catalog.set_config('row_security', 'off', true)")
        counts = _counts(connection, [_counting(identifier) for _, identifier in names])
        return {name: rows for (name, _), (rows, _) in zip(names, counts, strict=True)}


@dataclass(frozen=True, slots=True)
class _Probe:
    """A cell that only asking tells. `question`: how many rows the subject reaches."""

    subject: Subject
    table: _Table
    action: Action
    rule: str
    question: Composed


def _cell(subject: Subject, table: _Table, action: Action, *, may_probe: bool) -> Cell | _Probe:
    def cell(reach: Reach, rule: str = "") -> Cell:
        return Cell(subject.label, table.name, action, reach, rule)

    if action.value.upper() not in table.privileges:
        return cell(Reach.NONE)
    if action is Action.TRUNCATE or (action is not Action.SELECT and table.is_view):
        return cell(Reach.ALL)
    rule = table.rule(action) if table.filtered else "true"
    if not rule:
        return cell(Reach.NONE)
    if action is Action.INSERT or not may_probe:
        return cell(Reach.ALL if rule == "true" else Reach.SOME, rule)
    condition = "" if action is Action.SELECT or rule == "true" else rule
    return _Probe(subject, table, action, rule, _counting(table.identifier, condition))


def _answered(probe: _Probe, rows: int | None, why: str, of: int | None) -> Cell:
    """`why`: the SQLSTATE where `rows` is None. `of`: how many the table has, where known."""
    label, table, action, rule = probe.subject.label, probe.table.name, probe.action, probe.rule
    if rows is None:
        reach = Reach.NONE if why == "42501" else Reach.SOME
        return Cell(label, table, action, reach, rule, note=f"SQLSTATE {why}")
    if of is None:
        reach = Reach.SOME
    elif of == 0:
        reach = Reach.ALL if rule == "true" else Reach.SOME
    else:
        reach = Reach.NONE if rows == 0 else Reach.ALL if rows >= of else Reach.SOME
    return Cell(label, table, action, reach, rule, rows, of)


def _tables(connection: Connection[Any], role: str) -> list[_Table] | None:
    known = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %s)", (role,)
    ).fetchone()
    if not known or not known[0]:
        return None
    with _undone(connection):  # with only the system's schema on the path, names are whole
        connection.execute("SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)")
        rows = connection.execute(
            _ACCESS, {"role": role, "managed": sorted(MANAGED_SCHEMAS)}
        ).fetchall()
    return [
        _Table(
            name, Identifier(schema, relation), is_view, filtered, frozenset(privileges),
            tuple(policies if isinstance(policies, list) else json.loads(policies)),
        )
        for name, schema, relation, is_view, filtered, privileges, policies in rows
    ]  # fmt: skip


def _names(connection: Connection[Any]) -> list[tuple[str, Identifier]]:
    rows = connection.execute(
        """SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> ALL (%s::text[])
             AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'""",
        (sorted(MANAGED_SCHEMAS),),
    )
    return [(f"{schema}.{name}", Identifier(schema, name)) for schema, name in rows.fetchall()]


def _counting(table: Identifier, condition: str = "") -> Composed:
    """How many rows, up to COUNTED_TO. `condition`: the server's own text of its own policies."""
    where = SQL(" WHERE ") + SQL(condition) if condition else SQL("")
    return SQL("SELECT count(*) FROM (SELECT FROM {}{} LIMIT {}) q").format(
        table, where, COUNTED_TO
    )


def _counts(
    connection: Connection[Any], questions: Sequence[Composed]
) -> list[tuple[int | None, str]]:
    """For each the rows; or None and the SQLSTATE. Each message may take TIMEOUT_MS."""
    with connection.transaction():
        connection.execute(
            "SELECT pg_catalog.set_config('statement_timeout', %s, true)", (str(TIMEOUT_MS),)
        )

        def alone(number: int) -> tuple[int | None, str]:
            return _count(connection, questions[number])

        return [
            (answer, "") if isinstance(answer, int) else answer
            for answer in ask_together(connection, questions, alone)
        ]


def _count(connection: Connection[Any], question: Composed) -> tuple[int | None, str]:
    try:
        with connection.transaction():
            row = connection.execute(question).fetchone()
    except psycopg.DatabaseError as error:
        # An operational error may be this relation's own: a materialized view without data, a
        # foreign table whose server is down.
        if connection.closed or isinstance(error, errors.LockNotAvailable):
            raise
        return None, error.sqlstate or ""
    return (int(row[0]) if row else None), ""


def _may_take_on(connection: Connection[Any], role: str) -> bool:
    try:
        with _undone(connection):
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(role)))
    except errors.InsufficientPrivilege:
        return False
    return True


@contextmanager
def _as(connection: Connection[Any], subject: Subject | None) -> Iterator[None]:
    """Inside, the connection asks as this subject, as the Data API would."""
    with _undone(connection):
        if subject is not None:
            claims = json.loads(subject.claims)
            connection.execute(
                """SELECT pg_catalog.set_config('request.jwt.claims', %s, true),
                          pg_catalog.set_config('request.jwt.claim.sub', %s, true),
                          pg_catalog.set_config('request.jwt.claim.role', %s, true),
                          pg_catalog.set_config('request.jwt.claim.email', %s, true)""",
                (subject.claims, claims.get("sub", ""), subject.role, claims.get("email", "")),
            )
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(subject.role)))
        yield


@contextmanager
def _undone(connection: Connection[Any]) -> Iterator[None]:
    """A savepoint that is always rolled back, settings and role included."""
    with connection.transaction(force_rollback=True):
        yield
