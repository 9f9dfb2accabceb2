"""Digests in Telegram as their readers want them: titles, short, full; silent; by keyword; in a group."""

from dataclasses import replace

import pytest

from digest.message import ChatPart
from digest.model import Digest, Layout, Locale, Nothing, Paper, Pick, Section
from tests.render.chats import a_paper, asked_for, quiet, renderer
from tests.render.mails import a_digest, seed
from tests.render.strict_telegram import accepted

FOLD = "<blockquote expandable>"
NEW = "**一项创新**：把复杂的问题化为简单的步骤，并在公开的数据集上验证。"


def of_seed(layout: Layout, *, follows: tuple[str, ...] | None = None) -> Digest:
    """Give the seed's digest in a layout."""
    return replace(a_digest(list(seed().values()), follows=follows), layout=layout)


def many(count: int, *, contribution: str = "提出了一种新的方法。" * 12, new: str = NEW * 12) -> list[Paper]:
    """Give so many made-up papers, with much to say."""
    sections = {Section.CONTRIBUTION: contribution, Section.INNOVATIONS: new, Section.RESULTS: "秘密的结果"}
    return [a_paper(f"Paper number {n}", id_=f"2601.{n:05}", sections=sections) for n in range(1, count + 1)]


def full(papers: list[Paper]) -> tuple[ChatPart, ...]:
    """Give the full digest of some papers."""
    digest = replace(a_digest(papers), layout=Layout.FULL)
    return renderer().digest(digest, {paper.id: paper for paper in papers})


def test_titles_are_numbered_and_linked_and_nothing_else() -> None:
    (part,) = renderer().digest(of_seed(Layout.TITLES), seed())

    lines = accepted(part).split("\n\n")[1].split("\n")
    assert lines == [f"{n}. {paper.title}" for n, paper in enumerate(seed().values(), 1)]
    assert part.html.count('<a href="https://arxiv.org/abs/') == 27
    assert len([button for row in part.keyboard for button in row]) == 27


def test_the_seeds_whole_day_in_full_is_four_messages_with_every_contribution_whole() -> None:
    parts = renderer().digest(of_seed(Layout.FULL), seed())

    shown = [accepted(part) for part in parts]
    assert len(parts) == 4
    assert sum(part.html.count(FOLD) for part in parts) == 27
    assert all(
        paper.sections[Section.CONTRIBUTION].strip()[:30].replace("*", "") in "".join(shown).replace("*", "")
        for paper in seed().values()
    )
    assert sum(map(len, shown)) > 10_000
    assert "Results" not in "".join(shown)


def test_the_messages_of_a_full_digest_have_their_own_numbers_and_answer_the_first_silently() -> None:
    parts = renderer().digest(of_seed(Layout.FULL), seed())

    numbers = [[button.text for row in part.keyboard for button in row] for part in parts]
    assert [number for part in numbers for number in part] == [str(n) for n in range(1, 28)]
    assert all(
        accepted(part).split("\n\n")[part is parts[0]].startswith(f"{n[0]}. ")
        for part, n in zip(parts, numbers, strict=True)
    )
    assert [part.silent for part in parts] == [False, True, True, True]
    assert [part.reply_to_first for part in parts] == [False, True, True, True]
    assert ["/settings" in part.html for part in parts] == [False, False, False, True]


def test_a_few_papers_in_full_are_one_message_with_nothing_cut() -> None:
    (part,) = full(many(2, new=NEW))

    assert "…" not in accepted(part)
    assert accepted(part).count("Main innovations") == 2
    assert "秘密的结果" not in accepted(part)
    assert "<b>一项创新</b>" in part.html


@pytest.mark.parametrize("count", [1, 5, 20, 40, 80, 120])
def test_a_full_digest_is_shortened_rather_than_more_than_four_messages(count: int) -> None:
    parts = full(many(count))

    shown = "".join(accepted(part) for part in parts)
    assert len(parts) <= 4
    assert shown.count("Paper number") == count


