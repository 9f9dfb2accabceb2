"""Mails as readers get them: what is in a digest, and what it may weigh."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from digest.model import DetailLevel, Digest, Locale, Section
from digest.render.email.context import EmailContext
from digest.render.email.digest_entry import EmailEntry, EmailEntryRenderer
from digest.render.email.renderer import MAX_HTML_BYTES
from digest.render.email.templates import load_email_templates
from tests.render.email.golden_emails import FILE_NAMES, GOLDEN, golden_emails
from tests.render.email.sample_emails import (
    IDENTITY,
    TEMPLATES,
    make_delivery,
    make_digest,
    make_links,
    make_paper,
    make_renderer,
    render_email,
    render_papers,
    seed_papers_by_id,
    seed_taxonomy,
    whole_seed_digest,
)
from tests.render.email.visible_text import VisibleText


@pytest.mark.parametrize("name", FILE_NAMES)
def test_mails_look_as_they_were_reviewed(name: str) -> None:
    """Written again by ``python -m tests.render.email.golden_emails``."""
    assert golden_emails()[name] == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("locale", list(Locale))
def test_the_seed_day_fits_into_sixty_thousand_bytes_with_a_sentence_for_each_paper(locale: Locale) -> None:
    part = render_email(whole_seed_digest(locale))

    assert len(part.html.replace("\n", "\r\n").encode()) <= 60_000
    assert part.html.count('lang="zh" style="font-size:16px') == len(seed_papers_by_id()) == 27
    assert all(f"https://arxiv.org/abs/{paper}" in part.html for paper in seed_papers_by_id())


def test_a_hostile_day_stays_below_the_size_at_which_mailboxes_cut() -> None:
    long = {
        f"2601.{at:05}": replace(
            paper,
            id=f"2601.{at:05}",
            title=paper.title * 10,
            sections={section: text * 10 for section, text in paper.sections.items()},
        )
        for at, paper in enumerate([*seed_papers_by_id().values()] * 3)
    }

    part = render_email(make_digest(list(long.values())[:75]), long)

    assert len(part.html.replace("\n", "\r\n").encode()) <= MAX_HTML_BYTES
    assert len(VisibleText(part.html).open_tags) == 0


def test_every_paper_of_the_greatest_day_is_in_the_mail() -> None:
    papers = [replace(paper, id=f"2601.{at:05}") for at, paper in enumerate([*seed_papers_by_id().values()] * 3)][:75]

    part = render_email(
        make_digest(papers, subscribed_domains=seed_taxonomy().slugs), {paper.id: paper for paper in papers}
    )

    assert all(f"/abs/{paper.id}" in part.html and f"/abs/{paper.id}\n" in part.text for paper in papers)
    assert "did not fit" not in part.html
    assert len(part.html.encode()) <= MAX_HTML_BYTES


def test_a_digest_that_was_too_big_once_shows_the_titles_and_is_half_as_big() -> None:
    digest = make_digest(list(seed_papers_by_id().values()))
    delivery = make_delivery(digest)

    whole = make_renderer().render_digest(delivery, digest, seed_papers_by_id())
    shorter = make_renderer().render_digest(replace(delivery, shortened=True), digest, seed_papers_by_id())

    assert all(f"/abs/{key}" in shorter.html and f"/abs/{key}\n" in shorter.text for key in seed_papers_by_id())
    assert len(shorter.raw) < len(whole.raw) / 2
    assert shorter.message_id == whole.message_id


def test_a_flood_of_papers_is_counted_where_it_does_not_fit() -> None:
    papers = {f"26{at:02}.{n:05}": make_paper("T" * 200) for at in range(10) for n in range(60)}
    flood = {key: replace(paper, id=key) for key, paper in papers.items()}

    part = render_email(make_digest(list(flood.values())), flood)
    shown = sum(f"/abs/{key}" in part.html for key in flood)

    assert len(part.html.encode()) <= MAX_HTML_BYTES
    assert f"{600 - shown} more papers did not fit into this email." in VisibleText(part.html).text
    assert sum(f"/abs/{key}\n" in part.text for key in flood) == shown
    assert "https://huggingface.co/papers/date/2026-01-24" in part.text


@pytest.mark.parametrize("follows", [None, ("robotics",), ("agents", "vision", "rl", "code")])
def test_both_parts_hold_the_same_papers_and_the_same_links(follows: tuple[str, ...] | None) -> None:
    digest = make_digest(list(seed_papers_by_id().values()), subscribed_domains=follows)

    part = render_email(digest)

    web = {link for link in VisibleText(part.html).links if link.startswith("http")}
    assert web >= {f"https://arxiv.org/abs/{pick.paper_id}" for pick in digest.papers}
    assert web <= set(re.findall(r"https?://[^\s<>（）]+[^\s<>（）.,。]", part.text))
    assert {f"mailto:{IDENTITY.from_address}?subject=unsubscribe"} == set(VisibleText(part.html).links) - web
    for pick in digest.papers:
        assert seed_papers_by_id()[pick.paper_id].title in part.text
        assert seed_papers_by_id()[pick.paper_id].title in VisibleText(part.html).text


def test_a_few_papers_are_shown_whole_with_their_sections() -> None:
    part = render_email(make_digest(list(seed_papers_by_id().values()), subscribed_domains=("robotics",)))

    for name in ("What is new", "Results", "How to use it"):
        assert name in VisibleText(part.html).text
        assert f"[{name}]" in part.text
    assert "**" not in part.html
    assert "**" not in part.text


def test_the_reason_why_a_paper_is_there_stands_in_words_before_its_other_domains() -> None:
    part = render_email(make_digest(list(seed_papers_by_id().values()), subscribed_domains=("robotics",)))

    text = VisibleText(part.html).text
    assert "Your domains: Robotics" in text
    assert text.index("Your domains: Robotics") < text.index("Also: ")
    assert "4 for you: Robotics" in text.split("For you")[0]


def test_a_summary_written_from_the_abstract_says_so() -> None:
    from_abstract = render_papers(make_paper("A title", read_from="ArXiv Abs", sections={Section.CONTRIBUTION: "贡献"}))
    from_paper = render_papers(make_paper("A title", read_from="HTML", sections={Section.CONTRIBUTION: "贡献"}))

    assert "Summary written from the abstract only." in from_abstract.html
    assert "Summary written from the abstract only." in from_abstract.text
    assert "abstract only" not in from_paper.html


def test_a_digest_says_why_it_came_how_to_end_it_and_when_the_next_one_comes() -> None:
    part = render_email(make_digest(list(seed_papers_by_id().values()), subscribed_domains=("robotics", "agents")))

    for text in (VisibleText(part.html).text, part.text):
        assert "since 3 January 2026" in text
        assert "“AI agents & tool use”" in text
        assert text.index("Unsubscribe") < text.index("Your domains: ")
        assert "send /email off to the bot in Telegram" in text
        assert "Mon 26 Jan, 08:00 (Europe/Berlin)" in text
        assert "Example Lab, 1 Main Street, 12345 Town" in text


def test_a_subject_tells_how_many_papers_of_which_domain_and_day() -> None:
    papers = list(seed_papers_by_id().values())

    english = render_email(make_digest(papers, subscribed_domains=("robotics",))).subject
    chinese = render_email(make_digest(papers, subscribed_domains=("robotics",), locale=Locale.ZH)).subject

    assert english.startswith("4 new papers · Robotics")
    assert english.endswith(" · 24 January")
    assert chinese.startswith("4 篇新论文 · 机器人")
    assert chinese.endswith(" · 1月24日")


def test_what_a_reader_left_out_by_choice_is_counted() -> None:
    digest = replace(whole_seed_digest(), omitted_count=2)

    part = render_email(digest)

    assert "2 more papers match your choices but exceed your maximum." in part.text
    assert "2 more papers match your choices but exceed your maximum." in part.html


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("follows", [None, ("robotics",), ("agents", "vision", "rl", "code")])
def test_the_join_of_pieces_equals_the_whole_render(locale: Locale, follows: tuple[str, ...] | None) -> None:
    digest = make_digest(list(seed_papers_by_id().values()), subscribed_domains=follows, locale=locale)
    layout = DetailLevel.FULL if len(digest.papers) <= 5 else DetailLevel.SHORT

    part = render_email(digest, public_url=make_links())

    whole_html, whole_text = render_unsplit(digest, layout)
    assert without_padding(part.html) == without_padding(whole_html)
    assert without_padding(part.text) == without_padding(whole_text)


def render_unsplit(digest: Digest, layout: DetailLevel) -> tuple[str, str]:
    """Render both templates in one go, without any piece."""
    sheet = load_email_templates(TEMPLATES, IDENTITY)[digest.locale].digest
    pieces = EmailEntryRenderer(load_email_templates(TEMPLATES, IDENTITY), seed_taxonomy(), print)
    entries = [
        EmailEntry.from_selected(pick, seed_papers_by_id()[pick.paper_id], digest.locale) for pick in digest.papers
    ]
    words = EmailContext(identity=IDENTITY, domain_names=seed_taxonomy()).digest(
        digest, [entry.title for entry in entries[:4]], 0, make_links()
    )

    def render_template(*, plain: bool) -> Mapping[str, object]:
        views = [pieces.paper_view(entry, layout, plain=plain) for entry in entries]
        return {**words, "papers": [replace(view, number=str(at)) for at, view in enumerate(views, 1)]}

    return sheet.html.full.render(render_template(plain=False)), sheet.text.full.render(render_template(plain=True))


def without_padding(text: str) -> str:
    """Take out the blanks that fill a piece up to whole base64 lines."""
    return re.sub(r" +(?=\n|$)", "", re.sub(r" +<", "<", text))


def test_readers_of_the_same_papers_share_everything_but_their_own_lines() -> None:
    digest = whole_seed_digest()
    first = render_email(digest)

    second = render_email(replace(digest, papers_since=date(2025, 12, 31), timezone="Asia/Shanghai"))

    assert second.html != first.html
    assert (
        second.html.partition(">1</b>")[2].partition("The next digest")[0]
        == (first.html.partition(">1</b>")[2].partition("The next digest")[0])
    )


@pytest.mark.parametrize("locale", list(Locale))
def test_mail_names_its_language_and_marks_chinese_summaries(locale: Locale) -> None:
    part = render_email(whole_seed_digest(locale))

    assert f'<html lang="{locale}"' in part.html
    assert '<div class="soft" lang="zh"' in part.html
    assert f"Content-Language: {locale}".encode() in part.raw


def test_mail_fetches_nothing_and_its_tables_are_for_the_eye_alone() -> None:
    part = render_email(whole_seed_digest())

    assert not re.search(r"<(img|link|script|iframe)|url\(|@import|src=", part.html)
    assert part.html.count("<table") == part.html.count('role="presentation"')


def test_no_letter_is_smaller_than_fourteen_pixels() -> None:
    for size in re.findall(r"font-size:(\d+)px|font:\d+ (\d+)px", render_email(whole_seed_digest()).html):
        pixels = int(size[0] or size[1])
        assert pixels in {0, 1} or pixels >= 14, "0 and 1 hide the gaps of tables and the preheader"
