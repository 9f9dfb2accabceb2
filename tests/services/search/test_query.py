"""What people type, read into terms."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.papers.domains import Taxonomy, load_taxonomy
from digest.services.search.query import (
    MAX_BIGRAMS,
    MAX_QUERY_LENGTH,
    MAX_TERMS,
    SearchTerm,
    parse_query,
    to_bigrams,
    word_forms,
)

TAXONOMY = load_taxonomy(Path(__file__).parents[3] / "seeds" / "taxonomy.tsv")


def term_words(text: str, taxonomy: Taxonomy = TAXONOMY) -> list[tuple[str, ...]]:
    """Return the words of each term."""
    return [term.words for term in parse_query(text, taxonomy).terms]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speech  synthesis", [("speech",), ("synthesis",)]),
        ("合成，语音、克隆", [("合成",), ("语音",), ("克隆",)]),
        ("ＧＰＴ-４", [("GPT-4",)]),
        ("multi-agent (debate)", [("multi-agent",), ("debate",)]),
        ('"latent action" queries', [("latent action",), ("queries",)]),
        ("“潜在 动作”查询", [("潜在 动作",), ("查询",)]),
        ("「潜在动作」", [("潜在动作",)]),
        ("https://arxiv.org/abs/2601.15876v2 evolving", [("2601.15876",), ("evolving",)]),
        ("papers on the moon", [("papers",), ("moon",)]),
        ("of the", [("of",), ("the",)]),
        ("moon moon MOON", [("moon",), ("MOON",)]),
        ("title:evo* NEAR(a, b)", [("title",), ("evo",), ("NEAR",), ("b",)]),
        ("🤖 ??? — “”", []),
        ("", []),
    ],
)
def test_words_are_read_as_people_write_them(text: str, words: list[tuple[str, ...]]) -> None:
    assert term_words(text) == words


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("robotics", "robotics"),
        ("Embodied AI", "robotics"),
        ("大语言模型", "llm"),
        ("large language models", "llm"),
        ("image-gen", "image-gen"),
        ("空间智能", "3d"),
        ("other", None),
        ("tracking", None),
    ],
)
def test_the_name_of_a_domain_is_one_term_that_knows_its_slug(text: str, slug: str | None) -> None:
    (term,) = parse_query(text, TAXONOMY).terms

    assert term.domain == slug


def test_a_name_between_other_words_is_still_one_term() -> None:
    terms = parse_query("fast large language models cheaply", TAXONOMY).terms

    assert [term.domain for term in terms] == [None, "llm", None]


@pytest.mark.parametrize(("text", "begins"), [("world mod", True), ("world mod ", False), ("world mod?", False)])
def test_the_last_word_may_go_on_while_somebody_types(text: str, begins: bool) -> None:  # noqa: FBT001 - a case
    *_, last = parse_query(text, TAXONOMY, as_prefix=True).terms

    assert last.as_prefix is begins
    assert parse_query(text, TAXONOMY).terms[-1].as_prefix is False


@settings(deadline=None)  # the machine may be busy
@given(text=st.text(max_size=3 * MAX_QUERY_LENGTH))
def test_whatever_is_typed_is_bounded_and_has_letters(text: str) -> None:
    query = parse_query(text, TAXONOMY, as_prefix=True)

    assert len(query.terms) <= MAX_TERMS
    assert len(to_bigrams(query.terms)) <= MAX_BIGRAMS
    assert all(any(sign.isalnum() for sign in word) for term in query.terms for word in term.words)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    many = parse_query(" ".join(f"word{n}" for n in range(MAX_TERMS + 1)), TAXONOMY)
    long = parse_query("x" * (MAX_QUERY_LENGTH + 1), TAXONOMY)
    short = parse_query("x" * MAX_QUERY_LENGTH, TAXONOMY)

    assert (len(many.terms), many.truncated) == (MAX_TERMS, True)
    assert (long.truncated, short.truncated) == (True, False)


def test_a_long_run_of_chinese_comes_apart_into_pairs() -> None:
    apart = to_bigrams([SearchTerm(words=("机器人抓取",)), SearchTerm(words=("robot",)), SearchTerm(words=("策略",))])

    assert [term.words[0] for term in apart] == ["机器", "器人", "人抓", "抓取", "robot", "策略"]


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("agent", ("agent", "agents")),
        ("Agents", ("Agents", "Agent")),
        ("policies", ("policies", "policy")),
        ("loss", ("loss",)),
        ("corpus", ("corpus",)),
        ("3d", ("3d",)),
        ("机器人", ("机器人",)),
        ("multi-agent", ("multi-agent",)),
    ],
)
def test_english_words_are_looked_for_in_singular_and_plural(word: str, forms: tuple[str, ...]) -> None:
    assert word_forms(word) == forms
