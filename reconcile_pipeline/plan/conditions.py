"""Questions that tell whether a step's work is there: one boolean each, by the catalog.

A step's condition is coarse on purpose (is the object there?): its transaction makes it all or
nothing, and the whole catalog is compared afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from psycopg import sql

from reconcile_pipeline.attribution.model import EffectVerdict, Verdict
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.plan.model import Backfill, Condition

_COUNT = "(SELECT count(DISTINCT version) FROM {table} WHERE version IN ({listed}))"
AND = "\n  AND "
_PLAIN_NAME = re.compile(r"\w+\.\w+")
_RELATION = (
    "EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = {name})"
)
_ON_TABLE = (
    "EXISTS (SELECT FROM pg_catalog.{catalog} x JOIN pg_catalog.pg_class c ON c.oid = x.{table}"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname || '.' || c.relname || '.' || x.{column} = {name})"
)
# By its argument types, too, since an overload is another one; whatever the search_path is.
_ROUTINE = (
    "EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
    " ON n.oid = p.pronamespace"
    " WHERE pg_catalog.starts_with({name}, n.nspname || '.' || p.proname || '(')"
    " AND n.nspname || '.' || p.proname || '(' || coalesce(("
    "SELECT pg_catalog.string_agg(CASE WHEN m.nspname = 'pg_catalog'"
    " THEN pg_catalog.format_type(t.oid, NULL) ELSE pg_catalog.quote_ident(m.nspname) || '.' ||"
    " pg_catalog.quote_ident(coalesce(e.typname, t.typname)) || CASE WHEN e.oid IS NULL THEN ''"
    " ELSE '[]' END END, ',' ORDER BY a.number)"
    " FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY a(type, number)"
    " JOIN pg_catalog.pg_type t ON t.oid = a.type"
    " LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid"
    " JOIN pg_catalog.pg_namespace m ON m.oid = t.typnamespace), '') || ')' = {name})"
)
_TYPE = (
    "EXISTS (SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n"
    " ON n.oid = t.typnamespace WHERE n.nspname || '.' || t.typname = {name})"
)
_PLAIN = "EXISTS (SELECT FROM pg_catalog.{catalog} x WHERE x.{column}::text = {name})"
_PUBLISHED = (
    "EXISTS (SELECT FROM pg_catalog.pg_publication_tables t"
    " WHERE t.pubname || '.' || t.schemaname || '.' || t.tablename = {name})"
)


def _on_table(catalog: str, table: str, column: str) -> str:
    return (
        _ON_TABLE.replace("{catalog}", catalog)
        .replace("{table}", table)
        .replace("{column}", column)
    )


def _plain(catalog: str, column: str) -> str:
    return _PLAIN.replace("{catalog}", catalog).replace("{column}", column)


_QUESTIONS = {
    "table": _RELATION,
    "view": _RELATION,
    "materialized_view": _RELATION,
    "index": _RELATION,
    "sequence": _RELATION,
    "foreign_table": _RELATION,
    "column": _on_table("pg_attribute", "attrelid", "attname"),
    "policy": _on_table("pg_policy", "polrelid", "polname"),
    "trigger": _on_table("pg_trigger", "tgrelid", "tgname"),
    "constraint": _on_table("pg_constraint", "conrelid", "conname"),
    "rule": _on_table("pg_rewrite", "ev_class", "rulename"),
    "function": _ROUTINE,
    "procedure": _ROUTINE,
    "aggregate": _ROUTINE,
    "enum": _TYPE,
    "domain": _TYPE,
    "composite_type": _TYPE,
    "range_type": _TYPE,
    "schema": _plain("pg_namespace", "nspname"),
    "extension": _plain("pg_extension", "extname"),
    "publication": _plain("pg_publication", "pubname"),
    "event_trigger": _plain("pg_event_trigger", "evtname"),
    "publication_table": _PUBLISHED,
}


def all_there(
    effects: Iterable[EffectVerdict], more: Iterable[tuple[str, str]] = ()
) -> Condition | None:
    """True once every object that these effects create is there and every dropped one is gone.

    `more`: further questions as (words, boolean SQL). None where nothing can be asked for: what is
    dropped first and then made anew is there before and after.
    """
    # What is made and then altered, as by a COMMENT, is there all the same.
    first: dict[tuple[str, str], Change] = {}
    last: dict[tuple[str, str], Change] = {}
    for effect in effects:
        if effect.change is not Change.ALTERED:
            first.setdefault((effect.kind, effect.identity), effect.change)
            last[effect.kind, effect.identity] = effect.change
    for each, change in first.items():
        if change is Change.DROPPED and last[each] is Change.CREATED:
            del last[each]
    found = [
        question(kind, identity, gone=change is Change.DROPPED)
        for (kind, identity), change in sorted(last.items())
        if kind in _QUESTIONS
    ]
    gone = {identity for (_, identity), change in last.items() if change is Change.DROPPED}
    found += [each for each in more if not any(name in each[1] for name in gone)]
    return _condition(found)


def not_yet(effects: Iterable[EffectVerdict], relations: Iterable[str]) -> Condition | None:
    """True while nothing of what these effects create is there, what they drop is, and so are the
    relations that they build upon. None where nothing can be asked for.
    """
    first: dict[tuple[str, str], Change] = {}
    for effect in effects:
        if effect.verdict is Verdict.ABSENT:
            first.setdefault((effect.kind, effect.identity), effect.change)
    found = [
        question("table", name, gone=False, word="relation") for name in sorted(set(relations))
    ]
    found += [
        question(kind, identity, gone=change is Change.CREATED, absent="not there yet")
        for (kind, identity), change in sorted(first.items())
        if kind in _QUESTIONS and change is not Change.ALTERED
    ]
    return _condition(found)


def versions(table: str, there: Iterable[str], missing: Iterable[str]) -> Condition | None:
    """True where the history's table, as SQL, names all of the one and none of the other."""
    found = []
    for wanted, words in ((sorted(there), "recorded"), (sorted(missing), "not recorded")):
        if not wanted:
            continue
        listed = ", ".join(sql.Literal(v).as_string(None) for v in wanted)
        count = _COUNT.replace("{table}", table).replace("{listed}", listed)
        number = len(wanted) if words == "recorded" else 0
        verb = "is" if len(wanted) == 1 else "are"
        found.append((f"{', '.join(wanted)} {verb} {words}", f"{count} = {number}"))
    return _condition(found)


