"""What a model writes is read as it was meant."""

import pytest
from hypothesis import given

from digest.text.markdown import parse, to_html, to_plain
from digest.text.markdown.tree import Bold, Document, List, ListItem, Paragraph, Text
from tests.text.markdown.strategies import any_text


def render_html(text: str) -> str:
    return to_html(parse(text))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("**提升（SOTA）**配合", "<strong>提升（SOTA）</strong>配合"),
        ("和**“引号”**的", "和<strong>“引号”</strong>的"),
        ("**甲**，**乙**。", "<strong>甲</strong>，<strong>乙</strong>。"),
        ("由**情节检索 (Episodic)**以", "由<strong>情节检索 (Episodic)</strong>以"),
        ("*注：（略）*后", "<em>注：（略）</em>后"),
        ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
        ("**a **b** c**", "<strong>a b c</strong>"),
        ("snake_case_name 与 __init__x", "snake_case_name 与 __init__x"),
    ],
)
def test_stress_is_seen_beside_chinese_and_full_width_brackets(source: str, expected: str) -> None:
    assert render_html(source) == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("未**闭合", "未闭合"),
        ("** 空格 ** 后", "空格 后"),
        ("孤 ` 立", "孤 立"),
        (r"\*\*甲\*\* \`", "甲"),
        ("2 * 3，准确率*、召回率*", "2 * 3，准确率*、召回率*"),
        ("2**3", "2^3"),
        ("n 为 x**2", "n 为 x^2"),
    ],
)
def test_a_mark_without_a_partner_is_not_seen(source: str, expected: str) -> None:
    assert to_plain(parse(source)) == expected


def test_code_keeps_stars_backslashes_and_angles() -> None:
    text = parse("`a**b` `C:\\new\\$x$` `<config.yaml>`")

    assert to_plain(text) == "a**b C:\\new\\$x$ <config.yaml>"


def test_a_list_directly_under_a_paragraph_is_a_list() -> None:
    assert render_html("如下：\n*   甲\n*   乙") == "<p>如下：</p>\n<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>"


@pytest.mark.parametrize("indent", range(2, 10))
def test_a_nested_list_keeps_its_nesting_at_every_indent(indent: int) -> None:
    inner = " " * indent
    tree = parse(f"*   **流程**：\n{inner}1.  甲\n{inner}2.  乙\n*   **输出**：丙")

    assert to_plain(tree) == "• 流程：\n  1. 甲\n  2. 乙\n• 输出：丙"


def test_items_of_one_list_that_drift_stay_in_one_list() -> None:
    assert to_plain(parse("1. 甲\n  2. 乙\n 3. 丙")) == "1. 甲\n2. 乙\n3. 丙"


def test_a_first_item_that_lost_its_indent_is_no_parent_of_its_siblings() -> None:
    assert to_plain(parse("*   甲\n   *   乙\n       *   丙")) == "• 甲\n• 乙\n  – 丙"


@pytest.mark.parametrize("number", ["1、", "1.  ", "1) ", "（1）", "(1) ", "1．"])
def test_numbers_in_any_dress_make_a_list(number: str) -> None:
    one = List(start=1, items=(ListItem(blocks=(Paragraph(children=(Text(text="甲"),)),)),))

    assert parse(f"{number}甲") == Document(blocks=(one,))


@pytest.mark.parametrize("text", ["1.5 倍", "2026. 年", "90% 的", ">90% 的", ">= 5", "3D 网格", "-5 度", "#标签"])
def test_a_line_that_only_looks_like_a_block_is_words(text: str) -> None:
    assert to_plain(parse(text)) == text


def test_a_list_may_begin_with_any_number_and_go_on_after_a_paragraph() -> None:
    assert to_plain(parse("1. 甲\n\n说明\n\n2. 乙")) == "1. 甲\n\n说明\n2. 乙"


