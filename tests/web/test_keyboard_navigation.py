"""The pages by keyboard alone, without JavaScript: every control is reached in its order, seen, and works."""

import re
from collections.abc import AsyncIterator, Mapping
from functools import partial
from itertools import pairwise, product
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright

from digest.model import EndpointState, Frequency, Locale, Target
from digest.model.links import TokenPurpose
from digest.web.page_renderer import TEMPLATE_FOLDER
from tests.support.browser import CHROMIUM
from tests.web.running_site import ANN_TARGET, RunningSite
from tests.web.visitor import load_profile

CONTROLS = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
    .filter(one => one.checkVisibility() && one.tabIndex >= 0 && one.type !== "hidden")
    .map(one => one.outerHTML.slice(0, 200))"""
FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one)
    return {
        tag: one.tagName, name: one.name || "", type: one.type || "", html: one.outerHTML.slice(0, 200),
        top: box.top + scrollY, left: box.left + scrollX, bottom: box.bottom + scrollY,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    }
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FIND_OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter(one => one.checkVisibility()
    && !one.closest(".away") && one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 100))"""
MAX_TABS = 80


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Return a window of Chromium without JavaScript."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing: apt-get install -y chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        window = {"width": 760, "height": 800}
        context = await browser.new_context(java_script_enabled=False, viewport=window)  # type: ignore[arg-type]
        yield await context.new_page()
        await browser.close()


async def focus_order(page: Page) -> list[dict[str, Any]]:
    """Press Tab until the page is at its end; give what had the focus, in order.

    A field of time has a stop for hours and one for minutes: it counts once, and so does a group of radios.
    """
    found: list[dict[str, Any]] = []
    for _ in range(MAX_TABS):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(FOCUSED)
        if focused["tag"] == "BODY" or (found and focused["html"] == found[0]["html"]):
            return found
        if not found or found[-1]["html"] != focused["html"]:
            found.append(focused)
    raise AssertionError("the page has no end")


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is sought has the focus."""
    for _ in range(MAX_TABS):
        if await page.evaluate("sought => document.activeElement.matches(sought)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


async def form_pages(site: RunningSite, locale: Locale) -> dict[str, str]:
    """Return the addresses of the pages with many controls, in a language."""
    await site.deps.subscriptions.update_preferences(ANN_TARGET, locale=locale)
    reader = await load_profile(site.store, ANN_TARGET)
    if len(reader.endpoints) == 1:
        await site.store.email_verification.link(reader.subscriber.id, Target.telegram(42))
    return {
        "sign-up": f"{site.url}/?lang={locale}",
        "preferences": site.url + await site.page_path(TokenPurpose.PREFERENCES),
    }


async def test_tab_reaches_every_control_from_top_to_bottom_and_each_is_seen(site: RunningSite, page: Page) -> None:
    for name, url in [(name, url) for one in Locale for name, url in (await form_pages(site, one)).items()]:
        await page.goto(url)
        if name == "sign-up":
            await page.get_by_role("radio").nth(1).check()
            await page.locator("summary").press("Enter")
            await page.locator("a.brand").focus()
            await page.keyboard.press("Shift+Tab")
        controls = set(await page.evaluate(CONTROLS))

        stops = await focus_order(page)

        reached = {str(one["html"]) for one in stops}
        radios = {one for one in controls if 'type="radio"' in one}
        assert sorted(controls - radios - reached) == []
        assert len(radios & reached) == len({re.findall(r' name="(\w+)"', one)[0] for one in radios})
        assert [one["html"] for one in stops if not (one["seen"] and one["outlined"])] == []
        assert [(before["html"], after["html"]) for before, after in pairwise(stops) if _jumps_up(before, after)] == []


def _jumps_up(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether the focus jumps back: up, and not to the top of a column on the right."""
    return bool(after["bottom"] <= before["top"] and after["left"] <= before["left"])


async def test_a_newcomer_signs_up_by_keyboard_alone(site: RunningSite, page: Page) -> None:
    await page.goto((await form_pages(site, Locale.ZH))["sign-up"])

    await tab_to(page, "#email")
    await page.keyboard.type("bob@example.org")
    await tab_to(page, "[name=scope]")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "[name=domain]")
    await page.keyboard.press("Space")
    await tab_to(page, "summary")
    await page.keyboard.press("Enter")
    await tab_to(page, "#hour")
    await page.keyboard.type("0645AM")
    await tab_to(page, "button")
    async with page.expect_navigation():
        await page.keyboard.press("Space")
    ((address, path),) = await site.pending_confirmations()
    await page.goto(site.url + path)
    await tab_to(page, "button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")

    reader = await load_profile(site.store, Target.email("bob@example.org"))
    chosen = reader.preferences
    assert address == "bob@example.org"
    assert (chosen.domains, chosen.send_minute, chosen.locale) == (site.deps.taxonomy.slugs[:1], 405, Locale.ZH)


async def test_a_reader_changes_pauses_and_leaves_by_keyboard_alone(site: RunningSite, page: Page) -> None:
    await page.goto((await form_pages(site, Locale.EN))["preferences"])

    async def pressed(button: str, key: str) -> None:
        await tab_to(page, f"button[value='{button}']")
        async with page.expect_navigation():
            await page.keyboard.press(key)

    await tab_to(page, "[name=rhythm]")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "[name=empty_days]")
    await page.keyboard.press("Space")
    await tab_to(page, "#most")
    async with page.expect_navigation():
        await page.keyboard.type("7\n")
    saved = (await load_profile(site.store, ANN_TARGET)).preferences
    await pressed("off", "Space")
    await pressed("pause", "Enter")
    paused = await load_profile(site.store, ANN_TARGET)
    await pressed("erase", "Enter")
    await pressed("erase really", "Space")

    assert (saved.frequency, saved.notify_when_empty, saved.max_papers) == (Frequency.WEEKDAYS, True, 7)
    assert paused.subscriber.paused
    assert [one.state for one in paused.endpoints] == [EndpointState.UNSUBSCRIBED, EndpointState.ACTIVE]
    assert await site.store.subscribers.list_profiles() == []


async def test_domains_that_everything_covers_are_not_in_the_way(site: RunningSite, page: Page) -> None:
    await page.goto(site.url)

    stops = await focus_order(page)

    assert [one["tag"] for one in stops] == ["A", "A", "INPUT", "INPUT", "SUMMARY", "BUTTON"]


async def test_no_page_scrolls_sideways_narrow_or_with_letters_twice_as_large(site: RunningSite, page: Page) -> None:
    ours = (TEMPLATE_FOLDER / "site.css").read_text(encoding="utf-8")
    for locale, size in product(Locale, (100, 200)):
        style = f"{ours} html {{ font-size: {size}% }} .domains {{ display: block !important }}"
        await page.unroute("**/site.css")
        await page.route("**/site.css", partial(Route.fulfill, body=style, content_type="text/css"))
        for name, url in (await form_pages(site, locale)).items():
            await page.goto(url)
            if name == "sign-up":
                await page.locator("summary").press("Enter")
            for width in (320, 640):
                await page.set_viewport_size({"width": width, "height": 800})

                assert await page.evaluate(OVERFLOW) <= 0, (name, size, width)
                assert await page.evaluate(FIND_OVERFLOWING) == [], (name, size, width)
