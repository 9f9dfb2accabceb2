"""Nothing that anybody writes becomes code in a mail, a header of it, or a link that is none."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache

import pytest

from digest.model import (
    Announcement,
    DetailLevel,
    Digest,
    Locale,
    Section,
    SelectedPaper,
    SignupConfirmation,
    VerificationCode,
)
from digest.model.links import EmailLinks
from digest.model.message import RenderedEmail
from digest.render.email.context import EmailContext
from digest.render.email.digest_entry import EmailEntry, EmailEntryRenderer
from digest.render.email.mime import EmailMetadata, build_email, encode_body
from digest.render.email.templates import EmailTemplates, load_email_templates, render_template
from digest.text import markdown
from tests.render.email.sample_emails import DAY, IDENTITY, TEMPLATES, make_delivery, make_paper, render_email
from tests.render.email.sample_emails import make_links as of_mail
from tests.render.injection_texts import INJECTION_TEXTS, INJECTION_URLS, HtmlShape, html_shape, links_in

PLAIN = "Plain words"
LINE_ENDS = (
    *("\r\n", "\n", "\r", "\n\r", "\r\r\n", "\r\n ", "\r\n\t", "\r\n\r\n"),
    *("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\x00", "\x7f", "\t\r\n", "%0d%0a", "\\r\\n"),
    *("=?utf-8?q?=0D=0A?=", "=?utf-8?b?DQo=?=", "\u560d\u560a", "\ud80d\udc0a", "\u2066\r\n"),
)
HEADERS = (
    "Bcc: evil@evil.example",
    "To: evil@evil.example",
    "Content-Type: text/html\r\n\r\n<b>evil</b>",
    "List-Unsubscribe: <https://evil.example>",
    "From: <evil@evil.example>",
    "X: y\r\n--=_evil\r\nContent-Type: text/html\r\n\r\nevil",
    "DKIM-Signature: v=1",
    ".\r\nMAIL FROM:<evil@evil.example>",
)
PAYLOADS = tuple(f"a{end}{header}" for end in LINE_ENDS for header in HEADERS)


class SameName:
    """Gives every domain the same name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self, slug: str, locale: Locale) -> str:
        """Return the name."""
        return f"{self._name}{slug[:0]}{locale[:0]}"


@cache
def load_templates(locale: Locale = Locale.EN) -> EmailTemplates:
    """Return the project's templates."""
    return load_email_templates(TEMPLATES, IDENTITY)[locale]


def fill_templates(text: str) -> dict[str, str]:
    """Fill every template of mail with a text wherever somebody's words can stand; HTML by name."""
    identity = replace(IDENTITY, sender_name=text, postal_address=text)
    words, names = EmailContext(identity=identity, domain_names=SameName(text)), SameName(text)
    pick = SelectedPaper(paper_id="2601.00001", matched_domains=("robotics",))
    digest = Digest(
        date=DAY, locale=Locale.EN, papers=(pick,), candidate_count=9,
        subscribed_domains=("robotics",), omitted_count=1,
        next_digest_at=datetime(2026, 1, 25, 8, tzinfo=UTC),
    )  # fmt: skip
    to: EmailLinks = of_mail()
    pieces = EmailEntryRenderer({Locale.EN: load_templates()}, names, lambda _: None)
    paper = replace(make_paper(text, read_from=text), domains=("robotics", "vision"))
    entry = EmailEntry.from_selected(pick, paper, Locale.EN)
    missing = replace(entry, available=False)
    frame = {**words.digest(digest, [text], 1, to), "papers": []}
    return {
        "digest": render_template(load_templates().digest.html.full, frame),
        **{f"paper, {one}": pieces.render_entry(entry, one).html for one in DetailLevel},
        "paper that is missing": pieces.render_entry(missing, DetailLevel.FULL).html,
        "quiet": render_template(
            load_templates().empty_digest.html.full, words.empty_digest(replace(digest, papers=()), to)
        ),
        "code": render_template(
            load_templates().verification_code.html.full,
            words.verification_code(VerificationCode(code=text, valid_minutes=15, locale=Locale.EN)),
        ),
        "opt-in": render_template(
            load_templates().signup_confirmation.html.full,
            words.signup_confirmation(
                SignupConfirmation(nonce=text, valid_hours=48, locale=Locale.EN), "https://digest.example.org/c/x"
            ),
        ),
        "announcement": render_template(
            load_templates().announcement.html.full,
            words.announcement(Announcement(text=_one_paragraph(text), locale=Locale.EN), to),
        ),
    }


def _one_paragraph(text: str) -> str:
    return "Hello " + " ".join(text.split()).replace("://", ": //")


def html_shapes(text: str) -> dict[str, HtmlShape]:
    """Return the elements of every mail that holds a text; a paper without a title has none to show."""
    return {name: html_shape(html) for name, html in fill_templates(text).items()}


