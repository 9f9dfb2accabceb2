"""A digest, an announcement or a code becomes an email.

Every template is compiled and tried when the renderer is made. A paper is rendered once for each language,
layout and reason, whoever reads it; one reader's mail is a join of those pieces and a few own lines.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Self

from digest.model import (
    Announcement,
    Delivery,
    DetailLevel,
    Digest,
    Locale,
    Paper,
    SignupConfirmation,
    VerificationCode,
)
from digest.model.links import EmailLinks
from digest.model.message import RenderedEmail
from digest.render.email.context import LINK_PLACEHOLDERS, DomainNames, EmailContext, TemplateValues
from digest.render.email.digest_entry import EmailEntry, EmailEntryRenderer, RenderedEmailEntry
from digest.render.email.mime import (
    BASE64_LINE_BYTES,
    EmailMetadata,
    SenderIdentity,
    build_email,
    encode_base64_lines,
    encode_body,
    join_encoded_body,
    pad_to_base64_line,
    to_wire,
)
from digest.render.email.templates import EmailTemplate, EmailTemplates, load_email_templates, render_template

MAX_FULL_PAPERS = 5
"""A digest of up to this many papers shows each of them whole."""


def choose_detail_levels(
    paper_count: int,
    size_of: Callable[[int, DetailLevel], int],
    *,
    max_bytes: int,
    overflow_line_bytes: int,
    preferred: DetailLevel = DetailLevel.SHORT,
) -> tuple[DetailLevel, ...]:
    """Return the richest layout of each paper, up to the one ``preferred``, such that all fit into ``max_bytes``.

    ``size_of`` tells what a paper (from 0) takes in a layout, in bytes. Where all of them whole do not fit,
    or they are not wanted so and are more than a few, the last are shown with one sentence; where that does
    not fit, the last keep their title alone; where titles do not fit either, the answer is shorter than
    ``paper_count`` and ``overflow_line_bytes`` bytes stay free for the line that counts the rest.
    """

    def running_sizes(level: DetailLevel) -> list[int]:
        return list(accumulate((size_of(at, level) for at in range(paper_count)), initial=0))

    if preferred is DetailLevel.TITLES:
        return _fit_titles(running_sizes(DetailLevel.TITLES), max_bytes, overflow_line_bytes)
    full = running_sizes(DetailLevel.FULL) if preferred is DetailLevel.FULL or paper_count <= MAX_FULL_PAPERS else None
    if full and full[-1] <= max_bytes:
        return (DetailLevel.FULL,) * paper_count
    short = running_sizes(DetailLevel.SHORT)
    if short[-1] <= max_bytes:
        kept = _count_richer(full, short, max_bytes) if full and preferred is DetailLevel.FULL else 0
        return (DetailLevel.FULL,) * kept + (DetailLevel.SHORT,) * (paper_count - kept)
    titles = running_sizes(DetailLevel.TITLES)
    kept = _count_richer(short, titles, max_bytes)
    if kept or titles[-1] <= max_bytes:
        return (DetailLevel.SHORT,) * kept + (DetailLevel.TITLES,) * (paper_count - kept)
    return _fit_titles(titles, max_bytes, overflow_line_bytes)


def _count_richer(richer_sizes: list[int], poorer_sizes: list[int], max_bytes: int) -> int:
    """Count the first papers that may be richer, the others being poorer."""
    papers = len(poorer_sizes) - 1
    return next(
        (n for n in range(papers, 0, -1) if richer_sizes[n] + poorer_sizes[-1] - poorer_sizes[n] <= max_bytes), 0
    )


def _fit_titles(title_sizes: list[int], max_bytes: int, overflow_line_bytes: int) -> tuple[DetailLevel, ...]:
    """Show as many titles as fit."""
    if title_sizes[-1] <= max_bytes:
        return (DetailLevel.TITLES,) * (len(title_sizes) - 1)
    shown = max(i for i, taken in enumerate(title_sizes) if taken <= max(max_bytes - overflow_line_bytes, 0))
    return (DetailLevel.TITLES,) * shown


MAX_HTML_BYTES = 90_000
"""Bytes of the HTML of any mail, below the size at which Gmail cuts."""

OVERFLOW_LINE_BYTES = 1_500
"""Bytes kept free for the line that counts the papers which did not fit."""

_LIST_KINDS = ("digest", "news")
"""Kinds of mail that belong to the list; the others answer one person."""

_PLACEHOLDER_NAMES = ("unsubscribe", "preferences", "web_copy")
"""The links of ``LINK_PLACEHOLDERS``."""

EntryDetailLevels = tuple[tuple[EmailEntry, DetailLevel], ...]
"""The papers of a digest in order, each with its layout."""


@dataclass(frozen=True, slots=True)
class PapersBlock:
    """The papers of a digest, joined: shared by all readers who get the same ones."""

    html: str
    html_encoded: bytes
    text: str
    text_encoded: bytes


@dataclass(frozen=True, slots=True)
class EmailFrame:
    """What stands before and after the papers, in both alternatives.

    Heads are ``padded`` by ``with_links``.
    """

    subject: str
    html_head: str
    html_tail: str
    text_head: str
    text_tail: str

    @property
    def max_papers_bytes(self) -> int:
        """Bytes that the papers may take in HTML."""
        return MAX_HTML_BYTES - len(to_wire(self.html_head)) - len(to_wire(self.html_tail)) - 2 * BASE64_LINE_BYTES

    def with_links(self, links: EmailLinks | None) -> "EmailFrame":
        """Return the frame with a reader's own links in their places, ready to be joined."""
        parts = [self.html_head, self.html_tail, self.text_head, self.text_tail]
        for name in _PLACEHOLDER_NAMES if links else ():
            if link := getattr(links, name):
                parts = [part.replace(getattr(LINK_PLACEHOLDERS, name), link) for part in parts]
        html_head, html_tail, text_head, text_tail = parts
        return EmailFrame(
            self.subject, pad_to_base64_line(html_head), html_tail, pad_to_base64_line(text_head), text_tail
        )


