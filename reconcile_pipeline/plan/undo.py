"""What takes a completion back: the objects that it created are dropped again, latest first.

And what tells a plan that takes an earlier one back from every other plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from psycopg import sql

from reconcile_pipeline.attribution.model import EffectVerdict
from reconcile_pipeline.catalog.model import Change, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.plan.model import Plan, StepKind
from reconcile_pipeline.plan.put_back import REMADE, put_back

_RELATIONS = {
    "table": "TABLE", "view": "VIEW", "materialized_view": "MATERIALIZED VIEW", "index": "INDEX",
    "sequence": "SEQUENCE", "foreign_table": "FOREIGN TABLE", "enum": "TYPE", "domain": "DOMAIN",
    "composite_type": "TYPE", "range_type": "TYPE", "statistics": "STATISTICS",
}  # fmt: skip
_ON_TABLE = {"policy": "POLICY", "trigger": "TRIGGER", "rule": "RULE"}
_ROUTINES = {"function": "FUNCTION", "procedure": "PROCEDURE", "aggregate": "AGGREGATE"}


#: Details of an undo's steps: the plan, the fingerprint before it, the last line of its journal.
UNDOES, LEADS_TO, ENDED = "undoes", "leads_to", "journal"


def undoes(plan: Plan) -> str:
    """The hash of the plan that this one takes back; empty for every other plan."""
    for step in plan.steps:
        if step.kind is StepKind.UNDO:
            return str((step.details or {}).get(UNDOES, ""))
    return ""


def undo_of(
    effects: Sequence[EffectVerdict], production: Snapshot, calls: Sequence[str] = ()
) -> tuple[str, ...]:
    """SQL that puts back what these effects altered or dropped, then drops what they created,
    without CASCADE: it refuses to take more along. All of it or nothing: empty where something is
    not sure to be led back.

    `calls`: the SQL of triggers that the same file makes on the platform's tables. Those belong to
    another owner, so such a trigger goes with the function that it calls, whose drop then cascades.
    """
    back = put_back(effects, production)
    if back is None:
        return ()
    dropped = {(e.kind, e.identity) for e in effects if e.change is Change.DROPPED}
    created = [
        e
        for e in effects
        if e.change is Change.CREATED
        and not (e.kind in REMADE and (e.kind, e.identity) in dropped)  # is put back already
    ]
    tables = {e.identity for e in created if e.kind == "table"}
    found: dict[str, None] = dict.fromkeys(back)
    for effect in reversed(created):
        if text := _drop(effect, tables, calls):
            found[text] = None
    return tuple(found)


def _drop(effect: EffectVerdict, tables: Iterable[str], calls: Sequence[str]) -> str:
    parts = effect.identity.split(".")
    if effect.kind in _RELATIONS and len(parts) == 2:
        return f"DROP {_RELATIONS[effect.kind]} IF EXISTS {_name(parts)}"
    if effect.kind in _ROUTINES:
        head, _, arguments = effect.identity.partition("(")
        name = _name(head.split(".", 1))
        called = any(_calls(text, head.rpartition(".")[2]) for text in calls)
        cascade = " CASCADE" if called and effect.kind == "function" else ""
        return f"DROP {_ROUTINES[effect.kind]} IF EXISTS {name}({arguments}{cascade}"
    if len(parts) < 3 or ".".join(parts[:2]) in tables:
        return ""  # goes with its table
    table, own = _name(parts[:2]), _name([".".join(parts[2:])])
    if effect.kind == "trigger" and parts[0] in MANAGED_SCHEMAS:
        return ""
    if effect.kind in _ON_TABLE:
        return f"DROP {_ON_TABLE[effect.kind]} IF EXISTS {own} ON {table}"
    if effect.kind == "column":
        return f"ALTER TABLE {table} DROP COLUMN IF EXISTS {own}"
    if effect.kind == "constraint":
        return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {own}"
    return ""


def _calls(text: str, function: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(function)}(?!\w)", text, re.IGNORECASE) is not None


def _name(parts: Sequence[str]) -> str:
    return sql.Identifier(*parts).as_string(None)
