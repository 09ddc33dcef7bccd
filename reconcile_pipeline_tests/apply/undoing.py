"""The way back of an applied plan, and taking it, for the tests.

Also a program: `python -m reconcile_pipeline_tests.apply.undoing DSN FOLDER KILL` carries out the
undo in FOLDER/undo.json of the plan in FOLDER/plan.json, and kills itself as `world` does.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from reconcile_pipeline.apply.approval import approve
from reconcile_pipeline.apply.facts import gather
from reconcile_pipeline.apply.request import Request
from reconcile_pipeline.apply.undo.plan import make_undo
from reconcile_pipeline.apply.undo.take_back import Undone, UndoResult, undo_plan
from reconcile_pipeline.plan.codec import plan_from_json
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline_tests.apply.world import die_at, request


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


def main() -> None:
    """See the module's docstring."""
    dsn, folder, when = sys.argv[1:]
    root = Path(folder)
    asked = request(dsn, root, plan_from_json((root / "plan.json").read_text()))
    back = plan_from_json((root / "undo.json").read_text())
    die_at(abs(int(when)), after=int(when) > 0)
    undo(asked, back, root / "undo")


if __name__ == "__main__":
    main()
