"""Search: papers of every report by words, a page at a time."""

import re
from dataclasses import dataclass
from hashlib import sha256

from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.arxiv import find_arxiv_id
from digest.papers.domains import Taxonomy
from digest.render.telegram import deep_links
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.fragment import (
    EMPTY,
    MAX_MESSAGE_SIZE,
    Fragment,
    bold,
    display_title,
    is_valid_id,
    italic,
    join_fragments,
    link,
    text_fragment,
)
from digest.services.preferences import TIMEZONE
from digest.services.search import MAX_QUERY_LENGTH, SearchPage, SearchResult, build_excerpt
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.commands import strip_invisible
from digest.telegram.input.settings import ParsedSetting, is_setting_name, parse_setting
from digest.telegram.request import (
    Redirect,
    Reply,
    Request,
    Response,
    alert_response,
    domain_buttons,
    escape_user_text,
    html_response,
    join_lines,
)
from digest.telegram.routes import ButtonRoute, Command
from digest.telegram.texts import general, settings
from digest.text import markdown
from digest.text.i18n import Translator, gettext_noop
from digest.text.sanitize import to_one_line

PAGE_SIZE = 10
"""Papers of a page."""

_PAGE_REF = re.compile(r"([0-9]{1,3})\.([0-9a-f]{8})")
EXCERPT_LENGTHS = (100, 70, 40, 0)
"""Characters of the text around the words; the greatest with which a page is one message is used."""

_MAX_TITLE_LENGTH = 150
_MAX_ABOUT_LENGTH = 120
_MAX_QUERY_LENGTH = 60
_BUTTONS_PER_ROW = 5
_MAX_DOMAINS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """A page of results: what was asked, and the buttons' arguments of the pages before and after, if any.

    ``private_chat_url`` is the address of the private chat that goes on with the search, for groups.
    """

    query: str
    results: SearchPage
    previous_ref: str | None = None
    next_ref: str | None = None
    private_chat_url: str | None = None


async def search(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/search WORDS``."""
    query = _query_of(request)
    if not query:
        return _search_usage(request.tr)
    await deps.last_queries.save(request.target, query, deps.clock())
    return await _results_page(deps, request, query, 0)


async def _show_page(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response:
    """Show a page of the newest search; the argument is the place of the first, from 0, and the search's mark."""
    place = _PAGE_REF.fullmatch("".join(args[:1]))
    query = await deps.last_queries.load(request.target)
    if place is None or query is None or not request.is_private:
        return alert_response(general.stale_button(request.tr))
    if place[2] != _query_hash(query):
        return alert_response(_search_replaced(request.tr))
    return await _results_page(deps, request, query, int(place[1]))


async def _offer_search(deps: HandlerDependencies, request: Request, *, may_be_city: bool = False) -> Response | None:
    """Offer to search for a message that is no command; None where no paper speaks of what it says.

    ``may_be_city``: it may be meant as one, too.
    """
    query = _query_of(request)
    results = await deps.search.find(query, limit=1)
    if not results.total or not results.all_terms:
        return None
    await deps.last_queries.save(request.target, query, deps.clock())
    return _search_offer(request.tr, query, results.total, _page_ref(0, query), may_be_city=may_be_city)


async def _results_page(deps: HandlerDependencies, request: Request, query: str, start: int) -> Response:
    results = await deps.search.find(query, offset=start, limit=PAGE_SIZE)
    if not results.results:
        return _nothing_found(request.tr, query)
    await deps.last_lists.save(request.target, results.paper_ids, deps.clock())
    last = start + PAGE_SIZE >= results.reachable
    page = ResultsPage(
        query=query,
        results=results,
        previous_ref=_page_ref(max(start - PAGE_SIZE, 0), query) if start and request.is_private else None,
        next_ref=None if last or not request.is_private else _page_ref(start + PAGE_SIZE, query),
        private_chat_url=None if last or request.is_private else _private_chat_link(request, query),
    )
    return Response(messages=(results_message(request.tr, deps.taxonomy, page),))


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


def _search_usage(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "What are you looking for? For example <code>/search robot world model</code> or <code>/search "
            "强化学习</code>. The titles, summaries and domains of all papers are searched."
        )
    )


