"""Signs email with DKIM: RSA (RFC 6376) and Ed25519 as a second signature (RFC 8463).

Canonicalization is relaxed/relaxed. Keys are read once, and shown neither by ``repr`` nor in an error.
"""

import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from digest.model.errors import InvalidSettings

SIGNED_HEADERS = frozenset(
    b"from to cc sender reply-to subject date message-id in-reply-to references mime-version content-type "
    b"content-transfer-encoding content-language auto-submitted feedback-id archived-at".split()
)
"""Headers that are signed where they stand, and every ``List-*`` with them (RFC 8058 section 4)."""

OVERSIGNED_HEADERS = b"from to subject date reply-to content-type list-unsubscribe list-unsubscribe-post".split()
"""Headers listed once more than they occur, so that adding another breaks the signature (RFC 6376, 8.15)."""

MIN_KEY_BITS, MAX_KEY_BITS = 2048, 4096
"""Bits of an RSA key: what is safe to sign with, and what every verifier must know (RFC 8301 section 3.2)."""

MAX_LINE_LENGTH = 78
DNS_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
DNS_NAME = re.compile(rf"{DNS_LABEL}(?:\.{DNS_LABEL})*")

Headers = list[tuple[bytes, bytes]]
"""The headers of a mail in order: the name in lower case, the value as it stands, folds too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimTxtRecord:
    """The TXT record that the world checks our signatures with."""

    name: str
    text: str

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it: strings of at most 255 characters (RFC 1035 section 3.3)."""
        strings = (f'"{self.text[at : at + 255]}"' for at in range(0, len(self.text), 255))
        return f"{self.name}. IN TXT {' '.join(strings)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A private key and the selector under which its public half is found."""

    selector: str
    private_key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The name that DNS knows: ``rsa`` or ``ed25519``."""
        return "rsa" if isinstance(self.private_key, RSAPrivateKey) else "ed25519"

    def sign(self, data: bytes) -> bytes:
        """Sign; the same data give the same bytes."""
        if isinstance(self.private_key, RSAPrivateKey):
            return self.private_key.sign(data, PKCS1v15(), SHA256())
        return self.private_key.sign(hashlib.sha256(data).digest())

    def public_bytes(self) -> bytes:
        """Return the public half as DNS has it: DER for RSA, the bare 32 bytes for Ed25519 (RFC 8463, 4)."""
        if isinstance(self.private_key, RSAPrivateKey):
            return self.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self.private_key.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSigner:
    """Signs every mail of a domain; safe to share between threads."""

    domain: str
    keys: tuple[DkimKey, ...]

    def sign(self, raw: bytes) -> bytes:
        """Return a mail with one ``DKIM-Signature`` a key in front; the same mail gives the same bytes.

        ``raw`` has CRLF at the end of each line, as it goes on the wire. The time of the signature is the
        mail's own ``Date``.
        """
        head, _, body = raw.partition(b"\r\n\r\n")
        headers = list(_parse_headers(head))
        names = _signed_header_names(headers)
        data = b"".join(_headers_to_sign(headers, names))
        body_hash = hashlib.sha256(_canonical_body(body)).digest()
        unsigned = (self._unsigned_header(key, headers, names, body_hash) for key in self.keys)
        signatures = (_signature_header(key, data, field) for key, field in zip(self.keys, unsigned, strict=True))
        return b"".join((*signatures, raw))

    def dns_records(self) -> tuple[DkimTxtRecord, ...]:
        """Return what DNS must say so that our signatures can be checked, a record a key."""
        return tuple(
            DkimTxtRecord(
                name=f"{key.selector}._domainkey.{self.domain}",
                text=f"v=DKIM1; k={key.algorithm}; p={b64encode(key.public_bytes()).decode()}",
            )
            for key in self.keys
        )

    def _unsigned_header(self, key: DkimKey, headers: Headers, names: list[bytes], body_hash: bytes) -> bytes:
        """Return the header as it is signed: all of it but what follows ``b=``."""
        parts = [
            "DKIM-Signature: ",
            "v=1; ",
            f"a={key.algorithm}-sha256; ",
            "c=relaxed/relaxed; ",
            f"d={self.domain}; ",
            f"s={key.selector}; ",
            *_timestamp_tag(headers),
            "h=",
            *(f"{name.decode()}:" for name in names[:-1]),
            f"{names[-1].decode()}; ",
            f"bh={b64encode(body_hash).decode()};",
        ]
        return f"{_fold(parts)}\r\n b=".encode()


def load_signer(
    *,
    domain: str | None,
    selector: str | None,
    key_file: Path | None,
    ed25519_selector: str | None,
    ed25519_key_file: Path | None,
) -> DkimSigner | None:
    """Read the keys once; None where there is no domain, or no key with a selector.

    Raises ``InvalidSettings`` with every mistake in one line, and nothing of a key in it.
    """
    wanted = (("DKIM", "RSA", selector, key_file), ("DKIM_ED25519", "Ed25519", ed25519_selector, ed25519_key_file))
    keys, mistakes = [], []
    if domain is None:
        return None
    if not DNS_NAME.fullmatch(domain):
        mistakes.append(f"DKIM_DOMAIN={domain!r}: not a domain like example.org, in ASCII")
    for name, kind, under, file in wanted:
        if under is None or file is None:
            continue
        if not DNS_NAME.fullmatch(under):
            mistakes.append(f"{name}_SELECTOR={under!r}: not a name like mail2026")
        found = _load_key(file, kind)
        if isinstance(found, str):
            mistakes.append(f"{name}_KEY_FILE={file}: {found}")
        else:
            keys.append(DkimKey(selector=under, private_key=found))
    if mistakes:
        raise InvalidSettings("; ".join(mistakes))
    return DkimSigner(domain=domain.lower(), keys=tuple(keys)) if keys else None


def _load_key(file: Path, kind: str) -> RSAPrivateKey | Ed25519PrivateKey | str:
    """Return a file's key, or what is wrong with it; no variable holds the file's text, for a traceback."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except TypeError:
        return "is encrypted; a service needs a key without a passphrase"
    except (ValueError, UnsupportedAlgorithm):
        return "holds no private key in PEM"
    match key:
        case RSAPrivateKey() if kind == "RSA":
            fits = MIN_KEY_BITS <= key.key_size <= MAX_KEY_BITS
            return key if fits else f"has {key.key_size} bits; an RSA key has {MIN_KEY_BITS} to {MAX_KEY_BITS}"
        case Ed25519PrivateKey() if kind == "Ed25519":
            return key
        case _:
            return f"is no {kind} key"


