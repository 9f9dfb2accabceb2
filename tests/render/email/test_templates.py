"""Mails without papers: a quiet day, an announcement, the code that proves an address."""

from dataclasses import replace

import pytest

from digest.model import Announcement, EmptyReason, Locale, VerificationCode
from tests.render.email.sample_emails import NEWS_TEXTS, make_digest, render_email
from tests.render.email.visible_text import VisibleText


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("nothing", list(EmptyReason))
def test_a_digest_without_papers_says_why(nothing: EmptyReason, locale: Locale) -> None:
    digest = replace(make_digest([], locale=locale), empty_reason=nothing, subscribed_domains=(), candidate_count=3)

    others = {
        render_email(replace(digest, empty_reason=other)).subject for other in EmptyReason if other is not nothing
    }
    part = render_email(digest)

    assert part.subject not in others
    assert part.subject.split(" · ")[0] in part.text
    assert part.subject.split(" · ")[0] in VisibleText(part.html).text


def test_a_digest_before_the_first_report_has_no_day() -> None:
    digest = replace(
        make_digest([]), empty_reason=EmptyReason.NO_REPORT_YET, date=None, next_digest_at=None, papers_since=None
    )

    part = render_email(digest)

    assert part.subject == "No report has arrived yet"
    assert "None" not in part.html
    assert "None" not in part.text


def test_an_announcement_is_sent_as_written_with_its_addresses_as_links() -> None:
    text = f"{NEWS_TEXTS[Locale.EN]}\n\n<b>not bold</b> **nor this** {{{{ 7*7 }}}} (see https://example.org/a_(b))."

    part = render_email(Announcement(text=text))

    assert text in part.text
    assert "<b>not bold</b> **nor this** {{ 7*7 }}" in VisibleText(part.html).text
    assert {"https://example.org/moving", "https://example.org/a_(b))"} <= set(VisibleText(part.html).links)
    assert part.subject == "Paper Digest: The bot moves on Sunday."


def test_the_mail_with_the_code_says_what_to_do_with_it_and_belongs_to_no_list() -> None:
    part = render_email(VerificationCode(code="482913", valid_minutes=15))

    for text in (VisibleText(part.html).text, part.text):
        assert "/email 482913" in text
        assert "15 minutes" in text
        assert "ignore this email" in text
    assert b"\r\nList-" not in part.raw
    assert "nsubscribe" not in part.html + part.text
