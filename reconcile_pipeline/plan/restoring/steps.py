"""The steps of a restore: what each does, what it finds before and leaves behind, its way back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from reconcile_pipeline.catalog.compare import POSITION, compare
from reconcile_pipeline.catalog.model import Change, Difference, ObjectId, Snapshot
from reconcile_pipeline.catalog.write import Changes, write_changes
from reconcile_pipeline.catalog.write.overlay import overlay
from reconcile_pipeline.config import Target
from reconcile_pipeline.plan import announce
from reconcile_pipeline.plan.completion.altered import Question
from reconcile_pipeline.plan.conditions import all_of
from reconcile_pipeline.plan.judging import judged
from reconcile_pipeline.plan.locks import locks_of_step
from reconcile_pipeline.plan.model import Condition, Step, StepKind
from reconcile_pipeline.plan.restoring.apart import in_parts
from reconcile_pipeline.plan.restoring.parts import Part
from reconcile_pipeline.plan.states import are_as_before, are_as_wanted, askable

#: What no SQL brings about, of an object that is put back else (catalog/write says when).
_NOT_TO_BE_MADE = frozenset({POSITION, "replica_identity"})


def parts_of(current: Snapshot, after: Snapshot, changes: Changes, *, exact: bool) -> list[Part]:
    """The writer's statements as they are to be run, a part a step. For `exact` see below."""
    labels = tuple((s.id, s.sql) for s in changes.statements if not s.transactional)
    rest = [s for s in changes.statements if s.transactional]
    # Of an object whose text alone differs, no step may wait for another one's end.
    tellable = {d.id for d in compare(current, after) if askable(d, exact=exact)}
    parts = in_parts(rest, current, tellable)
    # A label of an enum may be used only once the transaction that adds it has ended.
    return [Part(labels), *parts] if labels else parts


def restore_steps(
    target: Target,
    current: Snapshot,
    after: Snapshot,
    changes: Changes,
    parts: Sequence[Part],
    done: Collection[ObjectId],
    *,
    exact: bool,
) -> list[Step]:
    """Steps that lead production from `current` to `after` by the parts of what is written.

    `done`: the objects that the steps answer. `exact`: one server has printed both sides' texts.
    """
    differences = compare(current, after)
    course = _Course(parts, current, after, changes, differences, exact=exact)
    steps: list[Step] = []
    for number, part in enumerate(parts):
        own = {id for id, _ in part.statements}
        answers = done if number == 0 else [id for id in done if id in own]
        told = tuple(sorted(map(str, answers))) or (steps[-1].answers if steps else ())
        earlier = [text for each in parts[:number] for text in each.sql]
        touched = _relations(own if number else (d.id for d in differences))
        steps.append(
            Step(
                id="restore" if len(parts) == 1 else f"restore-{number + 1}",
                kind=StepKind.RESTORE,
                purpose=_purpose(answers or own),
                statements=part.sql,
                answers=told,
                hazards=judged(part.sql, strict=target.strict_hazards),
                locks=locks_of_step(part.sql, current, touched, earlier),
                lock_timeout_ms=target.lock_timeout_ms,
                statement_timeout_ms=target.statement_timeout_ms,
                precondition=course.before(number),
                postcondition=course.behind(number),
                undo=course.undo(number),
                transactional=part.transactional,
                rows=announce.rows(part.sql, current) or None,
                rewrites=announce.rewrites(part.sql, current),
            )
        )
    return steps


