"""The mails that the instruments look at: every sample, and mails whose links are short or long."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.links import MailLinks
from digest.message import MailPart
from digest.model import Announcement, Content, Locale
from tests.render.mails import NEWS, a_digest, everything, links, mail, samples, seed

PUBLIC_URLS = (
    "https://d.example.io",
    "https://papers.example.org/lab/digest",
    "https://paper-digest.department.university.example.org/paper",
)
"""20, 37 and 60 characters; the links add 25 of their own to unsubscribe."""

NOT_OF_THE_LIST = ("code", "opt-in", "notice")
NO_PAGES = "no-pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A mail to look at, the pages that it leads to, and whether it belongs to the list."""

    part: MailPart
    links: MailLinks | None
    listed: bool = True


def specimens() -> Mapping[str, Specimen]:
    """Give the mails by name."""
    known = {
        name: Specimen(
            part=part,
            links=None if name.startswith((NO_PAGES, *NOT_OF_THE_LIST)) else links(),
            listed=not name.startswith(NOT_OF_THE_LIST),
        )
        for name, part in samples().items()
    }
    return known | {
        f"{name}-{len(url)}-{locale}": Specimen(part=part, links=links(url))
        for url in PUBLIC_URLS
        for locale in Locale
        for name, part in _leading_to(links(url), locale).items()
    }


def _leading_to(pages: MailLinks, locale: Locale) -> Mapping[str, MailPart]:
    """Give a mail of each kind that leads to such pages."""
    contents: Mapping[str, Content] = {
        "everything": everything(locale),
        "quiet": a_digest(list(seed().values()), follows=("nothing-has-it",), locale=locale),
        "news": Announcement(text=NEWS[locale], locale=locale),
    }
    return {name: mail(content, to=pages) for name, content in contents.items()}
