"""Where scans read a replica, and apply writes to its primary: wait until the one has the other's.

What was applied a moment ago may not have reached the replica, and would look as if it were undone.
"""

from __future__ import annotations

import time

import psycopg

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.unread import unread
from reconcile_pipeline.drift.scan import Progress
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.target import ResolvedTarget

WAIT_S = 120.0
_LOOK_S = 0.2

_STANDBY = "SELECT pg_catalog.pg_is_in_recovery()"
_WRITTEN = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"
_REPLAYED = "SELECT pg_catalog.pg_last_wal_replay_lsn() >= %s::pg_catalog.pg_lsn"


def catch_up(target: ResolvedTarget, progress: Progress, *, wait_s: float = WAIT_S) -> None:
    """Return once the server that scans read has replayed all that the primary has on disk.

    At once where both are the same, or the first is no replica. Only reads. Raises TargetError
    where it takes longer than `wait_s`.
    """
    if not target.settings.apply_dsn_env:
        return
    try:
        with connect_to_read(target.dsn) as replica:
            if replica.execute(_STANDBY).fetchone() != (True,):
                return
            with connect_to_read(target.apply_dsn) as primary:
                written = primary.execute(_WRITTEN).fetchone()
            deadline = time.monotonic() + wait_s
            progress("waiting until the read replica has replayed what was done")
            while replica.execute(_REPLAYED, written).fetchone() != (True,):
                if time.monotonic() > deadline:
                    raise TargetError(
                        f"The read replica that scans read is more than {wait_s:,.0f} s behind "
                        "the primary, so nothing can be verified there yet.",
                        changed="Every step is done, and kept.",
                        hint="Run this again once it has caught up (reconcile doctor says how far "
                        "it is behind): it only verifies then.",
                    )
                time.sleep(_LOOK_S)
    except psycopg.Error as error:
        failed = unread(error, target.dsn)
        failed.changed = "Every step is done, and kept."
        raise failed from None
