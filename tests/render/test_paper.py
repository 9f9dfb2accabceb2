"""The reader's own words in a line."""

from digest.model import Locale
from digest.render.paper import MAX_KEYWORD_LENGTH, format_keywords
from digest.text.i18n import translator_for

EN = translator_for(Locale.EN)


def test_one_keyword_and_several_are_named() -> None:
    assert format_keywords(["diffusion"], EN) == "Keyword: diffusion"
    assert format_keywords(["diffusion", "agent memory"], EN) == "Keywords: diffusion, agent memory"


def test_no_keyword_is_no_line() -> None:
    assert format_keywords([], EN) == ""


def test_keywords_are_bounded_and_in_one_line() -> None:
    line = format_keywords(["x" * 500 + "\n\u202e"] * 50, EN)

    assert len(line) < 6 * (MAX_KEYWORD_LENGTH + 2)
    assert "\n" not in line
