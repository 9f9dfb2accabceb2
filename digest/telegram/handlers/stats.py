"""The whole in numbers: what it is now in words, and how it came to be in a picture."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from digest.model import Channel, DeliveryState, Locale
from digest.model.message import TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.chart import Figures, Label, Panel, Series
from digest.services.admin import Stats, StatsHistory
from digest.services.channels import CHANNELS
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.lookups import timezone_of
from digest.telegram.request import Request, Response, escape_user_text, html_message, html_response, join_lines
from digest.telegram.routes import Command
from digest.telegram.texts.general import format_channel_counts
from digest.telegram.texts.outbox import count_line, delivery_state_name
from digest.text.i18n import Translator, gettext_noop, translator_for
from digest.text.truncate import utf16_length

_DAYS = re.compile(r"([0-9]{1,3})\s*(?:d|days?|天|日)?", re.IGNORECASE)
_DEFAULT_DAYS = 30
MAX_DOMAINS = 8
"""How many domains the picture has room for; those with the most papers."""

MIN_DAYS, MAX_DAYS = 7, 365
"""How many days the picture may show."""

MAX_CAPTION_LENGTH = 1024
"""UTF-16 units of a picture's caption (https://core.telegram.org/bots/api#sendphoto)."""

FINAL_STATES = (
    DeliveryState.SENT,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.UNREACHABLE,
    DeliveryState.CANCELLED,
)


