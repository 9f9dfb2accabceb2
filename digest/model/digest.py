"""One subscriber's share of an edition, and the papers from which it is selected."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from digest.model.locale import Locale
from digest.model.subscriber import DetailLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A paper as selection sees it; ``seq`` counts papers in the order in which they were first seen.

    ``search_text`` is its title and sections made ready for keywords
    (``digest.papers.keywords.search_text``); empty where nobody asked for it.
    """

    paper_id: str
    seq: int
    date: dt.date
    domains: tuple[str, ...]
    search_text: str = ""


class EmptyReason(StrEnum):
    """Why a digest holds no paper."""

    NO_NEW_PAPERS = "no_new_papers"
    NONE_IN_DOMAINS = "none_in_domains"
    NO_DOMAINS_CHOSEN = "no_domains_chosen"
    NO_REPORT_YET = "no_report_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedPaper:
    """A paper of a digest and why it is there: the chosen domains it has, or () for "everything".

    ``matched_keywords`` are the reader's own words that brought it where no domain did.
    """

    paper_id: str
    matched_domains: tuple[str, ...] = ()
    matched_keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One subscriber's share of an edition, frozen when it is written.

    ``date`` is the newest report's date, None before the first report. ``candidate_count`` counts all new
    papers of the edition, whether for this reader or not; ``omitted_count`` those for this reader beyond
    their bound. ``subscribed_domains`` are the chosen slugs, None for everything. ``empty_reason`` is None
    exactly when ``papers`` is not empty. ``next_digest_at`` is the reader's next turn (UTC), for the footer;
    None where there is none. ``detail_level`` and ``silent`` are as the reader chose; ``include_keywords``
    are their keywords.
    """

    date: dt.date | None
    locale: Locale
    papers: tuple[SelectedPaper, ...]
    candidate_count: int
    subscribed_domains: tuple[str, ...] | None = None
    omitted_count: int = 0
    empty_reason: EmptyReason | None = None
    next_digest_at: dt.datetime | None = None
    timezone: str = "UTC"
    papers_since: dt.date | None = None
    detail_level: DetailLevel = DetailLevel.SHORT
    silent: bool = False
    include_keywords: tuple[str, ...] = ()
