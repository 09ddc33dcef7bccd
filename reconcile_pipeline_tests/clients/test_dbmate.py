"""dbmate's own client as the judge of what we write into its history and leave in its directory."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.migrations.layouts import as_file
from reconcile_pipeline.migrations.model import Layout
from reconcile_pipeline_tests.clients.dbmate import Dbmate
from reconcile_pipeline_tests.flow.test_round import carry_out, in_layout, target


def test_dbmate_has_nothing_left_to_run_and_replays_to_production(
    tcp_url: str, tmp_path: Path
) -> None:
    # Its history's table counted as made by hand, and went into the reconciliation migration.
    first = tmp_path / "first" / "001_init.sql"
    first.parent.mkdir()
    first.write_text(as_file(Layout.DBMATE, "-- the client makes its table and records 001"))
    Dbmate(first.parent).up(tcp_url)
    made = target(tcp_url, tmp_path, in_layout(Layout.DBMATE))
    client = Dbmate(made.directory)
    assert client.pending(tcp_url) == ("002_notes.sql", "003_never.sql")

    done = carry_out(made)

    assert (done.plan.record, done.plan.forget) == (("002", "004"), ())
    assert client.pending(tcp_url) == client.up(tcp_url) == ()
    with psycopg.connect(tcp_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE replayed TEMPLATE template0")
        try:
            again = f"{tcp_url.rpartition('/')[0]}/replayed"
            assert len(client.up(again)) == 3  # the marker among them
            with psycopg.connect(again) as replayed:
                assert compare(read(connection), read(replayed)) == ()
        finally:
            connection.execute("DROP DATABASE replayed WITH (FORCE)")
