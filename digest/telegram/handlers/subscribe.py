"""Start, subscribe, unsubscribe, domains: what a reader follows."""

import re
from dataclasses import replace

from digest.model import SubscriberProfile
from digest.model.message import Keyboard
from digest.papers.domains import DomainSelection
from digest.render.telegram.deep_links import DeepLink, LinkKind, has_known_prefix
from digest.render.telegram.deep_links import parse_payload as read_link
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import deep_links, onboarding
from digest.telegram.request import Request, Response
from digest.telegram.texts import general
from digest.telegram.texts import subscribe as answers

_ONLY_PREFIX = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只看|仅|只)\s*", re.IGNORECASE)
_SEPARATORS = " ,;、，；/\n\t"


async def start(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/start``: join, and open what a link names; a newcomer is greeted all the same."""
    reader = await deps.subscriptions.get_or_create(request.target, locale=request.locale, timezone=request.timezone)
    linked = read_link(request.text)
    answer = await _open_link(deps, request, linked, reader) if linked else None
    met_before = request.profile is not None or not request.is_private
    if answer and linked and (met_before or linked.kind is LinkKind.DOMAIN):
        return answer
    greeting = await _build_greeting(deps, request, reader)
    if answer:
        return replace(greeting, messages=(*answer.messages, *greeting.messages))
    if not (request.is_private and has_known_prefix(request.text)):
        return greeting
    return replace(greeting, messages=(general.unknown_link(request.tr), *greeting.messages))


async def _build_greeting(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> Response:
    day, keyboard = await deps.archive.latest_summary(), await domain_keyboard_for(deps, request, profile)
    if profile.preferences.is_empty:
        return general.welcome(request.tr, day, keyboard)
    names = answers.format_subscriptions(request.tr, deps.taxonomy, profile)
    return general.welcome_back(request.tr, day, names, answers.next_digest_text(request.tr, profile), keyboard)


async def _open_link(
    deps: HandlerDependencies, request: Request, link: DeepLink, profile: SubscriberProfile
) -> Response | None:
    """Answer a link that makes sense here, None for one that names no domain of ours."""
    if link.kind is not LinkKind.DOMAIN:
        return await deep_links.open_link(deps, request, link)
    if link.value not in deps.taxonomy.slugs:
        return None
    if request.is_private and profile.preferences.is_empty and await deps.subscriptions.is_new(profile):
        new = await deps.subscriptions.subscribe(
            request.target, (link.value,), locale=request.locale, timezone=request.timezone
        )
        return await onboarding.show_first_digest(deps, request, new)
    return await subscribe_to(deps, replace(request, profile=profile), DomainSelection(slugs=(link.value,)))


async def subscribe(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/subscribe WORDS``, ``/subscribe only WORDS``, ``/subscribe all``."""
    only = _ONLY_PREFIX.match(request.text)
    named = request.text[only.end() :] if only else request.text
    if not named.strip(_SEPARATORS):
        return answers.subscribe_usage(request.tr, await domain_keyboard_for(deps, request, request.profile))
    choice = deps.taxonomy.parse_domains(named)
    if not choice.slugs and not choice.all_domains:
        return answers.unknown_domains(request.tr, deps.taxonomy, choice.unknown)
    return await subscribe_to(deps, request, choice, only=only is not None)


async def subscribe_to(
    deps: HandlerDependencies, request: Request, choice: DomainSelection, *, only: bool = False
) -> Response:
    """Follow what was chosen, beside or instead of what was followed before."""
    before = request.profile.preferences.domains if request.profile else ()
    members = deps.subscriptions
    if choice.all_domains:
        reader = await members.subscribe(request.target, None, locale=request.locale, timezone=request.timezone)
    elif only:
        reader = await members.subscribe_only(
            request.target, choice.slugs, locale=request.locale, timezone=request.timezone
        )
    else:
        reader = await members.subscribe(request.target, choice.slugs, locale=request.locale, timezone=request.timezone)
    share = await deps.editions.daily_digest(reader.subscriber)
    return answers.subscribe_result(
        request.tr,
        deps.taxonomy,
        reader,
        before=before if not only else (),
        requested=None if choice.all_domains else choice.slugs,
        waiting_count=len(share.papers) + share.omitted_count,
        unknown=choice.unknown,
    )


async def unsubscribe(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/unsubscribe WORDS`` and ``/unsubscribe all``."""
    before = request.profile.preferences.domains if request.profile else ()
    if (
        request.profile
        and before == ()
        and not request.profile.preferences.is_empty
        and not _means_all(deps, request.text)
    ):
        return answers.only_keywords(request.tr)
    if not request.text.strip(_SEPARATORS):
        return answers.unsubscribe_usage(request.tr, deps.taxonomy, before)
    choice = deps.taxonomy.parse_domains(request.text)
    if not choice.slugs and not choice.all_domains:
        return answers.unknown_domains(request.tr, deps.taxonomy, choice.unknown, "unsubscribe")
    if request.profile is None or request.profile.preferences.is_empty:
        return answers.not_subscribed(request.tr)
    slugs = None if choice.all_domains else choice.slugs
    reader = await deps.subscriptions.unsubscribe(request.target, slugs, all_slugs=deps.taxonomy.slugs)
    if reader is None:
        return answers.not_subscribed(request.tr)
    return answers.unsubscribe_result(request.tr, deps.taxonomy, reader, before=before)


def _means_all(deps: HandlerDependencies, text: str) -> bool:
    return deps.taxonomy.parse_domains(text).all_domains


async def domains(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/domains``: the keyboard on which to choose."""
    return await _domains_response(deps, request, request.profile)


async def toggle_domain(deps: HandlerDependencies, request: Request, slug: str) -> Response:
    """Follow a domain or stop following it, and show the keyboard as it is now."""
    had = request.profile.preferences.domains if request.profile else ()
    if had is None or slug in had:
        reader = await deps.subscriptions.unsubscribe(request.target, (slug,), all_slugs=deps.taxonomy.slugs)
    else:
        reader = await deps.subscriptions.subscribe(
            request.target, (slug,), locale=request.locale, timezone=request.timezone
        )
    return await _domains_response(deps, request, reader)


async def toggle_all(deps: HandlerDependencies, request: Request) -> Response:
    """Follow everything, or nothing where everything was followed."""
    had = request.profile.preferences.domains if request.profile else ()
    if had is None:
        return await _domains_response(
            deps, request, await deps.subscriptions.update_preferences(request.target, domains=())
        )
    return await _domains_response(
        deps,
        request,
        await deps.subscriptions.subscribe(request.target, None, locale=request.locale, timezone=request.timezone),
    )


async def _domains_response(deps: HandlerDependencies, request: Request, profile: SubscriberProfile | None) -> Response:
    day, keyboard = await deps.archive.latest_summary(), await domain_keyboard_for(deps, request, profile)
    return answers.domains_page(request.tr, deps.taxonomy, profile, day, keyboard)


async def domain_keyboard_for(
    deps: HandlerDependencies, request: Request, profile: SubscriberProfile | None
) -> Keyboard:
    """Return the domain keyboard of a reader, with the newest report's counts."""
    day = await deps.archive.latest_summary()
    chosen = profile.preferences.domains if profile else ()
    first = request.is_private and (profile is None or await deps.subscriptions.is_new(profile))
    return deps.renderer.domain_keyboard(chosen, day.domain_counts if day else {}, request.locale, onboarding=first)
