"""The real Supabase CLI, where it is installed: `npm i supabase` at the repository's top.

Run as a module, it records again what the CLI writes for `cases/*.sql`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from reconcile_pipeline.shadow.servers.server import temporary

CASES = Path(__file__).parent / "cases"
TOP = Path(__file__).parents[2]


def find_cli() -> str | None:
    """The CLI's path: SUPABASE_CLI, or node_modules at the top, or on PATH."""
    local = TOP / "node_modules" / ".bin" / "supabase"
    if named := os.environ.get("SUPABASE_CLI"):
        return named
    return str(local) if local.exists() else shutil.which("supabase")


@contextmanager
def server_over_tcp() -> Iterator[str]:
    """URL of a fresh database on 127.0.0.1, whose user `postgres` may do all."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with temporary(port=port) as server:
        password = server.password()
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE ROLE postgres SUPERUSER LOGIN PASSWORD {}").format(password)
            )
        yield server.tcp_dsn("postgres", "postgres", password)


def repair(cli: str, url: str, files: Mapping[str, bytes]) -> None:
    """`supabase migration repair --status applied`; files: VERSION_name.sql -> bytes."""
    with tempfile.TemporaryDirectory() as folder:
        migrations = Path(folder) / "supabase" / "migrations"
        migrations.mkdir(parents=True)
        for name, data in files.items():
            (migrations / name).write_bytes(data)
        versions = [name.split("_")[0] for name in files]
        done = subprocess.run(
            [cli, "migration", "repair", "--status", "applied", f"--remote={url}", *versions,
             "--yes", "--workdir", folder],
            capture_output=True, text=True, cwd=folder, timeout=120,
            env={**os.environ, "HOME": folder, "SUPABASE_TELEMETRY_DISABLED": "1",
                 "DO_NOT_TRACK": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def case_files() -> dict[str, bytes]:
    """The cases as migrations: file name -> bytes."""
    paths = sorted(CASES.glob("*.sql"))
    return {f"{i:03d}_{path.stem}.sql": path.read_bytes() for i, path in enumerate(paths, 1)}


def main() -> None:
    """Write `cases/*.json` anew."""
    cli = find_cli()
    assert cli, "the Supabase CLI is not installed"
    with server_over_tcp() as url:
        repair(cli, url, case_files())
        with psycopg.connect(url) as connection:
            for name, statements in connection.execute(
                "SELECT name, statements FROM supabase_migrations.schema_migrations"
            ):
                text = json.dumps(statements, indent=1, ensure_ascii=True)
                (CASES / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
