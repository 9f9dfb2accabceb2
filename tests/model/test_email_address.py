"""An email address has one form, and what is none is refused."""

import pytest

from digest.model.email_address import normalize_email
from digest.model.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("ann+papers@example.org", "ann+papers@example.org"),
        ("ann@BÜCHER.example.org", "ann@bücher.example.org"),
    ],
)
def test_an_address_has_one_form(text: str, normal: str) -> None:
    assert normalize_email(text) == normal


@pytest.mark.parametrize(
    "text", ["", "ann", "ann@", "@example.org", "a b@example.org", "ann@example.org\nBcc: x", "ann@localhost"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        normalize_email(text)
