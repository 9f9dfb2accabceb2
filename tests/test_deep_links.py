"""Deep links: there and back, and nothing that is not ours."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import deep_links
from digest.deep_links import Linked, Opens

TELEGRAM_TAKES = re.compile(r"[A-Za-z0-9_-]{1,64}")


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
    assert deep_links.to_paper(paper) == payload
    assert deep_links.read(payload) == Linked(Opens.PAPER, paper)


@pytest.mark.parametrize("paper", ["", "2601.15876v2", "x", "2613.15876", "zz/0501001", "math.GT/0309136"])
def test_what_is_no_id_has_no_link(paper: str) -> None:
    assert deep_links.to_paper(paper) is None
    assert deep_links.paper_address("bot", paper) is None


def test_a_domain_and_a_day_go_there_and_back() -> None:
    assert deep_links.read(deep_links.to_domain("image-gen") or "") == Linked(Opens.DOMAIN, "image-gen")
    assert deep_links.read(deep_links.to_day(date(2026, 1, 24))) == Linked(Opens.DAY, "2026-01-24")
    assert deep_links.to_domain("机器人") is None
    assert deep_links.to_domain("x" * 63) is None


@settings(deadline=None)  # the machine may be busy
@given(words=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=12))
def test_a_search_goes_there_and_back(words: str) -> None:
    payload = deep_links.to_search(words)

    if payload is not None:
        assert TELEGRAM_TAKES.fullmatch(payload)
        assert deep_links.read(payload) == Linked(Opens.SEARCH, " ".join(words.split()))


def test_a_search_that_is_too_long_leaves_its_last_words_out() -> None:
    payload = deep_links.to_search("one two three " + "x" * 60)

    assert deep_links.read(payload or "") == Linked(Opens.SEARCH, "one two three")
    assert deep_links.to_search("x" * 60) is None


@settings(deadline=None)  # the machine may be busy
@given(payload=st.text(max_size=80) | st.from_regex(r"[psdq]_[A-Za-z0-9_-]{0,70}", fullmatch=True))
def test_whatever_comes_back_is_sound_or_nothing(payload: str) -> None:
    linked = deep_links.read(payload)

    assert linked is None or linked.value.isprintable()


@pytest.mark.parametrize(
    "payload",
    ["", "p_", "p_x", "P_2601-15876", "p_2601-15876\n", "d_2026-02-30", "d_20260124x", "q_%%", "q_A", "q_Cg",
     "s_", "s_a_b", "x_1", "p_2601-15876" + "0" * 60, "inline"],
)  # fmt: skip
def test_what_makes_no_sense_is_nothing(payload: str) -> None:
    assert deep_links.read(payload) is None


def test_an_address_opens_the_bot() -> None:
    assert deep_links.paper_address("a_bot", "2601.15876") == "https://t.me/a_bot?start=p_2601-15876"
