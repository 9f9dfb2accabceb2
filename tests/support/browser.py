"""A real browser for tests of what people see."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")

ColorScheme = Literal["light", "dark"]


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Start Chromium; a test without it fails with the line that installs it."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def open_mail(browser: Browser, html: str, *, width: int, scheme: ColorScheme = "light") -> Page:
    """Show a mail in a window of that width; nothing is fetched from anywhere."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.set_content(html)
    return page
