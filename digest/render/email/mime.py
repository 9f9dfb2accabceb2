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

from digest.model import Locale
from digest.model.links import EmailLinks
from digest.model.message import RenderedEmail
from digest.model.verp import message_id_local_part
from digest.text.sanitize import to_one_line

BASE64_LINE_BYTES = 57
"""Bytes that make one base64 line of 76 characters (RFC 2045 section 6.8)."""

MAX_HEADER_LINE = 76
"""Characters of a header line, where it can be folded at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderIdentity:
    """Who we are in a mail.

    ``postal_address`` stands in the footer where the law wants one; ``list_domain`` names the list
    (``List-Id``).
    """

    sender_name: str
    from_address: str
    list_domain: str
    postal_address: str | None = None

    def mailto(self, subject: str) -> str:
        """Return the URL that writes to us with a subject."""
        return f"mailto:{quote(self.from_address, safe='@+')}?subject={quote(subject)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMetadata:
    """What a mail says about itself besides its body.

    ``key`` is the delivery's; ``kind`` a short word for ``Feedback-ID`` (``digest``, ``news``, ``code``).
    ``is_list_email`` is False for a mail that answers one person and belongs to no list. ``links`` are its
    reader's pages, None where there are none.
    """

    recipient: str
    subject: str
    key: str
    kind: str
    locale: Locale
    created_at: datetime
    is_list_email: bool = True
    links: EmailLinks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedBody:
    """One alternative of a mail: its text and the same encoded for the wire."""

    text: str
    encoded: bytes
    encoding: str


def to_wire(text: str) -> bytes:
    """Return a text as bytes with the line ends of mail (RFC 2046 section 4.1.1)."""
    return text.replace("\n", "\r\n").encode()


def pad_to_base64_line(text: str) -> str:
    """Return ``text`` with blanks in its last line, up to whole base64 lines.

    What follows starts a new one.
    """
    blanks = " " * (-len(to_wire(text)) % BASE64_LINE_BYTES)
    return f"{text[:-1]}{blanks}\n" if text.endswith("\n") else text + blanks


def encode_base64_lines(data: bytes) -> bytes:
    """Encode in lines of 76 characters, each with its CRLF."""
    signs = b64encode(data)
    return b"".join(signs[at : at + 76] + b"\r\n" for at in range(0, len(signs), 76))


def encode_body(text: str) -> EncodedBody:
    """Encode a whole text in the shorter of base64 and quoted-printable."""
    data = to_wire(text)
    base64 = encode_base64_lines(data)
    printable = quopri.encodestring(text.encode()).replace(b"\n", b"\r\n")
    if len(printable) < len(base64):
        return EncodedBody(text=text, encoded=printable, encoding="quoted-printable")
    return EncodedBody(text=text, encoded=base64, encoding="base64")


def join_encoded_body(head: str, papers: str, papers_encoded: bytes, tail: str) -> EncodedBody:
    """Join what was encoded once with this reader's own head and tail.

    Head and middle are ``pad_to_base64_line``.
    """
    encoded = b"".join((encode_base64_lines(to_wire(head)), papers_encoded, encode_base64_lines(to_wire(tail))))
    return EncodedBody(text=f"{head}{papers}{tail}", encoded=encoded, encoding="base64")


def build_email(
    metadata: EmailMetadata, identity: SenderIdentity, secret: bytes, *, html: EncodedBody, text: EncodedBody
) -> RenderedEmail:
    """Build a mail; the same arguments give the same bytes.

    ``multipart/alternative``, plain text first; no header can hold a line end or a control character.
    """
    digest = message_id_local_part(secret, metadata.key)
    message_id = f"<{digest}@{_ascii_domain(identity.from_address)}>"
    boundary = f"=_{digest}"
    subject = to_one_line(metadata.subject, max_length=160)
    lines = [
        *_header_lines(metadata, identity, subject, message_id),
        b"MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"'.encode(),
        b"",
    ]
    raw = b"\r\n".join(
        (
            *lines,
            *_alternative_lines(boundary, "plain", text),
            *_alternative_lines(boundary, "html", html),
            f"--{boundary}--\r\n".encode(),
        )
    )
    return RenderedEmail(raw=raw, message_id=message_id, subject=subject, html=html.text, text=text.text)


def _header_lines(metadata: EmailMetadata, identity: SenderIdentity, subject: str, message_id: str) -> list[bytes]:
    """Return the header lines besides MIME's own."""
    name = to_one_line(identity.sender_name, max_length=120)
    headers = [
        ("From", f"{_format_display_name(name, 'From')}<{_safe_address(identity.from_address)}>"),
        ("To", f"<{_safe_address(metadata.recipient)}>"),
        ("Subject", _encode_header(subject, "Subject")),
        ("Date", format_datetime(metadata.created_at)),
        ("Message-ID", message_id),
        ("Content-Language", metadata.locale.value),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Feedback-ID", f"{metadata.created_at:%Y-%m-%d}:{metadata.locale.value}:{metadata.kind}:paperdigest"),
    ]
    if metadata.is_list_email:
        headers += _list_headers(metadata, identity, name)
    return [f"{key}: {value}".encode() for key, value in headers]


