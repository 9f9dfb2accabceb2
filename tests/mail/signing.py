"""Signed mails for tests, and what dkimpy says of them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from digest.mail.dkim import DkimKey, DkimSigner

HEADERS = {
    "From": "Paper Digest <digest@example.org>",
    "To": "<reader@example.com>",
    "Subject": "=?utf-8?q?27_new_papers_=C2=B7_24_January?=",
    "Date": "Sat, 24 Jan 2026 07:00:00 +0000",
    "Message-ID": "<edd164f7@example.org>",
    "Content-Language": "en",
    "Auto-Submitted": "auto-generated",
    "Feedback-ID": "2026-01-24:en:digest:paperdigest",
    "List-Id": "Paper Digest <paper-digest.example.org>",
    "List-Unsubscribe": "<https://example.org/u/0123456789abcdef>, <mailto:digest@example.org>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "List-Help": "<mailto:digest@example.org?subject=help>",
    "List-Archive": "<https://example.org/archive>",
    "Archived-At": "<https://example.org/2026-01-24>",
    "MIME-Version": "1.0",
    "Content-Type": 'multipart/alternative; boundary="=_edd164f7"',
}
"""Every header that we write and sign."""

BODY = b"one  line \r\n\r\n. a dot\r\n..two\r\nthe end\r\n"


@cache
def make_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def make_ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def make_signer() -> DkimSigner:
    keys = (
        DkimKey(selector="rsa2026", private_key=make_rsa_key()),
        DkimKey(selector="ed2026", private_key=make_ed25519_key()),
    )
    return DkimSigner(domain="example.org", keys=keys)


def make_email(headers: Mapping[str, str] | Iterable[tuple[str, str]] = HEADERS, body: bytes = BODY) -> bytes:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in pairs) + b"\r\n" + body


def body_hashes_of(mail: bytes) -> list[bytes]:
    """Return what each signature says of the body (RFC 6376 section 3.5, ``bh=``)."""
    head, _, _ = mail.partition(b"\r\n\r\n")
    return [re.sub(rb"\s", b"", found) for found in re.findall(rb"\bbh=([^;]+)", head)]


def verify_each(mail: bytes, signer: DkimSigner) -> list[bool]:
    """Return what dkimpy says of each signature on the wire, where a mail's last line has its end too."""
    mail = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    records = {record.name: record.text.encode() for record in signer.dns_records()}

    def lookup(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - the library's signature
        return records.get(name.decode().rstrip("."))

    def verify(index: int) -> bool:
        try:
            return bool(dkim.DKIM(mail).verify(idx=index, dnsfunc=lookup))
        except dkim.DKIMException:
            return False

    return [verify(at) for at in range(len(signer.keys))]


def is_valid(mail: bytes, signer: DkimSigner) -> bool:
    """Return whether every signature holds, and hold them to the same verdict."""
    (verdict,) = set(verify_each(mail, signer))
    return verdict
