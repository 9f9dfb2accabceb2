"""Pictures of the pages: ``python -m tests.web.pictures --out DIR``, ``--docs`` for those of ``docs/``."""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, async_playwright

from digest.model import Locale
from digest.model.clock import FixedClock
from digest.model.links import LinkBuilder
from digest.services.editions import EditionService
from digest.storage import open_store
from tests.support.browser import CHROMIUM, ColorScheme
from tests.support.database import NOW
from tests.web.running_site import ANN_TARGET, SECRET, SEED, RunningSite, run_site

MAX_HEIGHT = 2_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """How a page is looked at; ``text_percent`` is the size of its letters in per cent."""

    width: int = 760
    scheme: ColorScheme = "light"
    text_percent: Literal[100, 200] = 100

    @property
    def name(self) -> str:
        """What a picture of it is called."""
        return f"{self.width}-{self.scheme}" + ("" if self.text_percent == 100 else f"-{self.text_percent}")


PAGE_VIEWS = (
    PageView(),
    PageView(scheme="dark"),
    PageView(width=320),
    PageView(width=320, scheme="dark"),
    PageView(text_percent=200),
)


@asynccontextmanager
async def open_filled_site(folder: Path, locale: Locale = Locale.EN) -> AsyncIterator[RunningSite]:
    """Serve the pages with the seed's report, and Ann, who has had her digest and is asked once more."""
    clock = FixedClock(NOW)
    store = await open_store(f"sqlite+aiosqlite:///{folder / f'{locale}.db'}", clock)
    try:
        async with run_site(store, clock) as site:
            await site.deps.archive.ingest(SEED.read_bytes(), name=SEED.name)
            await site.deps.subscriptions.add_subscriber([ANN_TARGET], ["robotics", "agents"], locale=locale)
            clock.now = clock.now.replace(hour=8, minute=5)
            await EditionService(store=store.editions, clock=clock).queue_due_digests()
            await site.sign_up("bob@example.org", locale=locale)
            yield site
    finally:
        await store.close()


async def page_paths(site: RunningSite, locale: Locale) -> Mapping[str, str]:
    """Return the path of each page that only looks."""
    links = await site.email_links()
    base = site.deps.public_url
    row = next(row for row in await site.store.outbox.list_deliveries() if row.kind == "digest")
    maker = LinkBuilder(public_url="", secret=SECRET)
    copy = maker.email_links(unsubscribe="", preferences="", delivery=row.id, key=row.key).web_copy
    return {
        "sign-up": f"/?lang={locale}",
        "unsubscribe": links.unsubscribe.removeprefix(base),
        "preferences": str(links.preferences).removeprefix(base),
        "confirm": (await site.pending_confirmations())[-1][1],
        "copy": str(copy),
        "nothing": f"/c/none?lang={locale}",
    }


async def draw_page(browser: Browser, url: str, file: Path, view: PageView, *, max_height: int = MAX_HEIGHT) -> None:
    """Draw a page into a PNG file."""
    context = await browser.new_context(
        viewport={"width": view.width, "height": 700}, color_scheme=view.scheme, bypass_csp=True
    )
    page = await context.new_page()
    await page.goto(url)
    await page.add_style_tag(content=f"html {{ font-size: {view.text_percent}% }}")
    height = min(int(await page.evaluate("document.documentElement.scrollHeight")), max_height)
    await page.set_viewport_size({"width": view.width, "height": max(height, 400)})
    await page.screenshot(path=file)
    await context.close()


async def main() -> None:
    """Draw every page in both languages and every look."""
    parser = argparse.ArgumentParser(description="Draw the pages.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--docs", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            for locale in Locale:
                async with open_filled_site(Path(folder), locale) as site:
                    paths = await page_paths(site, locale)
                    for name, path in paths.items():
                        for look in PAGE_VIEWS:
                            file = arguments.out / f"{name}-{locale}-{look.name}.png"
                            await draw_page(browser, site.url + path, file, look)
                    if arguments.docs and locale is Locale.EN:
                        await _draw_for_docs(browser, site, paths, arguments.docs)
            await browser.close()


async def _draw_for_docs(browser: Browser, site: RunningSite, paths: Mapping[str, str], docs: Path) -> None:
    shown = {
        "page-sign-up": ("sign-up", PageView()),
        "page-preferences": ("preferences", PageView()),
        "page-preferences-dark-320": ("preferences", PageView(width=320, scheme="dark")),
        "page-unsubscribe-200": ("unsubscribe", PageView(text_percent=200)),
        "page-copy": ("copy", PageView()),
    }
    for name, (page, look) in shown.items():
        await draw_page(browser, site.url + paths[page], docs / f"{name}.png", look, max_height=1_200)


if __name__ == "__main__":
    asyncio.run(main())
