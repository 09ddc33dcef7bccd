"""Copy a schema from one server to another with pg_dump and psql: structure only, never rows."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.binaries import bin_dir

#: A counter that Debian's 15.20 and later keep in the column's options; 18 refuses to set it.
_SERVERS_OWN = re.compile(r"^ALTER .* ALTER COLUMN .* SET \(pg_attver=\d+\);\n", re.MULTILINE)


def dump(dsn: str, *options: str) -> str:
    """The structure of a database as a psql script, by pg_dump 18 (reads servers from 9.2 on).

    `options` narrow it, e.g. `--schema=auth`. Raises ShadowError where pg_dump fails; its message
    never holds the connection string.
    """
    done = _run(
        "pg_dump", dsn, "--schema-only", "--no-security-labels", "--no-tablespaces", *options
    )
    if done.returncode:
        hint = "The user needs SELECT or USAGE on what it reads."
        if "invalid byte sequence" in done.stderr:
            hint = (
                "Some name, comment or definition is text in no encoding, as SQL_ASCII allows: "
                "write it anew."
            )
        raise ShadowError(
            f"pg_dump could not read the schema: {_last_line(done.stderr)}", hint=hint
        )
    return _SERVERS_OWN.sub("", done.stdout)


def restore(dsn: str, script: str) -> tuple[str, ...]:
    """Run a psql script; what it could not do is returned as error lines, not raised."""
    done = _run("psql", dsn, "--no-psqlrc", "--quiet", "--output", os.devnull, script=script)
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
    keep: Sequence[str] = ("PATH", "HOME", "LD_LIBRARY_PATH", "PGPASSFILE", "PGSSLROOTCERT")
    environment = {k: v for k, v in os.environ.items() if k in keep}
    environment |= {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "reconcile_pipeline"}
    # Whatever encoding the database has, the server converts.
    environment |= {"PGCLIENTENCODING": "UTF8"}
    environment |= {"PGOPTIONS": "-c lock_timeout=5s"} if program == "pg_dump" else {}
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
