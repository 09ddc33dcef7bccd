"""Questions that tell whether a step's work is there: one boolean each, by the catalog.

A step's condition is coarse on purpose (is the object there?): its transaction makes it all or
nothing, and the whole catalog is compared afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from reconcile_pipeline.attribution.model import EffectVerdict
from reconcile_pipeline.catalog.model import Change
from reconcile_pipeline.plan.model import Condition

_RELATION = (
    "EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = {name})"
)
_ON_TABLE = (
    "EXISTS (SELECT FROM pg_catalog.{catalog} x JOIN pg_catalog.pg_class c ON c.oid = x.{table}"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname || '.' || c.relname || '.' || x.{column} = {name})"
)
_ROUTINE = (
    "EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
    " ON n.oid = p.pronamespace WHERE n.nspname || '.' || p.proname"
    " = pg_catalog.split_part({name}, '(', 1))"
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


def all_there(effects: Iterable[EffectVerdict]) -> Condition | None:
    """True once every object that these effects create is there and every dropped one is gone.

    None where none of them creates or drops anything that can be asked for.
    """
    texts: list[str] = []
    questions: list[str] = []
    last = {(effect.kind, effect.identity): effect for effect in effects}
    for (kind, identity), effect in sorted(last.items()):
        template = _QUESTIONS.get(kind)
        if template is None or effect.change is Change.ALTERED:
            continue
        name = sql.Literal(identity).as_string(None)
        question = template.replace("{name}", name)
        gone = effect.change is Change.DROPPED
        questions.append(f"NOT {question}" if gone else question)
        texts.append(f"{kind} {identity} is {'gone' if gone else 'there'}")
    if not questions:
        return None
    more = f" (and {len(texts) - 3} more)" if len(texts) > 3 else ""
    return Condition("; ".join(texts[:3]) + more, "SELECT " + "\n  AND ".join(questions))
