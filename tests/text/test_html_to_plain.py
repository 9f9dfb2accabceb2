"""Telegram's HTML as plain text."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.sanitize import html_to_plain


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<b>bold</b> and <code>code</code>", "bold and code"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ('<a href="https://arxiv.org">arXiv</a>', "arXiv"),
        ("<blockquote expandable>one\ntwo</blockquote>", "one\ntwo"),
    ],
)
def test_style_goes_and_words_stay(html: str, plain: str) -> None:
    assert html_to_plain(html) == plain


def test_addresses_stand_behind_their_words_where_wanted() -> None:
    html = 'see <a href="https://arxiv.org/?a=1&amp;b=2">arXiv</a>.'

    assert html_to_plain(html, show_urls=True) == "see arXiv (https://arxiv.org/?a=1&b=2)."


@given(text=st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs", "Cc"])))
def test_what_was_escaped_comes_back(text: str) -> None:
    assert html_to_plain(f"<b>{escape(text)}</b>") == text
