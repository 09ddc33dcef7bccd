"""Side by side with squawk: nothing that it sees in a folder of SQL cases goes unseen here.

`cases/squawk/RULE.sql` holds, for each of its rules, statements that break it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from reconcile_pipeline.migrations.hazards import rule_names, with_hazards
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import MigrationFile, Statement
from reconcile_pipeline.migrations.statements import split

CASES = Path(__file__).parent / "cases" / "squawk"
DOCS = Path(__file__).parents[2] / "docs" / "hazards" / "README.md"

#: squawk's rule -> those of ours of which one at least must see what it sees.
SEEN_BY: dict[str, set[str]] = {
    "adding-field-with-default": {"rewrites_table"},
    "adding-foreign-key-constraint": {"constraint_without_not_valid", "blocks_writes"},
    "adding-not-nullable-field": {"strong_lock"},
    "adding-required-field": {"needs_empty_table"},
    "adding-serial-primary-key-field": {"strong_lock", "rewrites_table"},
    "ban-add-column": {"changes_behaviour"},
    "ban-add-composite-attribute": {"changes_behaviour"},
    "ban-add-enum-value": {"enum_change"},
    "ban-alter-database-options": {"changes_behaviour"},
    "ban-alter-domain-with-add-constraint": {"rejects_writes"},
    "ban-alter-extension": {"changes_behaviour"},
    "ban-alter-function-options": {"changes_behaviour"},
    "ban-alter-generated-expression": {"rewrites_table"},
    "ban-alter-identity": {"changes_behaviour"},
    "ban-alter-policy-condition": {"narrows_access"},
    "ban-alter-policy-roles": {"narrows_access"},
    "ban-alter-role-options": {"narrows_access"},
    "ban-alter-row-level-security": {"narrows_access", "loosens_access"},
    "ban-alter-sequence-values": {"changes_behaviour"},
    "ban-alter-system-options": {"changes_behaviour"},
    "ban-alter-view-options": {"changes_behaviour"},
    "ban-char-field": {"column_type"},
    "ban-concurrent-index-creation-in-transaction": {"transaction_control"},
    "ban-create-domain-with-constraint": {"rejects_writes"},
    "ban-create-policy": {"narrows_access"},
    "ban-detach-inheritance": {"drops_object"},
    "ban-disable-trigger": {"changes_behaviour", "narrows_access"},
    "ban-drop-column": {"deletes_data"},
    "ban-drop-constraint": {"drops_object"},
    "ban-drop-database": {"deletes_data"},
    "ban-drop-default": {"drops_object"},
    "ban-drop-domain": {"drops_object"},
    "ban-drop-extension": {"drops_object"},
    "ban-drop-function": {"drops_object"},
    "ban-drop-generated-expression": {"drops_object"},
    "ban-drop-index": {"drops_object"},
    "ban-drop-not-null": {"drops_object"},
    "ban-drop-policy": {"drops_object"},
    "ban-drop-schema": {"deletes_data"},
    "ban-drop-sequence": {"drops_object"},
    "ban-drop-table": {"deletes_data"},
    "ban-drop-trigger": {"drops_object"},
    "ban-drop-type": {"drops_object"},
    "ban-drop-view": {"drops_object"},
    "ban-duplicate-column-assignments": {"double_assignment"},
    "ban-new-write-restriction": {"rejects_writes"},
    "ban-replace-view-function": {"changes_behaviour"},
    "ban-replica-identity": {"changes_behaviour"},
    "ban-revoke": {"narrows_access"},
    "ban-set-default": {"changes_behaviour"},
    "ban-set-schema": {"renames"},
    "ban-truncate-cascade": {"deletes_data"},
    "ban-uncommitted-transaction": {"transaction_control"},
    "changing-column-type": {"rewrites_table"},
    "constraint-missing-not-valid": {"constraint_without_not_valid", "strong_lock",
                                     "transaction_control"},
    "disallowed-unique-constraint": {"strong_lock"},
    "identifier-too-long": {"too_long_name"},
    "prefer-bigint-over-int": {"column_type"},
    "prefer-bigint-over-smallint": {"column_type"},
    "prefer-identity": {"column_type"},
    "prefer-repack": {"rewrites_table"},
    "prefer-robust-stmts": {"not_repeatable"},
    "prefer-text-field": {"column_type"},
    "prefer-timestamp-tz": {"column_type"},
    "renaming-column": {"renames"},
    "renaming-object": {"renames", "enum_change"},
    "renaming-table": {"renames"},
    "require-concurrent-index-creation": {"index_without_concurrently"},
    "require-concurrent-index-deletion": {"index_without_concurrently"},
    "require-concurrent-partition-detach": {"strong_lock"},
    "require-concurrent-reindex": {"index_without_concurrently"},
    "require-enum-value-ordering": {"enum_change"},
    "require-lock-timeout": {"no_timeout"},
    "require-statement-timeout": {"no_timeout"},
    "require-table-schema": {"unqualified_name"},
    "require-timeout-settings": {"no_timeout"},
    "transaction-nesting": {"transaction_control"},
}  # fmt: skip
#: Rules that squawk replaced by others, and no longer reports itself.
SILENT = {"prefer-repack", "require-timeout-settings"}
#: The rules of strong_migrations for PostgreSQL -> ours.
STRONG_MIGRATIONS = {
    "add_column_default": "rewrites_table",
    "add_column_default_callable": "rewrites_table",
    "add_column_json": "column_type",
    "add_column_generated_stored": "rewrites_table",
    "change_column": "rewrites_table",
    "change_column_with_not_null": "strong_lock",
    "remove_column": "deletes_data",
    "rename_column": "renames",
    "rename_table": "renames",
    "rename_schema": "renames",
    "add_reference": "constraint_without_not_valid",
    "add_index": "index_without_concurrently",
    "remove_index": "index_without_concurrently",
    "add_index_columns": "wide_index",
    "create_table": "deletes_data",
    "change_column_default": "changes_behaviour",
    "change_column_null": "updates_rows",
    "change_column_null_postgresql": "strong_lock",
    "add_foreign_key": "constraint_without_not_valid",
    "validate_foreign_key": "transaction_control",
    "add_check_constraint": "constraint_without_not_valid",
    "validate_check_constraint": "transaction_control",
    "add_exclusion_constraint": "strong_lock",
    "add_unique_constraint": "strong_lock",
}


def squawk() -> str:
    beside = Path(sys.executable).with_name("squawk")
    found = str(beside) if beside.exists() else shutil.which("squawk")
    if not found:
        pytest.skip("squawk is not installed: pip install squawk-cli")
    return found


def judged(path: Path) -> tuple[Statement, ...]:
    """The statements of one case, with all that our rules say."""
    text = path.read_text()
    file = MigrationFile(path.name, None, path.stem, "", text, tuple(split(text)))
    return with_hazards(file, strict=True).statements


def test_nothing_that_squawk_sees_is_missed() -> None:
    paths = sorted(CASES.glob("*.sql"))
    included = [word for path in paths for word in ("--include", path.stem)]
    began = time.perf_counter()
    done = subprocess.run(
        [squawk(), "--reporter", "json", *included, *map(str, paths)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    theirs = time.perf_counter() - began
    found = json.loads(done.stdout)
    began = time.perf_counter()
    statements = {path.stem: judged(path) for path in paths}
    ours = time.perf_counter() - began
    reported: dict[str, set[str]] = {}
    missed = []
    for one in found:
        case, rule, line = Path(one["file"]).stem, one["rule_name"], one["line"] + 1
        reported.setdefault(case, set()).add(rule)
        before = [s for s in statements[case] if s.line <= line] or list(statements[case][:1])
        rules = {hazard.rule for hazard in before[-1].hazards}
        if not rules & SEEN_BY[rule]:
            missed.append((rule, case, before[-1].sql, sorted(rules)))
    count = Counter(one["rule_name"] for one in found)
    print(f"{len(found)} findings of {len(count)} rules in {len(paths)} files, {len(missed)} missed"
          f"; squawk {theirs * 1000:.0f} ms, ours {ours * 1000:.0f} ms")  # fmt: skip
    assert missed == []
    # Each case breaks the rule that it is named after.
    assert {path.stem for path in paths if path.stem not in reported[path.stem]} == SILENT


def test_every_rule_of_both_books_is_mapped_and_documented() -> None:
    assert {path.stem for path in CASES.glob("*.sql")} == SEEN_BY.keys()
    own = set(rule_names())
    assert set().union(*SEEN_BY.values()) <= own
    assert set(STRONG_MIGRATIONS.values()) <= own
    page = DOCS.read_text()
    for rule, ours in {**SEEN_BY, **{r: {o} for r, o in STRONG_MIGRATIONS.items()}}.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{rule}` |")]
        assert all(f"[{name}]" in row for name in ours), rule


def test_our_own_files_are_judged_strictly_too() -> None:
    files = take_inventory(Path(__file__).parents[2] / "migrations").files
    strict = {h.rule for f in files for s in with_hazards(f, strict=True).statements
              for h in s.hazards}  # fmt: skip
    usual = {h.rule for f in files for s in with_hazards(f).statements for h in s.hazards}
    assert usual < strict
    assert {"rejects_writes", "narrows_access", "changes_behaviour"} <= strict - usual
