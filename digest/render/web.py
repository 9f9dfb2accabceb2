"""A digest as a page of the web shows it: every paper whole, whatever a mail had room for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from digest.model import Delivery, DetailLevel, Digest, Paper
from digest.render.email.context import DomainNames, EmailContext, PaperView, TemplateValues
from digest.render.email.digest_entry import RENDER_ERRORS, EmailEntry, web_texts
from digest.text.sanitize import to_one_line

MAX_TITLE_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDigestContext:
    """Gives the values for the page of a digest."""

    email_context: EmailContext
    domain_names: DomainNames

    def build_values(self, delivery: Delivery, digest: Digest, papers: Mapping[str, Paper]) -> TemplateValues:
        """Return the values of the page.

        What the mail says, without anything that opens its reader's pages.
        """
        entries = [EmailEntry.from_selected(pick, papers.get(pick.paper_id), digest.locale) for pick in digest.papers]
        said = (
            self.email_context.digest(digest, [], 0, None)
            if digest.papers
            else self.email_context.empty_digest(digest, None)
        )
        views = [self._paper_view(entry, str(number)) for number, entry in enumerate(entries, 1)]
        return {**said, "papers": views, "sent_at": delivery.created_at}

    def _paper_view(self, entry: EmailEntry, number: str) -> PaperView:
        reasons = [self.domain_names.name(slug, entry.locale) for slug in entry.matched_domains]
        others = [
            self.domain_names.name(slug, entry.locale) for slug in entry.domains if slug not in entry.matched_domains
        ]
        view = PaperView(
            detail_level=DetailLevel.FULL,
            number=number,
            id=to_one_line(entry.id),
            title=to_one_line(entry.title, max_length=MAX_TITLE_LENGTH),
            matched_domains=" · ".join(reasons),
            other_domains=" · ".join(others),
            keywords=entry.keywords_text,
            abstract_only=entry.abstract_only,
        )
        try:
            texts = web_texts(dict(entry.sections), entry.locale)
        except RENDER_ERRORS:
            return replace(view, available=False)
        return replace(view, contribution=texts.contribution, sections=texts.sections, available=entry.available)
