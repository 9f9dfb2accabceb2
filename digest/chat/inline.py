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

from digest.bucket import Pour
from digest.chat.answers.inline import Article, article, open_the_bot
from digest.chat.house import House
from digest.chat.listed import everything_today
from digest.deep_links import HELLO
from digest.model import Locale, Paper, Target
from digest.search import DEEPEST
from digest.words import words_in

MOST = 50
"""Results of one answer (https://core.telegram.org/bots/api#answerinlinequery)."""

CACHE_SECONDS = 30
"""How long Telegram may give the same answer to the same person; a new report should not wait for long."""

_OFFSET = re.compile(r"[0-9]{1,3}")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An inline query: who asks, for what, and from which place on (``offset`` as we said it before)."""

    person: int
    text: str
    offset: str
    locale: Locale
    bot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The answer: articles, the ``offset`` of the next ones ("" for no more), and what an empty one says."""

    articles: tuple[Article, ...] = ()
    offset: str = ""
    empty: str = ""


async def shelf_of(house: House, asked: Asked) -> Shelf:
    """Give what there is: papers with the words, the paper with the id, or today's for no words at all."""
    start = int(asked.offset) if _OFFSET.fullmatch(asked.offset) else 0
    if house.inlines.pour(asked.person, house.seconds()) is not Pour.YES or (asked.offset and not start):
        return Shelf()
    reader = await house.membership.reader(Target.telegram(asked.person))
    words = words_in(reader.preferences.locale if reader else asked.locale)
    papers, total = await _papers(house, asked.text, start)
    made = (article(words, house.taxonomy, paper, asked.bot) for paper in papers)
    articles = tuple(one for one in made if one is not None)
    return Shelf(
        articles=articles,
        offset=str(start + MOST) if start + MOST < total else "",
        empty="" if articles or start else open_the_bot(words),
    )


async def answer(query: InlineQuery, shelf: Shelf) -> None:
    """Send an answer; it is in its reader's language, so that nobody else gets it from Telegram's cache."""
    button = InlineQueryResultsButton(shelf.empty, start_parameter=HELLO) if shelf.empty else None
    results = [
        InlineQueryResultArticle(
            id=one.id,
            title=one.title,
            description=one.description,
            url=one.url,
            input_message_content=InputTextMessageContent(
                one.html,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
        )
        for one in shelf.articles
    ]
    try:
        await query.get_bot().answer_inline_query(
            query.id,
            results,
            cache_time=CACHE_SECONDS,
            is_personal=True,
            next_offset=shelf.offset,
            button=button,
        )
    except BadRequest as error:
        _log.info("an inline query was answered too late", reason=error.message)


async def _papers(house: House, text: str, start: int) -> tuple[tuple[Paper, ...], int]:
    """Give the papers from a place on, and how many there are."""
    if not text.strip():
        ids = await everything_today(house)
        page = ids[start : start + MOST]
        known = await house.archive.several(page)
        return tuple(known[one] for one in page if one in known), len(ids)
    results = await house.search.find(text, start=start, most=MOST, typing=True)
    return tuple(one.paper for one in results.found), min(results.total, DEEPEST)
