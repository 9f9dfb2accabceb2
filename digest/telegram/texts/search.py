"""Search: what was found, a page at a time, and what to do where nothing was."""

from dataclasses import dataclass

from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
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
from digest.services.search import SearchPage, SearchResult, build_excerpt
from digest.telegram.request import Response, escape_user_text, html_response, join_lines
from digest.text import markdown
from digest.text.i18n import Translator
from digest.text.sanitize import to_one_line

EXCERPT_LENGTHS = (100, 70, 40, 0)
"""Letters of the text around the words; the greatest with which a page is one message is used."""

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


def search_usage(tr: Translator) -> Response:
    """Answer ``/search`` without words."""
    return html_response(
        tr.gettext(
            "What are you looking for? For example <code>/search robot world model</code> or "
            "<code>/search 强化学习</code>. "
            "I look through the titles, summaries and domains of all papers so far."
        )
    )


def results_page(tr: Translator, taxonomy: Taxonomy, page: ResultsPage) -> Response:
    """Show a page in one message, with a button for each paper."""
    return Response(messages=(_fit_message(tr, taxonomy, page),))


def nothing_found(tr: Translator, query: str) -> Response:
    """Say that no paper has any of the words."""
    return html_response(
        tr.gettext(
            "No paper so far speaks of “{words}”. Fewer or other words may help, in English or Chinese: "
            "<code>/search robot</code>. What there is: /domains, the newest: /today",
            words=escape_user_text(query),
        )
    )


def search_offer(tr: Translator, query: str, total: int, page_ref: str, *, may_be_city: bool = False) -> Response:
    """Answer a message that is no command, where papers speak of its words.

    A ``may_be_city`` may be meant too.
    """
    told = tr.ngettext(
        "I did not understand that as a command, but {n} paper speaks of “{words}”. "
        "Tap, or type <code>/search {words}</code>. All commands: /help",
        "I did not understand that as a command, but {n} papers speak of “{words}”. "
        "Tap, or type <code>/search {words}</code>. All commands: /help",
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


def search_replaced(tr: Translator) -> str:
    """Answer a page's button after another search took its place."""
    return tr.gettext("You have searched for something else since. Send /search with the words once more.")


def _fit_message(tr: Translator, taxonomy: Taxonomy, page: ResultsPage) -> TelegramMessage:
    """Return the message with as much text around the words as there is room for."""
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
        first = bold(tr.gettext("No paper has all of “{words}”. These come nearest:", words=query))
    else:
        count = tr.ngettext(
            "{n} paper speaks of “{words}”", "{n} papers speak of “{words}”", results.total, words=query
        )
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
        notes.append(tr.gettext("That was long: I looked for its first words."))
    if results.total > results.reachable:
        notes.append(tr.gettext("Only the best can be shown; more words find less."))
    return join_fragments([first, *map(italic, notes)])


def _result_entry(tr: Translator, taxonomy: Taxonomy, result: SearchResult, number: int, matched_text: str) -> Fragment:
    """Return a paper's lines: its linked title, date and domains, and the text around the words."""
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
    return join_fragments([tap, link(tr.gettext("Go on in a private chat with me"), page.private_chat_url)])


def _page_keyboard(tr: Translator, page: ResultsPage) -> Keyboard:
    """Return the numbers in rows of five, and below them the way to the other pages."""
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
