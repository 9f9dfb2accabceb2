"""Small numbers in people's words."""

import pytest

from digest.text.numerals import parse_small_number


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("0", 0),
        ("12", 12),
        ("1000", 1000),
        ("a", 1),
        ("nine", 9),
        ("nineteen", 19),
        ("twenty", 20),
        ("ninety-nine", 99),
        ("thirty one", 31),
        ("两", 2),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("九十九", 99),
    ],
)
def test_a_number_is_read(words: str, number: int) -> None:
    assert parse_small_number(words) == number


@pytest.mark.parametrize("words", ["", "12345", "-1", "1.5", "²", "٣", "ten one", "twenty ten", "一二", "百", "foo"])
def test_what_is_no_small_number_is_none(words: str) -> None:
    assert parse_small_number(words) is None
