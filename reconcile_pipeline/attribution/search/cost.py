"""How much must be assumed to have been done by hand, for a choice of statements to explain an
object of production.

Every assumption has a price, in units of one change made by hand. The least total wins; the
second best is kept, since the same catalog can have come about in more than one way. What a file
that did not run whole costs is in `file_cost`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconcile_pipeline.attribution.search.coincidence import (
    OFTEN_REMOVED,
    SAME_NAME,
    WRITTEN,
    coincidence,
)
from reconcile_pipeline.attribution.search.column_types import family_cost
from reconcile_pipeline.attribution.search.enum_values import lacks_values, values_cost
from reconcile_pipeline.attribution.timeline import by_another_name
from reconcile_pipeline.attribution.timeline.effects import (
    SOFT,
    Facets,
    differing,
    protected_before,
)
from reconcile_pipeline.attribution.timeline.grants import grants_undone
from reconcile_pipeline.attribution.timeline.likeness import distance
from reconcile_pipeline.attribution.timeline.renamed import gets_another_name
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId

HAND = 1.0  # one object added, removed or changed by hand
EXTRA_FACET = 0.05  # each further facet of it
SAME_PART = 1.0  # … a part of something else that was added by hand
OF_BEFORE = 0.04  # there in its own shape, of a table of the base, and dropped before it is made
ORPHAN = 0.05  # what it belongs to was not there: its statement failed, which is priced by itself
TAKEN_ALONG = 0.25  # removed by hand: each further file of which something went with it
TAKEN_TOO = 0.1  # … and each further statement of one file, as the indexes of a table
MOST_TAKEN = 3.0
MOST_OF_FILES = 0.2  # … or this much each file of which something went with it
REMOVED_RARELY = 0.12  # removed by hand: what people seldom take away
REMOVED_OFTEN = -0.03  # … and what they do, or switch off
DROPPED_TOO = 0.5  # … and just what a file would have dropped that did not run so far
RENAMED = 0.1  # … where it is there under another name, which is counted as added
NOT_RENAMED = 0.4  # never made or dropped again, and there under another name by accident
ANOTHER_EDITED = 1.0  # changed by hand, and much more like what another file makes of it
COMMENT_GONE = 1.0  # changed by hand, and all that was done is that its comment is gone
PUT_BACK = 1.0  # changed by hand into the very words that a file once gave it
BACK_AND_MORE = 1.0  # … a whole text, and something else of it was changed besides
SOFT_KIND = 0.25  # access lists and owners alone also follow from defaults we may not know

_SOFT_FACETS = frozenset({"acl", "owner"})
_SAID_OF_IT = frozenset({"acl", "owner", "comment"})
#: Kinds that hold rows: people change them in place.
_STAYING = frozenset({Kind.TABLE, Kind.COLUMN})
#: What goes when somebody gives it another definition: some kinds are dropped and made anew for
#: that, and CREATE OR REPLACE VIEW leaves only those options that it names.
_GOES_ALONG = {
    Kind.CONSTRAINT: "comment", Kind.INDEX: "comment", Kind.TRIGGER: "comment",
    Kind.VIEW: "options",
}  # fmt: skip
_BROUGHT = frozenset({Kind.EXTENSION, Kind.DEFAULT_PRIVILEGES})
_CHEAP = {Kind.EXTENSION: 0.2, Kind.SCHEMA: 0.5, Kind.DEFAULT_PRIVILEGES: 0.5, Kind.ROLE: 0.3}


def object_cost(timeline: Timeline, id: ObjectId, ran: Mapping[Position, bool]) -> float:
    """What must be assumed to have been done by hand to this object; 0 where nothing."""
    expected, actual = timeline.predict(id, ran), timeline.actual(id)
    weight = _CHEAP.get(id.kind, HAND)
    if expected is None and actual is None:
        return NOT_RENAMED if by_another_name.made(timeline, id) else 0.0
    if expected is None or actual is None:
        parent = parent_of(timeline, id)
        if parent is not None and parent in timeline.by_object:
            above = (timeline.predict(parent, ran), timeline.actual(parent))
            if above == (None, None):
                return ORPHAN
            # A table added or removed by hand takes its columns and policies with it. What is in
            # a schema that somebody added was made by commands of its own.
            if (
                (above[0] is None) != (above[1] is None)
                and (above[0] is None) == (expected is None)
                and (actual is None or parent.kind is not Kind.SCHEMA)
            ):
                if actual is None or _made_with(timeline, id, parent):
                    return 0.0
                return min(coincidence(timeline, id, actual, ran), SAME_PART)
        if actual is None:
            if any(timeline.predict(other, ran) for other in timeline.taken_by.get(id, ())):
                return 0.0
            if expected is not None and by_another_name.has(timeline, id, parent, expected):
                return RENAMED
            rare = REMOVED_OFTEN if id.kind in OFTEN_REMOVED else REMOVED_RARELY
            if id.kind in _BROUGHT:
                weight = HAND  # platforms bring some along, but take none away
            too = DROPPED_TOO if _dropped_at_the_end(timeline, id, ran) else 0.0
            return weight + rare + too + _taken_along(timeline, id, ran)
        if id in timeline.of_before:
            return OF_BEFORE
        return weight + coincidence(timeline, id, actual, ran)
    names = differing(expected, actual)
    goes = _GOES_ALONG.get(id.kind, "")
    if goes in names and not actual[goes] and not SOFT.issuperset(names):
        expected = {**expected, goes: actual[goes]}  # it went when the rest was changed
        names = differing(expected, actual)
    if not names:
        return 0.0
    if protected_before(expected, actual, names) and timeline.start.get(id) is not None:
        return 0.0
    if any(timeline.predict(other, ran) for other in timeline.made_anew.get(id, ())):
        weight += SAME_NAME  # the former one went with what somebody removed
    former = _former(timeline, id, names, actual)
    if _SOFT_FACETS.issuperset(names):
        if former and id.kind is not Kind.ROLE:
            return HAND
        return weight * SOFT_KIND + (HAND if grants_undone(timeline, id, ran, actual) else 0.0)
    if former or lacks_values(id, expected, actual):
        weight += PUT_BACK
    elif (far := _nearest_other(timeline, id, expected, actual)) is not None:
        weight += ANOTHER_EDITED
        weight += BACK_AND_MORE if id.kind in WRITTEN and not far else 0.0
    elif names == ("rls",) and not actual.get("rls"):
        weight += REMOVED_OFTEN
    elif names == ("comment",) and not actual.get("comment"):
        weight += COMMENT_GONE
    further = _undone_apart(timeline, id, names, actual, ran)
    weight += values_cost(timeline, id, expected, actual) + family_cost(id, expected, actual)
    return weight + EXTRA_FACET * (len(names) - 1 - further) + HAND * further


def _undone_apart(
    timeline: Timeline,
    id: ObjectId,
    names: Sequence[str],
    actual: Facets,
    ran: Mapping[Position, bool],
) -> int:
    """How many statements' work on it was undone beside what else was changed by hand: each is a
    change of its own, where the object stays and is not made anew with all that it is."""
    if id.kind not in _STAYING or len(names) < 2:
        return 0
    whole = {
        frozenset(effect.facets)
        for position, effect in timeline.by_object.get(id, ())
        if ran[position] and effect.change is Change.ALTERED and _taken_back(effect, names, actual)
    }
    rest = set(names).difference(*whole)
    return len(whole) - (0 if rest else 1) if whole else 0


def _taken_back(effect: Difference, names: Sequence[str], actual: Facets) -> bool:
    """Whether all that it changed is as it was before it. What later ones made of the same went
    with that."""
    before = effect.before or {}
    return bool(effect.facets) and all(
        name in names and before.get(name) == actual.get(name) for name in effect.facets
    )


def _made_with(timeline: Timeline, id: ObjectId, parent: ObjectId) -> bool:
    """Whether files make it only in one command with what it belongs to, like a table's columns."""
    makers = {p for p, e in timeline.by_object[parent] if e.change is Change.CREATED}
    return all(p in makers for p, e in timeline.by_object[id] if e.change is Change.CREATED)


