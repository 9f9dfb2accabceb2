"""Saved papers and votes: a reader's own shelf."""

import re
from collections.abc import Sequence

from digest.arxiv import find_arxiv_id
from digest.chat.answers import general, papers
from digest.chat.answers import shelf as answers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House
from digest.chat.listed import listed
from digest.chat.shelf_words import Do, Named, VoteWish, read_saved
from digest.model import Vote
from digest.render.telegram_saved import PAGE
from digest.shelf import Kept

_PLACE = re.compile(r"[0-9]{1,4}")
_VOTES = {"up": Vote.UP, "down": Vote.DOWN, "none": None}


async def saved(house: House, ask: Ask) -> Reply:
    """Answer ``/saved``, ``/saved add PAPERS``, ``/saved remove PAPERS`` and ``/saved page N``."""
    wish = read_saved(ask.text)
    if wish.do is Do.SHOW:
        return await _list(house, ask, (wish.page - 1) * PAGE)
    if not wish.papers:
        return answers.how_to_save(ask.words)
    numbered = await listed(house, ask)
    ids = [_id_of(paper, numbered) for paper in wish.papers]
    if None in ids:
        return papers.no_such_number(ask.words, len(numbered))
    change = _added if wish.do is Do.ADD else _removed
    return await change(house, ask, [id_ for id_ in ids if id_ is not None])


async def more(house: House, ask: Ask, at: str) -> Reply:
    """Show the page of saved papers that begins at ``at``."""
    if not _PLACE.fullmatch(at):
        return Reply(notice=general.stale(ask.words), alert=True)
    return await _list(house, ask, int(at))


async def save(house: House, ask: Ask, paper: str, wish: str) -> Reply | None:
    """Keep a paper, or keep it no more; None for what no button of ours says."""
    if wish not in ("on", "off") or not _is_id(paper):
        return None
    if wish == "off":
        await house.shelf.remove(ask.target, paper)
        return await _marked(house, ask, paper, answers.removed_notice(ask.words))
    match await house.shelf.save(ask.target, paper, locale=ask.locale):
        case Kept.UNKNOWN:
            return None
        case Kept.FULL:
            return Reply(notice=answers.full(ask.words), alert=True)
        case Kept.KEPT | Kept.ALREADY:
            return await _marked(house, ask, paper, answers.kept_notice(ask.words))


async def vote(house: House, ask: Ask, paper: str, wish: str) -> Reply | None:
    """Like a paper, dislike it, or neither; None for what no button of ours says."""
    if wish not in _VOTES or not _is_id(paper):
        return None
    mark = await house.shelf.vote(ask.target, paper, _VOTES[wish], locale=ask.locale)
    if mark is None:
        return None
    return await _marked(house, ask, paper, answers.vote_notice(ask.words, mark.vote))


async def vote_by_words(house: House, ask: Ask, wish: VoteWish) -> Reply:
    """Answer ``/paper good 3`` and its like; the same again takes it back."""
    if not ask.private:
        return answers.in_private(ask.words)
    numbered = await listed(house, ask)
    paper = _id_of(wish.paper, numbered)
    if paper is None:
        return papers.no_such_number(ask.words, len(numbered))
    had = (await house.shelf.mark(ask.reader, paper)).vote
    now = None if had is wish.vote else wish.vote
    if await house.shelf.vote(ask.target, paper, now, locale=ask.locale) is None:
        return papers.unknown_paper(ask.words, paper)
    found = await house.archive.several([paper])
    return answers.voted(ask.words, found[paper], now)


async def _list(house: House, ask: Ask, start: int) -> Reply:
    """Show a page of the saved papers; their numbers are what ``/paper`` means from now on."""
    ids = await house.shelf.saved(ask.reader)
    if not ids:
        return answers.nothing_saved(ask.words)
    await house.listings.remember(ask.target, ids, house.clock())
    found = await house.archive.several(ids)
    return Reply(parts=(house.renderer.saved(ids, found, start=start, locale=ask.locale),))


async def _added(house: House, ask: Ask, ids: Sequence[str]) -> Reply:
    ends = [(id_, await house.shelf.save(ask.target, id_, locale=ask.locale)) for id_ in ids]
    return answers.added(ask.words, ends, await house.archive.several(ids))


async def _removed(house: House, ask: Ask, ids: Sequence[str]) -> Reply:
    ends = [(id_, await house.shelf.remove(ask.target, id_)) for id_ in ids]
    return answers.removed(ask.words, ends, await house.archive.several(ids))


async def _marked(house: House, ask: Ask, paper: str, notice: str) -> Reply:
    """Answer a press with a line, and let the buttons below the paper say how it is now."""
    reader = ask.reader or await house.membership.reader(ask.target)
    mark = await house.shelf.mark(reader, paper)
    return Reply(notice=notice, keyboard=house.renderer.marked(ask.keyboard, paper, ask.locale, mark))


def _id_of(paper: Named, numbered: Sequence[str]) -> str | None:
    """Give the id of a named paper; None for a number that the newest list does not have."""
    if isinstance(paper, str):
        return paper
    return numbered[paper - 1] if 0 < paper <= len(numbered) else None


def _is_id(paper: str) -> bool:
    found = find_arxiv_id(paper)
    return found is not None and found.id == paper
