"""Signs mail with DKIM: RSA (RFC 6376) and Ed25519 as a second signature (RFC 8463).

Canonicalization is relaxed/relaxed. Keys are read once, and no key is ever shown: not by ``repr``, not in an
error.
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

from digest.errors import BadSettings

SIGNED = frozenset(
    b"from to cc sender reply-to subject date message-id in-reply-to references mime-version content-type "
    b"content-transfer-encoding content-language auto-submitted feedback-id archived-at".split()
)
"""Headers that are signed where they stand, and every ``List-*`` with them (RFC 8058 section 4)."""

OVERSIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"reply-to",
    b"content-type",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
)
"""Headers of which nobody may add one more: each is named once oftener than it stands (RFC 6376, 8.15)."""

SHORTEST, LONGEST = 2048, 4096
"""Bits of an RSA key: what is safe to sign with, and what every verifier must know (RFC 8301 section 3.2)."""

FOLD = 78
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")

Headers = list[tuple[bytes, bytes]]
"""The headers of a mail in order: the name in small letters, the value as it stands, folds too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRecord:
    """The TXT record that the world checks our signatures with."""

    name: str
    text: str

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it: strings of at most 255 characters (RFC 1035 section 3.3)."""
        strings = (f'"{self.text[at : at + 255]}"' for at in range(0, len(self.text), 255))
        return f"{self.name}. IN TXT {' '.join(strings)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key and the selector under which its public half is found."""

    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """The name that DNS knows: ``rsa`` or ``ed25519``."""
        return "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"

    def signature(self, data: bytes) -> bytes:
        """Sign; the same data give the same bytes."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, PKCS1v15(), SHA256())
        return self.private.sign(hashlib.sha256(data).digest())

    def public(self) -> bytes:
        """Give the public half as DNS has it: DER for RSA, the bare 32 bytes for Ed25519 (RFC 8463, 4)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return self.private.public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs every mail of a domain; safe to share between threads."""

    domain: str
    keys: tuple[Key, ...]

    def sign(self, raw: bytes) -> bytes:
        """Give a mail with one ``DKIM-Signature`` a key in front; the same mail gives the same bytes.

        ``raw`` has CRLF at the end of each line, as it goes on the wire. The time of the signature is the
        mail's own ``Date``.
        """
        head, _, body = raw.partition(b"\r\n\r\n")
        headers = list(_parsed(head))
        names = _names(headers)
        data = b"".join(_chosen(headers, names))
        body_hash = hashlib.sha256(_relaxed_body(body)).digest()
        unsigned = (self._unsigned(key, headers, names, body_hash) for key in self.keys)
        signatures = (_signature(key, data, field) for key, field in zip(self.keys, unsigned, strict=True))
        return b"".join((*signatures, raw))

    def records(self) -> tuple[PublicRecord, ...]:
        """Give what DNS must say so that our signatures can be checked, a record a key."""
        return tuple(
            PublicRecord(
                name=f"{key.selector}._domainkey.{self.domain}",
                text=f"v=DKIM1; k={key.algorithm}; p={b64encode(key.public()).decode()}",
            )
            for key in self.keys
        )

    def _unsigned(self, key: Key, headers: Headers, names: list[bytes], body_hash: bytes) -> bytes:
        """Give the header as it is signed: all of it but what follows ``b=``."""
        parts = [
            "DKIM-Signature: ",
            "v=1; ",
            f"a={key.algorithm}-sha256; ",
            "c=relaxed/relaxed; ",
            f"d={self.domain}; ",
            f"s={key.selector}; ",
            *_time(headers),
            "h=",
            *(f"{name.decode()}:" for name in names[:-1]),
            f"{names[-1].decode()}; ",
            f"bh={b64encode(body_hash).decode()};",
        ]
        return f"{_folded(parts)}\r\n b=".encode()


def load_signer(
    *,
    domain: str | None,
    selector: str | None,
    key_file: Path | None,
    ed25519_selector: str | None,
    ed25519_key_file: Path | None,
) -> Signer | None:
    """Read the keys once; None where there is no domain, or no key with a selector.

    Raises ``BadSettings`` with every mistake in one line, and nothing of a key in it.
    """
    wanted = (
        ("DKIM", "RSA", selector, key_file),
        ("DKIM_ED25519", "Ed25519", ed25519_selector, ed25519_key_file),
    )
    keys, mistakes = [], []
    if domain is None:
        return None
    if not NAME.fullmatch(domain):
        mistakes.append(f"DKIM_DOMAIN={domain!r}: not a domain like example.org, in ASCII")
    for name, kind, under, file in wanted:
        if under is None or file is None:
            continue
        if not NAME.fullmatch(under):
            mistakes.append(f"{name}_SELECTOR={under!r}: not a name like mail2026")
        found = _read(file, kind)
        if isinstance(found, str):
            mistakes.append(f"{name}_KEY_FILE={file}: {found}")
        else:
            keys.append(Key(selector=under, private=found))
    if mistakes:
        raise BadSettings("; ".join(mistakes))
    return Signer(domain=domain.lower(), keys=tuple(keys)) if keys else None


def _read(file: Path, kind: str) -> RSAPrivateKey | Ed25519PrivateKey | str:
    """Give a file's key, or what is wrong with it; no variable holds the file's text, for a traceback."""
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
            fits = SHORTEST <= key.key_size <= LONGEST
            return key if fits else f"has {key.key_size} bits; an RSA key has {SHORTEST} to {LONGEST}"
        case Ed25519PrivateKey() if kind == "Ed25519":
            return key
        case _:
            return f"is no {kind} key"


def _parsed(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the headers of a mail in order; a line that begins with a blank belongs to the one before."""
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        yield name.strip(b" \t").lower(), value


