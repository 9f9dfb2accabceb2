"""The piece of text around what was searched for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Paper, Section
from digest.services.search import SearchTerm, build_excerpt
from digest.text.truncate import utf16_length

DISTANT_MATCH = "前面有很多别的话，" * 20 + "然后说到**机器**人的抓取，最后还有一些话。"


def make_paper(**sections: str) -> Paper:
    """Return a paper with these sections."""
    return Paper(
        id="2601.00001",
        title="A title",
        url="https://example.org",
        sections={Section(name): text for name, text in sections.items()},
    )


def make_terms(*words: str) -> tuple[SearchTerm, ...]:
    """Return a term for each word."""
    return tuple(SearchTerm(words=(word,)) for word in words)


def test_the_text_begins_a_little_before_the_words() -> None:
    told = build_excerpt(make_paper(contribution=DISTANT_MATCH), make_terms("机器人"), 60)

    assert told.startswith("…前面有很多别的话")
    assert "然后说到机器人的抓取" in told


def test_words_near_the_beginning_leave_it_as_it_is() -> None:
    told = build_excerpt(make_paper(contribution="We teach robots to walk."), make_terms("robot"), 60)

    assert told == "We teach robots to walk."


def test_the_contribution_is_shown_unless_another_section_has_more_of_the_words() -> None:
    paper = make_paper(contribution="About robots.", results="Robots walk on the moon.", usage="Robots run.")

    assert build_excerpt(paper, make_terms("robot"), 60) == "About robots."
    assert build_excerpt(paper, make_terms("robot", "moon"), 60) == "Robots walk on the moon."


def test_where_only_the_title_has_the_words_the_contribution_begins() -> None:
    paper = make_paper(area="Robots.", contribution="We teach them to walk.")

    assert build_excerpt(paper, make_terms("title"), 60) == "We teach them to walk."


def test_a_part_of_a_longer_word_is_no_match() -> None:
    paper = make_paper(contribution="About ecart.", results="About art.")

    assert build_excerpt(paper, make_terms("art"), 60) == "About art."


@pytest.mark.parametrize("sections", [{}, {"area": ""}, {"results": "   "}])
def test_a_paper_without_text_has_no_excerpt(sections: dict[str, str]) -> None:
    assert build_excerpt(make_paper(**sections), make_terms("robot"), 60) == ""


@settings(deadline=None)  # the machine may be busy
@given(text=st.text(max_size=400), word=st.text(min_size=1, max_size=8), most=st.integers(1, 150))
def test_it_is_one_line_and_never_too_long(text: str, word: str, most: int) -> None:
    told = build_excerpt(make_paper(contribution=text), make_terms(word), most)

    assert utf16_length(told) <= most
    assert "\n" not in told
