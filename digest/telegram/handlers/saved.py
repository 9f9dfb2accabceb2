"""Saved papers and votes: a reader's own shelf."""

import re
from collections.abc import Sequence

from digest.model import Vote
from digest.papers.arxiv import find_arxiv_id
from digest.render.telegram.paper import PAGE_SIZE
from digest.services.saved_papers import SaveResult
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers.numbered_list import numbered_papers
from digest.telegram.input.saved import PaperRef, SavedAction, VoteCommand, parse_saved
from digest.telegram.request import Request, Response
from digest.telegram.texts import general, papers
from digest.telegram.texts import saved as answers

_OFFSET = re.compile(r"[0-9]{1,4}")
_VOTE_BY_NAME = {"up": Vote.UP, "down": Vote.DOWN, "none": None}


async def saved(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/saved``, ``/saved add PAPERS``, ``/saved remove PAPERS`` and ``/saved page N``."""
    wish = parse_saved(request.text)
    if wish.action is SavedAction.SHOW:
        return await _saved_page(deps, request, (wish.page - 1) * PAGE_SIZE)
    if not wish.papers:
        return answers.saved_usage(request.tr)
    numbered = await numbered_papers(deps, request)
    ids = [_resolve_paper(paper, numbered) for paper in wish.papers]
    if None in ids:
        return papers.unknown_number(request.tr, len(numbered))
    change = _add_papers if wish.action is SavedAction.ADD else _remove_papers
    return await change(deps, request, [id_ for id_ in ids if id_ is not None])


async def show_page(deps: HandlerDependencies, request: Request, offset: str) -> Response:
    """Show the page of saved papers that begins at ``offset``."""
    if not _OFFSET.fullmatch(offset):
        return Response(notice=general.stale_button(request.tr), alert=True)
    return await _saved_page(deps, request, int(offset))


async def save_paper(deps: HandlerDependencies, request: Request, paper_id: str, switch: str) -> Response | None:
    """Keep a paper, or keep it no more; None for what no button of ours says."""
    if switch not in ("on", "off") or not _is_arxiv_id(paper_id):
        return None
    if switch == "off":
        await deps.saved_papers.remove(request.target, paper_id)
        return await _feedback_response(deps, request, paper_id, answers.removed_notice(request.tr))
    match await deps.saved_papers.save(request.target, paper_id, locale=request.locale):
        case SaveResult.UNKNOWN_PAPER:
            return None
        case SaveResult.LIMIT_REACHED:
            return Response(notice=answers.list_full(request.tr), alert=True)
        case SaveResult.SAVED | SaveResult.ALREADY_SAVED:
            return await _feedback_response(deps, request, paper_id, answers.saved_notice(request.tr))


async def cast_vote(deps: HandlerDependencies, request: Request, paper_id: str, vote_name: str) -> Response | None:
    """Like a paper, dislike it, or neither; None for what no button of ours says."""
    if vote_name not in _VOTE_BY_NAME or not _is_arxiv_id(paper_id):
        return None
    mark = await deps.saved_papers.vote(request.target, paper_id, _VOTE_BY_NAME[vote_name], locale=request.locale)
    if mark is None:
        return None
    return await _feedback_response(deps, request, paper_id, answers.vote_notice(request.tr, mark.vote))


async def vote_by_text(deps: HandlerDependencies, request: Request, command: VoteCommand) -> Response:
    """Answer ``/paper good 3`` and its like; the same again takes it back."""
    if not request.is_private:
        return answers.private_chat_only(request.tr)
    numbered = await numbered_papers(deps, request)
    paper = _resolve_paper(command.paper, numbered)
    if paper is None:
        return papers.unknown_number(request.tr, len(numbered))
    had = (await deps.saved_papers.feedback(request.profile, paper)).vote
    now = None if had is command.vote else command.vote
    if await deps.saved_papers.vote(request.target, paper, now, locale=request.locale) is None:
        return papers.unknown_paper(request.tr, paper)
    found = await deps.archive.get_many([paper])
    return answers.vote_result(request.tr, found[paper], now)


async def _saved_page(deps: HandlerDependencies, request: Request, start: int) -> Response:
    """Show a page of the saved papers; their numbers are what ``/paper`` means from now on."""
    ids = await deps.saved_papers.saved_ids(request.profile)
    if not ids:
        return answers.nothing_saved(request.tr)
    await deps.last_lists.save(request.target, ids, deps.clock())
    found = await deps.archive.get_many(ids)
    return Response(messages=(deps.renderer.render_saved_papers(ids, found, start=start, locale=request.locale),))


async def _add_papers(deps: HandlerDependencies, request: Request, ids: Sequence[str]) -> Response:
    ends = [(id_, await deps.saved_papers.save(request.target, id_, locale=request.locale)) for id_ in ids]
    return answers.add_result(request.tr, ends, await deps.archive.get_many(ids))


async def _remove_papers(deps: HandlerDependencies, request: Request, ids: Sequence[str]) -> Response:
    ends = [(id_, await deps.saved_papers.remove(request.target, id_)) for id_ in ids]
    return answers.remove_result(request.tr, ends, await deps.archive.get_many(ids))


async def _feedback_response(deps: HandlerDependencies, request: Request, paper_id: str, notice: str) -> Response:
    """Answer a press with a line, and let the buttons below the paper say how it is now."""
    reader = request.profile or await deps.subscriptions.find_profile(request.target)
    mark = await deps.saved_papers.feedback(reader, paper_id)
    return Response(
        notice=notice, keyboard=deps.renderer.with_feedback(request.keyboard, paper_id, request.locale, mark)
    )


def _resolve_paper(paper: PaperRef, numbered: Sequence[str]) -> str | None:
    """Return the id of a named paper; None for a number that the newest list does not have."""
    if isinstance(paper, str):
        return paper
    return numbered[paper - 1] if 0 < paper <= len(numbered) else None


def _is_arxiv_id(paper_id: str) -> bool:
    found = find_arxiv_id(paper_id)
    return found is not None and found.id == paper_id