def test_three_hundred_strings_add_no_element_and_no_attribute_to_any_mail() -> None:
    harmless = html_shapes(PLAIN)

    changed = {
        (text[:40], name)
        for text in INJECTION_TEXTS
        if text.strip() and markdown.inline_plain(text).strip()
        for name, found in html_shapes(text).items()
        if found != harmless[name]
    }

    assert len(INJECTION_TEXTS) >= 300
    assert html_shape(f"<p>{INJECTION_TEXTS[0]}</p>") != html_shape("<p></p>")
    assert changed == set()


def test_strings_in_a_papers_text_add_only_what_its_markdown_may() -> None:
    may = {*("p", "ul", "ol", "li", "code", "pre", "blockquote", "strong", "em", "b", "i", "a"), "br", "sup", "sub"}
    may_have = {"href", "rel", "start", "class"}

    for text in INJECTION_TEXTS:
        for html in (markdown.to_html(markdown.parse(text)), markdown.inline_html(text)):
            found = html_shape(html)
            assert {tag for tag, _ in found} <= may, text
            assert {name for _, names in found for name in names} <= may_have, text


def test_sixty_addresses_become_links_of_http_or_none() -> None:
    assert len(INJECTION_URLS) >= 60
    for url in INJECTION_URLS:
        said = f"[here]({url}) <{url}> {url} ![x]({url})\n\n[ref]: {url}\n\n[ref]\n"
        section = email_with_section(said)
        announced = render_email(Announcement(text=f"See {url} now.\n{said}", locale=Locale.EN), public_url=of_mail())
        pages = [section.html, announced.html, markdown.to_html(markdown.parse(said)), markdown.inline_html(said)]
        telegram = [markdown.to_telegram(markdown.parse(said)), markdown.inline_telegram(said)]

        for html in (*pages, *telegram):
            for link in links_in(html):
                assert is_safe_link(link), (url, link)


def is_safe_link(link: str) -> bool:
    """Return whether a link leads to a site over http or https, or writes to us, with no sign that hides it."""
    ours = link.startswith(f"mailto:{IDENTITY.from_address}?subject=")
    return ours or (re.match(r"https?://[^\s/]", link) is not None and link.isprintable())


def email_with_section(text: str) -> RenderedEmail:
    """Render a digest of one paper whose every section is a text."""
    paper = make_paper("Title", sections=dict.fromkeys(Section, text))
    digest = Digest(date=DAY, locale=Locale.EN, papers=(SelectedPaper(paper_id=paper.id),), candidate_count=1)
    return render_email(digest, {paper.id: paper}, of_mail())


@pytest.mark.parametrize("place", ["to", "subject", "name", "list_domain", "announcement", "title"])
def test_two_hundred_payloads_open_no_header_and_no_part(place: str) -> None:
    assert len(PAYLOADS) == 200
    intended = [name for name, _ in parse_email(email_with(place, PLAIN)).items()]

    for payload in PAYLOADS:
        part = email_with(place, payload)
        message = parse_email(part)

        assert [name for name, _ in message.items()] == intended, payload
        assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"], payload
        assert b"\n" not in part.raw.replace(b"\r\n", b"")
        assert b"\r" not in part.raw.replace(b"\r\n", b"")
        assert message["From"].addresses[0].addr_spec == IDENTITY.from_address
        assert len(message["To"].addresses) == 1
        head = part.raw.partition(b"\r\n\r\n")[0]
        assert head.isascii() or place in ("to", "list_domain")
        assert not set(head) & (set(range(32)) - {9, 10, 13} | {127}), payload


def parse_email(part: RenderedEmail) -> EmailMessage:
    """Read a mail as a receiver does."""
    message = message_from_bytes(part.raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def email_with(field: str, text: str) -> RenderedEmail:
    """Build a mail with a text in one place where somebody's words can get to."""
    if field == "announcement":
        return render_email(Announcement(text=text, locale=Locale.EN), public_url=of_mail())
    if field == "title":
        paper = make_paper(text)
        digest = Digest(date=DAY, locale=Locale.EN, papers=(SelectedPaper(paper_id=paper.id),), candidate_count=1)
        return render_email(digest, {paper.id: paper}, of_mail())
    envelope = EmailMetadata(
        recipient=f"{text}@example.com" if field == "to" else "reader@example.com",
        subject=text if field == "subject" else "Subject",
        key=make_delivery(Announcement(text="")).key,
        kind="digest",
        locale=Locale.EN,
        created_at=datetime(2026, 1, 24, 7, tzinfo=UTC),
        links=of_mail(),
    )
    identity = IDENTITY
    if field == "name":
        identity = replace(identity, sender_name=text)
    if field == "list_domain":
        identity = replace(identity, list_domain=f"example.org{text}")
    return build_email(envelope, identity, b"secret", html=encode_body("<p>x</p>"), text=encode_body("x"))
