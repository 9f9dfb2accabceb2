"""Mails for tests: the seed's papers, a renderer, deliveries and digests of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from digest.model import (
    Announcement,
    Delivery,
    DeliveryContent,
    DetailLevel,
    Digest,
    EmptyReason,
    Locale,
    Paper,
    Section,
    SelectedPaper,
    SignupConfirmation,
    Target,
    VerificationCode,
)
from digest.model.links import EmailLinks, LinkBuilder
from digest.model.message import RenderedEmail
from digest.papers.domains import Taxonomy, load_taxonomy
from digest.papers.report import parse_report
from digest.render.email.mime import SenderIdentity
from digest.render.email.renderer import EmailRenderer

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates" / "email"
IDENTITY = SenderIdentity(
    sender_name="Paper Digest",
    from_address="digest@example.org",
    list_domain="example.org",
    postal_address="Example Lab, 1 Main Street, 12345 Town",
)
SECRET = b"a key of thirty-two bytes, longer"
DAY = date(2026, 1, 24)
PUBLIC_URL = "https://digest.example.org"
TOKENS = ("kV3pYx0cT8aBqLw2Zr9uHg", "Jm5sD7fNe1oRtQyXi4vKbA")


def make_links(public_url: str = PUBLIC_URL) -> EmailLinks:
    """Return the links of a made-up reader's mail."""
    unsubscribe, preferences = TOKENS
    maker = LinkBuilder(public_url=public_url, secret=SECRET)
    return maker.email_links(unsubscribe=unsubscribe, preferences=preferences, delivery=1, key="e1.n1")


@cache
def seed_taxonomy() -> Taxonomy:
    """Return the seed's domains."""
    return load_taxonomy(ROOT / "seeds" / "taxonomy.tsv")


@cache
def seed_papers_by_id() -> Mapping[str, Paper]:
    """Return the seed's papers by id, classified."""
    report = parse_report((ROOT / "seeds" / "2026-01-24.md").read_text(encoding="utf-8"))
    return {paper.id: replace(paper, domains=seed_taxonomy().classify(paper)) for paper in report.papers}


@cache
def make_renderer() -> EmailRenderer:
    """Return a renderer of the project's templates."""
    return EmailRenderer.load(TEMPLATES, taxonomy=seed_taxonomy(), identity=IDENTITY, secret=SECRET)


def make_paper(
    title: str, *, key: str = "2601.00001", read_from: str | None = None, sections: Mapping[Section, str] | None = None
) -> Paper:
    """Return a made-up paper."""
    url = f"https://huggingface.co/papers/{key}"
    return Paper(id=key, title=title, url=url, summary_source=read_from, sections=sections or {})


def make_digest(
    papers: Sequence[Paper], *, subscribed_domains: tuple[str, ...] | None = None, locale: Locale = Locale.EN
) -> Digest:
    """Return the digest of those papers that have a followed domain."""
    mine = [paper for paper in papers if subscribed_domains is None or set(subscribed_domains) & set(paper.domains)]
    picks = [
        SelectedPaper(
            paper_id=paper.id, matched_domains=tuple(d for d in paper.domains if d in (subscribed_domains or ()))
        )
        for paper in mine
    ]
    return Digest(
        date=DAY,
        locale=locale,
        papers=tuple(picks),
        candidate_count=len(papers),
        subscribed_domains=subscribed_domains,
        empty_reason=None if picks else EmptyReason.NONE_IN_DOMAINS,
        next_digest_at=datetime(2026, 1, 26, 7, tzinfo=UTC),
        timezone="Europe/Berlin",
        papers_since=date(2026, 1, 3),
    )


def make_delivery(
    content: DeliveryContent, *, key: str = "edition-1-endpoint-1", to: str = "reader@example.com"
) -> Delivery:
    """Return the delivery of a content to an address."""
    return Delivery(
        id=1,
        key=key,
        endpoint_id=1,
        subscriber_id=1,
        target=Target.email(to),
        content=content,
        created_at=datetime(2026, 1, 24, 7, tzinfo=UTC),
    )


def render_email(
    content: DeliveryContent, papers: Mapping[str, Paper] | None = None, public_url: EmailLinks | None = None
) -> RenderedEmail:
    """Render any content with the project's templates; it leads ``public_url`` pages where there are some."""
    delivery = make_delivery(content)
    match content:
        case Digest():
            return make_renderer().render_digest(
                delivery, content, seed_papers_by_id() if papers is None else papers, public_url
            )
        case Announcement():
            return make_renderer().render_announcement(delivery, content, public_url)
        case VerificationCode():
            return make_renderer().render_verification_code(delivery, content)
        case SignupConfirmation():
            return make_renderer().render_signup_confirmation(delivery, content, f"{PUBLIC_URL}/c/{TOKENS[0]}")


@cache
def sample_emails() -> Mapping[str, RenderedEmail]:
    """Return one mail of each kind in each language, by name."""
    papers = list(seed_papers_by_id().values())
    mails: dict[str, RenderedEmail] = {}
    for locale in Locale:
        contents: dict[str, DeliveryContent] = {
            "everything": make_digest(papers, locale=locale),
            "robotics": make_digest(papers, subscribed_domains=("robotics",), locale=locale),
            "chosen": make_digest(
                papers, subscribed_domains=("agents", "vision", "rl", "code", "robotics"), locale=locale
            ),
            "titles": replace(make_digest(papers, locale=locale), detail_level=DetailLevel.TITLES),
            "full": replace(make_digest(papers, locale=locale), detail_level=DetailLevel.FULL),
            "keywords": replace(
                make_digest(papers[:3], subscribed_domains=(), locale=locale),
                papers=tuple(SelectedPaper(paper_id=paper.id, matched_keywords=("diffusion",)) for paper in papers[:6]),
                include_keywords=("diffusion", "agent memory"),
                candidate_count=len(papers),
                empty_reason=None,
            ),
            "quiet": make_digest(papers, subscribed_domains=("nothing-has-it",), locale=locale),
            "news": Announcement(text=NEWS_TEXTS[locale], locale=locale),
            "notice": Announcement(text=NOTICE_TEXTS[locale], locale=locale, is_system=True),
            "code": VerificationCode(code="482913", valid_minutes=15, locale=locale),
            "opt-in": SignupConfirmation(nonce="", valid_hours=48, locale=locale),
        }
        mails |= {
            f"{name}-{locale}": render_email(content, public_url=make_links()) for name, content in contents.items()
        }
        mails[f"no-pages-{locale}"] = render_email(contents["robotics"])
    return mails


NEWS_TEXTS = {
    Locale.EN: "The bot moves on Sunday.\n\nFrom 22:00 to 23:00 nothing is sent, and nothing is lost.\n"
    "What changes is written at https://example.org/moving (two minutes to read).",
    Locale.ZH: "周日机器人搬家。\n\n22:00 至 23:00 暂停发送，不会丢失任何内容。\n详情请见 https://example.org/moving。",
}
"""An admin's words in both languages."""

NOTICE_TEXTS = {
    Locale.EN: "No report has arrived today. Is the report generator running?",
    Locale.ZH: "今天还没有收到报告。撰报告生成程序在运行吗？",
}
"""The program's words to an admin."""


def whole_seed_digest(locale: Locale = Locale.EN) -> Digest:
    """Return the digest of the whole seed day."""
    return make_digest(list(seed_papers_by_id().values()), locale=locale)


def render_papers(*papers: Paper) -> RenderedEmail:
    """Render the digest of some papers."""
    return render_email(make_digest(papers), {paper.id: paper for paper in papers})
