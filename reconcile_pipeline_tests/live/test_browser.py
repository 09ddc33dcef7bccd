"""Dagster's web page in a real browser, from the first scan to green checks.

`make browser` runs it. With RECONCILE_SCREENSHOTS naming a folder, the pages are kept there.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PageTimeout

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.story import ADMINS, build_story
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.clients.browser import chromium
from reconcile_pipeline_tests.live.dev import ROOT, Dev, dev, project

pytestmark = pytest.mark.browser

LONGEST_S = 300  # for one thing to be seen, on a busy machine
CONFIG = f"""
[targets.story]
dsn_env = "STORY_DATABASE_URL"
run_pending = ["013"]
never_applied = "archive"
owners = ["team:data"]
[targets.story.user_profiles]
admins = [{", ".join(f'"{address}"' for address in ADMINS)}]
"""


@pytest.fixture(scope="module")
def running(server: Server) -> Iterator[Dev]:
    """Dagster on the story, of which it knows nothing yet. Sensors and schedules are stopped."""
    name = f"browser_{os.getpid()}"
    build_story(server, name, ROOT / "migrations")
    with (
        project(CONFIG) as folder,
        dev(folder, STORY_DATABASE_URL=server.dsn(name, "postgres")) as up,
    ):
        yield up
    drop_database(server, name)


@pytest.fixture(scope="module")
def page(running: Dev) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(LONGEST_S * 1000)
        yield page


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("RECONCILE_SCREENSHOTS"):
        page.wait_for_timeout(1500)  # for what is still drawn
        page.screenshot(path=Path(folder) / f"{name}.png")


def seen(page: Page, address: str, wanted: Locator) -> None:
    """Load the page again until it shows what is wanted."""
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        page.goto(address)
        try:
            wanted.first.wait_for(timeout=12_000)
            return
        except PageTimeout:
            continue
    pytest.fail(f"never seen on {address}: {wanted}")


def write(editor: Locator, text: str) -> None:
    """Put a text into an editor. What is typed before Dagster has loaded its schema may be lost."""
    page = editor.page
    save = page.get_by_role("button", name="Save config")
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        editor.locator("textarea").focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(text)
        try:
            expect(editor).to_contain_text(text, timeout=5_000)
            expect(save).to_be_enabled(timeout=5_000)
            return
        except AssertionError:
            continue
    pytest.fail("the editor never took the text")


def launch(page: Page, running: Dev, job: str, config: str = "") -> str:
    """Launch a job for the only partition, as a person does; the page of its run."""
    page.goto(f"{running.url}/locations/reconcile_pipeline/jobs/{job}")
    page.get_by_role("button", name="Materialize all…").click()
    page.get_by_role("button", name="All", exact=True).click()
    if config:
        page.get_by_text("Config", exact=True).click()
        page.get_by_role("button", name="Add config").click()
        write(page.locator(".CodeMirror").nth(1), config)  # the first is the filter behind
        keep(page, "run-config")
        page.get_by_role("button", name="Save config").click()
    page.get_by_role("button", name="Launch 1 run").click()
    page.get_by_text("Partition selection").wait_for(state="detached")
    page.goto(f"{running.url}/runs")
    newest = page.locator("a[href^='/runs/']").filter(has_text=re.compile("[0-9a-f]{8}")).first
    newest.wait_for()
    return f"{running.url}{newest.get_attribute('href')}"


def asset(running: Dev, name: str) -> str:
    return f"{running.url}/assets/{name}?view=partitions&partition=story"


def test_from_the_first_scan_to_green_checks(running: Dev, page: Page) -> None:
    # A scan, and what was found.
    launch(page, running, "scan")
    seen(page, asset(running, "drift_report"), page.get_by_text("Drift: 1 pending destructive"))
    finding = "020_enforce_auth_requirements.sql, line 13: CREATE TABLE public.user_profiles"
    page.get_by_text(finding).wait_for()
    page.get_by_text("what to do next").wait_for()
    keep(page, "drift-report")
    page.goto(f"{running.url}/assets/drift_report?view=checks&checkDetail=no_pending_destructive")
    page.get_by_text("011_smartsuite_alignment").first.wait_for()
    page.get_by_text("Failed", exact=True).nth(2).wait_for()
    keep(page, "drift-checks")

    # The plan, and how to apply it.
    command = page.get_by_text(re.compile("reconcile approve --target story [0-9a-f]{12}"))
    seen(page, asset(running, "reconciliation_plan"), command)
    found = re.search("story ([0-9a-f]{12})", command.first.inner_text())
    assert found is not None
    digits = found[1]
    keep(page, "plan")

    # Nobody has approved it.
    config = f'resources: {{approved: {{config: {{plan_hash: "{digits}"}}}}}}'
    refused = launch(page, running, "reconcile", config)
    seen(page, refused, page.get_by_text("Nobody has approved this plan. Nothing was changed."))
    keep(page, "refused")

    # Somebody approves it in a terminal; then it is applied.
    done = running.cli(
        "approve", "--target", "story", digits, "--person", "Ada", "--yes",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    launch(page, running, "reconcile", config)
    checks = f"{running.url}/assets/verification?view=checks"
    promises = ("true", "nothing_lost", "nothing_stopped", "in_step", "seen_from_outside")
    # One for each: a page that is still being drawn shows fewer, and no failed one either.
    seen(page, checks, page.get_by_text("Succeeded", exact=True).nth(len(promises) - 1))
    assert page.get_by_text("Failed", exact=True).count() == 0
    for name in promises:
        page.get_by_text(name, exact=True).first.wait_for()
    keep(page, "green")

    # And so says the next scan.
    launch(page, running, "scan")
    in_step = page.get_by_text("In step: 13 migrations, nothing to push, nothing unexplained.")
    seen(page, asset(running, "drift_report"), in_step)
    keep(page, "in-step")

    # The lineage of an object, once Dagster has loaded what the scan left.
    page.goto(f"{running.url}/locations")
    reload = page.get_by_role("button").filter(has_text="Reload all")
    with page.expect_response(lambda answer: "eload" in (answer.request.post_data or "")):
        reload.click()
    table = f"{running.url}/assets/story/public/scripts"
    seen(page, table, page.get_by_text("003_core_schema.sql, lines"))
    page.get_by_text("last_edited_by").first.wait_for()
    keep(page, "object")
    page.goto(f"{table}?view=lineage")
    page.get_by_text("active_projects").or_(page.get_by_text("003_core_schema")).first.wait_for()
    keep(page, "object-lineage")
