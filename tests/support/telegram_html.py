"""Telegram's HTML style, read as tdlib reads it (``parse_html`` of td/telegram/MessageEntity.cpp).

Offsets in refusals are UTF-8 bytes, offsets of entities UTF-16 code units.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ENTITY_BY_TAG = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
NAMED_REFERENCES = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
REFERENCE = re.compile(rb"&(?:(lt|gt|amp|quot)|#x([0-9a-fA-F]{1,6})|#([0-9]{1,7}))(;?)")
SPACE = b" \t\r\n\v\f"
MAX_ENTITIES = 100


class InvalidTelegramHtml(Exception):
    """Telegram would not read this HTML; ``str()`` is its own wording."""


def utf16_length(text: str) -> int:
    """Count as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _OpenEntity:
    name: str
    argument: str
    offset: int
    expandable: bool = False


class _HtmlParser:
    """One pass over the bytes of a text."""

    def __init__(self, html: str) -> None:
        self.raw = html.encode("utf-8", "surrogatepass")
        self.position = 0
        self.text: list[str] = []
        self.units = 0
        self.open: list[_OpenEntity] = []
        self.entities: list[dict[str, Any]] = []

    def read(self) -> None:
        """Read everything; refuse what does not close."""
        while self.position < len(self.raw):
            if self.raw[self.position : self.position + 1] == b"<":
                self._read_tag()
            else:
                self._read_characters()
        if self.open:
            raise InvalidTelegramHtml(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _read_characters(self) -> None:
        reference = REFERENCE.match(self.raw, self.position)
        if reference and (shown := _decode_reference(reference)):
            self._append(shown)
            self.position = reference.end()
            return
        end = self.position + 1
        while end < len(self.raw) and self.raw[end] not in b"<&":
            end += 1
        self._append(self.raw[self.position : end].decode("utf-8", "replace"))
        self.position = end

    def _append(self, text: str) -> None:
        self.text.append(text)
        self.units += utf16_length(text)

    def _read_tag(self) -> None:
        begin = self.position
        self.position += 1
        if self.raw[self.position : self.position + 1] == b"/":
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        name = self._read_until(SPACE + b">").lower()
        if self.position >= len(self.raw):
            raise InvalidTelegramHtml(f"Unclosed start tag at byte offset {begin}")
        if name not in ENTITY_BY_TAG:
            raise InvalidTelegramHtml(f'Unsupported start tag "{name}" at byte offset {begin}')
        attributes = self._read_attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise InvalidTelegramHtml(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        argument = attributes.get("href") or attributes.get("class") or attributes.get("emoji-id") or ""
        self.open.append(_OpenEntity(name, argument, self.units, "expandable" in attributes))

    def _read_attributes(self, name: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.position >= len(self.raw):
                raise InvalidTelegramHtml(f'Unclosed start tag "{name}" at byte offset {begin}')
            if self.raw[self.position : self.position + 1] == b">":
                self.position += 1
                return found
            key = self._read_until(SPACE + b"=>").lower()
            if not key:
                raise InvalidTelegramHtml(f'Empty attribute name in the tag "{name}" at byte offset {begin}')
            self._skip_space()
            if self.raw[self.position : self.position + 1] == b"=":
                self.position += 1
                found[key] = self._read_value(name, begin)
            elif name == "blockquote" and key == "expandable":
                found[key] = ""
            else:
                raise InvalidTelegramHtml(
                    f'Expected equal sign in declaration of an attribute of the tag "{name}" at byte offset {begin}'
                )

    def _read_value(self, name: str, begin: int) -> str:
        self._skip_space()
        if self.position >= len(self.raw):
            raise InvalidTelegramHtml(f'Unclosed start tag "{name}" at byte offset {begin}')
        quote = self.raw[self.position : self.position + 1]
        if quote not in (b'"', b"'"):
            start = self.position
            while re.match(rb"[A-Za-z0-9.-]", self.raw[self.position : self.position + 1]):
                self.position += 1
            if self.raw[self.position : self.position + 1] not in [bytes([one]) for one in SPACE + b">"]:
                raise InvalidTelegramHtml(f"Unexpected end of name token at byte offset {start}")
            return self.raw[start : self.position].decode()
        end = self.raw.find(quote, self.position + 1)
        if end < 0:
            raise InvalidTelegramHtml(f"Unclosed start tag at byte offset {begin}")
        value = self.raw[self.position + 1 : end]
        self.position = end + 1
        decoded = REFERENCE.sub(lambda found: (_decode_reference(found) or "").encode(), value)
        return decoded.decode("utf-8", "replace")

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise InvalidTelegramHtml(f"Unexpected end tag at byte offset {begin}")
        self.position += 1
        name = self._read_until(SPACE + b">").lower()
        self._skip_space()
        if self.raw[self.position : self.position + 1] != b">":
            raise InvalidTelegramHtml(f"Unclosed end tag at byte offset {begin}")
        self.position += 1
        tag = self.open.pop()
        if name and name != tag.name:
            raise InvalidTelegramHtml(
                f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{name}>"'
            )
        self._close(tag)

    def _close(self, tag: _OpenEntity) -> None:
        length = self.units - tag.offset
        entity: dict[str, Any] = {"type": ENTITY_BY_TAG[tag.name], "offset": tag.offset, "length": length}
        if tag.name == "blockquote" and tag.expandable:
            entity["type"] = "expandable_blockquote"
        if tag.name == "a":
            url = linkable_url(tag.argument)
            if url is None:
                return
            entity["url"] = url
        if length:
            self.entities.append(entity)

    def _read_until(self, stops: bytes) -> str:
        start = self.position
        while self.position < len(self.raw) and self.raw[self.position] not in stops:
            self.position += 1
        return self.raw[start : self.position].decode("utf-8", "replace")

    def _skip_space(self) -> None:
        while self.position < len(self.raw) and self.raw[self.position] in SPACE:
            self.position += 1


def _decode_reference(reference: re.Match[bytes]) -> str | None:
    named, hexadecimal, decimal, _ = reference.groups()
    if named:
        return NAMED_REFERENCES[named]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF:
        return None
    if 0xD800 <= code <= 0xDFFF:
        raise InvalidTelegramHtml(
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units"
        )
    return chr(code)


def linkable_url(url: str) -> str | None:
    """Return the address that Telegram would link, or None where it silently leaves the text unlinked."""
    if not url or re.search(r"\s", url):
        return None
    if "://" not in url and not url.startswith("tg:"):
        url = "http://" + url
    parts = urlsplit(url)
    if parts.scheme in ("tg", "ton"):
        return url
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        return None
    return url


def parse_html(html: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the text as shown, trimmed, and its entities, at most 100: the others lose their style.

    Raises ``InvalidTelegramHtml`` in Telegram's words.
    """
    reader = _HtmlParser(html)
    reader.read()
    return _trim("".join(reader.text), reader.entities)


def _trim(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    shown = text.rstrip().lstrip()
    skipped = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(shown)
    kept = []
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        start = max(entity["offset"] - skipped, 0)
        end = min(entity["offset"] + entity["length"] - skipped, length)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return shown, kept[:MAX_ENTITIES]
