"""Addresses are unreadable where strangers may read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Locale
from digest.model.reasons import server_reply
from digest.services.bounce_notice import suppressed_notice
from digest.text.redact import redact_addresses


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 <ann@example.org>: unknown", "550 <a…@example.org>: unknown"),
        ("ann@example.org bob@example.net", "a…@example.org b…@example.net"),
        ("RCPT TO:<Ann.Smith+x@Example.ORG>", "RCPT TO:<A…@Example.ORG>"),
        ("orig_to=张三@example.org", "orig_to=张…@example.org"),
        ("no address, user@ nor @host", "no address, user@ nor @host"),
    ],
)
def test_an_address_is_masked_wherever_it_stands(text: str, shown: str) -> None:
    assert redact_addresses(text) == shown


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_no_words_around_it_bring_it_through(before: str, after: str) -> None:
    assert "ann.smith@example.org" not in redact_addresses(f"{before} ann.smith@example.org {after}")


def test_the_reader_is_told_as_a_notice_that_belongs_to_no_list() -> None:
    told = suppressed_notice("ann@example.org", server_reply("550 <ann@example.org>: unknown"), Locale.EN)

    assert told.is_system
    assert "a…@example.org" in told.text
    assert "ann@example.org" not in told.text
