"""Search: papers of every report by words, a page at a time."""

import re
from hashlib import sha256

from digest.render.telegram import deep_links
from digest.services.search import MAX_QUERY_LENGTH
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import strip_invisible
from digest.telegram.request import Request, Response
from digest.telegram.texts import general
from digest.telegram.texts import search as answers

PAGE_SIZE = 10
"""Papers of a page."""

_PAGE_REF = re.compile(r"([0-9]{1,3})\.([0-9a-f]{8})")


async def search(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/search WORDS``."""
    query = _query_of(request)
    if not query:
        return answers.search_usage(request.tr)
    await deps.last_queries.save(request.target, query, deps.clock())
    return await _results_page(deps, request, query, 0)


async def show_page(deps: HandlerDependencies, request: Request, page_ref: str) -> Response:
    """Show a page of the newest search.

    ``page_ref`` is the place of the first, from 0, and the search's mark.
    """
    place = _PAGE_REF.fullmatch(page_ref)
    query = await deps.last_queries.load(request.target)
    if place is None or query is None or not request.is_private:
        return Response(notice=general.stale_button(request.tr), alert=True)
    if place[2] != _query_hash(query):
        return Response(notice=answers.search_replaced(request.tr), alert=True)
    return await _results_page(deps, request, query, int(place[1]))


async def offer_search(deps: HandlerDependencies, request: Request, *, may_be_city: bool = False) -> Response | None:
    """Offer to search for a message that is no command; None where no paper speaks of what it says.

    ``may_be_city``: it may be meant as one, too.
    """
    query = _query_of(request)
    results = await deps.search.find(query, limit=1)
    if not results.total or not results.all_terms:
        return None
    await deps.last_queries.save(request.target, query, deps.clock())
    return answers.search_offer(request.tr, query, results.total, _page_ref(0, query), may_be_city=may_be_city)


async def _results_page(deps: HandlerDependencies, request: Request, query: str, start: int) -> Response:
    results = await deps.search.find(query, offset=start, limit=PAGE_SIZE)
    if not results.results:
        return answers.nothing_found(request.tr, query)
    await deps.last_lists.save(request.target, results.paper_ids, deps.clock())
    last = start + PAGE_SIZE >= results.reachable
    page = answers.ResultsPage(
        query=query,
        results=results,
        previous_ref=_page_ref(max(start - PAGE_SIZE, 0), query) if start and request.is_private else None,
        next_ref=None if last or not request.is_private else _page_ref(start + PAGE_SIZE, query),
        private_chat_url=None if last or request.is_private else _private_chat_link(request, query),
    )
    return answers.results_page(request.tr, deps.taxonomy, page)


def _query_of(request: Request) -> str:
    """Return the words in one line, of a length that can be remembered."""
    return " ".join(strip_invisible(request.text[: 2 * MAX_QUERY_LENGTH]).split())[: MAX_QUERY_LENGTH + 1]


def _page_ref(start: int, query: str) -> str:
    """Return the argument of a page's button: it opens the pages of its own search alone."""
    return f"{start}.{_query_hash(query)}"


def _query_hash(query: str) -> str:
    return sha256(query.encode(errors="replace")).hexdigest()[:8]


def _private_chat_link(request: Request, query: str) -> str | None:
    """Return the link that goes on with the search in the private chat."""
    payload = deep_links.search_payload(query)
    return deep_links.start_url(request.bot_username, payload) if payload and request.bot_username else None
