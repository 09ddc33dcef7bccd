"""What keeps hostile SQL inside the private server: no way in without a password, no way out.

Migration files are other people's code. They run as a role that is no superuser; what such a role
may still ask of a server (memory, disk, processes, connections) is bounded here. Time and the
growth of the data are watched by `watchdog`.
"""

from __future__ import annotations

import time

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.server import Server

#: Address space of each server process. Where it ends, a statement fails with "out of memory".
MEMORY_BYTES = 2**30

RELOAD_SECONDS = 10

#: The database for commands to the server, one that no shadow database can be.
MAINTENANCE = "template1"

#: No background processes, no files beyond a size, no log that a file could fill.
SETTINGS = {
    "max_locks_per_transaction": "2048",
    "max_connections": "20",
    "shared_buffers": "64MB",
    "temp_file_limit": "1GB",
    "max_wal_size": "512MB",
    "autovacuum": "off",
    "jit": "off",
    # It lives for seconds, and nothing of it is kept: no work ahead or behind.
    "io_method": "sync",
    "huge_pages": "off",
    "bgwriter_lru_maxpages": "0",
    "wal_writer_delay": "10s",
    "checkpoint_timeout": "1d",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "0",
    "max_parallel_workers": "0",
    "max_logical_replication_workers": "0",
    "max_prepared_transactions": "0",
    "wal_level": "logical",
    "max_notify_queue_pages": "64",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    # Passwords here are long and random, so repeating the hash would only cost time.
    "scram_iterations": "1",
}

#: Trust would let whoever reaches the socket from inside (dblink) be the superuser.
_HBA = "local all all scram-sha-256\n"


def harden(server: Server, control_path: str) -> str:
    """Lock a fresh private server, and return the superuser's DSN, which now holds a password.

    `control_path` is the server's new `extension_control_path`.
    """
    password = server.password()
    dsn = make_conninfo(server.dsn(MAINTENANCE), password=password)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(
            SQL("ALTER SYSTEM SET extension_control_path = {}").format(Literal(control_path))
        )
        admin.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(server.superuser), Literal(password))
        )
        row = admin.execute("SELECT pg_conf_load_time()").fetchone()
        (server.data / "pg_hba.conf").write_text(_HBA)
        admin.execute("SELECT pg_reload_conf()")
    give_up = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < give_up:
        with psycopg.connect(dsn, autocommit=True) as admin:
            if admin.execute("SELECT pg_conf_load_time()").fetchone() != row:
                return dsn
        time.sleep(0.01)
    raise ShadowError("The shadow server did not take its new settings.", hint="Try again.")
