"""What a plan says of its locks, beside what the server holds."""

from __future__ import annotations

import psycopg
import pytest

from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.flow.rehearsal.locks import Recorder
from reconcile_pipeline.plan.locks import locks_of_step

WORLD = """
CREATE TABLE parted (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX parted_id ON parted (id);
CREATE TABLE plain (id int);
CREATE INDEX plain_id ON plain (id);
"""


@pytest.mark.parametrize(
    ("earlier", "sql"),
    [
        ("SELECT", "DROP INDEX public.parted_id"),  # its partitions were not named
        ("SELECT", "CREATE INDEX parted_at ON public.parted (at)"),
        ("ALTER INDEX public.plain_id RENAME TO plain_id__before",
         "DROP INDEX public.plain_id__before"),
    ],
)  # fmt: skip
def test_no_lock_is_taken_that_the_plan_does_not_say(database: str, earlier: str, sql: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(WORLD)
        said = locks_of_step([sql], read(connection), earlier=[earlier])
        connection.execute(earlier.encode())
        recorder = Recorder(connection)
        recorder.begin()
        with connection.transaction():
            connection.execute(sql.encode())
            recorder.look()
    assert recorder.seen
    assert recorder.unforeseen(said) == {}
