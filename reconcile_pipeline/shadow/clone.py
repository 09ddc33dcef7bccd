"""Copy a schema from one server to another with pg_dump and psql: structure only, never rows."""

from __future__ import annotations

import os
import re
import subprocess

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.errors import ShadowError, TargetError
from reconcile_pipeline.shadow.collations import in_dump
from reconcile_pipeline.shadow.servers.binaries import bin_dir
from reconcile_pipeline.shadow.servers.client_library import client_environment

#: A counter that Debian's 15.20 and later keep in the column's options; 18 refuses to set it.
_SERVERS_OWN = re.compile(r"^ALTER .* ALTER COLUMN .* SET \(pg_attver=\d+\);\n", re.MULTILINE)

#: The longest that a table's structure may be in somebody's hands, in ms. By pg_dump's own option,
#: since it sets `lock_timeout` to 0 whatever the connection says.
LOCK_WAIT_MS = 5_000

_STRUCTURE = ("--schema-only", "--no-security-labels", "--no-tablespaces")

_FORBIDDEN = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
 ORDER BY 1, 2"""

_LOCKS = """
SELECT format('%I.%I', n.nspname, c.relname), l.pid
  FROM pg_locks l
  JOIN pg_class c ON c.oid = l.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p')
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
 ORDER BY 1 LIMIT 1"""

_READS_TOO_LITTLE = "The user needs SELECT or USAGE on what it reads: reconcile doctor."

_LOCKED = "Try again when that session has committed or ended: pg_stat_activity says what it does."

#: What to do, by words of pg_dump's.
_HINTS = {
    "invalid byte sequence": (
        "Some name, comment or definition is text in no encoding, as SQL_ASCII allows: "
        "write it anew."
    ),
    "SSL support is not compiled in": (
        "On this system pg_dump cannot use TLS: scan from Linux, or over a connection that is "
        "encrypted otherwise, with sslmode=disable."
    ),
}


def dump(dsn: str, *options: str) -> str:
    """The structure of a database as a psql script, by pg_dump 18 (reads servers from 9.2 on).

    `options` narrow it, e.g. `--schema=auth`. Tables that the user may not read are left out, since
    pg_dump locks each and would fail as a whole. Raises ShadowError where it fails otherwise; its
    message never holds the connection string.
    """
    command = ("pg_dump", dsn, *_STRUCTURE, f"--lock-wait-timeout={LOCK_WAIT_MS}", *options)
    done = _run(*command)
    # The server's words may be in any language, so they are not gone by.
    if done.returncode and (names := _unreadable(dsn)):
        done = _run(*command, *(f"--exclude-table={name}" for name in names))
    if done.returncode:
        what, hint = _last_line(done.stderr), _READS_TOO_LITTLE
        if "LOCK TABLE" in done.stderr and (held := _locked(dsn)):
            what, hint = held, _LOCKED
        hint = next((said for words, said in _HINTS.items() if words in done.stderr), hint)
        raise ShadowError(f"pg_dump could not read the schema: {what}", hint=hint)
    return _SERVERS_OWN.sub("", done.stdout)


def quoted_pattern(*names: str) -> str:
    """A pattern of pg_dump's that stands for just these names, whatever is in them."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _unreadable(dsn: str) -> list[str]:
    """Patterns of the tables that this user may not lock in order to read them."""
    try:
        with connect_to_read(dsn) as connection:
            return [quoted_pattern(*row) for row in connection.execute(_FORBIDDEN).fetchall()]
    except TargetError:  # no way in: pg_dump's own words say why
        return []


def _locked(dsn: str) -> str:
    """Which table nobody may even read at present, and whose lock that is; empty if none is."""
    with connect_to_read(dsn) as connection:
        for table, pid in connection.execute(_LOCKS).fetchall():
            return f"process {pid} of the server holds {table} in ACCESS EXCLUSIVE mode"
    return ""


def restore(dsn: str, script: str) -> tuple[str, ...]:
    """Run a psql script; what it could not do is returned as error lines, not raised."""
    command = ("psql", dsn, "--no-psqlrc", "--quiet", "--output", os.devnull)
    done = _run(*command, script=in_dump(script))
    return tuple(line for line in done.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line)


def _run(
    program: str, dsn: str, *arguments: str, script: str | None = None
) -> subprocess.CompletedProcess[str]:
    # The password goes by environment: a command line is visible to every user of the machine.
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise ShadowError("A connection string cannot be understood.") from None
    password = parts.pop("password", None)
    environment = client_environment()
    environment |= {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "reconcile_pipeline"}
    # Whatever encoding the database has, the server converts.
    environment |= {"PGCLIENTENCODING": "UTF8"}
    if password:
        environment["PGPASSWORD"] = str(password)
    return subprocess.run(
        [str(bin_dir() / program), "--dbname", make_conninfo("", **parts), *arguments],
        input=script, capture_output=True, encoding="utf-8", errors="surrogateescape",
        env=environment, check=False,
    )  # fmt: skip


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line]
    return lines[0].split("error: ")[-1] if lines else "no message"
