"""What LaTeX commands stand for in running text, where pylatexenc's own table says nothing or too much.

Subscripts and superscripts in Unicode, where Unicode has them and people can read them.
"""

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