def test_a_flood_in_full_takes_as_many_messages_as_its_titles_do() -> None:
    papers = many(700)
    titles = replace(a_digest(papers), layout=Layout.SHORT)

    parts = full(papers)

    assert len(parts) == len(renderer().digest(titles, {paper.id: paper for paper in papers})) > 4
    assert "".join(accepted(part) for part in parts).count("Paper number") == 700


def test_innovations_with_more_style_than_a_quote_takes_keep_their_words() -> None:
    (part,) = full(many(1, contribution="好。", new="**甲** 乙 " * 40))

    assert accepted(part).count("甲 乙") == 40


def test_a_paper_told_by_its_innovations_does_not_say_them_twice() -> None:
    (part,) = full([a_paper("Bare", sections={Section.INNOVATIONS: NEW})])

    assert accepted(part).count("一项创新") == 1


def test_a_digest_in_silence_makes_no_sound_at_all() -> None:
    digest = replace(of_seed(Layout.FULL), silent=True)

    parts = renderer().digest(digest, seed())

    assert [part.silent for part in parts] == [True] * 4
    assert [part.reply_to_first for part in parts] == [False, True, True, True]


@pytest.mark.parametrize("layout", [Layout.SHORT, Layout.FULL])
def test_a_paper_that_a_keyword_brought_says_so(layout: Layout) -> None:
    digest = replace(asked_for(list(seed().values()), ("diffusion", "agentic")), layout=layout)

    parts = renderer().digest(digest, seed())

    shown = "".join(accepted(part) for part in parts)
    assert "Keywords: diffusion, agentic\n8 of 27 new papers" in shown
    assert shown.count("Keyword: diffusion ·") == 5
    assert shown.count("Keyword: agentic ·") == 3


def test_a_keyword_is_told_even_where_there_is_no_room_for_domains() -> None:
    papers = [replace(paper, domains=("nlp",)) for paper in many(40)]
    digest = a_digest(papers, follows=())
    picks = tuple(Pick(paper=paper.id, keywords=("diffusion",)) for paper in papers)

    parts = renderer().digest(
        replace(digest, picks=picks, include=("diffusion",)), {paper.id: paper for paper in papers}
    )

    assert "".join(accepted(part) for part in parts).count("Keyword: diffusion\n") >= 40
    assert "Language tasks" not in parts[0].html


def test_a_day_without_the_readers_keywords_says_so() -> None:
    digest = replace(quiet(Nothing.NONE_IN_DOMAINS, follows=()), include=("diffusion",))

    (part,) = renderer().digest(digest, {})

    assert accepted(part) == "Nothing with your keywords today, 27 papers in all."


@pytest.mark.parametrize("layout", Layout)
def test_in_a_group_titles_lead_to_the_bot(layout: Layout) -> None:
    classic = a_paper("A classic", id_="hep-th/9901001")
    papers = {**seed(), classic.id: classic}
    digest = replace(a_digest(list(papers.values())), layout=layout)

    parts = renderer().digest(digest, papers, bot="paper_digest_bot")

    html = "".join(part.html for part in parts if accepted(part))
    assert all(
        f'href="https://t.me/paper_digest_bot?start=p_{id_.replace(".", "-")}"' in html for id_ in seed()
    )
    assert 'href="https://t.me/paper_digest_bot?start=p_hep-th_9901001"' in html
    assert "Tap a number for one sentence, or a title to read more." in html


@pytest.mark.parametrize("locale", Locale)
def test_the_same_paper_leads_to_arxiv_in_a_private_chat_and_to_the_bot_in_a_group(locale: Locale) -> None:
    digest = a_digest(list(seed().values()), locale=locale)
    in_group = renderer().digest(digest, seed(), bot="paper_digest_bot")

    in_private = renderer().digest(digest, seed())

    assert "arxiv.org" not in in_group[0].html
    assert "t.me" not in in_private[0].html
