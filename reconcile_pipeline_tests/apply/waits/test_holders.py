"""A step that does not get its lock says who has it."""

from __future__ import annotations

import psycopg

from reconcile_pipeline.apply.waits.holders import holders
from reconcile_pipeline.shadow.servers.server import temporary


def test_a_step_that_did_not_get_its_lock_left_it_to_the_reader_to_find_out_why() -> None:
    with temporary(settings={"max_prepared_transactions": "2"}) as server:
        dsn = server.dsn()
        with (
            psycopg.connect(dsn, autocommit=True) as connection,
            psycopg.connect(dsn) as idle,
            psycopg.connect(dsn) as prepared,
        ):
            connection.execute('CREATE TABLE notes (id int); CREATE TABLE "a b" (id int)')
            assert holders(connection, ["public.notes"]) == ""
            idle.execute("SELECT FROM notes")
            prepared.execute('LOCK TABLE "a b"')
            prepared.execute("PREPARE TRANSACTION 'left behind'")
            said = holders(connection, ["public.notes"])
            pid = idle.info.backend_pid
            assert said.startswith(f"Locked by session {pid} ({idle.info.user}, idle in")
            left = holders(connection, ["public.a b"])
            assert left.startswith("Locked by the prepared transaction 'left behind' for ")
            connection.execute("ROLLBACK PREPARED 'left behind'")
