"""Which language a stranger's page speaks: that of the address, else of the browser, else the operator's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from digest.model import Locale
from digest.web.page_renderer import request_locale


def make_request(accept: str | None, query: str = "") -> Request:
    """Return a request with an ``Accept-Language`` header and a query."""
    headers = [] if accept is None else [(b"accept-language", accept.encode("latin-1"))]
    return Request({"type": "http", "headers": headers, "query_string": query.encode()})


@pytest.mark.parametrize(
    ("accept", "locale"),
    [
        ("zh", Locale.ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", Locale.ZH),
        ("zh-TW", Locale.ZH),
        ("zh-Hans-CN", Locale.ZH),
        ("ZH-cn", Locale.ZH),
        ("en-GB,en;q=0.9,zh;q=0.8", Locale.EN),
        ("en;q=0.2, zh;q=0.9", Locale.ZH),
        ("ZH", Locale.ZH),
        ("en ; q=0.2 , zh ; Q=0.9", Locale.ZH),
        ("en; q=0.1,zh; q=0.5", Locale.ZH),
        ("zh;q=0", Locale.EN),
        ("zh;q=0, en", Locale.EN),
        ("de, fr;q=0.9, zh;q=0.1", Locale.ZH),
        ("zh;q=many, en", Locale.EN),
        ("zh;q=inf, en;q=0.1", Locale.EN),
    ],
)
def test_a_browser_gets_the_dearest_language_that_we_speak(accept: str, locale: Locale) -> None:
    assert request_locale(make_request(accept), Locale.EN) is locale


@pytest.mark.parametrize("default", list(Locale))
def test_who_asks_for_none_of_ours_gets_the_operators(default: Locale) -> None:
    for accept in (None, "", "*", "de", "de-AT, fr;q=0.5", ";q=1,,,", "en;q=0, zh;q=0"):
        assert request_locale(make_request(accept), default) is default, accept


@pytest.mark.parametrize(
    ("query", "locale"), [("lang=zh", "zh"), ("lang=en", "en"), ("lang=de", "zh"), ("lang=", "zh")]
)
def test_the_address_goes_before_the_browser(query: str, locale: str) -> None:
    assert request_locale(make_request("zh", query), Locale.EN) == locale


@given(accept=st.text(st.characters(max_codepoint=255), max_size=600))
def test_no_header_breaks_it(accept: str) -> None:
    assert request_locale(make_request(accept), Locale.ZH) in set(Locale)
