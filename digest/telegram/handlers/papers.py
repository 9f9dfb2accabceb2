"""Today and paper: what a reader reads."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape

from digest.model import Paper, Section, Vote
from digest.model.message import Button
from digest.papers.arxiv import find_arxiv_id
from digest.render.telegram.callback_data import REPLACES_PAPER, Action, encode_callback
from digest.render.telegram.fragment import display_title
from digest.render.telegram.paper import PAGE_SIZE
from digest.services.archive import ArchivedPaper
from digest.services.saved_papers import MAX_SAVED, SaveResult
from digest.services.schedule import local_date
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.dates import parse_past_date
from digest.telegram.input.saved import PaperRef, SavedAction, VoteCommand, parse_saved, parse_vote
from digest.telegram.lookups import digest_for_request, numbered_papers, timezone_of
from digest.telegram.request import (
    Request,
    Response,
    alert_response,
    escape_user_text,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command
from digest.telegram.texts import general
from digest.text import markdown
from digest.text.i18n import Translator, gettext_noop

_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:[-/.](\d{1,2})[-/.]|\s?年\s?(\d{1,2})\s?月\s?|(\d{2}))(\d{1,2})(?:\s?[日号])?(?!\d)"
)
_NUMBER = re.compile(r"[#第]?\s*(\d{1,3})\s*[篇号.]?")
MAX_ALERT_LENGTH = 200
"""UTF-16 units of a notice (https://core.telegram.org/bots/api#answercallbackquery)."""

_OFFSET = re.compile(r"[0-9]{1,4}")
_VOTE_BY_NAME = {"up": Vote.UP, "down": Vote.DOWN, "none": None}
_MAX_TITLE_LENGTH = 80
"""UTF-16 units of a title in a sentence."""


async def today(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/today [DOMAINS | DATE]``."""
    day, rest = _extract_date(request.text)
    if day is None and rest:
        day = parse_past_date(rest, local_date(deps.clock(), timezone_of(deps, request)))
        rest = "" if day else rest
    choice = deps.taxonomy.parse_domains(rest)
    if choice.unknown and not choice.slugs and not choice.all_domains:
        return general.unknown_domains(request, deps.taxonomy, choice.unknown, "today")
    asked = None if choice.all_domains else choice.slugs
    digest = await digest_for_request(deps, request, asked, day)
    if day and not digest.candidate_count:
        newest = await deps.archive.latest_summary()
        return _no_report(request, day, newest.date if newest else None)
    ids = tuple(pick.paper_id for pick in digest.papers)
    if ids:
        await deps.last_lists.save(request.reply_to or request.target, ids, deps.clock())
    bot = None if request.is_private or request.reply_to else request.bot_username
    *parts, last = deps.renderer.render_digest(
        digest, await deps.archive.get_many(ids), bot_username=bot, target_id=request.managed_id
    )
    if ids and request.is_private and (request.profile is None or request.profile.preferences.is_empty):
        last = replace(last, keyboard=(*last.keyboard, _choose_domains_row(request.tr)))
    return Response(messages=(*parts, last), has_papers=True)


async def paper(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/paper ID``, an address, a number of the newest list, or ``/paper good`` and one of these."""
    if wish := parse_vote(request.text):
        return await _vote_by_text(deps, request, wish)
    if found := find_arxiv_id(request.text):
        return await show_paper(deps, request, found.id)
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", request.text).strip())
    if not number:
        return _paper_usage(request.tr)
    numbered = await numbered_papers(deps, request)
    at = int(number[1]) - 1
    if not 0 <= at < len(numbered):
        return _unknown_number(request.tr, len(numbered))
    return await show_paper(deps, request, numbered[at])


async def show_paper(deps: HandlerDependencies, request: Request, paper_id: str) -> Response:
    """Show the paper with this id, between its neighbours of the newest list."""
    seen = await deps.archive.find_paper(paper_id)
    if seen is None:
        return _unknown_paper(request.tr, paper_id)
    around = await deps.last_lists.load(request.target) if request.is_private else ()
    at = around.index(paper_id) if paper_id in around else None
    previous = around[at - 1] if at else None
    following_one = around[at + 1] if at is not None and at + 1 < len(around) else None
    part = deps.renderer.render_paper(
        seen.paper,
        request.locale,
        first_seen=seen.first_date,
        previous_id=previous,
        next_id=following_one,
        feedback=await deps.saved_papers.feedback(request.profile, paper_id) if request.is_private else None,
        bot_username=request.bot_username,
    )
    return Response(messages=(part,))


async def _press_paper(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    """Show a paper: in a group in an alert, since a message would disturb everybody.

    A button below another paper says so, and the paper takes its place.
    """
    if not args or not _is_arxiv_id(args[0]):
        return None
    if request.is_private:
        shown = await show_paper(deps, request, args[0])
        return replace(shown, edits_message=args[1:] == (REPLACES_PAPER,))
    seen = await deps.archive.find_paper(args[0])
    return alert_response(_alert_text(seen) if seen else general.stale_button(request.tr))


async def _press_today(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response:
    return await today(deps, replace(request, text="".join(args[:1])))


def _alert_text(archived: ArchivedPaper) -> str:
    text = archived.paper.sections.get(Section.CONTRIBUTION, "").strip() or archived.paper.title
    return markdown.truncate(" ".join(markdown.inline_plain(text).split()), MAX_ALERT_LENGTH)


def _extract_date(text: str) -> tuple[date | None, str]:
    """Return the date that ``text`` names, and the text without it."""
    found = _DATE.search(unicodedata.normalize("NFKC", text))
    if not found:
        return None, text
    try:
        day = date(*map(int, filter(None, found.groups())))
    except ValueError:
        return None, text
    return day, unicodedata.normalize("NFKC", text).replace(found.group(), " ")


def _choose_domains_row(tr: Translator) -> tuple[Button, ...]:
    return (Button(text=tr.gettext("Choose domains"), callback_data=encode_callback(Action.DOMAINS)),)


def _paper_usage(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "Which paper? Use its number in your list, its arXiv id or its URL: <code>/paper 3</code>, "
            "<code>/paper 2601.15876</code>. The list: /today"
        )
    )


def _unknown_paper(tr: Translator, paper_id: str) -> Response:
    return html_response(
        tr.gettext(
            '{paper} is not in any report so far. See <a href="https://arxiv.org/abs/{paper}">arXiv</a>, or '
            "the papers here: /today",
            paper=escape_user_text(paper_id),
        )
    )


def _unknown_number(tr: Translator, paper_count: int) -> Response:
    if not paper_count:
        return html_response(tr.gettext("There is no numbered list yet. The latest papers: /today all"))
    return html_response(
        tr.ngettext(
            "Your latest list has one paper: <code>/paper 1</code>. Show the list again: /today",
            "Your latest list is numbered 1 to {n}: <code>/paper {n}</code>. Show the list again: /today",
            paper_count,
        )
    )


def _no_report(request: Request, day: date, newest: date | None) -> Response:
    if newest is None:
        return html_response(
            request.gettext("No report has arrived yet. The first one is sent as soon as it is here: {/domains}")
        )
    return html_response(
        request.gettext(
            "There is no report for {day}. The latest is for {newest}: {/today}",
            day=request.tr.format_long_date(day),
            newest=request.tr.format_long_date(newest),
        )
    )


async def saved(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/saved``, ``/saved add PAPERS``, ``/saved remove PAPERS`` and ``/saved page N``."""
    wish = parse_saved(request.text)
    if wish.action is SavedAction.SHOW:
        return await _saved_page(deps, request, (wish.page - 1) * PAGE_SIZE)
    if not wish.papers:
        return _saved_usage(request.tr)
    numbered = await numbered_papers(deps, request)
    ids = [_resolve_paper(paper, numbered) for paper in wish.papers]
    if None in ids:
        return _unknown_number(request.tr, len(numbered))
    change = _add_papers if wish.action is SavedAction.ADD else _remove_papers
    return await change(deps, request, [id_ for id_ in ids if id_ is not None])


async def _press_page(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    return await _saved_page(deps, request, int(args[0])) if args and _OFFSET.fullmatch(args[0]) else None


async def _press_save(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    paper_id, switch, *_ = (*args, "", "")
    if switch not in ("on", "off") or not _is_arxiv_id(paper_id):
        return None
    if switch == "off":
        await deps.saved_papers.remove(request.target, paper_id)
        return await _feedback_response(deps, request, paper_id, _removed_notice(request.tr))
    match await deps.saved_papers.save(request.target, paper_id, locale=request.locale):
        case SaveResult.UNKNOWN_PAPER:
            return None
        case SaveResult.LIMIT_REACHED:
            return alert_response(_list_full(request.tr))
        case SaveResult.SAVED | SaveResult.ALREADY_SAVED:
            return await _feedback_response(deps, request, paper_id, _saved_notice(request.tr))


async def _press_vote(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    paper_id, vote_name, *_ = (*args, "", "")
    if vote_name not in _VOTE_BY_NAME or not _is_arxiv_id(paper_id):
        return None
    mark = await deps.saved_papers.vote(request.target, paper_id, _VOTE_BY_NAME[vote_name], locale=request.locale)
    if mark is None:
        return None
    return await _feedback_response(deps, request, paper_id, _vote_notice(request.tr, mark.vote))


async def _vote_by_text(deps: HandlerDependencies, request: Request, command: VoteCommand) -> Response:
    """Answer ``/paper good 3`` and its like; the same again takes it back."""
    if not request.is_private:
        return html_response(general.private_chat_only(request.tr))
    numbered = await numbered_papers(deps, request)
    paper = _resolve_paper(command.paper, numbered)
    if paper is None:
        return _unknown_number(request.tr, len(numbered))
    had = (await deps.saved_papers.feedback(request.profile, paper)).vote
    now = None if had is command.vote else command.vote
    if await deps.saved_papers.vote(request.target, paper, now, locale=request.locale) is None:
        return _unknown_paper(request.tr, paper)
    found = await deps.archive.get_many([paper])
    return _vote_result(request.tr, found[paper], now)


async def _saved_page(deps: HandlerDependencies, request: Request, start: int) -> Response:
    """Show a page of the saved papers; their numbers are what ``/paper`` means from now on."""
    ids = await deps.saved_papers.saved_ids(request.profile)
    if not ids:
        return _nothing_saved(request.tr)
    await deps.last_lists.save(request.target, ids, deps.clock())
    found = await deps.archive.get_many(ids)
    return Response(messages=(deps.renderer.render_saved_papers(ids, found, start=start, locale=request.locale),))


async def _add_papers(deps: HandlerDependencies, request: Request, ids: Sequence[str]) -> Response:
    ends = [(id_, await deps.saved_papers.save(request.target, id_, locale=request.locale)) for id_ in ids]
    return _add_result(request.tr, ends, await deps.archive.get_many(ids))


async def _remove_papers(deps: HandlerDependencies, request: Request, ids: Sequence[str]) -> Response:
    ends = [(id_, await deps.saved_papers.remove(request.target, id_)) for id_ in ids]
    return _remove_result(request.tr, ends, await deps.archive.get_many(ids))


async def _feedback_response(deps: HandlerDependencies, request: Request, paper_id: str, notice: str) -> Response:
    """Answer a press with a line, and let the buttons below the paper say how it is now."""
    reader = request.profile or await deps.subscriptions.find_profile(request.target)
    mark = await deps.saved_papers.feedback(reader, paper_id)
    return Response(
        notice=notice, keyboard=deps.renderer.with_feedback(request.message.keyboard, paper_id, request.locale, mark)
    )


def _resolve_paper(paper: PaperRef, numbered: Sequence[str]) -> str | None:
    if isinstance(paper, str):
        return paper
    return numbered[paper - 1] if 0 < paper <= len(numbered) else None


def _is_arxiv_id(paper_id: str) -> bool:
    found = find_arxiv_id(paper_id)
    return found is not None and found.id == paper_id


def _nothing_saved(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "You have not saved any papers yet. Open one and tap <b>Save</b>, or type <code>/saved add "
            "3</code> with its number or arXiv id."
        ),
        ((Button(text=tr.gettext("Today's papers"), callback_data=encode_callback(Action.TODAY)),),),
    )


def _saved_usage(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "Which paper? Use its number in your list, its arXiv id or its URL: <code>/saved add 3</code>, "
            "<code>/saved remove 2601.15876</code>. All saved papers: /saved"
        )
    )


def _add_result(tr: Translator, results: Sequence[tuple[str, SaveResult]], papers: Mapping[str, Paper]) -> Response:
    told = join_lines(*(_save_line(tr, id_, end, papers) for id_, end in results))
    return html_response(join_paragraphs(told, tr.gettext("All saved papers: /saved")))


def _save_line(tr: Translator, paper_id: str, result: SaveResult, papers: Mapping[str, Paper]) -> str:
    match result:
        case SaveResult.SAVED:
            return tr.gettext("Saved: {title}.", title=_quoted_title(paper_id, papers))
        case SaveResult.ALREADY_SAVED:
            return tr.gettext(
                "{title} is already saved. To remove it: <code>/saved remove {id}</code>",
                title=_quoted_title(paper_id, papers),
                id=paper_id,
            )
        case SaveResult.LIMIT_REACHED:
            return _list_full(tr)
        case SaveResult.UNKNOWN_PAPER:
            return tr.gettext("{paper} is not in any report so far.", paper=escape_user_text(paper_id))


def _remove_result(tr: Translator, results: Sequence[tuple[str, bool]], papers: Mapping[str, Paper]) -> Response:
    told = join_lines(
        *(
            tr.gettext(
                "Removed: {title}. To save it again: <code>/saved add {id}</code>",
                title=_quoted_title(id_, papers),
                id=id_,
            )
            if done
            else tr.gettext("{title} was not saved.", title=_quoted_title(id_, papers))
            for id_, done in results
        )
    )
    return html_response(join_paragraphs(told, tr.gettext("All saved papers: /saved")))


def _list_full(tr: Translator) -> str:
    return tr.gettext("You have reached the limit of {n} saved papers. Remove some first: /saved", n=MAX_SAVED)


def _saved_notice(tr: Translator) -> str:
    return tr.gettext("Saved. All saved papers: /saved")


def _removed_notice(tr: Translator) -> str:
    return tr.gettext("Removed from your saved papers.")


def _vote_notice(tr: Translator, vote: Vote | None) -> str:
    match vote:
        case Vote.UP:
            return tr.gettext("Marked as interesting. Tap again to undo.")
        case Vote.DOWN:
            return tr.gettext("Marked as not interesting. Tap again to undo.")
        case None:
            return tr.gettext("Undone.")


def _vote_result(tr: Translator, paper: Paper, vote: Vote | None) -> Response:
    title, id_ = _quoted_title(paper.id, {paper.id: paper}), paper.id
    match vote:
        case Vote.UP:
            told = tr.gettext(
                "{title} is marked as interesting. Undo: <code>/paper none {id}</code>", title=title, id=id_
            )
        case Vote.DOWN:
            told = tr.gettext(
                "{title} is marked as not interesting. Undo: <code>/paper none {id}</code>", title=title, id=id_
            )
        case None:
            told = tr.gettext(
                "Undone: {title} is no longer rated. Read it: <code>/paper {id}</code>", title=title, id=id_
            )
    return html_response(told)


def _quoted_title(paper_id: str, papers: Mapping[str, Paper]) -> str:
    paper = papers.get(paper_id)
    title = markdown.truncate(display_title(paper), _MAX_TITLE_LENGTH) if paper else paper_id
    return f"“{escape(title, quote=False)}”"


COMMANDS = (
    Command(
        name="today",
        handle=today,
        aliases=("今天", "今日", "最新"),
        menu=gettext_noop("The latest papers"),
        help=(gettext_noop("/today – the latest papers; also <code>/today robotics</code> or a date"),),
        manages_groups=True,
    ),
    Command(
        name="paper",
        handle=paper,
        aliases=("论文",),
        menu=gettext_noop("One paper, by number or arXiv id"),
        help=(gettext_noop("/paper – one paper: <code>/paper 3</code> or <code>/paper 2601.15876</code>"),),
    ),
)


SAVED_COMMANDS = (
    Command(
        name="saved",
        handle=saved,
        aliases=("收藏", "我的收藏"),
        menu=gettext_noop("The papers you saved"),
        help=(
            gettext_noop("/saved – your saved papers: <code>/saved add 3</code>"),
            gettext_noop("<code>/paper good 3</code>, <code>/paper bad 3</code> – rate a paper"),
        ),
        personal=True,
        private_only=True,
    ),
)


BUTTONS = {
    Action.PAPER: ButtonRoute(handle=_press_paper, read_only=True),
    Action.TODAY: ButtonRoute(handle=_press_today, read_only=True, manages_groups=True),
    Action.SAVED: ButtonRoute(handle=_press_page, edits_message=True, private_only=True),
    Action.SAVE: ButtonRoute(handle=_press_save, private_only=True),
    Action.VOTE: ButtonRoute(handle=_press_vote, private_only=True),
}
