"""A digest as a page of the web shows it: every paper whole, whatever a mail had room for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from digest.model import Delivery, Digest, Layout, Paper
from digest.render.mail_pieces import UNSHOWABLE, Entry
from digest.render.mail_words import MailWords, Names, Values
from digest.render.one_line import one_line
from digest.render.paper_view import PaperView, web_view

TITLE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDigest:
    """Gives the values for the page of a digest."""

    words: MailWords
    names: Names

    def values(self, delivery: Delivery, digest: Digest, papers: Mapping[str, Paper]) -> Values:
        """Give the values of the page: what the mail says, without anything that opens its reader's pages."""
        entries = [Entry.of(pick, papers.get(pick.paper), digest.locale) for pick in digest.picks]
        said = self.words.digest(digest, [], 0, None) if digest.picks else self.words.quiet(digest, None)
        views = [self._view(entry, str(number)) for number, entry in enumerate(entries, 1)]
        return {**said, "papers": views, "sent_at": delivery.created_at}

    def _view(self, entry: Entry, number: str) -> PaperView:
        reasons = [self.names.name(slug, entry.locale) for slug in entry.reasons]
        others = [self.names.name(slug, entry.locale) for slug in entry.domains if slug not in entry.reasons]
        view = PaperView(
            layout=Layout.FULL,
            number=number,
            id=one_line(entry.id),
            title=one_line(entry.title, most=TITLE),
            reasons=" · ".join(reasons),
            others=" · ".join(others),
            keywords=entry.asked,
            abstract_only=entry.abstract_only,
        )
        try:
            texts = web_view(dict(entry.sections), entry.locale)
        except UNSHOWABLE:
            return replace(view, shown=False)
        return replace(view, contribution=texts.contribution, sections=texts.sections, shown=entry.known)
