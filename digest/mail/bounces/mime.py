"""An email as a tree of parts, from any bytes, in bounded time (RFC 2045, RFC 2046, RFC 5322).

Not the standard library's parser: that one recurses as deep as the mail is nested, and takes the square of
the length of a parameter list. Here everything has a bound; what lies beyond it is left out.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.header import decode_header

MAX_BYTES = 1_000_000
MAX_PARTS = 100
MAX_DEPTH = 8
MAX_HEADERS = 300
MAX_HEADER_VALUE = 2_000
"""Characters of a header's value, unfolded; lists of received lines and keys are longer and say nothing."""

_HEADER = re.compile(r"([\x21-\x39\x3b-\x7e]{1,100})[ \t]*:(.*)", re.DOTALL)
_BLANK_LINE = re.compile(r"^[ \t]*$", re.MULTILINE)
_PARAMETER = re.compile(r';[ \t]*([\w!#$%&\'+.^`|~-]{1,60})\*?[ \t]*=[ \t]*(?:"([^"]*)"|([^;\s]*))')
_CHARSET = re.compile(
    r"utf-?8|(us-)?ascii|iso[-_]?(8859|2022)[-_\w]{1,9}|windows-\d{3,4}|cp\d{3,4}|koi8-\w"
    r"|gb\w{2,6}|hz-gb-2312|big5(-?hkscs)?|euc-\w{2}|shift_?jis|ks_c_5601-1987",
    re.IGNORECASE,
)
"""Character sets of mail; other codecs of Python take their time, or warn."""

_FIELD_GROUP_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/feedback-report"})
_HEADERS_ONLY_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})

MAX_LINE_LENGTH = 200
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,100}@[^\s<>()\[\]\",;:@]{1,253}")
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_MAX_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)

