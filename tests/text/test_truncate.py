"""Text and trees are cut where it hurts least."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.markdown import parse, to_html, to_plain, to_telegram, truncate_document
from digest.text.truncate import telegram_length, truncate, utf16_length
from tests.text.markdown.strategies import any_text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("短句。", 10, "短句。"),
        ("第一句很长。第二句也很长。", 10, "第一句很长。…"),
        ("One two. Three four five", 14, "One two.…"),
        ("alpha beta gamma", 12, "alpha beta…"),
        ("提出了一种新的方法，用于", 11, "提出了一种新的方法…"),
        ("extraordinarily", 6, "extra…"),
        ("👨‍👩‍👧👨‍👩‍👧", 10, "👨‍👩‍👧…"),
        ("e\u0301e\u0301", 3, "e\u0301…"),
        ("🇩🇪🇫🇷🇮🇹", 10, "🇩🇪🇫🇷…"),
        ("abc", 0, ""),
        ("abc", 1, "…"),
        ("3.14159265", 6, "3.141…"),
    ],
)
def test_the_cut_stands_after_a_sentence_or_a_word(text: str, limit: int, expected: str) -> None:
    assert truncate(text, limit) == expected


@given(st.text(max_size=60), st.integers(0, 70))
def test_a_shortened_text_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    short = truncate(text, limit)

    assert utf16_length(short) <= limit
    assert short == text or text.startswith(short.removesuffix("…"))


@given(st.text(alphabet="a👨‍👩‍👧é🇩🇪🏽\u0301", min_size=1, max_size=30), st.integers(1, 30))
def test_nothing_that_people_see_as_one_is_cut_in_two(text: str, limit: int) -> None:
    kept = truncate(text, limit).removesuffix("…")

    following = text[len(kept) : len(kept) + 1]

    assert not kept or kept == text or not (unicodedata.category(following).startswith("M") or following == "\u200d")


@given(any_text, st.integers(0, 120))
def test_a_shortened_tree_is_whole_and_within_the_limit(text: str, limit: int) -> None:
    short = truncate_document(parse(text), limit)

    assert utf16_length(to_plain(short)) <= limit
    to_html(short)


@given(any_text, st.integers(1, 120))
def test_a_tree_may_be_cut_by_the_size_of_another_output(text: str, limit: int) -> None:
    short = truncate_document(parse(text), limit, size=lambda tree: telegram_length(to_telegram(tree)))

    assert telegram_length(to_telegram(short)) <= limit


def test_a_tree_is_cut_between_items_first() -> None:
    tree = parse("如下：\n- **甲甲甲甲**：一二三四五\n    1. 子项子项\n- 乙乙乙乙乙乙乙乙")

    assert to_plain(truncate_document(tree, 34)) == "如下：\n• 甲甲甲甲：一二三四五\n  1. 子项子项…"


def test_a_tree_of_one_long_paragraph_is_cut_inside_with_its_stress_closed() -> None:
    tree = parse("**很长的一句话，没有尽头，一直说下去**，还有")

    assert to_html(truncate_document(tree, 10)) == "<p><strong>很长的一句话，没有</strong>…</p>"


def test_a_tree_is_not_cut_after_a_lead_in() -> None:
    tree = parse("- 一二三四五六七八九十。\n- 表现：\n    - 很长很长很长很长很长很长")

    assert to_plain(truncate_document(tree, 26)) == "• 一二三四五六七八九十。…"


def test_a_tree_that_fits_is_the_same_tree() -> None:
    tree = parse("甲\n- 乙")

    assert truncate_document(tree, 100) is tree
