"""Text of strangers made safe: one line for a title, a header or a subject; plain text from HTML."""

import re
from html.parser import HTMLParser

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""C0 and C1 without tab and line feed, and the two line ends of Unicode."""

_NONCHARACTERS = re.compile(r"[\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that mean nothing to anybody (Unicode 23.7); renderers use them as place-holders."""

_SURROGATES = re.compile(r"[\ud800-\udfff]")

_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that turn the direction of text; a title with one of them could turn the words around it."""


def to_one_line(text: str, *, max_length: int | None = None) -> str:
    """Return ``text`` in one line: controls and line ends of any script become one blank, bidi signs go.

    Lone surrogates, which no encoding can carry, become U+FFFD. ``max_length`` bounds the characters; what is
    longer ends with an ellipsis.
    """
    line = " ".join(_NONCHARACTERS.sub("", _BIDI.sub("", strip_controls(text))).split())
    if max_length is None or len(line) <= max_length:
        return line
    return line[: max_length - 1].rstrip() + "…"


def strip_controls(text: str) -> str:
    """Return ``text`` with its lines as they are; controls become blanks, lone surrogates U+FFFD."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text))


def html_to_plain(html: str, *, show_urls: bool = False) -> str:
    """Return the text of ``html`` without its style; with ``show_urls`` links tell where they lead."""
    reading = _TextExtractor(show_urls=show_urls)
    reading.feed(html)
    reading.close()
    return "".join(reading.chunks)


class _TextExtractor(HTMLParser):
    def __init__(self, *, show_urls: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.chunks: list[str] = []
        self._show_urls = show_urls
        self._open_links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self._open_links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Write where the link leads, where that is wanted."""
        if tag == "a" and self._open_links:
            address = self._open_links.pop()
            if self._show_urls and address:
                self.chunks.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.chunks.append(data)
