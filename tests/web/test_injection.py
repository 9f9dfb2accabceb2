"""Nothing that anybody writes becomes code on a page: every page, with every text that it shows replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import pytest
from markupsafe import Markup
from starlette.responses import HTMLResponse

from digest.model import Locale, Section
from digest.model.links import TokenPurpose
from digest.render.email.digest_entry import web_texts
from digest.web.page_renderer import TEMPLATE_NAMES, PageRenderer
from tests.render.injection_texts import INJECTION_TEXTS, INJECTION_URLS, html_shape, links_in
from tests.web.all_paths import all_paths
from tests.web.running_site import RunningSite

PLAIN = "Plain words"
MAX_LIST_LENGTH = 2
OWN_LINK_PREFIXES = ("/", "?lang=", "#", "https://arxiv.org/", "https://huggingface.co/")


@dataclass(frozen=True)
class RenderedPage:
    """A page as it was filled: what fills it again with other texts."""

    pages: PageRenderer
    name: str
    locale: Locale
    values: Mapping[str, Any]

    def render_with(self, text: str) -> str:
        """Return the page's HTML with this text in the place of each of its own."""
        house = replace(self.pages._deps, site_name=text, postal_address=text)  # noqa: SLF001 - there is no other way to the operator's words
        pages = replace(self.pages, _deps=house)
        values = {key: replace_texts(value, text) for key, value in self.values.items()}
        return bytes(pages.render(self.name, self.locale, **values).body).decode()


def replace_texts(value: Any, text: str) -> Any:  # noqa: ANN401, PLR0911 - whatever a template is given, one kind a line
    """Return a value with every text in it replaced; long lists are cut."""
    if type(value) is str:
        return text
    match value:
        case Markup():
            return value
        case Mapping():
            lists = all(isinstance(one, list) for one in value.values())
            return {key: replace_texts(value[key], text) for key in list(value)[: MAX_LIST_LENGTH if lists else None]}
        case set() | frozenset():
            return {replace_texts(one, text) for one in value}
        case list():
            return [replace_texts(one, text) for one in value[:MAX_LIST_LENGTH]]
        case tuple():
            return tuple(replace_texts(one, text) for one in value)
        case _:
            pass
    if is_dataclass(value) and not isinstance(value, type):
        mine = {one.name: getattr(value, one.name) for one in fields(value) if one.name != "layout"}
        return replace(value, **{name: replace_texts(one, text) for name, one in mine.items()})
    return value


@pytest.fixture
async def rendered_pages(site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> Sequence[RenderedPage]:
    """Return every page that the addresses lead to, and what mistakes and buttons show, as they were filled."""
    seen: dict[tuple[str, frozenset[str], bool], RenderedPage] = {}
    real = PageRenderer.render

    def remember(pages: PageRenderer, name: str, locale: Locale, /, **values: Any) -> HTMLResponse:  # noqa: ANN401
        kept = {key: value for key, value in values.items() if key not in ("status", "private")}
        key = (name, frozenset(kept), bool(kept.get("errors")))
        seen.setdefault((*key[:2], key[2] or bool(kept.get("done"))), RenderedPage(pages, name, locale, kept))
        return real(pages, name, locale, **values)

    monkeypatch.setattr(PageRenderer, "render", remember)
    for path in (await all_paths(site)).values():
        await site.client.get(path)
    preferences, unsubscribe = (
        await site.page_path(TokenPurpose.PREFERENCES),
        await site.page_path(TokenPurpose.UNSUBSCRIBE),
    )
    token = preferences.rpartition("/")[2]
    for do in ("erase", "save"):
        await site.client.post(
            preferences, data={"token": token, "do": do, "hour": "x", "zone": "x", "most": "x", "scope": "some"}
        )
    await site.sign_up("no address", hour="x", zone="x", scope="some")
    await site.client.post(unsubscribe)
    monkeypatch.undo()
    return list(seen.values())


async def test_three_hundred_strings_add_no_element_to_any_page(rendered_pages: Sequence[RenderedPage]) -> None:
    harmless = [html_shape(one.render_with(PLAIN)) for one in rendered_pages]

    # Twenty strings stand together in each place: no string can hide an element that another one opens.
    texts = [" ".join(INJECTION_TEXTS[start : start + 20]) for start in range(0, len(INJECTION_TEXTS), 20)]
    changed = {
        (text, one.name)
        for text in texts
        for one, before in zip(rendered_pages, harmless, strict=True)
        if html_shape(one.render_with(text)) != before
    }

    assert {one.name for one in rendered_pages} == set(TEMPLATE_NAMES) - {"base", "fields"}
    assert len(INJECTION_TEXTS) >= 300
    assert changed == set()


async def test_no_string_leads_a_page_elsewhere(rendered_pages: Sequence[RenderedPage]) -> None:
    for url in INJECTION_URLS:
        for one in rendered_pages:
            for link in links_in(one.render_with(url)):
                assert link.startswith(("/", "?lang=", "#", "https://arxiv.org/", "https://huggingface.co/")), url
                assert not link.startswith(("//", "/\\")), url


def test_a_papers_text_on_a_page_leads_only_to_http() -> None:
    for url in INJECTION_URLS:
        said = f"[here]({url}) <{url}> {url}"
        contribution, sections = web_texts(dict.fromkeys(Section, said), Locale.EN)

        for html in (contribution, *(section.body for section in sections)):
            assert all(link.startswith(("https://", "http://")) for link in links_in(html)), url
