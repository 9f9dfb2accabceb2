"""The list whose numbers a person means, and what there is for whoever asks."""

from dataclasses import replace
from datetime import date

from digest.model import Digest, Subscriber
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request


async def numbered_papers(deps: HandlerDependencies, request: Request) -> tuple[str, ...]:
    """Return the list whose numbers a person means: the newest one shown, else today's as it would be."""
    if newest := await deps.last_lists.load(request.target):
        return newest
    return tuple(pick.paper_id for pick in (await digest_for_request(deps, request, (), None)).papers)


async def digest_for_request(
    deps: HandlerDependencies, request: Request, domains: tuple[str, ...] | None, day: date | None
) -> Digest:
    """Return what there is for whoever asks; who follows nothing yet sees everything."""
    subscriber = request.profile.subscriber if request.profile else _anonymous_subscriber(deps)
    preferences = replace(subscriber.preferences, locale=request.locale)
    if preferences.is_empty:
        preferences = replace(preferences, domains=None)
    return await deps.editions.daily_digest(replace(subscriber, preferences=preferences), domains=domains, day=day)


def _anonymous_subscriber(deps: HandlerDependencies) -> Subscriber:
    """Return a stand-in for somebody who has not joined and need not in order to read."""
    return Subscriber(id=0, preferences=deps.subscriptions.defaults, created_at=deps.clock(), next_digest_at=None)


async def todays_paper_ids(deps: HandlerDependencies) -> tuple[str, ...]:
    """Return the papers of the newest report, whoever asks."""
    return tuple(
        pick.paper_id for pick in (await deps.editions.daily_digest(_anonymous_subscriber(deps), domains=None)).papers
    )
