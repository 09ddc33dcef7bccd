"""Tables that need one another in many ways, and in long rows."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from reconcile_pipeline.attribution.model import MigrationVerdict
from reconcile_pipeline.drift.scan import Scan, scan
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database


def judged(server: Server, tmp_path: Path, files: list[str]) -> Scan:
    """A scan of these files, of which production has run all but the last."""
    name = f"deep_{os.getpid()}"
    for number, text in enumerate(files):
        (tmp_path / f"{number:03d}_t.sql").write_text(text)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        with psycopg.connect(server.dsn(name)) as connection:
            for text in files[:-1]:
                connection.execute(text.encode())
        return scan(name, server.dsn(name), tmp_path)
    finally:
        drop_database(server, name)


def verdicts(found: Scan) -> list[MigrationVerdict]:
    return [m.verdict for m in found.attribution.migrations]


def table(number: int, others: range) -> str:
    """A table that refers to these."""
    columns = "".join(f", r{n} int REFERENCES t{n} (id)" for n in others if n >= 0)
    return f"CREATE TABLE t{number} (id int PRIMARY KEY{columns});\n"


def test_tables_that_refer_to_several_others_took_for_ever(server: Server, tmp_path: Path) -> None:
    # Each way from a table to another was gone anew: twice as long with each table more.
    files = [table(n, range(n - 3, n)) for n in range(30)]
    found = judged(server, tmp_path, files)
    assert verdicts(found) == [MigrationVerdict.APPLIED] * 29 + [MigrationVerdict.NOT_APPLIED]


def test_a_long_row_of_references_ended_in_a_recursion_error(
    server: Server, tmp_path: Path
) -> None:
    files = ["".join(table(n, range(n - 1, n)) for n in range(350)), table(350, range(349, 350))]
    found = judged(server, tmp_path, files)
    assert verdicts(found) == [MigrationVerdict.APPLIED, MigrationVerdict.NOT_APPLIED]
