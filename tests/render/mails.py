"""Mails for tests: the seed's papers, a renderer, deliveries and digests of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from digest.domains import Taxonomy, load_taxonomy
from digest.links import LinkMaker, MailLinks
from digest.message import MailPart
from digest.model import (
    AddressCode,
    Announcement,
    Content,
    Delivery,
    Digest,
    Layout,
    Locale,
    Nothing,
    OptIn,
    Paper,
    Pick,
    Section,
    Target,
)
from digest.parse import parse_report
from digest.render.email import MailRenderer
from digest.render.mail_message import MailIdentity

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "email"
IDENTITY = MailIdentity(
    sender_name="Paper Digest",
    from_address="digest@example.org",
    list_domain="example.org",
    postal_address="Example Lab, 1 Main Street, 12345 Town",
)
SECRET = b"a key of thirty-two bytes, longer"
DAY = date(2026, 1, 24)
PUBLIC_URL = "https://digest.example.org"
TOKENS = ("kV3pYx0cT8aBqLw2Zr9uHg", "Jm5sD7fNe1oRtQyXi4vKbA")


def links(public_url: str = PUBLIC_URL) -> MailLinks:
    """Give the links of a made-up reader's mail."""
    unsubscribe, preferences = TOKENS
    maker = LinkMaker(public_url=public_url, secret=SECRET)
    return maker.mail(unsubscribe=unsubscribe, preferences=preferences, delivery=1, key="e1.n1")


@cache
def taxonomy() -> Taxonomy:
    """Give the seed's domains."""
    return load_taxonomy(ROOT / "seeds" / "taxonomy.tsv")


@cache
def seed() -> Mapping[str, Paper]:
    """Give the seed's papers by id, classified."""
    report = parse_report((ROOT / "seeds" / "2026-01-24.md").read_text(encoding="utf-8"))
    return {paper.id: replace(paper, domains=taxonomy().classify(paper)) for paper in report.papers}


@cache
def renderer() -> MailRenderer:
    """Give a renderer of the project's templates."""
    return MailRenderer.load(TEMPLATES, taxonomy=taxonomy(), identity=IDENTITY, secret=SECRET)


def a_paper(
    title: str,
    *,
    key: str = "2601.00001",
    read_from: str | None = None,
    sections: Mapping[Section, str] | None = None,
) -> Paper:
    """Give a made-up paper."""
    url = f"https://huggingface.co/papers/{key}"
    return Paper(id=key, title=title, url=url, read_from=read_from, sections=sections or {})


def a_digest(
    papers: Sequence[Paper], *, follows: tuple[str, ...] | None = None, locale: Locale = Locale.EN
) -> Digest:
    """Give the digest of those papers that have a followed domain."""
    mine = [paper for paper in papers if follows is None or set(follows) & set(paper.domains)]
    picks = [
        Pick(paper=paper.id, reasons=tuple(d for d in paper.domains if d in (follows or ())))
        for paper in mine
    ]
    return Digest(
        date=DAY,
        locale=locale,
        picks=tuple(picks),
        total=len(papers),
        follows=follows,
        nothing=None if picks else Nothing.NONE_IN_DOMAINS,
        next_at=datetime(2026, 1, 26, 7, tzinfo=UTC),
        zone="Europe/Berlin",
        since=date(2026, 1, 3),
    )


def a_delivery(
    content: Content, *, key: str = "edition-1-endpoint-1", to: str = "reader@example.com"
) -> Delivery:
    """Give the delivery of a content to an address."""
    return Delivery(
        id=1,
        key=key,
        endpoint=1,
        subscriber=1,
        target=Target.email(to),
        content=content,
        created_at=datetime(2026, 1, 24, 7, tzinfo=UTC),
    )


def mail(
    content: Content, papers: Mapping[str, Paper] | None = None, to: MailLinks | None = None
) -> MailPart:
    """Render any content with the project's templates; it leads ``to`` pages where there are some."""
    delivery = a_delivery(content)
    match content:
        case Digest():
            return renderer().digest(delivery, content, seed() if papers is None else papers, to)
        case Announcement():
            return renderer().announcement(delivery, content, to)
        case AddressCode():
            return renderer().address_code(delivery, content)
        case OptIn():
            return renderer().opt_in(delivery, content, f"{PUBLIC_URL}/c/{TOKENS[0]}")


@cache
def samples() -> Mapping[str, MailPart]:
    """Give one mail of each kind in each language, by name."""
    papers = list(seed().values())
    mails: dict[str, MailPart] = {}
    for locale in Locale:
        contents: dict[str, Content] = {
            "everything": a_digest(papers, locale=locale),
            "robotics": a_digest(papers, follows=("robotics",), locale=locale),
            "chosen": a_digest(papers, follows=("agents", "vision", "rl", "code", "robotics"), locale=locale),
            "titles": replace(a_digest(papers, locale=locale), layout=Layout.TITLES),
            "full": replace(a_digest(papers, locale=locale), layout=Layout.FULL),
            "keywords": replace(
                a_digest(papers[:3], follows=(), locale=locale),
                picks=tuple(Pick(paper=paper.id, keywords=("diffusion",)) for paper in papers[:6]),
                include=("diffusion", "agent memory"),
                total=len(papers),
                nothing=None,
            ),
            "quiet": a_digest(papers, follows=("nothing-has-it",), locale=locale),
            "news": Announcement(text=NEWS[locale], locale=locale),
            "notice": Announcement(text=NOTICE[locale], locale=locale, notice=True),
            "code": AddressCode(code="482913", minutes=15, locale=locale),
            "opt-in": OptIn(nonce="", hours=48, locale=locale),
        }
        mails |= {f"{name}-{locale}": mail(content, to=links()) for name, content in contents.items()}
        mails[f"no-pages-{locale}"] = mail(contents["robotics"])
    return mails


NEWS = {
    Locale.EN: "The bot moves on Sunday.\n\nFrom 22:00 to 23:00 nothing is sent, and nothing is lost.\n"
    "What changes is written at https://example.org/moving (two minutes to read).",
    Locale.ZH: "周日机器人搬家。\n\n22:00 至 23:00 暂停发送，不会丢失任何内容。\n详情请见 https://example.org/moving。",
}
"""An admin's words in both languages."""

NOTICE = {
    Locale.EN: "No report has come today. Is whoever writes them running?",
    Locale.ZH: "今天还没有收到报告。撰写报告的程序在运行吗？",
}
"""The program's words to an admin."""


def everything(locale: Locale = Locale.EN) -> Digest:
    """Give the digest of the whole seed day."""
    return a_digest(list(seed().values()), locale=locale)


def of(*papers: Paper) -> MailPart:
    """Render the digest of some papers."""
    return mail(a_digest(papers), {paper.id: paper for paper in papers})
