"""Telegram's HTML as plain text, for a terminal and for the time when the style is refused."""

from html.parser import HTMLParser


def plain_text(html: str, *, addresses: bool = False) -> str:
    """Give the text of ``html`` without its style; with ``addresses`` links tell where they lead."""
    reading = _Reading(addresses=addresses)
    reading.feed(html)
    reading.close()
    return "".join(reading.pieces)


class _Reading(HTMLParser):
    def __init__(self, *, addresses: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._addresses = addresses
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self._open.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        """Write where the link leads, where that is wanted."""
        if tag == "a" and self._open:
            address = self._open.pop()
            if self._addresses and address:
                self.pieces.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.pieces.append(data)
