"""What differs between two snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from operator import ne

from reconcile_pipeline.catalog.model import (
    Change,
    Difference,
    Kind,
    ObjectId,
    Rows,
    Scalar,
    Snapshot,
)
from reconcile_pipeline.catalog.normalize import MAINTAIN_SINCE, without_maintain

_EMPTY = Rows((), {})
POSITION = "position"


def compare(before: Snapshot, after: Snapshot) -> tuple[Difference, ...]:
    """Every object that was created, altered or dropped, sorted by kind and identity.

    Columns are not told to differ for moving up when another column went: only those whose order
    among the columns that both tables have is another. Between a server older than 17 and a newer
    one the privilege MAINTAIN, which the older does not know, does not count.
    """
    versions = sorted((before.server_version_num, after.server_version_num))
    if versions[0] < MAINTAIN_SINCE <= versions[1]:
        before, after = without_maintain(before), without_maintain(after)
    found: list[Difference] = []
    for kind in Kind:
        old = before.kinds.get(kind, _EMPTY)
        new = after.kinds.get(kind, _EMPTY)
        if old is new or (old.objects == new.objects and old.facets == new.facets):
            continue
        found += _kind(kind, old, new)
    unreadable = {id for id, _ in (*before.unreadable, *after.unreadable)}
    if unreadable:  # what one side could not read is not known to differ
        found = [difference for difference in found if difference.id not in unreadable]
    return tuple(sorted(found, key=lambda difference: difference.id))


def _kind(kind: Kind, old: Rows, new: Rows) -> Iterator[Difference]:
    changed = _changed(old, new)
    moved = _moved(old, new, changed) if kind is Kind.COLUMN else None
    dropped = 0
    for identity in changed:
        values, other = old.objects[identity], new.objects.get(identity)
        if other is None:
            dropped += 1
            facets = dict(zip(old.facets, values, strict=True))
            yield Difference(
                ObjectId(kind, identity), Change.DROPPED, facets, None, old.facets,
                old.parents.get(identity),
            )  # fmt: skip
            continue
        left = dict(zip(old.facets, values, strict=True))
        right = dict(zip(new.facets, other, strict=True))
        names = tuple(
            name
            for name in {**left, **right}
            if left.get(name) != right.get(name) and (moved is None or name != POSITION)
        )
        if moved is not None and identity in moved:
            names = (POSITION, *names)
        if names:
            yield Difference(
                ObjectId(kind, identity), Change.ALTERED, left, right, names,
                new.parents.get(identity),
            )  # fmt: skip
    if len(new.objects) == len(old.objects) - dropped:
        return
    for identity, values in new.objects.items():
        if identity not in old.objects:
            facets = dict(zip(new.facets, values, strict=True))
            yield Difference(
                ObjectId(kind, identity), Change.CREATED, None, facets, new.facets,
                new.parents.get(identity),
            )  # fmt: skip


def _changed(old: Rows, new: Rows) -> list[str]:
    """The old one's objects that the new one lacks, or has with other facets."""
    if old.facets != new.facets:
        return list(old.objects)
    others = map(new.objects.get, old.objects)
    return list(compress(old.objects, map(ne, old.objects.values(), others)))


def _moved(old: Rows, new: Rows, changed: Iterable[str]) -> frozenset[str]:
    """Columns whose place among the columns common to both tables is another."""
    if POSITION not in old.facets or POSITION not in new.facets:
        return frozenset()
    was, now = old.facets.index(POSITION), new.facets.index(POSITION)
    tables = {
        new.parents[identity]
        for identity in changed
        if (values := new.objects.get(identity)) is not None
        and old.objects[identity][was] != values[now]
    }
    if not tables:
        return frozenset()
    common: dict[ObjectId, list[tuple[Scalar, Scalar, str]]] = {table: [] for table in tables}
    for identity, values in new.objects.items():
        if (columns := common.get(new.parents[identity])) is not None and (
            before := old.objects.get(identity)
        ) is not None:
            columns.append((values[now], before[was], identity))
    moved: list[str] = []
    for columns in common.values():
        columns.sort()
        ranks = [int(rank or 0) for _, rank, _ in columns]
        kept = _longest_rise(ranks)
        moved += [columns[i][2] for i in range(len(columns)) if i not in kept]
    return frozenset(moved)


def _longest_rise(ranks: Sequence[int]) -> frozenset[int]:
    """Indexes of the longest rising subsequence; of several, the one that begins earliest.

    Earliest, because a column is only ever added at the end: the one that moved comes late.
    """
    length = [1] * len(ranks)  # of the longest rise that starts here
    for i in range(len(ranks) - 1, -1, -1):
        length[i] += max(
            (length[j] for j in range(i + 1, len(ranks)) if ranks[j] > ranks[i]), default=0
        )
    kept: list[int] = []
    left = max(length, default=0)
    for i, rank in enumerate(ranks):
        if length[i] == left and (not kept or rank > ranks[kept[-1]]):
            kept.append(i)
            left -= 1
    return frozenset(kept)
