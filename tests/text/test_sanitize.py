"""What strangers write is made safe to stand in one line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.sanitize import strip_controls, to_one_line


@given(text=st.text(st.characters(codec=None)))
def test_one_line_holds_no_control_and_no_line_end_of_any_script(text: str) -> None:
    line = to_one_line(text)

    assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} for sign in line)
    assert line.encode().decode() == line


@pytest.mark.parametrize("sign", ["\r\n", "\u2028", "\u0085", "\x0b", "\x00", "\t", "\x1b"])
def test_a_control_between_words_becomes_one_blank(sign: str) -> None:
    assert to_one_line(f"two{sign}{sign}words ") == "two words"


def test_signs_that_turn_the_direction_of_text_are_left_out() -> None:
    assert to_one_line("abc\u202edef\u2066") == "abcdef"


def test_a_long_line_ends_with_an_ellipsis_within_its_bound() -> None:
    assert to_one_line("word " * 10, max_length=12) == "word word w…"


def test_lines_and_tabs_stay_where_only_controls_must_go() -> None:
    assert strip_controls("a\n\tb\x00c\ud800") == "a\n\tb c\ufffd"
