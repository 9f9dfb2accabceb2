"""A digest as a page of the web shows it: every paper whole, whatever a mail had room for."""

from collections.abc import Mapping
from dataclasses import replace

from digest.model import DetailLevel, Digest, Paper
from digest.render.email.context import EmailContext, PaperView, TemplateValues
from digest.render.email.digest_entry import RENDER_ERRORS, EmailEntry, web_texts


def digest_page_values(context: EmailContext, digest: Digest, papers: Mapping[str, Paper]) -> TemplateValues:
    """Return the values of the page: what the mail says, without anything that opens its reader's pages."""
    if not digest.papers:
        return {**context.empty_digest(digest, None), "papers": []}
    entries = [EmailEntry.from_selected(pick, papers.get(pick.paper_id), digest.locale) for pick in digest.papers]
    views = [_paper_view(entry, context, str(number)) for number, entry in enumerate(entries, 1)]
    return {**context.digest(digest, [], 0, None), "papers": views}


def _paper_view(entry: EmailEntry, context: EmailContext, number: str) -> PaperView:
    view = entry.to_view(DetailLevel.FULL, context.domain_names, number=number)
    try:
        contribution, sections = web_texts(dict(entry.sections), entry.locale)
    except RENDER_ERRORS:
        return replace(view, available=False)
    return replace(view, contribution=contribution, sections=sections)
