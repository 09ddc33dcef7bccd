"""The report in a real browser: accessible, light and dark, narrow and on paper, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Request

from reconcile_pipeline.evidence.html import to_html
from reconcile_pipeline_tests.clients.browser import chromium
from reconcile_pipeline_tests.clients.npm import installed
from reconcile_pipeline_tests.evidence import cases

AXE = "axe-core/axe.min.js"
Scheme = Literal["light", "dark"]
SERIOUS = ("serious", "critical")
A4_PX = 688  # what the margins leave of 210 mm


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for the module."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of every case, as a file on disk."""
    folder = tmp_path_factory.mktemp("reports")
    found = {}
    for case in cases.CASES:
        found[case] = folder / f"{case}.html"
        found[case].write_text(to_html(cases.facts(case)), "utf-8")
    return found


def shown(
    browser: Browser, path: Path, scheme: Scheme, width: int = 1200
) -> tuple[Page, list[str]]:
    """The page without a network, and the addresses it asked for beside its own."""
    # The page forbids scripts; axe is one, so the tester is let in, and nobody else.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, bypass_csp=True
    )
    page = context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url != path.as_uri():
            asked.append(request.url)

    page.on("request", note)
    page.goto(path.as_uri())
    return page, asked


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or worse, as `rule: element`."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.evaluate(installed(AXE).read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["testEngine"]["name"] == "axe-core"
    assert len(found["passes"]) > 15
    return [
        f"{violation['id']}: {node['html'][:150]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("case", cases.CASES)
def test_axe_finds_nothing_serious(
    browser: Browser, reports: dict[str, Path], case: str, scheme: Scheme
) -> None:
    page, _ = shown(browser, reports[case], scheme)
    assert serious(page) == []
    page.context.close()


def test_axe_finds_nothing_serious_on_a_telephone(
    browser: Browser, reports: dict[str, Path]
) -> None:
    page, _ = shown(browser, reports["story"], "light", 360)
    assert serious(page) == []
    # Laid out as blocks, and tables all the same to whoever listens to the page.
    assert page.get_by_role("table", name="Before and after").get_by_role("row").count() > 10
    page.context.close()


def test_axe_does_look(browser: Browser, reports: dict[str, Path]) -> None:
    page, _ = shown(browser, reports["story"], "light")
    page.evaluate("document.querySelector('dt').style.color = '#dddddd'")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert {problem.partition(":")[0] for problem in serious(page)} == {
        "color-contrast", "html-has-lang",
    }  # fmt: skip
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 360)])
def test_it_renders_whole_without_a_network(
    browser: Browser, reports: dict[str, Path], scheme: Scheme, width: int
) -> None:
    page, asked = shown(browser, reports["story"], scheme, width)
    assert asked == []
    # Styled, in the colours of the scheme, and not wider than the screen.
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(15, 19, 24)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".promises li").count() == 4
    picture = page.screenshot()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(set(picture)) == 256
    assert len(picture) > 20_000  # an empty page of this size takes 5 kB
    page.context.close()


def test_on_paper_nothing_is_folded_away(browser: Browser, reports: dict[str, Path]) -> None:
    page, _ = shown(browser, reports["story"], "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    folded = page.locator("details:not([open]) table").first
    assert folded.evaluate("element => element.getBoundingClientRect().height") > 0
    assert page.pdf(format="A4")[:5] == b"%PDF-"
    page.context.close()


def test_a_long_name_does_not_run_off_the_paper(browser: Browser, reports: dict[str, Path]) -> None:
    page, _ = shown(browser, reports["story"], "light", A4_PX)
    page.emulate_media(media="print")
    hazards = page.get_by_role("table", name="Steps of the plan").locator("td").nth(2)
    hazards.evaluate("element => { element.textContent = 'public.' + 'long_name_'.repeat(20); }")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_PX
    page.context.close()
