"""Start and the first minute: what to send, the first digest at once, and the delivery time and time zone."""

from datetime import datetime

from digest.model import Locale, SubscriberProfile
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.deep_links import LinkKind, has_known_prefix, parse_payload
from digest.services.archive import ReportSummary
from digest.services.schedule import known_timezones
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.dates import parse_time_of_day
from digest.telegram.input.timezones import city_name, common_timezones
from digest.telegram.lookups import domain_keyboard_for
from digest.telegram.request import (
    Redirect,
    Reply,
    Request,
    Response,
    alert_response,
    format_domains,
    html_message,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command
from digest.telegram.texts.general import format_subscriptions, next_digest_text
from digest.text.i18n import Translator

_COMMAND_OF_LINK = {LinkKind.PAPER: "paper", LinkKind.DAY: "today", LinkKind.SEARCH: "search"}
_OFFERED_HOURS = (7, 9, 12, 18, 21)
_MINUTES_PER_HOUR = 60
_COLUMNS = 3


async def start(deps: HandlerDependencies, request: Request) -> Reply:
    """Answer ``/start``: join, and open what a link names; a newcomer is greeted all the same."""
    reader = await deps.subscriptions.get_or_create(request.target, locale=request.locale, timezone=request.timezone)
    link = parse_payload(request.text)
    if link and link.kind is LinkKind.DOMAIN and link.value in deps.taxonomy.slugs:
        if request.is_private and reader.preferences.is_empty and await deps.subscriptions.is_new(reader):
            new = await deps.subscriptions.subscribe(
                request.target, (link.value,), locale=request.locale, timezone=request.timezone
            )
            return await _show_first_digest(deps, request, new)
        return Redirect(command="subscribe", args=link.value)
    if link and link.kind in _COMMAND_OF_LINK:
        is_newcomer = request.profile is None and request.is_private
        followed_by = (await _greeting(deps, request, reader),) if is_newcomer else ()
        return Redirect(command=_COMMAND_OF_LINK[link.kind], args=link.value, followed_by=followed_by)
    greeting: tuple[TelegramMessage, ...] = (await _greeting(deps, request, reader),)
    if request.is_private and has_known_prefix(request.text):
        unknown = request.tr.gettext("This link is not valid. It may be incomplete or made for another bot.")
        greeting = (html_message(unknown), *greeting)
    return Response(messages=greeting)


async def _greeting(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> TelegramMessage:
    day, keyboard = await deps.archive.latest_summary(), await domain_keyboard_for(deps, request, profile)
    if profile.preferences.is_empty:
        return welcome(request.tr, day, keyboard)
    names = format_subscriptions(request.tr, deps.taxonomy, profile)
    return _welcome_back(request.tr, day, names, next_digest_text(request, profile), keyboard)


async def _take_step(  # noqa: PLR0911 - one return for each step
    deps: HandlerDependencies, request: Request, args: tuple[str, ...]
) -> Response | None:
    name, value, *_ = (*args, "", "")
    match name:
        case "all":
            reader = await deps.subscriptions.subscribe(
                request.target, None, locale=request.locale, timezone=request.timezone
            )
            return await _show_first_digest(deps, request, reader)
        case "done":
            if request.profile is None or request.profile.preferences.is_empty:
                return alert_response(choose_domains_first(request.tr))
            return await _show_first_digest(deps, request, request.profile)
        case "hour" if (minute := parse_time_of_day(value)) is not None:
            return onboarding_done(request, await _update_preferences(deps, request, send_minute=minute))
        case "keep":
            return onboarding_done(request, await _update_preferences(deps, request))
        case "where":
            return timezone_prompt(request.tr, await _update_preferences(deps, request))
        case "zone" if value in known_timezones():
            return send_time_prompt(request.tr, await _update_preferences(deps, request, timezone=value), deps.clock())
        case _:
            return None


async def _show_first_digest(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> Response:
    """Show a newcomer who has chosen the first digest at once, and ask for the hour."""
    digest = await deps.editions.first_digest(profile.subscriber)
    ids = tuple(pick.paper_id for pick in digest.papers)
    if ids:
        await deps.last_lists.save(request.target, ids, deps.clock())
    parts = deps.renderer.render_digest(digest, await deps.archive.get_many(ids))
    chosen = subscription_summary(request.tr, deps.taxonomy, profile)
    return Response(
        messages=(chosen, *parts, *send_time_prompt(request.tr, profile, deps.clock()).messages), edits_message=True
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


def welcome(tr: Translator, report: ReportSummary | None, keyboard: Keyboard) -> TelegramMessage:
    """Greet a newcomer: what this is, what came today, and what to tap."""
    return html_message(
        join_paragraphs(
            tr.gettext(
                "<b>Paper Digest</b> reads the day's new research papers and sends you the ones you care "
                "about, at the time you choose."
            )
            + _papers_language_note(tr),
            join_lines(
                _newest_report_text(tr, report),
                tr.gettext(
                    "What would you like to receive? Tap <b>Everything</b>, or the domains you want and then "
                    "<b>Done</b>. Or type <code>/subscribe robotics, 3d</code>."
                ),
            ),
        ),
        keyboard,
    )


def _welcome_back(
    tr: Translator, report: ReportSummary | None, subscriptions: str, next_digest: str, keyboard: Keyboard
) -> TelegramMessage:
    """Greet a reader who is known.

    ``subscriptions`` names their domains, ``next_digest`` is a whole sentence.
    """
    return html_message(
        join_paragraphs(
            join_lines(tr.gettext("Welcome back. You follow {domains}.", domains=subscriptions), next_digest),
            join_lines(
                _newest_report_text(tr, report), tr.gettext("Tap to change what you follow. All commands: /help")
            ),
        ),
        keyboard,
    )


def _papers_language_note(tr: Translator) -> str:
    """Return a note if the papers are in another language than the messages."""
    if tr.locale is Locale.ZH:
        return ""
    return " " + tr.gettext("Titles are shown as published; the summaries are in Chinese.")


def _newest_report_text(tr: Translator, report: ReportSummary | None) -> str:
    if report is None:
        return tr.gettext("The first report has not arrived yet; you will get it as soon as it does.")
    return tr.ngettext(
        "The latest report, {day}, has one paper.",
        "The latest report, {day}, has {n} papers.",
        report.paper_count,
        day=tr.format_long_date(report.date),
    )


def choose_domains_first(tr: Translator) -> str:
    """Return the text that says what comes before "Done"."""
    return tr.gettext("First tap Everything, or one or more domains.")


def subscription_summary(tr: Translator, taxonomy: Taxonomy, profile: SubscriberProfile) -> TelegramMessage:
    """Return the text that says what is followed now, in place of the keyboard."""
    names = format_domains(taxonomy, profile.preferences.domains, tr)
    return html_message(
        tr.gettext(
            "You follow <b>{domains}</b>. You can change that at any time: /domains. Here are today's papers for you:",
            domains=names,
        )
    )


def send_time_prompt(tr: Translator, profile: SubscriberProfile, now: datetime) -> Response:
    """Ask whether the delivery time and the time zone are right."""
    minute, zone = profile.preferences.send_minute, profile.preferences.timezone
    told = tr.gettext(
        "Your digest now comes at {hour}, {zone} time (it is {time} there now). Is that right? Tap, or type "
        "<code>/settings hour 8:30</code>, <code>/settings zone Berlin</code>.",
        hour=tr.format_time(minute),
        zone=city_name(zone, tr.locale),
        time=tr.format_local_time(now, zone),
    )
    others = [hour * _MINUTES_PER_HOUR for hour in _OFFERED_HOURS if hour * _MINUTES_PER_HOUR != minute]
    keyboard = (
        (_step_button(tr.gettext("Yes, {hour}", hour=tr.format_time(minute)), "keep"),),
        tuple(_step_button(tr.format_time(one), "hour", tr.format_time(one).replace(":", "")) for one in others),
        (_step_button(tr.gettext("That is not my time"), "where"),),
    )
    return Response(messages=(html_message(told, keyboard),), edits_message=True)


def timezone_prompt(tr: Translator, profile: SubscriberProfile) -> Response:
    """Ask for the city."""
    zones = [zone for zone in common_timezones(profile.preferences.timezone) if zone != profile.preferences.timezone]
    buttons = [_step_button(city_name(zone, tr.locale), "zone", zone) for zone in zones]
    told = tr.gettext(
        "Which city is your time zone? Tap it, or type any city, in English or Chinese: <code>/settings zone "
        "Lisbon</code>."
    )
    rows = tuple(tuple(buttons[at : at + _COLUMNS]) for at in range(0, len(buttons), _COLUMNS))
    return Response(messages=(html_message(told, rows),), edits_message=True)


def onboarding_done(request: Request, profile: SubscriberProfile) -> Response:
    """Return the text that says what comes next, and where everything else is."""
    told = join_lines(
        request.gettext("All set."),
        next_digest_text(request, profile),
        request.gettext("All other settings, from detail level to keywords: /settings. All commands: /help"),
    )
    return Response(messages=(html_message(told),), edits_message=True)


def _step_button(text: str, *args: str) -> Button:
    return Button(text=text, callback_data=encode_callback(Action.ONBOARDING, *args))


COMMANDS = (Command(name="start", handle=start, aliases=("开始",), needs_group_admin=True),)
BUTTONS = {Action.ONBOARDING: ButtonRoute(handle=_take_step)}
