"""One paper in Telegram: five sections under their names, the last three folded, in one message."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from digest import markup
from digest.domains import Taxonomy
from digest.message import ChatPart, Keyboard
from digest.model import Locale, Paper, Section
from digest.render.one_line import one_line
from digest.render.packing import ONE_MESSAGE
from digest.render.piece import Piece, bold, folded, italic, joined, link, web_address, words
from digest.render.telegram_entry import is_sound, name_of, section_text, title_of
from digest.words import Words, words_in

LENGTHS = (4000, 3000, 2000, 1500, 1200, 1000, 800, 600, 400, 200)
"""Letters of each section; the greatest with which the paper is one message is used."""

_FOLDED = frozenset({Section.USAGE, Section.INNOVATIONS, Section.RESULTS})
_NAME = 60
_DOMAINS = 8


class Body(Protocol):
    """Makes a section's text."""

    def __call__(self, tree: markup.Tree, *, in_quote: bool) -> Piece:
        """Give a section as a piece that holds no quote where it stands in one."""
        ...


def paper_part(
    paper: Paper,
    locale: Locale,
    taxonomy: Taxonomy,
    *,
    first_seen: date | None,
    keyboard: Keyboard,
) -> ChatPart:
    """Give the view of a paper; what is too long is cut with a link to the paper."""
    say = words_in(locale)
    head = _head(paper, taxonomy, say, first_seen)
    whole = next(fit for fit in _ever_shorter(paper, say, head) if fit is not None)
    return ChatPart(html=whole.html, plain=whole.plain, keyboard=keyboard)


def _ever_shorter(paper: Paper, say: Words, head: Piece) -> Iterator[Piece | None]:
    """Give the view at each length where it fits, with its style and then without; last of all the head."""
    trees = {section: markup.read(paper.sections.get(section, "")) for section in Section}
    for most in LENGTHS:
        kept = {section: markup.shorten_tree(tree, most) for section, tree in trees.items()}
        cut = any(kept[section] is not trees[section] for section in Section)
        more = [_to_paper(paper, say.say("… more in the paper"), separator=": ")] if cut else []
        for body in (section_text, _unstyled):
            whole = joined([head, *_sections(kept, say, body), *more], "\n\n")
            yield whole if whole.size.fits(ONE_MESSAGE) else None
    yield head


def _head(paper: Paper, taxonomy: Taxonomy, say: Words, first_seen: date | None) -> Piece:
    version = f"v{paper.version}" if paper.version else ""
    name = f"arXiv:{name_of(paper.id)}{version}"
    domains = [one_line(taxonomy.name(slug, say.locale), most=_NAME) for slug in paper.domains[:_DOMAINS]]
    about = _to_paper(paper, name)
    if domains:
        about += words(f" · {' · '.join(domains)}")
    notes = []
    if first_seen:
        notes.append(say.say("First seen: {day}", day=say.day(first_seen)))
    if paper.abstract_only:
        notes.append(say.say("Summary written from the abstract only."))
    return joined([bold(title_of(paper)), about, *map(italic, notes)])


def _sections(trees: Mapping[Section, markup.Tree], say: Words, body: Body) -> list[Piece]:
    """Give each section that the report has, under its name."""
    names = _names(say)
    made = []
    for section, tree in trees.items():
        folds = section in _FOLDED
        if text := body(tree, in_quote=folds):
            made.append(joined([bold(names[section]), folded(text) if folds else text]))
    return made or [italic(say.say("The report says nothing more about this paper."))]


def _to_paper(paper: Paper, text: str, *, separator: str = " ") -> Piece:
    """Link words to the paper, where its id makes an address; the plain twin names the address."""
    if not is_sound(paper.id):
        return words(text)
    return link(text, paper.arxiv_url, plain=f"{text}{separator}{web_address(paper.arxiv_url)}")


def _names(say: Words) -> Mapping[Section, str]:
    return {
        Section.AREA: say.say("Area"),
        Section.CONTRIBUTION: say.say("Contribution in one sentence"),
        Section.USAGE: say.say("How to use it"),
        Section.INNOVATIONS: say.say("Main innovations"),
        Section.RESULTS: say.say("Results"),
    }


def _unstyled(tree: markup.Tree, *, in_quote: bool) -> Piece:
    """Give a section's words alone, for a text with more style than a message takes."""
    del in_quote
    return words(markup.to_plain(tree))
