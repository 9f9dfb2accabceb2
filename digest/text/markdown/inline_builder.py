"""markdown-it's flat inline tokens into inlines without a stray mark.

Emphasis inside the same emphasis counts once, which bounds the depth of what comes out at three.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from markdown_it.token import Token

from digest.text.markdown.tree import Bold, Inline, InlineCode, Italic, LineBreak, Link, Text, plain_text

InlineKind: TypeAlias = type[Bold] | type[Italic] | type[Link] | None

_POWER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]|\d+)\*\*(?=\d)")
_INLINE_KINDS: dict[str, InlineKind] = {"strong": Bold, "em": Italic, "link": Link, "s": None}


def build_inlines(tokens: Sequence[Token], *, wrapper: InlineKind = None) -> tuple[Inline, ...]:
    """Return the inlines of a paragraph; ``wrapper`` wraps them all, and is not repeated within."""
    builder = _InlineBuilder()
    builder.open_frame(wrapper)
    for token in tokens:
        builder.add_token(token)
    while len(builder.frames) > 1:
        builder.close_frame()
    return builder.frames[0].trimmed_children()


@dataclass(slots=True)
class _Frame:
    """What has been gathered inside one emphasis, link, or the paragraph itself."""

    kind: InlineKind = None
    url: str = ""
    children: list[Inline] = field(default_factory=list)

    def add(self, inline: Inline) -> None:
        last = self.children[-1] if self.children else None
        if isinstance(inline, Text) and isinstance(last, Text):
            inline = Text(text=last.text + inline.text)
            self.children.pop()
        self.children.append(inline)

    def trimmed_children(self) -> tuple[Inline, ...]:
        """Return the children without breaks and spaces at the ends."""
        children = self.children
        while children and _is_blank(children[0]):
            del children[0]
        while children and _is_blank(children[-1]):
            children.pop()
        if children and isinstance(first := children[0], Text):
            children[0] = Text(text=first.text.lstrip(" "))
        if children and isinstance(last := children[-1], Text):
            children[-1] = Text(text=last.text.rstrip(" "))
        return tuple(children)


def _is_blank(inline: Inline) -> bool:
    return isinstance(inline, LineBreak) or (isinstance(inline, Text) and not inline.text.strip())


@dataclass(slots=True)
class _InlineBuilder:
    """Gathers inlines; ``opened`` tells for each open token whether it opened a frame of its own."""

    frames: list[_Frame] = field(default_factory=lambda: [_Frame()])
    opened: list[bool] = field(default_factory=list)
    last_char: str = " "

    def add_token(self, token: Token) -> None:
        name, _, side = token.type.rpartition("_")
        if name in _INLINE_KINDS and side == "open":
            self.open_frame(_INLINE_KINDS[name], str(token.attrs.get("href", "")))
        elif name in _INLINE_KINDS:
            if self.opened and self.opened.pop():
                self.close_frame()
        elif token.type == "code_inline":
            self._add_code(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            self._add_break(soft=token.type == "softbreak")
        else:
            self._add_text(token.content)

    def open_frame(self, kind: InlineKind, url: str = "") -> None:
        new = kind is not None and all(frame.kind is not kind for frame in self.frames)
        self.opened.append(new)
        if new:
            self.frames.append(_Frame(kind=kind, url=url))

    def close_frame(self) -> None:
        frame = self.frames.pop()
        children = tuple(frame.children)
        visible = plain_text(children).strip()
        if frame.kind is Link:
            self.frames[-1].add(Link(url=frame.url, children=children if visible else (Text(text=frame.url),)))
        elif visible and frame.kind is Bold:
            self.frames[-1].add(Bold(children=children))
        elif visible and frame.kind is Italic:
            self.frames[-1].add(Italic(children=children))
        else:
            for child in children:
                self.frames[-1].add(child)

    def _add_text(self, content: str) -> None:
        """Add text without lone backticks, runs of stars, and doubled spaces."""
        text = re.sub(r"\*{2,}", "", _POWER.sub(r"\1^", content.replace("`", "")))
        text = re.sub(r"[ \t\n]+", " ", text)
        if self.last_char in "* \n":
            text = text.lstrip(" " if self.last_char == "\n" else self.last_char)
        if text:
            self.frames[-1].add(Text(text=text))
            self.last_char = text[-1]

    def _add_code(self, content: str) -> None:
        if content.strip():
            self.frames[-1].add(InlineCode(text=content))
            self.last_char = content[-1]

    def _add_break(self, *, soft: bool) -> None:
        """End the line; after a colon the words go on, because a model breaks the line of a lead-in there."""
        if soft and self.last_char == "：":
            return
        if soft and self.last_char == ":":
            self._add_text(" ")
            return
        if self.last_char != "\n":
            self.frames[-1].add(LineBreak())
        self.last_char = "\n"