def _nearest_other(
    timeline: Timeline, id: ObjectId, expected: Facets, actual: Facets
) -> float | None:
    """How far production is from that other state of the object which it looks much more like than
    like this one, in what tells the two apart; None where there is none."""
    found = (
        _nearer(state, expected, actual)
        for state, told in _states(timeline, id)
        if told and state is not expected
    )
    return min((far for far in found if far is not None), default=None)


def _nearer(state: Facets, expected: Facets, actual: Facets) -> float | None:
    """How far production is from that state in what tells it from the expected one, where that is
    much nearer, or a view with the columns of production's; else None. What somebody changed
    besides, a function's cost, is in neither of them."""
    telling = _telling([n for n in state if state[n] != expected.get(n)])
    # CREATE OR REPLACE VIEW keeps the columns, whatever else it writes.
    kept = "columns" in telling and state["columns"] == actual.get("columns")
    far = distance(*({n: shape.get(n) for n in telling} for shape in (expected, actual)))
    near = distance(*({n: shape.get(n) for n in telling} for shape in (state, actual)))
    return near if far > 0 and (kept or near * 2 <= far) else None


def _former(timeline: Timeline, id: ObjectId, names: Sequence[str], actual: Facets) -> bool:
    """Whether production has the very words that the files gave it before, or give it later.

    That somebody wrote them again by hand is unlikely; to switch a thing off again is not.
    """
    names = _telling(names)
    if not any(isinstance(actual.get(name), str) and actual[name] for name in names):
        return False
    return any(
        all(state.get(name) == actual.get(name) for name in names)
        for state, _ in _states(timeline, id)
    )


