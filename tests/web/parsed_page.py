"""Pages as a person without JavaScript meets them: what stands in the fields, what is said of mistakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

VOID_TAGS = frozenset({"input", "br", "meta", "link"})


@dataclass(slots=True)
class HtmlElement:
    """A tag with its attributes, the text in it, and what it stands in."""

    tag: str
    attributes: Mapping[str, str]
    parent: "HtmlElement | None"
    text: str = ""

    def __getitem__(self, name: str) -> str:
        """Return an attribute, empty where it is not there."""
        return self.attributes.get(name, "")

    def ancestor(self, tag: str) -> "HtmlElement | None":
        """Return the nearest element of that tag around this one."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around


class ParsedPage(HTMLParser):
    """A page, read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[HtmlElement] = []
        self._open: list[HtmlElement] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note an element."""
        above = self._open[-1] if self._open else None
        made = HtmlElement(tag, {name: value or "" for name, value in attrs}, above)
        self.elements.append(made)
        if tag not in VOID_TAGS:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element; ours are all closed."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Return text to everything that it stands in."""
        for one in self._open:
            one.text += data

    def find_all(self, tag: str, **attributes: str) -> list[HtmlElement]:
        """Return the elements of a tag with these attributes, in the page's order."""
        return [
            one
            for one in self.elements
            if one.tag == tag and all(one[name] == value for name, value in attributes.items())
        ]

    def find_by_id(self, name: str) -> HtmlElement:
        """Return the element of an id, which must be there once."""
        (found,) = (one for one in self.elements if one["id"] == name)
        return found

    @property
    def headline(self) -> str:
        """The only headline of the first rank."""
        (found,) = self.find_all("h1")
        return " ".join(found.text.split())

    @property
    def text(self) -> str:
        """The words of the page, without its head."""
        (found,) = self.find_all("body")
        return " ".join(found.text.split())

    @property
    def status_text(self) -> str:
        """What is said to have been done, empty where nothing is."""
        return " ".join(one.text.strip() for one in self.elements if one["role"] == "status")

    @property
    def error_messages(self) -> list[str]:
        """The mistakes that the page tells at its top."""
        return [one.text for one in self.find_all("li") if (box := one.ancestor("div")) and box["role"] == "alert"]

    @property
    def field_errors(self) -> dict[str, str]:
        """The fields that are marked as wrong, with the line that stands at each."""
        marked = [one for one in self.elements if one["aria-invalid"] == "true"]
        return {one["name"]: self.find_by_id(f"{one['name']}-wrong").text for one in marked}

    @property
    def form_values(self) -> dict[str, list[str]]:
        """What the page's first form with fields would send, without a button."""
        form = max(self.find_all("form"), key=lambda one: len(self._elements_in(one)))
        sent: dict[str, list[str]] = {}
        for one in self._elements_in(form):
            if one.tag == "select":
                sent[one["name"]] = [self._selected_value(one)]
            elif one["type"] not in ("radio", "checkbox") or "checked" in one.attributes:
                sent.setdefault(one["name"], []).append(one["value"])
        return sent

    @property
    def button_labels(self) -> list[str]:
        """The words on the buttons."""
        return [one.text for one in self.find_all("button")]

    def _elements_in(self, form: HtmlElement) -> list[HtmlElement]:
        return [one for one in self.elements if one.tag in ("input", "select") and one.ancestor("form") is form]

    def _selected_value(self, select: HtmlElement) -> str:
        options = [one for one in self.find_all("option") if one.ancestor("select") is select]
        chosen = next((one for one in options if "selected" in one.attributes), options[0])
        return chosen["value"] or chosen.text
