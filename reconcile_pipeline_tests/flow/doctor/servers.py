"""Servers that a doctor meets: one with TLS, a pooler, a streaming replica. All real."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.doctor import look_at_database
from reconcile_pipeline.flow.doctor.model import Diagnosis
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.shadow.servers import programs
from reconcile_pipeline.shadow.servers.binaries import account
from reconcile_pipeline.shadow.servers.server import SUPERUSER, Server
from reconcile_pipeline_tests.catalog.old_servers import programs as older
from reconcile_pipeline_tests.clients.fixtures import free_port

SECRET = "tls-s3cret"
SECONDS = 10


def missing(what: str) -> None:
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get("RECONCILE_REQUIRE_CLIENTS"):
        pytest.fail(what)
    pytest.skip(what)


def target(dsn: str, folder: Path, **settings: object) -> ResolvedTarget:
    """A target with one harmless migration."""
    directory = folder / "migrations"
    directory.mkdir(exist_ok=True)
    (directory / "001_one.sql").write_text("CREATE TABLE public.one (id int);\n")
    return ResolvedTarget("t", Target.model_validate(settings), dsn, directory, folder / "evidence")


def examined(dsn: str, folder: Path, **settings: object) -> dict[str, list[Diagnosis]]:
    """What the doctor says of the database, by name."""
    found: dict[str, list[Diagnosis]] = {}
    for each in look_at_database(target(dsn, folder, **settings))[0]:
        found.setdefault(each.name, []).append(each)
    return found


def _run(*command: str | Path) -> None:
    subprocess.run(
        [str(each) for each in command], check=True, capture_output=True, cwd="/",
        stdin=subprocess.DEVNULL, env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        **account().popen(),  # type: ignore[call-overload]
    )  # fmt: skip


def _own(*paths: Path) -> None:
    who = account()
    for path in paths:
        if who.uid is not None and who.gid is not None:
            os.chown(path, who.uid, who.gid)


def certificates(folder: Path) -> None:
    """A CA (ca.crt), the server's own for `localhost` (server.crt, .key), and a strange CA."""
    if shutil.which("openssl") is None:
        missing("openssl is not installed")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    for name in ("ca", "strange"):
        _run("openssl", "req", "-x509", *key, "-subj", f"/CN=a test's {name}",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt")  # fmt: skip
    _run("openssl", "req", *key[:-2], "-subj", "/CN=localhost",
         "-keyout", folder / "server.key", "-out", folder / "server.csr")  # fmt: skip
    names = folder / "names"
    names.write_text("subjectAltName = DNS:localhost\n")
    _run("openssl", "x509", "-req", "-in", folder / "server.csr", "-CA", folder / "ca.crt",
         "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", names,
         "-out", folder / "server.crt")  # fmt: skip
    (folder / "server.key").chmod(0o600)


@contextmanager
def tls_server() -> Iterator[tuple[Path, int]]:
    """Debian's PostgreSQL with TLS on 127.0.0.1 and ::1: its folder of certificates, its port.

    The embedded one is built without TLS. `u` logs in with SECRET over TLS only.
    """
    bin_dir = older(15)
    with tempfile.TemporaryDirectory(prefix="rptls-") as name:
        home, port = Path(name), free_port()
        _own(home)
        certificates(home)
        _run(bin_dir / "initdb", "-D", home / "data", "-U", "boss", "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync")  # fmt: skip
        with (home / "data/postgresql.conf").open("a") as conf:
            conf.write(
                f"listen_addresses = '127.0.0.1,::1'\nport = {port}\nfsync = off\nssl = on\n"
                f"unix_socket_directories = '{home}'\n"
                f"ssl_cert_file = '{home}/server.crt'\nssl_key_file = '{home}/server.key'\n"
            )
        (home / "data/pg_hba.conf").write_text(
            "local all boss trust\nhostssl all u all scram-sha-256\nhost all open all trust\n"
        )
        _run(bin_dir / "pg_ctl", "start", "-D", home / "data", "-l", home / "log", "-w")
        try:
            with psycopg.connect(host=name, port=port, user="boss", dbname="postgres") as boss:
                boss.execute(f"CREATE ROLE u LOGIN PASSWORD '{SECRET}'")
                boss.execute("CREATE ROLE open LOGIN")
            yield home, port
        finally:
            _run(bin_dir / "pg_ctl", "stop", "-D", home / "data", "-m", "immediate", "-w")


@contextmanager
def pgbouncer(dsn: str) -> Iterator[int]:
    """A PgBouncer before this database: as `shared` in transaction mode, `own` in session mode."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        missing("pgbouncer is not installed (apt-get install pgbouncer)")
    parts = conninfo_to_dict(dsn)
    place = f"host={parts['host']} port={parts['port']} dbname={parts['dbname']}"
    with tempfile.TemporaryDirectory(prefix="rpbouncer-") as name:
        home, port = Path(name), free_port()
        (home / "users.txt").write_text(f'"{SUPERUSER}" ""\n')
        (home / "ini").write_text(
            f"[databases]\nshared = {place} pool_mode=transaction\n"
            f"own = {place} pool_mode=session\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = trust\n"
            f"auth_file = {home}/users.txt\nunix_socket_dir =\nlogfile = {home}/log\n"
        )
        _own(home, home / "users.txt", home / "ini")
        process = subprocess.Popen(
            [str(program), "-q", str(home / "ini")], cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **account().popen(),  # type: ignore[call-overload]
        )  # fmt: skip
        try:
            _wait_for(make_conninfo(host="127.0.0.1", port=port, user=SUPERUSER, dbname="shared"))
            yield port
        finally:
            process.terminate()
            process.wait(SECONDS)


@contextmanager
def replica(primary: Server, folder: Path) -> Iterator[Server]:
    """A streaming replica of this server."""
    copy = Server(
        folder,
        settings={"primary_conninfo": primary.dsn("replication"), "hot_standby": "on"},
    )
    folder.mkdir(mode=0o755)
    _own(folder)
    programs.call(
        "pg_basebackup", "-D", str(copy.data), "-d", primary.dsn(), "-R", "-X", "stream",
        "--checkpoint=fast", "--no-sync",
    )  # fmt: skip
    (folder / "ready").touch()
    try:
        with copy:
            yield copy
    finally:
        copy.destroy()


def _wait_for(dsn: str) -> None:
    give_up = time.monotonic() + SECONDS
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
