"""Settings, pause, resume: when and how a reader gets their digest."""

import re
from dataclasses import replace

from digest.model import SubscriberProfile
from digest.model.errors import InvalidInput
from digest.render.telegram.callback_data import Action
from digest.services.preferences import FIELD_BY_KEY, INCLUDE, LANGUAGE, MUTE, SEND_TIME, KeywordsField, PreferenceField
from digest.services.schedule import local_date
from digest.services.subscriptions import MAX_PAUSE
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.dates import parse_future_date
from digest.telegram.input.settings import (
    ALL_PAGE,
    KEYWORDS_PAGE,
    PAGES,
    PAUSE_PAGE,
    KeywordChange,
    ParsedSetting,
    UnclearSetting,
    page_named,
    parse_setting,
)
from digest.telegram.request import Redirect, Reply, Request, Response
from digest.telegram.routes import ButtonRoute, Command
from digest.telegram.texts import settings as answers
from digest.text.i18n import gettext_noop

_ISO_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_OTHER_COMMANDS = {
    **dict.fromkeys(("domains", "领域", "方向"), "domains"),
    **dict.fromkeys(("email", "邮箱", "邮件"), "email"),
}
"""What people look for among the settings, and the command that has it."""

_PAGE_AFTER_CHANGE = {SEND_TIME.key: SEND_TIME.key, INCLUDE.key: KEYWORDS_PAGE, MUTE.key: KEYWORDS_PAGE}
"""Settings whose page stays open after a tap, because another tap often follows."""


async def settings(deps: HandlerDependencies, request: Request) -> Reply:
    """Answer ``/settings``, ``/settings NAME`` and ``/settings NAME VALUE``."""
    if other := _OTHER_COMMANDS.get(request.text.strip().casefold()):
        return Redirect(command=other)
    if name := page_named(request.text) if request.text else ALL_PAGE:
        return await _page_for_request(deps, request, name)
    wish = parse_setting(request.text, deps.clock())
    if isinstance(wish, UnclearSetting):
        return answers.unclear_setting(request, wish)
    reader = await _apply_setting(deps, request, wish)
    if reader is None:
        return answers.too_many_keywords(request)
    if wish.setting is LANGUAGE:
        request = replace(request, locale=reader.preferences.locale)
    return answers.change_result(request, reader, wish.setting)


async def _press_page(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    name = "".join(args[:1])
    return await _page_for_request(deps, request, name) if name in PAGES else None


async def _press_value(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Reply | None:
    """Change a setting by a button, and show where it is seen; None for a value that no button has."""
    setting, value, *_ = (*args, "", "")
    if setting == "only" and value in deps.taxonomy.slugs:
        return Redirect(command="subscribe", args=f"only {value}")
    if setting in (PAUSE_PAGE, "deliveries"):
        return await _pause_by_button(deps, request, value)
    if setting not in FIELD_BY_KEY:
        return None
    wish = _keyword_removal(request, FIELD_BY_KEY[setting], value) or parse_setting(f"{setting} {value}", deps.clock())
    if isinstance(wish, UnclearSetting):
        return answers.unclear_setting(request, wish) if wish.timezones else None
    reader = await _apply_setting(deps, request, wish)
    if reader is None:
        return answers.too_many_keywords(request)
    return _page_response(deps, request, reader, _PAGE_AFTER_CHANGE.get(setting, ALL_PAGE))


async def pause(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/pause`` and ``/pause UNTIL``."""
    reader = await _get_or_create_profile(deps, request)
    today = local_date(deps.clock(), reader.preferences.timezone)
    until = parse_future_date(request.text, today) if request.text else None
    if request.text and not (until and today < until <= today + MAX_PAUSE):
        return answers.pause_usage(request)
    paused = await deps.subscriptions.pause(request.target, until) or reader
    return answers.pause_result(request, paused)


async def resume(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/resume``."""
    before = await _get_or_create_profile(deps, request)
    if not before.subscriber.paused:
        return answers.not_paused(request, before)
    return answers.resume_result(request, await deps.subscriptions.resume(request.target) or before)


async def _apply_setting(
    deps: HandlerDependencies, request: Request, parsed: ParsedSetting
) -> SubscriberProfile | None:
    """Change what a wish says; None where it has more keywords than there may be."""
    reader = await _get_or_create_profile(deps, request)
    if parsed.keyword_change is None:
        return await deps.subscriptions.update_preferences(request.target, **parsed.changes) or reader
    try:
        return await deps.subscriptions.update_with(request.target, parsed.changes_for) or reader
    except InvalidInput:
        return None


async def _pause_by_button(deps: HandlerDependencies, request: Request, value: str) -> Response | None:
    if value not in ("on", "off") and not _ISO_DATE.fullmatch(value):
        return None
    reader = await _get_or_create_profile(deps, request)
    if value == "off":
        after = await deps.subscriptions.resume(request.target)
    elif value == "on":
        after = await deps.subscriptions.pause(request.target)
    else:
        until = parse_future_date(value, local_date(deps.clock(), reader.preferences.timezone))
        if until is None or value != until.isoformat():
            return None
        try:
            after = await deps.subscriptions.pause(request.target, until)
        except InvalidInput:
            return None
    return _page_response(deps, request, after or reader, ALL_PAGE)


def _keyword_removal(request: Request, setting: PreferenceField, value: str) -> ParsedSetting | None:
    """Return the wish of a button that takes a keyword away; None for any other button."""
    if not value.startswith("~") or not isinstance(setting, KeywordsField):
        return None
    had = setting.get(request.profile.preferences) if request.profile else ()
    drop = tuple(word for word in had if answers.hash_keyword(word) == value[1:])
    return ParsedSetting(setting=setting, keyword_change=KeywordChange(remove=drop))


async def _page_for_request(deps: HandlerDependencies, request: Request, page: str) -> Response:
    return _page_response(deps, request, request.profile or await _get_or_create_profile(deps, request), page)


def _page_response(deps: HandlerDependencies, request: Request, profile: SubscriberProfile, page: str) -> Response:
    request = replace(request, locale=profile.preferences.locale)
    return Response(messages=(answers.settings_page(request, deps.taxonomy, profile, page, deps.clock()),))


async def _get_or_create_profile(deps: HandlerDependencies, request: Request) -> SubscriberProfile:
    return await deps.subscriptions.get_or_create(request.target, locale=request.locale, timezone=request.timezone)


COMMANDS = (
    Command(
        name="settings",
        handle=settings,
        aliases=("设置", "设定"),
        menu=gettext_noop("Hour, time zone, layout, keywords and more"),
        help=(gettext_noop("/settings – hour, time zone, rhythm, layout, keywords and more"),),
        needs_group_admin=True,
        open_without_args=True,
        manages_groups=True,
    ),
)


PAUSE_COMMANDS = (
    Command(
        name="pause",
        handle=pause,
        aliases=("暂停", "stop"),
        menu=gettext_noop("Take a break"),
        help=(gettext_noop("/pause and /resume – a break, as long as you like: <code>/pause two weeks</code>"),),
        needs_group_admin=True,
        manages_groups=True,
        needs_posting=False,
    ),
    Command(
        name="resume",
        handle=resume,
        aliases=("继续", "恢复"),
        menu=gettext_noop("Go on after a break"),
        needs_group_admin=True,
        manages_groups=True,
    ),
)


BUTTONS = {
    Action.SETTINGS_PAGE: ButtonRoute(handle=_press_page, edits_message=True, manages_groups=True),
    Action.SET_PREFERENCE: ButtonRoute(handle=_press_value, edits_message=True, manages_groups=True),
}
