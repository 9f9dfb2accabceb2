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

from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.links import LinkMaker
from digest.model import Locale
from digest.store import open_store
from tests.render.browser import CHROMIUM, Scheme
from tests.support.stores import NOW
from tests.web.site import ANN, SECRET, SEED, Site, running_site

TALLEST = 2_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at; ``text`` is the size of its letters in per cent."""

    width: int = 760
    scheme: Scheme = "light"
    text: Literal[100, 200] = 100

    @property
    def name(self) -> str:
        """What a picture of it is called."""
        return f"{self.width}-{self.scheme}" + ("" if self.text == 100 else f"-{self.text}")


LOOKS = (Look(), Look(scheme="dark"), Look(width=320), Look(width=320, scheme="dark"), Look(text=200))


@asynccontextmanager
async def furnished_site(folder: Path, locale: Locale = Locale.EN) -> AsyncIterator[Site]:
    """Serve the pages with the seed's report, and Ann, who has had her digest and is asked once more."""
    clock = SetClock(NOW)
    store = await open_store(f"sqlite+aiosqlite:///{folder / f'{locale}.db'}", clock)
    try:
        async with running_site(store, clock) as site:
            await site.house.archive.ingest(SEED.read_bytes(), name=SEED.name)
            await site.house.membership.enrol([ANN], ["robotics", "agents"], locale=locale)
            clock.at = clock.at.replace(hour=8, minute=5)
            await EditionDesk(editions=store.editions, clock=clock).serve()
            await site.sign_up("bob@example.org", locale=locale)
            yield site
    finally:
        await store.close()


async def paths_of(site: Site, locale: Locale) -> Mapping[str, str]:
    """Give the path of each page that only looks."""
    links = await site.links()
    base = site.house.public_url
    row = next(row for row in await site.store.outbox.rows() if row.kind == "digest")
    maker = LinkMaker(public_url="", secret=SECRET)
    copy = maker.mail(unsubscribe="", preferences="", delivery=row.id, key=row.key).copy
    return {
        "sign-up": f"/?lang={locale}",
        "unsubscribe": links.unsubscribe.removeprefix(base),
        "preferences": str(links.preferences).removeprefix(base),
        "confirm": (await site.asked())[-1][1],
        "copy": str(copy),
        "nothing": f"/c/none?lang={locale}",
    }


async def draw(browser: Browser, url: str, file: Path, look: Look, *, tallest: int = TALLEST) -> None:
    """Draw a page into a PNG file."""
    context = await browser.new_context(
        viewport={"width": look.width, "height": 700}, color_scheme=look.scheme, bypass_csp=True
    )
    page = await context.new_page()
    await page.goto(url)
    await page.add_style_tag(content=f"html {{ font-size: {look.text}% }}")
    height = min(int(await page.evaluate("document.documentElement.scrollHeight")), tallest)
    await page.set_viewport_size({"width": look.width, "height": max(height, 400)})
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
                async with furnished_site(Path(folder), locale) as site:
                    paths = await paths_of(site, locale)
                    for name, path in paths.items():
                        for look in LOOKS:
                            file = arguments.out / f"{name}-{locale}-{look.name}.png"
                            await draw(browser, site.url + path, file, look)
                    if arguments.docs and locale is Locale.EN:
                        await _for_docs(browser, site, paths, arguments.docs)
            await browser.close()


async def _for_docs(browser: Browser, site: Site, paths: Mapping[str, str], docs: Path) -> None:
    shown = {
        "page-sign-up": ("sign-up", Look()),
        "page-preferences": ("preferences", Look()),
        "page-preferences-dark-320": ("preferences", Look(width=320, scheme="dark")),
        "page-unsubscribe-200": ("unsubscribe", Look(text=200)),
        "page-copy": ("copy", Look()),
    }
    for name, (page, look) in shown.items():
        await draw(browser, site.url + paths[page], docs / f"{name}.png", look, tallest=1_200)


if __name__ == "__main__":
    asyncio.run(main())
