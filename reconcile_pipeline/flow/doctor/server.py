"""The server itself: may it be written to, what bounds its waits, what of it can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from reconcile_pipeline.apply import poolers
from reconcile_pipeline.apply.connection import OLDEST, TRANSACTION_PORTS, refusals
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.flow.doctor.model import Diagnosis, advice, ok, problem
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.redact import redact

USERS = "auth.users"


def kind(connection: Connection[Any], dsn: str) -> Iterator[Diagnosis]:
    """Version, pooler and replica: for scans, which only read."""
    version = connection.info.server_version
    if version < OLDEST:
        yield problem(
            "Version", f"PostgreSQL {version // 10000} is too old to be applied to.",
            "Upgrade to 13 at least.",
        )  # fmt: skip
    pooled = connection.info.port in TRANSACTION_PORTS or poolers.shares_sessions(connection, dsn)
    if pooled:
        yield ok("Pooler", "A transaction pooler: scans work through it, apply does not.")
    elif connection.info.backend_pid != _one(connection, "SELECT pg_catalog.pg_backend_pid()"):
        yield ok("Pooler", "A session pooler: everything works through it.")
    else:
        yield ok("Pooler", "None: a direct connection.")
    if _one(connection, "SELECT pg_catalog.pg_is_in_recovery()"):
        behind = _one(
            connection,
            "SELECT round(extract(epoch FROM pg_catalog.now()"
            " - pg_catalog.pg_last_xact_replay_timestamp())::numeric, 1)",
        )
        lag = "nothing replayed yet" if behind is None else f"last change {behind} s ago"
        yield ok("Replica", f"A read replica ({lag}): scans work, apply is refused.")


def writable(connection: Connection[Any], dsn: str) -> Iterator[Diagnosis]:
    """Everything for which apply's own gate would refuse this connection."""
    found = list(refusals(connection, dsn))
    for reason in found:
        yield problem("Apply", reason.message, reason.hint)
    if not found:
        yield ok("Apply", "This connection may be written to: no pooler, no replica in between.")


def waits(connection: Connection[Any], settings: Target) -> Iterator[Diagnosis]:
    """How long statements wait by default, and what a plan's steps set instead."""
    lock = _one(connection, "SHOW lock_timeout")
    statement = _one(connection, "SHOW statement_timeout")
    yield ok(
        "Timeouts",
        f"By default lock_timeout is {_off(lock)} and statement_timeout {_off(statement)} here; "
        f"each step of a plan sets its own: {settings.lock_timeout_ms:,} ms and "
        f"{settings.statement_timeout_ms:,} ms.",
    )


def lag(connection: Connection[Any]) -> Iterator[Diagnosis]:
    """Replicas, and whether their lag can be seen: a backfill slows down for it."""
    rows = connection.execute(
        "SELECT count(*), count(state), pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')"
        " FROM pg_catalog.pg_stat_replication"
    ).fetchone()
    assert rows is not None
    replicas, seen, allowed = rows
    if replicas and not (allowed or seen == replicas):
        yield advice(
            "Replication", f"{count(replicas, 'replica')}; how far behind, this role cannot see.",
            "GRANT pg_read_all_stats TO the role: else a backfill cannot slow down for them.",
        )  # fmt: skip
    else:
        yield ok("Replication", f"{count(replicas, 'replica')}; their lag can be seen.")


def history(connection: Connection[Any], settings: Target) -> Iterator[Diagnosis]:
    """The table of recorded migrations."""
    name = settings.history
    tool = detect(connection) if name == "auto" else by_name(name)
    state = tool.read(connection)
    if state.present:
        number = len(state.rows)
        yield ok("History", f"{tool.tool}: {number} {'row' if number == 1 else 'rows'}.")
    elif tool.tool == "none":
        yield advice(
            "History", "No tool's table of recorded migrations was found.",
            'If one is there, this role cannot see it; if none is meant: history = "none".',
        )  # fmt: skip
    else:
        yield advice(
            "History", f"{tool.tool}: its table is not there yet.",
            "Nothing was ever recorded; an approved plan makes it.",
        )  # fmt: skip


def users(connection: Connection[Any], settings: Target) -> Iterator[Diagnosis]:
    """The platform's users, where there is such a table, or profiles are to be made from it."""
    name = settings.user_profiles.source if settings.user_profiles else USERS
    row = connection.execute(
        """SELECT c.oid, pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
                  AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname || '.' || c.relname = %s""",
        (name,),
    ).fetchone()
    if row is None:
        if settings.user_profiles:
            yield problem(
                "Users", f"There is no {name}, from which profiles would be made.",
                "Name the right table: source in [targets.NAME.user_profiles].",
            )  # fmt: skip
    elif not row[1]:
        yield problem(
            "Users", f"{name} cannot be read.", "See reconcile grants, or GRANT SELECT on it."
        )
    else:
        yield ok("Users", f"{name} can be read.")


def _off(value: Any) -> str:
    return "off" if value == "0" else redact(str(value))


def _one(connection: Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]
