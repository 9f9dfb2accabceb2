"""What visitors of the pages do, and who reads at an address afterwards."""

from collections.abc import Mapping

import httpx

from digest.model import Reader, Target
from digest.store import Store
from tests.web.reading import Page
from tests.web.site import Site


async def page_of(site: Site, path: str = "/", language: str = "") -> Page:
    """Fetch a page."""
    return Page((await site.client.get(path, headers={"Accept-Language": language})).text)


async def send(
    site: Site, path: str = "/", typed: Mapping[str, object] | None = None, **fields: object
) -> httpx.Response:
    """Send the form as a browser would: with everything that stands in it, but what is typed."""
    page = await page_of(site, path)
    return await site.client.post(path, data={**page.fields, **(typed or {}), **fields})


async def press(site: Site, path: str, button: str, **fields: object) -> Page:
    """Press a button of a page whose forms carry what it needs; give the page behind it."""
    hidden = await site.form(path)
    answer = await site.client.post(path, data={**hidden, "do": button, **fields})
    return Page(answer.text)


async def say_yes(site: Site, address: str) -> Page:
    """Press the button behind the newest link that was mailed to an address."""
    path = next(link for to, link in reversed(await site.asked()) if to == address)
    answer = await site.client.post(path, data=await site.form(path))
    page = Page(answer.text)
    assert page.status
    return page


async def reader_at(store: Store, target: Target) -> Reader:
    """Give who reads at a target."""
    reader = await store.people.reader(target)
    assert reader is not None
    return reader
