"""What a search found, as the command line prints it: lines for people, objects for programs."""

from typing import Any

from digest import markup
from digest.domains import Taxonomy
from digest.model import Locale
from digest.search import Results, excerpt
from digest.words import words_in

_SNIPPET = 160


def results_as_json(results: Results) -> list[dict[str, Any]]:
    """Give each paper as an object; ``all_words`` False: it has most of the words, and no paper has all."""
    return [
        {
            "id": one.paper.id,
            "title": one.paper.title,
            "url": one.paper.arxiv_url,
            "date": one.day.isoformat(),
            "domains": list(one.paper.domains),
            "snippet": excerpt(one.paper, results.terms, _SNIPPET),
            "all_words": results.every,
        }
        for one in results.found
    ]


def results_line(results: Results, words: str, locale: Locale) -> str:
    """Say how many papers there are, and whether they have every word."""
    say = words_in(locale)
    if not results.total:
        return say.say("Nothing in the archive speaks of “{words}”.", words=words)
    if not results.every:
        return say.say("No paper has all of “{words}”; these come nearest:", words=words)
    return say.count("{n} paper has “{words}”.", "{n} papers have “{words}”.", results.total, words=words)


def results_text(results: Results, told: str, taxonomy: Taxonomy, locale: Locale) -> str:
    """Give the papers under a line about them: title, date and domains, and the text around the words."""
    say = words_in(locale)
    blocks = [told]
    for number, one in enumerate(results.found, start=1):
        names = say.listing([taxonomy.name(slug, locale) for slug in one.paper.domains])
        about = f"{one.paper.id} · {say.calendar_day(one.day)} · {names}"
        text = excerpt(one.paper, results.terms, _SNIPPET)
        lines = [f"{number}. {markup.inline_plain(one.paper.title)}", about, text]
        blocks.append("\n   ".join(filter(None, lines)))
    return "\n\n".join(blocks)