def _nothing_found(tr: Translator, query: str) -> Response:
    return html_response(
        tr.gettext(
            "No paper mentions “{words}” so far. Try fewer or different words, in English or Chinese: "
            "<code>/search robot</code>. All domains: /domains, the latest papers: /today",
            words=escape_user_text(query),
        )
    )


def _search_offer(tr: Translator, query: str, total: int, page_ref: str, *, may_be_city: bool = False) -> Response:
    """Answer a message that is no command, where papers speak of its words.

    A ``may_be_city`` may be meant too.
    """
    told = tr.ngettext(
        "I did not recognize a command, but {n} paper mentions “{words}”. Tap, or type <code>/search "
        "{words}</code>. All commands: /help",
        "I did not recognize a command, but {n} papers mention “{words}”. Tap, or type <code>/search "
        "{words}</code>. All commands: /help",
        total,
        words=escape_user_text(query),
    )
    label = tr.ngettext("Show it", "Show them", total)
    zone = (
        tr.gettext("Is it your city? <code>/settings zone {word}</code>", word=escape_user_text(query))
        if may_be_city
        else ""
    )
    return html_response(
        join_lines(told, zone), ((Button(text=label, callback_data=encode_callback(Action.SEARCH, page_ref)),),)
    )


def _search_replaced(tr: Translator) -> str:
    return tr.gettext("You have searched for something else since then. Send /search with the words again.")


def results_message(tr: Translator, taxonomy: Taxonomy, page: ResultsPage) -> TelegramMessage:
    """Return a page in one message, with as much text around the words as there is room for."""
    for most in EXCERPT_LENGTHS:
        whole = _render_page(tr, taxonomy, page, most)
        if whole.size.fits(MAX_MESSAGE_SIZE):
            break
    return TelegramMessage(html=whole.html, plain=whole.plain, keyboard=_page_keyboard(tr, page))


def _render_page(tr: Translator, taxonomy: Taxonomy, page: ResultsPage, excerpt_length: int) -> Fragment:
    results = page.results
    entries = [
        _result_entry(
            tr, taxonomy, one, number, build_excerpt(one.paper, results.terms, excerpt_length) if excerpt_length else ""
        )
        for number, one in enumerate(results.results, start=results.offset + 1)
    ]
    return join_fragments([_heading(tr, page), *entries, _footer(tr, page)], "\n\n")


def _heading(tr: Translator, page: ResultsPage) -> Fragment:
    results = page.results
    query = to_one_line(page.query, max_length=_MAX_QUERY_LENGTH)
    if not results.all_terms:
        first = bold(tr.gettext("No paper contains all of “{words}”. The closest matches:", words=query))
    else:
        count = tr.ngettext("{n} paper mentions “{words}”", "{n} papers mention “{words}”", results.total, words=query)
        first = bold(count)
    notes = []
    if results.reachable > len(results.results):
        notes.append(
            tr.gettext(
                "Papers {first} to {last} of {n}",
                first=results.offset + 1,
                last=results.offset + len(results.results),
                n=results.reachable,
            )
        )
    if results.truncated:
        notes.append(tr.gettext("The text was too long; only its first words were searched."))
    if results.total > results.reachable:
        notes.append(tr.gettext("Only the best matches are shown; add words to narrow the search."))
    return join_fragments([first, *map(italic, notes)])


def _result_entry(tr: Translator, taxonomy: Taxonomy, result: SearchResult, number: int, matched_text: str) -> Fragment:
    title = markdown.truncate(display_title(result.paper), _MAX_TITLE_LENGTH)
    url = result.paper.arxiv_url
    name = (
        link(title, url, plain=f"{title} [{result.paper.id}]") if is_valid_id(result.paper.id) else text_fragment(title)
    )
    names = [to_one_line(taxonomy.name(slug, tr.locale)) for slug in result.paper.domains[:_MAX_DOMAINS]]
    about = markdown.truncate(" · ".join((tr.format_long_date(result.first_date), *names)), _MAX_ABOUT_LENGTH)
    return join_fragments(
        [text_fragment(f"{number}. ") + name, italic(about), text_fragment(matched_text) if matched_text else EMPTY]
    )


