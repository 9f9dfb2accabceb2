"""Pages as a person without JavaScript meets them: what stands in the fields, what is said of mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

VOID = frozenset({"input", "br", "meta", "link"})


@dataclass(slots=True)
class Element:
    """A tag with its attributes, the text in it, and what it stands in."""

    tag: str
    attributes: Mapping[str, str]
    above: "Element | None"
    text: str = ""

    def __getitem__(self, name: str) -> str:
        """Give an attribute, empty where it is not there."""
        return self.attributes.get(name, "")

    def within(self, tag: str) -> "Element | None":
        """Give the nearest element of that tag around this one."""
        around = self.above
        while around is not None and around.tag != tag:
            around = around.above
        return around


class Page(HTMLParser):
    """A page, read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note an element."""
        above = self._open[-1] if self._open else None
        made = Element(tag, {name: value or "" for name, value in attrs}, above)
        self.elements.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element; ours are all closed."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Give text to everything that it stands in."""
        for one in self._open:
            one.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Give the elements of a tag with these attributes, in the page's order."""
        return [
            one
            for one in self.elements
            if one.tag == tag and all(one[name] == value for name, value in attributes.items())
        ]

    def by_id(self, name: str) -> Element:
        """Give the element of an id, which must be there once."""
        (found,) = (one for one in self.elements if one["id"] == name)
        return found

    @property
    def headline(self) -> str:
        """The only headline of the first rank."""
        (found,) = self.all("h1")
        return " ".join(found.text.split())

    @property
    def text(self) -> str:
        """The words of the page, without its head."""
        (found,) = self.all("body")
        return " ".join(found.text.split())

    @property
    def status(self) -> str:
        """What is said to have been done, empty where nothing is."""
        return " ".join(one.text.strip() for one in self.elements if one["role"] == "status")

    @property
    def alert(self) -> list[str]:
        """The mistakes that the page tells at its top."""
        return [one.text for one in self.all("li") if (box := one.within("div")) and box["role"] == "alert"]

    @property
    def wrong(self) -> dict[str, str]:
        """The fields that are marked as wrong, with the line that stands at each."""
        marked = [one for one in self.elements if one["aria-invalid"] == "true"]
        return {one["name"]: self.by_id(f"{one['name']}-wrong").text for one in marked}

    @property
    def fields(self) -> dict[str, list[str]]:
        """What the page's first form with fields would send, without a button."""
        form = max(self.all("form"), key=lambda one: len(self._in(one)))
        sent: dict[str, list[str]] = {}
        for one in self._in(form):
            if one.tag == "select":
                sent[one["name"]] = [self._chosen(one)]
            elif one["type"] not in ("radio", "checkbox") or "checked" in one.attributes:
                sent.setdefault(one["name"], []).append(one["value"])
        return sent

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons."""
        return [one.text for one in self.all("button")]

    def _in(self, form: Element) -> list[Element]:
        return [one for one in self.elements if one.tag in ("input", "select") and one.within("form") is form]

    def _chosen(self, select: Element) -> str:
        options = [one for one in self.all("option") if one.within("select") is select]
        chosen = next((one for one in options if "selected" in one.attributes), options[0])
        return chosen["value"] or chosen.text
