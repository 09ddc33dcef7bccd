"""Renderings of a drift report: JSON, rows, frames, Markdown."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconcile_pipeline.drift import markdown
from reconcile_pipeline.drift.model import DriftReport, Finding
from reconcile_pipeline.drift.render import (
    headline,
    next_steps,
    status_table,
    to_markdown,
    unexplained_table,
)
from reconcile_pipeline.drift.tables import Frame, status_rows, to_frame, unexplained_rows
from reconcile_pipeline.drift.to_json import to_json
from reconcile_pipeline.drift.words import ADVICE, LETTER, MEANING, ORDER, count, listing
from reconcile_pipeline_tests.evidence import cases

FOLDER = Path(__file__).parent / "cases" / "render"


@pytest.fixture(params=cases.CASES)
def case(request: pytest.FixtureRequest) -> str:
    """Each golden case."""
    name: str = request.param
    return name


def _report(case: str = "story") -> DriftReport:
    return cases.facts(case).before


def test_the_markdown_is_what_the_case_says(case: str) -> None:
    cases.compare(FOLDER / f"{case}.md", to_markdown(_report(case)))


def test_the_json_is_what_the_case_says(case: str) -> None:
    text = json.dumps(to_json(_report(case)), indent=1, ensure_ascii=False) + "\n"
    cases.compare(FOLDER / f"{case}.json", text)


def test_the_json_keeps_its_contract(case: str) -> None:
    report = _report(case)
    answer = to_json(report)
    assert answer["fingerprint"] == report.fingerprint
    for migration, finding in zip(answer["migrations"], report.migrations, strict=True):
        assert migration["version"] == finding.version
        assert migration["name"] == finding.name
        assert migration["file"] == finding.file
        assert migration["recorded"] is finding.recorded
        assert migration["verdict"] == finding.verdict
        assert migration["finding"] == finding.finding.value
        statements = finding.report.statements if finding.report else ()
        for shown, statement in zip(migration["statements"], statements, strict=True):
            assert shown["index"] == statement.index
            assert shown["verdict"] == statement.verdict.value
            assert sorted(
                (e["kind"], e["identity"], e["change"], e["verdict"]) for e in shown["effects"]
            ) == sorted(
                (e.kind, e.identity, e.change.value, e.verdict.value) for e in statement.effects
            )
    assert {(u["kind"], u["identity"], u["change"]) for u in answer["unexplained"]} == {
        (u.id.kind.value, u.id.identity, u.change.value) for u in report.unexplained
    }


def test_the_json_does_not_depend_on_the_order_things_were_found_in() -> None:
    report = _report("worse")
    shuffled = replace(
        report,
        unexplained=report.unexplained[::-1],
        migrations=tuple(
            replace(
                m,
                report=m.report
                and replace(
                    m.report,
                    statements=tuple(
                        replace(s, effects=s.effects[::-1]) for s in m.report.statements
                    ),
                ),
            )
            for m in report.migrations
        ),
    )
    assert json.dumps(to_json(shuffled)) == json.dumps(to_json(report))


def test_the_json_holds_no_sql_since_sql_may_hold_rows() -> None:
    assert "default_role" not in json.dumps(to_json(_report()))


def test_no_address_is_shown() -> None:
    report = _report("worse")
    planted = "row of alice.smith@mail.example.org"
    migrations = []
    for m in report.migrations:
        judged = m.report and replace(
            m.report,
            reason=planted,
            alternative=planted,
            statements=tuple(
                replace(
                    s,
                    reason=planted,
                    error=planted,
                    effects=tuple(replace(e, fact=planted) for e in s.effects),
                )
                for s in m.report.statements
            ),
        )
        migrations.append(replace(m, report=judged, hazards=(planted,)))
    by_hand = tuple(replace(u, note=planted) for u in report.unexplained)
    report = replace(report, migrations=tuple(migrations), unexplained=by_hand, notes=(planted,))
    shown = json.dumps(to_json(report)) + to_markdown(report)
    shown += "".join(to_frame(report, table).to_csv() for table in Frame)
    assert "row of a***@" in shown
    assert "smith" not in shown
    assert "example.org" not in shown


def test_the_rows_are_the_table_of_the_story() -> None:
    rows = status_rows(_report())
    assert rows[0] == ("003_core_schema", "003", "applied", "synchronized", "")
    assert rows[5][:4] == ("008_add_script_status", "", "applied", "unrecorded")
    assert rows[8] == (
        "011_smartsuite_alignment",
        "",
        "not_applied",
        "pending_destructive",
        "line 20: TRUNCATE … CASCADE empties 6 tables, 14 rows now",
    )
    assert rows[12].note == (
        "1 of 3 statements live; missing: CREATE TABLE (line 13) and CREATE TRIGGER (line 71)"
    )


def test_a_file_without_version_and_a_version_without_file_have_rows() -> None:
    rows = {row.finding: row for row in status_rows(_report("worse"))}
    assert rows["pending"][:2] == ("fix_rls", "")
    assert rows["file_missing"][:2] == ("", "004")
    assert rows["altered"].note == "changed since: policy public.clients.clients_read"


def test_a_folder_a_migration_is_named_by_version_and_name() -> None:
    finding = replace(_report().migrations[0], file="003_core_schema/migration.sql")
    assert status_rows(replace(_report(), migrations=(finding,)))[0].local == "003_core_schema"


def test_unexplained_rows_are_ordered_and_name_what_differs() -> None:
    rows = unexplained_rows(_report("worse"))
    assert [row[:4] for row in rows] == [
        ("added", "policy", "public.clients.temp", ""),
        ("changed", "column", "public.users.state", "default, type"),
        ("removed", "index", "public.idx_gone", ""),
    ]


def test_frames_hold_the_rows() -> None:
    report = _report("worse")
    status = to_frame(report)
    assert list(status.columns) == ["local", "remote", "verdict", "finding", "note"]
    assert [tuple(row) for row in status.itertuples(index=False)] == status_rows(report)
    statements = to_frame(report, Frame.STATEMENTS)
    assert statements["line"].tolist() == [2, 1, 1, 7, 1]
    assert to_frame(report, Frame.UNEXPLAINED)["identity"].tolist()[0] == "public.clients.temp"
    empty = to_frame(replace(report, migrations=(), unexplained=()), Frame.UNEXPLAINED)
    assert list(empty.columns) == ["change", "kind", "identity", "facets", "note"]


def test_status_does_not_pay_for_pandas() -> None:
    check = (
        "import sys\n"
        "import reconcile_pipeline.drift.render, reconcile_pipeline.drift.to_json\n"
        "print(sorted({'pandas', 'rich', 'jinja2', 'dagster', 'pglast'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_headline_begins_with_what_presses_most() -> None:
    assert headline(_report()) == (
        "Drift: 1 pending destructive, 2 half applied, 5 unrecorded, 1 pending and "
        "1 object changed by hand; 5 migrations in step."
    )
    after = cases.facts().after
    assert headline(after) == "In step: 13 migrations, nothing to push, nothing unexplained."
    assert next_steps(after) == ()


def test_something_to_do_is_said_for_every_finding() -> None:
    assert set(ORDER) == set(MEANING) == set(ADVICE) == set(Finding)
    assert len(set(LETTER.values())) == len(LETTER)
    steps = "\n".join(next_steps(_report("worse")))
    for name in ("002_phantom", "003_half", "001_init", "004", "fix_rls", "3 objects changed"):
        assert name in steps


def test_a_terminal_gets_plain_data_and_tones() -> None:
    table = status_table(_report())
    assert table.title.startswith("story: Drift: ")
    assert len(table.rows) == len(table.tones) == 14
    assert table.tones[0] == "good"
    assert table.tones[8] == "bad"
    assert unexplained_table(_report()).rows[0][2] == "public.idx_scripts_status_hot"


def _text(source: str, inside: str = "inline") -> str:
    """What a reader of the rendered Markdown sees."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [token for token in parser.parse(source) if token.type == inside]
    children = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in children)


