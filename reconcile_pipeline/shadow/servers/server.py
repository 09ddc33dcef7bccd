"""A PostgreSQL server of our own: private socket, started on demand, shared between processes.

Any number of processes may use one data directory: the first starts the server, the last stops it.
Who uses it is a shared file lock, which dies with its process, so a killed process leaves nothing
that the next one would trip over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers import place, pristine, programs
from reconcile_pipeline.shadow.servers.binaries import account, passable

SUPERUSER = "supabase_admin"  # as on Supabase, where `postgres` is no superuser
MAX_SOCKET_PATH = 107  # sockaddr_un.sun_path, PostgreSQL refuses more
PREFIX = "rp-"  # of folders in the system's temporary folder; short, for the socket's sake
SOCKET_PORT = 5432  # the socket's file is named after it, whatever the port over TCP

#: What any client may ask first, and every server answers with one byte, busy or not. See
#: "SSLRequest" among the message formats in PostgreSQL's manual.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
ANSWER_SECONDS = 10

#: Between making the file of a lock and taking it; whoever is within may still be alive.
BEGINNING_SECONDS = 60

#: A throwaway server need not survive the machine's crash. Its own crash it does survive: so no
#: `synchronous_commit = off`, which would lose the last commits of a killed server.
FAST = {"fsync": "off", "full_page_writes": "off"}

#: libpq takes from PG… variables what a connection string leaves open. They are meant for
#: production: PGOPTIONS may make it read-only, PGHOSTADDR even lead there instead of here.
_NOT_FROM_ENVIRONMENT = {
    "hostaddr": "", "options": "", "sslmode": "disable", "gssencmode": "disable",
    "channel_binding": "disable", "require_auth": "none,scram-sha-256",
    "target_session_attrs": "any",
}  # fmt: skip


class Server:
    """A server with its data in `directory`, which is made if missing.

    `superuser`: name of the bootstrap superuser. `port`: also listen on 127.0.0.1 with a password
    (`password` file beside the data); 0 means the private socket only. `settings` are GUCs.
    `memory_bytes`: a bound on each of its processes, where the system can hold it. `copied`: its
    data may be copied from a kept directory, which is quick (`pristine`).
    """

    def __init__(
        self,
        directory: Path,
        *,
        superuser: str = SUPERUSER,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        memory_bytes: int | None = None,
        copied: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.superuser = superuser
        self.port = port
        self.settings = {**FAST, **(settings or {})}
        self.memory_bytes = memory_bytes
        self.copied = copied
        self._user: IO[str] | None = None

    # -- use -------------------------------------------------------------------------------

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """A libpq connection string over the private socket, whatever the environment says."""
        from psycopg.conninfo import make_conninfo  # slow: a server starts meanwhile

        return make_conninfo(
            host=str(self.socket_dir),
            port=SOCKET_PORT,
            dbname=database,
            user=user or self.superuser,
            **_NOT_FROM_ENVIRONMENT,
        )

    def tcp_dsn(self, database: str, user: str, password: str) -> str:
        """A URL over TCP on 127.0.0.1, for clients that know no sockets."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def socket_dir(self) -> Path:
        """The socket's folder: beside the data, or a short private one where that cannot be."""
        beside = self.directory / "socket"
        length = len(os.fsencode(beside / ".s.PGSQL.65535"))
        if length <= MAX_SOCKET_PATH and "," not in str(beside):  # libpq: two hosts
            return beside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path("/tmp") / f"{PREFIX}{digest}"  # not TMPDIR: the same for all who share it

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the data directory if needed, start the server if needed, and count as its user."""
        self._make_folders()
        with self._locked("start.lock") as lock:
            if not (self.directory / "ready").exists():
                self._initialize(lock)
            if not self.running():
                self._launch()
            self._user = (self.directory / "users.lock").open("a")
            fcntl.flock(self._user, fcntl.LOCK_SH)

    def stop(self) -> None:
        """No longer be a user; the last one stops the server."""
        if self._user is None:
            return
        with self._locked("start.lock"):
            try:
                fcntl.flock(self._user, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self.shutdown()
            self._user.close()
            self._user = None

    def shutdown(self, mode: str = "fast") -> None:
        """Stop the server whoever uses it. `mode` is pg_ctl's: smart, fast or immediate."""
        if self.running():
            programs.stop(self.data, mode)

    def running(self) -> bool:
        """True when a server answers on the socket.

        Never asked of postmaster.pid: after a crash, or a restart of the machine, the process that
        it names may be anybody's. Nor is a connection enough: a dying server still accepts them.
        """
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(ANSWER_SECONDS)
            try:
                probe.connect(str(self._socket))
                probe.sendall(SSL_REQUEST)
                return probe.recv(1) != b""
            except OSError:
                return False

    def destroy(self) -> None:
        """Stop the server, whoever uses it and whatever it would still write; delete its data."""
        self.shutdown("immediate")
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.socket_dir.parent != self.directory:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def password(self) -> str:
        """The superuser's password over TCP."""
        return (self.directory / "password").read_text().strip()

    # -- inside ----------------------------------------------------------------------------

    def _make_folders(self) -> None:
        who = account()
        if not self.directory.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            if who.uid is not None:  # whatever the umask: the servers' account passes through
                self.directory.chmod(0o755)
        if who.uid is not None and not passable(self.directory):
            raise ShadowError(
                f"PostgreSQL does not run as root, and its account cannot reach {self.directory}.",
                hint="Set RECONCILE_HOME and TMPDIR to folders that every user may pass through.",
            )
        folder = self.socket_dir
        folder.mkdir(exist_ok=True, mode=0o700)
        owner = folder.stat().st_uid
        if owner not in (os.geteuid(), who.uid) or folder.is_symlink():
            raise ShadowError(
                f"The folder {folder} belongs to somebody else.",
                hint="Set RECONCILE_HOME to a folder with a short path that is yours.",
            )
        if who.uid is not None and who.gid is not None:
            os.chown(folder, who.uid, who.gid)

    def _initialize(self, lock: IO[str]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # left by an interrupted first start
        secret = self.directory / "password"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24) + "\n")
        if not (self.copied and pristine.copy(self.data, self.superuser)):
            programs.initdb(self.data, self.superuser, secret.read_text(), lock=lock.fileno())
        (self.directory / "ready").touch()

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or SOCKET_PORT),
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            **self.settings,
        }
        if self.port:  # the socket's name follows the port; clients of the socket keep 5432
            self._socket.unlink(missing_ok=True)
            self._socket.symlink_to(f".s.PGSQL.{self.port}")
        programs.start(self.data, settings, self.running, memory_bytes=self.memory_bytes)

    @property
    def _socket(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{SOCKET_PORT}"

    @contextmanager
    def _locked(self, name: str) -> Iterator[IO[str]]:
        with (self.directory / name).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock


def sweep() -> None:
    """Stop and delete the temporary servers whose processes were killed before they could."""
    for folder in (found for parent in place.folders() for found in parent.glob(f"{PREFIX}*")):
        try:
            if folder.stat().st_uid != os.geteuid() or not _may_be_left(folder / "server"):
                continue
            with (
                (folder / "server/start.lock").open("a") as starting,
                (folder / "server/users.lock").open("a") as used,
            ):
                fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
                Server(folder / "server").destroy()
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # in use, or just being deleted by its own process
            continue


def _may_be_left(server: Path) -> bool:
    """Whether its process has started it, or began to so long ago that it must have ended amid."""
    if (server / "users.lock").exists():
        return True
    begun = server / "start.lock"
    return begun.exists() and time.time() - begun.stat().st_mtime > BEGINNING_SECONDS


@contextmanager
def temporary(
    *,
    superuser: str = SUPERUSER,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    memory_bytes: int | None = None,
    copied: bool = False,
    in_memory: bool = False,
) -> Iterator[Server]:
    """A server that is gone afterwards, data and all; the options are those of `Server`.

    `in_memory`: its data may lie in a file system in memory, since its size is bounded. Servers
    that killed processes left behind go first.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place.choose(in_memory=in_memory)))
    folder.chmod(0o755)  # the servers' account must pass through; its data stays private
    server = Server(
        folder / "server",
        superuser=superuser,
        port=port,
        settings=settings,
        memory_bytes=memory_bytes,
        copied=copied,
    )
    try:
        server.start()
        yield server
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)
