"""LaTeX formulas as Unicode text, for places that have no TeX.

pylatexenc reads the source and knows the symbols; :mod:`digest.text.latex.nodes` sets what it read. Hostile
input is bounded before pylatexenc sees it, because it descends by recursion once for every brace, bracket,
environment and formula inside the formula.
"""

import re
from functools import cache, lru_cache
from typing import Any

from pylatexenc.latexwalker import LatexWalker, LatexWalkerError, get_default_latex_context_db
from pylatexenc.macrospec import MacroSpec

from digest.text.latex.nodes import join_spacing, render_nodes

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