def test_a_heading_is_a_bold_paragraph_that_is_bold_once() -> None:
    heading = Paragraph(children=(Bold(children=(Text(text="小标题"),)),))

    assert parse("#### **小标题**") == Document(blocks=(heading,))
    assert parse("##小标题") == Document(blocks=(heading,))


def test_a_line_ends_where_the_model_ended_it_unless_it_ended_with_a_colon() -> None:
    assert render_html("**甲**\n乙") == "<p><strong>甲</strong><br />乙</p>"
    assert to_plain(parse("1.  **标题**：\n    正文")) == "1. 标题：正文"


def test_a_table_is_a_list_of_its_rows() -> None:
    table = "| 方法 | 准确率 | F1 |\n|---|---|---|\n| **甲** | 90% | 0.8 |\n| 乙 |  | 0.7 |"

    assert to_plain(parse(table)) == "• 甲: 准确率 90%; F1 0.8\n• 乙: F1 0.7"


def test_a_fence_of_markdown_is_opened_and_one_that_nobody_closed_is_dropped() -> None:
    assert render_html("```markdown\n**甲**\n```") == "<p><strong>甲</strong></p>"
    assert render_html("**甲**\n```") == "<p><strong>甲</strong></p>"


def test_a_fence_of_code_is_kept_as_it_stands() -> None:
    assert to_plain(parse("- 项\n  ```python\n  if x:\n      y = `1`\n  ```\n文")) == (
        "• 项\n      if x:\n          y = `1`\n\n文"
    )


def test_a_quote_holds_its_blocks() -> None:
    assert render_html("> 甲\n> - 乙\n丙") == "<blockquote><p>甲</p>\n<ul>\n<li>乙</li>\n</ul></blockquote>\n<p>丙</p>"


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("（https://a.com/b_c）后", "https://a.com/b_c"),
        ("见 https://a.com/b。后", "https://a.com/b"),
        ("访问https://a.com/b获取", "https://a.com/b"),
        ("(https://a.com/b)", "https://a.com/b"),
        ("**https://a.com/b**", "https://a.com/b"),
        ("<https://a.com/?q=1&r=2>", "https://a.com/?q=1&amp;r=2"),
        ("https://a.com/A_(b), c", "https://a.com/A_(b)"),
        ("https://a.com/x.", "https://a.com/x"),
    ],
)
def test_a_bare_address_is_a_link_that_ends_where_the_address_ends(source: str, address: str) -> None:
    assert f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>' in render_html(source)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/relative", "mailto:a@b.c", "data:text/html,x", "https:"])
def test_only_web_addresses_are_links(address: str) -> None:
    assert render_html(f"[词]({address})") == "<p>词</p>"


def test_an_image_is_a_link_with_its_description() -> None:
    assert to_plain(parse("![图一](https://a.b/c.png)")) == "图一 <https://a.b/c.png>"


def test_html_is_text_except_for_a_line_break() -> None:
    assert render_html("<b>x</b><script>y</script> a<br>b") == (
        "<p>&lt;b&gt;x&lt;/b&gt;&lt;script&gt;y&lt;/script&gt; a<br />b</p>"
    )


def test_nobody_turns_the_reading_direction() -> None:
    assert to_plain(parse("a\u202eb\u2066c\u200f\ufeff")) == "abc"


@pytest.mark.parametrize("source", ["", " \n\t", "**", "`", "$", "- ", ">", "#", "\x00", "---\n==="])
def test_nothing_is_an_empty_tree(source: str) -> None:
    assert to_plain(parse(source)).strip("$#>") == ""


def test_dress_of_windows_and_old_macs_changes_nothing() -> None:
    source = "甲：\n- 乙\n\n丙"

    assert parse(source.replace("\n", "\r\n")) == parse(source) == parse("\ufeff" + source.replace("\n", "\r"))


@given(any_text)
def test_whatever_comes_is_read(text: str) -> None:
    assert isinstance(parse(text), Document)
