"""Telegram's HTML as plain text, for a terminal and for the time when the style is refused."""

from html.parser import HTMLParser


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