def _names(headers: Headers) -> list[bytes]:
    """Give the names for ``h=``: what is signed, as often as it stands, and once more what is oversigned."""
    counts = Counter(name for name, _ in headers if name in SIGNED or name.startswith(b"list-"))
    counts.update(OVERSIGNED)
    return list(counts.elements())


def _chosen(headers: Headers, names: Iterable[bytes]) -> Iterator[bytes]:
    """Give the canonical headers that ``names`` mean: of many alike, the last first (RFC 6376, 5.4.2)."""
    left = {name: [value for found, value in headers if found == name] for name in set(names)}
    for name in names:
        if left[name]:
            yield _relaxed_header(name, left[name].pop()) + b"\r\n"


def _signature(key: Key, data: bytes, unsigned: bytes) -> bytes:
    """Give a whole signature header; ``data`` are the headers that it signs."""
    name, _, value = unsigned.partition(b":")
    signs = b64encode(key.signature(data + _relaxed_header(name.lower(), value)))
    lines = [signs[at : at + FOLD - 4] for at in range(0, len(signs), FOLD - 4)]
    return unsigned + b"\r\n ".join(lines) + b"\r\n"


def _time(headers: Headers) -> tuple[str, ...]:
    """Give the time of the signature: that of the mail, or none if it has none that can be read."""
    for name, value in headers:
        if name == b"date":
            try:
                at = parsedate_to_datetime(value.decode("ascii", "replace"))
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                return (f"t={max(0, int(at.timestamp()))}; ",)
            except (ValueError, OverflowError):
                break
    return ()


def _folded(parts: Iterable[str]) -> str:
    """Join parts, folding between them where a line would have more than ``FOLD`` characters."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part.rstrip()) > FOLD:
            lines.append(" ")
        lines[-1] += part
    return "\r\n".join(line.rstrip() for line in lines)


def _relaxed_header(name: bytes, value: bytes) -> bytes:
    """Canonicalize a header (RFC 6376 section 3.4.2)."""
    return name + b":" + _single_blanks(value.replace(b"\r\n", b"")).strip(b" ")


def _relaxed_body(body: bytes) -> bytes:
    """Canonicalize a body (RFC 6376 section 3.4.4)."""
    lines = _single_blanks(body + b"\r\n").replace(b" \r\n", b"\r\n")
    text = lines.rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _single_blanks(data: bytes) -> bytes:
    """Give every run of blanks and tabs as one blank; without a pattern, for most bodies have none."""
    data = data.replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data
