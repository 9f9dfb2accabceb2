"""Inline mode: a paper as a result to choose, and as the message that is then sent."""

from dataclasses import dataclass

from digest.model import Paper, Section
from digest.papers.domains import Taxonomy
from digest.render.telegram import deep_links
from digest.render.telegram.fragment import (
    EMPTY,
    display_title,
    is_valid_id,
    italic,
    join_fragments,
    link,
    text_fragment,
)
from digest.text import markdown
from digest.text.i18n import Translator
from digest.text.sanitize import to_one_line

_MAX_DESCRIPTION = 160
_MAX_SUMMARY = 700
_MAX_DOMAIN_LINE = 200
_MAX_DOMAINS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineArticle:
    """A result: what the list shows of it, and the message's ``html`` and ``plain`` words.

    ``id`` has at most 64 bytes and is one of its kind in an answer
    (https://core.telegram.org/bots/api#inlinequeryresultarticle).
    """

    id: str
    title: str
    description: str
    url: str
    html: str


def build_article(tr: Translator, taxonomy: Taxonomy, paper: Paper, bot_username: str) -> InlineArticle | None:
    """Return a paper as a result, None where its id makes no address."""
    if not is_valid_id(paper.id):
        return None
    sentence = to_one_line(markdown.inline_plain(_summary_sentence(paper)))
    title = link(display_title(paper), paper.arxiv_url)
    names = [to_one_line(taxonomy.name(slug, tr.locale)) for slug in paper.domains[:_MAX_DOMAINS]]
    about = italic(markdown.truncate(" · ".join(names), _MAX_DOMAIN_LINE)) if names else EMPTY
    onward = deep_links.paper_start_url(bot_username, paper.id)
    more = link(tr.gettext("The summary in five sections: Paper Digest"), onward) if onward else EMPTY
    text = text_fragment(markdown.truncate(sentence, _MAX_SUMMARY)) if sentence else EMPTY
    return InlineArticle(
        id=paper.id,
        title=display_title(paper),
        description=markdown.truncate(sentence, _MAX_DESCRIPTION),
        url=paper.arxiv_url,
        html=join_fragments([join_fragments([title, about]), text, more], "\n\n").html,
    )


def empty_results_text(tr: Translator) -> str:
    """Say above an empty list what can be done: a button that opens the private chat."""
    return tr.gettext("Nothing found. Look around in the bot")


def _summary_sentence(paper: Paper) -> str:
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((text for section in order if (text := paper.sections.get(section, "")).strip()), "")
