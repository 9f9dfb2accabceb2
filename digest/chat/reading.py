"""Today and paper: what a reader reads."""

import re
import unicodedata
from dataclasses import replace
from datetime import date

from digest import markup
from digest.archive import Seen
from digest.arxiv import find_arxiv_id
from digest.chat import shelf
from digest.chat.answers import following, general, papers
from digest.chat.ask import Ask, Reply
from digest.chat.day_words import day_behind
from digest.chat.house import House
from digest.chat.listed import listed, share
from digest.chat.shelf_words import read_vote
from digest.hours import local_day
from digest.model import Section

_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:[-/.](\d{1,2})[-/.]|\s?年\s?(\d{1,2})\s?月\s?|(\d{2}))(\d{1,2})(?:\s?[日号])?(?!\d)"
)
_NUMBER = re.compile(r"[#第]?\s*(\d{1,3})\s*[篇号.]?")
ALERT = 200
"""UTF-16 units of a notice (https://core.telegram.org/bots/api#answercallbackquery)."""


async def today(house: House, ask: Ask) -> Reply:
    """Answer ``/today [DOMAINS | DATE]``."""
    day, rest = _day_in(ask.text)
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    if day is None and (day := day_behind(ask.text, local_day(house.clock(), zone))):
        rest = ""
    choice = house.taxonomy.choose(rest)
    if choice.unknown and not choice.slugs and not choice.everything:
        return following.none_known(ask.words, house.taxonomy, choice.unknown, "today")
    asked = None if choice.everything else choice.slugs
    digest = await share(house, ask, asked, day)
    if day and not digest.total:
        newest = await house.archive.today()
        return papers.no_report_of(ask.words, day, newest.date if newest else None)
    ids = tuple(pick.paper for pick in digest.picks)
    if ids:
        await house.listings.remember(ask.seat or ask.target, ids, house.clock())
    bot = None if ask.private or ask.seat else ask.bot
    *parts, last = house.renderer.digest(digest, await house.archive.several(ids), bot=bot)
    if ids and ask.private and (ask.reader is None or ask.reader.preferences.nothing):
        last = replace(last, keyboard=(*last.keyboard, papers.choose_domains(ask.words)))
    return Reply(parts=(*parts, last))


async def paper(house: House, ask: Ask) -> Reply:
    """Answer ``/paper ID``, an address, a number of the newest list, or ``/paper good`` and one of these."""
    if wish := read_vote(ask.text):
        return await shelf.vote_by_words(house, ask, wish)
    if found := find_arxiv_id(ask.text):
        return await paper_by_id(house, ask, found.id)
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", ask.text).strip())
    if not number:
        return papers.how_to_paper(ask.words)
    numbered = await listed(house, ask)
    at = int(number[1]) - 1
    if not 0 <= at < len(numbered):
        return papers.no_such_number(ask.words, len(numbered))
    return await paper_by_id(house, ask, numbered[at])


async def paper_by_id(house: House, ask: Ask, paper: str) -> Reply:
    """Show the paper with this id, between its neighbours of the newest list."""
    seen = await house.archive.paper(paper)
    if seen is None:
        return papers.unknown_paper(ask.words, paper)
    around = await house.listings.recall(ask.target) if ask.private else ()
    at = around.index(paper) if paper in around else None
    previous = around[at - 1] if at else None
    following_one = around[at + 1] if at is not None and at + 1 < len(around) else None
    part = house.renderer.paper(
        seen.paper,
        ask.locale,
        first_seen=seen.first_seen,
        previous=previous,
        next=following_one,
        mark=await house.shelf.mark(ask.reader, paper) if ask.private else None,
        bot=ask.bot,
    )
    return Reply(parts=(part,))


async def paper_in_a_line(house: House, ask: Ask, paper: str) -> Reply:
    """Show a paper's contribution in an alert, for groups, where a message would disturb everybody."""
    seen = await house.archive.paper(paper)
    if seen is None:
        return Reply(notice=general.stale(ask.words), alert=True)
    return Reply(notice=_in_a_line(seen), alert=True)


def _in_a_line(seen: Seen) -> str:
    text = seen.paper.sections.get(Section.CONTRIBUTION, "").strip() or seen.paper.title
    return markup.shorten(" ".join(markup.inline_plain(text).split()), ALERT)


def _day_in(text: str) -> tuple[date | None, str]:
    """Give the date that ``text`` names, and the text without it."""
    found = _DATE.search(unicodedata.normalize("NFKC", text))
    if not found:
        return None, text
    try:
        day = date(*map(int, filter(None, found.groups())))
    except ValueError:
        return None, text
    return day, unicodedata.normalize("NFKC", text).replace(found.group(), " ")
