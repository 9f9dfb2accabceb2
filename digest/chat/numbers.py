"""The whole in numbers: what it is now in words, and how it came to be in a picture."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from digest.chat.answers import numbers as answers
from digest.chat.answers.numbers import FEWEST_DAYS, MOST_DAYS
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.overview import History
from digest.render.figures import Figures, Label, Series

_DAYS = re.compile(r"([0-9]{1,3})\s*(?:d|days?|天|日)?", re.IGNORECASE)
_USUAL = 30


async def stats(house: House, ask: Ask) -> Reply:
    """Answer ``/stats`` and ``/stats DAYS``: a picture of so many days, and the numbers of now."""
    wanted = _days(ask.text)
    if wanted is None:
        return answers.how_to_stats(ask.words)
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    numbers = await house.overview.numbers()
    told = answers.stats(ask.words, house.taxonomy, numbers, zone)
    if house.draw is None:
        return Reply(parts=answers.without_picture(told))
    until = house.clock().date()
    since = until - timedelta(days=wanted - 1)
    figures = _figures(house, ask, await house.history.history(since, until), since, until)
    picture = await house.draw(figures)
    if picture is None:
        return Reply(parts=answers.without_picture(told))
    return Reply(parts=answers.with_picture(ask.words, told, picture, len(figures.days)))


def _days(text: str) -> int | None:
    """Give for how many days a picture is asked, None where that makes no sense."""
    words = unicodedata.normalize("NFKC", text).strip()
    if not words:
        return _USUAL
    named = _DAYS.fullmatch(words)
    return int(named[1]) if named and FEWEST_DAYS <= int(named[1]) <= MOST_DAYS else None


def _figures(house: House, ask: Ask, history: History, since: date, until: date) -> Figures:
    """Give every series a value for each day."""
    days = tuple(since + timedelta(days=at) for at in range((until - since).days + 1))

    def series(label: Label, values: Mapping[date, int]) -> Series:
        return Series(label=label, values=tuple(values.get(day, 0) for day in days))

    readers = [
        series(answers.reached_label(ask.words, channel), values)
        for channel, values in history.readers.items()
        if channel is None or any(values.values())
    ]
    outcomes = [
        series(answers.state_label(ask.words, state), history.outcomes[state])
        for state in answers.OUTCOMES
        if state in history.outcomes
    ]
    most_first = sorted(history.papers, key=lambda slug: (-sum(history.papers[slug].values()), slug))
    papers = [
        series(answers.domain_label(ask.words, house.taxonomy, slug), history.papers[slug])
        for slug in most_first[: answers.MOST_DOMAINS]
    ]
    return answers.figures(ask.words, days, tuple(readers), tuple(outcomes), tuple(papers))
