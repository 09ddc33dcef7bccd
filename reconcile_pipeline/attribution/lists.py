"""Facets that are lists of lines, to which statements add: an enum's labels, an access list.

A replay shows the whole list after a statement; where an earlier one did not run, only what the
statement itself added or took away holds.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconcile_pipeline.catalog.model import Scalar

LISTS = frozenset({"labels", "acl"})


def changed(
    name: str,
    state: Mapping[str, Scalar],
    before: Mapping[str, Scalar],
    after: Mapping[str, Scalar],
) -> Scalar:
    """A facet of `state` after a statement that made `after` of `before`."""
    now, was, became = state.get(name), before.get(name), after[name]
    if name not in LISTS or now == was:
        return became
    if not isinstance(now, str) or not isinstance(was, str) or not isinstance(became, str):
        return became
    old, new = was.split("\n"), became.split("\n")
    kept = [line for line in now.split("\n") if line in new or line not in old]
    for number, line in enumerate(new):
        if line in old or line in kept:
            continue
        place = kept.index(new[number - 1]) + 1 if number and new[number - 1] in kept else len(kept)
        kept.insert(place, line)
    return "\n".join(sorted(kept) if new == sorted(new) and name == "acl" else kept)
