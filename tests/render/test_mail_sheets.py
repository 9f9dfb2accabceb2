"""Mails without papers: a quiet day, an announcement, the code that proves an address."""

from dataclasses import replace

import pytest

from digest.model import AddressCode, Announcement, Locale, Nothing
from tests.render.mails import (
    NEWS,
    a_digest,
    mail,
)
from tests.render.reading import Reading


@pytest.mark.parametrize("locale", list(Locale))
@pytest.mark.parametrize("nothing", list(Nothing))
def test_a_digest_without_papers_says_why(nothing: Nothing, locale: Locale) -> None:
    digest = replace(a_digest([], locale=locale), nothing=nothing, follows=(), total=3)

    others = {mail(replace(digest, nothing=other)).subject for other in Nothing if other is not nothing}
    part = mail(digest)

    assert part.subject not in others
    assert part.subject.split(" · ")[0] in part.text
    assert part.subject.split(" · ")[0] in Reading(part.html).text


def test_a_digest_before_the_first_report_has_no_day() -> None:
    digest = replace(a_digest([]), nothing=Nothing.NO_REPORT_YET, date=None, next_at=None, since=None)

    part = mail(digest)

    assert part.subject == "No report has come yet"
    assert "None" not in part.html
    assert "None" not in part.text


def test_an_announcement_is_sent_as_written_with_its_addresses_as_links() -> None:
    text = f"{NEWS[Locale.EN]}\n\n<b>not bold</b> **nor this** {{{{ 7*7 }}}} (see https://example.org/a_(b))."

    part = mail(Announcement(text=text))

    assert text in part.text
    assert "<b>not bold</b> **nor this** {{ 7*7 }}" in Reading(part.html).text
    assert {"https://example.org/moving", "https://example.org/a_(b))"} <= set(Reading(part.html).links)
    assert part.subject == "Paper Digest: The bot moves on Sunday."


def test_the_mail_with_the_code_says_what_to_do_with_it_and_belongs_to_no_list() -> None:
    part = mail(AddressCode(code="482913", minutes=15))

    for text in (Reading(part.html).text, part.text):
        assert "/email 482913" in text
        assert "15 minutes" in text
        assert "ignore this mail" in text
    assert b"\r\nList-" not in part.raw
    assert "nsubscribe" not in part.html + part.text
