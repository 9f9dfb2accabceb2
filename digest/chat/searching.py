"""Search: papers of every report by words, a page at a time."""

import re
from hashlib import sha256

from digest import deep_links
from digest.chat.answers import general
from digest.chat.answers import searching as answers
from digest.chat.ask import Ask, Reply
from digest.chat.command_words import without_unseen
from digest.chat.house import House
from digest.search import LONGEST

PAGE = 10
"""Papers of a page."""

_PLACE = re.compile(r"([0-9]{1,3})\.([0-9a-f]{8})")


async def search(house: House, ask: Ask) -> Reply:
    """Answer ``/search WORDS``."""
    query = _asked(ask)
    if not query:
        return answers.how_to_search(ask.words)
    await house.searches.remember(ask.target, query, house.clock())
    return await _page(house, ask, query, 0)


async def more(house: House, ask: Ask, at: str) -> Reply:
    """Show a page of the newest search; ``at`` is the place of the first, from 0, and the search's mark."""
    place = _PLACE.fullmatch(at)
    query = await house.searches.recall(ask.target)
    if place is None or query is None or not ask.private:
        return Reply(notice=general.stale(ask.words), alert=True)
    if place[2] != _mark(query):
        return Reply(notice=answers.another_search(ask.words), alert=True)
    return await _page(house, ask, query, int(place[1]))


async def offer(house: House, ask: Ask, *, city: bool = False) -> Reply | None:
    """Offer to search for a message that is no command; None where no paper speaks of what it says.

    ``city``: it may be meant as one, too.
    """
    query = _asked(ask)
    results = await house.search.find(query, most=1)
    if not results.total or not results.every:
        return None
    await house.searches.remember(ask.target, query, house.clock())
    return answers.offer(ask.words, query, results.total, _place(0, query), city=city)


async def _page(house: House, ask: Ask, query: str, start: int) -> Reply:
    results = await house.search.find(query, start=start, most=PAGE)
    if not results.found:
        return answers.nothing_found(ask.words, query)
    await house.listings.remember(ask.target, results.listed, house.clock())
    last = start + PAGE >= results.reachable
    page = answers.Page(
        query=query,
        results=results,
        before=_place(max(start - PAGE, 0), query) if start and ask.private else None,
        after=None if last or not ask.private else _place(start + PAGE, query),
        onward=None if last or ask.private else _onward(ask, query),
    )
    return answers.found(ask.words, house.taxonomy, page)


def _asked(ask: Ask) -> str:
    """Give the words in one line, of a length that can be remembered."""
    return " ".join(without_unseen(ask.text[: 2 * LONGEST]).split())[: LONGEST + 1]


def _place(start: int, query: str) -> str:
    """Give the argument of a page's button: it opens the pages of its own search alone."""
    return f"{start}.{_mark(query)}"


def _mark(query: str) -> str:
    return sha256(query.encode(errors="replace")).hexdigest()[:8]


def _onward(ask: Ask, query: str) -> str | None:
    """Give the link that goes on with the search in the private chat."""
    payload = deep_links.to_search(query)
    return deep_links.address(ask.bot, payload) if payload and ask.bot else None
