"""What a mail says around its papers: subject, first lines, reasons, footer; values for the templates."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.model import Announcement, Digest, EmptyReason, Locale, SignupConfirmation, VerificationCode
from digest.model.links import EmailLinks
from digest.render.email.mime import SenderIdentity
from digest.render.paper import MAX_KEYWORD_LENGTH
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import strip_controls, to_one_line

TemplateValues = Mapping[str, object]

MAX_PREHEADER_LENGTH = 140
"""Characters that a mailbox shows beside the subject, at most."""

MAX_SUBJECT_NAMES_LENGTH = 44
"""Characters of a subject that two names of domains may take."""

MAX_NAMED_DOMAINS = 3
"""So many domains are named in one sentence; the others are counted."""

LINK_PLACEHOLDERS = EmailLinks(unsubscribe="\ufdd1", preferences="\ufdd2", web_copy="\ufdd3")
"""Stands in what is rendered once for many readers, in the place of each one's own links."""

_URL = re.compile(r"https?://[^\s<>\"“”‘’（）【】《》「」，。；：！？、]+")


class DomainNames(Protocol):
    """Who knows the names of domains: the taxonomy."""

    def name(self, slug: str, locale: Locale) -> str:
        """Return the name of a domain in a language."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContext:
    """Writes what stands around the papers of a mail."""

    identity: SenderIdentity
    domain_names: DomainNames

    def digest(
        self, digest: Digest, titles: Sequence[str], overflow_count: int, links: EmailLinks | None
    ) -> TemplateValues:
        """Return the values for a digest with papers, of which the last ``overflow_count`` are counted, not shown."""
        tr = translator_for(digest.locale)
        return {
            **self._digest_values(digest, tr, links),
            "subject": self._subject(digest, tr),
            "preheader": to_one_line(" · ".join(filter(None, titles)), max_length=MAX_PREHEADER_LENGTH),
            "summary": self._summary_line(digest, tr),
            "overflow": tr.ngettext(
                "{n} more paper did not fit into this email.",
                "{n} more papers did not fit into this email.",
                overflow_count,
            )
            if overflow_count
            else None,
            **_overflow_link(digest, tr, links),
            "omitted": tr.ngettext(
                "{n} more paper matches your choices but exceeds your maximum.",
                "{n} more papers match your choices but exceed your maximum.",
                digest.omitted_count,
            )
            if digest.omitted_count
            else None,
        }

    def empty_digest(self, digest: Digest, links: EmailLinks | None) -> TemplateValues:
        """Return the values for a digest without papers: the reason why there is none."""
        tr = translator_for(digest.locale)
        headline, reason = _empty_reason(digest, tr)
        subject = [headline, tr.format_short_date(digest.date)] if digest.date else [headline]
        return {
            **self._digest_values(digest, tr, links),
            "subject": " · ".join(subject),
            "preheader": reason,
            "headline": headline,
            "reason": reason,
        }

    def announcement(self, announcement: Announcement, links: EmailLinks | None) -> TemplateValues:
        """Return the values for an admin's words, or for the program's own to an admin."""
        tr = translator_for(announcement.locale)
        text = strip_controls(announcement.text.replace("\r\n", "\n")).strip()
        first = to_one_line(text.partition("\n")[0], max_length=80)
        return {
            **self._common_values(links),
            "is_system": announcement.is_system,
            "subject": tr.gettext("{name}: {first}", name=to_one_line(self.identity.sender_name), first=first),
            "preheader": to_one_line(text, max_length=MAX_PREHEADER_LENGTH),
            "text": text,
            "paragraphs": [
                [_split_links(line) for line in paragraph.split("\n")] for paragraph in re.split(r"\n[ \t]*\n\s*", text)
            ],
            "next_time": None,
        }

    def verification_code(self, code: VerificationCode) -> TemplateValues:
        """Return the values for the mail that proves an address; nothing that a stranger wrote is in it."""
        tr = translator_for(code.locale)
        validity = tr.ngettext(
            "The code is valid for {n} minute.", "The code is valid for {n} minutes.", code.valid_minutes
        )
        sender = self._common_values(None)
        return {
            **sender,
            "subject": tr.gettext("{code} is your code for {name}", code=code.code, name=sender["name"]),
            "preheader": validity,
            "code": code.code,
            "validity": validity,
        }

    def signup_confirmation(self, confirmation: SignupConfirmation, confirm_url: str) -> TemplateValues:
        """Return the values for the question after a sign-up; nothing that a stranger wrote is in it."""
        tr = translator_for(confirmation.locale)
        validity = tr.ngettext(
            "The link is valid for {n} hour.", "The link is valid for {n} hours.", confirmation.valid_hours
        )
        sender = self._common_values(None)
        return {
            **sender,
            "subject": tr.gettext("Do you want to subscribe to {name}?", name=sender["name"]),
            "preheader": tr.gettext("One click, and your papers are on their way."),
            "confirm_url": confirm_url,
            "validity": validity,
        }

    def _common_values(self, links: EmailLinks | None) -> dict[str, object]:
        """Return what every mail says about us, and where it leads its reader."""
        postal = self.identity.postal_address
        return {
            "name": to_one_line(self.identity.sender_name),
            "postal_address": to_one_line(postal) if postal else None,
            "unsubscribe": links.unsubscribe if links else self.identity.mailto("unsubscribe"),
            "preferences": links.preferences if links else None,
            "web_copy": links.web_copy if links else None,
        }

    def _digest_values(self, digest: Digest, tr: Translator, links: EmailLinks | None) -> dict[str, object]:
        """Return what every digest says: the day, why it came, when the next one comes."""
        return {
            **self._common_values(links),
            "day": tr.format_full_date(digest.date) if digest.date else None,
            "subscription_reason": self._subscription_reason(digest, tr),
            "next_time": tr.gettext(
                "The next digest comes on {time} ({zone}).",
                time=tr.format_datetime(digest.next_digest_at, digest.timezone),
                zone=digest.timezone,
            )
            if digest.next_digest_at
            else None,
        }

    def _subscription_reason(self, digest: Digest, tr: Translator) -> str:
        """Return the text that says why this reader has this mail."""
        if digest.subscribed_domains == () and digest.include_keywords:
            what = tr.format_list(
                [
                    f"“{to_one_line(word, max_length=MAX_KEYWORD_LENGTH)}”"
                    for word in digest.include_keywords[:MAX_NAMED_DOMAINS]
                ]
            )
            return tr.gettext("You receive this because you asked for papers about {words}.", words=what)
        if digest.subscribed_domains == ():
            return tr.gettext(
                "You receive this because you are subscribed to {name}.", name=to_one_line(self.identity.sender_name)
            )
        if digest.subscribed_domains is None:
            what = tr.gettext("every domain")
        else:
            what = self._format_domains(
                [f"“{self.domain_names.name(slug, digest.locale)}”" for slug in digest.subscribed_domains], tr
            )
        if digest.papers_since is None:
            return tr.gettext("You receive this because you follow {domains}.", domains=what)
        since = tr.format_long_date(digest.papers_since)
        return tr.gettext("You receive this because you have followed {domains} since {day}.", domains=what, day=since)

    def _format_domains(self, names: Sequence[str], tr: Translator) -> str:
        """Name the first domains and count the others."""
        if len(names) <= MAX_NAMED_DOMAINS + 1:
            return tr.format_list(names)
        rest = tr.ngettext("{n} other domain", "{n} other domains", len(names) - MAX_NAMED_DOMAINS)
        return tr.format_list([*names[:MAX_NAMED_DOMAINS], rest])

    def _matched_names(self, digest: Digest) -> list[str]:
        """Return the domains and keywords that brought papers, the one with most papers first."""
        tally = Counter(
            name
            for pick in digest.papers
            for name in (
                *(self.domain_names.name(slug, digest.locale) for slug in pick.matched_domains),
                *(f"“{to_one_line(word, max_length=MAX_KEYWORD_LENGTH)}”" for word in pick.matched_keywords),
            )
        )
        return [name for name, _ in tally.most_common()]

    def _subject(self, digest: Digest, tr: Translator) -> str:
        """Return the text that says how many papers, in which domains, of which day."""
        papers = len(digest.papers)
        parts = [tr.ngettext("{n} new paper", "{n} new papers", papers)]
        matched = self._matched_names(digest)
        if matched:
            named = 2 if len("".join(matched[:2])) <= MAX_SUBJECT_NAMES_LENGTH else 1
            others = len(matched) - named
            parts.append(" / ".join(matched[:named]) + (f" +{others}" if others > 0 else ""))
        if digest.date:
            parts.append(tr.format_short_date(digest.date))
        return " · ".join(parts)

    def _summary_line(self, digest: Digest, tr: Translator) -> str:
        """Return the text that says how many papers there are, how many of them are here, and for which domains."""
        total = tr.ngettext("{n} new paper", "{n} new papers", max(digest.candidate_count, len(digest.papers)))
        matched = self._matched_names(digest)
        if not matched:
            return total
        if len(matched) > MAX_NAMED_DOMAINS + 1:
            rest = tr.ngettext("{n} other domain", "{n} other domains", len(matched) - MAX_NAMED_DOMAINS)
            matched = [*matched[:MAX_NAMED_DOMAINS], rest]
        mine = tr.ngettext("{n} for you", "{n} for you", len(digest.papers))
        return tr.gettext("{total}, {mine}: {domains}", total=total, mine=mine, domains=" · ".join(matched))


def _overflow_link(digest: Digest, tr: Translator, links: EmailLinks | None) -> TemplateValues:
    """Return where the papers are that did not fit: on our own page where there is one."""
    if links and links.web_copy:
        return {"overflow_url": links.web_copy, "overflow_label": tr.gettext("See all of them on the web")}
    day = digest.date and f"https://huggingface.co/papers/date/{digest.date.isoformat()}"
    return {"overflow_url": day, "overflow_label": tr.gettext("The full list of the day")}


def _empty_reason(digest: Digest, tr: Translator) -> tuple[str, str]:
    """Return the text that says why there is no paper: a headline and a sentence or two."""
    match digest.empty_reason:
        case EmptyReason.NONE_IN_DOMAINS:
            new = tr.ngettext("{n} new paper arrived", "{n} new papers arrived", digest.candidate_count)
            return (
                tr.gettext("Nothing in your domains today"),
                tr.gettext("{new}, none of them in the domains you follow.", new=new),
            )
        case EmptyReason.NO_DOMAINS_CHOSEN:
            return (
                tr.gettext("You have not chosen any domains yet"),
                tr.gettext(
                    "Send /domains to the bot in Telegram to see all domains, and for example /subscribe "
                    "robotics to choose one. Your papers will then come here."
                ),
            )
        case EmptyReason.NO_REPORT_YET:
            return (
                tr.gettext("No report has arrived yet"),
                tr.gettext("As soon as the first report arrives, your papers come with the next digest."),
            )
        case EmptyReason.NO_NEW_PAPERS | None:
            return (
                tr.gettext("No new papers today"),
                tr.gettext("No new papers since your last digest. That is usual at weekends and on holidays."),
            )


def _split_links(line: str) -> list[dict[str, object]]:
    """Cut a line into plain words and addresses; an address ends before the punctuation behind it."""
    pieces: list[dict[str, object]] = []
    at = 0
    for found in _URL.finditer(line):
        url = found.group().rstrip(".,;:!?'*_")
        if "(" not in url:
            url = url.rstrip(")]")
        pieces += [{"url": False, "text": line[at : found.start()]}, {"url": True, "text": url}]
        at = found.start() + len(url)
    return [*pieces, {"url": False, "text": line[at:]}]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section under its name; ``body`` is safe HTML or plain text."""

    name: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper as a template sees it; what is empty is not shown.

    ``available`` False: only the id is sure, and the template shows a line with the link.
    """

    detail_level: str
    number: str
    id: str
    title: str = ""
    matched_domains: str = ""
    other_domains: str = ""
    keywords: str = ""
    contribution: str = ""
    sections: tuple[SectionView, ...] = ()
    abstract_only: bool = False
    available: bool = True

    @property
    def arxiv_url(self) -> str:
        """Address of the abstract page at arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """Address of the PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def huggingface_url(self) -> str:
        """Address of the paper's page at Hugging Face."""
        return f"https://huggingface.co/papers/{self.id}"
