"""Clients that sign up: PostgreSQL's own pgbench, which takes next to no processor time itself.

A client in Python takes as much of a small machine as the server does, and what it waits for its
own interpreter would be counted as a wait for the server.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks._run_queue import waited
from reconcile_pipeline.shadow.servers.binaries import bin_dir

SIGNUP = "INSERT INTO auth.users (email) VALUES ('new@example.org');\n"
WARM = 20  # of each client: its first ones also fill the server's caches
LONGEST_S = 3600
_THERE = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'pgbench'"""
_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'pgbench'"""


@dataclass(slots=True)
class Signups:
    """What the clients that sign up saw: seconds each, and errors.

    `waited` is how many seconds of all of them together pgbench and the server's processes that
    serve it stood in line for a processor; None where the system does not say.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waited: float | None = 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of them took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000

    def mean(self) -> float:
        """Milliseconds of one."""
        return sum(self.seconds) / len(self.seconds) * 1000

    def mean_waited(self) -> float | None:
        """Milliseconds that one of them waited for a processor."""
        return None if self.waited is None else self.waited / len(self.seconds) * 1000


@contextmanager
def signing_up(dsn: str, clients: int, per_second: int, seen: Signups) -> Iterator[None]:
    """They sign up from here to the end of the block, each in its own transaction, at random
    moments, `per_second` of them together. What they see is added to `seen`.
    """
    with tempfile.TemporaryDirectory(prefix="rp-bench-") as folder:
        script = Path(folder, "signup.sql")
        script.write_text(SIGNUP)
        given = conninfo_to_dict(dsn)
        command = [
            str(bin_dir() / "pgbench"), "--no-vacuum", f"--file={script}", f"--client={clients}",
            f"--rate={per_second}", f"--time={LONGEST_S}", "--log", f"--log-prefix={folder}/log",
            f"--host={given['host']}", f"--port={given['port']}", f"--username={given['user']}",
            str(given["dbname"]),
        ]  # fmt: skip
        with (
            psycopg.connect(dsn, autocommit=True) as connection,
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process,
        ):
            while len(servers := connection.execute(_THERE).fetchall()) != clients:
                time.sleep(0.05)
            time.sleep(clients * WARM / per_second * 3)
            processes = [process.pid, *(pid for (pid,) in servers)]
            before = waited(processes)
            try:
                yield
            finally:
                after = waited(processes)
                seen.waited = (
                    None
                    if seen.waited is None or before is None or after is None
                    else seen.waited + after - before
                )
                # Interrupted, it would throw away what it has not written to its log yet.
                connection.execute(_END)
                said = process.communicate()[1].decode()
        # Its own word for what the server refused; that we end it is FATAL.
        seen.errors += [line for line in said.splitlines() if "ERROR" in line]
        log = "".join(file.read_text() for file in Path(folder).glob("log.*"))
        rows = [line.split() for line in log.splitlines()]
        seen.seconds += [
            (int(time_us) - int(lag_us)) / 1e6
            for _, number, time_us, _, _, _, lag_us in rows
            if int(number) >= WARM
        ]
