"""What is granted by default: no statement says it of the tables that get it.

A file grants by default in a schema, and that part of it never ran: then nothing that later files
make there has the grant. Seen one by one, each was taken away by hand; a replay of the file without
that part tells otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.timeline.alter import EVERYWHERE, granted_in
from reconcile_pipeline.catalog.model import Kind, ObjectId


def defaults_in_doubt(entries: Iterable[Unexplained]) -> frozenset[ObjectId]:
    """The default privileges that are not explained themselves, where of other objects in their
    schema nothing is unexplained but who may use them."""
    defaults: set[ObjectId] = set()
    schemas: set[str] = set()
    for entry in entries:
        if entry.id.kind is Kind.DEFAULT_PRIVILEGES:
            defaults.add(entry.id)
        elif entry.change is HandChange.CHANGED and entry.facets == ("acl",):
            schemas.add(entry.id.identity.partition(".")[0])
    if not schemas:
        return frozenset()
    return frozenset(id for id in defaults if granted_in(id) in {*schemas, EVERYWHERE})
