"""What Telegram accepts in HTML style, stricter than its server (core.telegram.org/bots/api#html-style)."""

import re

_TOKEN = re.compile(r"<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*)>|([^<>&]+)|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);")
_CODE = {"code", "pre"}


def find_violation(markup: str) -> str | None:
    """Return what is wrong with a message in HTML style, None where nothing is."""
    at, open_tags = 0, list[str]()
    while at < len(markup):
        token = _TOKEN.match(markup, at)
        if token is None:
            return f"unescaped at {at}: {markup[at : at + 20]!r}"
        at = token.end()
        closing, tag, attributes, _ = token.groups()
        if tag and (wrong := _check_tag(closing, tag, attributes, open_tags)):
            return wrong
    return f"left open: {open_tags}" if open_tags else None


def _check_tag(closing: str, tag: str, attributes: str, open_tags: list[str]) -> str | None:
    if closing:
        return None if open_tags and open_tags.pop() == tag and not attributes else f"stray </{tag}>"
    wrong = _check_attributes(tag, attributes) or _check_nesting(tag, open_tags)
    open_tags.append(tag)
    return wrong


def _check_attributes(tag: str, attributes: str) -> str | None:
    if tag not in {"b", "i", "a", "code", "pre", "blockquote"}:
        return f"<{tag}> is unknown"
    pattern = r" href=\"https?://[^\"]+\"" if tag == "a" else ""
    return None if re.fullmatch(pattern, attributes) else f"<{tag}{attributes}>"


def _check_nesting(tag: str, open_tags: list[str]) -> str | None:
    if tag in open_tags:
        return f"<{tag}> inside itself"
    if _CODE & set(open_tags):
        return f"<{tag}> inside code"
    if tag in _CODE and set(open_tags) - {"blockquote"}:
        return f"<{tag}> inside <{open_tags[-1]}>"
    return None
