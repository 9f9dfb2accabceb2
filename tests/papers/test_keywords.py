"""A reader's own words: what counts as the same, and where a paper has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Paper, Section
from digest.model.errors import InvalidInput
from digest.papers.keywords import MAX_KEYWORD_LENGTH, matching_keywords, normalize_keyword, search_text


def search_text_of(title: str, **sections: str) -> str:
    """Return the searchable text of a paper."""
    made = {Section(name): text for name, text in sections.items()}
    return search_text(Paper(id="2601.00001", title=title, url="", sections=made))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("diffusion", "A Diffusion Model"),
        ("DIFFUSION", "about diffusion."),
        ("agent", "Many agents at work"),
        ("vision-language", "A Vision Language Model"),
        ("vision language", "a vision-language model"),
        ("world  model", "World Models for driving"),
        ("GPT-4", "we use GPT‑4 here"),
        ("３Ｄ", "3D scenes"),
        ("c++", "written in C++"),
        ("扩散", "基于扩散模型的方法"),
        ("强化学习", "**强化学习**的新方法"),
        ("naïve", "a naïve baseline"),
        ("image:video", "From Image:Video to text"),
        ("don’t", "Models that don’t forget"),
        ("İstanbul", "a corpus of İstanbul"),
    ],
)
def test_a_keyword_is_found(written: str, text: str) -> None:
    assert matching_keywords((normalize_keyword(written),), search_text_of(text)) == (normalize_keyword(written),)


@pytest.mark.parametrize(
    ("written", "text"),
    [("rl", "a girl and a world"), ("agent", "a reagent"), ("llm", "vllms"), ("art", "state of the arts-y"[:12])],
)
def test_a_word_inside_another_is_not_meant(written: str, text: str) -> None:
    assert matching_keywords((written,), search_text_of(text)) == ()


def test_sections_count_and_their_style_does_not() -> None:
    text = search_text_of("A title", contribution="uses **large** language `models`", results="$\\alpha$ 提升")

    assert matching_keywords(("large language model", "提升", "title"), text) == (
        "large language model",
        "提升",
        "title",
    )


def test_a_paper_whose_text_is_not_known_has_no_keyword() -> None:
    assert matching_keywords(("diffusion",), "") == ()


@pytest.mark.parametrize("written", ["", "  ", "***", "…", "-", "A*", "x" * (MAX_KEYWORD_LENGTH + 1)])
def test_what_is_no_keyword_is_said_in_one_line(written: str) -> None:
    with pytest.raises(InvalidInput) as told:
        normalize_keyword(written)

    assert "\n" not in str(told.value)


@given(written=st.text(max_size=60))
def test_a_keyword_is_normal_once_and_for_all(written: str) -> None:
    try:
        normal = normalize_keyword(written)
    except InvalidInput:
        return

    assert normalize_keyword(normal) == normal
    assert len(normal) <= MAX_KEYWORD_LENGTH


@given(title=st.text(max_size=200), word=st.text(min_size=1, max_size=40))
def test_looking_never_fails(title: str, word: str) -> None:
    try:
        wanted = normalize_keyword(word)
    except InvalidInput:
        return

    assert matching_keywords((wanted,), search_text_of(title)) in ((), (wanted,))
