"""Values of headers and fields made plain: words without their encoding, addresses without their dress."""

import re
from email.errors import HeaderParseError
from email.header import decode_header

from digest.mail.bounces.mime import decode_bytes

MAX_LINE_LENGTH = 200
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,100}@[^\s<>()\[\]\",;:@]{1,253}")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_MAX_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def clean_line(text: str, max_length: int = MAX_LINE_LENGTH) -> str:
    """Return a text in one line of at most so many characters, without anything that no store would keep."""
    return " ".join(_UNSTORABLE.sub(" ", text).split())[:max_length]


def decode_words(value: str) -> str:
    """Return a header's words with their encoding undone (RFC 2047); what cannot be undone stays as it is."""
    if "=?" not in value:
        return clean_line(value)
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return clean_line(value)
    return clean_line(
        "".join(word if isinstance(word, str) else decode_bytes(word, charset or "") for word, charset in pieces)
    )


def find_addresses(value: str) -> list[str]:
    """Return what looks like an address in a value, in order."""
    return [clean_line(found) for found in _ADDRESS.findall(value)]


def parse_typed_address(value: str) -> str:
    """Return the address of ``rfc822; ann@example.org`` or ``utf-8; …`` (RFC 3464 2.3, RFC 6533 3).

    Also of one without its type, or in angle brackets; empty where there is none.
    """
    kind, mark, rest = value.partition(";")
    text = rest if mark else kind
    if mark and kind.strip().lower() == "x400":
        return ""
    found = find_addresses(_ESCAPED.sub(_unescape, text))
    return found[0] if found else ""


def _unescape(found: re.Match[str]) -> str:
    number = int(found.group(1), 16)
    return found.group() if number > _MAX_CODE_POINT or number in _SURROGATES else chr(number)
