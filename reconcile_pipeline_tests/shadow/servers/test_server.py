"""The life of a throwaway server: shared, interrupted, killed, in odd places, and private."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers import binaries
from reconcile_pipeline.shadow.servers.server import MAX_SOCKET_PATH, Server, temporary
from reconcile_pipeline_tests.clients.fixtures import ROOT, free_port

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
OTHER = 54321  # a user id that nobody has


def ask(server: Server, query: str) -> object:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


def test_data_outlives_a_stop_and_a_second_start(home: Path) -> None:
    with Server(home) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        assert server.running()
    assert not server.running()
    with Server(home) as again:
        assert ask(again, "SELECT seven FROM kept") == 7


def test_a_temporary_server_leaves_nothing_behind() -> None:
    with temporary() as server:
        folder = server.directory.parent
        assert ask(server, "SELECT current_user") == "supabase_admin"
    assert not folder.exists()
    assert not server.running()


@pytest.mark.parametrize(
    "name",
    ["a long name " + "x" * MAX_SOCKET_PATH, "sp ace", "com,ma", "quo'te\"s", "back\\n", "äø"],
)
def test_any_folder_name_will_do(place: Path, name: str) -> None:
    server = Server(place / name / "server")
    try:
        with server:
            assert ask(server, "SELECT current_setting('data_directory')") == str(server.data)
            assert server.socket_dir.stat().st_mode & 0o077 == 0
    finally:
        server.destroy()
    assert not server.socket_dir.exists()


def test_a_socket_folder_of_somebody_elses_is_refused(place: Path) -> None:
    server = Server(place / ("x" * MAX_SOCKET_PATH))
    trap = place / "trap"
    trap.mkdir()
    server.socket_dir.symlink_to(trap)
    try:
        with pytest.raises(ShadowError, match="somebody else"):
            server.start()
    finally:
        server.socket_dir.unlink()


def test_settings_reach_the_server_as_they_were_written(home: Path) -> None:
    with Server(home, settings={"cluster_name": r"it's a \n"}) as server:
        assert ask(server, "SELECT current_setting('cluster_name')") == r"it's a \n"


def test_a_setting_that_does_not_exist_is_told_with_postgres_own_words(home: Path) -> None:
    with pytest.raises(ShadowError, match="no_such_setting"):
        Server(home, settings={"no_such_setting": "1"}).start()
    assert not Server(home).running()


def test_only_a_password_opens_the_tcp_port(home: Path) -> None:
    with Server(home, port=free_port()) as server:
        url = server.tcp_dsn("postgres", server.superuser, server.password())
        with psycopg.connect(url) as connection:
            assert connection.info.port == server.port
        assert ask(server, "SELECT 1") == 1  # the socket keeps its name
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.tcp_dsn("postgres", server.superuser, "wrong"))
        assert (home / "password").stat().st_mode & 0o077 == 0


def test_without_a_port_nothing_listens(home: Path) -> None:
    with Server(home) as server:
        assert ask(server, "SELECT current_setting('listen_addresses')") == ""


@as_root
def test_the_servers_account_must_reach_the_folder(place: Path) -> None:
    (place / "private").mkdir(mode=0o700)
    with pytest.raises(ShadowError, match="cannot reach"):
        Server(place / "private" / "server").start()


@as_root
def test_a_umask_of_077_does_not_shut_the_servers_account_out(home: Path) -> None:
    before = os.umask(0o077)
    try:
        with Server(home) as server:
            assert ask(server, "SELECT 1") == 1
    finally:
        os.umask(before)


@as_root
def test_another_user_cannot_connect(home: Path) -> None:
    with Server(home) as server:
        command = [str(binaries.bin_dir() / "psql"), "-XAtc", "SELECT 1", server.dsn()]
        own = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=True,
            **binaries.account().popen(),  # type: ignore[call-overload]
        )  # fmt: skip
        assert own.stdout == "1\n"
        other = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=False,
            user=OTHER, group=OTHER, extra_groups=[],
        )  # fmt: skip
        assert other.returncode == 2
        assert "Permission denied" in other.stderr


@as_root
def test_an_ordinary_user_without_a_home_has_a_server_too(place: Path) -> None:
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = (
        "from reconcile_pipeline.shadow.servers.server import temporary\n"
        "import os, psycopg\n"
        "with temporary() as server, psycopg.connect(server.dsn()) as connection:\n"
        "    print(os.geteuid(), server.data.stat().st_uid, connection.info.server_version)\n"
    )
    nobody = pwd.getpwnam("nobody")
    (place / "tmp").mkdir()
    os.chown(place / "tmp", nobody.pw_uid, nobody.pw_gid)
    packages = os.pathsep.join(path for path in [str(ROOT), *sys.path] if "site-packages" in path)
    for candidate in (sys.executable, f"/usr/bin/{python}"):
        try:
            done = subprocess.run(
                [candidate, "-c", program], cwd="/", capture_output=True, text=True, check=False,
                env={"PYTHONPATH": f"{ROOT}{os.pathsep}{packages}", "TMPDIR": str(place / "tmp")},
                user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
            )  # fmt: skip
        except (PermissionError, FileNotFoundError):
            continue
        if "PermissionError" in done.stderr or "ModuleNotFoundError" in done.stderr:
            continue
        assert done.returncode == 0, done.stderr
        uid, owner, version = done.stdout.split()
        assert uid == owner == str(nobody.pw_uid)
        assert version.startswith("18")
        return
    pytest.skip("an ordinary user cannot reach this Python or its packages")


def test_a_server_starts_before_the_driver_is_imported() -> None:
    code = (
        "import sys, reconcile_pipeline.cli.scanned, reconcile_pipeline.shadow.servers.bounds\n"
        "print([name for name in ('psycopg', 'pydantic', 'pglast') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_what_the_environment_says_of_production_kept_us_out_of_our_own_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGOPTIONS": "-c default_transaction_read_only=on",
        "PGHOSTADDR": "192.0.2.1",
        "PGCHANNELBINDING": "require",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGTARGETSESSIONATTRS": "read-only",
        "PGSSLMODE": "verify-full",
    }.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(server.dsn(), connect_timeout=5) as connection:
        connection.execute("CREATE TEMPORARY TABLE written (id int)")