def _states(timeline: Timeline, id: ObjectId) -> Iterator[tuple[Facets, bool]]:
    """What the files made of it, and what it was before; and whether a replay showed that. Not the
    text that it had before all files, if production has it: it was taken from there."""
    found = timeline.start.get(id) if id.kind in WRITTEN else None
    taken = found.facets if found else None
    for _, effect in timeline.by_object.get(id, ()):
        for state in (effect.before, effect.after):
            if state is not None and (taken is None or differing(state, taken)):
                yield state, bool(effect.facets)


def _telling(names: Sequence[str]) -> Sequence[str]:
    """Without a function's whole text where its body tells: it also says what other statements set,
    and its cost."""
    return [name for name in names if name != "definition"] if "body" in names else names


def _dropped_at_the_end(timeline: Timeline, id: ObjectId, ran: Mapping[Position, bool]) -> bool:
    """Whether the last that the files do with it is to drop it, by a statement that did not run."""
    told = [pair for pair in timeline.by_object.get(id, ()) if pair[1].facets]
    if not told:
        return False
    position, effect = told[-1]
    if effect.change is not Change.DROPPED or ran[position]:
        return False
    return not gets_another_name(timeline, position, id)


def _taken_along(timeline: Timeline, id: ObjectId, ran: Mapping[Position, bool]) -> float:
    """Dropping a table undoes many statements' work at once; that they never ran is likelier. What
    holds no rows is dropped as easily as it is made."""
    if id.kind in WRITTEN:
        return 0.0
    concerned: set[Position] = set()
    for each in (id, *timeline.children.get(id, ()), *timeline.takes.get(id, ())):
        live: set[Position] = set()  # what went before its last making was undone by that
        for position, effect in timeline.by_object.get(each, ()):
            if ran[position] and effect.facets and not only_soft(effect):
                live = live if effect.change is Change.ALTERED else set()
                live |= set() if effect.change is Change.DROPPED else {position}
        concerned |= live
    files = len({number for number, _ in concerned})
    if not files:
        return 0.0
    cost = TAKEN_ALONG * (files - 1) + TAKEN_TOO * (len(concerned) - files)
    return min(cost, max(MOST_TAKEN, MOST_OF_FILES * files))


def only_soft(effect: Difference) -> bool:
    """Whether it only grants what is there, gives it an owner or a comment: a view with its ten
    grants is one object, and goes with them."""
    return effect.change is Change.ALTERED and _SAID_OF_IT.issuperset(effect.facets)


def parent_of(timeline: Timeline, id: ObjectId) -> ObjectId | None:
    """What the object belongs to, by the files or by production; by the name that this has now."""
    for _, effect in timeline.by_object.get(id, ()):
        if effect.parent is not None:
            return timeline.named_now(effect.parent) or effect.parent
    return timeline.production.parent(id)
