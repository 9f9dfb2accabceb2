"""One subscriber's share of an edition, and the papers from which it is selected."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from digest.model.language import Locale
from digest.model.subscriber import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A paper as selection sees it; ``seq`` counts papers in the order in which they were first seen.

    ``text`` is its title and sections made ready for keywords (``digest.keywords.searchable``); empty where
    nobody asked for it.
    """

    paper: str
    seq: int
    date: dt.date
    domains: tuple[str, ...]
    text: str = ""


class Nothing(StrEnum):
    """Why a digest holds no paper."""

    NO_NEW_PAPERS = "no_new_papers"
    NONE_IN_DOMAINS = "none_in_domains"
    NO_DOMAINS_CHOSEN = "no_domains_chosen"
    NO_REPORT_YET = "no_report_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A paper of a digest and why it is there: the chosen domains it has, or () for "everything".

    ``keywords`` are the reader's own words that brought it where no domain did.
    """

    paper: str
    reasons: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One subscriber's share of an edition, frozen when it is written.

    ``date`` is the newest report's date, None before the first report.
    ``total`` counts all new papers of the edition, whether for this reader or not; ``left_out`` those
    for this reader beyond their bound. ``follows`` are the chosen slugs, None for everything.
    ``nothing`` is None exactly when ``picks`` is not empty.
    ``next_at`` is the reader's next turn (UTC), for the footer; None where there is none.
    ``layout`` and ``silent`` are as the reader chose; ``include`` are their keywords.
    """

    date: dt.date | None
    locale: Locale
    picks: tuple[Pick, ...]
    total: int
    follows: tuple[str, ...] | None = None
    left_out: int = 0
    nothing: Nothing | None = None
    next_at: dt.datetime | None = None
    zone: str = "UTC"
    since: dt.date | None = None
    layout: Layout = Layout.SHORT
    silent: bool = False
    include: tuple[str, ...] = ()
