"""A fingerprint that is asked for again is the one that reading everything gives."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.flow.fingerprints import Fingerprints
from reconcile_pipeline.flow.identity import fingerprint_of

CHANGES = (
    "ALTER TABLE public.t ADD COLUMN more text DEFAULT 'x'",
    "CREATE INDEX t_id ON public.t (id)",
    "CREATE POLICY own ON public.t USING (id > 1)",
    "COMMENT ON TABLE public.t IS 'by hand'",
    "GRANT SELECT ON public.t TO PUBLIC",
    "DROP TABLE public.gone",
)


@pytest.fixture
def world(database: str) -> str:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE public.t (id int); CREATE TABLE public.gone (id int)")
    return database


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_transaction_did_and_took_back_and_what_others_do_is_seen(
    world: str, change: str
) -> None:
    fingerprints = Fingerprints("none")
    with psycopg.connect(world) as one, psycopg.connect(world, autocommit=True) as other:
        with one.transaction(force_rollback=True):
            before = fingerprints.now(one)
            one.execute(change)
            within = fingerprints.now(one)
            assert within == fingerprint_of(one, "none") != before
        assert fingerprints.now(one) == before
        one.commit()
        other.execute(change)
        assert fingerprints.now(one) == fingerprints.now(other) == fingerprint_of(one, "none")


def test_an_index_is_left_out_as_if_it_were_not_there(world: str) -> None:
    fingerprints = Fingerprints("none")
    with psycopg.connect(world, autocommit=True) as connection:
        before = fingerprints.now(connection)
        connection.execute("CREATE INDEX t_id ON public.t (id)")
        assert fingerprints.without_index(connection, "public.t_id") == before
        assert fingerprints.now(connection) == fingerprint_of(connection, "none") != before
