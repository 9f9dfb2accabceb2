"""The answer to each change of a setting, and how a setting is given."""

from digest.model import DetailLevel, Frequency, Locale, SubscriberProfile
from digest.model.message import Button
from digest.papers.keywords import MAX_KEYWORD_LENGTH, MAX_KEYWORDS
from digest.render.telegram.callback_data import Action, encode_callback
from digest.telegram.input.commands import strip_invisible
from digest.telegram.input.settings import ParsedSetting, Setting, UnclearSetting
from digest.telegram.input.timezones import city_name
from digest.telegram.request import Request, Response, escape_user_text, html_response, join_lines
from digest.telegram.texts.general import next_digest_text
from digest.text.i18n import Translator, translator_for


def format_frequency(tr: Translator, profile: SubscriberProfile) -> str:
    """Say on which days a reader gets a digest."""
    match profile.preferences.frequency:
        case Frequency.DAILY:
            return tr.gettext("every day")
        case Frequency.WEEKDAYS:
            return tr.gettext("Monday to Friday")
        case Frequency.WEEKLY:
            return tr.gettext("once a week, on {day}", day=tr.weekday_name(profile.preferences.weekday))


def change_result(  # noqa: C901 - one case for each setting
    request: Request, profile: SubscriberProfile, setting: Setting
) -> Response:
    """Tell what a setting is now, and what follows from it."""
    chosen = profile.preferences
    match setting:
        case Setting.SEND_TIME:
            told = request.gettext("Your digest now comes at {hour}.", hour=request.tr.format_time(chosen.send_minute))
        case Setting.TIMEZONE:
            told = request.gettext("Your time zone is now {zone}.", zone=format_timezone(request.tr, chosen.timezone))
        case Setting.FREQUENCY:
            told = request.gettext("Your digest now comes {rhythm}.", rhythm=format_frequency(request.tr, profile))
        case Setting.LANGUAGE:
            told = request.gettext("From now on we speak English.")
        case Setting.MAX_PAPERS:
            told = _max_papers_text(request.tr, chosen.max_papers)
        case Setting.EMPTY_DAYS if chosen.notify_when_empty:
            told = request.gettext("On a day without papers for you I now say so in one line.")
        case Setting.EMPTY_DAYS:
            told = request.gettext("On a day without papers for you I now keep silent.")
        case Setting.DETAIL_LEVEL:
            told = request.gettext(
                "A digest now shows {layout}.", layout=format_detail_level(request.tr, chosen.detail_level)
            )
        case Setting.SILENT if chosen.silent:
            told = request.gettext("Your digest now comes without a sound.")
        case Setting.SILENT:
            told = request.gettext("Your digest now comes with a sound.")
        case Setting.INCLUDE:
            told = include_keywords_text(request.tr, chosen.include_keywords)
        case Setting.MUTE:
            told = mute_keywords_text(request.tr, chosen.mute_keywords)
    return html_response(
        join_lines(told, next_digest_text(request, profile), request.gettext("All settings: {/settings}"))
    )


def format_detail_level(tr: Translator, level: DetailLevel) -> str:
    """Say what a layout shows."""
    match level:
        case DetailLevel.TITLES:
            return tr.gettext("titles only")
        case DetailLevel.SHORT:
            return tr.gettext("each paper in one sentence")
        case DetailLevel.FULL:
            return tr.gettext("as much of each paper as there is room for")


def setting_offer(tr: Translator, parsed: ParsedSetting, text: str) -> Response:
    """Answer somebody who names a setting's value and no command, such as an hour, a city or a rhythm."""
    choice, shown_value = parsed.changes, strip_invisible(text).strip()
    told = tr.gettext("Shall I set this?")
    if (minute := choice.get("send_minute")) is not None:
        shown_value = tr.format_time(minute)
        told = tr.gettext("Shall your digest come at {hour}?", hour=shown_value)
    elif zone := choice.get("timezone"):
        shown_value = format_timezone(tr, zone)
        told = tr.gettext("Is {zone} your time zone?", zone=shown_value)
    hint = tr.gettext(
        "Tap, or type <code>/settings {word}</code>. To look for papers: <code>/search {word}</code>",
        word=escape_user_text(text),
    )
    try:
        yes = Button(
            text=tr.gettext("Yes, {hour}", hour=shown_value),
            callback_data=encode_callback(Action.SET_PREFERENCE, parsed.setting.value, parsed.input_text),
        )
    except ValueError:
        return html_response(join_lines(told, hint))
    return html_response(join_lines(told, hint), ((yes,),))


def include_keywords_text(tr: Translator, keywords: tuple[str, ...]) -> str:
    """Say which words bring a paper."""
    if not keywords:
        return tr.gettext("No keyword brings you papers; your domains do.")
    named = tr.format_list([quote_keyword(tr, word) for word in keywords])
    return tr.gettext("Papers with {keywords} come to you, whatever their domain.", keywords=named)


def mute_keywords_text(tr: Translator, keywords: tuple[str, ...]) -> str:
    """Say which words keep a paper away."""
    if not keywords:
        return tr.gettext("No keyword keeps papers away from you.")
    named = tr.format_list([quote_keyword(tr, word) for word in keywords])
    return tr.gettext("Papers with {keywords} stay away from you.", keywords=named)


def quote_keyword(tr: Translator, keyword: str) -> str:
    """Return a reader's own word as a sentence shows it."""
    return tr.gettext("“{name}”", name=escape_user_text(keyword))


