"""Digests in Telegram as their readers want them: titles, short, full; silent; by keyword; in a group."""

from dataclasses import replace

import pytest

from digest.model import DetailLevel, Digest, EmptyReason, Locale, Paper, Section, SelectedPaper
from digest.model.message import TelegramMessage
from tests.render.email.sample_emails import make_digest, seed_papers_by_id
from tests.render.telegram.sample_messages import empty_digest, keyword_digest, make_paper, make_renderer
from tests.render.telegram.strict_reader import assert_accepted

QUOTE_TAG = "<blockquote expandable>"
INNOVATION_TEXT = "**一项创新**：把复杂的问题化为简单的步骤，并在公开的数据集上验证。"


def seed_digest(layout: DetailLevel, *, follows: tuple[str, ...] | None = None) -> Digest:
    """Return the seed's digest in a layout."""
    return replace(make_digest(list(seed_papers_by_id().values()), subscribed_domains=follows), detail_level=layout)


def make_papers(
    count: int, *, contribution: str = "提出了一种新的方法。" * 12, new: str = INNOVATION_TEXT * 12
) -> list[Paper]:
    """Return so many made-up papers, with much to say."""
    sections = {Section.CONTRIBUTION: contribution, Section.INNOVATIONS: new, Section.RESULTS: "秘密的结果"}
    return [make_paper(f"Paper number {n}", id_=f"2601.{n:05}", sections=sections) for n in range(1, count + 1)]


def render_full(papers: list[Paper]) -> tuple[TelegramMessage, ...]:
    """Return the full digest of some papers."""
    digest = replace(make_digest(papers), detail_level=DetailLevel.FULL)
    return make_renderer().render_digest(digest, {paper.id: paper for paper in papers})


def test_titles_are_numbered_and_linked_and_nothing_else() -> None:
    (part,) = make_renderer().render_digest(seed_digest(DetailLevel.TITLES), seed_papers_by_id())

    lines = assert_accepted(part).split("\n\n")[1].split("\n")
    assert lines == [f"{n}. {paper.title}" for n, paper in enumerate(seed_papers_by_id().values(), 1)]
    assert part.html.count('<a href="https://arxiv.org/abs/') == 27
    assert len([button for row in part.keyboard for button in row]) == 27


def test_the_seeds_whole_day_in_full_is_four_messages_with_every_contribution_whole() -> None:
    parts = make_renderer().render_digest(seed_digest(DetailLevel.FULL), seed_papers_by_id())

    shown = [assert_accepted(part) for part in parts]
    assert len(parts) == 4
    assert sum(part.html.count(QUOTE_TAG) for part in parts) == 27
    assert all(
        paper.sections[Section.CONTRIBUTION].strip()[:30].replace("*", "") in "".join(shown).replace("*", "")
        for paper in seed_papers_by_id().values()
    )
    assert sum(map(len, shown)) > 10_000
    assert "Results" not in "".join(shown)


def test_the_messages_of_a_full_digest_have_their_own_numbers_and_answer_the_first_silently() -> None:
    parts = make_renderer().render_digest(seed_digest(DetailLevel.FULL), seed_papers_by_id())

    numbers = [[button.text for row in part.keyboard for button in row] for part in parts]
    assert [number for part in numbers for number in part] == [str(n) for n in range(1, 28)]
    assert all(
        assert_accepted(part).split("\n\n")[part is parts[0]].startswith(f"{n[0]}. ")
        for part, n in zip(parts, numbers, strict=True)
    )
    assert [part.silent for part in parts] == [False, True, True, True]
    assert [part.reply_to_first for part in parts] == [False, True, True, True]
    assert ["/settings" in part.html for part in parts] == [False, False, False, True]


def test_a_few_papers_in_full_are_one_message_with_nothing_cut() -> None:
    (part,) = render_full(make_papers(2, new=INNOVATION_TEXT))

    assert "…" not in assert_accepted(part)
    assert assert_accepted(part).count("Main innovations") == 2
    assert "秘密的结果" not in assert_accepted(part)
    assert "<b>一项创新</b>" in part.html


@pytest.mark.parametrize("count", [1, 5, 20, 120])
def test_a_full_digest_is_shortened_rather_than_more_than_four_messages(count: int) -> None:
    parts = render_full(make_papers(count))

    shown = "".join(assert_accepted(part) for part in parts)
    assert len(parts) <= 4
    assert shown.count("Paper number") == count


