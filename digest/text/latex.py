"""LaTeX formulas as Unicode text, for places that have no TeX.

pylatexenc reads the source and knows the symbols; ``render_nodes`` sets what it read as running text. Hostile
input is bounded before pylatexenc sees it, because it descends by recursion once for every brace, bracket,
environment and formula inside the formula.

While nodes are set, ``OPERATOR`` stands before a sign that has a space on both sides, and ``SPACING`` where a
space must stand if letters meet; ``settle`` turns both into spaces or nothing. The tables say what commands
stand for where pylatexenc's own table says nothing or too much, and subscripts and superscripts where Unicode
has them and people can read them.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from pylatexenc.latex2text import LatexNodes2Text
from pylatexenc.latex2text import get_default_latex_context_db as get_default_text_context
from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexMathNode,
    LatexSpecialsNode,
    LatexWalker,
    LatexWalkerError,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import MacroSpec

OPERATORS = frozenset("±∓×÷·≈≠≤≥≪≫≡∼≃≅∝→←↔⇒⇐⇔↦⟶⟵⟹⟸⟺∈∉∋⊂⊆⊃⊇∪∩∧∨⊕⊗⊙∥∖≺≻⪯⪰≔≜≲≳")
"""Signs that have a space on both sides."""

NAMED_SYMBOLS = {
    "|": "‖", "Vert": "‖", "lVert": "‖", "rVert": "‖", "vert": "|", "lvert": "|", "rvert": "|", "mid": "|",
    "parallel": "∥", "colon": ":", "dots": "…", "ldots": "…", "cdots": "…", "dotsc": "…", "prime": "′",
    "top": "⊤", "coloneqq": "≔", "triangleq": "≜", "ast": "*", "star": "*", "degree": "°", "setminus": "∖",
    "ne": "≠", "gets": "←", "implies": "⟹", "iff": "⟺", "lesssim": "≲", "gtrsim": "≳", "leqslant": "≤",
    "geqslant": "≥", "varnothing": "∅", "argmax": "argmax", "argmin": "argmin", "xrightarrow": "→",
    "xleftarrow": "←", "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "&": "&", "_": "_", "#": "#",
    "%": "%", "$": "$", "\\": "; ", "newline": "; ",
}  # fmt: skip
"""Commands and the sign or word that they are."""

SPACE_COMMANDS = frozenset([" ", ",", ";", ":", ">", "~", "quad", "qquad", "enspace", "thinspace"])
"""Commands that are a space."""

IGNORED_COMMANDS = frozenset([
    "!", "left", "right", "middle", "limits", "nolimits", "label", "tag", "nonumber", "notag", "big", "Big",
    "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr", "displaystyle",
    "textstyle", "scriptstyle", "scriptscriptstyle", "bf", "rm", "it", "cal", "sf", "tt",
])  # fmt: skip
"""Commands that only tell TeX how to set what follows."""

STYLE_COMMANDS = frozenset([
    "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mathrm", "mathbf", "mathit",
    "mathsf", "mathtt", "mathnormal", "boldsymbol", "bm", "operatorname", "mbox", "hbox", "emph", "pmb",
    "underline", "ensuremath", "textcolor", "mathop", "underbrace", "overbrace", "boxed",
])  # fmt: skip
"""Commands whose last argument stands for itself."""

FRACTION_COMMANDS = ("frac", "dfrac", "tfrac", "cfrac", "nicefrac")

LETTER_COMMANDS = frozenset([
    "hat", "widehat", "bar", "overline", "tilde", "widetilde", "vec", "dot", "ddot", "check", "breve",
    "acute", "grave", "mathbb", "mathcal", "mathscr", "mathfrak",
])  # fmt: skip
"""Commands that change the look of the letters in their argument."""


_SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθ⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵀ",
        strict=True,
    )
)
_RAISED_SIGNS = dict(zip("∘°*∗⋆′'″†‡", "°°***′′″†‡", strict=True))
_MIN_WORD = 3
"""Letters from which on a script is a word (``C_mag``), which small letters make unreadable."""


def to_script(mark: str, text: str) -> str:
    """Return ``text`` set below (``mark`` is ``_``) or above (``^``) the line, or marked."""
    text = text.strip()
    if not text:
        return ""
    if mark == "^" and text in _RAISED_SIGNS:
        return _RAISED_SIGNS[text]
    letters = _SUBSCRIPTS if mark == "_" else _SUPERSCRIPTS
    if text.isalpha() and len(text) >= _MIN_WORD:
        return mark + text
    compact = text.replace(" ", "")
    if all(char in letters for char in compact):
        return "".join(letters[char] for char in compact)
    return mark + (text if text.isalnum() else f"({text})")


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
    sign = getattr(_symbol_context().get_macro_spec(name), "simplify_repl", None)
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
    """Make pylatexenc render letters with accents and in other alphabets: x̂, ℝ, ℒ."""
    if name not in LETTER_COMMANDS or not text.isalnum():
        return text
    return str(_letter_converter().latex_to_text(f"\\{name}{{{text}}}"))


@cache
def _symbol_context() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return get_default_text_context()


@cache
def _letter_converter() -> Any:  # noqa: ANN401 - pylatexenc has no types
    return LatexNodes2Text(latex_context=_symbol_context(), math_mode="text")


MAX_FORMULA = 1_000
"""Characters of a formula that is read at all; a longer one is shown as its source without marks."""
MAX_DEPTH = 12
"""Braces and brackets inside each other; environments and formulas in all."""

_SIMPLE = re.compile(r"[^\\{}_^%&~#$\[\]]*+")
_ARGUMENTS = {
    "{": [
        *("bm", "boldsymbol", "pmb", "mathsf", "mathtt", "mathnormal", "mathscr", "mathfrak", "mbox", "hbox"),
        *("mathop", "underbrace", "overbrace", "boxed", "label"),
    ],
    "{{": ["dfrac", "tfrac", "cfrac", "nicefrac", "binom", "overset", "underset", "stackrel", "textcolor"],
    "*{": ["operatorname", "tag"],
    "[{": ["xrightarrow", "xleftarrow"],
}


def latex_to_text(source: str) -> str:
    """Return a formula (without its dollars) as one line of Unicode text.

    What cannot be read becomes its source without dollars, backslashes and braces; never an error.
    """
    if _SIMPLE.fullmatch(source):
        return " ".join(source.split())
    if len(source) > MAX_FORMULA or _is_too_deep(source):
        return _strip_markup(source)
    return _convert(source)


@lru_cache(maxsize=512)
def _convert(source: str) -> str:
    readable = re.sub(r"(?<!\\)%", r"\\%", re.sub(r"\\(left|right)\s*\.", "", source))
    walker = LatexWalker(readable, latex_context=_latex_context(), tolerant_parsing=False)
    try:
        nodes, _, _ = walker.get_latex_nodes()
        text = join_spacing(render_nodes(nodes or []))
    except (LatexWalkerError, ValueError, TypeError, IndexError, AttributeError):
        # besides its own error pylatexenc raises these where a macro lacks an argument
        return _strip_markup(source)
    return " ".join(text.replace("\\", "").split()) or _strip_markup(source)


def _strip_markup(source: str) -> str:
    """Return the source without what only TeX understands."""
    return " ".join(re.sub(r"[\\${}]+", " ", source).split())


def _is_too_deep(source: str) -> bool:
    depth = deepest = 0
    for char in source:
        if char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    return deepest > MAX_DEPTH or len(re.findall(r"\\begin|\\[(\[]|\$", source)) > MAX_DEPTH


@cache
def _latex_context() -> Any:  # noqa: ANN401 - pylatexenc has no types
    """Return pylatexenc's macros and those that it leaves out."""
    known = get_default_latex_context_db()
    macros = [MacroSpec(name, spec) for spec, names in _ARGUMENTS.items() for name in names]
    known.add_context_category("paper-digest", macros=macros, prepend=True)
    return known
