"""Inline mode: a paper as a result to choose, and as the message that is then sent."""

from dataclasses import dataclass

from digest import deep_links, markup
from digest.domains import Taxonomy
from digest.model import Paper, Section
from digest.render.one_line import one_line
from digest.render.piece import NOTHING, italic, joined, link, words
from digest.render.telegram_entry import is_sound, title_of
from digest.words import Words

_DESCRIPTION = 160
_CONTRIBUTION = 700
_ABOUT = 200
_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A result: what the list shows of it, and the message's ``html`` and ``plain`` words.

    ``id`` has at most 64 bytes and is one of its kind in an answer
    (https://core.telegram.org/bots/api#inlinequeryresultarticle).
    """

    id: str
    title: str
    description: str
    url: str
    html: str


def article(say: Words, taxonomy: Taxonomy, paper: Paper, bot: str) -> Article | None:
    """Give a paper as a result, None where its id makes no address."""
    if not is_sound(paper.id):
        return None
    sentence = one_line(markup.inline_plain(_sentence(paper)))
    title = link(title_of(paper), paper.arxiv_url)
    names = [one_line(taxonomy.name(slug, say.locale)) for slug in paper.domains[:_NAMED]]
    about = italic(markup.shorten(" · ".join(names), _ABOUT)) if names else NOTHING
    onward = deep_links.paper_address(bot, paper.id)
    more = link(say.say("The summary in five sections: Paper Digest"), onward) if onward else NOTHING
    text = words(markup.shorten(sentence, _CONTRIBUTION)) if sentence else NOTHING
    return Article(
        id=paper.id,
        title=title_of(paper),
        description=markup.shorten(sentence, _DESCRIPTION),
        url=paper.arxiv_url,
        html=joined([joined([title, about]), text, more], "\n\n").html,
    )


def open_the_bot(say: Words) -> str:
    """Say above an empty list what can be done: a button that opens the private chat."""
    return say.say("Nothing found. Look around in the bot")


def _sentence(paper: Paper) -> str:
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((text for section in order if (text := paper.sections.get(section, "")).strip()), "")
