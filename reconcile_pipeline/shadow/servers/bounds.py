"""What keeps hostile SQL inside the private server: no way in without a password, no way out.

Migration files are other people's code. They run as a role that is no superuser; what such a role
may still ask of a server (memory, disk, processes, connections) is bounded here. Time and the
growth of the data are watched by `watchdog`.

Imports no driver: the server's processes start while that is imported.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from reconcile_pipeline.shadow.servers.server import Server, temporary

#: The private server's superuser; no migration file can guess or use the name.
SUPERUSER = "reconcile_superuser"

#: Address space of each server process. Where it ends, a statement fails with "out of memory".
MEMORY_BYTES = 2**30

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
    # Each slot has its share of the lock table, which is made at the start.
    "autovacuum_worker_slots": "1",
    "max_wal_senders": "0",
    "io_max_concurrency": "1",
    "wal_init_zero": "off",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    # Passwords here are long and random, so repeating the hash would only cost time.
    "scram_iterations": "1",
}


def bounded_server() -> AbstractContextManager[Server]:
    """A throwaway server within these bounds; nobody but us may enter it once it is hardened."""
    return temporary(
        superuser=SUPERUSER,
        settings=SETTINGS,
        memory_bytes=MEMORY_BYTES,
        copied=True,
        in_memory=True,
    )
