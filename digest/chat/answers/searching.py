"""Search: what was found, a page at a time, and what to do where nothing was."""

from dataclasses import dataclass

from digest import markup
from digest.callbacks import Action, callback
from digest.chat.ask import Reply, lines, said, shown
from digest.domains import Taxonomy
from digest.message import Button, ChatPart, Keyboard
from digest.render.one_line import one_line
from digest.render.packing import ONE_MESSAGE
from digest.render.piece import NOTHING, Piece, bold, italic, joined, link, words
from digest.render.telegram_entry import is_sound, title_of
from digest.search import Found, Results, excerpt
from digest.words import Words

LENGTHS = (100, 70, 40, 0)
"""Letters of the text around the words; the greatest with which a page is one message is used."""

_TITLE = 150
_ABOUT = 120
_QUERY = 60
_IN_A_ROW = 5
_DOMAINS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of results: what was asked, and the buttons' arguments of the pages before and after, if any.

    ``onward`` is the address of the private chat that goes on with the search, for groups.
    """

    query: str
    results: Results
    before: str | None = None
    after: str | None = None
    onward: str | None = None


def how_to_search(say: Words) -> Reply:
    """Answer ``/search`` without words."""
    return said(
        say.say(
            "What are you looking for? For example <code>/search robot world model</code> or "
            "<code>/search 强化学习</code>. "
            "I look through the titles, summaries and domains of all papers so far."
        )
    )


def found(say: Words, taxonomy: Taxonomy, page: Page) -> Reply:
    """Show a page in one message, with a button for each paper."""
    return Reply(parts=(_part(say, taxonomy, page),))


def nothing_found(say: Words, query: str) -> Reply:
    """Say that no paper has any of the words."""
    return said(
        say.say(
            "No paper so far speaks of “{words}”. Fewer or other words may help, in English or Chinese: "
            "<code>/search robot</code>. What there is: /domains, the newest: /today",
            words=shown(query),
        )
    )


def offer(say: Words, query: str, total: int, place: str, *, city: bool = False) -> Reply:
    """Answer a message that is no command, where papers speak of its words; a ``city`` may be meant too."""
    told = say.count(
        "I did not understand that as a command, but {n} paper speaks of “{words}”. "
        "Tap, or type <code>/search {words}</code>. All commands: /help",
        "I did not understand that as a command, but {n} papers speak of “{words}”. "
        "Tap, or type <code>/search {words}</code>. All commands: /help",
        total,
        words=shown(query),
    )
    label = say.count("Show it", "Show them", total)
    zone = say.say("Is it your city? <code>/settings zone {word}</code>", word=shown(query)) if city else ""
    return said(lines(told, zone), ((Button(text=label, data=callback(Action.SEARCH, place)),),))


def another_search(say: Words) -> str:
    """Answer a page's button after another search took its place."""
    return say.say("You have searched for something else since. Send /search with the words once more.")


def _part(say: Words, taxonomy: Taxonomy, page: Page) -> ChatPart:
    """Give the message with as much text around the words as there is room for."""
    for most in LENGTHS:
        whole = _whole(say, taxonomy, page, most)
        if whole.size.fits(ONE_MESSAGE):
            break
    return ChatPart(html=whole.html, plain=whole.plain, keyboard=_keyboard(say, page))


def _whole(say: Words, taxonomy: Taxonomy, page: Page, most: int) -> Piece:
    results = page.results
    entries = [
        _entry(say, taxonomy, one, number, excerpt(one.paper, results.terms, most) if most else "")
        for number, one in enumerate(results.found, start=results.start + 1)
    ]
    return joined([_head(say, page), *entries, _foot(say, page)], "\n\n")


def _head(say: Words, page: Page) -> Piece:
    results = page.results
    query = one_line(page.query, most=_QUERY)
    if not results.every:
        first = bold(say.say("No paper has all of “{words}”. These come nearest:", words=query))
    else:
        count = say.count(
            "{n} paper speaks of “{words}”", "{n} papers speak of “{words}”", results.total, words=query
        )
        first = bold(count)
    notes = []
    if results.reachable > len(results.found):
        notes.append(
            say.say(
                "Papers {first} to {last} of {n}",
                first=results.start + 1,
                last=results.start + len(results.found),
                n=results.reachable,
            )
        )
    if results.cut:
        notes.append(say.say("That was long: I looked for its first words."))
    if results.total > results.reachable:
        notes.append(say.say("Only the best can be shown; more words find less."))
    return joined([first, *map(italic, notes)])


def _entry(say: Words, taxonomy: Taxonomy, one: Found, number: int, text: str) -> Piece:
    """Give a paper's lines: its linked title, date and domains, and the text around the words."""
    title = markup.shorten(title_of(one.paper), _TITLE)
    url = one.paper.arxiv_url
    name = link(title, url, plain=f"{title} [{one.paper.id}]") if is_sound(one.paper.id) else words(title)
    names = [one_line(taxonomy.name(slug, say.locale)) for slug in one.paper.domains[:_DOMAINS]]
    about = markup.shorten(" · ".join((say.calendar_day(one.day), *names)), _ABOUT)
    return joined([words(f"{number}. ") + name, italic(about), words(text) if text else NOTHING])


def _foot(say: Words, page: Page) -> Piece:
    number = page.results.start + 1
    tap = words(say.say("Tap a number to read more, or type /paper {number}.", number=number))
    if page.onward is None:
        return tap
    return joined([tap, link(say.say("Go on in a private chat with me"), page.onward)])


def _keyboard(say: Words, page: Page) -> Keyboard:
    """Give the numbers in rows of five, and below them the way to the other pages."""
    numbers = [
        Button(text=str(number), data=callback(Action.PAPER, one.paper.id))
        for number, one in enumerate(page.results.found, start=page.results.start + 1)
        if is_sound(one.paper.id)
    ]
    rows = [tuple(numbers[at : at + _IN_A_ROW]) for at in range(0, len(numbers), _IN_A_ROW)]
    turns = []
    if page.before is not None:
        turns.append(Button(text=say.say("◀ Back"), data=callback(Action.SEARCH, page.before)))
    if page.after is not None:
        turns.append(Button(text=say.say("More ▶"), data=callback(Action.SEARCH, page.after)))
    return (*rows, tuple(turns)) if turns else tuple(rows)
