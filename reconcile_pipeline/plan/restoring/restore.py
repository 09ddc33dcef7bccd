"""Restore: SQL that puts objects which people changed by hand back to what the files say.

Only on request, object by object. What rows a step may take along is announced, and the rehearsal
proves that nothing else differs afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from reconcile_pipeline.attribution.model import Unexplained
from reconcile_pipeline.catalog.model import ObjectId, Snapshot
from reconcile_pipeline.catalog.write import Changes, write_changes
from reconcile_pipeline.catalog.write.overlay import overlay, with_parts
from reconcile_pipeline.config import Target
from reconcile_pipeline.drift.scan import Scan
from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.plan.model import Step
from reconcile_pipeline.plan.restoring.parts import Part
from reconcile_pipeline.plan.restoring.steps import parts_of, restore_steps
from reconcile_pipeline.plan.restoring.together import with_consequences

EVERYTHING = "all"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Restoration:
    """`restored`: the objects that the steps put back. `declined`: object -> why it stays."""

    steps: tuple[Step, ...] = ()
    restored: frozenset[ObjectId] = frozenset()
    declined: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def chosen(
    unexplained: Iterable[Unexplained], patterns: Sequence[str], asked: Sequence[str] = ()
) -> tuple[ObjectId, ...]:
    """The objects that somebody wants restored: by identity (`public.users.email`), with its kind
    (`column public.users.email`), by a pattern with `*` and `?`, or `all`.

    Raises PlanError for one of `asked`, which a person has just typed, that names nothing; but not
    for `all`, which is no name that could be mistyped.
    """
    ids = [entry.id for entry in unexplained]
    for pattern in asked:
        if pattern != EVERYTHING and not any(_fits(id, pattern) for id in ids):
            named = ", ".join(map(str, ids[:5])) or "nothing"
            raise PlanError(
                f"Nobody changed anything called {pattern!r} by hand.",
                hint=f"Changed by hand: {named}{' …' if ids[5:] else ''}.",
            )
    return tuple(id for id in ids if any(_fits(id, p) for p in (*patterns, *asked)))


def _fits(id: ObjectId, pattern: str) -> bool:
    return pattern == EVERYTHING or any(
        name == pattern or fnmatchcase(name, pattern) for name in (id.identity, str(id))
    )


@dataclass(frozen=True, slots=True)
class _Written:
    """What is written for the objects that can be put back, before it is put into steps.

    `left`: of those asked for, what cannot be put back -> why. `by`: statement -> the object, of
    those asked for, that it puts back, e.g. `view public.v`.
    """

    current: Snapshot
    after: Snapshot
    changes: Changes
    parts: list[Part]
    done: frozenset[ObjectId]
    all_of_it: frozenset[ObjectId]
    left: Mapping[ObjectId, str]
    warnings: tuple[str, ...]
    by: Mapping[str, str]
    exact: bool


def restore(
    scan: Scan, target: Target, wanted: Sequence[ObjectId], kept: Mapping[str, str] = NOTHING
) -> Restoration:
    """Steps that bring these objects from production's state to what the files leave.

    `kept`: objects that cannot be put back, as a rehearsal or production's rows show -> why.
    """
    refused = {str(id): kept[str(id)] for id in wanted if str(id) in kept}
    written = _write(scan, wanted, refused)
    if written is None:
        return Restoration(declined=_said(refused))
    steps = restore_steps(
        target, written.current, written.after, written.changes, written.parts, written.done,
        exact=written.exact,
    )  # fmt: skip
    return Restoration(
        tuple(steps),
        written.done | written.all_of_it,
        _said(refused | {str(id): why for id, why in written.left.items()}),
        written.warnings,
    )


def _write(scan: Scan, wanted: Sequence[ObjectId], refused: Collection[str]) -> _Written | None:
    """None where there is nothing to be put back."""
    end = scan.attribution.end
    ids = [id for id in wanted if str(id) not in refused]
    if end is None or not ids:
        return None
    current = scan.production.snapshot
    end = scan.production.ignored.with_grants(end, current)
    if refused:  # as if the files left them so: what they belong to would take them along
        staying = [id for id in wanted if str(id) in refused]
        end = overlay(end, current, with_parts(end, current, staying))
    together = with_consequences(end, current, ids)
    changes = write_changes(current, end, together)
    written = {statement.id for statement in changes.statements}
    declined = {d.id: d.reason for d in changes.declined}
    left = {id: why for id, why in declined.items() if id in ids and id not in written}
    warnings = [f"{id}: {why}" for id, why in declined.items() if id not in left]
    warnings += [f"{s.id}: {s.note}." for s in changes.statements if s.note]
    all_of_it = frozenset(together) - {id for id in declined if id not in written}
    after = overlay(current, end, with_parts(current, end, all_of_it))
    exact = end.server_version_num // 10000 == current.server_version_num // 10000
    parts = parts_of(current, after, changes, exact=exact)
    # Both as written and as run: planned again with fewer objects, more may stay as written.
    texts = [(s.id, s.sql) for s in changes.statements]
    texts += [each for part in parts for each in part.statements]
    return _Written(
        current, after, changes, parts,
        frozenset(id for id in ids if id not in left),
        all_of_it,
        left,
        tuple(dict.fromkeys(warnings)),
        {text: str(of) for id, text in texts if (of := _asked(id, ids, current, end))},
        exact,
    )  # fmt: skip


def restored_by(scan: Scan, target: Target, asked: Sequence[str]) -> Mapping[str, str]:
    """Statement -> the object that it puts back, of all that somebody wants restored."""
    written = _write(scan, chosen(scan.report.unexplained, target.restore, asked), ())
    return written.by if written else {}


def _said(reasons: Mapping[str, str]) -> dict[str, str]:
    return {name: f"it cannot be restored: {why}" for name, why in reasons.items()}


def _asked(
    id: ObjectId, ids: Collection[ObjectId], current: Snapshot, end: Snapshot
) -> ObjectId | None:
    """Which of the objects asked for this one goes with: itself, or what it belongs to."""
    for snapshot in (end, current):
        one: ObjectId | None = id
        while one is not None:
            if one in ids:
                return one
            one = snapshot.parent(one)
    return None
