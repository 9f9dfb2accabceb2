"""Links into the web pages: what lets the holder of a mail act for its reader, made and checked.

A token is 128 bits of a keyed hash over a random nonce, in 22 signs of base64url (RFC 4648 section 5). The
store keeps the token's plain hash: whoever reads the database cannot make the link, and a link made under an
earlier key still finds its row. The link to a mail's copy on the web is signed instead, and stored nowhere.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

_TOKEN_BYTES = 16
_TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


class TokenPurpose(StrEnum):
    """What a token is good for, and for nothing else."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"


class WebPath(StrEnum):
    """Where the pages are, below ``PUBLIC_URL``."""

    SIGNUP = "/"
    UNSUBSCRIBE = "/u/{token}"
    PREFERENCES = "/p/{token}"
    CONFIRM = "/c/{token}"
    WEB_COPY = "/d/{delivery}/{signature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailLinks:
    """Where one mail leads: its reader's pages, and its own copy on the web (None for a mail without).

    ``mailto`` unsubscribes by mail, where somebody reads what it writes to. Without pages ``unsubscribe`` is
    the same, and the others are None.
    """

    unsubscribe: str
    preferences: str | None = None
    signup: str | None = None
    web_copy: str | None = None
    mailto: str | None = None

    @property
    def supports_one_click(self) -> bool:
        """Return whether mailboxes may unsubscribe by themselves: RFC 8058 section 3.1 wants https."""
        return self.unsubscribe.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBuilder:
    """Makes links; ``public_url`` is ``PUBLIC_URL``, without a slash at its end."""

    public_url: str
    secret: bytes

    def __repr__(self) -> str:
        """Show where the links lead, never the key."""
        return f"LinkMaker({self.public_url})"

    def email_links(self, *, unsubscribe: str, preferences: str, delivery: int | None, key: str) -> EmailLinks:
        """Return a mail's links, of its reader's tokens, its number (None: it has no copy) and its key."""
        copy = None
        if delivery is not None:
            signature = hmac_sign(self.secret, f"copy {delivery} {key}")
            copy = self._url(WebPath.WEB_COPY, delivery=str(delivery), signature=signature)
        return EmailLinks(
            unsubscribe=self._url(WebPath.UNSUBSCRIBE, token=unsubscribe),
            preferences=self._url(WebPath.PREFERENCES, token=preferences),
            signup=self._url(WebPath.SIGNUP),
            web_copy=copy,
        )

    def confirm_url(self, nonce: str) -> str:
        """Return the link that says yes to a sign-up."""
        return self._url(WebPath.CONFIRM, token=make_token(self.secret, TokenPurpose.CONFIRM, nonce))

    def _url(self, path: WebPath, **places: str) -> str:
        return self.public_url + path.format(**places)


def new_nonce() -> str:
    """Return 128 random bits to make a token of."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def make_token(secret: bytes, purpose: TokenPurpose, nonce: str) -> str:
    """Return the token that a nonce makes for a purpose; the same arguments give the same one."""
    return hmac_sign(secret, f"{purpose} {nonce}")


def hmac_sign(secret: bytes, text: str) -> str:
    """Return 128 bits of a keyed hash of a text, as 22 signs that a URL can hold."""
    mac = hmac.new(secret, b"link\0" + text.encode(), sha256).digest()[:_TOKEN_BYTES]
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_web_copy_signature(secret: bytes, delivery: int, key: str, signature: str) -> bool:
    """Tell, in a time that says nothing, whether a signature is that of a delivery's copy."""
    return hmac.compare_digest(hmac_sign(secret, f"copy {delivery} {key}").encode(), signature.encode())


def hash_token(token: str) -> str:
    """Return what the store keeps of a token."""
    return sha256(token.encode()).hexdigest()


def is_token_format(text: str) -> bool:
    """Return whether a text has the form of a token."""
    return _TOKEN_PATTERN.fullmatch(text) is not None
