"""Nothing that anybody writes becomes code on a page: every page, with every text that it shows replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import pytest
from markupsafe import Markup
from starlette.responses import HTMLResponse

from digest.links import Purpose
from digest.model import Locale, Section
from digest.render.paper_view import web_view
from digest.web.pages import NAMES, Pages
from tests.render.injection import STRINGS, URLS, links, shape
from tests.web.addresses import every_address
from tests.web.site import Site

PLAIN = "Plain words"
ENOUGH = 2
OURS = ("/", "?lang=", "#", "https://arxiv.org/", "https://huggingface.co/")


@dataclass(frozen=True)
class Shown:
    """A page as it was filled: what fills it again with other texts."""

    pages: Pages
    name: str
    locale: Locale
    values: Mapping[str, Any]

    def filled(self, text: str) -> str:
        """Give the page's HTML with this text in the place of each of its own."""
        house = replace(self.pages._house, name=text, postal=text)  # noqa: SLF001 - there is no other way to the operator's words
        pages = replace(self.pages, _house=house)
        values = {key: replaced(value, text) for key, value in self.values.items()}
        return bytes(pages.page(self.name, self.locale, **values).body).decode()


def replaced(value: Any, text: str) -> Any:  # noqa: ANN401, PLR0911 - whatever a template is given, one kind a line
    """Give a value with every text in it replaced; long lists are cut."""
    if type(value) is str:
        return text
    match value:
        case Markup():
            return value
        case Mapping():
            lists = all(isinstance(one, list) for one in value.values())
            return {key: replaced(value[key], text) for key in list(value)[: ENOUGH if lists else None]}
        case set() | frozenset():
            return {replaced(one, text) for one in value}
        case list():
            return [replaced(one, text) for one in value[:ENOUGH]]
        case tuple():
            return tuple(replaced(one, text) for one in value)
        case _:
            pass
    if is_dataclass(value) and not isinstance(value, type):
        mine = {one.name: getattr(value, one.name) for one in fields(value) if one.name != "layout"}
        return replace(value, **{name: replaced(one, text) for name, one in mine.items()})
    return value


@pytest.fixture
async def shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> Sequence[Shown]:
    """Give every page that the addresses lead to, and what mistakes and buttons show, as they were filled."""
    seen: dict[tuple[str, frozenset[str], bool], Shown] = {}
    real = Pages.page

    def remember(pages: Pages, name: str, locale: Locale, /, **values: Any) -> HTMLResponse:  # noqa: ANN401
        kept = {key: value for key, value in values.items() if key not in ("status", "private")}
        key = (name, frozenset(kept), bool(kept.get("wrong")))
        seen.setdefault((*key[:2], key[2] or bool(kept.get("done"))), Shown(pages, name, locale, kept))
        return real(pages, name, locale, **values)

    monkeypatch.setattr(Pages, "page", remember)
    for path in (await every_address(site)).values():
        await site.client.get(path)
    preferences, unsubscribe = await site.path(Purpose.PREFERENCES), await site.path(Purpose.UNSUBSCRIBE)
    token = preferences.rpartition("/")[2]
    for do in ("erase", "save"):
        await site.client.post(
            preferences,
            data={"token": token, "do": do, "hour": "x", "zone": "x", "most": "x", "scope": "some"},
        )
    await site.sign_up("no address", hour="x", zone="x", scope="some")
    await site.client.post(unsubscribe)
    monkeypatch.undo()
    return list(seen.values())


async def test_three_hundred_strings_add_no_element_to_any_page(
    shown: Sequence[Shown],
) -> None:
    harmless = [shape(one.filled(PLAIN)) for one in shown]

    changed = {
        (text[:40], one.name)
        for text in STRINGS
        for one, before in zip(shown, harmless, strict=True)
        if shape(one.filled(text or PLAIN)) != before
    }

    assert {one.name for one in shown} == set(NAMES) - {"base", "fields"}
    assert len(STRINGS) >= 300
    assert changed == set()


async def test_no_string_leads_a_page_elsewhere(shown: Sequence[Shown]) -> None:
    for url in URLS:
        for one in shown:
            for link in links(one.filled(url)):
                assert link.startswith(
                    ("/", "?lang=", "#", "https://arxiv.org/", "https://huggingface.co/")
                ), url
                assert not link.startswith(("//", "/\\")), url


def test_a_papers_text_on_a_page_leads_only_to_http() -> None:
    for url in URLS:
        said = f"[here]({url}) <{url}> {url}"
        view = web_view(dict.fromkeys(Section, said), Locale.EN)

        for html in (view.contribution, *(section.body for section in view.sections)):
            assert all(link.startswith(("https://", "http://")) for link in links(html)), url