def too_many_keywords(request: Request) -> Response:
    """Say that a list of keywords is full."""
    return html_response(
        request.ngettext(
            "You may have one keyword of a kind. See yours: {/settings:keywords}",
            "You may have {n} keywords of a kind. Take some away first: {/settings:keywords}",
            MAX_KEYWORDS,
        )
    )


def _max_papers_text(tr: Translator, max_papers: int | None) -> str:
    if max_papers is None:
        return tr.gettext("A digest now holds every paper of your domains.")
    return tr.ngettext("A digest now holds one paper at most.", "A digest now holds {n} papers at most.", max_papers)


def format_timezone(tr: Translator, timezone: str) -> str:
    """Return a zone with its city in this language, where they differ."""
    name = city_name(timezone, tr.locale)
    return timezone if timezone.endswith(name) else tr.gettext("{city} ({zone})", city=name, zone=timezone)


def unclear_setting(request: Request, unclear: UnclearSetting) -> Response:
    """Say how a setting is given, and offer the zones that come near."""
    if unclear.timezones:
        return html_response(
            request.gettext(
                "Which time zone do you mean by “{word}”? Tap one, or type:", word=escape_user_text(unclear.value)
            )
            + "".join(f"\n<code>{request.command('settings', f'zone {zone}')}</code>" for zone in unclear.timezones),
            tuple((_timezone_button(request, zone),) for zone in unclear.timezones),
        )
    return html_response(_setting_usage(request, unclear))


def _timezone_button(request: Request, timezone: str) -> Button:
    return Button(
        text=format_timezone(request.tr, timezone),
        callback_data=request.callback(Action.SET_PREFERENCE, Setting.TIMEZONE.value, timezone),
    )


def _setting_usage(  # noqa: C901, PLR0911 - one return for each setting
    request: Request, unclear: UnclearSetting
) -> str:
    match unclear.setting:
        case Setting.SEND_TIME:
            return request.gettext("An hour looks like this: {/settings:hour 8:30}, also 8, 8pm or 20:30.")
        case Setting.TIMEZONE:
            return request.gettext(
                "I do not know this place. Name a city or a zone: {/settings:zone Berlin}, "
                "{/settings:zone Asia/Shanghai}, {/settings:zone UTC+8}."
            )
        case Setting.FREQUENCY:
            return request.gettext(
                "There are three rhythms: {/settings:rhythm daily}, {/settings:rhythm weekdays}, "
                "{/settings:rhythm weekly monday}."
            )
        case Setting.LANGUAGE:
            return request.gettext(
                "I speak {languages}. Choose one: {/settings:language 中文}.",
                languages=request.tr.format_list([translator_for(one).native_name for one in Locale]),
            )
        case Setting.MAX_PAPERS:
            return request.gettext("How many papers at most? {/settings:most 10}, or {/settings:most all}.")
        case Setting.EMPTY_DAYS:
            return request.gettext(
                "Shall I write on days without papers for you? {/settings:empty on} or {/settings:empty off}."
            )
        case Setting.DETAIL_LEVEL:
            return request.gettext(
                "There are three layouts: {/settings:layout titles}, {/settings:layout short}, {/settings:layout full}."
            )
        case Setting.SILENT:
            return request.gettext("With or without a sound? {/settings:quiet off} or {/settings:quiet on}.")
        case Setting.INCLUDE:
            return request.gettext(
                "Which words shall bring you papers? {/settings:include diffusion, world model}. Fewer: "
                "{/settings:include remove diffusion}, none: {/settings:include none}. A keyword has at "
                "most {most} letters.",
                most=MAX_KEYWORD_LENGTH,
            )
        case Setting.MUTE:
            return request.gettext(
                "Which words shall keep papers away? {/settings:mute survey}. Fewer: {/settings:mute remove survey}, "
                "none: {/settings:mute none}. A keyword has at most {most} letters.",
                most=MAX_KEYWORD_LENGTH,
            )
        case None:
            return request.gettext(
                "I can set hour, zone, rhythm, layout, quiet, most, empty, language, include and mute, "
                "such as {/settings:hour 8:30}. All of it, to tap: {/settings}"
            )


def pause_result(request: Request, profile: SubscriberProfile) -> Response:
    """Tell that nothing comes any more, for now or until a day."""
    if profile.subscriber.paused_until and profile.subscriber.next_digest_at:
        return html_response(
            join_lines(next_digest_text(request, profile), request.gettext("The papers stay within reach: {/today}"))
        )
    return html_response(
        request.gettext("Paused: I send nothing until you say {/resume}. The papers stay within reach: {/today}")
    )


def pause_usage(request: Request) -> Response:
    """Say how a pause is given an end."""
    return html_response(
        request.gettext(
            "Until when? {/pause:two weeks}, {/pause:until 5 December}, {/pause:2026-12-05}, within "
            "a year. Without an end: {/pause}"
        )
    )


def not_paused(request: Request, profile: SubscriberProfile) -> Response:
    """Say that there is no pause to be ended."""
    return html_response(join_lines(request.gettext("You were not paused."), next_digest_text(request, profile)))


def resume_result(request: Request, profile: SubscriberProfile) -> Response:
    """Tell that digests come again."""
    return html_response(
        join_lines(
            request.gettext("Welcome back."),
            next_digest_text(request, profile),
            request.gettext("What is new now: {/today}"),
        )
    )
