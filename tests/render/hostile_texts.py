"""Texts that strangers may write into titles, ids, names and sections, as hypothesis strategies."""

from hypothesis import strategies as st

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "</a></b><blockquote expandable>",
    '"><a href="https://evil.example">',
    "&lt;b&gt; &amp;amp; &#0; &#xD800;",
    "\u202egnirts\u2066 turned",
    "nul\x00byte and \x1b[31m",
    "lone \ud83d surrogate \udc00",
    "👩‍👩‍👧‍👦" * 40,
    "$\\frac{1}{2}$ `code` **bold",
    "\r\n\u2028line\u0085ends\t",
    "x" * 10_240,
    "字" * 10_240,
    "&" * 10_240,
    "**a** `b` " * 600,
    "> quote\n> > inner\n\n```\ncode\n```\n",
    "- item\n" * 500,
    "javascript:alert(1)",
    "",
    " ",
)
"""Texts of the kinds that break bots."""

ONE_HOSTILE_TEXT = st.integers(0, len(HOSTILE_TEXTS) - 1).map(HOSTILE_TEXTS.__getitem__)

ANY_TEXT = st.one_of(
    ONE_HOSTILE_TEXT,
    st.text(max_size=60),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "So", "Lo"]), max_size=40),
    st.lists(ONE_HOSTILE_TEXT, min_size=2, max_size=3).map("".join),
)
"""Any text, most of it nasty."""
