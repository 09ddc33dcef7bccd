"""The report as Markdown: the golden cases, and what every report must hold."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from reconcile_pipeline.evidence import encode
from reconcile_pipeline.evidence.concerns import concerns
from reconcile_pipeline.evidence.model import Access, AccessChange
from reconcile_pipeline.evidence.promises import promises
from reconcile_pipeline.evidence.report import to_markdown
from reconcile_pipeline_tests.evidence import cases

SECTIONS = [
    "Overview",
    "Key findings",
    "Drift analysis",
    "Rehearsal",
    "Actions taken",
    "Current state",
    "Directory after clean-up",
    "What is proved and how",
    "What is left to do",
    "Every statement before the run",
]


@pytest.mark.parametrize("case", cases.CASES)
def test_the_report_is_what_the_case_says(case: str) -> None:
    facts = cases.facts(case)
    cases.compare(cases.FOLDER / case / "RECONCILIATION.md", to_markdown(facts))


@pytest.mark.parametrize("case", cases.CASES)
def test_the_promises_are_what_the_case_says(case: str) -> None:
    written = encode.dump(promises(cases.facts(case))).decode()
    cases.compare(cases.FOLDER / case / "promises.json", written)


@pytest.mark.parametrize("case", cases.CASES)
def test_the_sections_stand_in_order(case: str) -> None:
    headings = re.findall(r"^## (.*)$", to_markdown(cases.facts(case)), re.MULTILINE)
    assert headings == SECTIONS


def test_the_rehearsal_answers_each_question() -> None:
    report = to_markdown(cases.facts())
    assert "Rehearsed on a twin with 6 made-up rows in 2 tables, in 3.1 s: it holds." in report
    assert "| Does a second run change nothing? | yes |  |" in report
    assert "AccessExclusiveLock on public.user_profiles" in report.replace("\\_", "_")
    assert "No rehearsal is part of this run's evidence." in to_markdown(cases.facts("nothing"))


def test_the_danger_is_named_with_its_rows() -> None:
    report = to_markdown(cases.facts())
    assert "`supabase db push` would have run 9 files" in report
    assert "8 rows in 5 tables would have been deleted by 011\\_smartsuite" not in report
    assert (
        "**Data at stake:** 8 rows in 5 tables would have been deleted by "
        "011_smartsuite_alignment.sql, line 20." in report
    )


def test_the_sql_that_ran_is_there_and_what_did_not_run_is_not() -> None:
    facts = cases.facts()
    assert "CREATE POLICY clients_admin ON public.clients FOR ALL" in to_markdown(facts)
    nothing_ran = to_markdown(replace(facts, steps=()))
    assert "CREATE POLICY clients_admin ON public.clients FOR ALL" not in nothing_ran
    assert "no record of it" in nothing_ran


def test_values_that_look_like_markup_stay_text() -> None:
    tokens = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .parse(to_markdown(cases.facts("worse")))
    )
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {token.type for token in [*tokens, *inline]}
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "em_open"}
    assert any("<script>alert(1)</script> | *x*" in child.content for child in inline)


def test_every_row_of_a_table_has_its_cells() -> None:
    for case in cases.CASES:
        tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(cases.facts(case)))
        width = 0
        for place, token in enumerate(tokens):
            if token.type == "tr_open":
                end = next(i for i in range(place, len(tokens)) if tokens[i].type == "tr_close")
                cells = sum(t.type in ("th_open", "td_open") for t in tokens[place:end])
                width = cells if tokens[place + 1].type == "th_open" else width
                assert cells == width


def test_what_no_promise_covers_is_not_overlooked() -> None:
    facts = cases.facts()
    assert concerns(facts) == ()
    change = AccessChange("anon", "public.clients", "SELECT", "nothing", "every row", True, False)
    report = to_markdown(replace(facts, access=Access(12, (change,))))
    overview = report[: report.index("## Key findings")]
    assert "anon may do more than before, and no plan said so: SELECT on public.clients" in overview
    # Narrower, or announced, is no concern.
    for harmless in (replace(change, planned=True), replace(change, wider=False)):
        assert concerns(replace(facts, access=Access(12, (harmless,)))) == ()
