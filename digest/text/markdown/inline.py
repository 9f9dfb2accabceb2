"""Inline rules for markdown-it: emphasis beside Chinese, formulas, money, bare addresses, links.

Each rule looks at a bounded number of characters from where it stands, so that a paragraph of nothing but
openings costs linear time.

``build_inlines`` turns markdown-it's flat tokens into inlines without a stray mark. Emphasis inside the same
emphasis counts once, which bounds the depth of the result at three.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from digest.text.latex import find_symbol, latex_to_text
from digest.text.markdown.tree import Bold, Inline, InlineCode, Italic, LineBreak, Link, Text, plain_text

MAX_URL = 2_048
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()+,;=%]{1,2048}", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?$", re.IGNORECASE)
_LINK = re.compile(
    r"\[((?:[^\[\]\n]++|\[[^\[\]\n]{0,80}\]){0,40}+)\]"
    r"\([ ]{0,9}(?:<([^<>\n]{0,2048})>|((?:[^\s()<>]|\([^\s()<>]{0,200}\)){0,2048}))"
    r"(?:\s{1,9}(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?[ ]{0,9}\)"
)
_DISPLAY = re.compile(r"\$\$([^$]{1,2000})\$\$")
_INLINE = re.compile(r"\$(?!\s)((?:[^$\\\n]|\\[^\n]){1,1000})(?<!\s)\$(?!\d)")
_BRACKETED = re.compile(r"\\\((.{1,1000}?)\\\)|\\\[(.{1,2000}?)\\\]", re.DOTALL)
_COMMAND = re.compile(r"\\([A-Za-z]{2,20})(?:\{[^{}\\\n]{0,100}\}){0,2}(?:[_^](?:\{[^{}\\\n]{0,40}\}|[A-Za-z0-9]))?")
_WORDS_IN_FORMULA = re.compile(r"\\(?:text|mathrm|mbox|operatorname)[a-z]*\s*\{[^{}]*\}")
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—·]")
_LINE_BREAK = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)
_OPENING = frozenset("（【《「『〈〔“‘([{")
_CLOSING = frozenset("）】》」』〉〕，。；：！？、)]},;")


def add_rules(parser: MarkdownIt) -> None:
    """Put the rules of this module before those of CommonMark that see the same characters."""
    parser.inline.ruler.disable(["image", "autolink", "html_inline"])
    parser.inline.ruler.at("emphasis", emphasis)
    parser.inline.ruler.at("link", link)
    parser.inline.ruler.before("escape", "bracketed_formula", bracketed_formula)
    parser.inline.ruler.before("escape", "command", command)
    parser.inline.ruler.before("escape", "formula", formula)
    parser.inline.ruler.before("escape", "address", bare_url)
    parser.inline.ruler.before("escape", "line_break", line_break)


def emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    """Take a run of ``*`` or ``_`` as emphasis marks, also beside Chinese words and brackets.

    CommonMark 0.31 §6.2 refuses ``**…（…）**配合``: a mark between punctuation and a letter does not close.
    """
    mark = state.src[state.pos]
    if silent or mark not in "*_":
        return False
    scanned = state.scanDelims(state.pos, mark == "*")
    can_open, can_close = scanned.can_open, scanned.can_close
    before = state.src[state.pos - 1 : state.pos] if state.pos else " "
    after = state.src[state.pos + scanned.length : state.pos + scanned.length + 1] or " "
    if mark == "*" and (scanned.length > 1 or _CJK.match(before) or _CJK.match(after)):
        can_open = not after.isspace() and after not in _CLOSING
        can_close = not before.isspace() and before not in _OPENING
    for _ in range(scanned.length):
        state.push("text", "", 0).content = mark
        state.delimiters.append(
            Delimiter(
                marker=ord(mark),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos += scanned.length
    return True


def formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    """Read ``$…$`` and ``$$…$$`` as a formula, unless the dollar is money."""
    if silent or state.src[state.pos] != "$":
        return False
    found = _DISPLAY.match(state.src, state.pos, state.posMax)
    if found is None:
        found = _INLINE.match(state.src, state.pos, state.posMax)
        if found is not None and is_money(found[1]):
            found = None
    if found is None:
        run = 2 if state.src.startswith("$$", state.pos) else 1
        if run == 1 and not state.src.startswith("\\", state.pos + 1):
            state.append_pending("$")
        state.pos += run
        return True
    return _push_text(state, latex_to_text(found[1]), found.end())


def is_money(content: str) -> bool:
    r"""Return whether what stands between two dollars shows that the first one is a price.

    A price begins with a digit, and what follows it is prose (Chinese, or English words) or the sign
    before the next price (``$10-$20``). Whatever it begins with, no formula holds a Chinese comma or full
    stop outside ``\\text{…}``.
    """
    outside = _WORDS_IN_FORMULA.sub("", content)
    if re.search("[，。；、！？]", outside):
        return True
    if not content[0].isdigit():
        return False
    prose = "\\" not in content and re.search("[A-Za-z]{2}", content) is not None
    return prose or content[-1] in "-–—~/,;:+(" or _CJK.search(outside) is not None


def bracketed_formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    r"""Read ``\(…\)`` and ``\[…\]`` as a formula; ``\[1\]`` is an escaped bracket."""
    if silent or not state.src.startswith(("\\(", "\\["), state.pos):
        return False
    found = _BRACKETED.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    source = found[1] or found[2]
    if found[2] is not None and re.fullmatch(r"[\d,\s–-]+", source):
        return False
    return _push_text(state, latex_to_text(source), found.end())


def command(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    r"""Read a lone ``\lambda_{est}`` outside of dollars, but leave ``C:\new`` and ``a\b`` alone."""
    if silent or state.src[state.pos] != "\\":
        return False
    found = _COMMAND.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1 : state.pos]
    if found is None or (before.isascii() and (before.isalnum() or before in set(":\\/.~_%"))):
        return False
    following = state.src[found.end() : found.end() + 1]
    if following == "\\" or (find_symbol(found[1]) is None and "{" not in found[0]):
        return False
    return _push_text(state, latex_to_text(found[0]), found.end())


def _push_text(state: StateInline, text: str, end: int) -> bool:
    state.push("text_special", "", 0).content = text
    state.pos = end
    return True


def line_break(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    """Read ``<br>``, which models write in tables, as a line break; all other HTML is text."""
    if silent or state.src[state.pos] != "<":
        return False
    found = _LINE_BREAK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def bare_url(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    """Make a bare ``https://…`` a link; it ends before Chinese, closing brackets and the sentence's end."""
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-6:])
    if scheme is None:
        return False
    start = state.pos - len(scheme[0])
    found = _URL.match(state.src, start, state.posMax)
    url = "" if found is None else _trim_url(found[0])
    if not is_web_url(url):
        return False
    state.pending = state.pending[: -len(scheme[0])]
    end = start + len(url)
    if state.pending.endswith("<") and state.src.startswith(">", end):
        state.pending = state.pending[:-1]
        end += 1
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)
    state.pos = end
    return True