class _Course:
    """Which part begins with each object that differs, and which brings it to its end."""

    def __init__(
        self,
        parts: Sequence[Part],
        current: Snapshot,
        after: Snapshot,
        changes: Changes,
        differences: Sequence[Difference],
        *,
        exact: bool,
    ) -> None:
        self.parts = parts
        self.current = current
        self.after = after
        self.major = current.server_version_num // 10000
        self.exact = exact
        self.first: dict[ObjectId, int] = {}
        self.last: dict[ObjectId, int] = {}
        for number, part in enumerate(parts):
            for id, _ in part.statements:
                self.first.setdefault(id, number)
                self.last[id] = number
        for difference in differences:  # what goes with another, or comes with it
            if difference.id not in self.first:
                self._with_parent(difference.id)
        partly = {declined.id for declined in changes.declined}
        self.differences = differences
        promised = (left for d in differences if (left := _promised(d, partly)))
        self.asked = [d for d in promised if askable(d, exact=exact)]
        # What is there once the first part is behind it is ended only when it is wholly as wanted.
        self.ended = [_whole(d) if self.first[d.id] < self.last[d.id] else d for d in self.asked]

    def _with_parent(self, id: ObjectId) -> None:
        above: ObjectId | None = id
        while above is not None and above not in self.first:
            above = self.current.parent(above) or self.after.parent(above)
        for known in (self.first, self.last):
            known[id] = known[above] if above else 0

    def before(self, number: int) -> Condition | None:
        """What production is to be like; None where nothing can be asked."""
        asked = self.asked
        found = list(self.parts[number].upon)
        if number:
            asked = [d for d in asked if self.first[d.id] == number]
            for id, _ in self.parts[number].statements:
                if (question := self._begun(id, number)) and question not in found:
                    found.append(question)
        states = are_as_before(asked, self.major, exact=self.exact) if asked else None
        return all_of(states, found)

    def _begun(self, id: ObjectId, number: int) -> Question | None:
        earlier = (part.begun[id] for part in reversed(self.parts[:number]) if id in part.begun)
        return next(earlier, None)

    def behind(self, number: int) -> Condition | None:
        """What it then is like, whatever later parts do; None where nothing can be asked: a
        condition that asks for nothing would hold, and the step pass for done.
        """
        ended = [d for d in self.ended if self.last[d.id] == number]
        found = list(self.parts[number].done)
        for id, (text, question) in self.parts[number].begun.items():
            if ends := [d for d in self.ended if d.id == id]:
                question = f"({question} OR ({self._wanted(ends).sql}))"
            found.append((text, question))
        return all_of(self._wanted(ended) if ended else None, found)

    def _wanted(self, differences: Sequence[Difference]) -> Condition:
        return are_as_wanted(differences, self.major, exact=self.exact)

    def undo(self, number: int) -> tuple[str, ...]:
        """The way back; empty where there is none."""
        part = self.parts[number]
        # What this part only begins has a way back of its own.
        apart = {id for id in part.begun if part.undo}
        whole = part.returns | frozenset(
            d.id for d in self.differences if self.first[d.id] == number and d.id not in apart
        )
        if number and part.undo:
            return part.undo
        back = write_changes(overlay(self.current, self.after, whole), self.current, whole)
        return () if back.declined else (*part.undo, *back.sql)


def _promised(difference: Difference, partly: Collection[ObjectId]) -> Difference | None:
    """What the statements bring about of it; None where that cannot be told."""
    if difference.id not in partly or difference.change is not Change.ALTERED:
        return difference
    facets = tuple(each for each in difference.facets if each not in _NOT_TO_BE_MADE)
    return replace(difference, facets=facets) if facets else None


def _whole(difference: Difference) -> Difference:
    """The same, where each facet is asked for, not only whether the object is there."""
    if difference.change is not Change.CREATED:
        return difference
    return replace(difference, change=Change.ALTERED, facets=tuple(difference.after or ()))


def _purpose(done: Iterable[ObjectId]) -> str:
    listed = sorted(map(str, done))
    more = f" and {len(listed) - 5} more" if listed[5:] else ""
    return f"Put back to what the files say: {', '.join(listed[:5])}{more}"


def _relations(ids: Iterable[ObjectId]) -> frozenset[str]:
    return frozenset(".".join(id.identity.split(".")[:2]) for id in ids)