MimeHeaders = tuple[tuple[str, str], ...]
"""Names in lower case and unfolded values, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MimePart:
    """One part of a mail, or the whole.

    ``parts`` are those inside: of a multipart, the one mail of a ``message/rfc822`` (or headers alone), the
    groups of fields of a report. ``text`` is the body as written, empty where there are ``parts``.
    """

    headers: MimeHeaders
    content_type: str
    parameters: Mapping[str, str]
    text: str = ""
    parts: tuple["MimePart", ...] = ()

    def get(self, name: str) -> str:
        """Return the first header of a name, empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def get_all(self, name: str) -> list[str]:
        """Return the values of every header of a name."""
        return [value for key, value in self.headers if key == name]

    @property
    def is_returned_message(self) -> bool:
        """Return whether this holds a mail, or its headers, that came back."""
        return self.content_type in _MESSAGE_TYPES or self.content_type in _HEADERS_ONLY_TYPES

    def decoded_text(self) -> str:
        """Return the text without its transfer encoding, in its own character set."""
        data = self.text.encode("utf-8", "surrogateescape")
        encoding = self.get("content-transfer-encoding").lower()
        if encoding == "base64":
            digits = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
            try:
                data = binascii.a2b_base64(digits[: len(digits) // 4 * 4])
            except binascii.Error:
                data = b""
        elif encoding == "quoted-printable":
            data = quopri.decodestring(data)
        return decode_bytes(data, self.parameters.get("charset", ""))

    def walk(self, *, into_returned: bool = False) -> Iterator["MimePart"]:
        """Return this part and those inside, in order; those of a mail that came back only where asked."""
        yield self
        if self.is_returned_message and not into_returned:
            return
        for part in self.parts:
            yield from part.walk(into_returned=into_returned)


@dataclass(slots=True)
class _PartBudget:
    """How many parts may still be made of one mail."""

    remaining: int = MAX_PARTS

    def spend(self) -> bool:
        self.remaining -= 1
        return self.remaining >= 0


def parse_email(raw: bytes) -> MimePart:
    """Read a mail, of which at most ``MAX_BYTES`` are looked at; never raises."""
    text = raw[:MAX_BYTES].decode("utf-8", "surrogateescape")
    return _parse_part(text.replace("\r\n", "\n").replace("\r", "\n"), _PartBudget(), 0)


def _parse_part(text: str, budget: _PartBudget, depth: int, default_type: str = "text/plain") -> MimePart:
    headers, body = _split_headers(text)
    type_, parameters = _parse_content_type(headers, default_type)
    bare = MimePart(headers=headers, content_type=type_, parameters=parameters, text=body)
    parts = _child_parts(bare, budget, depth) if depth < MAX_DEPTH else ()
    return replace(bare, text="", parts=parts) if parts else bare


def _child_parts(part: MimePart, budget: _PartBudget, depth: int) -> tuple[MimePart, ...]:
    if part.content_type.startswith("multipart/"):
        usual = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        pieces = _split_multipart(part.text, part.parameters.get("boundary", ""))
        return tuple(_parse_part(piece, budget, depth + 1, usual) for piece in pieces if budget.spend())
    if part.content_type in _MESSAGE_TYPES and budget.spend():
        return (_parse_part(_unwrap(part), budget, depth + 1),)
    if part.content_type in _HEADERS_ONLY_TYPES and budget.spend():
        return (_fields_only(_unwrap(part)),)
    if part.content_type in _FIELD_GROUP_TYPES:
        return tuple(_field_groups(_unwrap(part), budget))
    return ()


def _field_groups(text: str, budget: _PartBudget) -> Iterator[MimePart]:
    """Return the groups of fields of a report, which blank lines divide."""
    for group in _BLANK_LINE.split(text):
        if group.strip():
            if not budget.spend():
                return
            yield _fields_only(group.lstrip("\n"))


def _fields_only(text: str) -> MimePart:
    return MimePart(headers=_split_headers(text)[0], content_type="text/plain", parameters={})


def _split_multipart(text: str, boundary: str) -> Iterator[str]:
    """Return what stands between the lines of a boundary; nothing where there is none."""
    if not boundary:
        return
    begun: int | None = None
    for line in re.finditer(rf"^--{re.escape(boundary)}(--)?[ \t]*$", text, re.MULTILINE):
        if begun is not None:
            yield text[begun : max(begun, line.start() - 1)]
        if line.group(1):
            return
        begun = line.end() + 1
    if begun is not None:
        yield text[begun:]


def _split_headers(text: str) -> tuple[MimeHeaders, str]:
    """Divide headers from body; they end at an empty line, or at a line that can be none of them."""
    headers: list[list[str]] = []
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at : min(end, at + MAX_HEADER_VALUE)]
        if not line:
            at = end + 1
            break
        if line[0] in " \t" and headers:
            headers[-1].append(line)
        elif found := _HEADER.match(line):
            headers.append([found.group(1).lower(), found.group(2)])
        elif at or not line.startswith("From "):
            break
        at = end + 1
    return tuple((name, "".join(lines)[:MAX_HEADER_VALUE].strip()) for name, *lines in headers[:MAX_HEADERS]), text[at:]


def _parse_content_type(headers: MimeHeaders, default_type: str) -> tuple[str, Mapping[str, str]]:
    value = next((value for name, value in headers if name == "content-type"), "")
    type_ = value.partition(";")[0].strip().lower()
    if type_.count("/") != 1:
        type_ = default_type
    found = _PARAMETER.finditer(value)
    return type_, {one.group(1).lower(): one.group(2) or one.group(3) or "" for one in found}


def _unwrap(part: MimePart) -> str:
    """Return the text of a part that holds a mail or fields, which some servers encode against the rules."""
    if part.get("content-transfer-encoding").lower() in ("base64", "quoted-printable"):
        return part.decoded_text().replace("\r\n", "\n")
    return part.text


def decode_bytes(data: bytes, charset: str) -> str:
    """Decode bytes of a named character set; where that fails, as UTF-8 or the Chinese superset."""
    named = [charset.lower()] if _CHARSET.fullmatch(charset) else []
    for name in (*named, "utf-8", "gb18030"):
        try:
            return data.decode("gb18030" if name in ("gb2312", "gbk") else name)
        except (LookupError, UnicodeError):
            continue
    return data.decode("utf-8", "replace")


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
