"""Inline mode: papers for whoever writes ``@bot words`` in any chat.

Telegram sends these queries once ``/setinline`` has switched them on at @BotFather; without that none come.
"""

import re
from dataclasses import dataclass

import structlog
from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from digest.model import Locale, Paper, Section, Target
from digest.papers.domains import Taxonomy
from digest.render.telegram import deep_links
from digest.render.telegram.deep_links import INLINE_START
from digest.render.telegram.fragment import (
    EMPTY,
    display_title,
    is_valid_id,
    italic,
    join_fragments,
    link,
    text_fragment,
)
from digest.services.rate_limit import RateLimitResult
from digest.services.search import MAX_RESULTS
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.lookups import todays_paper_ids
from digest.text import markdown
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

MAX_INLINE_RESULTS = 50
"""Results of one answer (https://core.telegram.org/bots/api#answerinlinequery)."""

CACHE_SECONDS = 30
"""How long Telegram may give the same answer to the same person; a new report should not wait for long."""

_OFFSET = re.compile(r"[0-9]{1,3}")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineArticle:
    """A result: what the list shows of it, and the message's ``html`` and ``plain`` words.

    ``id`` has at most 64 bytes and is one of its kind in an answer
    (https://core.telegram.org/bots/api#inlinequeryresultarticle).
    """

    id: str
    title: str
    description: str
    url: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineRequest:
    """An inline query: who asks, for what, and from which place on (``next_offset`` as we said it before)."""

    user_id: int
    text: str
    offset: str
    locale: Locale
    bot_username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineResults:
    """The answer.

    Articles, the ``next_offset`` of the next ones ("" for no more), and what an empty one says.
    """

    articles: tuple[InlineArticle, ...] = ()
    next_offset: str = ""
    empty_text: str = ""


_MAX_DESCRIPTION = 160
_MAX_SUMMARY = 700
_MAX_DOMAIN_LINE = 200
_MAX_DOMAINS = 4


async def answer_inline(deps: HandlerDependencies, request: InlineRequest) -> InlineResults:
    """Return what there is: papers with the words, the paper with the id, or today's for no words at all."""
    start = int(request.offset) if _OFFSET.fullmatch(request.offset) else 0
    if deps.inline_limiter.allow(request.user_id, deps.monotonic_clock()) is not RateLimitResult.ALLOWED or (
        request.offset and not start
    ):
        return InlineResults()
    reader = await deps.subscriptions.find_profile(Target.telegram(request.user_id))
    tr = translator_for(reader.preferences.locale if reader else request.locale)
    papers, total = await _find_papers(deps, request.text, start)
    made = (build_article(tr, deps.taxonomy, paper, request.bot_username) for paper in papers)
    articles = tuple(one for one in made if one is not None)
    return InlineResults(
        articles=articles,
        next_offset=str(start + MAX_INLINE_RESULTS) if start + MAX_INLINE_RESULTS < total else "",
        empty_text="" if articles or start else _empty_results_text(tr),
    )


async def send_results(query: InlineQuery, inline_results: InlineResults) -> None:
    """Send an answer; it is in its reader's language, so that nobody else gets it from Telegram's cache."""
    button = (
        InlineQueryResultsButton(inline_results.empty_text, start_parameter=INLINE_START)
        if inline_results.empty_text
        else None
    )
    results = [
        InlineQueryResultArticle(
            id=one.id,
            title=one.title,
            description=one.description,
            url=one.url,
            input_message_content=InputTextMessageContent(
                one.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
            ),
        )
        for one in inline_results.articles
    ]
    try:
        await query.get_bot().answer_inline_query(
            query.id,
            results,
            cache_time=CACHE_SECONDS,
            is_personal=True,
            next_offset=inline_results.next_offset,
            button=button,
        )
    except BadRequest as error:
        _log.info("an inline query was answered too late", reason=error.message)


async def _find_papers(deps: HandlerDependencies, text: str, start: int) -> tuple[tuple[Paper, ...], int]:
    """Return the papers from a place on, and how many there are."""
    if not text.strip():
        ids = await todays_paper_ids(deps)
        page = ids[start : start + MAX_INLINE_RESULTS]
        known = await deps.archive.get_many(page)
        return tuple(known[one] for one in page if one in known), len(ids)
    results = await deps.search.find(text, offset=start, limit=MAX_INLINE_RESULTS, as_prefix=True)
    return tuple(one.paper for one in results.results), min(results.total, MAX_RESULTS)


def build_article(tr: Translator, taxonomy: Taxonomy, paper: Paper, bot_username: str) -> InlineArticle | None:
    """Return a paper as a result; None if its id makes no address."""
    if not is_valid_id(paper.id):
        return None
    sentence = to_one_line(markdown.inline_plain(_summary_sentence(paper)))
    title = link(display_title(paper), paper.arxiv_url)
    names = [to_one_line(taxonomy.name(slug, tr.locale)) for slug in paper.domains[:_MAX_DOMAINS]]
    about = italic(markdown.truncate(" · ".join(names), _MAX_DOMAIN_LINE)) if names else EMPTY
    onward = deep_links.paper_start_url(bot_username, paper.id)
    more = link(tr.gettext("Summary in five sections: Paper Digest"), onward) if onward else EMPTY
    text = text_fragment(markdown.truncate(sentence, _MAX_SUMMARY)) if sentence else EMPTY
    return InlineArticle(
        id=paper.id,
        title=display_title(paper),
        description=markdown.truncate(sentence, _MAX_DESCRIPTION),
        url=paper.arxiv_url,
        html=join_fragments([join_fragments([title, about]), text, more], "\n\n").html,
    )


def _empty_results_text(tr: Translator) -> str:
    return tr.gettext("Nothing found. Browse in the bot")


def _summary_sentence(paper: Paper) -> str:
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((text for section in order if (text := paper.sections.get(section, "")).strip()), "")
