"""Subscribe, unsubscribe, domains: what a subscriber follows."""

import re
from dataclasses import replace

from digest.model import SubscriberProfile
from digest.model.message import Button, Keyboard
from digest.papers.domains import Taxonomy, UnknownDomain
from digest.render.telegram.callback_data import Action
from digest.services.archive import ReportSummary
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.lookups import domain_keyboard_for
from digest.telegram.request import (
    Request,
    Response,
    domain_buttons,
    format_domains,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command
from digest.telegram.texts import general
from digest.text.i18n import gettext_noop

_ONLY_PREFIX = re.compile(r"(?:only|just)(?:\s+|$)|(?:只要|只看|仅|只)\s*", re.IGNORECASE)
_SEPARATORS = " ,;、，；/\n\t"


async def subscribe(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/subscribe WORDS``, ``/subscribe only WORDS``, ``/subscribe all``."""
    only = _ONLY_PREFIX.match(request.text)
    named = request.text[only.end() :] if only else request.text
    if not named.strip(_SEPARATORS):
        return _subscribe_usage(request, await domain_keyboard_for(deps, request, request.profile))
    choice = deps.taxonomy.parse_domains(named)
    if not choice.slugs and not choice.all_domains:
        return general.unknown_domains(request, deps.taxonomy, choice.unknown)
    before = request.profile.preferences.domains if request.profile and not only else ()
    if only and not choice.all_domains:
        reader = await deps.subscriptions.subscribe_only(
            request.target, choice.slugs, locale=request.locale, timezone=request.timezone
        )
    else:
        reader = await _follow(deps, request, None if choice.all_domains else choice.slugs)
    share = await deps.editions.daily_digest(reader.subscriber)
    return subscribe_result(
        request,
        deps.taxonomy,
        reader,
        before=before,
        requested=None if choice.all_domains else choice.slugs,
        waiting_count=len(share.papers) + share.omitted_count,
        unknown=choice.unknown,
    )


async def unsubscribe(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/unsubscribe WORDS`` and ``/unsubscribe all``."""
    before = request.profile.preferences.domains if request.profile else ()
    choice = deps.taxonomy.parse_domains(request.text)
    if request.profile and before == () and not request.profile.preferences.is_empty and not choice.all_domains:
        return _only_keywords(request)
    if not request.text.strip(_SEPARATORS):
        return _unsubscribe_usage(request, deps.taxonomy, before)
    if not choice.slugs and not choice.all_domains:
        return general.unknown_domains(request, deps.taxonomy, choice.unknown, "unsubscribe")
    if request.profile is None or request.profile.preferences.is_empty:
        return _not_subscribed(request)
    slugs = None if choice.all_domains else choice.slugs
    reader = await deps.subscriptions.unsubscribe(request.target, slugs, all_slugs=deps.taxonomy.slugs)
    if reader is None:
        return _not_subscribed(request)
    return _unsubscribe_result(request, deps.taxonomy, reader, before=before)


async def domains(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/domains``: the keyboard on which to choose."""
    return await _domains_response(deps, request, request.profile)


async def _toggle_domain(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    """Follow a domain or stop following it, and show the keyboard as it is now."""
    if not _is_slug(deps, args):
        return None
    slug = args[0]
    had = request.profile.preferences.domains if request.profile else ()
    if had is None or slug in had:
        reader = await deps.subscriptions.unsubscribe(request.target, (slug,), all_slugs=deps.taxonomy.slugs)
    else:
        reader = await _follow(deps, request, (slug,))
    return await _domains_response(deps, request, reader)


async def _toggle_all(deps: HandlerDependencies, request: Request, _args: tuple[str, ...]) -> Response:
    """Follow everything, or nothing if everything was followed."""
    if request.profile and request.profile.preferences.domains is None:
        reader = await deps.subscriptions.update_preferences(request.target, domains=())
    else:
        reader = await _follow(deps, request, None)
    return await _domains_response(deps, request, reader)


async def _press_domains(deps: HandlerDependencies, request: Request, _args: tuple[str, ...]) -> Response:
    return await domains(deps, request)


async def _press_subscribe(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    return await subscribe(deps, replace(request, text=args[0])) if _is_slug(deps, args) else None


async def _press_unsubscribe(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    return await unsubscribe(deps, replace(request, text=args[0])) if _is_slug(deps, args) else None


def _is_slug(deps: HandlerDependencies, args: tuple[str, ...]) -> bool:
    return bool(args) and args[0] in deps.taxonomy.slugs


async def _follow(deps: HandlerDependencies, request: Request, slugs: tuple[str, ...] | None) -> SubscriberProfile:
    return await deps.subscriptions.subscribe(request.target, slugs, locale=request.locale, timezone=request.timezone)


async def _domains_response(deps: HandlerDependencies, request: Request, profile: SubscriberProfile | None) -> Response:
    day, keyboard = await deps.archive.latest_summary(), await domain_keyboard_for(deps, request, profile)
    return _domains_page(request, deps.taxonomy, profile, day, keyboard)


def subscribe_result(
    request: Request,
    taxonomy: Taxonomy,
    profile: SubscriberProfile,
    *,
    before: tuple[str, ...] | None,
    requested: tuple[str, ...] | None,
    waiting_count: int,
    unknown: tuple[UnknownDomain, ...] = (),
) -> Response:
    """Return the message that says what is followed now.

    ``before`` is what was followed, ``requested`` what was asked for, ``waiting_count`` counts the papers of
    the newest report that are for this reader.
    """
    first, keyboard = _subscribe_outcome(request, taxonomy, profile, before, requested)
    papers = (
        request.ngettext(
            "The latest report has one paper for you: {/today}",
            "The latest report has {n} papers for you: {/today}",
            waiting_count,
        )
        if waiting_count
        else request.gettext(
            "The latest report has nothing in your domains yet. Future papers will be sent "
            "to you. All papers: {/today:all}"
        )
    )
    guesses = [general.unknown_domain(request, taxonomy, one) for one in unknown[: general.MAX_UNKNOWN_SHOWN]]
    html = join_paragraphs(join_lines(first, papers, _next_digest_hint(request, profile)), join_lines(*guesses))
    return html_response(
        html, keyboard + general.suggestion_keyboard(request, taxonomy, unknown[: general.MAX_UNKNOWN_SHOWN])
    )


def _next_digest_hint(request: Request, profile: SubscriberProfile) -> str:
    hint = request.gettext("Change the time or time zone: {/settings}") if profile.subscriber.next_digest_at else ""
    return join_lines(general.next_digest_text(request, profile), hint)


def _subscribe_outcome(
    request: Request,
    taxonomy: Taxonomy,
    profile: SubscriberProfile,
    before: tuple[str, ...] | None,
    requested: tuple[str, ...] | None,
) -> tuple[str, Keyboard]:
    now = format_domains(taxonomy, profile.preferences.domains, request.tr)
    if before is None and requested:
        names = format_domains(taxonomy, requested, request.tr)
        told = request.gettext(
            "You already follow everything, including {domains}. To get only that: {/subscribe:only {word}}",
            domains=names,
            word=", ".join(requested),
        )
        return told, _only_button(request, taxonomy, requested)
    if profile.preferences.domains == before:
        return request.gettext("You already follow {domains}.", domains=now), ()
    return request.gettext("Done. You now follow <b>{domains}</b>.", domains=now), ()


def _only_button(request: Request, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> Keyboard:
    if len(slugs) != 1:
        return ()
    text = request.gettext("Only {domain}", domain=taxonomy.name(slugs[0], request.locale))
    return ((Button(text=text, callback_data=request.callback(Action.SET_PREFERENCE, "only", slugs[0])),),)


def _subscribe_usage(request: Request, keyboard: Keyboard) -> Response:
    return html_response(
        request.gettext(
            "Which domains? Tap them, or type {/subscribe:robotics, 3d}, {/subscribe:only robotics} "
            "or {/subscribe:all}."
        ),
        keyboard,
    )


def _unsubscribe_result(
    request: Request, taxonomy: Taxonomy, profile: SubscriberProfile, *, before: tuple[str, ...] | None
) -> Response:
    left = profile.preferences.domains
    if left == ():
        return html_response(
            request.gettext(
                "Done. You now follow nothing, and nothing will be sent. To choose again at any time: "
                "{/domains}. To erase your data: {/forget}"
            )
        )
    names = format_domains(taxonomy, left, request.tr)
    if left == before:
        return html_response(
            request.gettext(
                "You did not follow that. You follow {domains}. To choose by tapping: {/domains}", domains=names
            )
        )
    return html_response(
        join_lines(
            request.gettext("Done. You still follow {domains}.", domains=names),
            general.next_digest_text(request, profile),
        )
    )


def _unsubscribe_usage(request: Request, taxonomy: Taxonomy, current: tuple[str, ...] | None) -> Response:
    if current == ():
        return _not_subscribed(request)
    if current is None:
        return html_response(
            request.gettext(
                "You follow everything. To unfollow everything: {/unsubscribe:all}. To leave out one domain: "
                "{/unsubscribe:video}. To choose by tapping: {/domains}"
            )
        )
    return html_response(
        request.gettext(
            "You follow {domains}. To unfollow one, tap it or type {/unsubscribe:{word}}. To unfollow "
            "everything: {/unsubscribe:all}",
            domains=format_domains(taxonomy, current, request.tr),
            word=current[0],
        ),
        domain_buttons(request, taxonomy, current[: general.MAX_DOMAIN_BUTTONS], Action.UNSUBSCRIBE),
    )


def _only_keywords(request: Request) -> Response:
    return html_response(
        request.gettext(
            "You follow no domains, only keywords: {/settings:keywords}. To stop everything: {/unsubscribe:all}"
        )
    )


def _not_subscribed(request: Request) -> Response:
    return html_response(request.gettext("You follow nothing yet. Choose with {/domains}, or all: {/subscribe:all}"))


def _domains_page(
    request: Request,
    taxonomy: Taxonomy,
    profile: SubscriberProfile | None,
    report: ReportSummary | None,
    keyboard: Keyboard,
) -> Response:
    follows = profile.preferences.domains if profile else ()
    counted = (
        request.gettext("The numbers are paper counts for {day}.", day=request.tr.format_long_date(report.date))
        if report
        else ""
    )
    return html_response(
        join_lines(
            request.gettext("You follow <b>{domains}</b>.", domains=format_domains(taxonomy, follows, request.tr))
            if follows != ()
            else request.gettext("You follow nothing yet."),
            request.gettext(
                "Tap a domain to follow or unfollow it, or type {/subscribe:robotics}, "
                "{/unsubscribe:robotics}. Any common name works, in English or Chinese."
            ),
            counted,
        ),
        keyboard,
    )


COMMANDS = (
    Command(
        name="subscribe",
        handle=subscribe,
        aliases=("订阅", "关注", "follow"),
        menu=gettext_noop("Follow a domain"),
        help=(gettext_noop("/subscribe – follow a domain: <code>/subscribe robotics</code>"),),
        needs_group_admin=True,
        manages_groups=True,
    ),
    Command(
        name="unsubscribe",
        handle=unsubscribe,
        aliases=("退订", "取消订阅", "取消关注", "unfollow"),
        menu=gettext_noop("Stop following a domain"),
        help=(gettext_noop("/unsubscribe – stop following a domain"),),
        needs_group_admin=True,
        manages_groups=True,
        needs_posting=False,
    ),
    Command(
        name="domains",
        handle=domains,
        aliases=("领域", "方向"),
        menu=gettext_noop("All domains, tap to follow or unfollow"),
        help=(gettext_noop("/domains – all domains, tap to follow or unfollow"),),
        manages_groups=True,
    ),
)


BUTTONS = {
    Action.TOGGLE_DOMAIN: ButtonRoute(handle=_toggle_domain, edits_message=True, manages_groups=True),
    Action.TOGGLE_ALL: ButtonRoute(handle=_toggle_all, edits_message=True, manages_groups=True),
    Action.DOMAINS: ButtonRoute(handle=_press_domains, manages_groups=True),
    Action.SUBSCRIBE: ButtonRoute(handle=_press_subscribe, edits_message=True, manages_groups=True),
    Action.UNSUBSCRIBE: ButtonRoute(handle=_press_unsubscribe, edits_message=True, manages_groups=True),
}
