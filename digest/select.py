"""What of an edition is for whom, and why: pure, from values to a digest."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from digest.keywords import matching
from digest.model import Candidate, Digest, Nothing, Pick, Preferences, Subscriber

OLDEST = timedelta(days=28)
"""Papers whose first report is older than this before the edition are for the archive alone.

A weekly digest that was folded twice still holds everything.
"""


def digest_for(
    subscriber: Subscriber,
    candidates: Sequence[Candidate],
    *,
    edition: date | None,
    next_at: datetime | None = None,
    owed: frozenset[str] = frozenset(),
) -> Digest:
    """Give the subscriber's share of an edition: every new paper of their domains that they have not had.

    ``candidates`` are all recent papers; ``owed`` are papers of an earlier digest that surely never arrived.
    Papers whose first domain was chosen, and those that a keyword brought, come first, then those with
    another chosen domain; within each the newest report first, in the report's own order.
    """
    new = [c for c in candidates if is_new(c, subscriber, edition) or c.paper in owed]
    return share(subscriber, new, edition=edition, next_at=next_at)


def share(
    subscriber: Subscriber,
    candidates: Sequence[Candidate],
    *,
    edition: date | None,
    next_at: datetime | None = None,
) -> Digest:
    """Give the part of ``candidates`` that the subscriber's domains and keywords choose, new to them or not.

    A candidate without its text (``Candidate.text``) has no keyword.
    """
    wants = subscriber.preferences
    mine = sorted((c for c in candidates if _wanted(c, wants)), key=lambda c: _rank(c, wants))
    kept = mine if wants.most is None else mine[: wants.most]
    return Digest(
        date=edition,
        locale=wants.locale,
        picks=tuple(_pick(c, wants) for c in kept),
        total=len(candidates),
        follows=wants.domains,
        left_out=len(mine) - len(kept),
        nothing=None if kept else _why_nothing(wants, edition, len(candidates)),
        next_at=next_at,
        zone=wants.zone,
        since=subscriber.created_at.date(),
        layout=wants.layout,
        silent=wants.silent,
        include=wants.include,
    )


def is_new(candidate: Candidate, subscriber: Subscriber, edition: date | None) -> bool:
    """Tell whether a paper was never considered for this subscriber and is young enough for this edition."""
    if candidate.seq <= subscriber.watermark:
        return False
    if subscriber.since and candidate.date < subscriber.since:
        return False
    return edition is None or candidate.date > edition - OLDEST


def _wanted(candidate: Candidate, wants: Preferences) -> bool:
    if matching(wants.mute, candidate.text):
        return False
    return _by_domain(candidate, wants) or bool(matching(wants.include, candidate.text))


def _by_domain(candidate: Candidate, wants: Preferences) -> bool:
    return wants.domains is None or not set(wants.domains).isdisjoint(candidate.domains)


def _pick(candidate: Candidate, wants: Preferences) -> Pick:
    if wants.domains is None:
        return Pick(paper=candidate.paper)
    reasons = tuple(slug for slug in candidate.domains if slug in wants.domains)
    return Pick(
        paper=candidate.paper,
        reasons=reasons,
        keywords=() if reasons else matching(wants.include, candidate.text),
    )


def _rank(candidate: Candidate, wants: Preferences) -> tuple[bool, int, int]:
    secondary = (
        wants.domains is not None
        and candidate.domains[:1] not in [(slug,) for slug in wants.domains]
        and not matching(wants.include, candidate.text)
    )
    return secondary, -candidate.date.toordinal(), candidate.seq


def _why_nothing(wants: Preferences, edition: date | None, total: int) -> Nothing:
    if edition is None:
        return Nothing.NO_REPORT_YET
    if wants.nothing:
        return Nothing.NO_DOMAINS_CHOSEN
    return Nothing.NONE_IN_DOMAINS if total else Nothing.NO_NEW_PAPERS
