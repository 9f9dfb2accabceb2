"""Lines break where Chinese and Latin text may break."""

from hypothesis import given
from hypothesis import strategies as st

from digest.text.width import display_width, wrap


def test_a_chinese_character_takes_two_columns_and_an_accent_none() -> None:
    assert display_width("a中e\u0301（") == 6


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    assert wrap("一二三四，五六（七）", 9) == ["一二三", "四，五六", "（七）"]


def test_words_and_addresses_stay_whole() -> None:
    assert wrap("see https://example.org/long-address now", 10) == ["see", "https://example.org/long-address", "now"]


@given(st.text(alphabet="ab 中文，（）。", max_size=60), st.integers(8, 30))
def test_no_line_is_wider_than_asked_unless_it_cannot_break(text: str, width: int) -> None:
    lines = wrap(text, width)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(display_width(line) <= width or " " not in line for line in lines)
