"""What visitors of the pages do, and who reads at an address afterwards."""

from collections.abc import Mapping

import httpx

from digest.model import SubscriberProfile, Target
from digest.storage import Store
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import RunningSite


async def fetch_page(site: RunningSite, path: str = "/", language: str = "") -> ParsedPage:
    """Fetch a page."""
    return ParsedPage((await site.client.get(path, headers={"Accept-Language": language})).text)


async def submit_form(
    site: RunningSite, path: str = "/", changes: Mapping[str, object] | None = None, **fields: object
) -> httpx.Response:
    """Send the form as a browser would: with everything that stands in it, but what is typed."""
    page = await fetch_page(site, path)
    return await site.client.post(path, data={**page.form_values, **(changes or {}), **fields})


async def press_button(site: RunningSite, path: str, button: str, **fields: object) -> ParsedPage:
    """Press a button of a page whose forms carry what it needs; give the page behind it."""
    hidden = await site.hidden_fields(path)
    answer = await site.client.post(path, data={**hidden, "do": button, **fields})
    return ParsedPage(answer.text)


async def confirm_signup(site: RunningSite, address: str) -> ParsedPage:
    """Press the button behind the newest link that was mailed to an address."""
    path = next(link for to, link in reversed(await site.pending_confirmations()) if to == address)
    answer = await site.client.post(path, data=await site.hidden_fields(path))
    page = ParsedPage(answer.text)
    assert page.status_text
    return page


async def load_profile(store: Store, target: Target) -> SubscriberProfile:
    """Return who reads at a target."""
    reader = await store.subscribers.find_profile(target)
    assert reader is not None
    return reader
