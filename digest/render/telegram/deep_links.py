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

from digest.papers.arxiv import find_arxiv_id

MAX_PAYLOAD = 64
INLINE_START = "inline"
"""The payload that only opens the chat."""

_PAYLOAD_PATTERN = re.compile(r"([psdq])_([A-Za-z0-9_-]{1,62})")
_NEW_STYLE_ID = re.compile(r"([0-9]{4})-([0-9]{4,5})")
_SLUG_PATTERN = re.compile(r"[a-z0-9-]+")


class LinkKind(StrEnum):
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
class DeepLink:
    """What a payload says: an arXiv id, a slug, a date in ISO form, or the words of a search."""

    kind: LinkKind
    value: str


def paper_payload(paper: str) -> str | None:
    """Return the payload of a paper, None for an id that is none."""
    found = find_arxiv_id(paper)
    if found is None or found.id != paper:
        return None
    return _encode_payload(LinkKind.PAPER, paper.replace(".", "-").replace("/", "_"))


def domain_payload(slug: str) -> str | None:
    """Return the payload that follows a domain, None for a slug that no payload can carry."""
    return _encode_payload(LinkKind.DOMAIN, slug) if _SLUG_PATTERN.fullmatch(slug) else None


def day_payload(day: date) -> str:
    """Return the payload of a day's digest."""
    return f"{LinkKind.DAY}_{day.isoformat()}"


def search_payload(words: str) -> str | None:
    """Return the payload of a search, without the last words where they do not fit; None where none fits."""
    kept = words.split()
    while kept:
        if payload := _encode_payload(LinkKind.SEARCH, _encode_search(" ".join(kept))):
            return payload
        kept.pop()
    return None


def start_url(bot: str, payload: str) -> str:
    """Return the link that opens the private chat with a bot, by its username, and says the payload there."""
    return f"https://t.me/{bot}?start={payload}"


def paper_start_url(bot: str, paper: str) -> str | None:
    """Return the link that opens a paper in the private chat with a bot, None for an id that is none."""
    payload = paper_payload(paper)
    return start_url(bot, payload) if payload else None


def parse_payload(payload: str) -> DeepLink | None:
    """Return what a payload says, None where it is not ours or makes no sense; never raises."""
    form = _PAYLOAD_PATTERN.fullmatch(payload)
    if form is None:
        return None
    opens = LinkKind(form[1])
    value = _PARSERS[opens](form[2])
    return DeepLink(opens, value) if value else None


def has_known_prefix(payload: str) -> bool:
    """Return whether a payload begins as ours do, whether or not it makes sense."""
    return payload[:2] in {f"{opens}_" for opens in LinkKind}


def _encode_payload(kind: LinkKind, value: str) -> str | None:
    payload = f"{kind}_{value}"
    return payload if len(payload) <= MAX_PAYLOAD else None


def _encode_search(words: str) -> str:
    return urlsafe_b64encode(words.encode(errors="replace")).decode().rstrip("=")


def _parse_paper(value: str) -> str | None:
    new = _NEW_STYLE_ID.fullmatch(value)
    paper = f"{new[1]}.{new[2]}" if new else value.replace("_", "/")
    found = find_arxiv_id(paper)
    return paper if found and found.id == paper else None


def _parse_domain(value: str) -> str | None:
    return value if _SLUG_PATTERN.fullmatch(value) else None


def _parse_day(value: str) -> str | None:
    with suppress(ValueError):
        return date.fromisoformat(value).isoformat()
    return None


def _parse_search(value: str) -> str | None:
    with suppress(ValueError):
        words = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
        return words if words.strip() and words.isprintable() else None
    return None


_PARSERS = {
    LinkKind.PAPER: _parse_paper,
    LinkKind.DOMAIN: _parse_domain,
    LinkKind.DAY: _parse_day,
    LinkKind.SEARCH: _parse_search,
}