def _trim_url(url: str) -> str:
    """Cut closing punctuation and brackets that were not opened inside the address."""
    depths = {"(": 0, "[": 0}
    partners = {")": "(", "]": "["}
    for at, char in enumerate(url):
        if char in depths:
            depths[char] += 1
        elif char in partners:
            depths[partners[char]] -= 1
            if depths[partners[char]] < 0:
                url = url[:at]
                break
    return url.rstrip(".,:;!?'$&~_([")


def is_web_url(url: str) -> bool:
    """Return whether an address is one that a reader may be led to.

    Http or https, with a host, not endless.
    """
    return len(url) <= MAX_URL and re.match(r"https?://[A-Za-z0-9\[][^\s\"<>]*$", url, re.IGNORECASE) is not None


def link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the signature of markdown-it's rules
    """Read ``[words](address)``; an image becomes a link with its description; other schemes only words."""
    image = state.src.startswith("![", state.pos)
    if silent or not (image or state.src[state.pos] == "["):
        return False
    found = _LINK.match(state.src, state.pos + image, state.posMax)
    if found is None:
        return False
    end, maximum = found.end(), state.posMax
    url = state.md.normalizeLink(found[2] or found[3] or "")
    leads = is_web_url(url) and not state.linkLevel
    if leads:
        state.push("link_open", "a", 1).attrs = {"href": url}
    state.pos, state.posMax = found.start(1), found.end(1)
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    if leads:
        state.push("link_close", "a", -1)
    state.pos, state.posMax = end, maximum
    return True


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
