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

_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class Purpose(StrEnum):
    """What a token is good for, and for nothing else."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"


class Path(StrEnum):
    """Where the pages are, below ``PUBLIC_URL``."""

    SIGN_UP = "/"
    UNSUBSCRIBE = "/u/{token}"
    PREFERENCES = "/p/{token}"
    CONFIRM = "/c/{token}"
    COPY = "/d/{delivery}/{signature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLinks:
    """Where one mail leads: its reader's pages, and its own copy on the web (None for a mail without).

    ``mailto`` unsubscribes by mail, where somebody reads what it writes to. Without pages ``unsubscribe`` is
    the same, and the others are None.
    """

    unsubscribe: str
    preferences: str | None = None
    sign_up: str | None = None
    copy: str | None = None
    mailto: str | None = None

    @property
    def one_click(self) -> bool:
        """Tell whether mailboxes may unsubscribe by themselves: RFC 8058 section 3.1 wants https."""
        return self.unsubscribe.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMaker:
    """Makes links; ``public_url`` is ``PUBLIC_URL``, without a slash at its end."""

    public_url: str
    secret: bytes

    def __repr__(self) -> str:
        """Show where the links lead, never the key."""
        return f"LinkMaker({self.public_url})"

    def mail(self, *, unsubscribe: str, preferences: str, delivery: int | None, key: str) -> MailLinks:
        """Give a mail's links, of its reader's tokens, its number (None: it has no copy) and its key."""
        copy = None
        if delivery is not None:
            signature = signed(self.secret, f"copy {delivery} {key}")
            copy = self._to(Path.COPY, delivery=str(delivery), signature=signature)
        return MailLinks(
            unsubscribe=self._to(Path.UNSUBSCRIBE, token=unsubscribe),
            preferences=self._to(Path.PREFERENCES, token=preferences),
            sign_up=self._to(Path.SIGN_UP),
            copy=copy,
        )

    def confirm(self, nonce: str) -> str:
        """Give the link that says yes to a sign-up."""
        return self._to(Path.CONFIRM, token=token_of(self.secret, Purpose.CONFIRM, nonce))

    def _to(self, path: Path, **places: str) -> str:
        return self.public_url + path.format(**places)


def new_nonce() -> str:
    """Give 128 random bits to make a token of."""
    return secrets.token_urlsafe(_BYTES)


def token_of(secret: bytes, purpose: Purpose, nonce: str) -> str:
    """Give the token that a nonce makes for a purpose; the same arguments give the same one."""
    return signed(secret, f"{purpose} {nonce}")


def signed(secret: bytes, text: str) -> str:
    """Give 128 bits of a keyed hash of a text, as 22 signs that a URL can hold."""
    mac = hmac.new(secret, b"link\0" + text.encode(), sha256).digest()[:_BYTES]
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_copy_signature(secret: bytes, delivery: int, key: str, signature: str) -> bool:
    """Tell, in a time that says nothing, whether a signature is that of a delivery's copy."""
    return hmac.compare_digest(signed(secret, f"copy {delivery} {key}").encode(), signature.encode())


def hashed(token: str) -> str:
    """Give what the store keeps of a token."""
    return sha256(token.encode()).hexdigest()


def looks_like_token(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None
