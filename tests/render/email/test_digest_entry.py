"""One paper of a mail: what strangers' text cannot do, and what a broken one costs."""

import re

import pytest

from digest.model import Section
from digest.render.email.renderer import EmailRenderer
from tests.render.email.sample_emails import (
    IDENTITY,
    SECRET,
    TEMPLATES,
    make_delivery,
    make_paper,
    render_papers,
    seed_papers_by_id,
    seed_taxonomy,
    whole_seed_digest,
)
from tests.render.email.visible_text import VisibleText

HOSTILE_TEXTS = [
    "line\u2028end\u0085and\x0bmore\x00nul",
    "1<2 & 3>2",
    "]]> <!-- <![endif]-->",
    "{{ 7*7 }}{% endfor %}",
    "</mj-text></div></td><script>alert(1)</script>",
    '" onmouseover="x',
    "\u202eright to left\u2066",
    "\ufdd0 number \ud800",
    "=?utf-8?q?x?= \r\nBcc: x@y.z",
]


def test_a_paper_that_the_archive_lacks_costs_one_line_and_is_told() -> None:
    told: list[str] = []
    renderer = EmailRenderer.load(
        TEMPLATES, taxonomy=seed_taxonomy(), identity=IDENTITY, secret=SECRET, on_error=told.append
    )
    digest = whole_seed_digest()
    papers = {key: paper for key, paper in seed_papers_by_id().items() if key != "2601.15876"}

    part = renderer.render_digest(make_delivery(digest), digest, papers)

    for text in (VisibleText(part.html).text, part.text):
        assert text.count("This paper could not be shown.") == 1
    assert "https://arxiv.org/abs/2601.15876" in part.html
    assert "https://arxiv.org/abs/2601.15876" in part.text
    assert told == ["paper 2601.15876 could not be shown: LookupError: not in the archive"]


def test_a_paper_that_cannot_be_rendered_costs_one_line() -> None:
    class Unreadable(dict[Section, str]):
        """Sections whose text makes the renderer raise."""

        def items(self) -> object:  # type: ignore[override]
            return [(Section.CONTRIBUTION, Torn())]

    class Torn(str):
        """A text that cannot be looked at."""

        __slots__ = ()

        def strip(self, _signs: str | None = None, /) -> str:
            raise ValueError("torn")

    part = render_papers(
        make_paper("Fine"), make_paper("Torn", key="2601.00002", sections=Unreadable({Section.AREA: ""}))
    )

    assert part.text.count("This paper could not be shown.") == 1
    assert "Fine" in part.html
    assert "https://arxiv.org/abs/2601.00002" in part.html


@pytest.mark.parametrize("title", HOSTILE_TEXTS)
def test_a_hostile_title_neither_breaks_a_mail_nor_gets_into_its_code(title: str) -> None:
    text = f"{title}\n\n* {title}\n"
    paper = make_paper(title, sections=dict.fromkeys(Section, text))

    part = render_papers(paper, *(make_paper("Other", key=f"2601.0001{at}") for at in range(4)))

    reading = VisibleText(part.html)
    assert not reading.open_tags
    assert "script" not in reading.tags
    assert "onmouseover" not in reading.attributes
    assert "49" not in part.text.partition("arXiv")[0]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part.html)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part.text)
    assert b"\nBcc" not in part.raw
    assert reading.text.count("Other") >= 4
