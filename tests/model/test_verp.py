"""Addresses by which mail that comes back is known again."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.errors import InvalidSettings
from digest.model.links import TokenPurpose, make_token, new_nonce
from digest.model.verp import Verp

VERP = Verp(address="bounces@example.org", secret=b"for tests alone")
NUMBERS = st.integers(1, 10**18 - 1)
TOKENS = st.binary(min_size=1, max_size=8).map(lambda one: make_token(one, TokenPurpose.UNSUBSCRIBE, "a nonce"))


@given(number=NUMBERS)
def test_a_delivery_is_known_by_its_sender_in_whatever_letters(number: int) -> None:
    sender = VERP.envelope_sender(number)

    assert list(VERP.find_deliveries([sender.upper(), sender.lower()])) == [number, number]


@given(token=TOKENS)
def test_a_token_survives_small_and_capital_letters(token: str) -> None:
    address = VERP.unsubscribe_address(token)

    assert list(VERP.find_tokens([address.lower(), address.upper()])) == [token, token]


@given(number=NUMBERS, local=st.text("abcxyz", min_size=1, max_size=27))
def test_no_local_part_is_longer_than_a_server_takes(number: int, local: str) -> None:
    verp = Verp(address=f"{local}@example.org", secret=b"")

    for made in (
        verp.envelope_sender(number),
        verp.unsubscribe_address(make_token(b"", TokenPurpose.UNSUBSCRIBE, new_nonce())),
    ):
        assert len(made.partition("@")[0]) <= 64
        assert re.fullmatch(r"[a-z0-9+-]+@example\.org", made)


def test_an_address_that_leaves_no_room_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(InvalidSettings, match="BOUNCE_ADDRESS"):
        Verp(address=f"{'b' * 28}@example.org", secret=b"")


@given(number=NUMBERS, other=NUMBERS)
def test_nobody_without_the_key_makes_one(number: int, other: int) -> None:
    forged = Verp(address=VERP.address, secret=b"a guess").envelope_sender(number)
    moved = VERP.envelope_sender(number).replace(f"d{number}-", f"d{other}-")

    assert list(VERP.find_deliveries([forged])) == []
    assert list(VERP.find_deliveries([moved])) == ([number] if other == number else [])


@pytest.mark.parametrize(
    "rewritten",
    [
        "SRS0=HHH=TT=example.org={}@forwarder.example",
        "prvs=1234567890={}@example.org",
        "<{}@EXAMPLE.ORG>",
        "rfc822; {}@mail.internal",
    ],
)
def test_what_forwarders_write_around_it_does_not_matter(rewritten: str) -> None:
    local = VERP.envelope_sender(42).partition("@")[0]

    assert list(VERP.find_deliveries([rewritten.format(local)])) == [42]


@given(text=st.text(max_size=200))
def test_any_text_can_be_asked(text: str) -> None:
    assert list(VERP.find_deliveries([text])) == []
    assert all(len(token) == 22 for token in VERP.find_tokens([text]))


def test_the_address_for_leaving_is_a_url_too() -> None:
    token = make_token(b"", TokenPurpose.UNSUBSCRIBE, "a nonce")

    assert VERP.unsubscribe_mailto(token) == f"mailto:{VERP.unsubscribe_address(token)}?subject=unsubscribe"


def test_the_key_is_never_shown() -> None:
    assert "for tests alone" not in repr(VERP)