def _footer(tr: Translator, page: ResultsPage) -> Fragment:
    number = page.results.offset + 1
    tap = text_fragment(tr.gettext("Tap a number to read more, or type /paper {number}.", number=number))
    if page.private_chat_url is None:
        return tap
    return join_fragments([tap, link(tr.gettext("Continue in a private chat"), page.private_chat_url)])


def _page_keyboard(tr: Translator, page: ResultsPage) -> Keyboard:
    numbers = [
        Button(text=str(number), callback_data=encode_callback(Action.PAPER, one.paper.id))
        for number, one in enumerate(page.results.results, start=page.results.offset + 1)
        if is_valid_id(one.paper.id)
    ]
    rows = [tuple(numbers[at : at + _BUTTONS_PER_ROW]) for at in range(0, len(numbers), _BUTTONS_PER_ROW)]
    turns = []
    if page.previous_ref is not None:
        turns.append(Button(text=tr.gettext("◀ Back"), callback_data=encode_callback(Action.SEARCH, page.previous_ref)))
    if page.next_ref is not None:
        turns.append(Button(text=tr.gettext("More ▶"), callback_data=encode_callback(Action.SEARCH, page.next_ref)))
    return (*rows, tuple(turns)) if turns else tuple(rows)


async def handle_text(deps: HandlerDependencies, request: Request) -> Reply:
    """Answer a message that is no command by what it most likely means, else look for papers with its words."""
    if find_arxiv_id(request.text):
        return Redirect(command="paper", args=request.text)
    choice = deps.taxonomy.parse_domains(request.text)
    if choice.slugs and not choice.unknown:
        return _domains_offer(request, deps.taxonomy, choice.slugs, request.text)
    if is_setting_name(request.text):
        return Redirect(command="settings", args=request.text)
    wish = _guess_setting(deps, request)
    city = wish is not None and wish.setting is TIMEZONE
    if wish and not city:
        return settings.setting_offer(request.tr, wish, request.text)
    if found := await _offer_search(deps, request, may_be_city=city):
        return found
    return (
        settings.setting_offer(request.tr, wish, request.text)
        if wish
        else html_response(general.not_understood(request.tr))
    )


def _guess_setting(deps: HandlerDependencies, request: Request) -> ParsedSetting | None:
    if len(request.text.strip()) <= 1:
        return None
    wish = parse_setting(request.text, deps.clock())
    if isinstance(wish, ParsedSetting) and (wish.keyword_change is None or not request.text.lstrip()[:1].isascii()):
        return wish
    return None


def _domains_offer(request: Request, taxonomy: Taxonomy, slugs: tuple[str, ...], typed: str) -> Response:
    if len(slugs) == 1:
        told = request.gettext(
            "Would you like to follow this? Tap, or type <code>/subscribe {word}</code>. To see only today's "
            "papers: <code>/today {word}</code>",
            word=slugs[0],
        )
    else:
        told = request.gettext(
            "Would you like to follow these? Tap, or type <code>/subscribe</code> with their names, for "
            "example <code>/subscribe {word}</code>.",
            word=escape_user_text(taxonomy.name(slugs[0], request.tr.locale)),
        )
    search = request.gettext(
        "To search all papers for these words: <code>/search {word}</code>", word=escape_user_text(typed)
    )
    return html_response(join_lines(told, search), domain_buttons(request, taxonomy, slugs[:8]))


COMMANDS = (
    Command(
        name="search",
        handle=search,
        aliases=("搜索", "查找", "找论文", "find"),
        menu=gettext_noop("Search all papers"),
        help=(gettext_noop("/search – search all papers: <code>/search robot world model</code>"),),
    ),
)
BUTTONS = {Action.SEARCH: ButtonRoute(handle=_show_page, edits_message=True)}
