"""Editions by name, as they are shown and typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.services.admin import EditionKey, format_edition, parse_edition


@given(edition=st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)) | st.integers(0, 10**18 - 1))
def test_an_edition_is_read_as_it_is_shown(edition: EditionKey) -> None:
    assert parse_edition(format_edition(edition)) == edition


@pytest.mark.parametrize(
    ("typed", "edition"),
    [
        ("2026-01-24", date(2026, 1, 24)),
        (" 2026/1/24 ", date(2026, 1, 24)),
        ("20260124", date(2026, 1, 24)),
        ("２０２６－０１－２４", date(2026, 1, 24)),
        ("broadcast:12", 12),
        ("Broadcast #12", 12),
        ("broadcast 12", 12),
        ("12", 12),
    ],
)
def test_an_edition_may_be_typed_in_other_ways(typed: str, edition: EditionKey) -> None:
    assert parse_edition(typed) == edition


@pytest.mark.parametrize(
    "typed", ["", "2026-02-30", "2026-13-01", "24.1.", "broadcast", "broadcast:", "x", "1 2", "9" * 40, "-5"]
)
def test_what_names_no_edition_is_none(typed: str) -> None:
    assert parse_edition(typed) is None


@given(typed=st.text(max_size=30))
def test_any_text_is_read_without_an_error(typed: str) -> None:
    edition = parse_edition(typed)

    assert edition is None or parse_edition(format_edition(edition)) == edition