async def stats(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/stats`` and ``/stats DAYS``: a picture of so many days, and the numbers of now."""
    wanted = _parse_days(request.text)
    if wanted is None:
        return _stats_usage(request.tr)
    numbers = await deps.stats.load_stats()
    told = _stats_sections(request.tr, deps.taxonomy, numbers, timezone_of(deps, request))
    if deps.render_chart is None:
        return Response(messages=_stats_without_chart(told))
    until = deps.clock().date()
    since = until - timedelta(days=wanted - 1)
    figures = _build_chart_data(deps, request, await deps.stats_history.load_history(since, until), since, until)
    picture = await deps.render_chart(figures)
    if picture is None:
        return Response(messages=_stats_without_chart(told))
    return Response(messages=stats_with_chart(request.tr, told, picture, len(figures.days)))


def _parse_days(text: str) -> int | None:
    """Return for how many days a picture is asked, None where that makes no sense."""
    words = unicodedata.normalize("NFKC", text).strip()
    if not words:
        return _DEFAULT_DAYS
    named = _DAYS.fullmatch(words)
    return int(named[1]) if named and MIN_DAYS <= int(named[1]) <= MAX_DAYS else None


def _build_chart_data(
    deps: HandlerDependencies, request: Request, history: StatsHistory, since: date, until: date
) -> Figures:
    """Return every series a value for each day."""
    days = tuple(since + timedelta(days=at) for at in range((until - since).days + 1))

    def build_series(label: Label, values: Mapping[date, int]) -> Series:
        return Series(label=label, values=tuple(values.get(day, 0) for day in days))

    readers = [
        build_series(channel_label(request.tr, channel), values)
        for channel, values in history.subscribers.items()
        if channel is None or any(values.values())
    ]
    outcomes = [
        build_series(state_label(request.tr, state), history.outcomes[state])
        for state in FINAL_STATES
        if state in history.outcomes
    ]
    most_first = sorted(history.papers, key=lambda slug: (-sum(history.papers[slug].values()), slug))
    papers = [
        build_series(domain_label(request.tr, deps.taxonomy, slug), history.papers[slug])
        for slug in most_first[:MAX_DOMAINS]
    ]
    return build_figures(request.tr, days, tuple(readers), tuple(outcomes), tuple(papers))


def _stats_usage(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "How many days shall the picture show? <code>/stats 90</code>, from {fewest} to {most}; "
            "without a number 30.",
            fewest=MIN_DAYS,
            most=MAX_DAYS,
        )
    )


def _stats_sections(tr: Translator, taxonomy: Taxonomy, stats: Stats, timezone: str) -> tuple[str, ...]:
    newest = tr.format_long_date(stats.newest_report) if stats.newest_report else tr.gettext("none yet")
    waits = (
        tr.gettext("The oldest waits since {at}.", at=tr.format_datetime(stats.oldest_due, timezone))
        if stats.oldest_due
        else tr.gettext("Nothing waits.")
    )
    whole = join_lines(
        tr.gettext("<b>In numbers</b>"),
        tr.gettext("Readers: {n}, of whom {paused} paused", n=stats.subscribers, paused=stats.paused),
        tr.gettext("Reached: {counts}", counts=format_channel_counts(tr, stats.endpoints)),
        tr.gettext("Reports: {n}, the newest of {day}", n=stats.reports, day=newest),
        tr.gettext("Papers: {n}", n=stats.papers),
    )
    followed = join_lines(
        tr.gettext("<b>Followed by</b>"),
        tr.gettext("Everything: {n}", n=stats.all_domains),
        *_subscriber_counts(tr, taxonomy, stats),
    )
    deliveries = join_lines(
        tr.gettext("<b>Deliveries</b>"),
        *(count_line(tr, delivery_state_name(tr, state), n) for state, n in stats.deliveries.items() if n),
        waits,
    )
    return whole, followed, deliveries


def _subscriber_counts(tr: Translator, taxonomy: Taxonomy, stats: Stats) -> list[str]:
    most_first = sorted(stats.domain_followers.items(), key=lambda one: (-one[1], one[0]))
    return [count_line(tr, escape_user_text(taxonomy.name(slug, tr.locale)), n) for slug, n in most_first if n]


def _stats_without_chart(sections: tuple[str, ...]) -> tuple[TelegramMessage, ...]:
    return (html_message("\n\n".join(sections)),)


def stats_with_chart(tr: Translator, sections: tuple[str, ...], chart: bytes, days: int) -> tuple[TelegramMessage, ...]:
    """Return the picture with the numbers below it, or after it if they are too long for a caption."""
    hint = tr.ngettext(
        "The picture shows {n} day; another stretch: <code>/stats 90</code>",
        "The picture shows {n} days; another stretch: <code>/stats 90</code>",
        days,
    )
    whole = html_message("\n\n".join((*sections, hint)))
    if utf16_length(whole.plain) <= MAX_CAPTION_LENGTH:
        return (replace(whole, photo=chart),)
    first, *rest = sections
    caption = html_message(f"{first}\n\n{hint}")
    return (replace(caption, photo=chart), html_message("\n\n".join(rest)))


def build_figures(
    tr: Translator,
    days: tuple[date, ...],
    subscribers: tuple[Series, ...],
    outcomes: tuple[Series, ...],
    papers: tuple[Series, ...],
) -> Figures:
    """Return what a chart of these days shows."""
    return Figures(
        days=days,
        readers=Panel(
            title=_bilingual_label(tr, lambda one: one.gettext("Readers")),
            empty=_bilingual_label(tr, lambda one: one.gettext("Nobody reads yet.")),
            series=subscribers,
        ),
        deliveries=Panel(
            title=_bilingual_label(tr, lambda one: one.gettext("Deliveries a day")),
            empty=_bilingual_label(tr, lambda one: one.gettext("Nothing was sent in these days.")),
            series=outcomes,
        ),
        papers=Panel(
            title=_bilingual_label(tr, lambda one: one.gettext("Papers a day by domain")),
            empty=_bilingual_label(tr, lambda one: one.gettext("No report came in these days.")),
            series=papers,
        ),
    )


def channel_label(tr: Translator, channel: Channel | None) -> Label:
    """Return the name of a channel, None for all."""
    if channel is None:
        return _bilingual_label(tr, lambda one: one.gettext("Readers"))
    return _bilingual_label(tr, lambda one: one.gettext(CHANNELS[channel].label))


def state_label(tr: Translator, state: DeliveryState) -> Label:
    """Return the name of a delivery state."""
    return _bilingual_label(
        tr,
        lambda one: one.gettext("uncertain") if state is DeliveryState.UNCERTAIN else delivery_state_name(one, state),
    )


def domain_label(tr: Translator, taxonomy: Taxonomy, slug: str) -> Label:
    """Return the name of a domain."""
    return Label(text=taxonomy.name(slug, tr.locale), plain=slug)


def _bilingual_label(tr: Translator, get_text: Callable[[Translator], str]) -> Label:
    return Label(text=get_text(tr), plain=get_text(translator_for(Locale.EN)))


COMMANDS = (
    Command(
        name="stats",
        handle=stats,
        aliases=("统计",),
        menu=gettext_noop("Readers, papers and deliveries in numbers"),
        help=(gettext_noop("/stats – readers, papers and deliveries in numbers"),),
        admin_only=True,
    ),
)