def test_a_flood_in_full_takes_as_many_messages_as_its_titles_do() -> None:
    papers = make_papers(400)
    titles = replace(make_digest(papers), detail_level=DetailLevel.SHORT)

    parts = render_full(papers)

    assert len(parts) == len(make_renderer().render_digest(titles, {paper.id: paper for paper in papers})) > 4
    assert "".join(assert_accepted(part) for part in parts).count("Paper number") == 400


def test_innovations_with_more_style_than_a_quote_takes_keep_their_words() -> None:
    (part,) = render_full(make_papers(1, contribution="好。", new="**甲** 乙 " * 40))

    assert assert_accepted(part).count("甲 乙") == 40


def test_a_paper_told_by_its_innovations_does_not_say_them_twice() -> None:
    (part,) = render_full([make_paper("Bare", sections={Section.INNOVATIONS: INNOVATION_TEXT})])

    assert assert_accepted(part).count("一项创新") == 1


def test_a_digest_in_silence_makes_no_sound_at_all() -> None:
    digest = replace(seed_digest(DetailLevel.FULL), silent=True)

    parts = make_renderer().render_digest(digest, seed_papers_by_id())

    assert [part.silent for part in parts] == [True] * 4
    assert [part.reply_to_first for part in parts] == [False, True, True, True]


@pytest.mark.parametrize("layout", [DetailLevel.SHORT, DetailLevel.FULL])
def test_a_paper_that_a_keyword_brought_says_so(layout: DetailLevel) -> None:
    digest = replace(keyword_digest(list(seed_papers_by_id().values()), ("diffusion", "agentic")), detail_level=layout)

    parts = make_renderer().render_digest(digest, seed_papers_by_id())

    shown = "".join(assert_accepted(part) for part in parts)
    assert "Keywords: diffusion, agentic\n8 of 27 new papers" in shown
    assert shown.count("Keyword: diffusion ·") == 5
    assert shown.count("Keyword: agentic ·") == 3


def test_a_keyword_is_told_even_where_there_is_no_room_for_domains() -> None:
    papers = [replace(paper, domains=("nlp",)) for paper in make_papers(40)]
    digest = make_digest(papers, subscribed_domains=())
    picks = tuple(SelectedPaper(paper_id=paper.id, matched_keywords=("diffusion",)) for paper in papers)

    parts = make_renderer().render_digest(
        replace(digest, papers=picks, include_keywords=("diffusion",)), {paper.id: paper for paper in papers}
    )

    assert "".join(assert_accepted(part) for part in parts).count("Keyword: diffusion\n") >= 40
    assert "Language tasks" not in parts[0].html


def test_a_day_without_the_readers_keywords_says_so() -> None:
    digest = replace(empty_digest(EmptyReason.NONE_IN_DOMAINS, subscribed_domains=()), include_keywords=("diffusion",))

    (part,) = make_renderer().render_digest(digest, {})

    assert assert_accepted(part) == "Nothing with your keywords today, 27 papers in all."


@pytest.mark.parametrize("layout", DetailLevel)
def test_in_a_group_titles_lead_to_the_bot(layout: DetailLevel) -> None:
    classic = make_paper("A classic", id_="hep-th/9901001")
    papers = {**seed_papers_by_id(), classic.id: classic}
    digest = replace(make_digest(list(papers.values())), detail_level=layout)

    parts = make_renderer().render_digest(digest, papers, bot_username="paper_digest_bot")

    html = "".join(part.html for part in parts if assert_accepted(part))
    assert all(
        f'href="https://t.me/paper_digest_bot?start=p_{id_.replace(".", "-")}"' in html for id_ in seed_papers_by_id()
    )
    assert 'href="https://t.me/paper_digest_bot?start=p_hep-th_9901001"' in html
    assert "Tap a number for one sentence, or a title to read more." in html


@pytest.mark.parametrize("locale", Locale)
def test_the_same_paper_leads_to_arxiv_in_a_private_chat_and_to_the_bot_in_a_group(locale: Locale) -> None:
    digest = make_digest(list(seed_papers_by_id().values()), locale=locale)
    in_group = make_renderer().render_digest(digest, seed_papers_by_id(), bot_username="paper_digest_bot")

    in_private = make_renderer().render_digest(digest, seed_papers_by_id())

    assert "arxiv.org" not in in_group[0].html
    assert "t.me" not in in_private[0].html
