"""What of an edition is for whom, and why: pure, from values to a digest."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from digest.model import Candidate, Digest, EmptyReason, Preferences, SelectedPaper, Subscriber
from digest.papers.keywords import matching_keywords

MAX_PAPER_AGE = timedelta(days=28)
"""Papers whose first report is older than this before the edition are for the archive alone.

A weekly digest that was folded twice still holds everything.
"""


def build_digest(
    subscriber: Subscriber,
    candidates: Sequence[Candidate],
    *,
    edition: date | None,
    next_at: datetime | None = None,
    undelivered: frozenset[str] = frozenset(),
) -> Digest:
    """Return the subscriber's share of an edition: every new paper of their domains that they have not had.

    ``candidates`` are all recent papers; ``undelivered`` are papers of an earlier digest that surely never
    arrived. Papers whose first domain was chosen, and those that a keyword brought, come first, then those
    with another chosen domain; within each the newest report first, in the report's own order.
    """
    new = [c for c in candidates if is_new(c, subscriber, edition) or c.paper_id in undelivered]
    return select_papers(subscriber, new, edition=edition, next_at=next_at)


def select_papers(
    subscriber: Subscriber, candidates: Sequence[Candidate], *, edition: date | None, next_at: datetime | None = None
) -> Digest:
    """Return the part of ``candidates`` that the subscriber's domains and keywords choose, new to them or not.

    A candidate without its text (``Candidate.text``) has no keyword.
    """
    wants = subscriber.preferences
    mine = sorted((c for c in candidates if _is_wanted(c, wants)), key=lambda c: _sort_key(c, wants))
    kept = mine if wants.max_papers is None else mine[: wants.max_papers]
    return Digest(
        date=edition,
        locale=wants.locale,
        papers=tuple(_select_paper(c, wants) for c in kept),
        candidate_count=len(candidates),
        subscribed_domains=wants.domains,
        omitted_count=len(mine) - len(kept),
        empty_reason=None if kept else _find_empty_reason(wants, edition, len(candidates)),
        next_digest_at=next_at,
        timezone=wants.timezone,
        papers_since=subscriber.created_at.date(),
        detail_level=wants.detail_level,
        silent=wants.silent,
        include_keywords=wants.include_keywords,
    )


def is_new(candidate: Candidate, subscriber: Subscriber, edition: date | None) -> bool:
    """Return whether a paper was never considered for this subscriber and is young enough for this edition."""
    if candidate.seq <= subscriber.last_paper_seq:
        return False
    if subscriber.papers_since and candidate.date < subscriber.papers_since:
        return False
    return edition is None or candidate.date > edition - MAX_PAPER_AGE


def _is_wanted(candidate: Candidate, preferences: Preferences) -> bool:
    if matching_keywords(preferences.mute_keywords, candidate.search_text):
        return False
    return _matches_domains(candidate, preferences) or bool(
        matching_keywords(preferences.include_keywords, candidate.search_text)
    )


def _matches_domains(candidate: Candidate, preferences: Preferences) -> bool:
    return preferences.domains is None or not set(preferences.domains).isdisjoint(candidate.domains)


def _select_paper(candidate: Candidate, preferences: Preferences) -> SelectedPaper:
    if preferences.domains is None:
        return SelectedPaper(paper_id=candidate.paper_id)
    reasons = tuple(slug for slug in candidate.domains if slug in preferences.domains)
    return SelectedPaper(
        paper_id=candidate.paper_id,
        matched_domains=reasons,
        matched_keywords=() if reasons else matching_keywords(preferences.include_keywords, candidate.search_text),
    )


def _sort_key(candidate: Candidate, preferences: Preferences) -> tuple[bool, int, int]:
    secondary = (
        preferences.domains is not None
        and candidate.domains[:1] not in [(slug,) for slug in preferences.domains]
        and not matching_keywords(preferences.include_keywords, candidate.search_text)
    )
    return secondary, -candidate.date.toordinal(), candidate.seq


def _find_empty_reason(preferences: Preferences, edition: date | None, total: int) -> EmptyReason:
    if edition is None:
        return EmptyReason.NO_REPORT_YET
    if preferences.is_empty:
        return EmptyReason.NO_DOMAINS_CHOSEN
    return EmptyReason.NONE_IN_DOMAINS if total else EmptyReason.NO_NEW_PAPERS
