"""A formula's nodes, as pylatexenc reads them, set as running text.

Inside this module ``OPERATOR`` stands before a sign that has a space on both sides, and ``SPACING`` where a
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

from digest.text.latex.symbols import (
    FRACTION_COMMANDS,
    IGNORED_COMMANDS,
    LETTER_COMMANDS,
    NAMED_SYMBOLS,
    OPERATORS,
    SPACE_COMMANDS,
    STYLE_COMMANDS,
    to_script,
)

OPERATOR = "\x00"
SPACING = "\x01"
Node = Any
"""pylatexenc has no types."""

_ANY_OPERATOR = "[" + "".join(OPERATORS) + "]"
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_COMPOSITE = re.compile(rf"[\s+\-−/=<>,]|{_ANY_OPERATOR}")


def render_nodes(nodes: Iterable[Node], *, tight: bool = False) -> str:
    """Return the nodes as text, still with seams; ``tight`` leaves no space around operators."""
    out: list[str] = []
    mark = ""
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            mark = _add_characters(node.chars, mark, out)
            continue
        text = _render_node(node, tight=tight or bool(mark))
        if mark:
            _attach_script(to_script(mark, re.sub(rf"\s*({_ANY_OPERATOR})\s*", r"\1", join_spacing(text))), out)
            mark = ""
        else:
            out.append(text)
    return "".join(out)


def join_spacing(text: str) -> str:
    """Return ``text`` with spaces for the seams that need one, and no space twice."""
    text = re.sub(f"[ ]*{OPERATOR}([^{OPERATOR}{SPACING}])[ ]*", r" \1 ", text)
    text = re.sub(f"(?<=\\w){SPACING}+(?=\\w)", " ", text).replace(SPACING, "").replace(OPERATOR, "")
    return " ".join(text.replace(" ;", ";").split())


def find_symbol(name: str) -> str | None:
    """Return the sign or word that the command ``name`` (without its backslash) stands for, if it is known."""
    if name in NAMED_SYMBOLS:
        return NAMED_SYMBOLS[name]
    sign = getattr(_latex_context().get_macro_spec(name), "simplify_repl", None)
    return str(sign) if isinstance(sign, str) and sign.strip() and "%" not in sign else None


def _add_characters(chars: str, mark: str, out: list[str]) -> str:
    """Add plain characters, the script marks among them obeyed; give the mark that still waits."""
    for char in chars:
        if mark and not char.isspace():
            _attach_script(to_script(mark, char), out)
            mark = ""
        elif char in "_^":
            mark = char
        elif not mark:
            out.append(char)
    return mark


def _attach_script(scripted: str, out: list[str]) -> None:
    """Put a script directly behind what it belongs to; one with a visible mark ends in a seam."""
    if out:
        out[-1] = out[-1].rstrip(SPACING + " ")
    out.append(scripted + SPACING if scripted[:1] in {"_", "^"} else scripted)


def _render_node(node: Node, *, tight: bool) -> str:
    if isinstance(node, LatexGroupNode):
        text = render_nodes(node.nodelist, tight=tight)
        return f"[{text}]" if node.delimiters[0] == "[" else text
    if isinstance(node, LatexMathNode):
        return render_nodes(node.nodelist, tight=tight)
    if isinstance(node, LatexMacroNode):
        return _render_macro(node, tight=tight)
    if isinstance(node, LatexEnvironmentNode):
        return _render_environment(node)
    if isinstance(node, LatexSpecialsNode):
        return str({"&": " ", "~": " ", "''": "″"}.get(node.specials_chars, node.specials_chars))
    return ""


def _render_environment(node: Node) -> str:
    text = join_spacing(render_nodes(node.nodelist)).strip("; ")
    if node.environmentname.endswith("matrix"):
        return f"[{text}]"
    return f"{{ {text}" if node.environmentname == "cases" else text


def _arguments(node: Node) -> list[Node]:
    return [] if node.nodeargd is None else list(node.nodeargd.argnlist or [])


def _render_macro(node: Node, *, tight: bool) -> str:
    name = node.macroname
    given = [argument for argument in _arguments(node) if argument is not None]
    if name in SPACE_COMMANDS or name in IGNORED_COMMANDS:
        return " " if name in SPACE_COMMANDS else ""
    if name in STYLE_COMMANDS:
        return render_nodes(given[-1:], tight=tight)
    if name in _LAYOUTS:
        return _LAYOUTS[name]([_argument_text(argument) for argument in given])
    if given and name not in NAMED_SYMBOLS:
        return _style_letters(name, join_spacing(render_nodes(given, tight=tight)))
    sign = find_symbol(name) or name
    if sign in OPERATORS:
        return sign if tight else OPERATOR + sign
    return f"{SPACING}{sign}{SPACING}" if len(sign) > 1 and sign.isalpha() else sign


def _argument_text(argument: Node) -> str:
    """Return an argument's own text, without the brackets of an optional one."""
    return join_spacing(render_nodes(argument.nodelist if isinstance(argument, LatexGroupNode) else [argument]))


def _parenthesize(text: str) -> str:
    """Return text in brackets where it is more than one thing."""
    return f"({text})" if _COMPOSITE.search(text) else text


def _render_fraction(args: Sequence[str]) -> str:
    top, below = map(_parenthesize, args[-2:])
    return f"{SPACING}{top}/{below}{SPACING}"


def _render_root(args: Sequence[str]) -> str:
    degree, body = ("", *args)[-2:]
    sign = _ROOTS.get(degree) or to_script("^", degree).removeprefix("^") + "√"
    return sign + (body if len(body) == 1 or body.replace(".", "").isdecimal() else f"({body})")


_LAYOUTS: dict[str, Callable[[Sequence[str]], str]] = {
    "sqrt": _render_root,
    **dict.fromkeys(FRACTION_COMMANDS, _render_fraction),
    "binom": lambda given: f"C({', '.join(given)})",
    "overset": lambda given: given[-1] + to_script("^", given[0]),
    "stackrel": lambda given: given[-1] + to_script("^", given[0]),
    "underset": lambda given: given[-1] + to_script("_", given[0]),
}


def _style_letters(name: str, text: str) -> str:
    """Let pylatexenc draw letters with accents and in other alphabets: x̂, ℝ, ℒ."""
    if name not in LETTER_COMMANDS or not text.isalnum():
        return text
    return str(_letter_converter().latex_to_text(f"\\{name}{{{text}}}"))


@cache
def _latex_context() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return get_default_latex_context_db()


@cache
def _letter_converter() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return LatexNodes2Text(latex_context=_latex_context(), math_mode="text")
