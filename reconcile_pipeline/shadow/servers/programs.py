"""PostgreSQL's own programs, run as the account that servers run as."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers.binaries import account, bin_dir

START_SECONDS = 60
_IN_BACKGROUND = 'ulimit -v "$1" 2>/dev/null; shift; "$@" >>"$0" 2>&1 &'
BUSY_SECONDS = 15  # how long a server that is just dying or starting may be in the way


def initdb(data: Path, superuser: str, password: str | None, *, lock: int) -> None:
    """Make a data directory: no password on the socket, one over TCP, no locale of the machine.

    Without a `password` nobody gets in over TCP, and the log is in small files: it is to be copied.
    `lock` is a file descriptor that initdb keeps open: should we be killed, initdb goes on, and
    whoever waits for the lock must wait until it has ended. Raises ShadowError.
    """
    who = account()
    data.mkdir(mode=0o700)
    pwfile = data.with_name("initdb-password")
    pwfile.unlink(missing_ok=True)
    if password is not None:
        pwfile.touch(mode=0o600)
        pwfile.write_text(password)
    if who.uid is not None and who.gid is not None:
        for path in (data, pwfile) if password is not None else (data,):
            os.chown(path, who.uid, who.gid)
    more = ("--wal-segsize=1",) if password is None else (f"--pwfile={pwfile}",)
    done = call(
        "initdb", "-D", str(data), "-U", superuser, "-E", "UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions", *more,
        pass_fds=(lock,),
    )  # fmt: skip
    pwfile.unlink(missing_ok=True)
    if done.returncode:
        raise _error("A new PostgreSQL data directory could not be made", done.stdout, data)


def start(
    data: Path,
    settings: Mapping[str, str],
    running: Callable[[], bool],
    *,
    memory_bytes: int | None = None,
) -> None:
    """Start a server with these settings and wait until it answers. Raises ShadowError.

    `memory_bytes`: the address space of each of its processes, where the system can bound it
    (Linux); what asks for more fails with "out of memory".

    `running` tells whether a server answers. A postmaster that was killed leaves backends for a
    moment, and one that a killed process had asked for may still be on its way up: both are waited
    for. A postmaster.pid that names another program's process is removed: PostgreSQL itself would
    take that process for the server, and never start again.
    """
    lines = [f"{name} = {_quoted(value)}\n" for name, value in settings.items()]
    (data / "postgresql.auto.conf").write_text("".join(lines))
    log = data / "log"
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        before = log.stat().st_size if log.exists() else 0
        if _launch(data, log, running, memory_bytes) or running():
            return
        said = log.read_bytes()[before:].decode(errors="replace")
        busy = "postmaster.pid" in said or "shared memory block" in said
        _remove_stale_pid(data)
        if not busy or time.monotonic() > give_up:
            raise _error("The PostgreSQL server did not start", said, data)
        time.sleep(0.2)


def _launch(data: Path, log: Path, running: Callable[[], bool], memory_bytes: int | None) -> bool:
    """Start `postgres` in a session of its own; False when it ended before it was ready.

    Not by `pg_ctl start`: that puts the paths into a shell command, where a `$` or a quote in a
    folder's name would be the shell's.
    """
    alive, held = os.pipe()  # the server holds one end: the other tells when it is gone
    with os.fdopen(alive, "rb") as gone:
        try:
            limit = str(memory_bytes // 1024) if memory_bytes else "unlimited"
            command = [limit, str(bin_dir() / "postgres"), "-D", str(data)]
            subprocess.run(
                ["/bin/sh", "-c", _IN_BACKGROUND, str(log), *command],
                stdin=subprocess.DEVNULL, cwd="/", env=_environment(), start_new_session=True,
                check=True, pass_fds=(held,), **account().popen(),  # type: ignore[call-overload]
            )  # fmt: skip
        finally:
            os.close(held)
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            if select.select([gone], [], [], 0.01)[0]:
                return False
            # In this order: once it answers, the file is its own, no killed server's.
            if running() and _status(data) == "ready":
                return True
    raise _error(f"The PostgreSQL server was not ready after {START_SECONDS} s", "", data)


def _status(data: Path) -> str:
    """The last line of postmaster.pid: starting, ready, …; empty where there is none yet."""
    try:
        return (data / "postmaster.pid").read_text().split("\n")[7].strip()
    except (OSError, IndexError):
        return ""


def stop(data: Path, mode: str) -> None:
    """Stop the server that runs on `data` and answers, and wait; `mode` is pg_ctl's."""
    if mode == "immediate" and _end(data):
        return
    call("pg_ctl", "stop", "-D", str(data), "-m", mode, "-w", "-t", str(START_SECONDS))


def _end(data: Path) -> bool:
    """What `pg_ctl stop -m immediate` does, but for its naps of 0.1 s; False where it cannot."""
    file = data / "postmaster.pid"
    try:
        os.kill(int(file.read_text().splitlines()[0]), signal.SIGQUIT)
    except (OSError, ValueError, IndexError):
        return False
    give_up = time.monotonic() + START_SECONDS
    while file.exists() and time.monotonic() < give_up:
        time.sleep(0.002)
    return not file.exists()


def call(
    program: str, *arguments: str, pass_fds: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL's; standard output and error together are in `stdout`."""
    # A temporary file, not a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(bin_dir() / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True, cwd="/",
            env=_environment(), pass_fds=pass_fds,
            **account().popen(),  # type: ignore[call-overload]
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _remove_stale_pid(data: Path) -> None:
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text().splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return  # no file, or no such process: PostgreSQL sees that for itself
    if (name := _process_name(pid)) and "postgres" not in name:
        file.unlink(missing_ok=True)


def _process_name(pid: int) -> str:
    """The name of a process's program; empty where it cannot be told."""
    if (linux := Path(f"/proc/{pid}/comm")).exists():
        return linux.read_text()
    command = ["ps", "-p", str(pid), "-o", "comm="]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _quoted(value: str) -> str:
    """A value as postgresql.conf writes it: quotes doubled, and backslashes, which escape there."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _error(what: str, said: str, data: Path) -> ShadowError:
    return ShadowError(f"{what}: {said.strip()[-600:]}", hint=f"Its folder is {data.parent}.")
