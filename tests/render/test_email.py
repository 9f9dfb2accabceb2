"""Mails as readers get them: what is in them, what they may weigh, and what strangers' text cannot do."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from digest.message import MailPart
from digest.model import AddressCode, Announcement, Digest, Locale, Nothing, Paper, Section
from digest.render.email import MOST_BYTES, MailRenderer
from digest.render.layout import Layout
from digest.render.mail_pieces import Entry, MailPieces
from digest.render.mail_sheets import load_sheets
from digest.render.mail_words import MailWords
from tests.render.golden_mails import GOLDEN, golden
from tests.render.mails import (
    IDENTITY,
    NEWS,
    SECRET,
    TEMPLATES,
    a_delivery,
    a_digest,
    a_paper,
    mail,
    seed,
    taxonomy,
)

HOSTILE = [
    "line\u2028end\u0085and\x0bmore\x00nul",
    "1<2 & 3>2",
    "]]> <!-- <![endif]-->",
    "{{ 7*7 }}{% endfor %}",
    "</mj-text></div></td><script>alert(1)</script>",
    '" onmouseover="x',
    "\u202eright to left\u2066",
    "\ufdd0 number \ud800",
    "=?utf-8?q?x?= \r\nBcc: x@y.z",
]


class Reading(HTMLParser):
    """What a reader sees of a mail: its words, its links, and the elements that are open at the end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "br", "hr", "img"}:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]
        self.attributes |= {name for name, _ in attrs}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        """Give all words in one line."""
        return " ".join("".join(self.words).split())


def everything(locale: Locale = Locale.EN) -> Digest:
    """Give the digest of the whole seed day."""
    return a_digest(list(seed().values()), locale=locale)


def of(*papers: Paper) -> MailPart:
    """Render the digest of some papers."""
    return mail(a_digest(papers), {paper.id: paper for paper in papers})


@pytest.mark.parametrize("name", sorted(golden()))
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


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("nothing", list(Nothing))
def test_a_digest_without_papers_says_why(nothing: Nothing, locale: Locale) -> None:
    digest = replace(a_digest([], locale=locale), nothing=nothing, follows=(), total=3)

    others = {mail(replace(digest, nothing=other)).subject for other in Nothing if other is not nothing}
    part = mail(digest)

    assert part.subject not in others
    assert part.subject.split(" · ")[0] in part.text
    assert part.subject.split(" · ")[0] in Reading(part.html).text


def test_a_digest_before_the_first_report_has_no_day() -> None:
    digest = replace(a_digest([]), nothing=Nothing.NO_REPORT_YET, date=None, next_at=None, since=None)

    part = mail(digest)

    assert part.subject == "No report has come yet"
    assert "None" not in part.html
    assert "None" not in part.text


def test_what_a_reader_left_out_by_choice_is_counted() -> None:
    digest = replace(everything(), left_out=2)

    part = mail(digest)

    assert "2 more papers are for you, beyond the most that you asked for." in part.text
    assert "2 more papers are for you, beyond the most that you asked for." in part.html


def test_a_paper_that_the_archive_lacks_costs_one_line_and_is_told() -> None:
    told: list[str] = []
    renderer = MailRenderer.load(
        TEMPLATES, taxonomy=taxonomy(), identity=IDENTITY, secret=SECRET, tell=told.append
    )
    digest = everything()
    papers = {key: paper for key, paper in seed().items() if key != "2601.15876"}

    part = renderer.digest(a_delivery(digest), digest, papers)

    for text in (Reading(part.html).text, part.text):
        assert text.count("This paper could not be shown.") == 1
    assert "https://arxiv.org/abs/2601.15876" in part.html
    assert "https://arxiv.org/abs/2601.15876" in part.text
    assert told == ["paper 2601.15876 could not be shown: LookupError: not in the archive"]


def test_a_paper_that_cannot_be_rendered_costs_one_line() -> None:
    class Unreadable(dict[Section, str]):
        """Sections whose text makes the renderer raise."""

        def items(self) -> object:  # type: ignore[override]
            return [(Section.CONTRIBUTION, Torn())]

    class Torn(str):
        """A text that cannot be looked at."""

        __slots__ = ()

        def strip(self, _signs: str | None = None, /) -> str:
            raise ValueError("torn")

    part = of(a_paper("Fine"), a_paper("Torn", key="2601.00002", sections=Unreadable({Section.AREA: ""})))

    assert part.text.count("This paper could not be shown.") == 1
    assert "Fine" in part.html
    assert "https://arxiv.org/abs/2601.00002" in part.html


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_neither_breaks_a_mail_nor_gets_into_its_code(title: str) -> None:
    text = f"{title}\n\n* {title}\n"
    paper = a_paper(title, sections=dict.fromkeys(Section, text))

    part = of(paper, *(a_paper("Other", key=f"2601.0001{at}") for at in range(4)))

    reading = Reading(part.html)
    assert not reading.open
    assert "script" not in reading.tags
    assert "onmouseover" not in reading.attributes
    assert "49" not in part.text.partition("arXiv")[0]
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part.html
    )
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part.text
    )
    assert b"\nBcc" not in part.raw
    assert reading.text.count("Other") >= 4


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("follows", [None, ("robotics",), ("agents", "vision", "rl", "code")])
def test_the_join_of_pieces_equals_the_whole_render(locale: Locale, follows: tuple[str, ...] | None) -> None:
    digest = a_digest(list(seed().values()), follows=follows, locale=locale)
    layout = Layout.FULL if len(digest.picks) <= 5 else Layout.SHORT

    part = mail(digest)

    whole_html, whole_text = rendered_whole(digest, layout)
    assert squeezed(part.html) == squeezed(whole_html)
    assert squeezed(part.text) == squeezed(whole_text)


def rendered_whole(digest: Digest, layout: Layout) -> tuple[str, str]:
    """Render both templates in one go, without any piece."""
    sheet = load_sheets(TEMPLATES, IDENTITY)[digest.locale].digest
    pieces = MailPieces(load_sheets(TEMPLATES, IDENTITY), taxonomy(), print)
    entries = [Entry.of(pick, seed()[pick.paper], digest.locale) for pick in digest.picks]
    words = MailWords(identity=IDENTITY, names=taxonomy()).digest(
        digest, [entry.title for entry in entries[:4]], 0
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


def test_an_announcement_is_sent_as_written_with_its_addresses_as_links() -> None:
    text = f"{NEWS[Locale.EN]}\n\n<b>not bold</b> **nor this** {{{{ 7*7 }}}} (see https://example.org/a_(b))."

    part = mail(Announcement(text=text))

    assert text in part.text
    assert "<b>not bold</b> **nor this** {{ 7*7 }}" in Reading(part.html).text
    assert {"https://example.org/moving", "https://example.org/a_(b))"} <= set(Reading(part.html).links)
    assert part.subject == "Paper Digest: The bot moves on Sunday."


def test_the_mail_with_the_code_says_what_to_do_with_it_and_belongs_to_no_list() -> None:
    part = mail(AddressCode(code="482913", minutes=15))

    for text in (Reading(part.html).text, part.text):
        assert "/email 482913" in text
        assert "15 minutes" in text
        assert "ignore this mail" in text
    assert b"\r\nList-" not in part.raw
    assert "nsubscribe" not in part.html + part.text


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
