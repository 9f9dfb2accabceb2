"""A mail as its reader sees it."""

from html.parser import HTMLParser


class VisibleText(HTMLParser):
    """What a reader sees of a mail: its words, its links, and the elements that are open at the end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.open_tags: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "br", "hr", "img"}:
            self.open_tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]
        self.attributes |= {name for name, _ in attrs}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open_tags):
            self.words.append(data)

    @property
    def text(self) -> str:
        """Return all words in one line."""
        return " ".join("".join(self.words).split())
