"""Production in the shadow server's own words, where the two are of different major versions.

Servers of different versions print views, policies, defaults and checks differently, so
production's structure is copied into a database on the shadow server and read there.
What a dump does not carry (settings, roles, validity) is taken from production's own catalog.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from reconcile_pipeline.catalog.model import Kind, Rows, Scalar, Snapshot
from reconcile_pipeline.shadow.clone import dump, restore
from reconcile_pipeline.shadow.database import ShadowDatabase

#: Kinds that a dump of one database's structure does not carry.
_NOT_DUMPED = (
    Kind.DATABASE_SETTING,
    Kind.ROLE_SETTING,
    Kind.ROLE,
    Kind.EXTENSION,
    Kind.USER_MAPPING,
)

#: Facets that a restore sets anew.
_STATE = ("valid", "index_valid", "not_null_validated")


def majors_differ(a: int, b: int) -> bool:
    """Whether two server_version_num are of different major versions."""
    return a // 10000 != b // 10000


def in_shadows_words(
    database: ShadowDatabase, direct: Snapshot, dsn: str
) -> tuple[Snapshot, tuple[str, ...]]:
    """Production's snapshot as the shadow's server prints it, with notes on what was not copied.

    `direct`: the snapshot that production's own server gave.
    """
    clone = replace_database(database, f"reconcile_clone_{secrets.token_hex(4)}")
    errors = restore(clone.cluster.dsn(clone.name), dump(dsn))
    with clone.cluster.connect_admin(clone.name) as connection:
        copied = clone.read(connection)
    kinds: dict[Kind, Rows] = {}
    for kind, rows in direct.kinds.items():
        there = copied.kinds.get(kind)
        if there is None or kind in _NOT_DUMPED:
            kinds[kind] = rows
        else:
            kinds[kind] = _patched(rows, there)
    failed = len([e for e in errors if "already exists" not in e])
    notes = (
        (f"Copying production's structure to compare it met {failed} errors; the objects concerned "
         "are compared in production's own words.",)
        if failed and _missing(direct, copied)
        else ()
    )  # fmt: skip
    return replace(direct, kinds=kinds), notes


def replace_database(database: ShadowDatabase, name: str) -> ShadowDatabase:
    """Another, empty database beside the shadow, read in the same way."""
    database.cluster.create_database(name)
    return replace(database, name=name)


def _patched(direct: Rows, copied: Rows) -> Rows:
    """The copy's text for every object of production's; its own where the copy lacks it."""
    objects: dict[str, tuple[Scalar, ...]] = {}
    for identity, values in direct.objects.items():
        other = copied.objects.get(identity)
        if other is None or direct.facets != copied.facets:
            objects[identity] = values
            continue
        objects[identity] = tuple(
            own if name in _STATE else theirs
            for name, own, theirs in zip(direct.facets, values, other, strict=True)
        )
    return replace(direct, objects=objects)


def _missing(direct: Snapshot, copied: Snapshot) -> bool:
    return any(
        not rows.objects.keys() <= copied.kinds.get(kind, Rows((), {})).objects.keys()
        for kind, rows in direct.kinds.items()
        if kind not in _NOT_DUMPED
    )
