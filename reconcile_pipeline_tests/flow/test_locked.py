"""Somebody holds a table for a while: what cannot be read meanwhile has not changed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.identity import identify
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline_tests.flow.doctor.servers import target

MADE = "CREATE TABLE public.one (id int); CREATE VIEW public.seen AS SELECT id FROM public.one;"


def test_a_lock_passed_for_a_change_of_production(database: str, tmp_path: Path) -> None:
    with (
        psycopg.connect(database, autocommit=True) as production,
        psycopg.connect(database) as holder,
    ):
        production.execute(MADE.encode())
        before = identify(target(database, tmp_path)).fingerprint
        holder.execute("LOCK TABLE public.one IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TargetError, match="holds a lock"):
            identify(target(database, tmp_path))
        with pytest.raises(TargetError, match="holds a lock"):
            make_and_write_plan(target(database, tmp_path))
        holder.rollback()
        assert identify(target(database, tmp_path)).fingerprint == before
