"""Hostile text costs linear time and no recursion."""

import pytest

from digest.text.markdown import inline_plain, parse, to_html, to_plain, to_telegram, truncate_document

HOSTILE = {
    "brackets": "[" * 19_000,
    "images": "![" * 9_000,
    "links": "[a](" * 4_500,
    "stars": "*" * 19_000,
    "emphasis": "*a **b " * 2_500,
    "underscores": "_a " * 6_000,
    "backticks": "".join("`" * length + " " for length in range(1, 190)),
    "quotes": ">" * 19_000 + "a",
    "quote lines": "\n".join(">" * length + "x" for length in range(200)),
    "items": "- a\n" * 12_000,
    "items in items": "".join(" " * (2 * depth) + "- a\n" for depth in range(220)),
    "items on a line": "- " * 20_000 + "a",
    "numbers": "1. " * 15_000 + "a",
    "dollars": "$" * 19_000,
    "formulas": "$x_1^2$ " * 2_400,
    "open formulas": "\\(" * 9_000,
    "commands": "\\alpha{" * 2_700,
    "fences": "\n".join("`" * length for length in range(310, 2, -1)),
    "fences with names": "```a\n" * 10_000,
    "addresses": "http://" * 2_800,
    "addresses with brackets": "https://a.b/((((" * 1_200,
    "tables": "|a" * 200 + "\n" + "|-" * 200 + "|\n" + "|\n" * 20_000,
    "narrow tables": "|a|b|\n|-|-|\n" + "|\n" * 20_000,
    "entities": "&amp" * 4_900,
    "angles": "<br" * 6_000,
    "spaces": " " * 50_000,
    "lines": "a\n" * 25_000,
    "one word": "a" * 2_000_000,
    "formula lines": "$$\n" * 16_000,
    "rules": "- - -" * 10_000,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_and_written_in_time(name: str) -> None:
    text = HOSTILE[name]

    tree = parse(text)
    written = [to_html(tree), to_telegram(tree), to_plain(tree, width=72), inline_plain(text)]
    truncate_document(tree, 300)

    assert all(isinstance(one, str) for one in written)


def test_the_words_of_a_deep_list_are_all_kept() -> None:
    deep = "".join(f"{'  ' * depth}- w{depth}\n" for depth in range(100))

    plain = to_plain(parse(deep))

    assert all(f"w{depth}" in plain.split() for depth in range(100))


def test_an_endless_text_is_cut_and_says_so() -> None:
    assert to_plain(parse("word " * 100_000)).endswith("word…")
