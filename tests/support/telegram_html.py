"""Telegram's HTML style, read as tdlib reads it (``parse_html`` of td/telegram/MessageEntity.cpp).

Offsets in refusals are UTF-8 bytes, offsets of entities UTF-16 code units.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ENTITY_OF = {
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
NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
REFERENCE = re.compile(rb"&(?:(lt|gt|amp|quot)|#x([0-9a-fA-F]{1,6})|#([0-9]{1,7}))(;?)")
SPACE = b" \t\r\n\v\f"
MOST_ENTITIES = 100


class StyleRefused(Exception):
    """Telegram would not read this HTML; ``str()`` is its own wording."""


def utf16_length(text: str) -> int:
    """Count as Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    name: str
    argument: str
    offset: int
    expandable: bool = False


class _Reader:
    """One pass over the bytes of a text."""

    def __init__(self, html: str) -> None:
        self.raw = html.encode("utf-8", "surrogatepass")
        self.at = 0
        self.text: list[str] = []
        self.units = 0
        self.open: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def read(self) -> None:
        """Read everything; refuse what does not close."""
        while self.at < len(self.raw):
            if self.raw[self.at : self.at + 1] == b"<":
                self._tag()
            else:
                self._characters()
        if self.open:
            raise StyleRefused(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _characters(self) -> None:
        reference = REFERENCE.match(self.raw, self.at)
        if reference and (shown := _character(reference)):
            self._put(shown)
            self.at = reference.end()
            return
        end = self.at + 1
        while end < len(self.raw) and self.raw[end] not in b"<&":
            end += 1
        self._put(self.raw[self.at : end].decode("utf-8", "replace"))
        self.at = end

    def _put(self, text: str) -> None:
        self.text.append(text)
        self.units += utf16_length(text)

    def _tag(self) -> None:
        begin = self.at
        self.at += 1
        if self.raw[self.at : self.at + 1] == b"/":
            self._end_tag(begin)
        else:
            self._start_tag(begin)

    def _start_tag(self, begin: int) -> None:
        name = self._until(SPACE + b">").lower()
        if self.at >= len(self.raw):
            raise StyleRefused(f"Unclosed start tag at byte offset {begin}")
        if name not in ENTITY_OF:
            raise StyleRefused(f'Unsupported start tag "{name}" at byte offset {begin}')
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise StyleRefused(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        argument = attributes.get("href") or attributes.get("class") or attributes.get("emoji-id") or ""
        self.open.append(_Open(name, argument, self.units, "expandable" in attributes))

    def _attributes(self, name: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._skip_space()
            if self.at >= len(self.raw):
                raise StyleRefused(f'Unclosed start tag "{name}" at byte offset {begin}')
            if self.raw[self.at : self.at + 1] == b">":
                self.at += 1
                return found
            key = self._until(SPACE + b"=>").lower()
            if not key:
                raise StyleRefused(f'Empty attribute name in the tag "{name}" at byte offset {begin}')
            self._skip_space()
            if self.raw[self.at : self.at + 1] == b"=":
                self.at += 1
                found[key] = self._value(name, begin)
            elif name == "blockquote" and key == "expandable":
                found[key] = ""
            else:
                raise StyleRefused(
                    f"Expected equal sign in declaration of an attribute of the tag"
                    f' "{name}" at byte offset {begin}'
                )

    def _value(self, name: str, begin: int) -> str:
        self._skip_space()
        if self.at >= len(self.raw):
            raise StyleRefused(f'Unclosed start tag "{name}" at byte offset {begin}')
        quote = self.raw[self.at : self.at + 1]
        if quote not in (b'"', b"'"):
            start = self.at
            while re.match(rb"[A-Za-z0-9.-]", self.raw[self.at : self.at + 1]):
                self.at += 1
            if self.raw[self.at : self.at + 1] not in [bytes([one]) for one in SPACE + b">"]:
                raise StyleRefused(f"Unexpected end of name token at byte offset {start}")
            return self.raw[start : self.at].decode()
        end = self.raw.find(quote, self.at + 1)
        if end < 0:
            raise StyleRefused(f"Unclosed start tag at byte offset {begin}")
        value = self.raw[self.at + 1 : end]
        self.at = end + 1
        decoded = REFERENCE.sub(lambda found: (_character(found) or "").encode(), value)
        return decoded.decode("utf-8", "replace")

    def _end_tag(self, begin: int) -> None:
        if not self.open:
            raise StyleRefused(f"Unexpected end tag at byte offset {begin}")
        self.at += 1
        name = self._until(SPACE + b">").lower()
        self._skip_space()
        if self.raw[self.at : self.at + 1] != b">":
            raise StyleRefused(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        tag = self.open.pop()
        if name and name != tag.name:
            raise StyleRefused(
                f'Unmatched end tag at byte offset {begin}, expected "</{tag.name}>", found "</{name}>"'
            )
        self._close(tag)

    def _close(self, tag: _Open) -> None:
        length = self.units - tag.offset
        entity: dict[str, Any] = {"type": ENTITY_OF[tag.name], "offset": tag.offset, "length": length}
        if tag.name == "blockquote" and tag.expandable:
            entity["type"] = "expandable_blockquote"
        if tag.name == "a":
            url = link_of(tag.argument)
            if url is None:
                return
            entity["url"] = url
        if length:
            self.entities.append(entity)

    def _until(self, stops: bytes) -> str:
        start = self.at
        while self.at < len(self.raw) and self.raw[self.at] not in stops:
            self.at += 1
        return self.raw[start : self.at].decode("utf-8", "replace")

    def _skip_space(self) -> None:
        while self.at < len(self.raw) and self.raw[self.at] in SPACE:
            self.at += 1


def _character(reference: re.Match[bytes]) -> str | None:
    named, hexadecimal, decimal, _ = reference.groups()
    if named:
        return NAMED[named]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code == 0 or code >= 0x10FFFF:
        return None
    if 0xD800 <= code <= 0xDFFF:
        raise StyleRefused(
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units"
        )
    return chr(code)


def link_of(address: str) -> str | None:
    """Give the address that Telegram would link, or None where it silently leaves the text unlinked."""
    if not address or re.search(r"\s", address):
        return None
    if "://" not in address and not address.startswith("tg:"):
        address = "http://" + address
    parts = urlsplit(address)
    if parts.scheme in ("tg", "ton"):
        return address
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        return None
    return address


def read_html(html: str) -> tuple[str, list[dict[str, Any]]]:
    """Give the text as shown, trimmed, and its entities, at most 100: the others lose their style.

    Raises ``StyleRefused`` in Telegram's words.
    """
    reader = _Reader(html)
    reader.read()
    return _trimmed("".join(reader.text), reader.entities)


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    shown = text.rstrip().lstrip()
    skipped = utf16_length(text[: len(text) - len(text.lstrip())])
    length = utf16_length(shown)
    kept = []
    for entity in sorted(entities, key=lambda one: (one["offset"], -one["length"])):
        start = max(entity["offset"] - skipped, 0)
        end = min(entity["offset"] + entity["length"] - skipped, length)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return shown, kept[:MOST_ENTITIES]