def _list_headers(metadata: EmailMetadata, identity: SenderIdentity, name: str) -> list[tuple[str, str]]:
    """Return the headers of a list (RFC 2369, RFC 2919, RFC 5064, RFC 8058); a URL stands there as it is."""
    phrase = _format_display_name(name, "List-Id") if name.isascii() else ""
    links, mailto = metadata.links, identity.mailto("unsubscribe")
    if links and links.mailto:
        mailto = links.mailto
    headers = [("List-Id", f"{phrase}<paper-digest.{_ascii_domain(identity.list_domain)}>")]
    if links is None or links.signup is None:
        return [*headers, ("List-Unsubscribe", f"<{mailto}>"), ("List-Help", f"<{identity.mailto('help')}>")]
    headers.append(("List-Unsubscribe", f"<{links.unsubscribe}>, <{mailto}>"))
    if links.supports_one_click:
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    headers.append(("List-Help", f"<{links.signup}>, <{identity.mailto('help')}>"))
    headers.append(("List-Subscribe", f"<{links.signup}>"))
    if links.web_copy:
        headers.append(("Archived-At", f"<{links.web_copy}>"))
    return headers


def _alternative_lines(boundary: str, subtype: str, body: EncodedBody) -> tuple[bytes, ...]:
    """Return one alternative with its own headers."""
    return (
        f"--{boundary}".encode(),
        f"Content-Type: text/{subtype}; charset=utf-8".encode(),
        f"Content-Transfer-Encoding: {body.encoding}".encode(),
        b"",
        body.encoded,
    )


@lru_cache(maxsize=1024)
def _encode_header(text: str, header_name: str) -> str:
    """Return a value of free text, in encoded words of at most 75 characters where it is not ASCII."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=header_name, maxlinelen=MAX_HEADER_LINE).encode(linesep="\r\n")


def _format_display_name(text: str, header_name: str) -> str:
    """Return a display name with the blank behind it: bare, quoted or encoded, as its characters need it.

    A line with an encoded word has at most 76 characters (RFC 2047 section 2): the address starts a new one.
    """
    if not text.isascii() or "=?" in text:
        return _encode_header(text, header_name) + "\r\n "
    if all(sign.isalnum() or sign == " " for sign in text):
        return f"{text} ".lstrip()
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '" '


def _safe_address(address: str) -> str:
    """Return an address without anything that ends a header or an angle bracket, its domain in ASCII."""
    local, _, _ = to_one_line(address).rpartition("@")
    return f"{local}@{_ascii_domain(address)}".translate({ord(sign): None for sign in "<> "})


def _ascii_domain(address: str) -> str:
    """Return a domain, or that of an address, as the wire has it."""
    domain = to_one_line(address).rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
