"""Production as it was before the files: a base without what they themselves add to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import replace

from reconcile_pipeline.catalog.mentions import names, text
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot

FORMER = "\n-- as it was before the files\n"
#: What belongs to a table and cannot be without the columns and tables that its text names.
_HANGING = frozenset({Kind.CONSTRAINT, Kind.INDEX, Kind.STATISTICS})


def without(
    production: Snapshot, wanted: Set[ObjectId], made: Collection[str], protected: Set[str]
) -> Snapshot:
    """Production without what is `made` by files, short of the `wanted`; raw identities.

    `protected`: tables for which files switch row-level security on. A constraint that the server
    named goes with the column that it came with, a key with the table that it refers to.
    """
    kinds: dict[Kind, Rows] = {}
    for kind, rows in production.kinds.items():
        objects = {
            identity: values
            for identity, values in rows.objects.items()
            if ObjectId(kind, identity) in wanted or identity.partition("(")[0] not in made
        }
        if kind is Kind.TABLE and "rls" in rows.facets:
            place = rows.facets.index("rls")
            for identity in objects.keys() & protected:
                values = objects[identity]
                objects[identity] = (*values[:place], False, *values[place + 1 :])
        kinds[kind] = replace(rows, objects=objects)
    left = replace(production, kinds=kinds)
    gone = _gone(production, left)
    for kind in _HANGING & kinds.keys():
        rows = kinds[kind]
        kinds[kind] = replace(
            rows,
            objects={
                identity: values
                for identity, values in rows.objects.items()
                if not _hangs_on(rows, kind, identity, gone)
            },
        )
    return replace(left, kinds=kinds)


def with_former_texts(base: Snapshot, early: Set[str], texts: Iterable[str]) -> Snapshot:
    """The base with another text for each function whose own text a file gives it.

    Its former text is not known, only that it was another one: else replacing it leaves nothing,
    and nobody could tell that the file ran. `early`: names of functions that files replace;
    `texts`: the files' statements. What is put in is a comment, so that the function works.
    """
    if not early:
        return base
    given = tuple(texts)
    kinds = dict(base.kinds)
    for kind in (Kind.FUNCTION, Kind.PROCEDURE):
        rows = kinds.get(kind)
        if rows is None:
            continue
        body = rows.facets.index("body")
        objects = dict(rows.objects)
        for identity, values in rows.objects.items():
            now = values[body]
            if identity.partition("(")[0] not in early or not isinstance(now, str):
                continue
            if now.strip() and any(now in text for text in given):
                objects[identity] = tuple(
                    value.replace(now, now + FORMER) if isinstance(value, str) else value
                    for value in values
                )
        kinds[kind] = replace(rows, objects=objects)
    return replace(base, kinds=kinds)


def _gone(production: Snapshot, left: Snapshot) -> frozenset[str]:
    """The columns and tables that were taken out, as `table.column` and `schema.table`."""
    return frozenset(
        identity
        for kind in (Kind.COLUMN, Kind.TABLE)
        for identity in production.kinds.get(kind, Rows((), {})).objects
        if identity not in left.kinds[kind].objects
    )


def _hangs_on(rows: Rows, kind: Kind, identity: str, gone: frozenset[str]) -> bool:
    parent = rows.parents.get(identity)
    if parent is None or not gone:
        return False
    facets = dict(zip(rows.facets, rows.objects[identity], strict=True))
    named = names(text(kind, facets))
    return not gone.isdisjoint(named) or any(f"{parent.identity}.{n}" in gone for n in named)
