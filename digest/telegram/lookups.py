"""What several handlers look up before they answer."""

from dataclasses import replace
from datetime import date

from digest.model import Digest, Subscriber, SubscriberProfile
from digest.model.message import Keyboard
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request


def timezone_of(deps: HandlerDependencies, request: Request) -> str:
    """Return the time zone in which whoever asks reads dates."""
    return (request.profile.preferences if request.profile else deps.subscriptions.defaults).timezone


async def domain_keyboard_for(
    deps: HandlerDependencies, request: Request, profile: SubscriberProfile | None
) -> Keyboard:
    """Return the domain keyboard of a subscriber, with the newest report's counts."""
    day = await deps.archive.latest_summary()
    chosen = profile.preferences.domains if profile else ()
    first = request.is_private and (profile is None or await deps.subscriptions.is_new(profile))
    counts = day.domain_counts if day else {}
    return deps.renderer.domain_keyboard(chosen, counts, request.locale, onboarding=first, target_id=request.managed_id)


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


async def todays_paper_ids(deps: HandlerDependencies) -> tuple[str, ...]:
    """Return the papers of the newest report, whoever asks."""
    digest = await deps.editions.daily_digest(_anonymous_subscriber(deps), domains=None)
    return tuple(pick.paper_id for pick in digest.papers)


def _anonymous_subscriber(deps: HandlerDependencies) -> Subscriber:
    """Return a stand-in for somebody who has not joined and need not in order to read."""
    return Subscriber(id=0, preferences=deps.subscriptions.defaults, created_at=deps.clock(), next_digest_at=None)
