"""Mails as readers get them: what is in a digest, and what it may weigh."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from digest.model import Digest, Layout, Locale, Section
from digest.render.email import MOST_BYTES
from digest.render.mail_pieces import Entry, MailPieces
from digest.render.mail_sheets import load_sheets
from digest.render.mail_words import MailWords
from tests.render.golden_mails import GOLDEN, NAMES, golden
from tests.render.mails import (
    IDENTITY,
    TEMPLATES,
    a_delivery,
    a_digest,
    a_paper,
    everything,
    links,
    mail,
    of,
    renderer,
    seed,
    taxonomy,
)
from tests.render.reading import Reading


@pytest.mark.parametrize("name", NAMES)
def test_mails_look_as_they_were_reviewed(name: str) -> None:
    """Written again by ``python -m tests.render.golden_mails``."""
    assert golden()[name] == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", list(Locale))
def test_the_seed_day_fits_into_sixty_thousand_bytes_with_a_sentence_for_each_paper(locale: Locale) -> None:
    part = mail(everything(locale))

    assert len(part.html.replace("\n", "\r\n").encode()) <= 60_000
    assert part.html.count('lang="zh" style="font-size:16px') == len(seed()) == 27
    assert all(f"https://arxiv.org/abs/{paper}" in part.html for paper in seed())


def test_a_hostile_day_stays_below_the_size_at_which_mailboxes_cut() -> None:
    long = {
        f"2601.{at:05}": replace(
            paper,
            id=f"2601.{at:05}",
            title=paper.title * 10,
            sections={section: text * 10 for section, text in paper.sections.items()},
        )
        for at, paper in enumerate([*seed().values()] * 3)
    }

    part = mail(a_digest(list(long.values())[:75]), long)

    assert len(part.html.replace("\n", "\r\n").encode()) <= MOST_BYTES
    assert len(Reading(part.html).open) == 0


def test_every_paper_of_the_greatest_day_is_in_the_mail() -> None:
    papers = [replace(paper, id=f"2601.{at:05}") for at, paper in enumerate([*seed().values()] * 3)][:75]

    part = mail(a_digest(papers, follows=taxonomy().slugs), {paper.id: paper for paper in papers})

    assert all(f"/abs/{paper.id}" in part.html and f"/abs/{paper.id}\n" in part.text for paper in papers)
    assert "did not fit" not in part.html
    assert len(part.html.encode()) <= MOST_BYTES


def test_a_digest_that_was_too_big_once_shows_the_titles_and_is_half_as_big() -> None:
    digest = a_digest(list(seed().values()))
    delivery = a_delivery(digest)

    whole = renderer().digest(delivery, digest, seed())
    shorter = renderer().digest(replace(delivery, shorter=True), digest, seed())

    assert all(f"/abs/{key}" in shorter.html and f"/abs/{key}\n" in shorter.text for key in seed())
    assert len(shorter.raw) < len(whole.raw) / 2
    assert shorter.message_id == whole.message_id


def test_a_flood_of_papers_is_counted_where_it_does_not_fit() -> None:
    papers = {f"26{at:02}.{n:05}": a_paper("T" * 200) for at in range(10) for n in range(60)}
    flood = {key: replace(paper, id=key) for key, paper in papers.items()}

    part = mail(a_digest(list(flood.values())), flood)
    shown = sum(f"/abs/{key}" in part.html for key in flood)

    assert len(part.html.encode()) <= MOST_BYTES
    assert f"{600 - shown} more papers did not fit into this mail." in Reading(part.html).text
    assert sum(f"/abs/{key}\n" in part.text for key in flood) == shown
    assert "https://huggingface.co/papers/date/2026-01-24" in part.text


@pytest.mark.parametrize("follows", [None, ("robotics",), ("agents", "vision", "rl", "code")])
def test_both_parts_hold_the_same_papers_and_the_same_links(follows: tuple[str, ...] | None) -> None:
    digest = a_digest(list(seed().values()), follows=follows)

    part = mail(digest)

    web = {link for link in Reading(part.html).links if link.startswith("http")}
    assert web >= {f"https://arxiv.org/abs/{pick.paper}" for pick in digest.picks}
    assert web <= set(re.findall(r"https?://[^\s<>（）]+[^\s<>（）.,。]", part.text))
    assert {f"mailto:{IDENTITY.from_address}?subject=unsubscribe"} == set(Reading(part.html).links) - web
    for pick in digest.picks:
        assert seed()[pick.paper].title in part.text
        assert seed()[pick.paper].title in Reading(part.html).text


def test_a_few_papers_are_shown_whole_with_their_sections() -> None:
    part = mail(a_digest(list(seed().values()), follows=("robotics",)))

    for name in ("What is new", "Results", "How to use it"):
        assert name in Reading(part.html).text
        assert f"[{name}]" in part.text
    assert "**" not in part.html
    assert "**" not in part.text


def test_the_reason_why_a_paper_is_there_stands_in_words_before_its_other_domains() -> None:
    part = mail(a_digest(list(seed().values()), follows=("robotics",)))

    text = Reading(part.html).text
    assert "For you: Robotics" in text
    assert text.index("For you: Robotics") < text.index("Also: ")
    assert "4 for you: Robotics" in text.split("For you")[0]


def test_a_summary_written_from_the_abstract_says_so() -> None:
    from_abstract = of(a_paper("A title", read_from="ArXiv Abs", sections={Section.CONTRIBUTION: "贡献"}))
    from_paper = of(a_paper("A title", read_from="HTML", sections={Section.CONTRIBUTION: "贡献"}))

    assert "Summary written from the abstract only." in from_abstract.html
    assert "Summary written from the abstract only." in from_abstract.text
    assert "abstract only" not in from_paper.html


def test_a_digest_says_why_it_came_how_to_end_it_and_when_the_next_one_comes() -> None:
    part = mail(a_digest(list(seed().values()), follows=("robotics", "agents")))

    for text in (Reading(part.html).text, part.text):
        assert "since 3 January 2026" in text
        assert "“AI agents & tool use”" in text
        assert text.index("Unsubscribe") < text.index("For you: ")
        assert "send /email off to the bot in Telegram" in text
        assert "Mon 26 Jan, 08:00 (Europe/Berlin)" in text
        assert "Example Lab, 1 Main Street, 12345 Town" in text


def test_a_subject_tells_how_many_papers_of_which_domain_and_day() -> None:
    papers = list(seed().values())

    english = mail(a_digest(papers, follows=("robotics",))).subject
    chinese = mail(a_digest(papers, follows=("robotics",), locale=Locale.ZH)).subject

    assert english.startswith("4 new papers · Robotics")
    assert english.endswith(" · 24 January")
    assert chinese.startswith("4 篇新论文 · 机器人")
    assert chinese.endswith(" · 1月24日")


def test_what_a_reader_left_out_by_choice_is_counted() -> None:
    digest = replace(everything(), left_out=2)

    part = mail(digest)

    assert "2 more papers are for you, beyond the most that you asked for." in part.text
    assert "2 more papers are for you, beyond the most that you asked for." in part.html


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("follows", [None, ("robotics",), ("agents", "vision", "rl", "code")])
def test_the_join_of_pieces_equals_the_whole_render(locale: Locale, follows: tuple[str, ...] | None) -> None:
    digest = a_digest(list(seed().values()), follows=follows, locale=locale)
    layout = Layout.FULL if len(digest.picks) <= 5 else Layout.SHORT

    part = mail(digest, to=links())

    whole_html, whole_text = rendered_whole(digest, layout)
    assert squeezed(part.html) == squeezed(whole_html)
    assert squeezed(part.text) == squeezed(whole_text)


def rendered_whole(digest: Digest, layout: Layout) -> tuple[str, str]:
    """Render both templates in one go, without any piece."""
    sheet = load_sheets(TEMPLATES, IDENTITY)[digest.locale].digest
    pieces = MailPieces(load_sheets(TEMPLATES, IDENTITY), taxonomy(), print)
    entries = [Entry.of(pick, seed()[pick.paper], digest.locale) for pick in digest.picks]
    words = MailWords(identity=IDENTITY, names=taxonomy()).digest(
        digest, [entry.title for entry in entries[:4]], 0, links()
    )

    def whole(*, plain: bool) -> Mapping[str, object]:
        views = [pieces.view(entry, layout, plain=plain) for entry in entries]
        return {**words, "papers": [replace(view, number=str(at)) for at, view in enumerate(views, 1)]}

    return sheet.html.whole.render(whole(plain=False)), sheet.text.whole.render(whole(plain=True))


def squeezed(text: str) -> str:
    """Take out the blanks that fill a piece up to whole base64 lines."""
    return re.sub(r" +(?=\n|$)", "", re.sub(r" +<", "<", text))


def test_readers_of_the_same_papers_share_everything_but_their_own_lines() -> None:
    digest = everything()
    first = mail(digest)

    second = mail(replace(digest, since=date(2025, 12, 31), zone="Asia/Shanghai"))

    assert second.html != first.html
    assert (
        second.html.partition(">1</b>")[2].partition("The next digest")[0]
        == (first.html.partition(">1</b>")[2].partition("The next digest")[0])
    )


@pytest.mark.parametrize("locale", list(Locale))
def test_mail_names_its_language_and_marks_chinese_summaries(locale: Locale) -> None:
    part = mail(everything(locale))

    assert f'<html lang="{locale}"' in part.html
    assert '<div class="soft" lang="zh"' in part.html
    assert f"Content-Language: {locale}".encode() in part.raw


def test_mail_fetches_nothing_and_its_tables_are_for_the_eye_alone() -> None:
    part = mail(everything())

    assert not re.search(r"<(img|link|script|iframe)|url\(|@import|src=", part.html)
    assert part.html.count("<table") == part.html.count('role="presentation"')


def test_no_letter_is_smaller_than_fourteen_pixels() -> None:
    for size in re.findall(r"font-size:(\d+)px|font:\d+ (\d+)px", mail(everything()).html):
        pixels = int(size[0] or size[1])
        assert pixels in {0, 1} or pixels >= 14, "0 and 1 hide the gaps of tables and the preheader"
