"""Nothing that anybody writes becomes code in a mail, a header of it, or a link that is none."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache

import pytest

from digest import markup
from digest.links import MailLinks
from digest.message import MailPart
from digest.model import AddressCode, Announcement, Digest, Layout, Locale, OptIn, Pick, Section
from digest.render.mail_message import Envelope, body, build
from digest.render.mail_pieces import Entry, MailPieces
from digest.render.mail_sheets import Sheets, load_sheets
from digest.render.mail_words import MailWords
from digest.render.skeleton import render
from tests.render.injection import STRINGS, URLS, Shape, links, shape
from tests.render.mails import (
    DAY,
    IDENTITY,
    TEMPLATES,
    a_delivery,
    a_paper,
    mail,
)
from tests.render.mails import (
    links as of_mail,
)

PLAIN = "Plain words"
LINE_ENDS = (
    *("\r\n", "\n", "\r", "\n\r", "\r\r\n", "\r\n ", "\r\n\t", "\r\n\r\n"),
    *(
        "\u2028",
        "\u2029",
        "\x85",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1e",
        "\x00",
        "\x7f",
        "\t\r\n",
        "%0d%0a",
        "\\r\\n",
    ),
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


class One:
    """Gives every domain the same name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name(self, slug: str, locale: Locale) -> str:
        """Give the name."""
        return f"{self._name}{slug[:0]}{locale[:0]}"


@cache
def sheets(locale: Locale = Locale.EN) -> Sheets:
    """Give the project's templates."""
    return load_sheets(TEMPLATES, IDENTITY)[locale]


def every_template(text: str) -> dict[str, str]:
    """Fill every template of mail with a text wherever somebody's words can stand; HTML by name."""
    identity = replace(IDENTITY, sender_name=text, postal_address=text)
    words, names = MailWords(identity=identity, names=One(text)), One(text)
    pick = Pick(paper="2601.00001", reasons=("robotics",))
    digest = Digest(
        date=DAY, locale=Locale.EN, picks=(pick,), total=9, follows=("robotics",), left_out=1,
        next_at=datetime(2026, 1, 25, 8, tzinfo=UTC),
    )  # fmt: skip
    to: MailLinks = of_mail()
    pieces = MailPieces({Locale.EN: sheets()}, names, lambda _: None)
    paper = replace(a_paper(text, read_from=text), domains=("robotics", "vision"))
    entry = Entry.of(pick, paper, Locale.EN)
    missing = replace(entry, known=False)
    frame = {**words.digest(digest, [text], 1, to), "papers": []}
    return {
        "digest": render(sheets().digest.html.whole, frame),
        **{f"paper, {one}": pieces.piece(entry, one).html for one in Layout},
        "paper that is missing": pieces.piece(missing, Layout.FULL).html,
        "quiet": render(sheets().quiet.html.whole, words.quiet(replace(digest, picks=()), to)),
        "code": render(
            sheets().code.html.whole, words.code(AddressCode(code=text, minutes=15, locale=Locale.EN))
        ),
        "opt-in": render(
            sheets().opt_in.html.whole,
            words.opt_in(OptIn(nonce=text, hours=48, locale=Locale.EN), "https://digest.example.org/c/x"),
        ),
        "announcement": render(
            sheets().announcement.html.whole,
            words.announcement(Announcement(text=_one_paragraph(text), locale=Locale.EN), to),
        ),
    }


def _one_paragraph(text: str) -> str:
    return "Hello " + " ".join(text.split()).replace("://", ": //")


def shapes(text: str) -> dict[str, Shape]:
    """Give the elements of every mail that holds a text; a paper without a title has none to show."""
    return {name: shape(html) for name, html in every_template(text).items()}


def test_three_hundred_strings_add_no_element_and_no_attribute_to_any_mail() -> None:
    harmless = shapes(PLAIN)

    changed = {
        (text[:40], name)
        for text in STRINGS
        if text.strip() and markup.inline_plain(text).strip()
        for name, found in shapes(text).items()
        if found != harmless[name]
    }

    assert len(STRINGS) >= 300
    assert shape(f"<p>{STRINGS[0]}</p>") != shape("<p></p>")
    assert changed == set()


