"""The seed's sections read as a person would wish, in every form."""

import re

import pytest

from digest.text.markdown import parse, to_html, to_plain, to_telegram
from digest.text.markdown.tree import CodeBlock, InlineCode
from digest.text.truncate import telegram_entities, telegram_length
from tests.text.markdown.golden_sections import FOLDER, RENDERERS, read_seed_papers, render_golden
from tests.text.markdown.telegram_html_rules import find_violation


@pytest.mark.parametrize("form", RENDERERS)
def test_every_section_of_the_seed_is_written_as_reviewed(form: str) -> None:
    golden = (FOLDER / form).read_text(encoding="utf-8")

    assert render_golden(form) == golden


@pytest.mark.parametrize("form", RENDERERS)
def test_no_reader_of_the_seed_sees_a_mark_that_was_meant_for_a_machine(form: str) -> None:
    text = render_golden(form)

    assert "**" not in text
    assert "`" not in text
    assert "$" not in text
    assert re.search(r"\\[A-Za-z({\[]", text) is None


def test_every_section_of_the_seed_is_a_telegram_message_that_telegram_takes() -> None:
    sections = [text for paper in read_seed_papers() for text in paper.sections.values()]

    messages = [to_telegram(parse(text)) for text in sections]

    assert [find_violation(message) for message in messages] == [None] * 135
    assert max(telegram_length(message) for message in messages) < 1_000
    assert max(telegram_entities(message) for message in messages) < 30


def test_no_word_of_the_seed_is_lost() -> None:
    for paper in read_seed_papers():
        for text in paper.sections.values():
            source = re.sub(r"\$[^$]*\$", "", text)
            outputs = [to_plain(parse(text)), to_html(parse(text)), to_telegram(parse(text))]

            words = re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", re.sub(r"https?://\S+", "", source))

            assert all(word in output for output in outputs for word in words)


def test_what_looks_like_a_tag_in_the_seed_s_code_is_still_there() -> None:
    usage = next(paper for paper in read_seed_papers() if paper.id == "2601.08118").sections

    trees = [parse(text) for text in usage.values()]

    assert any("<code>mirrorbench run &lt;config.yaml&gt;</code>" in to_html(tree) for tree in trees)
    assert any("<code>mirrorbench run &lt;config.yaml&gt;</code>" in to_telegram(tree) for tree in trees)
    assert any("mirrorbench run <config.yaml>" in to_plain(tree) for tree in trees)


def test_the_seed_has_no_block_of_code_and_few_words_of_it() -> None:
    shown = [repr(parse(text)) for paper in read_seed_papers() for text in paper.sections.values()]

    assert not any(CodeBlock.__name__ in one for one in shown)
    assert sum(one.count(f"{InlineCode.__name__}(") for one in shown) == 3
