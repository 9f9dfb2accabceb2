"""Laws of the three outputs, for whatever text comes."""

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from digest.text.markdown import inline_html, inline_plain, inline_telegram, parse, to_html, to_plain, to_telegram
from digest.text.markdown.to_html import ATTRIBUTES, TAGS
from digest.text.truncate import telegram_text
from tests.text.markdown.strategies import any_text, markdown_like
from tests.text.markdown.telegram_html_rules import find_violation


def words_in_output(text: str) -> list[str]:
    """Return the words of an output without list marks, quote marks and addresses in angles."""
    return re.findall(r"\w+", re.sub(r" <(?i:https?)://[^>]*>", "", text))


def html_elements(html: str) -> list[ET.Element]:
    return list(ET.fromstring(f"<body>{html}</body>").iter())[1:]  # noqa: S314 - our own output, under test


@given(any_text)
def test_html_is_well_formed_and_holds_only_what_is_allowed(text: str) -> None:
    found = html_elements(to_html(parse(text), style={"p": 'color:"red"', "a": "x&y"})) + html_elements(
        inline_html(text)
    )

    assert {element.tag for element in found} <= TAGS
    assert {name for element in found for name in element.attrib} <= ATTRIBUTES
    assert all(element.get("href", "https://").lower().startswith(("http://", "https://")) for element in found)


@given(any_text)
def test_telegram_takes_every_message(text: str) -> None:
    tree = parse(text)

    assert find_violation(to_telegram(tree)) is None
    assert find_violation(f"<blockquote>{to_telegram(tree, in_quote=True)}</blockquote>") is None
    assert find_violation(inline_telegram(text)) is None


@given(any_text)
def test_telegram_and_plain_text_say_the_same_words(text: str) -> None:
    tree = parse(text)

    assert words_in_output(telegram_text(to_telegram(tree))) == words_in_output(to_plain(tree))


@given(any_text, st.integers(1, 80))
def test_wrapping_changes_no_word_and_no_letter(text: str, width: int) -> None:
    tree = parse(text)

    assert re.sub(r"\s|> ?", "", to_plain(tree, width=width)) == re.sub(r"\s|> ?", "", to_plain(tree))


@given(markdown_like.filter(lambda text: "`" not in text))
def test_nobody_sees_two_stars_or_a_backtick_outside_of_code(text: str) -> None:
    tree = parse(text)

    for output in (to_html(tree), to_telegram(tree), to_plain(tree), inline_plain(text), inline_html(text)):
        assert "**" not in output
        assert "`" not in output


@given(any_text)
def test_a_line_stays_a_line(text: str) -> None:
    assert "\n" not in inline_plain(text) + inline_telegram(text) + inline_html(text)


def test_styles_for_mail_stand_on_the_tags_they_name() -> None:
    html = to_html(parse("甲 `乙`\n\n2. 丙"), style={"p": "margin:0", "code": "color:#111", "ol": 'a"b'})

    assert html == (
        '<p style="margin:0">甲 <code style="color:#111">乙</code></p>\n'
        '<ol style="a&quot;b" start="2">\n<li>丙</li>\n</ol>'
    )


def test_a_telegram_list_shows_its_depth() -> None:
    assert to_telegram(parse("**如下**：\n* 甲\n    1. 乙\n    2. 丙\n* 丁")) == (
        "<b>如下</b>：\n• 甲\n    1. 乙\n    2. 丙\n• 丁"
    )


def test_bold_words_around_code_are_split_for_telegram() -> None:
    assert to_telegram(parse("**甲 `x` 乙**")) == "<b>甲 </b><code>x</code><b> 乙</b>"
    assert to_telegram(parse("[**甲** `x`](https://a.b)")) == '<a href="https://a.b"><b>甲</b> x</a>'


def test_plain_text_names_the_address_of_a_link_once() -> None:
    assert to_plain(parse("[词](https://a.b) https://c.d")) == "词 <https://a.b> https://c.d"


def test_a_quote_in_a_quote_of_the_caller_has_no_tag_in_telegram() -> None:
    assert to_telegram(parse("> 甲"), in_quote=True) == "甲"


def test_a_title_keeps_what_would_begin_a_block() -> None:
    assert inline_plain("1. Foo: $\\pi_0$ and *bar*") == "1. Foo: π₀ and bar"
    assert inline_html("A <b> & C") == "A &lt;b&gt; &amp; C"


def test_a_contribution_of_several_lines_is_folded() -> None:
    assert inline_plain("- **甲**：\n  乙\n- 丙") == "甲：乙 丙"
