"""The way back of an applied plan, and taking it, for the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from reconcile_pipeline.apply.approval import approve
from reconcile_pipeline.apply.facts import gather
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.undo import Undone, UndoResult, undo_plan
from reconcile_pipeline.apply.undo_plan import make_undo
from reconcile_pipeline.plan.model import Plan


def way_back(asked: Request) -> Plan:
    """The undo's plan for production as it is."""
    with psycopg.connect(asked.dsn, autocommit=True) as connection:
        facts = gather(
            connection, asked.target, asked.fingerprint, lambda: asked.inventory().sha256
        )
        return make_undo(
            asked.plan, asked.run_folder, asked.root, connection, facts,
            leads_to=asked.plan.fingerprint,
        )  # fmt: skip


def undo(asked: Request, plan: Plan, folder: Path, **more: Any) -> UndoResult:
    """Carry it out, approved."""
    given: dict[str, Any] = {"approval": approve(plan, person="Ada"), **more}
    again = replace(asked, plan=plan, run_folder=folder, history=None, admins=(), **given)
    return undo_plan(again, Undone(asked.plan, asked.run_folder))
