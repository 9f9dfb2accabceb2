"""Links: opaque, bound to their purpose and key, short enough for a header, and checked without a clue."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model.links import (
    LinkBuilder,
    TokenPurpose,
    WebPath,
    hash_token,
    hmac_sign,
    is_token_format,
    is_web_copy_signature,
    make_token,
    new_nonce,
)

secrets = st.binary(min_size=1, max_size=64)
purposes = st.sampled_from(TokenPurpose)
nonces = st.text(max_size=40)
numbers = st.integers(1, 2**62)
keys = st.text(max_size=40)


@given(secret=secrets, purpose=purposes, nonce=nonces)
def test_a_token_looks_like_one_and_is_the_same_again(secret: bytes, purpose: TokenPurpose, nonce: str) -> None:
    token = make_token(secret, purpose, nonce)

    assert is_token_format(token)
    assert token == make_token(secret, purpose, nonce)
    assert nonce not in token or len(nonce) < 4


@given(one=st.tuples(secrets, purposes, nonces), other=st.tuples(secrets, purposes, nonces))
def test_another_key_purpose_or_nonce_makes_another_token(
    one: tuple[bytes, TokenPurpose, str], other: tuple[bytes, TokenPurpose, str]
) -> None:
    # HMAC pads keys with zeros (RFC 2104 section 2): differing in zeros at the end is none.
    same = (one[0].rstrip(b"\0"), *one[1:]) == (other[0].rstrip(b"\0"), *other[1:])

    assert (make_token(*one) == make_token(*other)) == same


@given(secret=secrets, number=numbers, key=keys, other=st.tuples(secrets, numbers, keys))
def test_a_signature_opens_its_own_copy_alone(
    secret: bytes, number: int, key: str, other: tuple[bytes, int, str]
) -> None:
    signature = LinkBuilder(public_url="", secret=secret).email_links(
        unsubscribe="", preferences="", delivery=number, key=key
    )
    assert signature.web_copy is not None
    ours = signature.web_copy.rpartition("/")[2]

    same = (other[0].rstrip(b"\0"), *other[1:]) == (secret.rstrip(b"\0"), number, key)
    assert is_web_copy_signature(secret, number, key, ours)
    assert is_web_copy_signature(*other, ours) == same


@given(secret=secrets, number=numbers, key=keys, said=st.text(max_size=30))
def test_no_words_are_a_signature(secret: bytes, number: int, key: str, said: str) -> None:
    assert not is_web_copy_signature(secret, number, key, said)


@given(secret=secrets, nonce=nonces, number=numbers, key=keys)
def test_no_token_is_a_signature_nor_the_other_way_round(secret: bytes, nonce: str, number: int, key: str) -> None:
    tokens = {make_token(secret, purpose, nonce) for purpose in TokenPurpose}

    assert len(tokens) == len(TokenPurpose)
    assert not any(is_web_copy_signature(secret, number, key, token) for token in tokens)
    assert hmac_sign(secret, f"form {number}") not in tokens


@given(text=st.text(max_size=30))
def test_only_22_signs_of_base64url_look_like_a_token(text: str) -> None:
    assert is_token_format(text) == bool(re.fullmatch(r"[A-Za-z0-9_-]{22}", text, re.ASCII))


@pytest.mark.parametrize("text", ["A" * 21, "A" * 23, "A" * 22 + "\n", "A" * 21 + "=", "А" * 22, "A" * 21 + "/"])
def test_what_is_nearly_a_token_is_none(text: str) -> None:
    assert not is_token_format(text)


def test_nonces_are_of_128_bits_and_never_the_same() -> None:
    nonces = {new_nonce() for _ in range(1000)}

    assert len(nonces) == 1000
    assert {len(one) for one in nonces} == {22}


@given(secret=secrets, nonce=nonces)
def test_what_the_store_keeps_tells_nothing_of_the_token(secret: bytes, nonce: str) -> None:
    token = make_token(secret, TokenPurpose.UNSUBSCRIBE, nonce)

    assert re.fullmatch(r"[0-9a-f]{64}", hash_token(token))
    assert token not in hash_token(token)


@given(base=st.sampled_from(["https://d.example", "http://127.0.0.1:8080", "https://x.example/a/b"]), number=numbers)
def test_every_link_is_below_the_public_url_and_at_a_path_of_ours(base: str, number: int) -> None:
    maker = LinkBuilder(public_url=base, secret=b"key")
    token = make_token(b"key", TokenPurpose.UNSUBSCRIBE, "nonce")

    mail = maker.email_links(unsubscribe=token, preferences=token, delivery=number, key="k")
    found = [mail.unsubscribe, mail.preferences, mail.signup, mail.web_copy, maker.confirm_url("nonce")]

    patterns = [re.sub(r"\{\w+\}", r"[\\w-]+", path) for path in WebPath]
    below = urlsplit(base).path
    for link in found:
        assert link is not None
        assert link.startswith(f"{base}/")
        path = urlsplit(link).path.removeprefix(below)
        assert sum(bool(re.fullmatch(pattern, path)) for pattern in patterns) == 1


def test_a_mail_that_is_no_digest_has_no_copy() -> None:
    mail = LinkBuilder(public_url="https://d.example", secret=b"key").email_links(
        unsubscribe="u", preferences="p", delivery=None, key="k"
    )

    assert mail.web_copy is None


def test_the_link_that_unsubscribes_is_25_characters_longer_than_the_public_url() -> None:
    base = "https://papers.example.org"
    token = make_token(b"key", TokenPurpose.UNSUBSCRIBE, new_nonce())

    mail = LinkBuilder(public_url=base, secret=b"key").email_links(
        unsubscribe=token, preferences=token, delivery=1, key="k"
    )

    assert len(mail.unsubscribe) == len(base) + 25
    assert mail.unsubscribe.endswith(f"/u/{token}")


@pytest.mark.parametrize(("base", "one_click"), [("https://d.example", True), ("http://d.example", False)])
def test_mailboxes_unsubscribe_by_themselves_over_https_alone(base: str, one_click: bool) -> None:  # noqa: FBT001 - a case of the table
    mail = LinkBuilder(public_url=base, secret=b"key").email_links(
        unsubscribe="u", preferences="p", delivery=None, key="k"
    )

    assert mail.supports_one_click is one_click


def test_the_maker_shows_no_key() -> None:
    assert "key" not in repr(LinkBuilder(public_url="https://d.example", secret=b"key"))