_awkward = st.text(st.sampled_from("ab1 _*`|\\<>&#+-.)([]!~:/\n\"'$é"), max_size=30)


@given(_awkward | st.text())
def test_escaped_text_reads_as_it_was(text: str) -> None:
    plain = " ".join(text.split())
    if "\0" not in plain:
        assert _text(markdown.escape(text)) == plain
        assert _text(f"- {markdown.escape(text)}") == plain


@given(_awkward)
def test_a_cell_reads_as_it_was(text: str) -> None:
    plain = " ".join(text.split())
    cells = (markdown.escape(text), markdown.code(text, in_table=True))
    table = markdown.table(("A", "B", "C"), [("x", *cells)])
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    shown = [
        "".join(child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    ]
    assert shown[:3] == ["A", "B", "C"]
    assert [" ".join(cell.split()) for cell in shown[3:]] == ["x", plain, plain]


@given(_awkward)
def test_a_block_holds_what_it_holds(text: str) -> None:
    (fence,) = MarkdownIt().parse(markdown.block(text, "sql"))
    assert fence.type == "fence"
    assert fence.content.rstrip() == text.rstrip()


def test_numbers_have_their_nouns() -> None:
    assert [count(0, "row"), count(1, "row"), count(1234, "row")] == [
        "0 rows",
        "1 row",
        "1,234 rows",
    ]
    assert count(2, "try", "tries") == "2 tries"
    assert listing([]) == ""
    assert listing(["a", "b", "c", "d"], limit=2) == "a, b and 2 more"
