"""A formula's nodes, as pylatexenc reads them, set as running text.

Inside this module ``OPERATOR`` stands before a sign that has a space on both sides, and ``SEAM`` where a
space must stand if letters meet; :func:`settle` turns both into spaces or nothing.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexMathNode,
    LatexSpecialsNode,
)

from digest.markup.commands import DRAWN, DRESS, FRACTIONS, NAMED, OPERATORS, SILENT, SPACES
from digest.markup.scripts import script

OPERATOR = "\x00"
SEAM = "\x01"
Node = Any
"""pylatexenc has no types."""

_ANY_OPERATOR = "[" + "".join(OPERATORS) + "]"
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_COMPOSITE = re.compile(rf"[\s+\-−/=<>,]|{_ANY_OPERATOR}")


def set_text(nodes: Iterable[Node], *, tight: bool = False) -> str:
    """Give the nodes as text, still with seams; ``tight`` leaves no space around operators."""
    out: list[str] = []
    mark = ""
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            mark = _characters(node.chars, mark, out)
            continue
        text = _node(node, tight=tight or bool(mark))
        if mark:
            _attach(script(mark, re.sub(rf"\s*({_ANY_OPERATOR})\s*", r"\1", settle(text))), out)
            mark = ""
        else:
            out.append(text)
    return "".join(out)


def settle(text: str) -> str:
    """Give ``text`` with spaces for the seams that need one, and no space twice."""
    text = re.sub(f"[ ]*{OPERATOR}([^{OPERATOR}{SEAM}])[ ]*", r" \1 ", text)
    text = re.sub(f"(?<=\\w){SEAM}+(?=\\w)", " ", text).replace(SEAM, "").replace(OPERATOR, "")
    return " ".join(text.replace(" ;", ";").split())


def symbol(name: str) -> str | None:
    """Give the sign or word that the command ``name`` (without its backslash) stands for, if it is known."""
    if name in NAMED:
        return NAMED[name]
    sign = getattr(_text_db().get_macro_spec(name), "simplify_repl", None)
    return str(sign) if isinstance(sign, str) and sign.strip() and "%" not in sign else None


def _characters(chars: str, mark: str, out: list[str]) -> str:
    """Add plain characters, the script marks among them obeyed; give the mark that still waits."""
    for char in chars:
        if mark and not char.isspace():
            _attach(script(mark, char), out)
            mark = ""
        elif char in "_^":
            mark = char
        elif not mark:
            out.append(char)
    return mark


def _attach(scripted: str, out: list[str]) -> None:
    """Put a script directly behind what it belongs to; one with a visible mark ends in a seam."""
    if out:
        out[-1] = out[-1].rstrip(SEAM + " ")
    out.append(scripted + SEAM if scripted[:1] in {"_", "^"} else scripted)


def _node(node: Node, *, tight: bool) -> str:
    if isinstance(node, LatexGroupNode):
        text = set_text(node.nodelist, tight=tight)
        return f"[{text}]" if node.delimiters[0] == "[" else text
    if isinstance(node, LatexMathNode):
        return set_text(node.nodelist, tight=tight)
    if isinstance(node, LatexMacroNode):
        return _macro(node, tight=tight)
    if isinstance(node, LatexEnvironmentNode):
        return _environment(node)
    if isinstance(node, LatexSpecialsNode):
        return str({"&": " ", "~": " ", "''": "″"}.get(node.specials_chars, node.specials_chars))
    return ""


def _environment(node: Node) -> str:
    text = settle(set_text(node.nodelist)).strip("; ")
    if node.environmentname.endswith("matrix"):
        return f"[{text}]"
    return f"{{ {text}" if node.environmentname == "cases" else text


def _arguments(node: Node) -> list[Node]:
    return [] if node.nodeargd is None else list(node.nodeargd.argnlist or [])


def _macro(node: Node, *, tight: bool) -> str:
    name = node.macroname
    given = [argument for argument in _arguments(node) if argument is not None]
    if name in SPACES or name in SILENT:
        return " " if name in SPACES else ""
    if name in DRESS:
        return set_text(given[-1:], tight=tight)
    if name in _SHAPES:
        return _SHAPES[name]([_inner(argument) for argument in given])
    if given and name not in NAMED:
        return _drawn(name, settle(set_text(given, tight=tight)))
    sign = symbol(name) or name
    if sign in OPERATORS:
        return sign if tight else OPERATOR + sign
    return f"{SEAM}{sign}{SEAM}" if len(sign) > 1 and sign.isalpha() else sign


def _inner(argument: Node) -> str:
    """Give an argument's own text, without the brackets of an optional one."""
    return settle(set_text(argument.nodelist if isinstance(argument, LatexGroupNode) else [argument]))


def _whole(text: str) -> str:
    """Give text in brackets where it is more than one thing."""
    return f"({text})" if _COMPOSITE.search(text) else text


def _fraction(given: Sequence[str]) -> str:
    top, below = map(_whole, given[-2:])
    return f"{SEAM}{top}/{below}{SEAM}"


def _root(given: Sequence[str]) -> str:
    degree, body = ("", *given)[-2:]
    sign = _ROOTS.get(degree) or script("^", degree).removeprefix("^") + "√"
    return sign + (body if len(body) == 1 or body.replace(".", "").isdecimal() else f"({body})")


_SHAPES: dict[str, Callable[[Sequence[str]], str]] = {
    "sqrt": _root,
    **dict.fromkeys(FRACTIONS, _fraction),
    "binom": lambda given: f"C({', '.join(given)})",
    "overset": lambda given: given[-1] + script("^", given[0]),
    "stackrel": lambda given: given[-1] + script("^", given[0]),
    "underset": lambda given: given[-1] + script("_", given[0]),
}


def _drawn(name: str, text: str) -> str:
    """Let pylatexenc draw letters with accents and in other alphabets: x̂, ℝ, ℒ."""
    if name not in DRAWN or not text.isalnum():
        return text
    return str(_drawing().latex_to_text(f"\\{name}{{{text}}}"))


@cache
def _text_db() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return get_default_latex_context_db()


@cache
def _drawing() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return LatexNodes2Text(latex_context=_text_db(), math_mode="text")
