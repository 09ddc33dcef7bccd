"""An object's facets after a statement that alters it, where it was not as the replay had it.

A replay shows what a statement made of the object that it found there. Of an object that is in
another state, since another file did not run, only what the statement itself does holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconcile_pipeline.catalog.model import Change, Difference, Kind, ObjectId, Scalar

#: Kinds with CREATE OR REPLACE, and the facets that it sets.
REPLACEABLE = frozenset(
    {Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE, Kind.VIEW, Kind.TRIGGER, Kind.RULE}
)
DEFINING = frozenset({"definition", "body"})

#: Kinds of which nothing but that they are there matters to what belongs to them or needs them.
_HOLDING = frozenset({Kind.TABLE, Kind.COLUMN, Kind.SCHEMA})
EVERYWHERE = "*"
#: What CREATE OR REPLACE leaves as it is.
_KEPT = ("acl", "owner", "comment", "enabled")
#: Lists of lines to which statements add: an enum's labels, an access list.
_LISTS = frozenset({"labels", "acl"})


def decides_presence(effect: Difference) -> bool:
    """Whether the effect can matter to what only needs the object to be there: to add a comment to
    a table matters to none of its columns."""
    return effect.change is not Change.ALTERED or effect.id.kind not in _HOLDING


def granted_in(id: ObjectId) -> str:
    """The schema of default privileges, of which `role.schema.kind of objects` is the identity;
    `EVERYWHERE` for those of the whole database."""
    return id.identity.split(".")[-2]


def altered(state: Mapping[str, Scalar], effect: Difference, whole: bool) -> Mapping[str, Scalar]:
    """The facets of `state` after the effect. `whole`: the statement sets all that defines it."""
    before, after = effect.before or {}, effect.after or {}
    if whole and effect.id.kind in REPLACEABLE and not DEFINING.isdisjoint(effect.facets):
        return {**after, **_kept(state, effect.facets)}
    merged = {
        **state,
        **{name: _changed(name, state, before, after) for name in effect.facets},
    }
    if "definition" in effect.facets and "body" in state and state["body"] != before.get("body"):
        # The whole text of a function follows from its parts; of these parts nobody knows it.
        del merged["definition"]
    return merged


def made_anew(effect: Difference, replaces: bool) -> Mapping[str, Scalar] | None:
    """What a statement that altered something makes where it is not there; None where it does not.

    `replaces`: it says CREATE OR REPLACE. What is made then has not the comment that it found.
    """
    if effect.id.kind is Kind.DEFAULT_PRIVILEGES:
        return _granted(effect)
    if not replaces or effect.id.kind not in REPLACEABLE or DEFINING.isdisjoint(effect.facets):
        return None
    after = effect.after
    return after if after is None or "comment" in effect.facets else {**after, "comment": None}


def _granted(effect: Difference) -> Mapping[str, Scalar] | None:
    """What is granted by default where nothing was before: what the statement adds. For a whole
    database it is added to the built-in privileges, which nobody wrote down."""
    after, before = effect.after or {}, effect.before or {}
    if granted_in(effect.id) == EVERYWHERE:
        return None
    old, new = (str(facets.get("acl") or "").split("\n") for facets in (before, after))
    added = [line for line in new if line not in old]
    return {**after, "acl": "\n".join(added)} if added else None


def replaced(
    state: Mapping[str, Scalar] | None, made: Mapping[str, Scalar] | None
) -> Mapping[str, Scalar] | None:
    """What CREATE OR REPLACE, which would make `made`, makes of what is there."""
    return made if state is None or made is None else {**made, **_kept(state)}


def _kept(state: Mapping[str, Scalar], but: Collection[str] = ()) -> Mapping[str, Scalar]:
    return {name: state[name] for name in _KEPT if name in state and name not in but}


def _changed(
    name: str,
    state: Mapping[str, Scalar],
    before: Mapping[str, Scalar],
    after: Mapping[str, Scalar],
) -> Scalar:
    now, was, became = state.get(name), before.get(name), after[name]
    if name not in _LISTS or now == was:
        return became
    if not isinstance(now, str) or not isinstance(was, str) or not isinstance(became, str):
        return became
    old, new = was.split("\n"), became.split("\n")
    kept = [line for line in now.split("\n") if line in new or line not in old]
    # What a statement puts at the end goes to the end of whatever is there: an enum's values.
    end = 1 + max((number for number, line in enumerate(new) if line in old), default=-1)
    for number, line in enumerate(new):
        if line in old or line in kept:
            continue
        follows = 0 < number < end and new[number - 1] in kept
        kept.insert(kept.index(new[number - 1]) + 1 if follows else len(kept), line)
    return "\n".join(sorted(kept) if name == "acl" and new == sorted(new) else kept)