def test_strings_in_a_papers_text_add_only_what_its_markdown_may() -> None:
    may = {
        *("p", "ul", "ol", "li", "code", "pre", "blockquote", "strong", "em", "b", "i", "a"),
        "br",
        "sup",
        "sub",
    }
    may_have = {"href", "rel", "start", "class"}

    for text in STRINGS:
        for html in (markup.to_html(markup.read(text)), markup.inline_html(text)):
            found = shape(html)
            assert {tag for tag, _ in found} <= may, text
            assert {name for _, names in found for name in names} <= may_have, text


def test_sixty_addresses_become_links_of_http_or_none() -> None:
    assert len(URLS) >= 60
    for url in URLS:
        said = f"[here]({url}) <{url}> {url} ![x]({url})\n\n[ref]: {url}\n\n[ref]\n"
        section = mail_of_section(said)
        announced = mail(Announcement(text=f"See {url} now.\n{said}", locale=Locale.EN), to=of_mail())
        pages = [section.html, announced.html, markup.to_html(markup.read(said)), markup.inline_html(said)]
        telegram = [markup.to_telegram(markup.read(said)), markup.inline_telegram(said)]

        for html in (*pages, *telegram):
            for link in links(html):
                assert is_plain_link(link), (url, link)


def is_plain_link(link: str) -> bool:
    """Tell whether a link leads to a site over http or https, or writes to us, with no sign that hides it."""
    ours = link.startswith(f"mailto:{IDENTITY.from_address}?subject=")
    return ours or (re.match(r"https?://[^\s/]", link) is not None and link.isprintable())


def mail_of_section(text: str) -> MailPart:
    """Render a digest of one paper whose every section is a text."""
    paper = a_paper("Title", sections=dict.fromkeys(Section, text))
    digest = Digest(date=DAY, locale=Locale.EN, picks=(Pick(paper=paper.id),), total=1)
    return mail(digest, {paper.id: paper}, of_mail())


@pytest.mark.parametrize("place", ["to", "subject", "name", "list_domain", "announcement", "title"])
def test_two_hundred_payloads_open_no_header_and_no_part(place: str) -> None:
    assert len(PAYLOADS) == 200
    intended = [name for name, _ in parsed(mail_with(place, PLAIN)).items()]

    for payload in PAYLOADS:
        part = mail_with(place, payload)
        message = parsed(part)

        assert [name for name, _ in message.items()] == intended, payload
        assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"], (
            payload
        )
        assert b"\n" not in part.raw.replace(b"\r\n", b"")
        assert b"\r" not in part.raw.replace(b"\r\n", b"")
        assert message["From"].addresses[0].addr_spec == IDENTITY.from_address
        assert len(message["To"].addresses) == 1
        head = part.raw.partition(b"\r\n\r\n")[0]
        assert head.isascii() or place in ("to", "list_domain")
        assert not set(head) & (set(range(32)) - {9, 10, 13} | {127}), payload


def parsed(part: MailPart) -> EmailMessage:
    """Read a mail as a receiver does."""
    message = message_from_bytes(part.raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def mail_with(place: str, text: str) -> MailPart:
    """Build a mail with a text in one place where somebody's words can get to."""
    if place == "announcement":
        return mail(Announcement(text=text, locale=Locale.EN), to=of_mail())
    if place == "title":
        paper = a_paper(text)
        digest = Digest(date=DAY, locale=Locale.EN, picks=(Pick(paper=paper.id),), total=1)
        return mail(digest, {paper.id: paper}, of_mail())
    envelope = Envelope(
        to=f"{text}@example.com" if place == "to" else "reader@example.com",
        subject=text if place == "subject" else "Subject",
        key=a_delivery(Announcement(text="")).key,
        kind="digest",
        locale=Locale.EN,
        created_at=datetime(2026, 1, 24, 7, tzinfo=UTC),
        links=of_mail(),
    )
    identity = IDENTITY
    if place == "name":
        identity = replace(identity, sender_name=text)
    if place == "list_domain":
        identity = replace(identity, list_domain=f"example.org{text}")
    return build(envelope, identity, b"secret", html=body("<p>x</p>"), text=body("x"))
