"""Texts that hypothesis makes: anything at all, and what looks like a model's Markdown gone wrong."""

from hypothesis import strategies as st

_PIECES = [
    *(
        "**",
        "*",
        "_",
        "`",
        "``",
        "```",
        "~~",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "\\",
        "[",
        "](",
        ")",
        "<",
        ">",
        "|",
    ),
    *("\n", "\n\n", "\n- ", "\n  * ", "\n    1. ", "\n2、", "\n> ", "\n# ", "\n---\n", "\n|a|b|\n|-|-|\n", "\n```md\n"),
    *(
        "（",
        "）",
        "，",
        "。",
        "：",
        "“",
        "”",
        "词",
        "中文",
        "word",
        "x_1",
        "C:\\new",
        "\\frac{1}{2}",
        "\\lambda",
        "{",
        "}",
    ),
    *("https://a.b/c_d", "[x](https://e.f)", "[y](javascript:z)", "![i](http://j.k)", "<br>", "<config.yaml>", "&lt;"),
    *("$5", "10$", "^", "&", '"', "'", " ", "  ", "\t", "\r\n", "\u202e", "\x00", "\ufeff", "👨‍👩‍👧", "é", "1. ", "- "),
]

markdown_like = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)
any_text = st.one_of(st.text(max_size=200), markdown_like)
