"""Deep links: what ``https://t.me/<bot>?start=<payload>`` opens, there and back.

A payload has at most 64 of ``A-Za-z0-9_-`` (https://core.telegram.org/bots/features#deep-linking), so that an
arXiv id travels with a hyphen for its dot: ``p_2601-15876``, ``p_hep-th_9901001``, ``s_robotics``,
``d_2026-01-24``, ``q_`` and a search in base64. Whatever comes back is input: what does not fit is None.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from digest.arxiv import find_arxiv_id

LONGEST = 64
HELLO = "inline"
"""The payload that only opens the chat."""

_PAYLOAD = re.compile(r"([psdq])_([A-Za-z0-9_-]{1,62})")
_NEW_ID = re.compile(r"([0-9]{4})-([0-9]{4,5})")
_SLUG = re.compile(r"[a-z0-9-]+")


class Opens(StrEnum):
    """What a link opens."""

    PAPER = "p"
    """A paper, by its arXiv id."""
    DOMAIN = "s"
    """A domain to follow, by its slug."""
    DAY = "d"
    """The digest of a report's date."""
    SEARCH = "q"
    """A search."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What a payload says: an arXiv id, a slug, a date in ISO form, or the words of a search."""

    opens: Opens
    value: str


def to_paper(paper: str) -> str | None:
    """Give the payload of a paper, None for an id that is none."""
    found = find_arxiv_id(paper)
    if found is None or found.id != paper:
        return None
    return _payload(Opens.PAPER, paper.replace(".", "-").replace("/", "_"))


def to_domain(slug: str) -> str | None:
    """Give the payload that follows a domain, None for a slug that no payload can carry."""
    return _payload(Opens.DOMAIN, slug) if _SLUG.fullmatch(slug) else None


def to_day(day: date) -> str:
    """Give the payload of a day's digest."""
    return f"{Opens.DAY}_{day.isoformat()}"


def to_search(words: str) -> str | None:
    """Give the payload of a search, without the last words where they do not fit; None where none fits."""
    kept = words.split()
    while kept:
        if payload := _payload(Opens.SEARCH, _packed(" ".join(kept))):
            return payload
        kept.pop()
    return None


def address(bot: str, payload: str) -> str:
    """Give the link that opens the private chat with a bot, by its username, and says the payload there."""
    return f"https://t.me/{bot}?start={payload}"


def paper_address(bot: str, paper: str) -> str | None:
    """Give the link that opens a paper in the private chat with a bot, None for an id that is none."""
    payload = to_paper(paper)
    return address(bot, payload) if payload else None


def read(payload: str) -> Linked | None:
    """Give what a payload says, None where it is not ours or makes no sense; never raises."""
    form = _PAYLOAD.fullmatch(payload)
    if form is None:
        return None
    opens = Opens(form[1])
    value = _READERS[opens](form[2])
    return Linked(opens, value) if value else None


def looks_like_ours(payload: str) -> bool:
    """Tell whether a payload begins as ours do, whether or not it makes sense."""
    return payload[:2] in {f"{opens}_" for opens in Opens}


def _payload(opens: Opens, value: str) -> str | None:
    payload = f"{opens}_{value}"
    return payload if len(payload) <= LONGEST else None


def _packed(words: str) -> str:
    return urlsafe_b64encode(words.encode(errors="replace")).decode().rstrip("=")


def _paper(value: str) -> str | None:
    new = _NEW_ID.fullmatch(value)
    paper = f"{new[1]}.{new[2]}" if new else value.replace("_", "/")
    found = find_arxiv_id(paper)
    return paper if found and found.id == paper else None


def _domain(value: str) -> str | None:
    return value if _SLUG.fullmatch(value) else None


def _day(value: str) -> str | None:
    with suppress(ValueError):
        return date.fromisoformat(value).isoformat()
    return None


def _search(value: str) -> str | None:
    with suppress(ValueError):
        words = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        return words if words.strip() and words.isprintable() else None
    return None


_READERS = {Opens.PAPER: _paper, Opens.DOMAIN: _domain, Opens.DAY: _day, Opens.SEARCH: _search}