def _parse_headers(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    # A line that begins with a blank belongs to the header before.
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        yield name.strip(b" \t").lower(), value


def _signed_header_names(headers: Headers) -> list[bytes]:
    """Return the names for ``h=``: what is signed, as often as it stands, and once more what is oversigned."""
    counts = Counter(name for name, _ in headers if name in SIGNED_HEADERS or name.startswith(b"list-"))
    counts.update(OVERSIGNED_HEADERS)
    return list(counts.elements())


def _headers_to_sign(headers: Headers, names: Iterable[bytes]) -> Iterator[bytes]:
    """Return the canonical headers that ``names`` mean: of many alike, the last first (RFC 6376, 5.4.2)."""
    left = {name: [value for found, value in headers if found == name] for name in set(names)}
    for name in names:
        if left[name]:
            yield _canonical_header(name, left[name].pop()) + b"\r\n"


def _signature_header(key: DkimKey, data: bytes, unsigned_header: bytes) -> bytes:
    """Return a whole signature header; ``data`` are the headers that it signs."""
    name, _, value = unsigned_header.partition(b":")
    signs = b64encode(key.sign(data + _canonical_header(name.lower(), value)))
    lines = [signs[at : at + MAX_LINE_LENGTH - 4] for at in range(0, len(signs), MAX_LINE_LENGTH - 4)]
    return unsigned_header + b"\r\n ".join(lines) + b"\r\n"


def _timestamp_tag(headers: Headers) -> tuple[str, ...]:
    """Return the time of the signature: that of the mail, or none if it has none that can be read."""
    for name, value in headers:
        if name == b"date":
            try:
                at = parsedate_to_datetime(value.decode("ascii", "replace"))
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                return (f"t={max(0, int(at.timestamp()))}; ",)
            except (ValueError, OverflowError):
                break
    return ()


def _fold(parts: Iterable[str]) -> str:
    """Join parts, folding between them where a line would have more than ``MAX_LINE_LENGTH`` characters."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part.rstrip()) > MAX_LINE_LENGTH:
            lines.append(" ")
        lines[-1] += part
    return "\r\n".join(line.rstrip() for line in lines)


def _canonical_header(name: bytes, value: bytes) -> bytes:
    """Canonicalize a header (RFC 6376 section 3.4.2)."""
    return name + b":" + _collapse_blanks(value.replace(b"\r\n", b"")).strip(b" ")


def _canonical_body(body: bytes) -> bytes:
    """Canonicalize a body (RFC 6376 section 3.4.4)."""
    lines = _collapse_blanks(body + b"\r\n").replace(b" \r\n", b"\r\n")
    text = lines.rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _collapse_blanks(data: bytes) -> bytes:
    """Return every run of blanks and tabs as one blank; without a pattern, for most bodies have none."""
    data = data.replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data
