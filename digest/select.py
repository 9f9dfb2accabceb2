"""What of an edition is for whom, and why: pure, from values to a digest."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from digest.model import Candidate, Digest, Nothing, Pick, Subscriber

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
    Papers whose first domain was chosen come first, then those with another chosen one; within each the
    newest report first, in the report's own order.
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
    """Give the part of ``candidates`` that the subscriber's domains choose, new to them or not."""
    chosen = subscriber.preferences.domains
    mine = sorted((c for c in candidates if _wanted(c, chosen)), key=lambda c: _rank(c, chosen))
    most = subscriber.preferences.most
    kept = mine if most is None else mine[:most]
    return Digest(
        date=edition,
        locale=subscriber.preferences.locale,
        picks=tuple(Pick(paper=c.paper, reasons=_reasons(c, chosen)) for c in kept),
        total=len(candidates),
        follows=chosen,
        left_out=len(mine) - len(kept),
        nothing=None if kept else _why_nothing(chosen, edition, len(candidates)),
        next_at=next_at,
        zone=subscriber.preferences.zone,
        since=subscriber.created_at.date(),
    )


def is_new(candidate: Candidate, subscriber: Subscriber, edition: date | None) -> bool:
    """Tell whether a paper was never considered for this subscriber and is young enough for this edition."""
    if candidate.seq <= subscriber.watermark:
        return False
    if subscriber.since and candidate.date < subscriber.since:
        return False
    return edition is None or candidate.date > edition - OLDEST


def _wanted(candidate: Candidate, chosen: tuple[str, ...] | None) -> bool:
    return chosen is None or not set(chosen).isdisjoint(candidate.domains)


def _reasons(candidate: Candidate, chosen: tuple[str, ...] | None) -> tuple[str, ...]:
    return () if chosen is None else tuple(slug for slug in candidate.domains if slug in chosen)


def _rank(candidate: Candidate, chosen: tuple[str, ...] | None) -> tuple[bool, int, int]:
    secondary = chosen is not None and (not candidate.domains or candidate.domains[0] not in chosen)
    return secondary, -candidate.date.toordinal(), candidate.seq


def _why_nothing(chosen: tuple[str, ...] | None, edition: date | None, total: int) -> Nothing:
    if edition is None:
        return Nothing.NO_REPORT_YET
    if chosen == ():
        return Nothing.NO_DOMAINS_CHOSEN
    return Nothing.NONE_IN_DOMAINS if total else Nothing.NO_NEW_PAPERS
