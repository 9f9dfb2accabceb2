"""For admins: the numbers in words, and the words of their picture."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from digest.chat.answers.broadcasting import per_channel
from digest.chat.answers.states import counted, state_name
from digest.chat.ask import Reply, lines, message, said, shown
from digest.domains import Taxonomy
from digest.markup import utf16_length
from digest.message import ChatPart
from digest.model import Channel, DeliveryState, Locale
from digest.overview import Numbers
from digest.render.figures import Figures, Label, Panel, Series
from digest.words import Words, words_in

MOST_DOMAINS = 8
"""How many domains the picture has room for; those with the most papers."""

FEWEST_DAYS, MOST_DAYS = 7, 365
"""How many days the picture may show."""

CAPTION = 1024
"""UTF-16 units of a picture's caption (https://core.telegram.org/bots/api#sendphoto)."""

OUTCOMES = (
    DeliveryState.SENT,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.GONE,
    DeliveryState.CANCELLED,
)


def how_to_stats(words: Words) -> Reply:
    """Say how the command goes."""
    return said(
        words.say(
            "How many days shall the picture show? <code>/stats 90</code>, from {fewest} to {most}; "
            "without a number 30.",
            fewest=FEWEST_DAYS,
            most=MOST_DAYS,
        )
    )


def stats(words: Words, taxonomy: Taxonomy, numbers: Numbers, zone: str) -> tuple[str, ...]:
    """Give the whole in numbers, a paragraph each."""
    newest = words.calendar_day(numbers.newest_report) if numbers.newest_report else words.say("none yet")
    waits = (
        words.say("The oldest waits since {at}.", at=words.moment(numbers.oldest_due, zone))
        if numbers.oldest_due
        else words.say("Nothing waits.")
    )
    whole = lines(
        words.say("<b>In numbers</b>"),
        words.say("Readers: {n}, of whom {paused} paused", n=numbers.subscribers, paused=numbers.paused),
        words.say("Reached: {counts}", counts=per_channel(words, numbers.endpoints)),
        words.say("Reports: {n}, the newest of {day}", n=numbers.reports, day=newest),
        words.say("Papers: {n}", n=numbers.papers),
    )
    followed = lines(
        words.say("<b>Followed by</b>"),
        words.say("Everything: {n}", n=numbers.everything),
        *_followers(words, taxonomy, numbers),
    )
    deliveries = lines(
        words.say("<b>Deliveries</b>"),
        *(counted(words, state_name(words, state), n) for state, n in numbers.deliveries.items() if n),
        waits,
    )
    return whole, followed, deliveries


def _followers(words: Words, taxonomy: Taxonomy, numbers: Numbers) -> list[str]:
    most_first = sorted(numbers.followers.items(), key=lambda one: (-one[1], one[0]))
    return [counted(words, shown(taxonomy.name(slug, words.locale)), n) for slug, n in most_first if n]


def without_picture(told: tuple[str, ...]) -> tuple[ChatPart, ...]:
    """Give the numbers as one message."""
    return (message("\n\n".join(told)),)


def with_picture(words: Words, told: tuple[str, ...], picture: bytes, days: int) -> tuple[ChatPart, ...]:
    """Give the picture with the numbers below it, or with the first of them where a caption has no room."""
    hint = words.count(
        "The picture shows {n} day; another stretch: <code>/stats 90</code>",
        "The picture shows {n} days; another stretch: <code>/stats 90</code>",
        days,
    )
    whole = message("\n\n".join((*told, hint)))
    if utf16_length(whole.plain) <= CAPTION:
        return (replace(whole, photo=picture),)
    first, *rest = told
    caption = message(f"{first}\n\n{hint}")
    return (replace(caption, photo=picture), message("\n\n".join(rest)))


def figures(
    words: Words,
    days: tuple[date, ...],
    readers: tuple[Series, ...],
    outcomes: tuple[Series, ...],
    papers: tuple[Series, ...],
) -> Figures:
    """Give the three panels of the picture their words."""
    return Figures(
        days=days,
        readers=Panel(
            title=_both(words, lambda one: one.say("Readers")),
            empty=_both(words, lambda one: one.say("Nobody reads yet.")),
            series=readers,
        ),
        deliveries=Panel(
            title=_both(words, lambda one: one.say("Deliveries a day")),
            empty=_both(words, lambda one: one.say("Nothing was sent in these days.")),
            series=outcomes,
        ),
        papers=Panel(
            title=_both(words, lambda one: one.say("Papers a day by domain")),
            empty=_both(words, lambda one: one.say("No report came in these days.")),
            series=papers,
        ),
    )


def reached_label(words: Words, channel: Channel | None) -> Label:
    """Name the readers of a channel, or all of them."""
    match channel:
        case Channel.TELEGRAM:
            return _both(words, lambda one: one.say("Telegram"))
        case Channel.EMAIL:
            return _both(words, lambda one: one.say("Email"))
        case None:
            return _both(words, lambda one: one.say("Readers"))


def state_label(words: Words, state: DeliveryState) -> Label:
    """Name an outcome, short enough for a legend."""
    return _both(
        words,
        lambda one: one.say("uncertain") if state is DeliveryState.UNCERTAIN else state_name(one, state),
    )


def domain_label(words: Words, taxonomy: Taxonomy, slug: str) -> Label:
    """Name a domain; without letters for its name it is its slug."""
    return Label(text=taxonomy.name(slug, words.locale), plain=slug)


def _both(words: Words, say: Callable[[Words], str]) -> Label:
    return Label(text=say(words), plain=say(words_in(Locale.EN)))
