"""Today and paper: what a reader reads."""

import re
import unicodedata
from dataclasses import replace
from datetime import date

from digest.model import Section
from digest.papers.arxiv import find_arxiv_id
from digest.services.archive import ArchivedPaper
from digest.services.schedule import local_date
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import saved
from digest.telegram.handlers.numbered_list import digest_for_request, numbered_papers
from digest.telegram.input.dates import parse_past_date
from digest.telegram.input.saved import parse_vote
from digest.telegram.request import Request, Response
from digest.telegram.texts import general, papers, subscribe
from digest.text import markdown

_DATE = re.compile(
    r"(?<!\d)(20\d{2})(?:[-/.](\d{1,2})[-/.]|\s?年\s?(\d{1,2})\s?月\s?|(\d{2}))(\d{1,2})(?:\s?[日号])?(?!\d)"
)
_NUMBER = re.compile(r"[#第]?\s*(\d{1,3})\s*[篇号.]?")
MAX_ALERT_LENGTH = 200
"""UTF-16 units of a notice (https://core.telegram.org/bots/api#answercallbackquery)."""


async def today(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/today [DOMAINS | DATE]``."""
    day, rest = _extract_date(request.text)
    zone = request.profile.preferences.timezone if request.profile else deps.subscriptions.defaults.timezone
    if day is None and (day := parse_past_date(request.text, local_date(deps.clock(), zone))):
        rest = ""
    choice = deps.taxonomy.parse_domains(rest)
    if choice.unknown and not choice.slugs and not choice.all_domains:
        return subscribe.unknown_domains(request.tr, deps.taxonomy, choice.unknown, "today")
    asked = None if choice.all_domains else choice.slugs
    digest = await digest_for_request(deps, request, asked, day)
    if day and not digest.candidate_count:
        newest = await deps.archive.latest_summary()
        return papers.no_report(request.tr, day, newest.date if newest else None)
    ids = tuple(pick.paper_id for pick in digest.papers)
    if ids:
        await deps.last_lists.save(request.reply_to or request.target, ids, deps.clock())
    bot = None if request.is_private or request.reply_to else request.bot_username
    *parts, last = deps.renderer.render_digest(digest, await deps.archive.get_many(ids), bot_username=bot)
    if ids and request.is_private and (request.profile is None or request.profile.preferences.is_empty):
        last = replace(last, keyboard=(*last.keyboard, papers.choose_domains_row(request.tr)))
    return Response(messages=(*parts, last))


async def paper(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/paper ID``, an address, a number of the newest list, or ``/paper good`` and one of these."""
    if wish := parse_vote(request.text):
        return await saved.vote_by_text(deps, request, wish)
    if found := find_arxiv_id(request.text):
        return await show_paper(deps, request, found.id)
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", request.text).strip())
    if not number:
        return papers.paper_usage(request.tr)
    numbered = await numbered_papers(deps, request)
    at = int(number[1]) - 1
    if not 0 <= at < len(numbered):
        return papers.unknown_number(request.tr, len(numbered))
    return await show_paper(deps, request, numbered[at])


async def show_paper(deps: HandlerDependencies, request: Request, paper_id: str) -> Response:
    """Show the paper with this id, between its neighbours of the newest list."""
    seen = await deps.archive.find_paper(paper_id)
    if seen is None:
        return papers.unknown_paper(request.tr, paper_id)
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


async def paper_alert(deps: HandlerDependencies, request: Request, paper_id: str) -> Response:
    """Show a paper's contribution in an alert, for groups, where a message would disturb everybody."""
    seen = await deps.archive.find_paper(paper_id)
    if seen is None:
        return Response(notice=general.stale_button(request.tr), alert=True)
    return Response(notice=_alert_text(seen), alert=True)


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