@dataclass(frozen=True, slots=True)
class EmailRenderer:
    """Renders every mail that we send; made by ``EmailRenderer.load`` once, safe to share between threads."""

    _identity: SenderIdentity
    _secret: bytes
    _templates: Mapping[Locale, EmailTemplates]
    _context: EmailContext
    _render_entry: Callable[[EmailEntry, DetailLevel], RenderedEmailEntry]
    _papers_block: Callable[[EntryDetailLevels], PapersBlock]
    _email_frame: Callable[[Digest, tuple[str, ...], int, EmailLinks | None], EmailFrame]

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        taxonomy: DomainNames,
        identity: SenderIdentity,
        secret: bytes,
        on_error: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Compile the templates of a folder (``templates/email``) in every language and try them.

        ``secret`` keys the Message-IDs. ``on_error`` hears one line for each paper that could not be shown.
        Raises ``InvalidTemplate`` naming the file.
        """
        templates = load_email_templates(folder, identity)
        context = EmailContext(identity=identity, domain_names=taxonomy)
        render_entry = lru_cache(maxsize=4096)(EmailEntryRenderer(templates, taxonomy, on_error).render_entry)

        @lru_cache(maxsize=64)
        def papers_block(levels: EntryDetailLevels) -> PapersBlock:
            entries = [render_entry(*level).with_number(number) for number, level in enumerate(levels, 1)]
            html = pad_to_base64_line("".join(entry.html for entry in entries))
            text = pad_to_base64_line("".join(entry.text for entry in entries))
            return PapersBlock(html, encode_base64_lines(to_wire(html)), text, encode_base64_lines(to_wire(text)))

        @lru_cache(maxsize=512)
        def email_frame(
            digest: Digest, titles: tuple[str, ...], overflow_count: int, placeholders: EmailLinks | None
        ) -> EmailFrame:
            template = templates[digest.locale].digest
            values = context.digest(digest, titles, overflow_count, placeholders)
            return EmailFrame(
                subject=str(values["subject"]),
                html_head=render_template(template.html.head, values),
                html_tail=render_template(template.html.tail, values),
                text_head=render_template(template.text.head, values),
                text_tail=render_template(template.text.tail, values),
            )

        return cls(identity, secret, templates, context, render_entry, papers_block, email_frame)

    def render_digest(
        self, delivery: Delivery, digest: Digest, papers: Mapping[str, Paper], links: EmailLinks | None = None
    ) -> RenderedEmail:
        """Render a reader's digest.

        HTML of at most ``MAX_HTML_BYTES``, the same papers and links in both parts.

        A paper that ``papers`` lacks, or that cannot be rendered, becomes a line with its link. A delivery
        that was too big once shows titles alone.
        """
        if not digest.papers:
            values = self._context.empty_digest(digest, links)
            template = self._templates[digest.locale].empty_digest
            return self._render(delivery, digest.locale, "digest", template, values, links)
        entries = [EmailEntry.from_selected(pick, papers.get(pick.paper_id), digest.locale) for pick in digest.papers]
        titles = tuple(entry.title for entry in entries[:4])
        places = links and replace(
            LINK_PLACEHOLDERS,
            preferences=links.preferences and LINK_PLACEHOLDERS.preferences,
            web_copy=links.web_copy and LINK_PLACEHOLDERS.web_copy,
        )
        frame = self._email_frame(digest, titles, 0, places).with_links(links)
        layouts = choose_detail_levels(
            len(entries),
            lambda at, layout: self._render_entry(entries[at], layout).size,
            max_bytes=frame.max_papers_bytes,
            overflow_line_bytes=OVERFLOW_LINE_BYTES,
            preferred=DetailLevel.TITLES if delivery.shortened else digest.detail_level,
        )
        if len(layouts) < len(entries):
            frame = self._email_frame(digest, titles, len(entries) - len(layouts), places).with_links(links)
        middle = self._papers_block(tuple(zip(entries, layouts, strict=False)))
        return build_email(
            self._metadata(delivery, frame.subject, digest.locale, "digest", links),
            self._identity,
            self._secret,
            html=join_encoded_body(frame.html_head, middle.html, middle.html_encoded, frame.html_tail),
            text=join_encoded_body(frame.text_head, middle.text, middle.text_encoded, frame.text_tail),
        )

    def render_announcement(
        self, delivery: Delivery, announcement: Announcement, links: EmailLinks | None = None
    ) -> RenderedEmail:
        """Render an admin's words; addresses become links, nothing else is interpreted."""
        values = self._context.announcement(announcement, links)
        kind = "notice" if announcement.is_system else "news"
        template = self._templates[announcement.locale].announcement
        return self._render(delivery, announcement.locale, kind, template, values, links)

    def render_verification_code(self, delivery: Delivery, code: VerificationCode) -> RenderedEmail:
        """Render the mail that proves an address; it belongs to no list and holds no stranger's text."""
        values = self._context.verification_code(code)
        return self._render(delivery, code.locale, "code", self._templates[code.locale].verification_code, values)

    def render_signup_confirmation(
        self, delivery: Delivery, confirmation: SignupConfirmation, confirm_url: str
    ) -> RenderedEmail:
        """Render the mail that asks after a sign-up, with the link that says yes; it belongs to no list."""
        values = self._context.signup_confirmation(confirmation, confirm_url)
        template = self._templates[confirmation.locale].signup_confirmation
        return self._render(delivery, confirmation.locale, "opt-in", template, values)

    def _metadata(
        self, delivery: Delivery, subject: str, locale: Locale, kind: str, links: EmailLinks | None
    ) -> EmailMetadata:
        return EmailMetadata(
            recipient=delivery.target.address,
            subject=subject,
            key=delivery.key,
            kind=kind,
            locale=locale,
            created_at=delivery.created_at,
            is_list_email=kind in _LIST_KINDS,
            links=links,
        )

    def _render(
        self,
        delivery: Delivery,
        locale: Locale,
        kind: str,
        template: EmailTemplate,
        values: TemplateValues,
        links: EmailLinks | None = None,
    ) -> RenderedEmail:
        """Render a mail without papers."""
        return build_email(
            self._metadata(delivery, str(values["subject"]), locale, kind, links),
            self._identity,
            self._secret,
            html=encode_body(render_template(template.html.full, values)),
            text=encode_body(render_template(template.text.full, values)),
        )
