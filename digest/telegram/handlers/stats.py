"""The whole in numbers: what it is now in words, and how it came to be in a picture."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from digest.render.chart import Figures, Label, Series
from digest.services.admin import StatsHistory
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request, Response
from digest.telegram.texts import stats as answers
from digest.telegram.texts.stats import MAX_DAYS, MIN_DAYS

_DAYS = re.compile(r"([0-9]{1,3})\s*(?:d|days?|天|日)?", re.IGNORECASE)
_DEFAULT_DAYS = 30


async def stats(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/stats`` and ``/stats DAYS``: a picture of so many days, and the numbers of now."""
    wanted = _parse_days(request.text)
    if wanted is None:
        return answers.stats_usage(request.tr)
    zone = request.profile.preferences.timezone if request.profile else deps.subscriptions.defaults.timezone
    numbers = await deps.stats.load_stats()
    told = answers.stats_sections(request.tr, deps.taxonomy, numbers, zone)
    if deps.render_chart is None:
        return Response(messages=answers.stats_without_chart(told))
    until = deps.clock().date()
    since = until - timedelta(days=wanted - 1)
    figures = _build_chart_data(deps, request, await deps.stats_history.load_history(since, until), since, until)
    picture = await deps.render_chart(figures)
    if picture is None:
        return Response(messages=answers.stats_without_chart(told))
    return Response(messages=answers.stats_with_chart(request.tr, told, picture, len(figures.days)))


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
        build_series(answers.channel_label(request.tr, channel), values)
        for channel, values in history.subscribers.items()
        if channel is None or any(values.values())
    ]
    outcomes = [
        build_series(answers.state_label(request.tr, state), history.outcomes[state])
        for state in answers.FINAL_STATES
        if state in history.outcomes
    ]
    most_first = sorted(history.papers, key=lambda slug: (-sum(history.papers[slug].values()), slug))
    papers = [
        build_series(answers.domain_label(request.tr, deps.taxonomy, slug), history.papers[slug])
        for slug in most_first[: answers.MAX_DOMAINS]
    ]
    return answers.build_chart_data(request.tr, days, tuple(readers), tuple(outcomes), tuple(papers))
