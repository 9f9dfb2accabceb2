"""The mails that the instruments look at: every sample, and mails whose links are short or long."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.model import Announcement, DeliveryContent, Locale
from digest.model.links import EmailLinks
from digest.model.message import RenderedEmail
from tests.render.email.sample_emails import (
    NEWS_TEXTS,
    make_digest,
    make_links,
    render_email,
    sample_emails,
    seed_papers_by_id,
    whole_seed_digest,
)

PUBLIC_URLS = (
    "https://d.example.io",
    "https://papers.example.org/lab/digest",
    "https://paper-digest.department.university.example.org/paper",
)
"""20, 37 and 60 characters; the links add 25 of their own to unsubscribe."""

TRANSACTIONAL_KINDS = ("code", "opt-in", "notice")
NO_PAGES = "no-pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEmail:
    """A mail to look at, the pages that it leads to, and whether it belongs to the list."""

    part: RenderedEmail
    links: EmailLinks | None
    is_bulk: bool = True


def all_samples() -> Mapping[str, SampleEmail]:
    """Return the mails by name."""
    known = {
        name: SampleEmail(
            part=part,
            links=None if name.startswith((NO_PAGES, *TRANSACTIONAL_KINDS)) else make_links(),
            is_bulk=not name.startswith(TRANSACTIONAL_KINDS),
        )
        for name, part in sample_emails().items()
    }
    return known | {
        f"{name}-{len(url)}-{locale}": SampleEmail(part=part, links=make_links(url))
        for url in PUBLIC_URLS
        for locale in Locale
        for name, part in _samples_linking_to(make_links(url), locale).items()
    }


def _samples_linking_to(pages: EmailLinks, locale: Locale) -> Mapping[str, RenderedEmail]:
    """Return a mail of each kind that leads to such pages."""
    contents: Mapping[str, DeliveryContent] = {
        "everything": whole_seed_digest(locale),
        "quiet": make_digest(list(seed_papers_by_id().values()), subscribed_domains=("nothing-has-it",), locale=locale),
        "news": Announcement(text=NEWS_TEXTS[locale], locale=locale),
    }
    return {name: render_email(content, public_url=pages) for name, content in contents.items()}
