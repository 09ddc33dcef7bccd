"""Files of which a later one is another version: `010_categories` and `010_categories_fixed`.

Where the first one ran, most of the second fails, and nothing is seen of it. That the first never
ran, and the second did, shows only in a replay without the first.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.migrations.model import Inventory

SHARE = 0.5  # of what a file makes, to be another version of one that makes the same


def versions(inventory: Inventory) -> Mapping[int, tuple[int, ...]]:
    """For each file the earlier ones that make much of what it makes, the nearest first."""
    from reconcile_pipeline.migrations.paths import named_statements

    made: dict[int, set[str]] = {}
    for number, _, found in named_statements(inventory.files):
        made.setdefault(number, set()).update(found.created)
    return {
        number: tuple(
            other
            for other in sorted(made, reverse=True)
            if other < number and names and len(names & made[other]) >= SHARE * len(names)
        )
        for number, names in made.items()
    }
