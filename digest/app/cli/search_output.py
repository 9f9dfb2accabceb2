"""What a search found, as the command line prints it: lines for people, objects for programs."""

from typing import Any

from digest.model import Locale
from digest.papers.domains import Taxonomy
from digest.services.search import SearchPage, build_excerpt
from digest.text import markdown
from digest.text.i18n import translator_for

_SNIPPET_LENGTH = 160


def results_to_json(results: SearchPage) -> list[dict[str, Any]]:
    """Return each paper as an object; ``all_words`` False: it has most of the words, and no paper has all."""
    return [
        {
            "id": one.paper.id,
            "title": one.paper.title,
            "url": one.paper.arxiv_url,
            "date": one.first_date.isoformat(),
            "domains": list(one.paper.domains),
            "snippet": build_excerpt(one.paper, results.terms, _SNIPPET_LENGTH),
            "all_words": results.all_terms,
        }
        for one in results.results
    ]


def format_summary(results: SearchPage, query: str, locale: Locale) -> str:
    """Say how many papers there are, and whether they have every word."""
    tr = translator_for(locale)
    if not results.total:
        return tr.gettext("Nothing in the archive speaks of “{words}”.", words=query)
    if not results.all_terms:
        return tr.gettext("No paper has all of “{words}”; these come nearest:", words=query)
    return tr.ngettext("{n} paper has “{words}”.", "{n} papers have “{words}”.", results.total, words=query)


def format_results(results: SearchPage, summary: str, taxonomy: Taxonomy, locale: Locale) -> str:
    """Return the papers under a line about them: title, date and domains, and the text around the words."""
    tr = translator_for(locale)
    blocks = [summary]
    for number, one in enumerate(results.results, start=1):
        names = tr.format_list([taxonomy.name(slug, locale) for slug in one.paper.domains])
        about = f"{one.paper.id} · {tr.format_long_date(one.first_date)} · {names}"
        text = build_excerpt(one.paper, results.terms, _SNIPPET_LENGTH)
        lines = [f"{number}. {markdown.inline_plain(one.paper.title)}", about, text]
        blocks.append("\n   ".join(filter(None, lines)))
    return "\n\n".join(blocks)
