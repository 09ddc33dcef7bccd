"""How right the verdicts are: drift with a known truth, made of a directory at random.

Run: `.venv/bin/python -m benchmarks.accuracy [CASES] [SEED] [DIRECTORY …]`. Each case runs some
files whole, some in part, some never, then changes objects by hand, and compares the verdicts.
"""

# ruff: noqa: E501  SQL and DDL read better on one line

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.server import Server, temporary
from reconcile_pipeline.story.world import create_platform, drop_database

TOP = Path(__file__).parents[1]
DIRECTORIES = (TOP / "migrations", TOP / "reconcile_pipeline/story/worse/migrations")


@dataclass
class Truth:
    """What really happened: file path -> whole, part or never; objects changed by hand."""

    files: dict[str, str] = field(default_factory=dict)
    by_hand: set[tuple[str, str]] = field(default_factory=set)


def make(server: Server, name: str, directory: Path, chance: random.Random) -> Truth:
    """Build a production whose truth is known."""
    create_platform(server, name)
    truth = Truth()
    with psycopg.connect(server.dsn(name, "postgres"), autocommit=True) as production:
        files = take_inventory(directory).files
        certain = chance.randrange(len(files) // 3, 2 * len(files) // 3)
        for number, file in enumerate(files):
            fate = (
                "whole" if number < certain else chance.choice(["whole", "whole", "part", "never"])
            )
            truth.files[file.path] = _run(production, file, fate, chance)
        for _ in range(chance.randrange(3, 8)):
            if changed := _by_hand(production, chance, truth.by_hand):
                truth.by_hand.add(changed)
    return truth


def _run(
    production: Connection[object], file: MigrationFile, fate: str, chance: random.Random
) -> str:
    statements = [s for s in file.statements if s.tag not in ("BEGIN", "COMMIT")]
    if fate == "part" and len(statements) < 3:
        fate = "whole"
    if fate == "never":
        return fate
    cut = chance.randrange(1, len(statements) - 1) if fate == "part" else len(statements)
    for number, statement in enumerate(statements[:cut]):
        try:
            production.execute(statement.sql.encode(), prepare=False)
        except psycopg.Error:
            return "never" if number == 0 else ("part" if number < len(statements) else fate)
    return fate


def _by_hand(
    production: Connection[object], chance: random.Random, done: set[tuple[str, str]]
) -> tuple[str, str] | None:
    kind = chance.choice(
        ["drop index", "drop policy", "drop trigger", "rls off", "add table", "add column",
         "add index", "add policy", "default", "function", "grant", "drop column", "policy changed"]
    )  # fmt: skip
    pick = {
        "drop index": "select n.nspname, c.relname, '' from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and not i.indisprimary and not exists (select from pg_constraint k where k.conindid = i.indexrelid)",
        "drop policy": "select schemaname, tablename, policyname from pg_policies where schemaname = 'public'",
        "policy changed": "select schemaname, tablename, policyname from pg_policies where schemaname = 'public' and qual is not null and qual <> 'false'",
        "drop trigger": "select n.nspname, c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and not tgisinternal",
        "rls off": "select n.nspname, c.relname, '' from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and relrowsecurity",
        "function": "select n.nspname, p.oid::regprocedure::text, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang where n.nspname = 'public' and lanname = 'plpgsql' and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
        "drop column": "select n.nspname, c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r' and attnum > 1 and not attisdropped",
    }.get(kind, "select n.nspname, c.relname, '' from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and relkind = 'r'")  # fmt: skip
    rows = [row for row in production.execute(pick.encode()).fetchall() if isinstance(row, tuple)]
    if not rows:
        return None
    schema, table, name = sorted(rows)[chance.randrange(len(rows))]
    number = chance.randrange(1000)
    t = Identifier(schema, table)
    sql, changed = {
        "drop index": (SQL("drop index {}").format(t), (f"{schema}.{table}", "removed")),
        "drop policy": (SQL("drop policy {} on {}").format(Identifier(name), t), (f"{schema}.{table}.{name}", "removed")),
        "policy changed": (SQL("alter policy {} on {} using (false)").format(Identifier(name), t), (f"{schema}.{table}.{name}", "changed")),
        "drop trigger": (SQL("drop trigger {} on {}").format(Identifier(name), t), (f"{schema}.{table}.{name}", "removed")),
        "rls off": (SQL("alter table {} disable row level security").format(t), (f"{schema}.{table}", "changed")),
        "add table": (SQL("create table {} (id int primary key, note text)").format(Identifier("public", f"hand_{number}")), (f"public.hand_{number}", "added")),
        "add column": (SQL("alter table {} add column {} text").format(t, Identifier(f"hand_{number}")), (f"{schema}.{table}.hand_{number}", "added")),
        "drop column": (SQL("alter table {} drop column {}").format(t, Identifier(name)), (f"{schema}.{table}.{name}", "removed")),
        "add index": (SQL("create index {} on {} ((1))").format(Identifier(f"hand_{number}"), t), (f"{schema}.hand_{number}", "added")),
        "add policy": (SQL("create policy {} on {} using (true)").format(Identifier(f"hand_{number}"), t), (f"{schema}.{table}.hand_{number}", "added")),
        "default": (SQL("comment on table {} is 'by hand'").format(t), (f"{schema}.{table}", "changed")),
        "grant": (SQL("revoke select on {} from authenticated").format(t), (f"{schema}.{table}", "changed")),
        "function": (SQL("alter function {} cost 77").format(SQL(table)), (f"public.{table.removeprefix('public.')}", "changed")),
    }[kind]  # fmt: skip
    if any(
        identity == changed[0]
        or identity.startswith(changed[0] + ".")
        or changed[0].startswith(identity + ".")
        for identity, _ in done
    ):
        return None
    try:
        production.execute(sql)
    except psycopg.Error:
        return None
    return changed


def main() -> None:
    """Run the cases and print the figures."""
    cases, seed = (int(a) for a in (sys.argv[1:3] or ["10", "1"]))
    directories = [Path(a) for a in sys.argv[3:]] or list(DIRECTORIES)
    confusion: Counter[tuple[str, str]] = Counter()
    swaps = hit = found_all = true_all = 0
    with temporary() as server:
        for case in range(cases):
            chance = random.Random(seed * 1000 + case)
            directory = directories[case % len(directories)]
            truth = make(server, "accuracy", directory, chance)
            began = time.perf_counter()
            result = scan("accuracy", server.dsn("accuracy", "postgres"), directory)
            took = time.perf_counter() - began
            for migration in result.attribution.migrations:
                true, verdict = truth.files[migration.path], migration.verdict.value
                confusion[true, verdict] += 1
                swapped = (true, verdict) in {("whole", "not_applied"), ("never", "applied")}
                swaps += swapped
                odd = {"whole": ("partial", "not_applied"), "part": ("not_applied", "applied", "superseded"),
                       "never": ("applied", "applied_changed", "partial")}[true]  # fmt: skip
                if verdict in odd:
                    print(
                        f"  case {case}: {migration.path} is {true}, judged {verdict}: {migration.reason} {migration.alternative}"
                    )
            have = {(u.id.identity, u.change.value) for u in result.attribution.unexplained}
            hit += len(have & truth.by_hand)
            found_all += len(have)
            true_all += len(truth.by_hand)
            for extra in sorted(have - truth.by_hand):
                print(f"  case {case}: false {extra}")
            for missed in sorted(truth.by_hand - have):
                print(f"  case {case}: missed {missed}")
            print(f"case {case} {directory.parent.name} {took:.1f} s")
            drop_database(server, "accuracy")
    for (true, verdict), count in sorted(confusion.items()):
        print(f"{true:6} judged {verdict:16} {count}")
    print(
        f"swaps {swaps}; by hand: recall {hit / max(true_all, 1):.3f} ({hit}/{true_all}), precision {hit / max(found_all, 1):.3f} ({hit}/{found_all})"
    )


if __name__ == "__main__":
    main()
