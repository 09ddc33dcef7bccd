"""PostgreSQL's own programs: initdb and pg_ctl, run as the account that servers run as."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.binaries import account, bin_dir

START_SECONDS = 60
BUSY_SECONDS = 15  # how long a server that is just dying or starting may be in the way


def initdb(data: Path, superuser: str, password: str, *, lock: int) -> None:
    """Make a data directory: no password on the socket, one over TCP, no locale of the machine.

    `lock` is a file descriptor that initdb keeps open: should we be killed, initdb goes on, and
    whoever waits for the lock must wait until it has ended. Raises ShadowError.
    """
    who = account()
    data.mkdir(mode=0o700)
    with tempfile.TemporaryDirectory(prefix="rp-") as folder:
        pwfile = Path(folder) / "password"
        pwfile.touch(mode=0o600)
        pwfile.write_text(password)
        if who.uid is not None and who.gid is not None:
            for path in (data, folder, pwfile):
                os.chown(path, who.uid, who.gid)
        done = call(
            "initdb", "-D", str(data), "-U", superuser, f"--pwfile={pwfile}", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions",
            pass_fds=(lock,),
        )  # fmt: skip
    if done.returncode:
        raise _error("A new PostgreSQL data directory could not be made", done.stdout, data)


def start(data: Path, settings: Mapping[str, str], running: Callable[[], bool]) -> None:
    """Start a server with these settings and wait until it answers. Raises ShadowError.

    `running` tells whether a server answers. A postmaster that was killed leaves backends for a
    moment, and one that a killed process had asked for may still be on its way up: both are waited
    for.
    """
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    (data / "postgresql.auto.conf").write_text("".join(lines))
    log = data / "log"
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        before = log.stat().st_size if log.exists() else 0
        done = call(
            "pg_ctl", "start", "-D", str(data), "-l", str(log), "-w", "-t", str(START_SECONDS)
        )
        if done.returncode == 0 or running():
            return
        said = log.read_bytes()[before:].decode(errors="replace") if log.exists() else ""
        busy = "postmaster.pid" in said or "shared memory block" in said
        if not busy or time.monotonic() > give_up:
            raise _error("The PostgreSQL server did not start", said or done.stdout, data)
        time.sleep(0.2)


def stop(data: Path, mode: str) -> None:
    """Stop the server that runs on `data` and wait; `mode` is pg_ctl's."""
    call("pg_ctl", "stop", "-D", str(data), "-m", mode, "-w", "-t", str(START_SECONDS))


def call(
    program: str, *arguments: str, pass_fds: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL's; standard output and error together are in `stdout`."""
    # A temporary file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(bin_dir() / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True, cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            pass_fds=pass_fds, **account().popen(),  # type: ignore[call-overload]
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def _quoted(value: str) -> str:
    """A value as postgresql.conf writes it: quotes doubled, and backslashes, which escape there."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _error(what: str, said: str, data: Path) -> ShadowError:
    return ShadowError(f"{what}: {said.strip()[-600:]}", hint=f"Its folder is {data.parent}.")
