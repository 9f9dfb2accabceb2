"""The view of one paper in Telegram."""

from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Locale, PaperFeedback, Section, Vote
from digest.text.i18n import translator_for
from tests.render.email.sample_emails import DAY, seed_papers_by_id
from tests.render.hostile_texts import ANY_TEXT
from tests.render.telegram.sample_messages import make_paper, make_renderer
from tests.render.telegram.strict_reader import assert_accepted

HEADINGS = ("Area", "Contribution in one sentence", "How to use it", "Main innovations", "Results")


def test_every_paper_of_the_seed_is_one_message_with_all_five_sections() -> None:
    for paper, locale in product(seed_papers_by_id().values(), Locale):
        part = make_renderer().render_paper(paper, locale, first_seen=DAY)

        shown = assert_accepted(part)
        places = [shown.index(f"\n\n{translator_for(locale).gettext(heading)}\n") for heading in HEADINGS]
        assert places == sorted(places), paper.id
        assert part.html.count("<blockquote expandable>") == 3, paper.id
        assert "more in the paper" not in shown, paper.id


def test_a_paper_is_named_with_its_version() -> None:
    paper = replace(make_paper("A classic", id_="hep-th/9901001"), version=3)

    part = make_renderer().render_paper(paper, Locale.EN)

    assert ">arXiv:hep-th/9901001v3</a>" in part.html


def test_a_paper_read_from_its_abstract_says_so() -> None:
    part = make_renderer().render_paper(replace(make_paper("Short"), summary_source="ArXiv Abs"), Locale.EN)

    assert "Summary written from the abstract only." in assert_accepted(part)
    assert "Summary written from the abstract only." in part.plain


def test_a_paper_without_sections_says_that_there_is_no_more() -> None:
    part = make_renderer().render_paper(make_paper("Bare"), Locale.EN)

    assert assert_accepted(part).endswith("The report says nothing more about this paper.")


def test_only_the_sections_that_are_too_long_are_cut_and_lead_to_the_paper() -> None:
    sections = {section: f"{section} is short." for section in Section}
    paper = make_paper("Long", sections={**sections, Section.USAGE: "A sentence of words. " * 1000})

    part = make_renderer().render_paper(paper, Locale.EN)

    shown = assert_accepted(part)
    assert all(f"{section} is short." in shown for section in Section if section is not Section.USAGE)
    assert shown.endswith("… more in the paper")
    assert part.plain.endswith("… more in the paper: https://arxiv.org/abs/2601.00001")
    assert len(shown) > 2500


def test_a_paper_with_more_style_than_a_message_takes_keeps_its_words() -> None:
    paper = make_paper("Bold", sections={Section.RESULTS: "**one** word " * 120})

    part = make_renderer().render_paper(paper, Locale.EN)

    assert assert_accepted(part).count("one word") == 120
    assert "<blockquote expandable>one word" in part.html


@settings(deadline=None)  # the machine may be busy
@given(
    texts=st.lists(ANY_TEXT, min_size=5, max_size=5),
    title=ANY_TEXT,
    id_=ANY_TEXT,
    neighbour=ANY_TEXT,
    slug=ANY_TEXT,
    locale=st.sampled_from(Locale),
    mark=st.sampled_from(
        [None, PaperFeedback(), PaperFeedback(saved=True, vote=Vote.UP), PaperFeedback(vote=Vote.DOWN)]
    ),
)
def test_whatever_a_paper_holds_telegram_takes_its_view(
    texts: list[str], title: str, id_: str, neighbour: str, slug: str, locale: Locale, mark: PaperFeedback | None
) -> None:
    paper = replace(
        make_paper(title, id_=id_, sections=dict(zip(Section, texts, strict=True))), domains=(slug,) * 30, version=2
    )

    part = make_renderer().render_paper(
        paper,
        locale,
        first_seen=DAY,
        previous_id=neighbour,
        next_id=neighbour,
        feedback=mark,
        bot_username="paper_digest_bot",
    )

    shown = assert_accepted(part)
    assert not set(shown) & set("\x00\u202e\u2066")
