"""SQL that makes, changes and removes objects: from facets to statements, without a database."""

from reconcile_pipeline.catalog.write.changes import create_objects, write_change, write_changes
from reconcile_pipeline.catalog.write.model import Changes, Declined, Options, Statement

__all__ = [
    "Changes",
    "Declined",
    "Options",
    "Statement",
    "create_objects",
    "write_change",
    "write_changes",
]
