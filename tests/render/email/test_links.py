"""Where a mail leads its reader: in its headers, its bodies, and within its size."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from digest.model import Announcement, Locale, Section, SignupConfirmation, VerificationCode
from digest.model.links import EmailLinks
from digest.model.message import RenderedEmail
from digest.render.email.renderer import MAX_HTML_BYTES
from tests.render.email.sample_emails import (
    IDENTITY,
    make_delivery,
    make_digest,
    make_links,
    make_paper,
    make_renderer,
    render_email,
    seed_papers_by_id,
    seed_taxonomy,
    whole_seed_digest,
)

MAILTO = "mailto:bounces+u-mfrggzdfmztwq2lknnwg23tpob@example.org?subject=unsubscribe"


def header_lines(part: RenderedEmail) -> dict[str, str]:
    """Return the headers as they stand on the wire, unfolded and not decoded."""
    head = part.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n[ \t]", " ", head).split("\r\n")
    return dict(line.split(": ", 1) for line in lines)


def without_padding(text: str) -> str:
    """Take out the blanks that fill a head up to whole base64 lines."""
    return re.sub(" +", " ", text)


def parse_email(part: RenderedEmail) -> EmailMessage:
    """Return the mail as the standard library reads it."""
    return message_from_bytes(part.raw, policy=SMTP)


@pytest.mark.parametrize("length", [20, 37, 60, 120])
def test_the_link_that_unsubscribes_stands_in_its_header_as_it_is(length: int) -> None:
    url = "https://" + "d" * (length - 12) + ".org"
    where = make_links(url)

    lines = header_lines(render_email(whole_seed_digest(), public_url=where))

    assert len(url) == length
    assert lines["List-Unsubscribe"] == f"<{where.unsubscribe}>, <{IDENTITY.mailto('unsubscribe')}>"
    assert lines["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert lines["Archived-At"] == f"<{where.web_copy}>"
    assert lines["List-Help"].startswith(f"<{url}/>, <mailto:")
    assert lines["List-Subscribe"] == f"<{url}/>"


def test_every_header_of_the_list_stands_there_once() -> None:
    message = parse_email(render_email(whole_seed_digest(), public_url=make_links()))

    names = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id", "List-Unsubscribe",
             "List-Unsubscribe-Post", "List-Help", "Archived-At", "Auto-Submitted", "Feedback-ID",
             "X-Auto-Response-Suppress")  # fmt: skip
    assert {name: len(message.get_all(name, [])) for name in names} == dict.fromkeys(names, 1)


def test_no_mailbox_is_asked_to_post_where_there_is_no_https() -> None:
    """RFC 8058 section 3.1 wants an HTTPS URI."""
    lines = header_lines(render_email(whole_seed_digest(), public_url=make_links("http://digest.example.org")))

    assert "List-Unsubscribe-Post" not in lines
    assert lines["List-Unsubscribe"].startswith("<http://digest.example.org/u/")


def test_a_mailbox_that_is_read_stands_in_the_place_of_the_sender() -> None:
    lines = header_lines(render_email(whole_seed_digest(), public_url=replace(make_links(), mailto=MAILTO)))

    assert lines["List-Unsubscribe"] == f"<{make_links().unsubscribe}>, <{MAILTO}>"


@pytest.mark.parametrize("locale", list(Locale))
def test_without_pages_the_mailbox_that_is_read_is_the_only_way(locale: Locale) -> None:
    part = render_email(whole_seed_digest(locale), public_url=EmailLinks(unsubscribe=MAILTO, mailto=MAILTO))

    assert header_lines(part)["List-Unsubscribe"] == f"<{MAILTO}>"
    assert part.html.count(MAILTO) == 2
    assert part.text.count(MAILTO) == 2
    assert not re.search("[\ufdd0-\ufdef]", part.html + part.text)


def test_codes_questions_and_notices_belong_to_no_list() -> None:
    parts = [
        render_email(VerificationCode(code="123456", valid_minutes=15)),
        render_email(SignupConfirmation(nonce="", valid_hours=48)),
        render_email(Announcement(text="The disk is nearly full.", is_system=True)),
    ]

    assert [name for part in parts for name in header_lines(part) if name.startswith("List-")] == []
    assert not any("unsubscribe" in part.text.lower() for part in parts)


@pytest.mark.parametrize("locale", list(Locale))
def test_the_way_out_stands_near_the_top_and_in_the_footer_of_both_bodies(locale: Locale) -> None:
    where = make_links()

    part = render_email(whole_seed_digest(locale), public_url=where)

    for body in (part.html, part.text):
        first, last = body.index(where.unsubscribe), body.rindex(where.unsubscribe)
        papers = [body.index(f"/abs/{key}") for key in seed_papers_by_id()]
        assert first < min(papers)
        assert last > max(papers)
        assert str(where.preferences) in body
        assert str(where.web_copy) in body


@pytest.mark.parametrize("papers", [1, 5, 6, 27, 75, 600])
@pytest.mark.parametrize("times", [1, 10])
def test_no_digest_is_larger_than_mailboxes_show(papers: int, times: int) -> None:
    """Sections ten times as long, every domain followed, links of the longest kind."""
    known = [*seed_papers_by_id().values()]
    day = {
        f"26{at % 12 + 1:02}.{at:05}": replace(
            known[at % len(known)],
            id=f"26{at % 12 + 1:02}.{at:05}",
            sections={name: text * times for name, text in known[at % len(known)].sections.items()},
        )
        for at in range(papers)
    }
    where = make_links("https://" + "d" * 48 + ".org")

    part = render_email(make_digest(list(day.values()), subscribed_domains=seed_taxonomy().slugs), day, where)

    assert len(part.html.replace("\n", "\r\n").encode()) <= MAX_HTML_BYTES
    shown = [key for key in day if f"/abs/{key}" in part.html]
    assert [key for key in day if f"/abs/{key}\n" in part.text] == shown
    if len(shown) < papers:
        assert f"{papers - len(shown)} more papers did not fit into this email." in part.text
        assert part.html.count(str(where.web_copy)) == 2


def test_a_title_cannot_stand_in_for_a_link() -> None:
    papers = [make_paper("Place \ufdd1 and \ufdd2 and \ufdd3", sections={Section.CONTRIBUTION: "\ufdd1 \ufdd2"})]
    plain = [make_paper("Place and and", sections={Section.CONTRIBUTION: "x"})]

    marked = render_email(make_digest(papers), {papers[0].id: papers[0]}, make_links())
    other = render_email(make_digest(plain), {plain[0].id: plain[0]}, make_links())

    assert marked.html.count("/u/") == other.html.count("/u/")
    assert marked.html.count("/p/") == other.html.count("/p/")


def test_two_readers_of_the_same_papers_have_their_own_links() -> None:
    digest = whole_seed_digest()
    one, two = make_links(), replace(make_links(), unsubscribe="https://digest.example.org/u/another")

    first = make_renderer().render_digest(make_delivery(digest), digest, seed_papers_by_id(), one)
    second = make_renderer().render_digest(make_delivery(digest), digest, seed_papers_by_id(), two)

    assert one.unsubscribe in first.html
    assert one.unsubscribe not in second.html
    assert without_padding(second.html) == without_padding(first.html.replace(one.unsubscribe, two.unsubscribe))
