"""The stand-in reads Telegram's HTML as tdlib does; cases after tdlib's own test/message_entities.cpp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.telegram_html import InvalidTelegramHtml, parse_html, utf16_length


def refusal_of(html: str) -> str:
    with pytest.raises(InvalidTelegramHtml) as refused:
        parse_html(html)
    return str(refused.value)


def test_what_telegram_cannot_read_is_refused_in_its_words() -> None:
    rows = [
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac>", 'Unsupported start tag "abac" at byte offset 13'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 0'),
        ("<i    aba>", 'Expected equal sign in declaration of an attribute of the tag "i" at byte offset 0'),
        ("<i    aba  =  ", 'Unclosed start tag "i" at byte offset 0'),
        ("<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 14"),
        ('<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 0"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<i>a</i   ", "Unclosed end tag at byte offset 4"),
        ("<i>a</em   >", 'Unmatched end tag at byte offset 4, expected "</i>", found "</em>"'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
    ]

    assert [(html, refusal_of(html)) for html, _ in rows] == rows


def shown_and_styled(html: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, found = parse_html(html)
    return text, [(one["type"], one["offset"], one["length"]) for one in found]


def test_style_becomes_entities_counted_in_utf16() -> None:
    rows: list[tuple[str, str, list[tuple[str, int, int]]]] = [
        ("&lt;&gt;&amp;&quot;&laquo;&#12345678;", '<>&"&laquo;&#12345678;', []),
        ("➡️ ➡️<em>➡️ ➡️</em>", "➡️ ➡️➡️ ➡️", [("italic", 5, 5)]),
        ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [("italic", 5, 6)]),
        ("<b></b>x", "x", []),
        ("<i>a</>", "a", [("italic", 0, 1)]),
        ("  <b> a</b>  ", "a", [("bold", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ('<a href="https://arxiv.org/abs/1">x</a>', "x", [("text_link", 0, 1)]),
        ('<a href="javascript:alert(1)">x</a>', "x", []),
        ('<a href="http://localhost/">x</a>', "x", []),
    ]

    assert [(html, *shown_and_styled(html)) for html, _, _ in rows] == rows


def test_more_than_a_hundred_entities_lose_their_style() -> None:
    _, entities = parse_html("<b>a</b> " * 120)

    assert len(entities) == 100


@given(st.text())
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    shown, entities = parse_html(f"<b>{escaped}</b>")

    assert shown == text.strip()
    assert all(one["offset"] + one["length"] <= utf16_length(shown) for one in entities)
