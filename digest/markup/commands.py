"""What LaTeX commands stand for in running text, where pylatexenc's own table says nothing or too much."""

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
