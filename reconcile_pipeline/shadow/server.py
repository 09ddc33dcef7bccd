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
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from psycopg.conninfo import make_conninfo

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.binaries import account, bin_dir

SUPERUSER = "supabase_admin"  # as on Supabase, where `postgres` is no superuser
MAX_SOCKET_PATH = 107  # sockaddr_un.sun_path, PostgreSQL refuses more

#: A throwaway server need not survive the machine's crash; its own crash it does survive.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """A server with its data in `directory`, which is made if missing.

    `superuser`: name of the bootstrap superuser. `port`: also listen on 127.0.0.1 with a password
    (`password` file beside the data); 0 means the private socket only. `settings` are GUCs.
    """

    def __init__(
        self,
        directory: Path,
        *,
        superuser: str = SUPERUSER,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self.superuser = superuser
        self.port = port
        self.settings = {**FAST, **(settings or {})}
        self._user: IO[str] | None = None

    # -- use -------------------------------------------------------------------------------

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """A libpq connection string over the private socket."""
        return make_conninfo(
            host=str(self.socket_dir), port=5432, dbname=database, user=user or self.superuser
        )

    def tcp_dsn(self, database: str, user: str, password: str) -> str:
        """A URL over TCP on 127.0.0.1, for clients that know no sockets."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def socket_dir(self) -> Path:
        """The socket's folder: beside the data, or a short private one where that is too long."""
        beside = self.directory / "socket"
        if len(os.fsencode(beside)) + len("/.s.PGSQL.5432.lock") <= MAX_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"rp-{digest}"

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the data directory if needed, start the server if needed, and count as its user."""
        self._make_folders()
        with self._locked("start.lock"):
            if not (self.directory / "ready").exists():
                self._initialize()
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
            self._pg_ctl("stop", "-m", mode, "-w", "-t", "60")

    def running(self) -> bool:
        """True when a server runs on this data directory."""
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._call("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        self.shutdown("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.socket_dir.parent != self.directory:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def password(self) -> str:
        """The superuser's password over TCP."""
        return (self.directory / "password").read_text().strip()

    # -- inside ----------------------------------------------------------------------------

    def _make_folders(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o755)
        who = account()
        for folder in (self.socket_dir,):
            folder.mkdir(exist_ok=True, mode=0o700)
            owner = folder.stat().st_uid
            if owner not in (os.geteuid(), who.uid) or folder.is_symlink():
                raise ShadowError(
                    f"The folder {folder} belongs to somebody else.",
                    hint="Set RECONCILE_HOME to a folder with a short path that is yours.",
                )
            if who.uid is not None and who.gid is not None:
                os.chown(folder, who.uid, who.gid)

    def _initialize(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # left by an interrupted first start
        self.data.mkdir(mode=0o700)
        who = account()
        if who.uid is not None and who.gid is not None:
            os.chown(self.data, who.uid, who.gid)
        secret = self.directory / "password"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24) + "\n")
        with tempfile.TemporaryDirectory(prefix="rp-") as folder:
            pwfile = Path(folder) / "pw"
            pwfile.touch(mode=0o600)
            pwfile.write_text(secret.read_text())
            if who.uid is not None and who.gid is not None:
                os.chown(folder, who.uid, who.gid)
                os.chown(pwfile, who.uid, who.gid)
            self._check(
                self._call(
                    "initdb", "-D", str(self.data), "-U", self.superuser, "-E", "UTF8",
                    "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                    "--auth-local=trust", "--auth-host=scram-sha-256",
                    f"--pwfile={pwfile}", "--no-sync", "--no-instructions",
                ),
                "A new PostgreSQL data directory could not be made",
            )
        (self.directory / "ready").touch()

    def _launch(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": "5432",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "logging_collector": "off",
            **self.settings,
        }
        if self.port:  # the socket's name follows the port; clients of the socket keep 5432
            settings["port"] = str(self.port)
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        (self.data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
        self._check(
            self._pg_ctl("start", "-l", str(self.data / "log"), "-w", "-t", "60"),
            "The PostgreSQL server did not start",
        )
        if self.port:
            link = self.socket_dir / ".s.PGSQL.5432"
            link.unlink(missing_ok=True)
            link.symlink_to(f".s.PGSQL.{self.port}")

    def _pg_ctl(self, action: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self._call("pg_ctl", action, "-D", str(self.data), *options)

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # A temporary file, not a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(bin_dir() / program), *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True,
                cwd="/", env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                **account().popen(),  # type: ignore[call-overload]
            )
            output.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    def _check(self, done: subprocess.CompletedProcess[str], what: str) -> None:
        if done.returncode:
            log = self.data / "log"
            detail = log.read_text()[-600:] if log.exists() else done.stdout[-600:]
            raise ShadowError(f"{what}: {detail.strip()}", hint=f"Its folder is {self.directory}.")

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with (self.directory / name).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def temporary(*, superuser: str = SUPERUSER, port: int = 0, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server that is gone afterwards, data and all."""
    folder = Path(tempfile.mkdtemp(prefix="rp-"))
    folder.chmod(0o755)  # the servers' account must pass through; its data stays private
    server = Server(folder / "server", superuser=superuser, port=port, settings=settings)
    try:
        with server:
            yield server
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)
