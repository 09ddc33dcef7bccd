"""The lineage of a scan: each object with the files, or the hands, that made it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reconcile_pipeline.attribution.model import HandChange, MigrationVerdict
from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.drift.model import MigrationFinding
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.drift.tables import LIVE
from reconcile_pipeline.flow.blame import Blame, Maker, blame_all
from reconcile_pipeline.flow.lineage.columns import view_sources
from reconcile_pipeline.flow.lineage.model import (
    Column,
    Lineage,
    LineageObject,
    Making,
    Source,
)

#: What gets a node of its own, in this order; all else is a part of one of these.
RELATIONS = (Kind.TABLE, Kind.FOREIGN_TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW)
NODES = (*RELATIONS, Kind.FUNCTION, Kind.PROCEDURE, Kind.POLICY)
_VIEWS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW})

_STATE: Mapping[MigrationVerdict, str] = {
    MigrationVerdict.APPLIED: "live",
    MigrationVerdict.APPLIED_CHANGED: "live",
    MigrationVerdict.SUPERSEDED: "live",
    MigrationVerdict.PARTIAL: "partial",
    MigrationVerdict.NOT_APPLIED: "absent",
    MigrationVerdict.UNVERIFIABLE: "unverifiable",
}
_HANDS: Mapping[Maker, str] = {
    Maker.ADDED_BY_HAND: HandChange.ADDED.value,
    Maker.REMOVED_BY_HAND: HandChange.REMOVED.value,
    Maker.CHANGED_BY_HAND: HandChange.CHANGED.value,
}


def build_lineage(scan: Scan, owners: Iterable[str] = ()) -> Lineage:
    """Everything the scan knows of who made what. Of `owners` only teams are kept: no address."""
    snapshot = scan.production.snapshot
    parts: dict[ObjectId, list[Blame]] = defaultdict(list)
    gone = []
    for found in blame_all(scan):
        if found.maker is Maker.REMOVED_BY_HAND and found.id.kind in NODES:
            gone.append(str(found.id))
        if (node := _node_of(snapshot, found.id)) is not None:
            parts[node].append(found)
    relations = _relations(snapshot)
    return Lineage(
        scan.target,
        snapshot.database,
        scan.production.fingerprint,
        tuple(owner for owner in owners if owner.startswith("team:")),
        tuple(_source(finding) for finding in scan.report.migrations if finding.report),
        tuple(
            _object(snapshot, id, parts[id], relations)
            for id in sorted(parts, key=lambda id: (NODES.index(id.kind), id.identity))
        ),
        tuple(sorted(gone)),
    )


def _node_of(snapshot: Snapshot, id: ObjectId) -> ObjectId | None:
    """The node that an object of production is, or belongs to."""
    seen: set[ObjectId] = set()
    each: ObjectId | None = id
    while each is not None and each not in seen:
        if each.kind in NODES:
            return each if each in snapshot else None
        seen.add(each)
        each = snapshot.parent(each)
    return None


def _object(
    snapshot: Snapshot, id: ObjectId, parts: list[Blame], relations: Mapping[str, tuple[str, ...]]
) -> LineageObject:
    own = next((part for part in parts if part.id == id), None)
    reads, columns = _columns(snapshot, id, relations)
    parent = snapshot.parent(id)
    return LineageObject(
        id.kind.value,
        id.identity,
        (own.maker if own else Maker.PLATFORM).value,
        tuple(_makings(parts)),
        tuple(_hands(id, parts)),
        parent.identity if parent and id.kind is Kind.POLICY else "",
        columns,
        reads,
    )


def _makings(parts: list[Blame]) -> Iterable[Making]:
    lines: dict[str, set[int]] = defaultdict(set)
    facets: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for place in part.made_by:
            lines[place.file].add(place.line)
            facets[place.file].update(place.facets)
    for file in sorted(lines):
        yield Making(file, tuple(sorted(lines[file])), tuple(sorted(facets[file])))


def _hands(id: ObjectId, parts: list[Blame]) -> Iterable[str]:
    """What somebody did to the object, and to parts that did not come and go with it."""
    whole = any(part.id == id and part.maker is Maker.ADDED_BY_HAND for part in parts)
    for part in parts:
        change = _HANDS.get(part.maker)
        if change is None or (whole and part.id != id):
            continue
        facets = f" ({', '.join(part.by_hand)})" if part.by_hand else ""
        kind = part.id.kind.value.replace("_", " ")
        yield f"{kind} {part.id.identity}: {change}{facets}"


def _relations(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """Identity -> columns in order, of tables and views."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for kind in RELATIONS:
        rows = snapshot.kinds.get(kind)
        for identity in rows.objects if rows else ():
            found[identity] = []
            for place, (name, _) in enumerate(_view_columns(snapshot, ObjectId(kind, identity))):
                found[identity].append((place, name))
    rows = snapshot.kinds.get(Kind.COLUMN)
    if rows is not None:
        place = rows.facets.index("position")
        for identity, values in rows.objects.items():
            parent = rows.parents[identity].identity
            name = identity.removeprefix(f"{parent}.")
            found[parent].append((int(values[place] or 0), name))
    return {identity: tuple(name for _, name in sorted(c)) for identity, c in found.items()}


def _columns(
    snapshot: Snapshot, id: ObjectId, relations: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[Column, ...]]:
    """What a view reads, and the columns of a table or view."""
    if id.kind in _VIEWS:
        found = snapshot.get(id)
        definition = str(found.facets.get("definition") or "") if found else ""
        reads, outputs = view_sources(definition, relations)
        origins = [sorted(where) for _, where in outputs]
        named = _view_columns(snapshot, id)
        return reads, tuple(
            Column(name, type, tuple(origins[n]) if n < len(origins) else ())
            for n, (name, type) in enumerate(named)
        )
    columns = []
    for name in relations.get(id.identity, ()) if id.kind in RELATIONS else ():
        column = snapshot.get(ObjectId(Kind.COLUMN, f"{id.identity}.{name}"))
        columns.append(Column(name, str(column.facets.get("type")) if column else ""))
    return (), tuple(columns)


def _view_columns(snapshot: Snapshot, id: ObjectId) -> list[tuple[str, str]]:
    """Name and type of a view's columns; a name in quotes loses them."""
    found = snapshot.get(id)
    lines = str((found.facets.get("columns") if found else None) or "").splitlines()
    named = []
    for line in lines:
        if line.startswith('"'):
            name, _, type = line[1:].replace('""', "\0").partition('" ')
            named.append((name.replace("\0", '"'), type))
        else:
            name, _, type = line.partition(" ")
            named.append((name, type))
    return named


def _source(finding: MigrationFinding) -> Source:
    report = finding.report
    assert report is not None
    live = sum(1 for statement in report.statements if statement.verdict in LIVE)
    return Source(
        report.path, finding.version or "", finding.name, report.verdict.value,
        finding.finding.value, _STATE[report.verdict], live, len(report.statements),
    )  # fmt: skip
