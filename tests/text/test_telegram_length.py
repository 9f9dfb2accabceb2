"""Telegram's units are counted as Telegram counts them."""

from digest.text.truncate import telegram_entities, telegram_length, telegram_text, utf16_length


def test_a_length_counts_utf_16_units_after_parsing() -> None:
    assert utf16_length("a中😀") == 4
    assert telegram_length('<b>&lt;a&gt;</b> <a href="https://a.b/?x=1&amp;y=2">中😀</a>') == 7


def test_entities_are_tags_that_open() -> None:
    assert telegram_entities('<b>a <i>b</i></b> <a href="https://x.y">c</a> &lt;b&gt;') == 3


def test_the_text_is_what_the_reader_sees() -> None:
    assert telegram_text("<blockquote expandable>a &amp; <code>&lt;b&gt;</code></blockquote>") == "a & <b>"
