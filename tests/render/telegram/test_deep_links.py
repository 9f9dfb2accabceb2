"""Deep links: there and back, and nothing that is not ours."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.render.telegram import deep_links
from digest.render.telegram.deep_links import DeepLink, LinkKind

START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


@pytest.mark.parametrize(
    ("paper", "payload"),
    [
        ("2601.15876", "p_2601-15876"),
        ("0704.0001", "p_0704-0001"),
        ("cs/0501001", "p_cs_0501001"),
        ("hep-th/9901001", "p_hep-th_9901001"),
    ],
)
def test_a_paper_goes_there_and_back(paper: str, payload: str) -> None:
    assert deep_links.paper_payload(paper) == payload
    assert deep_links.parse_payload(payload) == DeepLink(LinkKind.PAPER, paper)


def test_what_is_no_id_has_no_link() -> None:
    for paper in ("", "2601.15876v2", "x", "2613.15876", "zz/0501001", "math.GT/0309136"):
        assert deep_links.paper_payload(paper) is None, paper
        assert deep_links.paper_start_url("bot", paper) is None, paper


def test_a_domain_and_a_day_go_there_and_back() -> None:
    assert deep_links.parse_payload(deep_links.domain_payload("image-gen") or "") == DeepLink(
        LinkKind.DOMAIN, "image-gen"
    )
    assert deep_links.parse_payload(deep_links.day_payload(date(2026, 1, 24))) == DeepLink(LinkKind.DAY, "2026-01-24")
    assert deep_links.domain_payload("机器人") is None
    assert deep_links.domain_payload("x" * 63) is None


@settings(deadline=None)  # the machine may be busy
@given(words=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12))
def test_a_search_goes_there_and_back(words: str) -> None:
    payload = deep_links.search_payload(words)

    if payload is not None:
        assert START_PAYLOAD.fullmatch(payload)
        assert deep_links.parse_payload(payload) == DeepLink(LinkKind.SEARCH, " ".join(words.split()))


def test_a_search_that_is_too_long_leaves_its_last_words_out() -> None:
    payload = deep_links.search_payload("one two three " + "x" * 60)

    assert deep_links.parse_payload(payload or "") == DeepLink(LinkKind.SEARCH, "one two three")
    assert deep_links.search_payload("x" * 60) is None


@settings(deadline=None)  # the machine may be busy
@given(payload=st.text(max_size=80) | st.from_regex(r"[psdq]_[A-Za-z0-9_-]{0,70}", fullmatch=True))
def test_whatever_comes_back_is_sound_or_nothing(payload: str) -> None:
    linked = deep_links.parse_payload(payload)

    assert linked is None or linked.value.isprintable()


@pytest.mark.parametrize(
    "payload",
    ["", "p_", "p_x", "P_2601-15876", "p_2601-15876\n", "d_2026-02-30", "d_20260124x", "q_%%", "q_A", "q_Cg",
     "s_", "s_a_b", "x_1", "p_2601-15876" + "0" * 60, "inline"],
)  # fmt: skip
def test_what_makes_no_sense_is_nothing(payload: str) -> None:
    assert deep_links.parse_payload(payload) is None


def test_an_address_opens_the_bot() -> None:
    assert deep_links.paper_start_url("a_bot", "2601.15876") == "https://t.me/a_bot?start=p_2601-15876"
