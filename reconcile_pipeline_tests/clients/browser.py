"""A real browser for tests: Debian's Chromium, driven through Playwright.

`CHROMIUM` names another program. Without one such a test is skipped; where
RECONCILE_REQUIRE_CLIENTS is set, as in CI, it fails instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from reconcile_pipeline_tests.clients.npm import missing


def find_chromium() -> str | None:
    """The browser's program."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for one or more tests, closed afterwards."""
    program = find_chromium()
    if program is None:
        missing("there is no Chromium: install Debian's `chromium`, or set CHROMIUM")
    with sync_playwright() as playwright:
        # Tests run as root in a container, where Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        try:
            yield browser
        finally:
            browser.close()
