"""Today and paper: what a reader reads."""

import re
import unicodedata
from dataclasses import replace
from datetime import date

from digest import markup
from digest.archive import Seen
from digest.arxiv import find_arxiv_id
from digest.chat.answers import following, general, papers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.model import Digest, Section, Subscriber

_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:[-/.](\d{1,2})[-/.]|\s?年\s?(\d{1,2})\s?月\s?|(\d{2}))(\d{1,2})(?:\s?[日号])?(?!\d)"
)
_NUMBER = re.compile(r"[#第]?\s*(\d{1,3})\s*[篇号.]?")
_ALERT = 190


async def today(house: House, ask: Ask) -> Reply:
    """Answer ``/today [DOMAINS | DATE]``."""
    day, rest = _day_in(ask.text)
    choice = house.taxonomy.choose(rest)
    if choice.unknown and not choice.slugs and not choice.everything:
        return following.none_known(ask.words, house.taxonomy, choice.unknown, "today")
    asked = None if choice.everything else choice.slugs
    digest = await _share(house, ask, asked, day)
    if day and not digest.total:
        newest = await house.archive.today()
        return papers.no_report_of(ask.words, day, newest.date if newest else None)
    ids = tuple(pick.paper for pick in digest.picks)
    if ids:
        await house.listings.remember(ask.seat or ask.target, ids, house.clock())
    *parts, last = house.renderer.digest(digest, await house.archive.several(ids))
    if ids and ask.private and (ask.reader is None or ask.reader.preferences.nothing):
        last = replace(last, keyboard=(*last.keyboard, papers.choose_domains(ask.words)))
    return Reply(parts=(*parts, last))


async def paper(house: House, ask: Ask) -> Reply:
    """Answer ``/paper ID``, an address, or a number of the newest list."""
    if found := find_arxiv_id(ask.text):
        return await paper_by_id(house, ask, found.id)
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", ask.text).strip())
    if not number:
        return papers.how_to_paper(ask.words)
    listed = await _listed(house, ask)
    at = int(number[1]) - 1
    if not 0 <= at < len(listed):
        return papers.no_such_number(ask.words, len(listed))
    return await paper_by_id(house, ask, listed[at])


async def paper_by_id(house: House, ask: Ask, paper: str) -> Reply:
    """Show the paper with this id, between its neighbours of the newest list."""
    seen = await house.archive.paper(paper)
    if seen is None:
        return papers.unknown_paper(ask.words, paper)
    listed = await house.listings.recall(ask.target) if ask.private else ()
    at = listed.index(paper) if paper in listed else None
    previous = listed[at - 1] if at else None
    following_one = listed[at + 1] if at is not None and at + 1 < len(listed) else None
    part = house.renderer.paper(
        seen.paper, ask.locale, first_seen=seen.first_seen, previous=previous, next=following_one
    )
    return Reply(parts=(part,))


async def paper_in_a_line(house: House, ask: Ask, paper: str) -> Reply:
    """Show a paper's contribution in an alert, for groups, where a message would disturb everybody."""
    seen = await house.archive.paper(paper)
    if seen is None:
        return Reply(notice=general.stale(ask.words), alert=True)
    return Reply(notice=_in_a_line(seen), alert=True)


def _in_a_line(seen: Seen) -> str:
    text = seen.paper.sections.get(Section.CONTRIBUTION) or seen.paper.title
    return markup.to_plain(markup.shorten_tree(markup.read(text), _ALERT))[:_ALERT]


async def _listed(house: House, ask: Ask) -> tuple[str, ...]:
    """Give the list whose numbers a person means: the newest one shown, else today's as it would be."""
    if listed := await house.listings.recall(ask.target):
        return listed
    return tuple(pick.paper for pick in (await _share(house, ask, (), None)).picks)


async def _share(house: House, ask: Ask, domains: tuple[str, ...] | None, day: date | None) -> Digest:
    """Give what there is for whoever asks; who follows nothing yet sees everything."""
    subscriber = ask.reader.subscriber if ask.reader else _stranger(house)
    preferences = replace(subscriber.preferences, locale=ask.locale)
    if preferences.nothing:
        preferences = replace(preferences, domains=None)
    return await house.desk.today(replace(subscriber, preferences=preferences), domains=domains, day=day)


async def everything_today(house: House) -> tuple[str, ...]:
    """Give the papers of the newest report, whoever asks."""
    return tuple(pick.paper for pick in (await house.desk.today(_stranger(house), domains=None)).picks)


def _stranger(house: House) -> Subscriber:
    """Give a stand-in for somebody who has not joined and need not in order to read."""
    return Subscriber(id=0, preferences=house.membership.defaults, created_at=house.clock(), next_at=None)


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
