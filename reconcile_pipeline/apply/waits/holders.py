"""Who was in the way of a step that did not get its lock, in words for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection


def holders(connection: Connection[Any], relations: Iterable[str]) -> str:
    """One sentence on the sessions and prepared transactions that hold a lock on these relations
    (`schema.relation`) now; empty where there is none, or nothing can be asked.

    What they run is left out: it may hold what nobody else is to read.
    """
    query = (files("reconcile_pipeline.apply") / "sql" / "holders.sql").read_bytes()
    try:
        with connection.transaction(force_rollback=True):
            found = connection.execute(query, (list(relations),)).fetchall()
    except psycopg.Error:
        return ""
    return f"Locked by {'; '.join(_who(*row) for row in found)}." if found else ""


def _who(
    pid: int | None, prepared: str | None, user: str | None, state: str | None, seconds: int | None
) -> str:
    since = "" if seconds is None else f" for {seconds:,} s"
    if pid is None:
        named = f" {prepared!r}" if prepared else ""
        return f"the prepared transaction{named}{since}"
    doing = ", ".join(filter(None, (user, f"{state}{since}" if state else "")))
    return f"session {pid}{f' ({doing})' if doing else ''}"
