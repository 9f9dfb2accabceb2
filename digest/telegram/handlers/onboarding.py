"""The first minute: what to send, the first digest at once, and the hour and zone, asked once."""

from digest.model import SubscriberProfile
from digest.services.schedule import known_timezones
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.dates import parse_time_of_day
from digest.telegram.request import Request, Response
from digest.telegram.texts import onboarding as answers


async def handle_step(  # noqa: PLR0911 - one return for each step
    deps: HandlerDependencies, request: Request, name: str, value: str
) -> Response | None:
    """Take a step of the first minute; None for one that no button has."""
    match name:
        case "all":
            reader = await deps.subscriptions.subscribe(
                request.target, None, locale=request.locale, timezone=request.timezone
            )
            return await show_first_digest(deps, request, reader)
        case "done":
            if request.profile is None or request.profile.preferences.is_empty:
                return Response(notice=answers.choose_domains_first(request.tr), alert=True)
            return await show_first_digest(deps, request, request.profile)
        case "hour" if (minute := parse_time_of_day(value)) is not None:
            return answers.onboarding_done(request.tr, await _update_preferences(deps, request, send_minute=minute))
        case "keep":
            return answers.onboarding_done(request.tr, await _update_preferences(deps, request))
        case "where":
            return answers.timezone_prompt(request.tr, await _update_preferences(deps, request))
        case "zone" if value in known_timezones():
            return answers.send_time_prompt(
                request.tr, await _update_preferences(deps, request, timezone=value), deps.clock()
            )
        case _:
            return None


async def show_first_digest(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> Response:
    """Show a newcomer who has chosen the first digest at once, and ask for the hour."""
    digest = await deps.editions.first_digest(profile.subscriber)
    ids = tuple(pick.paper_id for pick in digest.papers)
    if ids:
        await deps.last_lists.save(request.target, ids, deps.clock())
    parts = deps.renderer.render_digest(digest, await deps.archive.get_many(ids))
    chosen = answers.subscription_summary(request.tr, deps.taxonomy, profile)
    return Response(
        messages=(chosen, *parts, *answers.send_time_prompt(request.tr, profile, deps.clock()).messages),
        edits_message=True,
    )


async def _update_preferences(
    deps: HandlerDependencies, request: Request, *, send_minute: int | None = None, timezone: str | None = None
) -> SubscriberProfile:
    reader = await deps.subscriptions.get_or_create(request.target, locale=request.locale, timezone=request.timezone)
    if send_minute is not None:
        reader = await deps.subscriptions.update_preferences(request.target, send_minute=send_minute) or reader
    if timezone is not None:
        reader = await deps.subscriptions.update_preferences(request.target, timezone=timezone) or reader
    return reader
