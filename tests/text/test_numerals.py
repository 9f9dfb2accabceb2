"""Small numbers in people's words."""

from digest.text.numerals import parse_small_number


def test_a_number_is_read() -> None:
    rows = [
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
    ]

    assert not [(words, number) for words, number in rows if parse_small_number(words) != number]


def test_what_is_no_small_number_is_none() -> None:
    rows = ["", "12345", "-1", "1.5", "²", "٣", "ten one", "twenty ten", "一二", "百", "foo"]

    assert not [words for words in rows if parse_small_number(words) is not None]
