"""For admins: the numbers in words, and the words of their picture."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from digest.model import Channel, DeliveryState, Locale
from digest.model.message import TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.chart import Figures, Label, Panel, Series
from digest.services.admin import Stats
from digest.telegram.request import Response, escape_user_text, html_message, html_response, join_lines
from digest.telegram.texts.broadcast import format_channel_counts
from digest.telegram.texts.outbox import count_line, delivery_state_name
from digest.text.i18n import Translator, translator_for
from digest.text.telegram_length import utf16_length

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


def stats_usage(tr: Translator) -> Response:
    """Say how the command goes."""
    return html_response(
        tr.gettext(
            "How many days shall the picture show? <code>/stats 90</code>, from {fewest} to {most}; "
            "without a number 30.",
            fewest=MIN_DAYS,
            most=MAX_DAYS,
        )
    )


def stats_sections(tr: Translator, taxonomy: Taxonomy, stats: Stats, timezone: str) -> tuple[str, ...]:
    """Return the whole in numbers, a paragraph each."""
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


def stats_without_chart(sections: tuple[str, ...]) -> tuple[TelegramMessage, ...]:
    """Return the numbers as one message."""
    return (html_message("\n\n".join(sections)),)


def stats_with_chart(tr: Translator, sections: tuple[str, ...], chart: bytes, days: int) -> tuple[TelegramMessage, ...]:
    """Return the picture with the numbers below it, or with the first of them where a caption has no room."""
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


def build_chart_data(
    tr: Translator,
    days: tuple[date, ...],
    subscribers: tuple[Series, ...],
    outcomes: tuple[Series, ...],
    papers: tuple[Series, ...],
) -> Figures:
    """Return the three panels of the picture their words."""
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
    """Name the readers of a channel, or all of them."""
    match channel:
        case Channel.TELEGRAM:
            return _bilingual_label(tr, lambda one: one.gettext("Telegram"))
        case Channel.EMAIL:
            return _bilingual_label(tr, lambda one: one.gettext("Email"))
        case None:
            return _bilingual_label(tr, lambda one: one.gettext("Readers"))


def state_label(tr: Translator, state: DeliveryState) -> Label:
    """Name an outcome, short enough for a legend."""
    return _bilingual_label(
        tr,
        lambda one: one.gettext("uncertain") if state is DeliveryState.UNCERTAIN else delivery_state_name(one, state),
    )


def domain_label(tr: Translator, taxonomy: Taxonomy, slug: str) -> Label:
    """Name a domain; without letters for its name it is its slug."""
    return Label(text=taxonomy.name(slug, tr.locale), plain=slug)


def _bilingual_label(tr: Translator, get_text: Callable[[Translator], str]) -> Label:
    return Label(text=get_text(tr), plain=get_text(translator_for(Locale.EN)))
