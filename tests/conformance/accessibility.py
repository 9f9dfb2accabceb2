"""axe-core looks at every page in Chromium: both languages, light and dark, narrow and wide."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from playwright.async_api import BrowserContext, Page, Route, async_playwright

from tests.conformance import node
from tests.conformance.pages import PageSet
from tests.conformance.validator_report import ValidatorReport, ValidatorUnavailable, prefix_with_name
from tests.support.browser import CHROMIUM, ColorScheme

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SCHEMES: tuple[ColorScheme, ...] = ("light", "dark")
WIDTHS = (320, 760)
AXE = node.MODULES / "axe-core" / "axe.min.js"
BROWSER_WINDOWS = 2
"""How many pages are looked at at once."""

BAD = "bad"
BAD_PAGE = """<!DOCTYPE html><html lang="en"><title>Bad</title><main><h1>Bad</h1>
<p style="color: #bbb; background: #fff">pale</p><input name="unnamed"></main>"""
"""A page that no look may let pass: where one does, axe was not working."""

_ORIGIN = "http://pages.test"
_ASK = """async rules => (await axe.run(document, {
    runOnly: {type: "tag", values: rules}, resultTypes: ["violations"], preload: false
})).violations.map(
    one => [one.id, one.help, one.nodes.map(node => `${node.target}: ${node.failureSummary}`)]
)"""


def check(found: PageSet) -> ValidatorReport:
    """Have every page looked at in each look."""
    faults = asyncio.run(_check_all({**found.pages, BAD: BAD_PAGE}, found.style))
    looks = len(SCHEMES) * len(WIDTHS)
    if len(faults.pop(BAD)) != 2 * looks:
        raise ValidatorUnavailable("axe-core let pass what nothing may let pass")
    return ValidatorReport(
        name="axe-core",
        version=node.version("axe-core"),
        scope=f"{len(found.pages)} pages in {looks} looks, by WCAG 2.2 A and AA and its best practices",
        faults=prefix_with_name(faults),
    )


async def _check_all(pages: Mapping[str, str], style: bytes) -> dict[str, list[str]]:
    """Return the faults by page; a few windows share the work."""
    names, faults = iter(pages), dict[str, list[str]]()

    async def check_in_window(context: BrowserContext) -> None:
        page = await context.new_page()
        for name in names:
            faults[name] = [fault async for fault in _check_page(page, name)]

    async with _open_browser(pages, style) as context:
        await asyncio.gather(*(check_in_window(context) for _ in range(BROWSER_WINDOWS)))
    return {name: faults[name] for name in pages}


async def _check_page(page: Page, name: str) -> AsyncIterator[str]:
    """Return what is wrong with a page in any look; the details that scripts open are open."""
    await page.goto(f"{_ORIGIN}/{name}")
    await page.add_script_tag(path=AXE)
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            for fault in _format_violations(await page.evaluate(_ASK, list(RULES))):
                yield f"{width} {scheme}: {fault}"


def _format_violations(violations: list[Any]) -> Iterator[str]:
    for rule, help_, places in violations:
        for place in islice(places, 3):
            yield f"{rule} ({help_}) at {' '.join(place.split())}"


@asynccontextmanager
async def _open_browser(pages: Mapping[str, str], style: bytes) -> AsyncIterator[BrowserContext]:
    """Return a browser to which the pages, and nothing else, are served."""

    async def serve(route: Route) -> None:
        path = route.request.url.removeprefix(f"{_ORIGIN}/")
        if path == "site.css":
            await route.fulfill(body=style, content_type="text/css")
        elif path in pages:
            await route.fulfill(body=pages[path], content_type="text/html; charset=utf-8")
        else:
            await route.abort()

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        try:
            context = await browser.new_context()
            await context.route("**/*", serve)
            yield context
        finally:
            await browser.close()
