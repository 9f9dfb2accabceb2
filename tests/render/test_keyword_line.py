"""The reader's own words in a line."""

from digest.model import Locale
from digest.render.keyword_line import KEYWORD, keyword_line
from digest.words import words_in

EN = words_in(Locale.EN)


def test_one_keyword_and_several_are_named() -> None:
    assert keyword_line(["diffusion"], EN) == "Keyword: diffusion"
    assert keyword_line(["diffusion", "agent memory"], EN) == "Keywords: diffusion, agent memory"


def test_no_keyword_is_no_line() -> None:
    assert keyword_line([], EN) == ""


def test_keywords_are_bounded_and_in_one_line() -> None:
    line = keyword_line(["x" * 500 + "\n\u202e"] * 50, EN)

    assert len(line) < 6 * (KEYWORD + 2)
    assert "\n" not in line
