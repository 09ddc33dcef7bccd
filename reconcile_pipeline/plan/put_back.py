"""SQL that puts objects back as production has them, after a step has altered or dropped them.

What a statement will leave is not known to the byte when a plan is made. But where it alters a
facet, say a default, the SQL that gives the facet production's value is the same whatever it was
before. So the writer is asked for the way from a production in which that facet is another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconcile_pipeline.attribution.model import EffectVerdict
from reconcile_pipeline.catalog.model import Change, Kind, ObjectId, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.write import write_changes

_ROUTINE = frozenset(
    {"definition", "body", "volatility", "strict", "leakproof", "security_definer", "parallel",
     "cost", "rows", "config", "comment"}
)  # fmt: skip
#: Facets whose SQL does not depend on what they were. That of privileges does.
_PLAIN: Mapping[Kind, frozenset[str]] = {
    Kind.TABLE: frozenset({"rls", "rls_forced", "comment"}),
    Kind.COLUMN: frozenset({"default", "not_null", "comment"}),
    Kind.POLICY: frozenset({"roles", "using", "check", "command", "permissive", "comment"}),
    Kind.TRIGGER: frozenset({"definition", "function", "comment"}),
    Kind.FUNCTION: _ROUTINE,
    Kind.PROCEDURE: _ROUTINE,
    Kind.VIEW: frozenset({"definition", "options", "comment"}),
}
#: What can be made anew without a row that anybody would miss.
_ROWLESS = frozenset(
    {Kind.POLICY, Kind.TRIGGER, Kind.FUNCTION, Kind.PROCEDURE, Kind.INDEX, Kind.CONSTRAINT,
     Kind.VIEW, Kind.STATISTICS, Kind.RULE}
)  # fmt: skip
#: What can be led back where it was made anew by the same name, whatever its shape is then.
REMADE = frozenset({Kind.POLICY, Kind.TRIGGER})
_CHANGED = "reconcile_other"


def put_back(effects: Sequence[EffectVerdict], production: Snapshot) -> tuple[str, ...] | None:
    """The SQL, for objects that production has now; None where no SQL is sure to lead back."""
    made = {e.identity for e in effects if e.change is Change.CREATED}
    current = production
    touched: list[ObjectId] = []
    for effect in effects:
        id = ObjectId(Kind(effect.kind), effect.identity)
        if effect.change is Change.CREATED or id not in production:
            continue
        if effect.change is Change.DROPPED:
            if id.kind not in _ROWLESS:
                return None
            if effect.identity not in made:
                current = _without(current, id)
            elif id.kind in REMADE:
                current = _otherwise(current, id, tuple(_PLAIN[id.kind] - {"comment"}))
            else:
                return None
        elif id in current:
            plain = _PLAIN.get(id.kind, frozenset({"comment"}))
            if not effect.facets or not plain.issuperset(effect.facets):
                return None
            current = _otherwise(current, id, effect.facets)
        touched.append(id)
    if not touched:
        return ()
    changes = write_changes(current, production, touched)
    return None if changes.declined else changes.sql


def _without(snapshot: Snapshot, id: ObjectId) -> Snapshot:
    rows = snapshot.kinds[id.kind]
    left = {name: values for name, values in rows.objects.items() if name != id.identity}
    return _with(snapshot, id.kind, replace(rows, objects=left))


def _otherwise(snapshot: Snapshot, id: ObjectId, facets: Sequence[str]) -> Snapshot:
    rows = snapshot.kinds[id.kind]
    values = tuple(
        _other(value) if name in facets else value
        for name, value in zip(rows.facets, rows.objects[id.identity], strict=True)
    )
    return _with(snapshot, id.kind, replace(rows, objects={**rows.objects, id.identity: values}))


def _with(snapshot: Snapshot, kind: Kind, rows: Rows) -> Snapshot:
    return replace(snapshot, kinds={**snapshot.kinds, kind: rows})


def _other(value: Scalar) -> Scalar:
    if isinstance(value, bool):
        return not value
    return f"{value or ''}{_CHANGED}"
