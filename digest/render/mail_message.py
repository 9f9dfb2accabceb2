"""The one builder of emails: headers and MIME as they go on the wire.

Headers are written here and not by ``email.message``: its policies turn a long ``List-Unsubscribe`` into an
RFC 2047 encoded word, which is illegal there, and raise on U+2028 in a subject.
"""

import quopri
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from digest.links import MailLinks
from digest.message import MailPart
from digest.model import Locale
from digest.render.one_line import one_line
from digest.verp import own_message_id

LINE = 57
"""Bytes that make one base64 line of 76 characters (RFC 2045 section 6.8)."""

FOLD = 76
"""Characters of a header line, where it can be folded at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIdentity:
    """Who we are in a mail.

    ``postal_address`` stands in the footer where the law wants one; ``list_domain`` names the list
    (``List-Id``).
    """

    sender_name: str
    from_address: str
    list_domain: str
    postal_address: str | None = None

    def mailto(self, subject: str) -> str:
        """Give the URL that writes to us with a subject."""
        return f"mailto:{quote(self.from_address, safe='@+')}?subject={quote(subject)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a mail says about itself besides its body.

    ``key`` is the delivery's; ``kind`` a short word for ``Feedback-ID`` (``digest``, ``news``, ``code``).
    ``listed`` is False for a mail that answers one person and belongs to no list. ``links`` are its reader's
    pages, None where there are none.
    """

    to: str
    subject: str
    key: str
    kind: str
    locale: Locale
    created_at: datetime
    listed: bool = True
    links: MailLinks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One alternative of a mail: its text and the same encoded for the wire."""

    text: str
    encoded: bytes
    encoding: str


def wire(text: str) -> bytes:
    """Give a text as bytes with the line ends of mail (RFC 2046 section 4.1.1)."""
    return text.replace("\n", "\r\n").encode()


def padded(text: str) -> str:
    """Give ``text`` with blanks in its last line, up to whole base64 lines: what follows starts a new one."""
    blanks = " " * (-len(wire(text)) % LINE)
    return f"{text[:-1]}{blanks}\n" if text.endswith("\n") else text + blanks


def base64_lines(data: bytes) -> bytes:
    """Encode in lines of 76 characters, each with its CRLF."""
    signs = b64encode(data)
    return b"".join(signs[at : at + 76] + b"\r\n" for at in range(0, len(signs), 76))


def body(text: str) -> Body:
    """Encode a whole text in the shorter of base64 and quoted-printable."""
    data = wire(text)
    base64 = base64_lines(data)
    printable = quopri.encodestring(text.encode()).replace(b"\n", b"\r\n")
    if len(printable) < len(base64):
        return Body(text=text, encoded=printable, encoding="quoted-printable")
    return Body(text=text, encoded=base64, encoding="base64")


def joined_body(head: str, middle: str, middle_encoded: bytes, tail: str) -> Body:
    """Join what was encoded once with this reader's own head and tail; head and middle are ``padded``."""
    encoded = b"".join((base64_lines(wire(head)), middle_encoded, base64_lines(wire(tail))))
    return Body(text=f"{head}{middle}{tail}", encoded=encoded, encoding="base64")


def build(envelope: Envelope, identity: MailIdentity, secret: bytes, *, html: Body, text: Body) -> MailPart:
    """Build a mail; the same arguments give the same bytes.

    ``multipart/alternative``, plain text first; no header can hold a line end or a control character.
    """
    digest = own_message_id(secret, envelope.key)
    message_id = f"<{digest}@{_ascii_domain(identity.from_address)}>"
    boundary = f"=_{digest}"
    subject = one_line(envelope.subject, most=160)
    lines = [
        *_headers(envelope, identity, subject, message_id),
        b"MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"'.encode(),
        b"",
    ]
    raw = b"\r\n".join(
        (
            *lines,
            *_part(boundary, "plain", text),
            *_part(boundary, "html", html),
            f"--{boundary}--\r\n".encode(),
        )
    )
    return MailPart(raw=raw, message_id=message_id, subject=subject, html=html.text, text=text.text)


def _headers(envelope: Envelope, identity: MailIdentity, subject: str, message_id: str) -> list[bytes]:
    """Give the header lines besides MIME's own."""
    name = one_line(identity.sender_name, most=120)
    headers = [
        ("From", f"{_phrase(name, 'From')}<{_address(identity.from_address)}>"),
        ("To", f"<{_address(envelope.to)}>"),
        ("Subject", _unstructured(subject, "Subject")),
        ("Date", format_datetime(envelope.created_at)),
        ("Message-ID", message_id),
        ("Content-Language", envelope.locale.value),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        (
            "Feedback-ID",
            f"{envelope.created_at:%Y-%m-%d}:{envelope.locale.value}:{envelope.kind}:paperdigest",
        ),
    ]
    if envelope.listed:
        headers += _list_headers(envelope, identity, name)
    return [f"{key}: {value}".encode() for key, value in headers]


def _list_headers(envelope: Envelope, identity: MailIdentity, name: str) -> list[tuple[str, str]]:
    """Give the headers of a list (RFC 2369, RFC 2919, RFC 5064, RFC 8058); a URL stands there as it is."""
    phrase = _phrase(name, "List-Id") if name.isascii() else ""
    links, mailto = envelope.links, identity.mailto("unsubscribe")
    if links and links.mailto:
        mailto = links.mailto
    headers = [("List-Id", f"{phrase}<paper-digest.{_ascii_domain(identity.list_domain)}>")]
    if links is None or links.sign_up is None:
        return [*headers, ("List-Unsubscribe", f"<{mailto}>"), ("List-Help", f"<{identity.mailto('help')}>")]
    headers.append(("List-Unsubscribe", f"<{links.unsubscribe}>, <{mailto}>"))
    if links.one_click:
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    headers.append(("List-Help", f"<{links.sign_up}>, <{identity.mailto('help')}>"))
    headers.append(("List-Subscribe", f"<{links.sign_up}>"))
    if links.copy:
        headers.append(("Archived-At", f"<{links.copy}>"))
    return headers


def _part(boundary: str, subtype: str, part: Body) -> tuple[bytes, ...]:
    """Give one alternative with its own headers."""
    return (
        f"--{boundary}".encode(),
        f"Content-Type: text/{subtype}; charset=utf-8".encode(),
        f"Content-Transfer-Encoding: {part.encoding}".encode(),
        b"",
        part.encoded,
    )


@lru_cache(maxsize=1024)
def _unstructured(text: str, name: str) -> str:
    """Give a value of free text, in encoded words of at most 75 characters where it is not ASCII."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=name, maxlinelen=FOLD).encode(linesep="\r\n")


def _phrase(text: str, name: str) -> str:
    """Give a display name with the blank behind it: bare, quoted or encoded, as its characters need it.

    A line with an encoded word has at most 76 characters (RFC 2047 section 2): the address starts a new one.
    """
    if not text.isascii() or "=?" in text:
        return _unstructured(text, name) + "\r\n "
    if all(sign.isalnum() or sign == " " for sign in text):
        return f"{text} ".lstrip()
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '" '


def _address(address: str) -> str:
    """Give an address without anything that ends a header or an angle bracket, its domain in ASCII."""
    local, _, _ = one_line(address).rpartition("@")
    return f"{local}@{_ascii_domain(address)}".translate({ord(sign): None for sign in "<> "})


def _ascii_domain(address: str) -> str:
    """Give a domain, or that of an address, as the wire has it."""
    domain = one_line(address).rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