def tables_there(*tables: str) -> Condition | None:
    """True where these are relations; a query in place of a name is passed over."""
    return _condition(
        [question("table", name, gone=False) for name in tables if _PLAIN_NAME.fullmatch(name)]
    )


def nothing_missing(backfill: Backfill) -> Condition | None:
    """True once every row of the source has its row in the target. None for a source that is a
    query of its own, whose answer may cost anything.
    """
    if not _PLAIN_NAME.fullmatch(backfill.source):
        return None
    source, target = (
        sql.Identifier(*name.split(".")).as_string(None)
        for name in (backfill.source, backfill.target)
    )
    keys = (sql.Identifier(k).as_string(None) for k in (backfill.target_key, backfill.source_key))
    target_key, source_key = keys
    return Condition(
        f"every row of {backfill.source} has one in {backfill.target}",
        f"SELECT NOT EXISTS (SELECT FROM {source} s "  # noqa: S608
        f"WHERE s.{source_key} IS NOT NULL AND NOT EXISTS "
        f"(SELECT FROM {target} t WHERE t.{target_key} = s.{source_key}))",
    )


def question(
    kind: str, identity: str, *, gone: bool = False, word: str = "", absent: str = "gone"
) -> tuple[str, str]:
    """In words and as a boolean expression: whether the object is there, or gone."""
    name = sql.Literal(identity).as_string(None)
    asked = _QUESTIONS[kind].replace("{name}", name)
    text = f"{word or kind} {identity} is {absent if gone else 'there'}"
    return text, f"NOT {asked}" if gone else asked


def all_of(first: Condition | None, more: Sequence[tuple[str, str]]) -> Condition | None:
    """True where the condition holds and each question is answered with yes; None without any."""
    if not more:
        return first
    return _condition([*([(first.text, f"({first.sql})")] if first else []), *more])


def _condition(found: Sequence[tuple[str, str]]) -> Condition | None:
    if not found:
        return None
    words = tuple(text for text, _ in found)
    asked = AND.join(question for _, question in found)
    return Condition(in_words(words), f"SELECT {asked}", words if words[1:] else ())


def in_words(parts: Sequence[str]) -> str:
    """The first ones, and how many more there are."""
    more = f" (and {len(parts) - 3} more)" if len(parts) > 3 else ""
    return "; ".join(parts[:3]) + more


def apart(condition: Condition) -> tuple[Condition, ...]:
    """The questions of which it is made; itself where they cannot be told apart."""
    asked = condition.sql.removeprefix("SELECT ").split(AND)
    if len(asked) != len(condition.parts):
        return (condition,)
    return tuple(
        Condition(text, f"SELECT {sql}") for text, sql in zip(condition.parts, asked, strict=True)
    )
