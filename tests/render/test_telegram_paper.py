"""The view of one paper in Telegram."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Locale, Mark, Section, Vote
from digest.words import words_in
from tests.render.chats import a_paper, renderer
from tests.render.hostile import ANY
from tests.render.mails import DAY, seed
from tests.render.strict_telegram import accepted

HEADINGS = ("Area", "Contribution in one sentence", "How to use it", "Main innovations", "Results")


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("id_", sorted(seed()))
def test_every_paper_of_the_seed_is_one_message_with_all_five_sections(id_: str, locale: Locale) -> None:
    part = renderer().paper(seed()[id_], locale, first_seen=DAY)

    shown = accepted(part)
    places = [shown.index(f"\n\n{words_in(locale).say(heading)}\n") for heading in HEADINGS]
    assert places == sorted(places)
    assert part.html.count("<blockquote expandable>") == 3
    assert "more in the paper" not in shown


def test_a_paper_is_named_with_its_version() -> None:
    paper = replace(a_paper("A classic", id_="hep-th/9901001"), version=3)

    part = renderer().paper(paper, Locale.EN)

    assert ">arXiv:hep-th/9901001v3</a>" in part.html


def test_a_paper_read_from_its_abstract_says_so() -> None:
    part = renderer().paper(replace(a_paper("Short"), read_from="ArXiv Abs"), Locale.EN)

    assert "Summary written from the abstract only." in accepted(part)
    assert "Summary written from the abstract only." in part.plain


def test_a_paper_without_sections_says_that_there_is_no_more() -> None:
    part = renderer().paper(a_paper("Bare"), Locale.EN)

    assert accepted(part).endswith("The report says nothing more about this paper.")


def test_only_the_sections_that_are_too_long_are_cut_and_lead_to_the_paper() -> None:
    sections = {section: f"{section} is short." for section in Section}
    paper = a_paper("Long", sections={**sections, Section.USAGE: "A sentence of words. " * 1000})

    part = renderer().paper(paper, Locale.EN)

    shown = accepted(part)
    assert all(f"{section} is short." in shown for section in Section if section is not Section.USAGE)
    assert shown.endswith("… more in the paper")
    assert part.plain.endswith("… more in the paper: https://arxiv.org/abs/2601.00001")
    assert len(shown) > 2500


def test_a_paper_with_more_style_than_a_message_takes_keeps_its_words() -> None:
    paper = a_paper("Bold", sections={Section.RESULTS: "**one** word " * 120})

    part = renderer().paper(paper, Locale.EN)

    assert accepted(part).count("one word") == 120
    assert "<blockquote expandable>one word" in part.html


@settings(deadline=None)  # the machine may be busy
@given(
    texts=st.lists(ANY, min_size=5, max_size=5),
    title=ANY,
    id_=ANY,
    neighbour=ANY,
    slug=ANY,
    locale=st.sampled_from(Locale),
    mark=st.sampled_from([None, Mark(), Mark(saved=True, vote=Vote.UP), Mark(vote=Vote.DOWN)]),
)
def test_whatever_a_paper_holds_telegram_takes_its_view(
    texts: list[str], title: str, id_: str, neighbour: str, slug: str, locale: Locale, mark: Mark | None
) -> None:
    paper = replace(
        a_paper(title, id_=id_, sections=dict(zip(Section, texts, strict=True))),
        domains=(slug,) * 30,
        version=2,
    )

    part = renderer().paper(
        paper, locale, first_seen=DAY, previous=neighbour, next=neighbour, mark=mark, bot="paper_digest_bot"
    )

    shown = accepted(part)
    assert not set(shown) & set("\x00\u202e\u2066")
