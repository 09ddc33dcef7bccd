"""The worse world from end to end: what people changed by hand becomes part of the directory."""

from __future__ import annotations

from pathlib import Path

import psycopg

from reconcile_pipeline.config import Target
from reconcile_pipeline.flow.apply import apply_plan
from reconcile_pipeline.flow.approve import approve_plan, could_lose_data
from reconcile_pipeline.flow.plan import make_and_write_plan
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.answers import findings
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline.story.worse import build_worse


def test_it_is_in_step_afterwards_and_nothing_is_lost(server: Server, tmp_path: Path) -> None:
    name = "flow_worse"
    build_worse(server, name, tmp_path / "migrations")
    target = ResolvedTarget(
        name,
        Target.model_validate({}),
        server.dsn(name, "postgres"),
        tmp_path / "migrations",
        tmp_path / "evidence",
    )
    try:
        planned = make_and_write_plan(target)
        assert planned.push is not None
        assert planned.push.command.startswith("supabase migration repair --status reverted 015")
        assert {s.file for s in planned.push.at_stake} == {"014_forget_the_old_help_desk.sql"}
        assert not could_lose_data(planned.plan)
        answered = {answer for step in planned.plan.steps for answer in step.answers}
        assert set(findings(planned.scan.report)) <= answered | planned.plan.declined.keys()
        assert planned.rehearsal.held, planned.rehearsal.problems
        approve_plan(target, planned.run, "Ada")
        applied = apply_plan(target, planned.run)
        assert [(p.name, p.reasons) for p in applied.promises if not p.held] == []
        assert applied.ok
        assert planned.plan.forget == ("008",)
        assert len(applied.facts.adopted) == len(planned.scan.report.unexplained)
        with psycopg.connect(target.dsn) as connection:
            found = connection.execute(
                "SELECT (SELECT count(*) FROM public.comments WHERE hidden),"
                " to_regclass('public.import_batches') IS NOT NULL,"
                " to_regclass('public.import_scratch') IS NOT NULL"
            ).fetchone()
        assert found == (1, True, True)  # 014 never ran, and what was made by hand is still there
        quarantined = {p.name[:3] for p in (tmp_path / "migrations.quarantine").glob("*.sql")}
        assert quarantined == {"008", "013", "014"}
    finally:
        drop_database(server, name)
